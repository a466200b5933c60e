"""Working days by China's calendar (工作日): public holidays are off, adjusted days (调休) are worked.

The calendar of a year is announced by the State Council late in the year before (``chinesecalendar`` carries 2004 to
:data:`LAST_ANNOUNCED`). For a year that is not announced, Monday to Friday count, and :func:`is_announced` says so: a
page that shows such a term says so too.

>>> add_workdays(date(2026, 9, 30), 3)  # a fault on the eve of National Day: 8 and 9 October and Saturday the 10th
datetime.date(2026, 10, 10)
>>> workdays_between(date(2026, 9, 30), date(2026, 10, 10))
3
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from chinese_calendar import holidays, workdays

FIRST_ANNOUNCED = min(holidays).year
LAST_ANNOUNCED = max(holidays).year
_DAY = timedelta(days=1)
_SATURDAY = 5


def is_announced(year: int) -> bool:
    """Tell whether the holidays of a year are known; else Monday to Friday are taken for working days."""
    return FIRST_ANNOUNCED <= year <= LAST_ANNOUNCED


def is_workday(day: date) -> bool:
    """Tell whether people work on ``day``: a weekday that is no holiday, or a weekend day made up for one.

    >>> is_workday(date(2026, 2, 14)), is_workday(date(2026, 2, 23))  # a worked Saturday, a free Monday
    (True, False)
    """
    return day in workdays or (day.weekday() < _SATURDAY and day not in holidays)


def add_workdays(day: date, count: int) -> date:
    """Give the ``count``-th working day after ``day`` (before it for a negative count); ``day`` itself never counts.

    A term of three working days that begins with something on ``day`` ends with the day this gives: the first day is
    not counted, as China's Civil Code, article 201, has it. A count of 0 gives ``day`` back, worked or not.
    """
    step = _DAY if count > 0 else -_DAY
    for _ in range(abs(count)):
        day += step
        while not is_workday(day):
            day += step
    return day


def workdays_between(start: date, end: date) -> int:
    """Count the working days after ``start`` up to and with ``end``; negative when ``end`` lies before ``start``.

    ``workdays_between(day, add_workdays(day, n)) == n`` for every ``day`` and every ``n`` from 0 up.
    """
    if end < start:
        return -sum(map(is_workday, _days(end, start - _DAY)))
    return sum(map(is_workday, _days(start + _DAY, end)))


def unannounced_years(start: date, end: date) -> tuple[int, ...]:
    """Give the years from ``start`` to ``end`` whose holidays are not known, for the note beside a term.

    >>> unannounced_years(date(2026, 1, 1), date(2026, 12, 31))
    ()
    """
    return tuple(year for year in range(start.year, end.year + 1) if not is_announced(year))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=i) for i in range((last - first).days + 1))
