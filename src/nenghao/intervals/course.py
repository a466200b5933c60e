"""Tells a register's course from spikes, rollovers and resets (rules 3 and 4).

A step between two samples is *possible* when the register rises (or rolls over) at a possible rate. Where a step is
not, the course is the cheapest explanation of the samples around it. The costs say what is believed:

* a sample off the course, with the register back on it afterwards, costs 1; from the ninth in a row almost nothing,
  for the longer the excursion, the less is its end on the course an accident: up to :data:`REACH` are rejected;
* a rollover costs a little more than one rejection: a single spike is not taken for a whole turn of the register;
* an unexplained break (reset or leap) costs 8.5;
* a sample rejected at the very end or beginning, where no return proves it wrong, costs 4: three samples that stay at
  a new level are a break, two are not yet;
* of two neighbours that contradict each other alike, the one nearer to the line between their neighbours is kept.

Only samples within :data:`REACH` of an impossible step can be rejected, so that a decision never depends on samples
further away than the next calm run of that length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nenghao.intervals.model import BoolColumn, FloatColumn, Int64Column
from nenghao.intervals.versions import wobble

REJECT, ROLLOVER, BREAK, REJECT_AT_END = 1.0, 1.2, 8.5, 4.0
REACH = 32
"""More samples than this (eight hours of quarter-hours) are never rejected in a row."""
RUN_COST = np.where(np.arange(REACH + 1) <= 8, REJECT * np.arange(REACH + 1), 8 * REJECT + 0.01 * np.arange(REACH + 1))
"""The cost of rejecting so many samples in a row: always less than a break."""
DOUBT = 1e-3
"""Decides between explanations of equal cost, and nothing else."""
HOUR_MS = 3_600_000
CLOCK_MS = 1_000
"""Time stamps are whole seconds: an elapsed time may be a second longer than it seems."""


def within_rate(energy: FloatColumn, elapsed_ms: Int64Column, max_rate_per_hour: FloatColumn | float) -> BoolColumn:
    """Tell which steps of energy are possible in their elapsed time."""
    with np.errstate(invalid="ignore"):
        limit = max_rate_per_hour * ((elapsed_ms + CLOCK_MS) / HOUR_MS)
    return energy <= limit * (1 + 1e-9)


def tick(register: FloatColumn) -> FloatColumn:
    """Give the decimal step in which each register is written: 1, 0.1 … 0.0001, or the noise of the counter.

    A register shows whole ticks: the energy of one may appear at once, however slowly it came.

    >>> tick(np.array([8540.0, 1002.99]))
    array([1.  , 0.01])
    """
    step = wobble(register)
    for digits in (3, 2, 1, 0):
        scaled = register * 10**digits
        step = np.where(np.abs(scaled - np.rint(scaled)) < 1e-4, np.maximum(step, 10.0**-digits), step)
    return step


@dataclass(frozen=True, slots=True)
class Limits:
    """What a register can do: one number each for one meter, or a column with a row per step; infinite if unknown."""

    multiplier: FloatColumn | float
    modulus: FloatColumn | float
    max_rate_per_hour: FloatColumn | float


def plausible(
    before: FloatColumn,
    after: FloatColumn,
    elapsed_ms: Int64Column,
    limits: Limits,
) -> BoolColumn:
    """Tell which rises from one register to another are possible; without a limit, less than half the modulus is."""
    rise = after - before
    half = np.where(np.isinf(limits.max_rate_per_hour), np.asarray(limits.modulus) / 2, np.inf)
    slow = within_rate(rise * limits.multiplier, elapsed_ms, limits.max_rate_per_hour)
    if not np.all(slow):
        doubted = ~slow  # few: only there is it worth looking at the digits
        first, second, elapsed, multiplier, rate = (
            np.broadcast_to(value, rise.shape)[doubted]
            for value in (before, after, elapsed_ms, limits.multiplier, limits.max_rate_per_hour)
        )
        least = rise[doubted] - np.minimum(tick(first), tick(second))
        slow[doubted] = within_rate(least * multiplier, elapsed, rate)
    return slow & (rise < half)


def calm(before: FloatColumn, after: FloatColumn, elapsed_ms: Int64Column, limits: Limits) -> BoolColumn:
    """Tell which steps need no second look: rising, possible, and in one way only."""
    rise = after - before
    once = (rise >= 0) & plausible(before, after, elapsed_ms, limits)
    again = np.isfinite(limits.modulus) & np.isfinite(limits.max_rate_per_hour)
    if not np.any(again):
        return once
    turned = (rise + limits.modulus) * limits.multiplier
    return once & ~(again & within_rate(turned, elapsed_ms, limits.max_rate_per_hour))


@dataclass(frozen=True, slots=True)
class Part:
    """Samples of one meter between two events; the recorded registers of the events are its fixed ends."""

    ts_ms: Int64Column
    register: FloatColumn
    tick: FloatColumn
    multiplier: float
    modulus: float
    max_rate_per_hour: float
    interval_ms: float
    fixed_start: bool
    fixed_end: bool

    @property
    def limits(self) -> Limits:
        """What the register can do."""
        return Limits(self.multiplier, self.modulus, self.max_rate_per_hour)

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
        least = rise - min(float(self.tick[i]), float(self.tick[j]))
        return rise if least * self.multiplier <= limit else None

    def _keeps_pace(self, rise: float, elapsed_ms: float, i: int, j: int) -> bool:
        """Tell whether a large rise over a gap is no more than twice what the steps beside it say."""
        if np.diff(self.ts_ms[i : j + 1]).max() < 1.5 * self.interval_ms:
            return False
        return rise <= 2 * self._pace_beside(i, j) * elapsed_ms

    def _pace_beside(self, i: int, j: int) -> float:
        """Give the larger pace of the steps just before ``i`` and just after ``j``; zero when there are none."""
        beside = [k for k in (i - 1, j) if 0 <= k < len(self.ts_ms) - 1]
        return max(
            (float(self.register[k + 1] - self.register[k]) / self.elapsed_ms(k, k + 1) for k in beside), default=0.0
        )

    def _pace(self, k: int) -> float | None:
        """Give the register's rise per ms from sample ``k`` to the next; None if impossible."""
        rise = self.rise(k, k + 1)
        return None if rise is None else rise / self.elapsed_ms(k, k + 1)

    def _rises(self, k: int) -> bool:
        return bool(self.register[k + 1] >= self.register[k])

    def elapsed_ms(self, i: int, j: int) -> float:
        """Give the time [ms] from sample ``i`` to ``j``, at least one."""
        return max(float(self.ts_ms[j] - self.ts_ms[i]), 1.0)

    def joined(self, i: int, j: int) -> float | None:
        """Give the rise from ``i`` to ``j`` with all between rejected; None when there is a break between them."""
        rise = self.rise(i, j)
        if rise is None or j - i < 3:
            return rise
        paces = [self._pace(k) for k in range(i, j)]
        falls = [k for k in range(i, j) if not self._rises(k)]
        if not falls:
            return None if self._leap_stays(i, paces) else rise
        reset = next((k for k in falls if paces[k - i] is None), None)
        return None if reset is not None and self._grows_back(i, j, paces[reset - i + 1 :]) else rise

    def _grows_back(self, i: int, j: int, paces: list[float | None]) -> bool:
        """Tell whether the samples after a fall pass the old register at their own pace.

        Then they do not return to the course: the register was reset, and has merely grown again.
        """
        known = [pace for pace in paces[:-1] if pace is not None]
        if not known or 2 * len(known) < len(paces) - 1 or paces[-1] is None or not self._rises(j - 1):
            return False
        beside = self._pace_beside(i, j)
        return max(known) > 0 and paces[-1] <= 4 * max(known) and (beside <= 0 or max(known) <= 20 * beside)

    def _leap_stays(self, i: int, paces: list[float | None]) -> bool:
        """Tell whether the samples, which never fall, hold one leap with a running register around it.

        Rejecting samples that agree with each other makes no energy possible. Only a register that stood still, not
        at zero, may catch up: its samples were not read anew.
        """
        leaps = [k for k, pace in enumerate(paces) if pace is None]
        if len(leaps) != 1:
            return False
        before = max((pace for pace in paces[: leaps[0]] if pace is not None), default=0.0)
        return len(paces) - leaps[0] > 2 or before > 0 or self.register[i] == 0

    def cost(self, i: int, j: int) -> float:
        """Give the cost of ``j`` following ``i`` on the course, with all between rejected."""
        rise = self.joined(i, j)
        if rise is None:
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
    before, after = part.register[:-1], part.register[1:]
    noise = after - before >= -wobble(before)
    good = noise & plausible(before, after, np.diff(part.ts_ms), part.limits)
    clusters: list[tuple[int, int]] = []
    for at in np.flatnonzero(~good):
        low, high = max(int(at) - REACH, 0), min(int(at) + REACH + 1, len(part.ts_ms) - 1)
        if clusters and low <= clusters[-1][1]:
            low, _ = clusters.pop()
        clusters.append((low, high))
    return clusters


def _doubt(part: Part, low: int, high: int) -> FloatColumn:
    """Give every sample beside a fall a small cost: how far it lies, of the two, from the line past both."""
    register, ts = part.register[low : high + 1], part.ts_ms[low : high + 1]
    doubt = np.zeros(len(register))
    if len(register) < 4:
        return doubt
    fall = np.flatnonzero(np.diff(register)[1:-1] < 0) + 1
    before, after = fall - 1, fall + 2
    pace = (register[after] - register[before]) / np.maximum(ts[after] - ts[before], 1)
    off = [np.abs(register[at] - register[before] - pace * (ts[at] - ts[before])) for at in (fall, fall + 1)]
    both = np.maximum(off[0] + off[1], 1e-300)
    np.add.at(doubt, fall, DOUBT * off[0] / both)
    np.add.at(doubt, fall + 1, DOUBT * off[1] / both)
    return doubt


def _cheapest(part: Part, low: int, high: int) -> list[int]:
    """Give the positions of the cheapest course from ``low`` to ``high`` (a shortest path)."""
    open_start = low == 0 and not part.fixed_start
    open_end = high == len(part.ts_ms) - 1 and not part.fixed_end
    best, before, doubt = [0.0], [-1], _doubt(part, low, high)
    for j in range(low + 1, high + 1):
        cost, origin = (REJECT_AT_END * (j - low), -1) if open_start else (np.inf, -1)
        for i in range(j - 1, max(low, j - REACH - 1) - 1, -1):
            reached = best[i - low] + RUN_COST[j - i - 1] + doubt[j - low]
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
