"""Where a record's period starts (统计周期起点): clocks and habits differ a little, so a start near a period's own is
taken as that one, and how far off it was is kept for the check of time alignment. Further off, nobody can tell which
period is meant.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime
from functools import lru_cache

DAY_S = 86_400
TOLERANCE_S = {0: 60, 1: 600, 2: 2 * DAY_S}
"""By statistic type: how far a start may be from its period's own and still be taken [s]. These are ours: less than a
quarter of an hour, lest real-time records with a wrong type pass for days. The requirement's limits (day: 1 minute,
month: 1 day) are the quality check's, which must see what it judges."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall time, as stored
_MONTH_STARTS = [
    int((datetime(year, month, 1) - _EPOCH).total_seconds())  # noqa: DTZ001
    for year in range(1999, 2101)
    for month in range(1, 13)
]


@lru_cache(maxsize=65536)
def aligned(start_s: int, stat_type: int, realtime_s: int) -> tuple[int, int] | None:
    """Give the start of the period that a start means, and how late the sent one was [s] (negative: early).

    ``start_s`` is wall time in seconds since 1970; nothing when it is further off than the tolerance.

    >>> aligned(86_400 + 40, 1, 900), aligned(86_400 - 40, 1, 900), aligned(7_000, 1, 900)
    ((86400, 40), (86400, -40), None)
    """
    if stat_type not in TOLERANCE_S:  # a year record starts on time or not at all
        return None
    nearest = _nearest_month(start_s) if stat_type == 2 else _nearest(start_s, DAY_S if stat_type else realtime_s)
    offset = start_s - nearest
    return (nearest, offset) if abs(offset) <= TOLERANCE_S[stat_type] else None


def _nearest(start_s: int, length_s: int) -> int:
    return (start_s + length_s // 2) // length_s * length_s


def _nearest_month(start_s: int) -> int:
    after = min(max(bisect_left(_MONTH_STARTS, start_s), 1), len(_MONTH_STARTS) - 1)
    return min(_MONTH_STARTS[after - 1], _MONTH_STARTS[after], key=lambda month: abs(start_s - month))
