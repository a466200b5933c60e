"""Registers become consumption per period: one meter or thousands in one call, by the same code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nenghao.intervals.boundaries import at_boundaries
from nenghao.intervals.course import Limits, calm
from nenghao.intervals.model import (
    OBSERVED_MS,
    BoolColumn,
    FloatColumn,
    Int64Column,
    IntervalResult,
    ManyResult,
    MeterSpec,
    SampleColumns,
    StateColumn,
)
from nenghao.intervals.track import Track, build_track
from nenghao.intervals.versions import MeterColumns, Notes, Points, drop_from_future, newest_versions, possible
from nenghao.periods import PeriodKind, edges_ms, floor_ms, from_ms, to_ms

DAY_MS = 86_400_000
LEAD_MS = 31 * DAY_MS
"""Without a start asked for, periods begin at installation, or on the first sampled day when that is later by more."""


def compute_intervals(
    meter: MeterSpec,
    samples: SampleColumns,
    kind: PeriodKind,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> IntervalResult:
    """Turn one meter's register samples into consumption [the meter's unit] per period of ``kind``.

    Rows are the periods of ``[start, end)`` that meet the meter's life; see docs/intervals.md for every rule and for
    the range without ``start_ms`` and ``end_ms``, which otherwise must be period starts.

    >>> spec = MeterSpec("M1", "electricity", "kWh", 900, installed_at_ms=to_ms(from_ms(1_772_553_600_000)))
    >>> quarter = [1_772_553_600_000 + 900_000 * i for i in range(5)]
    >>> hour = compute_intervals(spec, SampleColumns.of(quarter, [0, 1, 2, 3, 4]), PeriodKind.HOUR)
    >>> hour.value[0], hour.state[:2].tolist()
    (np.float64(4.0), [0, 2])
    """
    index = np.zeros(len(samples.ts_ms), dtype=np.int64)
    return compute_many([meter], index, samples, kind, start_ms=start_ms, end_ms=end_ms).of(0)


def compute_many(
    meters: Sequence[MeterSpec],
    meter_index: Int64Column,
    samples: SampleColumns,
    kind: PeriodKind,
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> ManyResult:
    """Do the same for many meters: ``meter_index[i]`` is the position in ``meters`` of sample ``i``'s meter.

    Meters whose every step is a plain possible rise are computed as columns; the others one by one. The answer for a
    meter does not depend on the meters beside it.
    """
    columns, notes = MeterColumns.of(meters), {}
    index, samples = drop_from_future(np.asarray(meter_index, dtype=np.int64), samples, notes)
    points = possible(newest_versions(index, samples, notes), columns, notes)
    starts, ends = _ranges(points, columns, kind, start_ms, end_ms)
    value, state = (np.zeros(0), np.zeros(0, dtype=np.uint8))
    edges = edges_ms(int(starts.min()), int(ends.max()), kind) if len(meters) else np.zeros(0, dtype=np.int64)
    rows = _rows(edges, starts, ends, columns)
    if rows.any():
        value, state = _matrix(meters, points, columns, edges=edges, starts=starts, ends=ends, notes=notes)
        value, state = value[rows], state[rows]
    own, period = np.nonzero(rows)
    return ManyResult(own, edges[period], value, state, {m: tuple(found) for m, found in sorted(notes.items())})


def _ranges(
    points: Points, columns: MeterColumns, kind: PeriodKind, start_ms: int | None, end_ms: int | None
) -> tuple[Int64Column, Int64Column]:
    """Give the first and last boundary of every meter's rows.

    Rows run to the end of the Beijing day of the last sample; a sample less than half a sampling interval (at least
    60 s) after midnight opens no new day, for no period of it can be measured yet. Rows begin at installation; when
    that is more than 31 days before the first sample, on the day of the first sample.
    """
    meters = len(columns.installed_ms)
    first, last = columns.installed_ms.copy(), columns.installed_ms.copy()
    slack = np.maximum(columns.interval_ms // 2, OBSERVED_MS)
    if len(points.ts_ms):
        edge = np.flatnonzero(np.diff(points.meter)) + 1
        opening, closing = np.concatenate([[0], edge]), np.concatenate([edge - 1, [len(points.meter) - 1]])
        first[points.meter[opening]] = points.ts_ms[opening]
        last[points.meter[closing]] = points.ts_ms[closing] - slack[points.meter[closing]] - 1
    first = np.where(first - columns.installed_ms > LEAD_MS, floor_ms(first, PeriodKind.DAY), columns.installed_ms)
    last = np.maximum(last, columns.installed_ms)
    midnight = floor_ms(last, PeriodKind.DAY) + DAY_MS
    starts = floor_ms(first, kind) if start_ms is None else np.full(meters, start_ms)
    ends = _ceil_ms(np.minimum(midnight, columns.removed_ms), kind) if end_ms is None else np.full(meters, end_ms)
    return starts, np.maximum(ends, starts)


def _ceil_ms(instants_ms: Int64Column, kind: PeriodKind) -> Int64Column:
    """Give the first period start at or after each instant."""
    floored = floor_ms(instants_ms, kind)
    if kind.seconds is not None:
        return np.where(floored < instants_ms, floored + kind.seconds * 1000, floored)
    following = [to_ms(kind.next(from_ms(int(start)))) for start in floored]
    return np.where(floored < instants_ms, following, floored)


def _rows(edges: Int64Column, starts: Int64Column, ends: Int64Column, columns: MeterColumns) -> BoolColumn:
    """Tell which periods are rows of which meter, ``[meter, period]``: in its range, and meeting its life."""
    first = np.maximum(starts, columns.installed_ms)[:, None]
    last = np.minimum(ends, columns.removed_ms)[:, None]
    return (edges[None, 1:] > first) & (edges[None, :-1] < last) & (edges[None, :-1] >= starts[:, None])


def _matrix(
    meters: Sequence[MeterSpec],
    points: Points,
    columns: MeterColumns,
    *,
    edges: Int64Column,
    starts: Int64Column,
    ends: Int64Column,
    notes: Notes,
) -> tuple[FloatColumn, StateColumn]:
    """Compute value and state of every meter and period; a period counts only inside the meter's life."""
    at = np.clip(edges[None, :], columns.installed_ms[:, None], columns.removed_ms[:, None])
    plain = ~columns.has_events & ~_irregular(points, columns)
    value, state = at_boundaries(_plain_track(points, plain, columns), at).intervals()
    first = np.searchsorted(points.meter, np.arange(len(meters) + 1))
    for m in np.flatnonzero(~plain).tolist():
        rows = slice(first[m], first[m + 1])
        found = notes.setdefault(m, [])
        track = build_track(
            meters[m], points.ts_ms[rows], points.register[rows],
            start_ms=int(starts[m]), end_ms=int(ends[m]), notes=found,
        )  # fmt: skip
        value[m : m + 1], state[m : m + 1] = at_boundaries(track, at[m : m + 1]).intervals()
    return value, state


def _irregular(points: Points, columns: MeterColumns) -> BoolColumn:
    """Tell which meters have any step that needs a second look."""
    own = points.meter[1:]
    limits = Limits(columns.multiplier[own], columns.modulus[own], columns.max_rate_per_hour[own])
    steps = calm(points.register[:-1], points.register[1:], np.diff(points.ts_ms), limits)
    irregular = np.zeros(len(columns.multiplier), dtype=np.bool_)
    irregular[own[~steps & (own == points.meter[:-1])]] = True
    return irregular


def _plain_track(points: Points, plain: BoolColumn, columns: MeterColumns) -> Track:
    """Make the track of the plain meters: their register times their multiplier."""
    kept = points if plain.all() else points.take(plain[points.meter])
    energy = kept.register * columns.multiplier[kept.meter]
    return Track(kept.meter, kept.ts_ms, energy, np.zeros(len(energy), dtype=np.int64))
