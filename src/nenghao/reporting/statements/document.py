"""A statement as it is filled in: its rows, what is computed, and what is wrong with it.

Contents are plain JSON: by section a list of rows, each a mapping of field to text; ``"#"`` is the row's id within its
section, :data:`~nenghao.reporting.statements.loading.SINGLE_ROW` for single fields. Blank cells are left out. A text
that does not fit its field is kept as it was typed and is a problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from nenghao.errors import NenghaoError
from nenghao.reporting.statements.definitions import Field, Form, Identity, Section
from nenghao.reporting.statements.expressions import Lookup, Value
from nenghao.reporting.statements.loading import SINGLE_ROW
from nenghao.reporting.statements.problems import Problem, plain
from nenghao.reporting.statements.values import DECIMALS, canonical, looked_up, shown, value_of

Contents = Mapping[str, Sequence[Mapping[str, str]]]
ROW_ID = "#"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its id, what was typed (canonical where it could be), what formulas see, and every cell as text."""

    id: str
    typed: Mapping[str, str]
    values: Mapping[str, Value]
    texts: Mapping[str, str]

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed into it."""
        return not any(self.typed.values())


class Document:
    """A filled form; ``on`` decides which edition of the reference counts, the others are what was filed before."""

    def __init__(
        self, form: Form, contents: Contents, *, on: date = date(2026, 1, 1), last: Document | None = None,
        last_year: Document | None = None,
    ) -> None:  # fmt: skip
        self.form, self.contents, self.on = form, contents, on
        self.earlier = {"last": last, "last_year": last_year}
        self._rows: dict[str, tuple[Row, ...]] = {}

    def rows(self, section: str) -> tuple[Row, ...]:
        """Give the rows of a section in order; a section of single fields always has one."""
        if section not in self._rows:
            known = self.form.section(section)
            told = list(self.contents.get(section, ()))
            if not known.is_table:
                told = [{**(told[0] if told else {}), ROW_ID: SINGLE_ROW}]
            self._rows[section] = tuple(self._row(known, one) for one in told)
        return self._rows[section]

    def row(self, section: str, row_id: str) -> Row | None:
        """Give one row."""
        return next((one for one in self.rows(section) if one.id == row_id), None)

    def keyed(self, section: str, key: str) -> Row | None:
        """Give the row of a table by the text of its key field."""
        known = self.form.section(section)
        if not known.is_table:
            return self.rows(section)[0]
        return next((one for one in self.rows(section) if key and one.texts.get(known.key_field) == key), None)

    @cached_property
    def totals(self) -> Mapping[str, Mapping[str, Decimal | None]]:
        """The numbers of the rows of totals, by section and field; ``None``: not known."""
        found: dict[str, dict[str, Decimal | None]] = {}
        for section in self.form.sections:
            if section.total is not None:
                lookup = self._lookup(section, {}, "")
                found[section.key] = {
                    name: number if isinstance(number := formula.value(lookup, self._lookups), Decimal) else None
                    for name, formula in section.total.formulas.items()
                }
        return found

    def problems(self) -> tuple[Problem, ...]:
        """Give everything that is wrong, in the order of the form; errors and warnings."""
        found: list[Problem] = []
        for section in self.form.sections:
            found += self._cell_problems(section)
            found += self._twice(section)
            for rule in self.form.identities:
                if rule.section == section.key:
                    found += self._judge(section, rule)
        order = {(section.key, row.id): place for section in self.form.sections
                 for place, row in enumerate(self.rows(section.key))}  # fmt: skip
        places = {section.key: place for place, section in enumerate(self.form.sections)}
        return tuple(sorted(found, key=lambda one: (places[one.section], order.get((one.section, one.row), 0))))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep it from being submitted."""
        return tuple(one for one in self.problems() if one.severity == "error")

    def _row(self, section: Section, told: Mapping[str, str]) -> Row:
        row_id = str(told.get(ROW_ID, SINGLE_ROW))
        typed: dict[str, str] = {}
        values: dict[str, Value] = {}
        texts: dict[str, str] = {}
        preset = section.preset.get(row_id, {})
        for field in section.fields:
            text, value = self._cell(section, field, told, preset, values)
            values[field.key], texts[field.key] = value, text
            if field.is_typed and text:
                typed[field.key] = text
        return Row(row_id, typed, values, texts)

    def _cell(
        self, section: Section, field: Field, told: Mapping[str, str], preset: Mapping[str, str],
        values: Mapping[str, Value],
    ) -> tuple[str, Value]:  # fmt: skip
        if field.compute is not None:
            number = field.compute.value(self._lookup(section, values, str(told.get(ROW_ID, ""))), self._lookups)
            return (plain(number, min(DECIMALS, field.decimals + 2)) if isinstance(number, Decimal) else "", number)
        if field.lookup:
            energy = next((str(told.get(one.key, "")) for one in section.fields if one.type == "energy"), "")
            text = looked_up(field.lookup, energy, self.on)
            return text, Decimal(text) if text and field.is_number else text or None
        text = preset.get(field.key, "") if field.locked and field.key in preset else str(told.get(field.key, ""))
        try:
            text = canonical(field, text)
        except NenghaoError:
            return text, None
        return text, value_of(field, text)

    def _lookups(self, section: str) -> Iterator[Lookup]:
        """Give the rows of a table to a sum."""
        known = self.form.section(section)
        return (self._lookup(known, row.values, row.id) for row in self.rows(section))

    def _lookup(self, section: Section, values: Mapping[str, Value], row_id: str) -> Lookup:
        def found(name: str) -> Value:
            first, _, rest = name.partition(".")
            if not rest:
                return values.get(name)
            if first in self.earlier:
                return self._earlier(first, section, values, row_id, rest)
            return self.rows(first)[0].values.get(rest)

        return found

    def _earlier(self, which: str, section: Section, values: Mapping[str, Value], row_id: str, name: str) -> Value:
        document = self.earlier[which]
        if document is None:
            return None
        other, _, rest = name.partition(".")
        if rest:
            return document.rows(other)[0].values.get(rest)
        if section.preset or not section.is_table:
            row = document.row(section.key, row_id)
        else:
            row = document.keyed(section.key, str(values.get(section.key_field) or ""))
        return None if row is None else row.values.get(name)

    def _cell_problems(self, section: Section) -> Iterator[Problem]:
        """Find texts that do not fit, and required cells that are blank in a row that is not."""
        for row in self.rows(section.key):
            for field in section.typed:
                text = row.typed.get(field.key, "")
                if not text and field.required and (not section.is_table or not row.is_blank or section.preset):
                    yield self._problem("required", section, row, field.key, "必填", "is required")
                elif text and row.values.get(field.key) is None:
                    yield self._bad_value(section, row, field, text)

    def _bad_value(self, section: Section, row: Row, field: Field, text: str) -> Problem:
        try:
            canonical(field, text)
        except NenghaoError as bad:
            words = (f"{bad.message_zh}，{bad.mend_zh}", f"{bad.message_en}; {bad.mend_en}")
            return self._problem("bad-value", section, row, field.key, *words)
        raise AssertionError(field.key)

    def _twice(self, section: Section) -> Iterator[Problem]:
        """Find rows of the same key."""
        seen: set[str] = set()
        key = section.key_field
        for row in self.rows(section.key) if section.is_table and section.field(key).type == "energy" else ():
            text = row.texts.get(key, "")
            if text and text in seen:
                yield self._problem("row-twice", section, row, key, "与前面一行相同，合并成一行",
                                    "is there twice: make one row of both")  # fmt: skip
            seen.add(text)

    def _judge(self, section: Section, rule: Identity) -> Iterator[Problem]:
        for row in self.rows(section.key):
            lookup = self._lookup(section, row.values, row.id)
            if rule.when is not None and not rule.when.value(lookup, self._lookups):
                continue
            left, right = rule.left.value(lookup, self._lookups), rule.right.value(lookup, self._lookups)
            if isinstance(left, Decimal) and isinstance(right, Decimal) and not holds(rule, left, right):
                yield self._problem(
                    rule.key, section, row, rule.at, rule.zh, rule.en, rule=rule, sides=(left, right),
                    cells=tuple((row.id, name) for name in rule.cells),
                )  # fmt: skip

    def _problem(
        self, key: str, section: Section, row: Row, field: str, *words: str, rule: Identity | None = None,
        sides: tuple[Decimal, Decimal] | None = None, cells: tuple[tuple[str, str], ...] = (),
    ) -> Problem:  # fmt: skip
        known = section.field(field)
        places = self._place(section, row)
        return Problem(
            key=key, severity=rule.severity if rule else "error", section=section.key, row=row.id, field=field,
            zh=words[0], en=words[1], where_zh="·".join([*places["zh"], known.full_title("zh")]),
            where_en=" · ".join([*places["en"], known.full_title("en")]), cells=cells or ((row.id, field),),
            left=sides[0] if sides else None, right=sides[1] if sides else None,
            status=rule.status if rule else "",
        )  # fmt: skip

    def _place(self, section: Section, row: Row) -> dict[str, list[str]]:
        """Name a row in both languages: by its key, else by its number."""
        if not section.is_table:
            return {"zh": [section.zh], "en": [section.en]}
        number = [one.id for one in self.rows(section.key)].index(row.id) + 1
        field, text = section.field(section.key_field), row.texts.get(section.key_field, "")
        return {
            "zh": [section.zh, shown(field, text, "zh") or f"第 {number} 行"],
            "en": [section.en, shown(field, text, "en") or f"row {number}"],
        }


def holds(rule: Identity, left: Decimal, right: Decimal) -> bool:
    """Tell whether a formula holds within its tolerance."""
    room = max(rule.tolerance, rule.tolerance_ratio * max(abs(left), abs(right)))
    if rule.relation == "==":
        return abs(left - right) <= room
    return left <= right + room if rule.relation == "<=" else left + room >= right


def cleaned(form: Form, contents: Contents) -> dict[str, list[dict[str, str]]]:
    """Give contents in their one spelling: known sections and typed fields, canonical texts, ids, no blank cells.

    Rows of a table without any text are dropped; printed rows are always there, in their order.
    """
    kept: dict[str, list[dict[str, str]]] = {}
    for section in form.sections:
        told = [dict(row) for row in contents.get(section.key, ())]
        if not section.is_table:
            told = told[:1] or [{}]
        if section.preset:
            by_id = {str(row.get(ROW_ID, "")): row for row in told}
            told = [{**by_id.get(key, {}), ROW_ID: key} for key in section.preset]
        kept[section.key] = list(_cleaned_rows(section, told))
    return kept


def _cleaned_rows(section: Section, told: Iterable[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    used = {str(row[ROW_ID]) for row in told if row.get(ROW_ID)}
    free = (str(number) for number in range(1, 10**6) if str(number) not in used)
    seen: set[str] = set()
    for row in told:
        cells = {field.key: _kept(field, str(row.get(field.key, ""))) for field in section.typed}
        cells = {name: text for name, text in cells.items() if text}
        if not section.is_table:
            yield {ROW_ID: SINGLE_ROW, **cells}
        elif cells or section.preset:
            row_id = str(row.get(ROW_ID, ""))
            if not row_id or row_id in seen:
                row_id = next(free)
            seen.add(row_id)
            yield {ROW_ID: row_id, **cells}


def _kept(field: Field, text: str) -> str:
    try:
        return canonical(field, text)
    except NenghaoError:
        return text.strip()


def without_ids(form: Form, contents: Contents) -> dict[str, list[dict[str, str]]]:
    """Give cleaned contents without row ids, to compare two statements by what they say."""
    return {
        key: [{name: text for name, text in row.items() if name != ROW_ID} for row in rows]
        for key, rows in cleaned(form, contents).items()
    }
