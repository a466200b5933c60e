"""What the page of a statement shows: sections, rows and cells with their problems, origins, differences, comments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from nenghao.errors import Language
from nenghao.hub.monitoring.words import page_language, unit_word
from nenghao.hub.statements.documents import doubt_at
from nenghao.hub.statements.models import CellComment, Filing
from nenghao.reference import library
from nenghao.reporting.statements import Document, Field, Problem, Row, Section
from nenghao.reporting.statements.problems import plain
from nenghao.reporting.statements.values import energy_keys, shown
from nenghao.units import unit_text


@dataclass(frozen=True, slots=True)
class Heading:
    """One cell of the headings of a table."""

    text: str
    columns: int = 1
    rows: int = 1
    note: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell: its address, its text as typed and as read, and everything that is to be said at it."""

    name: str
    field: Field
    label: str
    text: str
    shown: str
    problems: tuple[tuple[str, str], ...]
    origin: str
    origin_url: str
    is_unverified: bool
    difference: str
    comments: tuple[CellComment, ...]
    is_editable: bool
    row_id: str = ""

    @property
    def dom(self) -> str:
        """Its id on the page."""
        return self.name.replace(":", "-")

    @property
    def kind(self) -> str:
        """How it is typed: ``select``, ``area`` or ``line``."""
        if self.field.type in ("choice", "bool", "energy"):
            return "select"
        return "area" if self.field.type == "long_text" else "line"

    @property
    def has_error(self) -> bool:
        """Whether it keeps the statement from being submitted."""
        return any(severity == "error" for severity, _text in self.problems)

    @property
    def options(self) -> Sequence[tuple[str, str]]:
        """What may be chosen."""
        return options(self.field, page_language())


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of a table."""

    id: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """One section of the form."""

    section: Section
    title: str
    is_unverified: bool
    note: str
    headings: tuple[tuple[Heading, ...], ...]
    numbers: tuple[str, ...]
    rows: tuple[RowView, ...]
    totals: tuple[tuple[str, bool, str], ...]
    is_open: bool

    @property
    def grows(self) -> bool:
        """Whether rows may be added."""
        return self.section.is_table and not self.section.preset


def options(field: Field, language: Language) -> Sequence[tuple[str, str]]:
    """Give the choices of a field by key and word."""
    if field.type == "choice":
        return [(one.key, one.zh if language == "zh" else one.en) for one in field.choices]
    if field.type == "bool":
        return [("1", _("是")), ("0", _("否"))]
    return [(key, library().energy_type(key).name(language)) for key in energy_keys()]


@dataclass(frozen=True)
class Page:
    """Makes the views of a filing's cells, in the language of the page."""

    filing: Filing
    document: Document
    problems: tuple[Problem, ...]
    comments: Sequence[CellComment]
    is_editable: bool

    def sections(self) -> list[SectionView]:
        """Give every section."""
        return [self.section(one) for one in self.filing.form.sections]

    def section(self, section: Section) -> SectionView:
        """Give one section."""
        language = page_language()
        rows = tuple(
            RowView(row.id, tuple(self.cell(section, row, field) for field in section.fields))
            for row in self.document.rows(section.key)
        )
        numbers = tuple(one.column for one in section.fields)
        return SectionView(
            section, section.title(language), section.status == "unverified",
            section.note if language == "zh" else section.note_en, headings(section.fields, language),
            numbers if any(numbers) else (), rows, self._totals(section),
            is_open=not section.is_table or bool(rows) or not self.is_editable,
        )  # fmt: skip

    def cell(self, section: Section, row: Row, field: Field) -> CellView:
        """Give one cell."""
        language = page_language()
        text = row.texts.get(field.key, "")
        stored = f"{section.key}/{row.id}/{field.key}"
        told = self.filing.origins.get(stored, {})
        found = tuple(
            (one.severity, sides(one, language)) for one in self.problems
            if (one.section, one.row, one.field) == (section.key, row.id, field.key)
        )  # fmt: skip
        place = row.texts.get(section.key_field, "") if section.is_table else ""
        named = shown(section.field(section.key_field), place, language) if place else section.title(language)
        return CellView(
            name=f"{section.key}:{row.id}:{field.key}", field=field, label=f"{named} {field.full_title(language)}",
            text=text, shown=read(field, text, language), problems=found,
            origin=str(told.get("zh" if language == "zh" else "en", "")), origin_url=str(told.get("url", "")),
            is_unverified=bool(doubt_at(self.filing, stored, text)),
            difference=difference(field, text, str(told.get("value", ""))) if told else "",
            comments=tuple(one for one in self.comments if one.cell == f"{section.key}:{row.id}:{field.key}"),
            is_editable=self.is_editable and field.is_typed, row_id=row.id,
        )  # fmt: skip

    def _totals(self, section: Section) -> tuple[tuple[str, bool, str], ...]:
        """Give the cells of the row of totals: text, whether it is a number, and its id on the page."""
        if section.total is None:
            return ()
        numbers = self.document.totals[section.key]
        return tuple(
            (
                thousands(numbers[one.key]) if one.key in numbers else section.total.label(one.key, page_language()),
                one.key in numbers, f"t-{section.key}-{one.key}",
            )
            for one in section.fields
        )  # fmt: skip


def thousands(number: Decimal | None) -> str:
    """Give a number with separated thousands; ``–`` for one that is not known."""
    return "–" if number is None else f"{number:,.2f}"


def read(field: Field, text: str, language: Language) -> str:
    """Give a cell as people read it, numbers with separated thousands."""
    if field.is_number and field.type != "year":
        try:
            return f"{Decimal(text):,f}" if text else ""
        except ArithmeticError:
            return text
    return unit_text(text, language) if field.key == "unit" else shown(field, text, language)


def sides(problem: Problem, language: Language) -> str:
    """Give what is wrong without its place, for beside the cell."""
    words = problem.zh if language == "zh" else problem.en
    if problem.left is None or problem.right is None or problem.difference is None:
        return words
    numbers = f"{plain(problem.left)} ≠ {plain(problem.right)}, Δ {plain(problem.difference)}"
    return f"{words}（{numbers}）" if language == "zh" else f"{words} ({numbers})"


def difference(field: Field, text: str, value: str) -> str:
    """Say how a cell differs from what it was prefilled with; empty where it does not."""
    if text == value:
        return ""
    if field.is_number and text and value:
        try:
            now, before = Decimal(text), Decimal(value)
        except ArithmeticError:
            return ""
        change = f"{(now - before) / before * 100:+.1f}%" if before else f"{now - before:+f}"
        return _("预填 %(value)s，填报相差 %(change)s") % {"value": f"{before:,f}", "change": change}
    return _("预填 %(value)s") % {"value": shown(field, value, page_language()) or "–"}


def headings(fields: Sequence[Field], language: Language) -> tuple[tuple[Heading, ...], ...]:
    """Give the rows of headings with their spans."""
    texts = [
        (
            *(one.group_zh if language == "zh" else one.group_en),
            one.title(language) + (f" [{unit_word(one.unit)}]" if one.unit else ""),
        )
        for one in fields
    ]
    depth = max(len(one) for one in texts)
    made: list[tuple[Heading, ...]] = []
    for level in range(depth):
        row: list[Heading] = []
        for number, own in enumerate(texts):
            if level >= len(own):
                continue
            if level == len(own) - 1:
                note = fields[number].note if language == "zh" else fields[number].note_en
                row.append(Heading(own[level], rows=depth - level, note=note, is_number=fields[number].is_number))
            elif number == 0 or texts[number - 1][: level + 1] != own[: level + 1]:
                span = 1
                while number + span < len(texts) and texts[number + span][: level + 1] == own[: level + 1]:
                    span += 1
                row.append(Heading(own[level], columns=span))
        made.append(tuple(row))
    return tuple(made)


@dataclass(frozen=True, slots=True)
class Compared:
    """A filed number beside what is known otherwise: readings, the period before, a year before."""

    name: str
    place: str
    unit: str
    filed: Decimal
    others: tuple[tuple[Decimal | None, Decimal | None], ...]
    """For readings, last period and last year: the number, and how far the filed one is from it [ratio]."""
    origin: str


def compared(document: Document, fresh: Mapping[str, Mapping[str, str]]) -> list[Compared]:
    """Give every filed number of a table for which there is something to compare."""
    language, found = page_language(), []
    for section in document.form.sections:
        for row in document.rows(section.key) if section.is_table else ():
            key = shown(section.field(section.key_field), row.texts.get(section.key_field, ""), language)
            for field in section.fields:
                value = row.values.get(field.key)
                if not isinstance(value, Decimal) or field.lookup:
                    continue
                told = fresh.get(f"{section.key}/{row.texts.get(section.key_field, '')}/{field.key}", {})
                others = (_decimal(told.get("value", "")), *_earlier(document, section, row, field))
                if any(one is not None for one in others):
                    unit = field.unit or row.texts.get("unit", "")
                    found.append(Compared(
                        f"{section.key}:{row.id}:{field.key}", f"{key} · {field.full_title(language)}", unit, value,
                        tuple((one, _ratio(value, one)) for one in others), str(told.get(language, "")),
                    ))  # fmt: skip
    return found


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except ArithmeticError:
        return None


def _earlier(document: Document, section: Section, row: Row, field: Field) -> Iterable[Decimal | None]:
    for which in ("last", "last_year"):
        other = document.earlier[which]
        value = None
        if other is not None:
            same = (
                other.row(section.key, row.id)
                if section.preset
                else other.keyed(section.key, row.texts.get(section.key_field, ""))
            )
            value = same.values.get(field.key) if same is not None else None
        yield value if isinstance(value, Decimal) else None


def _ratio(value: Decimal, other: Decimal | None) -> Decimal | None:
    return None if other is None or not other else (value - other) / other
