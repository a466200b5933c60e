"""Reading one table of the law: a TOML header (citation, validity, sources) beside a CSV of the same name.

What is wrong is refused with the file, the row and the field; nothing is guessed and nothing is skipped.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path
from typing import Any

from nenghao.errors import Language, NenghaoError
from nenghao.reference.model import STATUSES, Status, citation
from nenghao.units import Unit, unit


class ReferenceDataError(NenghaoError):
    """A data file of the reference library is refused; ``record`` is ``file:line (row)``."""


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
    sources: Mapping[str, str]
    content: Mapping[str, Any]

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

    def text(self, field: str) -> str:
        """Give a cell that must not be empty."""
        if not (value := self.optional(field)):
            raise missing(self.place, field)
        return value

    def optional(self, field: str) -> str:
        """Give a cell, or the empty text."""
        return (self.cells.get(field) or "").strip()

    def number(self, field: str) -> Decimal | None:
        """Give a cell as an exact decimal with its printed digits; empty is ``None``, any other word is refused."""
        text = self.optional(field)
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
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
        return ratio_unit(self.text(field), self.place, field)


def missing(record: str, field: str) -> ReferenceDataError:
    """Say that a field has no value."""
    return ReferenceDataError(
        "reference-missing", "缺少必填的值", "a required value is missing", record=record, field=field,
        mend_zh="补上该值", mend_en="fill it in",
    )  # fmt: skip


def no_citation(record: str, field: str, value: str = "") -> ReferenceDataError:
    """Say that a value has no citation."""
    return ReferenceDataError(
        "reference-no-citation", f"没有出处「{value}」" if value else "没有出处", "no citation",
        record=record, field=field,
        mend_zh="写明标准、条款和来源, 没有出处的数不得收入",
        mend_en="cite standard, clause and source; no figure enters without one",
    )  # fmt: skip


def known_status(value: str, record: str) -> Status:
    """Check the word of a status."""
    for status in STATUSES:
        if value == status:
            return status
    raise ReferenceDataError(
        "reference-status", f"不认识的核对状态「{value}」", f"unknown status {value!r}", record=record, field="status",
        mend_zh="只能是 " + "、".join(STATUSES), mend_en="one of " + ", ".join(STATUSES),
    )  # fmt: skip


def known_unit(symbol: str, record: str, field: str) -> Unit:
    """Find a unit, naming the file when it is not known."""
    try:
        return unit(symbol)
    except NenghaoError as error:
        raise ReferenceDataError(
            "reference-unit", error.message_zh, error.message_en, record=record, field=field,
            mend_zh=error.mend_zh, mend_en=error.mend_en,
        ) from None  # fmt: skip


def ratio_unit(symbol: str, record: str, field: str) -> tuple[Unit, Unit]:
    """Find the two units of ``kgce/kWh``."""
    numerator, _, denominator = symbol.partition("/")
    return known_unit(numerator, record, field), known_unit(denominator, record, field)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file, refusing what is not UTF-8 or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReferenceDataError(
            "reference-toml", f"文件不是有效的 TOML: {error}", f"the file is not valid TOML: {error}", record=path.name,
            mend_zh="按报出的行列改正, 编码用 UTF-8", mend_en="mend the line and column named; encode as UTF-8",
        ) from None  # fmt: skip


def text_of(content: Mapping[str, Any], field: str, record: str) -> str:
    """Give a text of a TOML table that must not be empty."""
    value = content.get(field)
    if not isinstance(value, str) or not value.strip():
        raise missing(record, field)
    return value


def read_header(path: Path) -> TableHeader:
    """Read a header; standard, edition, clause and, where dates are given, their source are the citation."""
    content = read_toml(path)
    for field in ("standard", "edition", "clause"):
        if not str(content.get(field, "")).strip():
            raise no_citation(path.name, field)
    valid_from, valid_until = (_date(content, field, path.name) for field in ("valid_from", "valid_until"))
    if (valid_from or valid_until) and not str(content.get("dates_source", "")).strip():
        raise no_citation(path.name, "dates_source")
    if valid_from and valid_until and valid_until <= valid_from:
        raise ReferenceDataError(
            "reference-validity", "有效期止早于起", "validity ends before it begins",
            record=path.name, field="valid_until",
            mend_zh="valid_until 为失效日(不含), 须晚于 valid_from",
            mend_en="valid_until (exclusive) must be later than valid_from",
        )  # fmt: skip
    return TableHeader(
        path, text_of(content, "key", path.name), str(content.get("set", "")), content["standard"], content["edition"],
        text_of(content, "title_zh", path.name), text_of(content, "title_en", path.name), content["clause"],
        valid_from, valid_until, content.get("sources", {}), content,
    )  # fmt: skip


def _date(content: Mapping[str, Any], field: str, record: str) -> date | None:
    value = content.get(field)
    if value is None or type(value) is date:
        return value
    raise ReferenceDataError(
        "reference-date", f"「{value}」不是日期", f"{value!r} is not a date", record=record, field=field,
        mend_zh="写成 2021-04-01, 不加引号", mend_en="write 2021-04-01 without quotes",
    )  # fmt: skip


def read_rows(header: TableHeader) -> tuple[Row, ...]:
    """Read the CSV beside a header, in order."""
    path = header.rows_path
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(Row(header, number, cells) for number, cells in enumerate(csv.DictReader(file), start=2))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReferenceDataError(
            "reference-csv", f"读不出表: {error}", f"the table cannot be read: {error}", record=path.name,
            mend_zh="CSV 与 TOML 同名同目录, 编码用 UTF-8",
            mend_en="put the CSV beside its TOML with the same name, in UTF-8",
        ) from None  # fmt: skip


def refuse_duplicates(rows: tuple[Row, ...], fields: tuple[str, ...]) -> None:
    """Refuse a second row with the same values in ``fields``."""
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        identity = tuple(row.optional(field) for field in fields)
        if identity in seen:
            raise ReferenceDataError(
                "reference-duplicate", f"与第 {seen[identity]} 行重复", f"repeats line {seen[identity]}",
                record=row.place, field=fields[0], mend_zh="同一表内每项只写一次",
                mend_en="write each item once in a table",
            )  # fmt: skip
        seen[identity] = row.line


def refuse_overlaps(tables: list[tuple[tuple[str, ...], date | None, date | None, str]]) -> None:
    """Refuse two entries of one identity whose validity overlaps.

    Each entry is (identity, valid from, valid until, place); an unknown start or end counts as open.
    """
    ordered = sorted(tables, key=lambda entry: (entry[0], entry[1] or date.min))
    for first, second in pairwise(ordered):
        if first[0] == second[0] and (second[1] or date.min) < (first[2] or date.max):
            raise ReferenceDataError(
                "reference-overlap", f"有效期与 {first[3]} 重叠", f"validity overlaps {first[3]}",
                record=second[3], field="valid_from",
                mend_zh="给旧版写上 valid_until", mend_en="close the older edition with valid_until",
            )  # fmt: skip
