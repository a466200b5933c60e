"""A known load, its registers, random faults: the rows must be those that the six invariants ask for.

The expected rows share no code with ``nenghao.intervals``: the load is known, so nothing has to be detected. Times
[s] count from the first midnight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pytest

from nenghao.intervals import MeterSpec, MultiplierEvent, ReplaceEvent, SampleColumns, compute_intervals
from nenghao.periods import PeriodKind

MIDNIGHT_S = 1_772_553_600  # 2026-03-04T00:00+08:00
DAY, HOUR = 86_400, 3600
MEASURED, ESTIMATED, MISSING = 0, 1, 2
KINDS = {900: PeriodKind.QUARTER_HOUR, HOUR: PeriodKind.HOUR, DAY: PeriodKind.DAY}
STORIES = 200
NEVER = 1e18
LONG = {"two-high": 2, "three-zeros": 3, "twelve-zeros": 12, "twenty-five-zeros": 25, "twelve-high": 12}


@dataclass
class Register:
    """From ``since`` on the meter counts with ``multiplier`` from ``start`` at the true energy ``energy``."""

    since: float
    start: float
    energy: float
    multiplier: float


@dataclass
class Story:
    """One meter: its load, its events, what was sampled and which samples are true."""

    seed: int
    days: int = 1
    interval: int = 900
    power: float = 40.0
    multiplier: float = 1.0
    decimals: int = 2
    installed: float = 0.0
    removed: float = NEVER
    modulus: float | None = None
    max_rate: float | None = None
    knots: np.ndarray = field(init=False)
    energy: np.ndarray = field(init=False)
    registers: list[Register] = field(default_factory=list)
    events: list[ReplaceEvent | MultiplierEvent] = field(default_factory=list)
    event_times: list[float] = field(default_factory=list)
    times: np.ndarray = field(init=False)
    shown: np.ndarray = field(init=False)
    true: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def energy_at(self, t) -> np.ndarray:
        return np.interp(t, self.knots, self.energy)

    def registers_at(self, times: np.ndarray) -> np.ndarray:
        value, energy = np.zeros(len(times)), self.energy_at(times)
        for r in self.registers:
            value = np.where(
                times >= r.since, np.round(r.start + (energy - r.energy) / r.multiplier, self.decimals), value
            )
        return np.round(value % self.modulus, self.decimals) if self.modulus else value

    # -- the plant -------------------------------------------------------------------------------------------------

    def draw_plant(self) -> None:
        self.days, self.interval = self.pick(1, 1, 1, 2, 3), self.pick(900, 900, 900, 300, 600, 60, 1800, 3600)
        self.power, self.multiplier = self.pick(40.0, 40.0, 1000.0, 2.0), self.pick(1.0, 1.0, 40.0, 1000.0, 0.01)
        self.decimals, limit = self.pick(2, 2, 4, 6), self.pick(None, 50, 10, 6)
        self.max_rate = limit and limit * self.power
        self.installed = self.pick(0.0, 0.0, 0.0, 6.0 * HOUR, 6.0 * HOUR + 1234, -2.0 * DAY)
        self.draw_load()
        at = max(self.installed, 0.0)
        start = self.pick(1000.0, 54321.0, 0.0) + 2 * self.power / self.multiplier
        self.registers = [Register(-NEVER, start, float(self.energy_at(at)), self.multiplier)]
        self.draw_events(at)
        self.draw_modulus(at)

    def draw_load(self) -> None:
        self.knots = np.arange(-HOUR, self.days * DAY + 2 * HOUR + 1, 900.0)
        count, step = len(self.knots) - 1, self.power / 4
        steps = {
            "constant": np.full(count, step),
            "random": self.rng.uniform(0, 2 * step, count),
            "stops": self.rng.uniform(0, 2 * step, count) * (self.rng.random(count) > 0.5),
            "shifts": np.where((self.knots[:-1] // 14400) % 2 == 0, step, step / 100),
        }[self.pick("constant", "random", "stops", "shifts")]
        self.energy = np.concatenate([[0.0], np.cumsum(steps)])

    def draw_events(self, at: float) -> None:
        for kind in self.pick(
            (), (), (), (), ("replace",), ("multiplier",), ("replace", "multiplier"), ("replace",) * 2
        ):
            grid = self.pick(900.0, float(HOUR), 1.0)
            at = float(self.rng.integers(at + 3 * HOUR, max(at + 6 * HOUR, self.days * DAY - 6 * HOUR))) // grid * grid
            if at < self.days * DAY - 3 * HOUR:
                self.event_times.append(at)
                self.events.append(self.event(kind, at))

    def event(self, kind: str, t: float) -> ReplaceEvent | MultiplierEvent:
        before, energy = float(self.registers_at(np.array([t]))[0]), float(self.energy_at(t))
        multiplier = [r for r in self.registers if r.since <= t][-1].multiplier
        if kind == "replace":
            start = float(self.pick(0.0, 3.0, before + 500))
            self.registers.append(Register(t, start, energy, multiplier))
            return ReplaceEvent(ms(t), before, start)
        multiplier *= self.pick(1.5, 0.5, 2)
        self.registers.append(Register(t, before, energy, multiplier))
        return MultiplierEvent(ms(t), multiplier, before)

    def draw_modulus(self, at: float) -> None:
        span = float(self.energy[-1]) / self.multiplier
        choice = self.pick(None, "large", "rolls")
        if choice == "large":
            top = max(r.start for r in self.registers) + 3 * span
            self.modulus = 10.0 ** math.ceil(math.log10(2 * max(top, 10)))
        elif choice == "rolls" and not self.events:
            self.modulus = 10.0 ** math.ceil(math.log10(max(3 * span, 100)))
            t = self.rng.uniform(at + HOUR, self.days * DAY - HOUR)
            t = self.pick(t, t // HOUR * HOUR)
            rise = (float(self.energy_at(t)) - self.registers[0].energy) / self.multiplier
            self.registers[0].start = round((self.modulus - rise) % self.modulus, self.decimals)

    # -- what is sampled -------------------------------------------------------------------------------------------

    def draw_samples(self) -> None:
        t = np.arange(0, self.days * DAY + 1, float(self.interval))
        clock = {
            "right": np.zeros(len(t)),
            "late": np.full(len(t), 40.0),
            "early": np.full(len(t), -40.0),
            "far": np.full(len(t), 120.0),
            "drifts": np.round(np.linspace(-50, 50, len(t))),
            "jitters": np.round(self.rng.uniform(-25, 25, len(t)), 3),
        }[self.pick("right", "right", "right", "late", "early", "far", "drifts", "jitters")]
        self.loss = self.pick(0, 0, 0.05, 0.3, 0.6)
        t = (t + clock)[self.rng.random(len(t)) >= self.loss]
        t = t[t >= (-60 if self.installed == 0 else self.installed)]
        for _ in range(self.pick(0, 0, 1, 2)):
            length = self.rng.uniform(1, 9) * HOUR
            middle = [self.rng.uniform(0, self.days * DAY), *self.event_times, 0.0, self.days * DAY, DAY]
            t = t[np.abs(t - self.pick(*middle)) > length / 2]
        self.times, self.true = t, np.ones(len(t), dtype=bool)
        self.shown = self.registers_at(t)
        for kind in self.pick((), (), ("high",), ("zero",), ("low",), ("high", "zero"), *((name,) for name in LONG)):
            self.spoil(kind)

    def spoil(self, kind: str) -> None:
        """Make samples wrong that are seen to be wrong: the course before and after is undisturbed."""
        width = LONG.get(kind, 1)
        room = len(self.times) - width - 4
        if room < 6 or (width > 9 and (self.interval > 900 or self.loss > 0.05)):
            return
        at = int(self.rng.integers(5, room))
        hours = self.power / self.multiplier
        old = self.shown[at : at + width]
        far = 50 * hours * max(1, self.interval / 900) + 5000 * min(1, 1 / self.multiplier)
        new = {
            "low": old - far,
            "high": old + far * self.rng.uniform(1, 2, width),
        }.get(kind.split("-")[-1], np.zeros(width) if "zero" in kind else old + 4 * far)
        near_end = (old < 30 * hours) | (old > (self.modulus or NEVER) - 40 * hours)
        fits = (new >= 0) & (new < (self.modulus or NEVER)) & ~(near_end & ("zero" in kind))
        if not (fits.all() and self.true[at - 4 : at + width + 4].all()):
            return
        if any(self.times[at - 4] <= t <= self.times[at + width + 3] for t in self.event_times):
            return
        self.shown[at : at + width], self.true[at : at + width] = np.round(new, self.decimals), False

    def samples(self) -> SampleColumns:
        """The samples as they arrive: repeated, late, corrected, in any order."""
        rows = [(ms(t), r, ms(t) + 5000) for t, r in zip(self.times, self.shown, strict=True)]
        some = [row for row in rows if self.rng.random() < 0.2]
        match self.pick("once", "once", "repeated", "corrected"):
            case "repeated":
                rows += [(t, r, received + 3_600_000) for t, r, received in some]
            case "corrected":
                rows += [(t, r + self.rng.uniform(0.5, 3e4), received - 4000) for t, r, received in some]
        order = self.rng.permutation(len(rows)) if self.pick(True, False) else np.arange(len(rows))
        columns = zip(*(rows[i] for i in order), strict=True) if rows else ((), (), ())
        return SampleColumns.of(*columns)

    def meter(self) -> MeterSpec:
        return MeterSpec(
            "M1", "electricity", "kWh", self.interval, multiplier=self.multiplier, modulus=self.modulus,
            max_rate_per_hour=self.max_rate, installed_at_ms=ms(self.installed), events=tuple(self.events),
        )  # fmt: skip

    # -- what must come out ----------------------------------------------------------------------------------------

    def expected(self, period: int) -> list[tuple[int, float, int]]:
        """Rows [period start ms, value, state] by the invariants alone."""
        known = np.unique(np.concatenate([self.times[self.true], self.event_times]))
        last = (self.times.max() if len(self.times) else 0) - max(60, self.interval / 2)
        end = math.ceil(max(last, 1) / DAY) * DAY
        rows = []
        for start in np.arange(math.floor(self.installed / period) * period, end, period):
            ends = [self.boundary(t, known) for t in (max(start, self.installed), start + period)]
            rows.append((ms(start), ends[1][0] - ends[0][0], max(state for _, state in ends)))
        return rows

    def boundary(self, t: float, known: np.ndarray) -> tuple[float, int]:
        """True energy at a boundary, read between the good samples, and how it is known."""
        if not len(known) or not (known[0] - 60 <= t <= known[-1] + 60):
            return math.nan, MISSING
        state = MEASURED if np.abs(known - t).min() <= 60 else ESTIMATED
        if known[0] <= t <= known[-1] or len(known) == 1:
            return float(np.interp(t, known, self.energy_at(known))), state
        near, next_ = (known[0], known[1]) if t < known[0] else (known[-1], known[-2])
        a, b = self.energy_at(near), self.energy_at(next_)
        return float(a + (b - a) * (t - near) / (next_ - near)), state


def ms(t: float) -> int:
    return round((MIDNIGHT_S + t) * 1000)


@cache
def told(seed: int) -> Story:
    story = Story(seed)
    story.draw_plant()
    story.draw_samples()
    return story


@pytest.mark.parametrize("period", KINDS)
def test_every_story_comes_out_as_it_was(period: int) -> None:
    for seed in range(STORIES):
        story = told(seed)
        result = compute_intervals(story.meter(), story.samples(), KINDS[period])
        want = story.expected(period)
        assert [row[0] for row in want] == result.period_start_ms.tolist(), seed
        assert [row[2] for row in want] == result.state.tolist(), seed
        rounding = 2.5 * 10**-story.decimals * max(r.multiplier for r in story.registers)
        assert np.allclose(result.value, [row[1] for row in want], rtol=1e-6, atol=rounding, equal_nan=True), seed


def test_the_stories_hold_every_kind_of_fault() -> None:
    stories = [told(seed) for seed in range(STORIES)]
    rolled = [s for s in stories if s.modulus and (np.diff(s.shown[s.true]) < -s.modulus / 2).any()]
    assert min(len(rolled), sum(bool(s.events) for s in stories), sum(not s.true.all() for s in stories)) > 20
    assert sum(len(s.true) - s.true.sum() > 10 for s in stories) > 5
