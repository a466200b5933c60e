"""The periods of blocks: a day of real-time slots, a month of day records, a year of month records."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt

_DAY_S = 86_400
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall time, as stored


@dataclass(frozen=True, slots=True)
class BlockPeriod:
    """One block's time: Beijing wall times without zone; ``slot_s`` is ``None`` for months.

    ``before_start`` lies as many slots before ``start`` as the block has.
    """

    stat_type: int
    start: datetime
    end: datetime
    before_start: datetime
    slots: int
    slot_s: int | None

    @property
    def width(self) -> int:
        """Slots that are read: as many before the block as in it, and one after it."""
        return 2 * self.slots + 1

    @property
    def before_start_s(self) -> int:
        """``before_start`` in seconds of wall time since 1970."""
        return int((self.before_start - _EPOCH).total_seconds())

    @property
    def after_end(self) -> datetime:
        """The end of the one slot after the block."""
        if self.slot_s is None:
            return self.end.replace(month=2)
        return self.end + timedelta(seconds=self.slot_s)

    def edges(self) -> npt.NDArray[np.datetime64]:
        """Give the starts of the slots that are read, and the end of the last."""
        if self.slot_s is None:
            return (np.datetime64(self.before_start, "M") + np.arange(self.width + 1)).astype("datetime64[s]")
        return np.datetime64(self.before_start, "s") + np.arange(self.width + 1) * np.timedelta64(self.slot_s, "s")

    def slot_ends_s(self) -> npt.NDArray[np.float64]:
        """Give the ends of the slots that are read, in seconds of wall time since 1970."""
        return self.edges()[1:].astype(np.int64).astype(np.float64)

    def slot_starts(self) -> npt.NDArray[np.datetime64]:
        """Give the starts of the slots inside the block."""
        return self.edges()[self.slots : -2]

    def slot_days(self) -> npt.NDArray[np.datetime64]:
        """Give the days on which the slots inside start."""
        return self.slot_starts().astype("datetime64[D]")

    def bound_factors(
        self, stat_types: npt.NDArray[np.str_], realtime_minutes: npt.NDArray[np.integer]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Give what an item's bounds are multiplied by for one slot of this block, lower and upper.

        Configured bounds hold for the shortest statistic type that the item must send; longer ones are its multiples
        (a month of 28 days for the lower bound, of 31 for the upper). A shorter one than that has no bounds.
        """
        shortest = np.array([min(text) if text else "0" for text in stat_types.tolist()], dtype="U1")
        per_day = 1440.0 / realtime_minutes
        slot = {0: (1 / per_day, 1 / per_day), 1: (1.0, 1.0), 2: (28.0, 31.0)}
        factors = []
        for side in (0, 1):
            base = np.select([shortest == "0", shortest == "1"], [1 / per_day, np.ones(len(per_day))], 30.0)
            factor = slot[self.stat_type][side] / base
            if self.stat_type == 2:
                factor = np.where(shortest >= "2", 1.0, factor)
            factors.append(np.where(shortest > str(self.stat_type), np.nan, factor))
        return factors[0], factors[1]


def block_period(stat_type: int, day: date, realtime_minutes: int) -> BlockPeriod:
    """Give the block that holds a day."""
    if stat_type == 0:
        start = datetime(day.year, day.month, day.day)  # noqa: DTZ001
        return BlockPeriod(
            0, start, start + timedelta(days=1), start - timedelta(days=1), 1440 // realtime_minutes,
            60 * realtime_minutes,
        )  # fmt: skip
    if stat_type == 1:
        start = datetime(day.year, day.month, 1)  # noqa: DTZ001
        days = calendar.monthrange(day.year, day.month)[1]
        length = timedelta(days=days)
        return BlockPeriod(1, start, start + length, start - length, days, _DAY_S)
    start = datetime(day.year, 1, 1)  # noqa: DTZ001
    return BlockPeriod(2, start, start.replace(year=day.year + 1), start.replace(year=day.year - 1), 12, None)


def block_periods(stat_type: int, start: date, end: date, realtime_minutes: int = 15) -> Iterator[BlockPeriod]:
    """Yield the blocks that overlap ``[start, end)``, in order."""
    day = start
    while day < end:
        period = block_period(stat_type, day, realtime_minutes)
        yield period
        day = period.end.date()
