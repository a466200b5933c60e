"""Half-open calendar periods in Asia/Shanghai (北京时间): 15 min, hour, day, month, quarter, year.

A period is ``[start, end)`` and is named by its start. China has kept UTC+8 without summer time since 1991-09-15, so
from :data:`EARLIEST` on the local calendar is plain arithmetic, and columns of instants can be floored in one step.
Earlier instants are refused rather than shifted by an hour.

Three forms of time are used in the whole system:

* ``datetime`` with time zone, at the borders (files, wire, pages);
* epoch milliseconds, ``int64`` (``_ms`` in the name), for samples and interval arithmetic;
* Beijing wall time without zone, ``datetime64[s]`` in NumPy and ``TIMESTAMP`` in DuckDB, for stored period starts.

>>> start = datetime(2026, 3, 4, 13, 7, tzinfo=BEIJING)
>>> str(PeriodKind.HOUR.floor(start)), str(PeriodKind.MONTH.next(PeriodKind.MONTH.floor(start)))
('2026-03-04 13:00:00+08:00', '2026-04-01 00:00:00+08:00')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from nenghao.errors import NenghaoError

BEIJING = ZoneInfo("Asia/Shanghai")
EARLIEST = datetime(1991, 9, 15, 16, tzinfo=ZoneInfo("UTC"))
"""The last summer time ended at 1991-09-15 02:00 local; from the next midnight on the offset is always +8 h."""
OFFSET_MS = 8 * 3_600_000

MillisColumn = npt.NDArray[np.int64]
WallColumn = npt.NDArray[np.datetime64]

_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_SECONDS = {"15min": 900, "hour": 3600, "day": 86400}


class PeriodKind(Enum):
    """The lengths a period can have; the value is the word used in commands, URLs and files."""

    QUARTER_HOUR = "15min"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def seconds(self) -> int | None:
        """Length [s] of a fixed-length kind; ``None`` for month, quarter and year."""
        return _SECONDS.get(self.value)

    def floor(self, instant: datetime) -> datetime:
        """Give the start of the period that holds ``instant`` (aware), in Beijing time."""
        local = to_beijing(instant)
        if self.seconds is None:
            size = _MONTHS[self.value]
            return datetime(local.year, (local.month - 1) // size * size + 1, 1, tzinfo=BEIJING)
        midnight = datetime.combine(local.date(), time(), tzinfo=BEIJING)
        return midnight + timedelta(seconds=int((local - midnight).total_seconds()) // self.seconds * self.seconds)

    def next(self, start: datetime) -> datetime:
        """Give the start of the period after the one that starts at ``start``."""
        if self.seconds is not None:
            return start + timedelta(seconds=self.seconds)
        months = start.year * 12 + start.month - 1 + _MONTHS[self.value]
        return start.replace(year=months // 12, month=months % 12 + 1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One half-open period; make it with :meth:`of` so that the start is aligned."""

    start: datetime
    kind: PeriodKind

    @classmethod
    def of(cls, kind: PeriodKind, instant: datetime | date) -> Period:
        """Give the period of ``kind`` that holds ``instant`` (a date means its midnight)."""
        if not isinstance(instant, datetime):
            instant = datetime.combine(instant, time(), tzinfo=BEIJING)
        return cls(kind.floor(instant), kind)

    @property
    def end(self) -> datetime:
        """The first instant after the period."""
        return self.kind.next(self.start)

    def split(self, kind: PeriodKind) -> Iterator[Period]:
        """Yield the periods of a finer ``kind`` whose starts lie in this one, in order."""
        start = kind.floor(self.start)
        if start < self.start:
            start = kind.next(start)
        while start < self.end:
            yield Period(start, kind)
            start = kind.next(start)


def to_beijing(instant: datetime) -> datetime:
    """Give the same instant in Beijing time; refuse one without zone or before 1991-09-16."""
    if instant.tzinfo is None:
        raise NenghaoError(
            "time-without-zone", f"时间缺少时区: {instant}", f"time has no zone: {instant}",
            mend_zh="写成 2026-03-04T00:00:00+08:00", mend_en="write it as 2026-03-04T00:00:00+08:00",
        )  # fmt: skip
    if instant < EARLIEST:
        raise NenghaoError("time-too-early", f"时间早于 1991-09-16: {instant}", f"time is before 1991-09-16: {instant}")
    return instant.astimezone(BEIJING)


def to_ms(instant: datetime) -> int:
    """Give epoch milliseconds of an aware instant."""
    to_beijing(instant)
    return round(instant.timestamp() * 1000)


def from_ms(instant_ms: int) -> datetime:
    """Give the aware Beijing instant of epoch milliseconds."""
    return datetime.fromtimestamp(instant_ms / 1000, tz=BEIJING)


def floor_ms(instants_ms: MillisColumn, kind: PeriodKind) -> MillisColumn:
    """Floor a column of epoch milliseconds to period starts, vectorised.

    >>> hour = floor_ms(np.array([to_ms(datetime(2026, 3, 4, 13, 7, tzinfo=BEIJING))]), PeriodKind.HOUR)
    >>> str(from_ms(int(hour[0])))
    '2026-03-04 13:00:00+08:00'
    """
    local = np.asarray(instants_ms, dtype=np.int64) + OFFSET_MS
    if kind.seconds is not None:
        return local // (kind.seconds * 1000) * (kind.seconds * 1000) - OFFSET_MS
    months = local.astype("datetime64[ms]").astype("datetime64[M]").astype(np.int64)
    size = _MONTHS[kind.value]
    floored = (months // size * size).astype("datetime64[M]").astype("datetime64[ms]").astype(np.int64)
    return floored - OFFSET_MS


def edges_ms(start_ms: int, end_ms: int, kind: PeriodKind) -> MillisColumn:
    """Give the period boundaries from ``start_ms`` to ``end_ms``, both included and both aligned.

    >>> len(edges_ms(0, 3_600_000, PeriodKind.QUARTER_HOUR))
    5
    """
    if kind.seconds is not None:
        return np.arange(start_ms, end_ms + 1, kind.seconds * 1000, dtype=np.int64)
    first, last = (
        np.array([t + OFFSET_MS]).astype("datetime64[ms]").astype("datetime64[M]")[0] for t in (start_ms, end_ms)
    )
    months = np.arange(first, last + 1, _MONTHS[kind.value], dtype="datetime64[M]")
    return months.astype("datetime64[ms]").astype(np.int64) - OFFSET_MS


def wall_from_ms(instants_ms: MillisColumn) -> WallColumn:
    """Turn epoch milliseconds into Beijing wall time, ``datetime64[s]``, as DuckDB stores it."""
    return ((np.asarray(instants_ms, dtype=np.int64) + OFFSET_MS) // 1000).astype("datetime64[s]")


def wall(instant: datetime) -> datetime:
    """Give the naive Beijing wall time of an aware instant, as DuckDB stores it."""
    return to_beijing(instant).replace(tzinfo=None)


def from_wall(naive: datetime) -> datetime:
    """Give the aware instant of a naive Beijing wall time."""
    return naive.replace(tzinfo=BEIJING)


def month_after(month: date, count: int = 1) -> date:
    """Give the first day of the month so many months after that of a day.

    >>> month_after(date(2026, 12, 15)), month_after(date(2026, 2, 1), -3)
    (datetime.date(2027, 1, 1), datetime.date(2025, 11, 1))
    """
    months = month.year * 12 + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
