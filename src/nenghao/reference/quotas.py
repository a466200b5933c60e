"""Quota tables (单位产品能耗限额): limits by grade, the corrections that change them, and the tests a file carries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nenghao.reference.corrections import Correction, read_correction
from nenghao.reference.files import QuotaFile, QuotaTestPart, read_file
from nenghao.reference.model import QuotaRow
from nenghao.reference.quota_metrics import metric_key, quota_unit
from nenghao.reference.refusals import ReferenceDataError
from nenghao.reference.tables import Row, TableHeader, header_of, read_rows

GRADES = ("grade_1", "grade_2", "grade_3")
COLUMNS = (
    "industry", "product", "condition", "metric", "unit", *GRADES, "unknown_grades", "status", "confidence",
    "exception", "note", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuotaTable:
    """One quota standard of one edition with its corrections and tests."""

    header: TableHeader
    rows: tuple[QuotaRow, ...]
    corrections: tuple[Correction, ...] = ()
    tests: tuple[QuotaTestPart, ...] = ()

    def corrections_of(self, row: QuotaRow) -> tuple[Correction, ...]:
        """Give the corrections that apply to a row, in the order in which they are applied."""
        return tuple(one for one in self.corrections if one.applies_to(row.product, row.metric_key))


def read_quota_table(path: Path) -> QuotaTable:
    """Read and check one quota standard; ``path`` is its TOML header.

    Grade 1 (先进值) is the strictest, grade 3 (限定值) the loosest: limits rise from 1 to 3, also where they are
    negative (net export). A blank grade is “—”: no requirement. A table printed out of order keeps its figures and says
    why in the column ``exception``. A file without a test is refused.
    """
    content = read_file(path, QuotaFile)
    header = header_of(path, content)
    rows = tuple(_parse(row) for row in read_rows(header, COLUMNS, ("product", "condition", "metric")))
    _refuse_untested(header, content.test)
    _refuse_two_of_one_metric(header, rows)
    products = {row.product for row in rows}
    corrections = tuple(read_correction(header, part, products) for part in content.correction)
    return QuotaTable(header, rows, corrections, content.test)


def _refuse_untested(header: TableHeader, tests: tuple[QuotaTestPart, ...]) -> None:
    if tests:
        return
    raise ReferenceDataError(
        "reference-test", "没有算例", "the file carries no test", record=header.path.name, field="test",
        mend_zh="至少写一个 [[test]]: 产品、数值、日期与应得的等级",
        mend_en="write at least one [[test]]: product, value, day and the grade it must have",
    )  # fmt: skip


def _refuse_two_of_one_metric(header: TableHeader, rows: tuple[QuotaRow, ...]) -> None:
    """Two printed names of one metric for one product and condition would make the row a matter of luck."""
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        key = (row.product, row.condition, row.metric_key)
        if key in seen:
            raise ReferenceDataError(
                "reference-duplicate", f"同一产品的同一指标 {row.metric_key} 有两行",
                f"two rows of one product have the metric {row.metric_key}",
                record=f"{header.rows_path.name} ({row.product})", field="metric",
                mend_zh="以条件区分, 或在 quota_metrics 中分为两个指标",
                mend_en="tell them apart by the condition, or make two metrics in quota_metrics",
            )  # fmt: skip
        seen.add(key)


def _parse(row: Row) -> QuotaRow:
    quota_unit(row.text("unit"), row.place)
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
        row.text("industry"), row.text("product"), row.optional("condition"), row.text("metric"),
        metric_key(row.text("metric"), row.place), row.text("unit"), _unknown(row),
        grades[0], grades[1], grades[2],
        header.standard, header.edition, row.clause(), header.valid_from, header.valid_until, row.status(),
        row.source(), "; ".join(text for text in (row.optional("note"), exception) if text),
        f"{header.key}:{row.line}",
    )  # fmt: skip


def _unknown(row: Row) -> tuple[int, ...]:
    """Read the grades not obtained; one that has a figure is refused."""
    words = row.optional("unknown_grades").split()
    if all(word in {"1", "2", "3"} and row.number(f"grade_{word}") is None for word in words):
        return tuple(int(word) for word in words)
    raise ReferenceDataError(
        "reference-unknown-grade", "未取得的等级写法不对, 或该等级已有数值",
        "the grades not obtained are mistyped, or one of them has a figure", record=row.place, field="unknown_grades",
        mend_zh="写 1、2、3, 以空格分开; 有数值的等级不写",
        mend_en="write 1, 2 or 3 with blanks between; only grades without figure",
    )  # fmt: skip
