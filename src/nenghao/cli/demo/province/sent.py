"""What a plant's gateway sends, day by day, and when it arrives: the truth with everything that went wrong on top."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from nenghao.cli.demo.province.plan import EnterprisePlan, Plan
from nenghao.cli.demo.province.profiles import QUARTERS
from nenghao.cli.demo.province.series import Series

Matrix = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]
_STREAM = 5
REALTIME, DAY, MONTH = 0, 1, 2
"""Statistic types of the wire."""


@dataclass(slots=True)
class Resent:
    """Readings that were sent a second time, with what values."""

    at: np.datetime64
    stat_type: int
    row: int
    slots: npt.NDArray[np.int64]
    values: Matrix


@dataclass(slots=True)
class Sent:
    """What leaves one plant. NaN is not sent. Slots count from the first day of the province, fine ones from theirs.

    ``delivered`` is when each day's upload arrives [Beijing wall time], ``offset_s`` how far the gateway's period
    starts lie from the true ones, ``clock_s`` how far its clock is ahead.
    """

    enterprise: EnterprisePlan
    series: Series
    first: np.datetime64
    fine_first: int
    day: Matrix
    fine: Matrix
    month: Matrix
    months: list[tuple[int, int, date]]
    delivered: Times
    offset_s: npt.NDArray[np.int64]
    clock_s: Matrix
    backlog: npt.NDArray[np.int64]
    busy: npt.NDArray[np.bool_]
    resent: list[Resent] = field(default_factory=list)

    @property
    def days(self) -> int:
        """Number of days."""
        return self.day.shape[1]

    def place(self, row: int) -> int:
        """Give the place of an item among the fine ones."""
        return self.enterprise.fine_rows.index(row)

    def quarter(self, day: int) -> int:
        """Give the first fine slot of a day."""
        return (day - self.fine_first) * QUARTERS

    def instant(self, stat_type: int, slot: int) -> np.datetime64:
        """Give the start of a slot; months are slots of :attr:`months`."""
        if stat_type == REALTIME:
            return self.first + np.timedelta64(self.fine_first, "D") + np.timedelta64(900 * slot, "s")
        if stat_type == DAY:
            return self.first + np.timedelta64(slot, "D")
        return np.datetime64(self.months[slot][2] if slot < len(self.months) else self.month_end, "s")

    @property
    def month_end(self) -> date:
        """The day after the last whole month."""
        start, end, first = self.months[-1]
        return (np.datetime64(first) + np.timedelta64(end - start, "D")).item()

    def resum(self, row: int, start: int, end: int) -> None:
        """Let the day and month records of an item follow its register over days ``[start, end)``."""
        if row in self.enterprise.fine_rows:
            for day in range(max(start, self.fine_first), end):
                first = self.quarter(day)
                total = self.fine[self.place(row), first : first + QUARTERS].sum()
                self.day[row, day] = round(float(total), 6)
        change = self.day[row, start:end] - self.series.day[row, start:end]
        for place, (month_start, month_end, _) in enumerate(self.months):
            inside = change[max(0, month_start - start) : max(0, month_end - start)]
            self.month[row, place] = round(float(self.month[row, place] + inside.sum()), 6)


def make_sent(plan: Plan, enterprise: EnterprisePlan, series: Series) -> Sent:
    """Give what an undisturbed gateway sends: all of it, after midnight, its clock within a few seconds."""
    rng = np.random.default_rng([plan.seed, _STREAM, enterprise.number])
    first, days = np.datetime64(plan.first, "s"), plan.days
    after = enterprise.slot_minute * 60 + rng.integers(0, 180, days)
    slow = rng.random(days) < 0.02
    after = after + np.where(slow, rng.integers(3600, 36_000, days), 0)
    midnights = first + (np.arange(days) + 1) * np.timedelta64(86_400, "s")
    return Sent(
        enterprise=enterprise, series=series, first=first, fine_first=days - plan.fine_days, day=series.day.copy(),
        fine=series.fine.copy(), month=series.month.copy(), months=plan.months,
        delivered=midnights + after.astype("timedelta64[s]"), offset_s=np.zeros(days, dtype=np.int64),
        clock_s=np.round(rng.normal(0, 0.8) + rng.normal(0, 0.4, days), 2), backlog=np.zeros(days, dtype=np.int64),
        busy=np.zeros((len(enterprise.items), days), dtype=np.bool_),
    )  # fmt: skip
