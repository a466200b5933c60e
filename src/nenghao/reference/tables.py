"""Reading one table of the law: a TOML header (citation, validity, sources) beside a CSV of the same name.

What is wrong is refused with the file, the row and the field; nothing is guessed and nothing is skipped.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from nenghao.errors import Language
from nenghao.reference.files import ConversionPart, HeaderFile, PrintedPart, read_file
from nenghao.reference.model import Status, citation
from nenghao.reference.refusals import (
    ReferenceDataError,
    cited,
    known_status,
    known_unit,
    missing,
    needed,
    no_citation,
)
from nenghao.units import Unit

MAXIMUM_EXPONENT = 30
"""No figure of the law is larger or smaller; beyond it is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The header of a table: what it is, where it stands in which standard, and from when to when it is in force."""

    path: Path
    key: str
    set: str
    standard: str
    edition: str
    title_zh: str
    title_en: str
    clause: str
    valid_from: date | None
    valid_until: date | None
    dates_source: str
    conversion: ConversionPart | None
    printed: PrintedPart | None
    sources: Mapping[str, str]
    kind: str = ""

    @property
    def citation(self) -> str:
        """Standard and edition: ``GB/T 2589-2020``."""
        return citation(self.standard, self.edition)

    def title(self, language: Language) -> str:
        """Give the table's title in a language."""
        return self.title_zh if language == "zh" else self.title_en

    @property
    def rows_path(self) -> Path:
        """The CSV beside the header."""
        return self.path.with_suffix(".csv")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table's CSV with the place to name when something is wrong."""

    header: TableHeader
    line: int
    cells: Mapping[str, str]

    @property
    def place(self) -> str:
        """File, line and first cell, for messages."""
        return f"{self.header.rows_path.name}:{self.line} ({next(iter(self.cells.values()), '')})"

    def optional(self, field: str) -> str:
        """Give a cell, or the empty text."""
        return self.cells.get(field, "").strip()

    def text(self, field: str) -> str:
        """Give a cell that must not be empty."""
        return needed(self.optional(field), self.place, field)

    def number(self, field: str) -> Decimal | None:
        """Give a cell as an exact decimal with its printed digits; empty is ``None``, any other word is refused."""
        text = self.optional(field)
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or abs(value.adjusted()) > MAXIMUM_EXPONENT:
            raise ReferenceDataError(
                "reference-number", f"「{text}」不是数", f"{text!r} is not a number", record=self.place, field=field,
                mend_zh="写成十进制数, 不得有空格和单位", mend_en="write a decimal number without blanks or unit",
            )  # fmt: skip
        return value

    def needed_number(self, field: str) -> Decimal:
        """Give a cell as a decimal; empty is refused."""
        value = self.number(field)
        if value is None:
            raise missing(self.place, field)
        return value

    def status(self) -> Status:
        """Give the status of the row's values."""
        return known_status(self.text("status"), self.place)

    def source(self) -> str:
        """Give the full text of the row's source: a key of the header's ``[sources]``; none is no citation."""
        key = self.optional("source")
        if not key or not self.header.sources.get(key, "").strip():
            raise no_citation(self.place, "source", key)
        return self.header.sources[key]

    def clause(self) -> str:
        """Give the clause or table of the row: its own, else the header's."""
        return self.optional("clause") or self.header.clause

    def ratio_unit(self, field: str) -> tuple[Unit, Unit]:
        """Give numerator and denominator of a unit such as ``kgce/kWh``; an unknown unit is refused."""
        numerator, _, denominator = self.text(field).partition("/")
        return known_unit(numerator, self.place, field), known_unit(denominator, self.place, field)


def read_header(path: Path) -> TableHeader:
    """Read a header; standard, edition, clause and, where dates are given, their source are the citation."""
    return header_of(path, read_file(path, HeaderFile))


def header_of(path: Path, content: HeaderFile) -> TableHeader:
    """Check the header of a file that was read; a kind of table with parts of its own reads the file itself."""
    if content.valid_from or content.valid_until:
        cited(content.dates_source, path.name, "dates_source")
    if content.valid_from and content.valid_until and content.valid_until <= content.valid_from:
        raise ReferenceDataError(
            "reference-validity", "有效期止早于起", "validity ends before it begins",
            record=path.name, field="valid_until", mend_zh="valid_until 为失效日(不含), 须晚于 valid_from",
            mend_en="valid_until (exclusive) must be later than valid_from",
        )  # fmt: skip
    return TableHeader(
        path, needed(content.key, path.name, "key"), content.set, cited(content.standard, path.name, "standard"),
        cited(content.edition, path.name, "edition"), needed(content.title_zh, path.name, "title_zh"),
        needed(content.title_en, path.name, "title_en"), cited(content.clause, path.name, "clause"),
        content.valid_from, content.valid_until, content.dates_source, content.conversion, content.printed,
        content.sources, content.kind,
    )  # fmt: skip


def read_rows(header: TableHeader, columns: tuple[str, ...], identity: tuple[str, ...]) -> tuple[Row, ...]:
    """Read the CSV beside a header, in order.

    Refuses columns other than ``columns``, a line with more or fewer cells, and a second line with the same values in
    the columns ``identity``.
    """
    path = header.rows_path
    try:
        with path.open(encoding="utf-8", newline="") as file:
            names, *lines = list(csv.reader(file, strict=True)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReferenceDataError(
            "reference-csv", f"读不出表: {error}", f"the table cannot be read: {error}", record=path.name,
            mend_zh="CSV 与 TOML 同名同目录, 编码用 UTF-8",
            mend_en="put the CSV beside its TOML with the same name, in UTF-8",
        ) from None  # fmt: skip
    _check_columns(path.name, names, columns)
    rows = tuple(_row(header, number, names, cells) for number, cells in enumerate(lines, start=2))
    _refuse_duplicates(rows, identity)
    return rows


def _check_columns(record: str, names: list[str], columns: tuple[str, ...]) -> None:
    if tuple(names) == columns:
        return
    wrong = sorted(set(names) ^ set(columns)) or ["order"]
    raise ReferenceDataError(
        "reference-columns", f"列名不符: {'、'.join(wrong)}", f"the columns differ: {', '.join(wrong)}",
        record=f"{record}:1", field=wrong[0], mend_zh="列须为 " + ",".join(columns),
        mend_en="the columns are " + ",".join(columns),
    )  # fmt: skip


def _row(header: TableHeader, number: int, names: list[str], cells: list[str]) -> Row:
    if len(cells) != len(names):
        raise ReferenceDataError(
            "reference-cells", f"有 {len(cells)} 格, 应为 {len(names)} 格",
            f"{len(cells)} cells, {len(names)} expected",
            record=f"{header.rows_path.name}:{number} ({cells[0] if cells else ''})",
            mend_zh="含逗号的文字加双引号", mend_en="put text that holds a comma in double quotes",
        )  # fmt: skip
    return Row(header, number, dict(zip(names, cells, strict=True)))


def _refuse_duplicates(rows: tuple[Row, ...], fields: tuple[str, ...]) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        values = tuple(row.optional(field) for field in fields)
        if values in seen:
            raise ReferenceDataError(
                "reference-duplicate", f"与第 {seen[values]} 行重复", f"repeats line {seen[values]}",
                record=row.place, field=fields[0], mend_zh="同一表内每项只写一次",
                mend_en="write each item once in a table",
            )  # fmt: skip
        seen[values] = row.line
