"""Quota tables (单位产品能耗限额): grades must not be out of order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nenghao.reference.model import QuotaRow
from nenghao.reference.refusals import ReferenceDataError
from nenghao.reference.tables import Row, TableHeader, read_header, read_rows

GRADES = ("grade_1", "grade_2", "grade_3")
COLUMNS = ("product", "condition", "metric", "unit", *GRADES, "status", "confidence", "exception", "note", "source")


@dataclass(frozen=True, slots=True)
class QuotaTable:
    """One quota standard with its header."""

    header: TableHeader
    rows: tuple[QuotaRow, ...]


def read_quota_table(path: Path) -> QuotaTable:
    """Read and check one quota standard; ``path`` is its TOML header.

    Grade 1 (先进值) is the strictest, grade 3 (限定值) the loosest: limits rise from 1 to 3, also where they are
    negative (net export). A blank grade is “—”: no requirement. A table printed out of order keeps its figures and says
    why in the column ``exception``.
    """
    header = read_header(path)
    rows = read_rows(header, COLUMNS, ("product", "condition", "metric"))
    return QuotaTable(header, tuple(_parse(row) for row in rows))


def _parse(row: Row) -> QuotaRow:
    row.ratio_unit("unit")
    grades = [row.number(field) for field in GRADES]
    printed = [grade for grade in grades if grade is not None]
    exception = row.optional("exception")
    if not printed:
        row.needed_number("grade_3")
    if (printed != sorted(printed)) != bool(exception):
        raise ReferenceDataError(
            "reference-grades", "限额等级次序不对或多余的例外说明", "grades out of order, or a needless exception",
            record=row.place, field="exception" if exception else "grade_1",
            mend_zh="须有 1级 ≤ 2级 ≤ 3级; 原表如此时在 exception 列写明",
            mend_en="grade 1 ≤ 2 ≤ 3; where printed otherwise, say so in the column exception",
        )  # fmt: skip
    header = row.header
    return QuotaRow(
        row.text("product"), row.optional("condition"), row.text("metric"), row.text("unit"),
        grades[0], grades[1], grades[2],
        header.standard, header.edition, row.clause(), header.valid_from, header.valid_until, row.status(),
        row.source(), row.optional("note") or exception,
    )  # fmt: skip
