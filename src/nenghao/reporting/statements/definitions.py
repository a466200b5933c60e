"""What a form is: sections of fields, formulas, sheets. All of it is read from ``reporting/forms/<key>/form.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from nenghao.errors import Language
from nenghao.reporting.statements.expressions import Expression

FieldType = Literal["text", "long_text", "number", "integer", "date", "year", "bool", "choice", "energy"]
PeriodWord = Literal["month", "quarter", "year"]
Status = Literal["published", "secondhand", "unverified"]
Relation = Literal["==", "<=", ">="]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the words that a field takes."""

    key: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table, or one single field.

    ``column`` is the printed number of the column (甲, 乙, 1, 2 …), ``group`` the headings above its own. ``prefill``
    names a provider of the hub. ``compute`` is a formula: the field is not typed. ``lookup`` is what the row's energy
    says: ``energy_code``, ``energy_unit``, ``reference_factor``. ``locked`` fields come with the row and are not typed.
    ``decimals`` is how many a prefilled number gets; ``signed`` numbers may be negative.
    """

    key: str
    zh: str
    en: str
    type: FieldType = "text"
    unit: str = ""
    column: str = ""
    group_zh: tuple[str, ...] = ()
    group_en: tuple[str, ...] = ()
    required: bool = False
    signed: bool = False
    locked: bool = False
    decimals: int = 2
    prefill: str = ""
    lookup: str = ""
    compute: Expression | None = None
    choices: tuple[Choice, ...] = ()
    status: Status | None = None
    note: str = ""
    note_en: str = ""
    width: int = 12

    @property
    def is_typed(self) -> bool:
        """Whether a person fills it in."""
        return self.compute is None and not self.lookup and not self.locked

    @property
    def is_number(self) -> bool:
        """Whether formulas compute with it."""
        return self.type in ("number", "integer") or self.lookup == "reference_factor"

    def title(self, language: Language) -> str:
        """Give the heading of its own."""
        return self.zh if language == "zh" else self.en

    def full_title(self, language: Language) -> str:
        """Give the heading with those above it: ``消费量·工业生产消费``."""
        groups, between = (self.group_zh, "·") if language == "zh" else (self.group_en, " · ")
        return between.join([*groups, self.title(language)])


@dataclass(frozen=True, slots=True)
class Total:
    """The row of totals of a table: what stands in its text cells, and the formulas of its numbers."""

    labels: Mapping[str, str]
    formulas: Mapping[str, Expression]
    labels_en: Mapping[str, str] = field(default_factory=dict)

    def label(self, key: str, language: Language = "zh") -> str:
        """Give what stands in a text cell; the Chinese word where there is no English one."""
        words = self.labels if language == "zh" else {**self.labels, **self.labels_en}
        return words.get(key, "")


@dataclass(frozen=True, slots=True)
class Section:
    """A table of rows, or single fields (then its one row is called ``-``).

    ``key_field`` tells the rows apart. ``preset`` are rows that are printed on the form: their id and the texts of
    their locked fields; such a table takes no other rows.
    """

    key: str
    zh: str
    en: str
    fields: tuple[Field, ...]
    is_table: bool = False
    key_field: str = ""
    prefill_rows: str = ""
    preset: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    total: Total | None = None
    status: Status = "unverified"
    source: str = ""
    note: str = ""
    note_en: str = ""

    def field(self, key: str) -> Field:
        """Give a field by its key; ``KeyError`` when there is none."""
        return next_of(self.fields, key)

    def title(self, language: Language) -> str:
        """Give the heading."""
        return self.zh if language == "zh" else self.en

    @property
    def typed(self) -> tuple[Field, ...]:
        """The fields that a person fills in."""
        return tuple(one for one in self.fields if one.is_typed)


def next_of(fields: tuple[Field, ...], key: str) -> Field:
    """Find a field by its key."""
    for one in fields:
        if one.key == key:
            return one
    raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Identity:
    """A formula of the form: ``left relation right``, of every row of a table or once.

    It is not judged while a cell that it needs is blank, or unless ``when`` holds. ``tolerance`` is absolute,
    ``tolerance_ratio`` a share of the larger side; the wider of both counts. It is shown ``at`` a field; ``cells`` are
    the fields of the section that it reads.
    """

    key: str
    section: str
    left: Expression
    relation: Relation
    right: Expression
    zh: str
    en: str
    at: str
    cells: tuple[str, ...]
    when: Expression | None = None
    tolerance: Decimal = Decimal(0)
    tolerance_ratio: Decimal = Decimal(0)
    severity: Literal["error", "warning"] = "error"
    status: Status = "unverified"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of the printed form: ``head`` and ``foot`` are sections of single fields around the tables."""

    title: str
    sections: tuple[str, ...]
    code: str = ""
    unit: str = ""
    landscape: bool = True


@dataclass(frozen=True, slots=True)
class Deadline:
    """When it is due unless an officer says otherwise: ``days`` after the period ends; ours, no source gives terms."""

    days: int
    workdays: bool
    remind_days: int


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example of the form: what is filled in, and the (identity, row, field) that must be found wrong."""

    name: str
    contents: Mapping[str, Any]
    last: Mapping[str, Any]
    expected: frozenset[tuple[str, str, str]]
    totals: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Form:
    """A form (报表): what it asks, how it is checked, how it is printed, and how sure we are of each."""

    key: str
    version: str
    zh: str
    en: str
    code: str
    period: PeriodWord
    status: Status
    source: str
    note: str
    note_en: str
    deadline: Deadline
    sections: tuple[Section, ...]
    identities: tuple[Identity, ...]
    sheets: tuple[Sheet, ...]
    examples: tuple[Example, ...] = ()

    def section(self, key: str) -> Section:
        """Give a section by its key; ``KeyError`` when there is none."""
        for one in self.sections:
            if one.key == key:
                return one
        raise KeyError(key)

    def title(self, language: Language) -> str:
        """Give its name."""
        return self.zh if language == "zh" else self.en

    @property
    def is_unverified(self) -> bool:
        """Whether anything of it must be marked 待核."""
        return self.status == "unverified" or any(one.status == "unverified" for one in self.sections)
