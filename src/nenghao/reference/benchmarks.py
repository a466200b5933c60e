"""Benchmark and baseline levels (标杆水平、基准水平) of the national lists, by edition."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nenghao.reference.files import BenchmarkFile, DeadlinePart, read_file
from nenghao.reference.model import BenchmarkRow
from nenghao.reference.quota_metrics import metric_key, quota_unit
from nenghao.reference.refusals import ReferenceDataError
from nenghao.reference.tables import Row, TableHeader, header_of, read_rows

COLUMNS = (
    "industry_code", "sector", "product", "condition", "metric", "unit", "benchmark", "baseline", "quota_product",
    "quota_condition", "crosscheck", "status", "confidence", "exception", "note", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BenchmarkTable:
    """One edition of the list, with the deadlines it sets."""

    header: TableHeader
    rows: tuple[BenchmarkRow, ...]
    deadlines: tuple[DeadlinePart, ...]


def read_benchmark_table(path: Path) -> BenchmarkTable:
    """Read and check one list; the benchmark is at most the baseline, a row without figures says why."""
    content = read_file(path, BenchmarkFile)
    header = header_of(path, content)
    rows = read_rows(header, COLUMNS, ("sector", "product", "condition", "metric"))
    return BenchmarkTable(header, tuple(_parse(row) for row in rows), content.deadline)


def _parse(row: Row) -> BenchmarkRow:
    benchmark, baseline = row.number("benchmark"), row.number("baseline")
    exception = row.optional("exception")
    if (benchmark is None or baseline is None or benchmark > baseline) != bool(exception):
        raise ReferenceDataError(
            "reference-benchmark", "标杆与基准水平缺失或次序不对, 或多余的说明",
            "benchmark and baseline are missing or out of order, or a needless exception", record=row.place,
            field="benchmark", mend_zh="须有 标杆 ≤ 基准; 未取得的在 exception 列写明, 不得填猜测值",
            mend_en="benchmark ≤ baseline; say in the column exception what was not obtained, never guess",
        )  # fmt: skip
    metric, unit = row.optional("metric"), row.optional("unit")
    if not exception:
        quota_unit(row.text("unit"), row.place)
    header = row.header
    note = "; ".join(text for text in (row.optional("crosscheck"), row.optional("note"), exception) if text)
    return BenchmarkRow(
        row.text("industry_code"), row.text("sector"), row.optional("product"), row.optional("condition"), metric,
        metric_key(metric, row.place) if metric else "", unit, benchmark, baseline, row.optional("quota_product"),
        row.optional("quota_condition"), header.standard, header.edition, header.valid_from, header.valid_until,
        row.status(), row.source(), note,
    )  # fmt: skip
