"""What happens to a statement once it is filled in: submitted, returned, accepted, reopened; editions are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from nenghao.hub.audit.services import Actor
from nenghao.hub.statements.documents import document_of
from nenghao.hub.statements.drafting import CellName, draft_of, note
from nenghao.hub.statements.errors import no_such_cell, refused, words
from nenghao.hub.statements.models import CellComment, Filing, FilingState
from nenghao.periods import to_beijing
from nenghao.reporting.statements.document import cleaned
from nenghao.reporting.statements.problems import plain


@transaction.atomic
def submit(*, actor: Actor, now: datetime, filing_id: int) -> Filing:
    """Hand a draft in: refused while it has errors or warnings without explanation, or while the period runs."""
    filing = draft_of(filing_id)
    if filing.period.end > to_beijing(now).date():
        raise refused(
            "period-runs", "报告期还没有结束", "the period is not over yet", record=filing.period.text,
            mend=("期末后再上报，填写的内容已保存", "submit it afterwards; what was typed is kept"),
        )  # fmt: skip
    filing.contents = cleaned(filing.form, filing.contents)
    document = document_of(filing)
    problems = document.problems()
    errors = [one for one in problems if one.severity == "error"]
    open_warnings = [one for one in problems if one.severity == "warning" and not filing.explanations.get(one.id)]
    if errors:
        raise refused("statement-errors", f"还有 {len(errors)} 处错误：{errors[0].text('zh')}",
                      f"{len(errors)} errors are left: {errors[0].text('en')}", record=str(filing),
                      mend=("改正标红的单元格", "mend the cells marked in red"))  # fmt: skip
    if open_warnings:
        first = open_warnings[0]
        raise refused("statement-unexplained", f"还有 {len(open_warnings)} 处提示没有说明：{first.text('zh')}",
                      f"{len(open_warnings)} warnings are not explained: {first.text('en')}", record=str(filing),
                      mend=("改正或逐条说明", "mend or explain each"))  # fmt: skip
    filing.filed = {
        "totals": {section: {name: None if number is None else plain(number) for name, number in numbers.items()}
                   for section, numbers in document.totals.items()},
        "warnings": [{"id": one.id, "zh": one.text("zh"), "en": one.text("en"),
                      "explanation": filing.explanations.get(one.id, "")} for one in problems],
    }  # fmt: skip
    filing.state, filing.submitted_at, filing.submitted_by = FilingState.SUBMITTED, now, actor.name
    filing.changed_at, filing.changed_by = now, actor.name
    filing.save()
    note(filing, "submitted", actor=actor, now=now)
    return filing


def send_back(*, actor: Actor, now: datetime, filing_id: int, reason: str) -> Filing:
    """Return a submitted statement with a reason; the enterprise makes a new edition of it."""
    return _decide(actor, now, filing_id, FilingState.RETURNED, _needed(reason))


def accept(*, actor: Actor, now: datetime, filing_id: int, reason: str = "") -> Filing:
    """Accept a submitted statement; it stays as filed."""
    return _decide(actor, now, filing_id, FilingState.ACCEPTED, words(reason))


@transaction.atomic
def _decide(actor: Actor, now: datetime, filing_id: int, state: FilingState, reason: str) -> Filing:
    filing = _locked(
        filing_id, {FilingState.SUBMITTED: "只能审核已上报的报表"}, "only a submitted statement is decided"
    )
    filing.state, filing.decided_at, filing.decided_by, filing.reason = state, now, actor.name, reason
    filing.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    note(filing, str(state.value), actor=actor, now=now, reason=reason)
    return filing


@transaction.atomic
def amend(*, actor: Actor, now: datetime, filing_id: int) -> Filing:
    """Make the next edition of a returned statement; the returned one is kept as it was filed."""
    filing = _locked(
        filing_id, {FilingState.RETURNED: "只有退回的报表才能重报"}, "only a returned statement is amended"
    )
    return _next_edition(filing, actor, now)


@transaction.atomic
def reopen(*, actor: Actor, now: datetime, filing_id: int, reason: str) -> Filing:
    """Open an accepted statement again with a reason: its edition is kept, a new draft takes its place."""
    reason = _needed(reason)
    filing = _locked(
        filing_id, {FilingState.ACCEPTED: "只有已通过的报表才能重开"}, "only an accepted statement is reopened"
    )
    filing.state, filing.reason, filing.decided_at, filing.decided_by = FilingState.REOPENED, reason, now, actor.name
    note(filing, "reopened", actor=actor, now=now, reason=reason)
    return _next_edition(filing, actor, now)


@transaction.atomic
def comment(*, actor: Actor, now: datetime, filing_id: int, cell: str, text: str) -> CellComment:
    """Say something about a cell of a submitted statement."""
    filing = _locked(
        filing_id, {FilingState.SUBMITTED: "只能对已上报的报表写意见"}, "only a submitted statement is reviewed"
    )
    name, said = CellName.parse(cell), words(text)
    try:
        filing.form.section(name.section).field(name.field)
    except KeyError as unknown:
        raise no_such_cell(cell) from unknown
    if document_of(filing).row(name.section, name.row) is None:
        raise no_such_cell(cell)
    if not said:
        raise refused("comment-empty", "请写明意见", "say what is the matter", field="text")
    return CellComment.objects.create(
        filing=filing, section=name.section, row=name.row, field=name.field, text=said, at=now, by=actor.name
    )


def _locked(filing_id: int, allowed: Mapping[FilingState, str], en: str) -> Filing:
    rows = Filing.objects.select_for_update(of=("self",)).select_related("enterprise__region", "enterprise__industry")
    filing = rows.get(pk=filing_id)
    if filing.state not in allowed or not filing.is_current:
        raise refused("statement-state", next(iter(allowed.values())), en, record=f"{filing} {filing.state}")
    return filing


def _needed(reason: str) -> str:
    kept = words(reason)
    if not kept:
        raise refused("reason-needed", "请写明理由", "give the reason", field="reason")
    return kept


def _next_edition(filing: Filing, actor: Actor, now: datetime) -> Filing:
    filing.is_current = False
    filing.save(update_fields=["is_current", "state", "reason", "decided_at", "decided_by"])
    made = Filing.objects.create(
        enterprise=filing.enterprise, form_key=filing.form_key, form_version=filing.form.version,
        period_kind=filing.period_kind, period_start=filing.period_start, edition=filing.edition + 1,
        contents=filing.contents, origins=filing.origins, explanations=filing.explanations, created_at=now,
        created_by=actor.name, changed_at=now, changed_by=actor.name,
    )  # fmt: skip
    note(made, "amended", actor=actor, now=now)
    return made
