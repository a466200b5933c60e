"""Breaks the series on purpose, kind by kind, and writes down the truth.

Kinds and their severities are what happens at meters and gateways, chosen without looking at any threshold: lines that
stall, registers that stick, a wrong multiplier, a wrong unit, a gateway that was off for days. A fault is placed where
the plant runs and where no other fault is near.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nenghao.cli.demo.province.plan import Plan
from nenghao.cli.demo.province.profiles import QUARTERS
from nenghao.cli.demo.province.sent import DAY, MONTH, REALTIME, Resent, Sent
from nenghao.cli.demo.province.truth import Fault
from nenghao.quality import codes

FULL = 200
"""Counts of kinds are for a province of so many enterprises."""
QUIET_DAYS = 35
"""No value is broken before a platform can know what is usual."""
QUIET_FINE_DAYS = 14
"""The same for 15-minute series, which begin later."""
MARGIN = 3
_STREAM = 6
_TRIES = 60


@dataclass(slots=True)
class Place:
    """Where a fault may go: an item of a plant and days ``[start, end)`` on which nothing else is wrong."""

    sent: Sent
    row: int
    start: int
    end: int
    rng: np.random.Generator

    @property
    def fine(self) -> np.ndarray:
        """The item's quarter-hours, to be changed in place."""
        return self.sent.fine[self.sent.place(self.row)]

    def quarters(self, length: int) -> slice:
        """Draw a run of quarter-hours inside the days, not across the last midnight."""
        first, last = self.sent.quarter(self.start), self.sent.quarter(self.end)
        begin = int(self.rng.integers(first, max(first + 1, last - length)))
        return slice(begin, min(begin + length, last))


Spoil = Callable[[Place], tuple[int, int, Mapping[str, float]] | None]
"""Breaks a place and gives the slots ``[first, end)`` of the kind's statistic type, and how bad it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of fault: what check should see it, how many a full province has, which items and days it needs."""

    name: str
    check: str
    stat_type: int
    count: int
    spoil: Spoil
    days: tuple[int, int] = (1, 1)
    whole_plant: bool = False
    only: str = ""  # "process", "fuel", or any
    running: bool = True
    may_also: Sequence[str] = ()


def _run(low: float, high: float, rng: np.random.Generator) -> float:
    """Draw log-uniformly: small faults are more frequent than large ones."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _gap(place: Place) -> tuple[int, int, Mapping[str, float]]:
    run = place.quarters(round(_run(1, 60, place.rng)))
    place.fine[run] = np.nan
    return run.start, run.stop, {"slots": run.stop - run.start}


def _spike(place: Place) -> tuple[int, int, Mapping[str, float]]:
    run = place.quarters(1)
    times = _run(3, 60, place.rng)
    place.fine[run] = np.round(place.fine[run] * times, 3)
    return run.start, run.stop, {"times": round(times, 2)}


def _stuck(place: Place) -> tuple[int, int, Mapping[str, float]]:
    run = place.quarters(round(_run(14, 250, place.rng)))
    place.fine[run] = place.fine[run.start]
    return run.start, run.stop, {"slots": run.stop - run.start}


def _reversed(place: Place) -> tuple[int, int, Mapping[str, float]]:
    run = place.quarters(round(_run(1, 40, place.rng)))
    place.fine[run] = -place.fine[run]
    return run.start, run.stop, {"slots": run.stop - run.start}


def _wrong_multiplier(place: Place) -> tuple[int, int, Mapping[str, float]]:
    """A multiplier of a larger transformer was entered at noon or so; everything after it is too much by this."""
    times = float(place.rng.choice([6, 8, 10, 15, 20, 40, 60, 80]))
    first, last = place.sent.quarter(place.start), place.sent.quarter(place.end)
    begin = int(place.rng.integers(first + 30, first + 70))
    end = int(place.rng.integers(last - 60, last - 20))
    place.fine[begin:end] = np.round(place.fine[begin:end] * times, 3)
    place.sent.resum(place.row, place.start, place.end)
    return begin, end, {"times": times}


def _wrong_unit(place: Place) -> tuple[int, int, Mapping[str, float]]:
    run = place.quarters(round(_run(1, 96, place.rng)))
    place.fine[run] = place.fine[run] * 1000
    return run.start, run.stop, {"times": 1000, "slots": run.stop - run.start}


def _copied_day(place: Place) -> tuple[int, int, Mapping[str, float]]:
    first, last = place.sent.quarter(place.start), place.sent.quarter(place.end)
    days = place.end - place.start
    place.fine[first:last] = np.tile(place.fine[first - QUARTERS : first], days)
    return first, last, {"days": days}


def _apportioned(place: Place) -> tuple[int, int, Mapping[str, float]]:
    """A process is not metered any more; its quarter-hours are a fixed share of the plant's."""
    plant = place.sent.fine[0]
    first, last = place.sent.quarter(place.start), place.sent.quarter(place.end)
    share = float(np.nansum(place.fine[first:last]) / np.nansum(plant[first:last]))
    place.fine[first:last] = np.round(plant[first:last] * round(share, 3), 3)
    place.sent.resum(place.row, place.start, place.end)
    return first, last, {"share": round(share, 3), "days": place.end - place.start}


def _quarters_sent_twice(place: Place) -> tuple[int, int, Mapping[str, float]]:
    run = place.quarters(round(_run(1, 30, place.rng)))
    off = _signed(place, 0.01, 0.4)
    slots = np.arange(run.start, run.stop)
    _resend(place, REALTIME, slots, np.round(place.fine[run] * (1 + off), 3))
    return run.start, run.stop, {"off_ratio": round(off, 4)}


def _signed(place: Place, low: float, high: float) -> float:
    return float(place.rng.choice([-1, 1])) * _run(low, high, place.rng)


def _resend(place: Place, stat_type: int, slots: np.ndarray, values: np.ndarray) -> None:
    sent = place.sent
    hours = int(place.rng.integers(2, 9))
    at = sent.delivered[place.end - 1] + np.timedelta64(hours, "h")
    sent.resent.append(Resent(at, stat_type, place.row, slots, values))


def _days_sent_twice(place: Place) -> tuple[int, int, Mapping[str, float]]:
    off = _signed(place, 0.005, 0.5)
    slots = np.arange(place.start, place.end)
    _resend(place, DAY, slots, np.round(place.sent.day[place.row, place.start : place.end] * (1 + off), 3))
    return place.start, place.end, {"off_ratio": round(off, 4)}


def _day_misses_hours(place: Place) -> tuple[int, int, Mapping[str, float]]:
    off = _signed(place, 0.02, 0.6)
    days = slice(place.start, place.end)
    place.sent.day[place.row, days] = np.round(place.sent.day[place.row, days] * (1 + off), 3)
    return place.start, place.end, {"off_ratio": round(off, 4)}


def _days_lost(place: Place) -> tuple[int, int, Mapping[str, float]]:
    place.sent.day[place.row, place.start : place.end] = np.nan
    return place.start, place.end, {"days": place.end - place.start}


def _outage(place: Place) -> tuple[int, int, Mapping[str, float]]:
    sent, days = place.sent, slice(place.start, place.end)
    sent.day[:, days] = np.nan
    if place.end > sent.fine_first:
        sent.fine[:, max(0, sent.quarter(place.start)) : sent.quarter(place.end)] = np.nan
    return place.start, place.end, {"days": place.end - place.start}


def _sent_late(place: Place) -> tuple[int, int, Mapping[str, float]]:
    """The gateway was off line for some days and sends everything when it is back, a day's records a minute."""
    sent, length = place.sent, place.end - place.start
    back = sent.delivered[place.end - 1] + np.timedelta64(int(place.rng.integers(25, 100)), "h")
    order = np.arange(length)
    sent.delivered[place.start : place.end] = back + order.astype("timedelta64[m]")
    sent.backlog[place.start : place.end] = (length - 1 - order) * len(sent.enterprise.items)
    return place.start, place.end, {"days": length}


def _clock_drift(place: Place) -> tuple[int, int, Mapping[str, float]]:
    """The gateway's clock runs away until somebody sets it; its periods start with it."""
    sent, length = place.sent, place.end - place.start
    worst, sign = _run(75, 290, place.rng), float(place.rng.choice([-1, 1]))
    course = sign * np.linspace(65, worst, length)
    sent.offset_s[place.start : place.end] = np.rint(course).astype(np.int64)
    sent.clock_s[place.start : place.end] = np.round(course, 1)
    return place.start, place.end, {"worst_s": round(sign * worst)}


def _negative_day(place: Place) -> tuple[int, int, Mapping[str, float]]:
    place.sent.day[place.row, place.start] *= -1
    return place.start, place.end, {"times": -1}


def _day_spike(place: Place) -> tuple[int, int, Mapping[str, float]]:
    times = _run(3, 40, place.rng)
    place.sent.day[place.row, place.start] = round(place.sent.day[place.row, place.start] * times, 3)
    return place.start, place.end, {"times": round(times, 2)}


def _day_unit(place: Place) -> tuple[int, int, Mapping[str, float]]:
    item, days = place.sent.enterprise.items[place.row], slice(place.start, place.end)
    times = item.wire_to_base if item.wire_to_base > 1 else 1000.0
    place.sent.day[place.row, days] *= times
    return place.start, place.end, {"times": times}


def _stuck_days(place: Place) -> tuple[int, int, Mapping[str, float]]:
    place.sent.day[place.row, place.start : place.end] = place.sent.day[place.row, place.start]
    return place.start, place.end, {"days": place.end - place.start}


def _under_registering(place: Place) -> tuple[int, int, Mapping[str, float]] | None:
    """A process's meter lost one or two phases, or stands still: a part of its consumption is not counted."""
    share = place.sent.enterprise.items[place.row].share
    lost = [ratio for ratio in (1 / 3, 2 / 3, 1.0) if share * ratio > 0.06]
    if not lost:
        return None
    ratio = float(place.rng.choice(lost))
    sent, days = place.sent, slice(place.start, place.end)
    sent.day[place.row, days] = np.round(sent.day[place.row, days] * (1 - ratio), 3)
    if place.row in sent.enterprise.fine_rows and place.end > sent.fine_first:
        quarters = slice(max(0, sent.quarter(place.start)), sent.quarter(place.end))
        place.fine[quarters] = np.round(place.fine[quarters] * (1 - ratio), 3)
    sent.resum(place.row, place.start, place.end)
    return place.start, place.end, {"lost_ratio": round(ratio, 3), "share": round(share, 3)}


def _month_misses_days(place: Place) -> tuple[int, int, Mapping[str, float]] | None:
    """The month's record follows the bill's cut-off day or a slip of the pen, not the calendar month."""
    whole = [slot for slot, (start, end, _) in enumerate(place.sent.months) if start <= place.start < end]
    if not whole:
        return None
    off = _signed(place, 0.02, 0.5)
    place.sent.month[place.row, whole[0]] = round(place.sent.month[place.row, whole[0]] * (1 + off), 3)
    return whole[0], whole[0] + 1, {"off_ratio": round(off, 4)}


_JUMPS = (codes.SPIKE, codes.RATE_OF_CHANGE, codes.RANGE)
_SUMS = (codes.DAY_AGAINST_HOURS, codes.MONTH_AGAINST_DAYS, codes.PLANT_AGAINST_PROCESSES)
KINDS = (
    Kind(name="gap", check=codes.COMPLETENESS, stat_type=REALTIME, count=45, spoil=_gap),
    Kind(name="days-lost", check=codes.COMPLETENESS, stat_type=DAY, count=40, spoil=_days_lost, days=(1, 5),
         running=False),
    Kind(name="outage", check=codes.COMPLETENESS, stat_type=DAY, count=30, spoil=_outage, days=(1, 12),
         whole_plant=True, running=False),
    Kind(name="sent-late", check=codes.TIMELINESS, stat_type=DAY, count=45, spoil=_sent_late, days=(1, 6),
         whole_plant=True, running=False),
    Kind(name="clock-drift", check=codes.TIME_ALIGNMENT, stat_type=DAY, count=35, spoil=_clock_drift, days=(3, 20),
         whole_plant=True, running=False),
    Kind(name="wrong-unit", check=codes.RANGE, stat_type=REALTIME, count=30, spoil=_wrong_unit,
         may_also=(*_JUMPS, *_SUMS)),
    Kind(name="day-in-wrong-unit", check=codes.RANGE, stat_type=DAY, count=40, spoil=_day_unit,
         may_also=(*_JUMPS, *_SUMS)),
    Kind(name="wrong-multiplier", check=codes.RATE_OF_CHANGE, stat_type=REALTIME, count=40, spoil=_wrong_multiplier,
         days=(2, 5), may_also=(*_JUMPS, *_SUMS, codes.SUPPLIER_AGAINST_OWN)),
    Kind(name="spike", check=codes.SPIKE, stat_type=REALTIME, count=60, spoil=_spike, may_also=(*_JUMPS, *_SUMS)),
    Kind(name="day-spike", check=codes.SPIKE, stat_type=DAY, count=40, spoil=_day_spike, may_also=(*_JUMPS, *_SUMS)),
    Kind(name="stuck-register", check=codes.FLAT_LINE, stat_type=REALTIME, count=45, spoil=_stuck, days=(3, 3),
         may_also=(*_SUMS, codes.CONSTANT_RATIO, codes.REPEATED_SERIES)),
    Kind(name="stuck-days", check=codes.FLAT_LINE, stat_type=DAY, count=30, spoil=_stuck_days, days=(13, 30),
         may_also=(*_SUMS, codes.REPEATED_SERIES)),
    Kind(name="reversed", check=codes.NEGATIVE, stat_type=REALTIME, count=40, spoil=_reversed,
         may_also=(*_JUMPS, *_SUMS)),
    Kind(name="negative-day", check=codes.NEGATIVE, stat_type=DAY, count=30, spoil=_negative_day,
         may_also=(*_JUMPS, *_SUMS)),
    Kind(name="sent-twice", check=codes.DUPLICATE_CONFLICT, stat_type=REALTIME, count=35, spoil=_quarters_sent_twice,
         may_also=_SUMS),
    Kind(name="days-sent-twice", check=codes.DUPLICATE_CONFLICT, stat_type=DAY, count=40, spoil=_days_sent_twice,
         days=(1, 3), may_also=_SUMS),
    Kind(name="copied-day", check=codes.REPEATED_SERIES, stat_type=REALTIME, count=40, spoil=_copied_day, days=(1, 3),
         may_also=(*_SUMS, codes.CONSTANT_RATIO)),
    Kind(name="apportioned", check=codes.CONSTANT_RATIO, stat_type=REALTIME, count=35, spoil=_apportioned,
         days=(2, 15), only="process", may_also=_SUMS),
    Kind(name="day-misses-hours", check=codes.DAY_AGAINST_HOURS, stat_type=REALTIME, count=45, spoil=_day_misses_hours,
         days=(1, 2), may_also=_SUMS),
    Kind(name="month-misses-days", check=codes.MONTH_AGAINST_DAYS, stat_type=MONTH, count=40, spoil=_month_misses_days,
         may_also=(codes.SUPPLIER_AGAINST_OWN, codes.PLANT_AGAINST_PROCESSES, codes.STOCK_BALANCE)),
    Kind(name="under-registering", check=codes.PLANT_AGAINST_PROCESSES, stat_type=DAY, count=45,
         spoil=_under_registering, days=(4, 40), only="process", may_also=(*_SUMS, codes.FLAT_LINE)),
)  # fmt: skip


def inject(plan: Plan, sent: Sequence[Sent]) -> list[Fault]:
    """Break the province, kind by kind, and give the truth in that order."""
    faults = []
    for number, kind in enumerate(KINDS):
        rng = np.random.default_rng([plan.seed, _STREAM, number])
        wanted = max(2, round(kind.count * len(sent) / FULL))
        hit: set[tuple[str, int]] = set()
        for _ in range(wanted):
            fault = _one(kind, sent, rng, hit)
            if fault is not None:
                faults.append(fault)
    return faults


def _one(kind: Kind, sent: Sequence[Sent], rng: np.random.Generator, hit: set[tuple[str, int]]) -> Fault | None:
    """Try places until one is free and the kind can happen there, to an item (``hit``) at most once."""
    for _ in range(_TRIES):
        place = _free_place(kind, sent, rng)
        if place is None or ((place.sent.enterprise.code, place.row) in hit and not kind.whole_plant):
            continue
        done = kind.spoil(place)
        if done is None:
            continue
        hit.add((place.sent.enterprise.code, place.row))
        place.sent.busy[_touched(kind, place.row), place.start : place.end] = True
        return _fault(kind, place, *done)
    return None


def _touched(kind: Kind, row: int) -> slice | list[int]:
    """Give the items that a fault needs for itself: an apportioned process also the plant that it is a share of."""
    if kind.whole_plant:
        return slice(None)
    return [0, row] if kind.check == codes.CONSTANT_RATIO else [row]


def _fault(kind: Kind, place: Place, first: int, end: int, severity: Mapping[str, float]) -> Fault:
    # A day that misses its hours needs 15-minute data, but it is the day's record that is wrong.
    stat_type = DAY if kind.check == codes.DAY_AGAINST_HOURS else kind.stat_type
    enterprise = place.sent.enterprise
    return Fault(
        kind=kind.name, check_code=kind.check, enterprise=enterprise.code,
        data_code="" if kind.whole_plant else enterprise.items[place.row].data_code, stat_type=stat_type,
        start=str(place.sent.instant(stat_type, first)), end=str(place.sent.instant(stat_type, end)),
        severity=dict(severity), consequences=tuple(code for code in kind.may_also if code != kind.check),
    )  # fmt: skip


def _free_place(kind: Kind, sent: Sequence[Sent], rng: np.random.Generator) -> Place | None:
    """Draw a plant, an item and days; nothing when something else is near or the plant stands still."""
    chosen = sent[int(rng.integers(len(sent)))]
    rows = _rows(kind, chosen)
    length = int(rng.integers(kind.days[0], kind.days[1] + 1))
    quiet = min(QUIET_DAYS, chosen.days // 3)
    earliest = max(quiet, chosen.fine_first + min(QUIET_FINE_DAYS, quiet) + 2 if kind.stat_type == REALTIME else 0)
    latest = chosen.days - length - 2
    if not rows or latest <= earliest:
        return None
    row, start = int(rng.choice(rows)), int(rng.integers(earliest, latest))
    near = slice(max(0, start - MARGIN), start + length + MARGIN)
    span = slice(start - 1, start + length + 1)
    if chosen.busy[_touched(kind, row), near].any():
        return None
    if kind.running and not (chosen.series.day[row, span] > 0.3 * np.median(chosen.series.day[row])).all():
        return None
    return Place(chosen, row, start, start + length, rng)


def _rows(kind: Kind, sent: Sent) -> list[int]:
    """Give the items that a kind can happen to."""
    items = sent.enterprise.items
    rows = sent.enterprise.fine_rows if kind.stat_type == REALTIME else list(range(len(items)))
    if kind.only == "process":
        rows = [row for row in rows if items[row].process and items[row].energy_key == "electricity"]
    if kind.stat_type == DAY and kind.check in {codes.SPIKE, codes.FLAT_LINE, codes.NEGATIVE, codes.RANGE}:
        rows = [row for row in rows if items[row].metered]
    return rows
