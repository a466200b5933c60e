"""A statement while it is a draft: started from what is known, every cell saved when it changes, read in from Excel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.energy_accounts.services import refresh as refresh_accounts
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.statements.errors import no_such_cell, not_a_draft, refused, words
from nenghao.hub.statements.facts import Facts
from nenghao.hub.statements.models import Filing, FilingEvent
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.hub.statements.prefill import prefill_row, prefilled
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore
from nenghao.reporting.statements import Field, Section, statement_form
from nenghao.reporting.statements.document import ROW_ID
from nenghao.reporting.statements.values import canonical

if TYPE_CHECKING:
    from nenghao.reporting.statements.xlsx_in import Imported

MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class CellName:
    """The address of a cell: ``energy:1:opening``."""

    section: str
    row: str
    field: str

    @classmethod
    def parse(cls, text: str) -> CellName:
        """Read an address; ``statement-cell`` when it is none."""
        parts = text.split(":")
        if len(parts) != 3:
            raise no_such_cell(text)
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.section}:{self.row}:{self.field}"


@transaction.atomic
def start(
    *, actor: Actor, now: datetime, store: ReadingStore, enterprise: Enterprise, form_key: str, period: FilingPeriod
) -> Filing:
    """Start the first edition of a statement, prefilled; gives the one that is there already.

    Refuses a period of another length than the form's, and one that has not begun.
    """
    form = statement_form(form_key)
    if period.kind != form.period:
        raise refused("period-kind", "报告期的长短与报表不符", "the form is about another length of period",
                      record=period.text, field="period")  # fmt: skip
    if period.start > to_beijing(now).date():
        raise refused(
            "period-future", "该报告期还没有开始", "the period has not begun", record=period.text, field="period"
        )
    known = Filing.objects.filter(enterprise=enterprise, form_key=form_key, period_start=period.start, is_current=True)
    if (there := known.first()) is not None:
        return there
    contents, origins = prefilled(form, facts_of(store, enterprise, period, now))
    try:
        with transaction.atomic():
            made = Filing.objects.create(
                enterprise=enterprise, form_key=form_key, form_version=form.version, period_kind=period.kind,
                period_start=period.start, contents=contents, origins=origins, created_at=now, created_by=actor.name,
                changed_at=now, changed_by=actor.name,
            )  # fmt: skip
    except IntegrityError:  # somebody else was quicker
        return known.get()
    note(made, "started", actor=actor, now=now)
    return made


def facts_of(store: ReadingStore, enterprise: Enterprise, period: FilingPeriod, now: datetime) -> Facts:
    """Give the facts, with the accounts of the period and of a year before brought up to date."""
    months = [*period.months, *period.year_before.months]
    refresh_accounts(store=store, now=now, enterprise_ids=[enterprise.pk], months=months)
    return Facts(store, enterprise, period, now)


@transaction.atomic
def save_cells(
    *, actor: Actor, now: datetime, filing_id: int, cells: Mapping[str, str], store: ReadingStore | None = None
) -> Filing:
    """Save cells by their addresses, whatever was typed; a text that fits is kept in its one spelling.

    An energy that is chosen in a row without figures brings what is known of it (with ``store``).
    """
    filing = draft_of(filing_id)
    for name, text in cells.items():
        cell = CellName.parse(name)
        section, field = typed_field(filing, cell)
        row = _row(filing, section, cell)
        kept = _kept(field, text)
        if field.type == "energy" and store is not None and not set(row) - {ROW_ID, field.key}:
            _bring(filing, section, row, kept, store=store, now=now)
        if kept:
            row[field.key] = kept
        else:
            row.pop(field.key, None)
    _changed(filing, actor, now)
    return filing


def _bring(
    filing: Filing, section: Section, row: dict[str, str], key: str, *, store: ReadingStore, now: datetime
) -> None:
    if not section.prefill_rows or not key:
        return
    facts = facts_of(store, filing.enterprise, filing.period, now)
    for field, text, origin in prefill_row(filing.form, section, facts, key):
        row[field.key] = text
        filing.origins[f"{section.key}/{row[ROW_ID]}/{field.key}"] = {"value": text, **origin}


def typed_field(filing: Filing, cell: CellName) -> tuple[Section, Field]:
    """Give the section and the field of a cell that a person fills in; ``statement-cell`` else."""
    try:
        section = filing.form.section(cell.section)
        field = section.field(cell.field)
    except KeyError as unknown:
        raise no_such_cell(str(cell)) from unknown
    if not field.is_typed:
        raise no_such_cell(str(cell))
    return section, field


def _row(filing: Filing, section: Section, cell: CellName) -> dict[str, str]:
    rows = filing.contents.setdefault(section.key, [])
    for row in rows:
        if row.get(ROW_ID) == cell.row:
            return row
    if section.is_table and cell.row not in section.preset:
        raise no_such_cell(str(cell))
    rows.append({ROW_ID: cell.row})
    return rows[-1]


def _kept(field: Field, text: str) -> str:
    try:
        return canonical(field, text)
    except NenghaoError:
        return words(text)


@transaction.atomic
def add_row(*, actor: Actor, now: datetime, filing_id: int, section_key: str) -> tuple[Filing, str]:
    """Add a blank row to a table; gives its id."""
    filing = draft_of(filing_id)
    section = _table(filing, section_key)
    rows = filing.contents.setdefault(section.key, [])
    if len(rows) >= MAX_ROWS:
        raise refused("statement-rows", f"最多 {MAX_ROWS} 行", f"at most {MAX_ROWS} rows", field=section_key)
    row_id = str(max((int(row[ROW_ID]) for row in rows if str(row.get(ROW_ID, "")).isdigit()), default=0) + 1)
    rows.append({ROW_ID: row_id})
    _changed(filing, actor, now)
    return filing, row_id


@transaction.atomic
def drop_row(*, actor: Actor, now: datetime, filing_id: int, section_key: str, row_id: str) -> Filing:
    """Remove a row of a table."""
    filing = draft_of(filing_id)
    section = _table(filing, section_key)
    rows = filing.contents.get(section.key, [])
    filing.contents[section.key] = [row for row in rows if row.get(ROW_ID) != row_id]
    start_with = f"{section.key}/{row_id}/"
    filing.origins = {name: told for name, told in filing.origins.items() if not name.startswith(start_with)}
    _changed(filing, actor, now)
    return filing


def _table(filing: Filing, section_key: str) -> Section:
    try:
        section = filing.form.section(section_key)
    except KeyError as unknown:
        raise no_such_cell(section_key) from unknown
    if not section.is_table or section.preset:
        raise no_such_cell(section_key)
    return section


@transaction.atomic
def renew(*, actor: Actor, now: datetime, store: ReadingStore, filing_id: int) -> Filing:
    """Prefill anew: a cell that nobody changed follows, one that was typed over stays and shows the difference."""
    filing = draft_of(filing_id)
    fresh, origins = prefilled(filing.form, facts_of(store, filing.enterprise, filing.period, now))
    moved: dict[str, dict[str, str]] = {}
    for section in filing.form.sections:
        _renew_section(filing, section, fresh.get(section.key, []), origins, moved)
    filing.origins = moved
    _changed(filing, actor, now)
    note(filing, "renewed", actor=actor, now=now)
    return filing


def _renew_section(
    filing: Filing, section: Section, fresh: Iterable[Mapping[str, str]], origins: Mapping[str, Mapping[str, str]],
    moved: dict[str, dict[str, str]],
) -> None:  # fmt: skip
    rows = filing.contents.setdefault(section.key, [])
    for one in fresh:
        key = section.key_field if section.is_table and not section.preset else ROW_ID
        row = next((row for row in rows if row.get(key) == one.get(key)), None)
        if row is None:
            numbers = [int(row[ROW_ID]) for row in rows if str(row[ROW_ID]).isdigit()]
            row_id = one[ROW_ID] if key == ROW_ID else str(max(numbers, default=0) + 1)
            rows.append({**one, ROW_ID: row_id})
            row = rows[-1]
        for field in section.typed:
            told = origins.get(f"{section.key}/{one[ROW_ID]}/{field.key}")
            name = f"{section.key}/{row[ROW_ID]}/{field.key}"
            before = filing.origins.get(name, {}).get("value", "")
            if told is not None:
                if row.get(field.key, "") == before:
                    row[field.key] = told["value"]
                moved[name] = dict(told)


@transaction.atomic
def explain(*, actor: Actor, now: datetime, filing_id: int, problem_id: str, text: str) -> Filing:
    """Explain a warning; an empty text takes the explanation away."""
    filing = draft_of(filing_id)
    kept = words(text)
    if kept:
        filing.explanations[words(problem_id, 200)] = kept
    else:
        filing.explanations.pop(words(problem_id, 200), None)
    _changed(filing, actor, now)
    return filing


@transaction.atomic
def import_file(*, actor: Actor, now: datetime, filing_id: int, name: str, content: bytes) -> tuple[Filing, Imported]:
    """Put an Excel file in place of the draft's cells; bad cells stay as typed and are named.

    Refuses the whole file only when it is of another form, period or enterprise.
    """
    from nenghao.reporting.statements.xlsx_in import read_statement  # noqa: PLC0415 -- with openpyxl: few read files

    filing = draft_of(filing_id)
    read = read_statement(content, filing.form)
    if (read.enterprise_code, read.period) != (filing.enterprise.code, filing.period.text):
        raise refused(
            "statement-other", f"文件是 {read.enterprise_code} {read.period} 的",
            f"the file is of {read.enterprise_code} {read.period}", record=words(name, 80), field="file",
            mend=("选择本单位本报告期的文件", "choose this enterprise's file of this period"),
        )  # fmt: skip
    filing.contents, filing.origins = _with_ids(filing, read.contents)
    _changed(filing, actor, now)
    note(filing, "imported", actor=actor, now=now, reason=words(name, 200))
    return filing, read


def _with_ids(
    filing: Filing, contents: Mapping[str, list[dict[str, str]]]
) -> tuple[dict[str, list[dict[str, str]]], dict[str, Any]]:
    """Give rows of the same key their old ids, so that their origins stay with them."""
    made: dict[str, list[dict[str, str]]] = {}
    origins: dict[str, Any] = {}
    for section in filing.form.sections:
        old = filing.contents.get(section.key, []) if section.is_table and not section.preset else []
        ids = {row.get(section.key_field, ""): row[ROW_ID] for row in reversed(old)}
        numbers = [int(row[ROW_ID]) for row in old if row[ROW_ID].isdigit()]
        following = max(numbers, default=0)
        made[section.key] = []
        for row in contents[section.key]:
            row_id = row[ROW_ID]
            if section.is_table and not section.preset:
                known = ids.pop(row.get(section.key_field, ""), None)
                following += known is None
                row_id = known or str(following)
            made[section.key].append({**row, ROW_ID: row_id})
        kept = {row[ROW_ID] for row in made[section.key]}
        origins |= {
            name: told for name, told in filing.origins.items()
            if name.startswith(f"{section.key}/") and name.split("/")[1] in kept
        }  # fmt: skip
    return made, origins


def draft_of(filing_id: int) -> Filing:
    """Lock a draft to change it; ``statement-filed`` for what was handed in."""
    filing = (
        Filing.objects.select_for_update(of=("self",)).select_related("enterprise__region", "enterprise__industry")
    ).get(pk=filing_id)
    if not filing.is_draft:
        raise not_a_draft(str(filing))
    return filing


def _changed(filing: Filing, actor: Actor, now: datetime) -> None:
    filing.changed_at, filing.changed_by = now, actor.name
    filing.revision += 1
    filing.save()


def note(filing: Filing, action: str, *, actor: Actor, now: datetime, reason: str = "") -> None:
    """Write what happened to the filing's own history and to the audit trail."""
    FilingEvent.objects.create(filing=filing, at=now, by=actor.name, action=action, reason=reason)
    record(
        actor=actor, now=now, action=f"statement-{action}", object_type="statement",
        object_key=f"{filing.enterprise.code} {filing.form_key} {filing.period.text} #{filing.edition}",
        region_path=filing.enterprise.region.path, reason=reason, after={"state": filing.state},
    )  # fmt: skip
