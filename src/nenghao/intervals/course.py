"""Tells a register's course from spikes, rollovers and resets (rules 3 and 4).

A step between two samples is *possible* when the register rises (or rolls over) at a possible rate. Where a step is
not, the course is the cheapest explanation of the samples around it. The costs say what is believed:

* a sample off the course, with the register back on it afterwards, costs 1: so up to eight in a row are rejected;
* a rollover costs a little more than one rejection: a single spike is not taken for a whole turn of the register;
* an unexplained break (reset or leap) costs 8.5;
* a sample rejected at the very end or beginning, where no return proves it wrong, costs 4: three samples that stay at
  a new level are a break, two are not yet.

Only samples within :data:`REACH` of an impossible step can be rejected, so that a decision never depends on samples
further away than the next calm run of that length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nenghao.intervals.model import BoolColumn, FloatColumn, Int64Column
from nenghao.intervals.versions import wobble

REJECT, ROLLOVER, BREAK, REJECT_AT_END = 1.0, 1.2, 8.5, 4.0
REACH = 17
"""Two breaks cost 17 rejections, so more samples than that are never rejected in a row."""
HOUR_MS = 3_600_000
CLOCK_MS = 1_000
"""Time stamps are whole seconds: an elapsed time may be a second longer than it seems."""


def within_rate(energy: FloatColumn, elapsed_ms: Int64Column, max_rate_per_hour: FloatColumn | float) -> BoolColumn:
    """Tell which steps of energy are possible in their elapsed time."""
    with np.errstate(invalid="ignore"):
        limit = max_rate_per_hour * ((elapsed_ms + CLOCK_MS) / HOUR_MS)
    return energy <= limit * (1 + 1e-9)


def plausible(
    rise: FloatColumn,
    elapsed_ms: Int64Column,
    multiplier: FloatColumn | float,
    modulus: FloatColumn | float,
    max_rate_per_hour: FloatColumn | float,
) -> BoolColumn:
    """Tell which rises [register units] are possible; without a rate limit, less than half the modulus is."""
    half = np.where(np.isinf(max_rate_per_hour), np.asarray(modulus) / 2, np.inf)
    return within_rate(rise * multiplier, elapsed_ms, max_rate_per_hour) & (rise < half)


def calm(
    rise: FloatColumn,
    elapsed_ms: Int64Column,
    multiplier: FloatColumn | float,
    modulus: FloatColumn | float,
    max_rate_per_hour: FloatColumn | float,
) -> BoolColumn:
    """Tell which steps need no second look: rising, possible, and in one way only."""
    once = (rise >= 0) & plausible(rise, elapsed_ms, multiplier, modulus, max_rate_per_hour)
    again = np.isfinite(modulus) & np.isfinite(max_rate_per_hour)
    if not np.any(again):
        return once
    return once & ~(again & within_rate((rise + modulus) * multiplier, elapsed_ms, max_rate_per_hour))


@dataclass(frozen=True, slots=True)
class Part:
    """Samples of one meter between two events; the recorded registers of the events are its fixed ends."""

    ts_ms: Int64Column
    register: FloatColumn
    multiplier: float
    modulus: float
    max_rate_per_hour: float
    interval_ms: float
    fixed_start: bool
    fixed_end: bool

    def rise(self, i: int, j: int) -> float | None:
        """Give the register's rise from sample ``i`` to ``j``, over a rollover if need be; None if impossible."""
        rise = float(self.register[j] - self.register[i])
        if rise < -float(wobble(self.register[i])):
            rise += self.modulus
            if not np.isfinite(rise):
                return None
        elapsed = float(self.ts_ms[j] - self.ts_ms[i])
        if np.isinf(self.max_rate_per_hour):
            return rise if rise < self.modulus / 2 or self._keeps_pace(rise, elapsed, i, j) else None
        limit = self.max_rate_per_hour * (elapsed + CLOCK_MS) / HOUR_MS * (1 + 1e-9)
        return rise if rise * self.multiplier <= limit else None

    def _keeps_pace(self, rise: float, elapsed_ms: float, i: int, j: int) -> bool:
        """Tell whether a large rise over a gap is no more than twice what the steps beside it say."""
        if elapsed_ms < 1.5 * self.interval_ms:
            return False
        beside = [(a, a + 1) for a in (i - 1, j) if a >= 0 and a + 1 < len(self.ts_ms)]
        pace = max((float(self.register[b] - self.register[a]) / self.elapsed_ms(a, b) for a, b in beside), default=0.0)
        return rise <= 2 * pace * elapsed_ms

    def elapsed_ms(self, i: int, j: int) -> float:
        """Give the time [ms] from sample ``i`` to ``j``, at least one."""
        return max(float(self.ts_ms[j] - self.ts_ms[i]), 1.0)

    def continues(self, i: int, j: int) -> bool:
        """Tell whether sample ``j`` continues the samples between, which left the course of ``i``, at their own pace.

        Then it does not return to the course of ``i``: the register was reset, and has merely grown again.
        """
        if j - i < 3 or self.rise(i, i + 1) is not None:
            return False
        paces = [
            None if (rise := self.rise(k, k + 1)) is None else rise / self.elapsed_ms(k, k + 1) for k in range(i + 1, j)
        ]
        if any(pace is None for pace in paces):
            return False
        *inner, last = (pace for pace in paces if pace is not None)
        return max(inner) > 0 and last <= 4 * max(inner)

    def cost(self, i: int, j: int) -> float:
        """Give the cost of ``j`` following ``i`` on the course, with all between rejected."""
        rise = self.rise(i, j)
        if rise is None or self.continues(i, j):
            return BREAK
        return ROLLOVER if rise > self.register[j] - self.register[i] + self.modulus / 2 else 0.0


def on_course(part: Part) -> BoolColumn:
    """Tell which samples of the part are on the register's course."""
    keep = np.ones(len(part.ts_ms), dtype=np.bool_)
    for low, high in _clusters(part):
        keep[low : high + 1] = False
        keep[_cheapest(part, low, high)] = True
    return keep


def _clusters(part: Part) -> list[tuple[int, int]]:
    """Give the ranges of positions, both included, around the steps that are not plain rises."""
    rise = np.diff(part.register)
    noise = rise >= -wobble(part.register[:-1])
    elapsed = np.diff(part.ts_ms)
    good = noise & plausible(rise, elapsed, part.multiplier, part.modulus, part.max_rate_per_hour)
    clusters: list[tuple[int, int]] = []
    for at in np.flatnonzero(~good):
        low, high = max(int(at) - REACH + 1, 0), min(int(at) + REACH, len(part.ts_ms) - 1)
        if clusters and low <= clusters[-1][1]:
            low, _ = clusters.pop()
        clusters.append((low, high))
    return clusters


def _cheapest(part: Part, low: int, high: int) -> list[int]:
    """Give the positions of the cheapest course from ``low`` to ``high`` (a shortest path)."""
    open_start = low == 0 and not part.fixed_start
    open_end = high == len(part.ts_ms) - 1 and not part.fixed_end
    best, before = [0.0], [-1]
    for j in range(low + 1, high + 1):
        cost, origin = (REJECT_AT_END * (j - low), -1) if open_start else (np.inf, -1)
        for i in range(j - 1, max(low, j - REACH - 1) - 1, -1):
            reached = best[i - low] + REJECT * (j - i - 1)
            if reached >= cost:
                continue
            reached += part.cost(i, j)
            if reached < cost:
                cost, origin = reached, i
        best.append(cost)
        before.append(origin)
    last = high
    if open_end:
        last = min(range(high, low - 1, -1), key=lambda j: best[j - low] + REJECT_AT_END * (high - j))
    course = [last]
    while before[course[-1] - low] >= 0:
        course.append(before[course[-1] - low])
    return course
