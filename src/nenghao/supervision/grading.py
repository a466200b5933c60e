"""From a value and its limits to a grade, the limit that must be met, and the benchmark level."""

from __future__ import annotations

from math import isnan

from nenghao.reference.model import BenchmarkRow, citation
from nenghao.supervision.verdict import BenchmarkLevel, Grade, Limits, Standing

TOLERANCE = 1e-9
"""What binary fractions may cost a comparison; limits are printed with three digits or so."""
_WORDS: tuple[Grade, ...] = ("1", "2", "3")


def within(value: float, limit: float) -> bool:
    """Tell whether a value is at most a limit; limits below zero mean net export and compare the same way."""
    return value <= limit + TOLERANCE * max(1.0, abs(limit))


def grade_of(value: float, limits: Limits, unknown: tuple[int, ...] = ()) -> tuple[Grade, bool]:
    """Give the strictest grade that is certainly met, and whether a grade not obtained leaves it open.

    A grade counts only when every looser printed one is met as well, so that limits out of order never help.

    >>> grade_of(280.0, (268.0, None, 283.0))
    ('3', False)
    >>> grade_of(280.0, (273.0, None, 285.0), unknown=(2,))
    ('3', True)
    """
    met: Grade = "over"
    for grade in (3, 2, 1):
        limit = limits[grade - 1]
        if limit is None:
            continue
        if not within(value, limit):
            break
        met = _WORDS[grade - 1]
    open_grade = any(met == "over" or grade < int(met) for grade in unknown)
    return met, open_grade and met != "1"


def required_limit(limits: Limits, unknown: tuple[int, ...], *, is_new: bool) -> tuple[int, float | None]:
    """Give the grade that must be met and its limit: 3 for existing, 2 for new capacity.

    A blank grade 2 is no requirement, so grade 3 remains; a grade 2 not obtained cannot be judged (``None``).
    """
    if not is_new:
        return 3, limits[2]
    if limits[1] is not None or 2 in unknown:
        return 2, limits[1]
    return 3, limits[2]


def benchmark_level(row: BenchmarkRow | None, value: float) -> BenchmarkLevel | None:
    """Say where a value stands between benchmark and baseline."""
    if row is None or row.benchmark is None or row.baseline is None or isnan(value):
        return None
    benchmark, baseline = float(row.benchmark), float(row.baseline)
    standing: Standing = "between"
    if within(value, benchmark):
        standing = "benchmark"
    elif not within(value, baseline):
        standing = "below_baseline"
    return BenchmarkLevel(benchmark, baseline, standing, citation(row.standard, row.edition), row.status, row.note)
