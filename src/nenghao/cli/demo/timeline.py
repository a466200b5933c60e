"""Which recorded day of 2018 stands for which calendar day of the demonstration.

The recording has 365 days. *As recorded* they keep their dates. Otherwise they are moved by whole weeks, so that a
Monday stays a Monday and the season fits, and repeat every 52 weeks where the calendar runs on.

>>> shifted = Timeline.ending(date(2026, 11, 21), days=30)
>>> shifted.recorded(date(2026, 11, 21)), len(shifted.dates)
(datetime.date(2018, 11, 24), 30)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_RECORDED = date(2018, 1, 1)
RECORDED_DAYS = 365
_CYCLE_DAYS = 364


@dataclass(frozen=True, slots=True)
class Timeline:
    """The days shown, ``first`` … ``first + days - 1``, and how far they are moved from the recording [days]."""

    first: date
    days: int
    shift_days: int

    @classmethod
    def as_recorded(cls, days: int) -> Timeline:
        """Keep the dates of 2018, from 1 January on."""
        return cls(FIRST_RECORDED, days, 0)

    @classmethod
    def ending(cls, last: date, days: int) -> Timeline:
        """Move the recording so that it ends on ``last``, by whole weeks, at about the same time of year."""
        same_season = date(FIRST_RECORDED.year, last.month, min(last.day, 28))
        weeks = round((last - same_season).days / 7)
        return cls(last - timedelta(days=days - 1), days, weeks * 7)

    @property
    def dates(self) -> list[date]:
        """All days shown, in order."""
        return [self.first + timedelta(days=n) for n in range(self.days)]

    def recorded(self, day: date) -> date:
        """Give the recorded day that stands for ``day``."""
        offset = (day - timedelta(days=self.shift_days) - FIRST_RECORDED).days
        return FIRST_RECORDED + timedelta(days=offset if 0 <= offset < RECORDED_DAYS else offset % _CYCLE_DAYS)
