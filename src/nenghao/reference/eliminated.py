"""Catalogues of outdated energy-using equipment (高耗能落后机电设备淘汰目录): one file per batch, one row per entry.

An entry is a listed model, a series or a machine that has no model. What it says of models, sizes and years is data;
:mod:`nenghao.supervision.eliminated` holds a piece of equipment against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from nenghao.errors import Language
from nenghao.reference.model import Status
from nenghao.reference.refusals import ReferenceDataError, known_word, missing
from nenghao.reference.tables import Row, TableHeader, read_header, read_rows

YearRule = Literal["", "made", "in_service", "split"]
"""Listed whenever it was made; only made up to the year; only in service up to it; listed with two deadlines."""
DeadlineRule = Literal["date", "at_once", "per_notice", "see_notice", "unknown"]
SizeUnit = Literal["", "kVA", "A", "kW"]

YEAR_RULES: tuple[YearRule, ...] = ("", "made", "in_service", "split")
DEADLINE_RULES: tuple[DeadlineRule, ...] = ("date", "at_once", "per_notice", "see_notice", "unknown")
SIZE_UNITS: tuple[SizeUnit, ...] = ("", "kVA", "A", "kW")
NUMBERS = ("kw", "efficiency_pct", "size_from", "size_to", "voltage_kv")
COLUMNS = (
    "item", "category", "name", "scope", "models", "pattern", "numbers", *NUMBERS[:2], "size_from", "size_to",
    "size_unit", "voltage_kv", "year_rule", "year", "deadline_rule", "deadline", "status", "confidence", "note",
    "source",
)  # fmt: skip

_DEADLINES: dict[DeadlineRule, tuple[str, str]] = {
    "at_once": ("立即停止使用", "to be stopped at once"),
    "per_notice": (
        "按公告：生产者立即停产，使用者限期停用（目录无逐项日期）",
        "by the notice: makers stop at once, users within the set term (no date by item)",
    ),
    "see_notice": ("见公告（目录无逐项日期）", "see the notice (no date by item)"),
    "unknown": ("期限未取得", "deadline not obtained"),
}


@dataclass(frozen=True, slots=True)
class EliminatedEntry:
    """One entry of a catalogue.

    ``name`` and ``scope`` are as gathered. ``models`` are the models it lists and ``pattern`` a series, both in the
    normal form of :func:`nenghao.supervision.models_written.normal`; an entry with neither is matched by nobody.
    ``numbers`` are the machine numbers (机号) of a fan. Sizes are in ``size_unit``; ``kw`` [kW], ``efficiency_pct``
    [%] and ``voltage_kv`` [kV] are of the nameplate. ``year`` is that of ``year_rule``, inclusive.
    """

    item: str
    category: str
    name: str
    scope: str
    models: tuple[str, ...]
    pattern: str
    numbers: tuple[str, ...]
    kw: Decimal | None
    efficiency_pct: Decimal | None
    size_from: Decimal | None
    size_to: Decimal | None
    size_unit: SizeUnit
    voltage_kv: Decimal | None
    year_rule: YearRule
    year: int | None
    deadline_rule: DeadlineRule
    deadline: date | None
    notice: str
    batch: str
    status: Status
    confidence: str
    source: str
    note: str
    row_id: str
    """File and line: ``batch-3:2``; names the entry within one state of the library."""

    @property
    def is_unverified(self) -> bool:
        """Tell whether the entry itself is 待核: then no match with it decides."""
        return self.status == "unverified"

    def citation(self, language: Language = "zh") -> str:
        """Name notice, batch and item: ``工信部公告2014年第16号（第三批）第 1-2 项``."""
        if language == "zh":
            return f"{self.notice}（{self.batch}）第 {self.item} 项"
        return f"{self.notice} ({self.batch}), item {self.item}"

    def deadline_words(self, language: Language = "zh", made_year: int | None = None) -> str:
        """Say until when it may be used, with the condition of years; ``made_year`` chooses between two deadlines."""
        words = _DEADLINES.get(self.deadline_rule, ("", ""))
        told = (
            (str(self.deadline) if self.deadline else words[0]) if language == "zh" else str(self.deadline or words[1])
        )
        if self.year is None:
            return told
        return _with_year(self, told, language, made_year)


def _with_year(entry: EliminatedEntry, told: str, language: Language, made_year: int | None) -> str:
    year, (at_once_zh, at_once_en) = entry.year, _DEADLINES["at_once"]
    assert year is not None
    if entry.year_rule == "split":
        if made_year is not None:
            return told if made_year > year else at_once_zh if language == "zh" else at_once_en
        if language == "zh":
            return f"{year} 年及以前生产的{at_once_zh}，以后的 {told}"
        return f"made up to {year} {at_once_en}, later ones by {told}"
    zh, en = ("投入使用", "in service") if entry.year_rule == "in_service" else ("生产", "made")
    return f"{told}（{year} 年及以前{zh}的）" if language == "zh" else f"{told} ({en} up to {year})"


@dataclass(frozen=True, slots=True)
class EliminatedTable:
    """One batch of the catalogue."""

    header: TableHeader
    rows: tuple[EliminatedEntry, ...]


def read_eliminated_table(path: Path) -> EliminatedTable:
    """Read and check one batch; ``path`` is its TOML header.

    Refused: a pattern that is no regular expression, a rule of years without its year or the other way round, a date
    beside a deadline rule that has none, a range that is turned round or has no unit.
    """
    header = read_header(path)
    rows = read_rows(header, COLUMNS, ("item", "name", "scope"))
    return EliminatedTable(header, tuple(_parse(row) for row in rows))


def _parse(row: Row) -> EliminatedEntry:
    header = row.header
    kw, efficiency, size_from, size_to, voltage = (row.number(field) for field in NUMBERS)
    size_unit: SizeUnit = known_word(row.optional("size_unit"), SIZE_UNITS, row.place, "size_unit")
    if (size_from is None or size_to is None or size_from > size_to) != (not size_unit):
        raise _refused(row, "size_from", "规格范围须有上下限与单位, 下限不大于上限",
                       "a range has two ends in order, and a unit")  # fmt: skip
    year_rule, year = _year(row)
    deadline_rule, deadline = _deadline(row)
    return EliminatedEntry(
        row.text("item"), row.text("category"), row.text("name"), row.optional("scope"),
        tuple(row.optional("models").split()), _pattern(row), tuple(row.optional("numbers").split()), kw, efficiency,
        size_from, size_to, size_unit, voltage, year_rule, year, deadline_rule, deadline, header.citation,
        header.clause, row.status(), row.text("confidence"), row.source(), row.optional("note"),
        f"{header.path.stem}:{row.line}",
    )  # fmt: skip


def _pattern(row: Row) -> str:
    text = row.optional("pattern")
    try:
        re.compile(text)
    except re.error as error:
        raise _refused(row, "pattern", f"不是正则表达式: {error}", f"not a regular expression: {error}") from None
    return text


def _year(row: Row) -> tuple[YearRule, int | None]:
    rule: YearRule = known_word(row.optional("year_rule"), YEAR_RULES, row.place, "year_rule")
    text = row.optional("year")
    if bool(rule) != bool(re.fullmatch(r"\d{4}", text)):
        raise _refused(row, "year", "年份条件与年份须同时写明", "a rule of years and its year stand together")
    return rule, int(text) if text else None


def _deadline(row: Row) -> tuple[DeadlineRule, date | None]:
    rule: DeadlineRule = known_word(row.text("deadline_rule"), DEADLINE_RULES, row.place, "deadline_rule")
    text = row.optional("deadline")
    if rule == "date" and not text:
        raise missing(row.place, "deadline")
    if rule != "date" and text:
        raise _refused(row, "deadline", "没有逐项日期的不写日期", "a date beside a rule that has none")
    try:
        return rule, date.fromisoformat(text) if text else None
    except ValueError:
        raise _refused(row, "deadline", f"「{text}」不是日期", f"{text!r} is not a date") from None


def _refused(row: Row, field: str, zh: str, en: str) -> ReferenceDataError:
    return ReferenceDataError(
        "reference-eliminated", zh, en, record=row.place, field=field, mend_zh="对照公告原文改正",
        mend_en="compare with the notice",
    )  # fmt: skip
