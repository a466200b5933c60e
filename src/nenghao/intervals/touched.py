"""Which periods a late or corrected sample can change, and how many samples to load to compute them again (rule 5).

A sample moves the energy between its neighbours, and can change which samples near it are on the register's course:
at most :data:`~nenghao.intervals.course.REACH` of them on either side. So

1. ``touched_range`` gives the periods to compute again: an upper bound, most of which come out as they were;
2. load the samples of that range and :data:`CONTEXT_SAMPLES` instants on either side (``context_slice``), all versions;
3. ``compute_intervals(meter, those, kind, start_ms=…, end_ms=…)`` gives the same rows as computing over everything,
   provided the context holds a calm run of 32 samples on either side (without one, the meter is broken: load all).
"""

from __future__ import annotations

import numpy as np

from nenghao.intervals.course import REACH
from nenghao.intervals.model import OBSERVED_MS, Int64Column, MeterSpec
from nenghao.periods import PeriodKind, floor_ms, from_ms, to_ms

CONTEXT_SAMPLES = 64
"""Instants to load on either side of the touched range."""
NEIGHBOUR_SAMPLES = REACH + 2
"""Instants that :func:`touched_range` looks at on either side of the new ones."""


def touched_range(
    meter: MeterSpec, existing_ts_ms: Int64Column, new_ts_ms: Int64Column, kind: PeriodKind
) -> tuple[int, int]:
    """Give the smallest run of periods ``[start, end)`` [epoch ms] that new samples can change.

    ``existing_ts_ms`` need hold only the :data:`NEIGHBOUR_SAMPLES` instants before the first and after the last new
    one, in any order. The range begins no earlier than the period of installation. Without new samples it is empty.

    >>> meter = MeterSpec("M1", "electricity", "kWh", 900, installed_at_ms=0)
    >>> touched_range(meter, np.array([0, 900_000]), np.array([1_800_000]), PeriodKind.HOUR)
    (0, 3600000)
    """
    new = np.asarray(new_ts_ms, dtype=np.int64)
    if len(new) == 0:
        return meter.installed_at_ms, meter.installed_at_ms
    ts = np.union1d(np.asarray(existing_ts_ms, dtype=np.int64), new)
    first = max(int(np.searchsorted(ts, new.min())) - NEIGHBOUR_SAMPLES, 0)
    last = min(int(np.searchsorted(ts, new.max())) + NEIGHBOUR_SAMPLES, len(ts) - 1)
    low = max(int(ts[first]) - OBSERVED_MS, meter.installed_at_ms)
    high = max(int(ts[last]) + OBSERVED_MS, low)
    start, end = (int(edge) for edge in floor_ms(np.array([low, high]), kind))
    return start, to_ms(kind.next(from_ms(end)))


def context_slice(ts_ms: Int64Column, start_ms: int, end_ms: int) -> slice:
    """Give the positions of the samples to load for ``[start, end)``; ``ts_ms`` holds the instants in order.

    >>> context_slice(np.arange(1000), 500, 510)
    slice(436, 575, None)
    """
    low = int(np.searchsorted(ts_ms, start_ms)) - CONTEXT_SAMPLES
    high = int(np.searchsorted(ts_ms, end_ms, side="right")) + CONTEXT_SAMPLES
    return slice(max(low, 0), min(high, len(ts_ms)))
