"""Moments on the wire: ``yyyy-MM-dd HH:mm:ss`` in Beijing time, read strictly and remembered."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from nenghao.periods import OFFSET_MS, to_beijing

EARLIEST_YEAR = 2000
WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall time without zone, as stored
EARLIEST_S = int((datetime(EARLIEST_YEAR, 1, 1) - WALL_EPOCH).total_seconds())  # noqa: DTZ001  the same
"""No period starts before; seconds of wall time since 1970."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_MOMENT_LENGTH = 19


def wall_moment(text: str) -> tuple[int, int] | None:
    """Read ``yyyy-MM-dd HH:mm:ss`` strictly: seconds of wall time since 1970, and the longest period it can start.

    The second number is 3 for the start of a year, 2 of a month, 1 of a day, 0 for any other moment.

    >>> wall_moment("1970-02-01 00:00:00"), wall_moment("1970-1-1 00:00:00")
    ((2678400, 2), None)
    """
    return _moment(text) if len(text) == _MOMENT_LENGTH else None  # what is remembered stays short


def wall_seconds(instant: datetime) -> float:
    """Give the wall time in Beijing of an aware instant since 1992 as seconds since 1970.

    >>> from datetime import UTC
    >>> wall_seconds(datetime(2026, 3, 4, tzinfo=UTC)) - wall_moment("2026-03-04 08:00:00")[0]
    0.0
    """
    if instant.tzinfo is None:
        to_beijing(instant)  # refuses it
    return instant.timestamp() + OFFSET_MS / 1000  # no summer time since


@lru_cache(maxsize=65536)
def _moment(text: str) -> tuple[int, int] | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = int((moment - WALL_EPOCH).total_seconds())
    if seconds % 86_400:
        return seconds, 0
    return seconds, 1 + (moment.day == 1) + (moment.day == 1 and moment.month == 1)
