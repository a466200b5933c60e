"""Which calendar days the recorded days of 2018 stand for.

*As recorded* they keep their dates. Otherwise the recording is moved by whole weeks, so that a Monday stays a Monday,
to the same season where the days before and after still lie in the recording.

>>> moved = Timeline.ending(date(2026, 11, 21), days=30)
>>> moved.first, moved.first - timedelta(days=moved.shift_days)
(datetime.date(2026, 10, 23), datetime.date(2018, 10, 26))
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_RECORDED = date(2018, 1, 1)
RECORDED_DAYS = 365
LIVE_DAYS = 28
"""Recorded days kept back for what goes on after the history."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The days shown, from ``first`` on, and how far they are moved from the recording [days]."""

    first: date
    days: int
    shift_days: int

    @classmethod
    def as_recorded(cls, days: int) -> Timeline:
        """Keep the dates of 2018, from 1 January on."""
        return cls(FIRST_RECORDED, days, 0)

    @classmethod
    def ending(cls, last: date, days: int) -> Timeline:
        """Move the recording so that ``last`` is the last of ``days`` recorded days, by whole weeks."""
        wanted = (date(FIRST_RECORDED.year, last.month, min(last.day, 28)) - FIRST_RECORDED).days
        index = max(days - 1, min(wanted, RECORDED_DAYS - LIVE_DAYS - 1))
        ahead = (last - FIRST_RECORDED).days - index
        weeks = ahead // 7 if index + ahead % 7 < RECORDED_DAYS else ahead // 7 + 1
        return cls(last - timedelta(days=days - 1), days, weeks * 7)
