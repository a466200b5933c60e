"""Reads a meter's energy at the boundaries of periods (rules 1 and 2), for many meters at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nenghao.intervals.model import OBSERVED_MS, BoolColumn, FloatColumn, Int64Column, State, StateColumn
from nenghao.intervals.track import Track


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Per meter and boundary: energy (NaN when nothing bounds it), its segment, and whether it is observed."""

    energy: FloatColumn
    segment: Int64Column
    observed: BoolColumn

    def intervals(self) -> tuple[FloatColumn, StateColumn]:
        """Give value and state of the periods between neighbouring boundaries, ``[meter, period]``.

        Both ends must lie in one segment: across a reset the energy is unknown, and the period missing.
        """
        value = np.diff(self.energy, axis=1)
        value[self.segment[:, 1:] != self.segment[:, :-1]] = np.nan
        both = self.observed[:, 1:] & self.observed[:, :-1]
        state = np.where(both, State.MEASURED, State.ESTIMATED).astype(np.uint8)
        state[np.isnan(value)] = State.MISSING
        return np.maximum(value, 0.0), state


def at_boundaries(track: Track, at_ms: npt.NDArray[np.int64]) -> Boundaries:
    """Read the energy of meter ``m`` at the instants ``at_ms[m]``.

    Between good points of one segment the energy is interpolated; outside it follows the nearest step for up to 60 s.
    """
    if len(track.ts_ms) == 0:
        none = np.zeros(at_ms.shape, dtype=np.int64)
        return Boundaries(np.full(at_ms.shape, np.nan), none, none.astype(np.bool_))
    before, after, has_before, has_after = _neighbours(track, at_ms)
    since = np.where(has_before, at_ms - track.ts_ms[before], np.iinfo(np.int64).max)
    until = np.where(has_after, track.ts_ms[after] - at_ms, np.iinfo(np.int64).max)
    between = has_before & has_after & (track.segment[before] == track.segment[after])
    earlier = since <= until
    observed = np.minimum(since, until) <= OBSERVED_MS
    energy = np.full(at_ms.shape, np.nan)
    pace = _pace(track)
    inside = between | (observed & earlier)
    # On a point itself the product is zero, so that its energy is exact.
    energy[inside] = (track.energy[before] + pace.after[before] * since)[inside]
    outside = ~inside & observed
    energy[outside] = (track.energy[after] - pace.after[after] * until)[outside]
    beyond = ~between & inside
    energy[beyond] = (track.energy[before] + pace.before[before] * since)[beyond]
    return Boundaries(energy, track.segment[np.where(between | earlier, before, after)], observed)


def _neighbours(track: Track, at_ms: npt.NDArray[np.int64]) -> tuple[Int64Column, Int64Column, BoolColumn, BoolColumn]:
    """Find the last point at or before each instant and the first after it, and whether its meter has them."""
    meters = np.arange(len(at_ms))[:, None]
    low = min(int(track.ts_ms.min()), int(at_ms.min()))
    span = max(int(track.ts_ms.max()), int(at_ms.max())) - low + 1
    key = track.meter * span + (track.ts_ms - low)
    after = np.searchsorted(key, (meters * span + (at_ms - low)).ravel(), side="right").reshape(at_ms.shape)
    first = np.searchsorted(track.meter, np.arange(len(at_ms) + 1))
    last = len(key) - 1
    return np.maximum(after - 1, 0), np.minimum(after, last), after > first[:-1, None], after < first[1:, None]


@dataclass(frozen=True, slots=True)
class _Pace:
    """Energy per ms of the step before and after each point; zero where there is none."""

    before: FloatColumn
    after: FloatColumn


def _pace(track: Track) -> _Pace:
    """Compute the pace of every step within one meter and segment."""
    joined = (track.meter[1:] == track.meter[:-1]) & (track.segment[1:] == track.segment[:-1])
    elapsed = np.where(joined, np.diff(track.ts_ms), 1)
    step = np.where(joined, np.diff(track.energy) / elapsed, 0.0)
    before, after = np.concatenate([[0.0], step]), np.concatenate([step, [0.0]])
    return _Pace(before, after)
