"""From new samples to intervals and outbox rows: recompute exactly the periods that the samples touch.

Only whole periods that end at or before the newest sample are written: a day appears when its end is observed, or,
after a gap, when the first good sample behind the gap bounds it.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from nenghao.edge.config import MeterPlan
from nenghao.edge.ledger import KINDS, YEAR, Ledger, SampleRows
from nenghao.intervals import (
    CONTEXT_SAMPLES,
    NEIGHBOUR_SAMPLES,
    IntervalResult,
    SampleColumns,
    State,
    compute_intervals,
    touched_range,
)
from nenghao.periods import PeriodKind, edges_ms, floor_ms, from_ms, to_ms

MONTH = 3


def recompute(ledger: Ledger, meter: MeterPlan, from_ms: int, to_ms: int) -> None:
    """Recompute what samples in ``[from_ms, to_ms]`` touch, inside a transaction."""
    meter_id = meter.section.id
    near = ledger.samples(meter_id, from_ms, to_ms, around=NEIGHBOUR_SAMPLES).ts_ms
    newest_ms = np.array([ledger.newest_ms(meter_id)])
    windows = {}
    for number, kind in enumerate(KINDS[:YEAR]):
        start_ms, end_ms = touched_range(meter.spec, near, np.array([from_ms, to_ms]), kind)
        end_ms = min(end_ms, int(floor_ms(newest_ms, kind)[0]))
        if start_ms < end_ms:
            windows[number] = (start_ms, end_ms)
    if not windows:
        return
    first_ms, last_ms = min(w[0] for w in windows.values()), max(w[1] for w in windows.values())
    samples = ledger.samples(meter_id, first_ms, last_ms, around=CONTEXT_SAMPLES)
    for number, (start_ms, end_ms) in windows.items():
        result = _compute(meter, samples, KINDS[number], start_ms, end_ms)
        _store(ledger, meter, number, result)
        ledger.put_findings(meter_id, to_ms, result.findings)
        ledger.fill_outbox(meter_id, number, start_ms, end_ms)
    if MONTH in windows:
        first_ms, last_ms = fill_years(ledger, meter, *windows[MONTH])
        ledger.fill_outbox(meter_id, YEAR, first_ms, last_ms)


def fill_years(ledger: Ledger, meter: MeterPlan, from_ms_: int, to_ms_: int) -> tuple[int, int]:
    """Make the years that the months in ``[from_ms_, to_ms_)`` belong to, inside a transaction; give their span.

    A year is the sum of its months: of all in which the meter was in service, when each has a value.
    """
    found = ledger.span(meter.section.id, MONTH, from_ms_, to_ms_)
    if found is None:
        return 0, 0
    kind = PeriodKind.YEAR
    first = start = kind.floor(from_ms(found[0]))
    while to_ms(start) <= found[1]:
        end = kind.next(start)
        ledger.fill_year(meter.section.id, to_ms(start), to_ms(end), _months_in_service(meter, start, end))
        start = end
    return to_ms(first), to_ms(start)


def _months_in_service(meter: MeterPlan, start: datetime, end: datetime) -> int:
    """Count the months of ``[start, end)`` that the meter served in: twelve but for the first and the last year."""
    service = meter.section
    first = max(start, PeriodKind.MONTH.floor(service.installed_at))
    last = end if service.removed_at is None else min(end, service.removed_at)
    months = 0
    while first < last:
        months, first = months + 1, PeriodKind.MONTH.next(first)
    return months


def _compute(meter: MeterPlan, samples: SampleRows, kind: PeriodKind, start_ms: int, end_ms: int) -> IntervalResult:
    """Compute one window; where samples have breaks, each run on its own, and the known value of a period wins."""
    best: IntervalResult | None = None
    for segment in np.unique(samples.segment).tolist():
        of = samples.segment == segment
        columns = SampleColumns(samples.ts_ms[of], samples.register[of], samples.received_at_ms[of])
        found = compute_intervals(meter.spec, columns, kind, start_ms=start_ms, end_ms=end_ms)
        best = found if best is None else _merged(best, found)
    assert best is not None
    return best


def _merged(one: IntervalResult, other: IntervalResult) -> IntervalResult:
    better = other.state < one.state
    return IntervalResult(
        one.period_start_ms, np.where(better, other.value, one.value), np.where(better, other.state, one.state),
        one.findings + other.findings,
    )  # fmt: skip


def _store(ledger: Ledger, meter: MeterPlan, number: int, result: IntervalResult) -> None:
    if not len(result.period_start_ms):
        return
    starts = result.period_start_ms.tolist()
    kind = KINDS[number]
    step = (kind.seconds or 0) * 1000
    ends = [s + step for s in starts] if step else _month_ends(starts, kind)
    values = (result.value * meter.to_base).tolist()
    states = result.state.tolist()
    ledger.put_intervals(
        meter.section.id, number,
        [(s, e, None if t == State.MISSING else v, t) for s, e, v, t in zip(starts, ends, values, states, strict=True)],
    )  # fmt: skip


def _month_ends(starts: list[int], kind: PeriodKind) -> list[int]:
    last = edges_ms(starts[-1], starts[-1] + 32 * 86_400_000, kind)
    return [*starts[1:], int(last[1])]
