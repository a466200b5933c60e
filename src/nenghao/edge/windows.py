"""From new samples to intervals and outbox rows: recompute exactly the periods that the samples touch.

Only whole periods that end at or before the newest sample are written: a day appears when its end is observed, or,
after a gap, when the first good sample behind the gap bounds it.
"""

from __future__ import annotations

import numpy as np

from nenghao.edge.config import MeterPlan
from nenghao.edge.ledger import KINDS, Ledger, SampleRows
from nenghao.intervals import IntervalResult, SampleColumns, State, compute_intervals
from nenghao.periods import PeriodKind, edges_ms, floor_ms

NEIGHBOURS = 3
"""Samples on each side that can change how a sample is judged (a spike is seen by the return after it)."""


def recompute(ledger: Ledger, meter: MeterPlan, from_ms: int, to_ms: int) -> None:
    """Recompute what samples in ``[from_ms, to_ms]`` touch, inside a transaction."""
    meter_id = meter.section.id
    meter_no = ledger.meter_no[meter_id]
    low, high = ledger.nearest(meter_no, from_ms, -NEIGHBOURS), ledger.nearest(meter_no, to_ms, NEIGHBOURS)
    low = max(low, meter.spec.installed_at_ms)
    windows = {number: _window(kind, low, high) for number, kind in enumerate(KINDS)}
    windows = {number: window for number, window in windows.items() if window[0] < window[1]}
    if not windows:
        return
    samples = ledger.samples(meter_id, min(w[0] for w in windows.values()), high, around=NEIGHBOURS)
    for number, (start_ms, end_ms) in windows.items():
        result = _compute(meter, samples, KINDS[number], start_ms, end_ms)
        _store(ledger, meter, number, result)
        ledger.put_findings(meter_id, high, result.findings)
        ledger.fill_outbox(meter_id, number, start_ms, end_ms)


def _window(kind: PeriodKind, low_ms: int, high_ms: int) -> tuple[int, int]:
    start, end = floor_ms(np.array([low_ms, high_ms], dtype=np.int64), kind)
    return int(start), int(end)


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
