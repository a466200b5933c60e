"""Questions of the chain of platforms: what must go upward, and counts and sums that prove both sides equal.

What counts of an enterprise's day is the same on both sides of a link (:func:`digest_days`): the statistic types
agreed on (day, month, year), real-time slots of the enterprises in ``realtime_ids``, and real-time slots where they are
the only source of an item's day, since totals rest on them there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.readings.batches import STANDS
from nenghao.readings.results import Border, wall_border
from nenghao.readings.store import ReadingStore


@dataclass(frozen=True, slots=True)
class CurrentReadings:
    """Columns of readings in their current version, by enterprise, item, statistic type and period start."""

    enterprise_id: npt.NDArray[np.int64]
    data_item_id: npt.NDArray[np.int64]
    stat_type: npt.NDArray[np.uint8]
    period_start: npt.NDArray[np.datetime64]
    """Beijing wall time."""
    value: npt.NDArray[np.float64]
    """Base unit; NaN where missing."""
    state: npt.NDArray[np.uint8]
    input_type: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a link covers: enterprises, those of them with real-time slots, statistic types as digits (``"123"``)."""

    enterprise_ids: tuple[int, ...]
    realtime_ids: tuple[int, ...] = ()
    stat_types: str = "123"

    def parameters(self) -> dict[str, object]:
        """Give the parameters of the queries."""
        return {
            "enterprise_ids": list(self.enterprise_ids), "realtime_ids": list(self.realtime_ids),
            "stat_types": self.stat_types,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class DayDigest:
    """One enterprise's day: values known, readings that say *missing*, and a fingerprint of all sums."""

    enterprise_id: int
    day: date
    known: int
    missing: int
    fingerprint: str | None
    """MD5 over the items' counts and sums; ``None`` where no value is known."""


@dataclass(frozen=True, slots=True)
class ItemDigest:
    """One item and statistic type of one enterprise's day. Sums are of millionths of the base unit, as decimal text.

    ``place_sum`` weighs each value with its minute of the day, so that values in each other's places show.
    """

    enterprise_id: int
    day: date
    data_code: str
    stat_type: int
    known: int
    missing: int
    estimated: int
    micro_sum: str
    place_sum: str


@dataclass(frozen=True, slots=True)
class TouchedDay:
    """A day of an enterprise of which something arrived."""

    enterprise_id: int
    day: date


@dataclass(frozen=True, slots=True)
class Unsent:
    """What waits behind a cursor."""

    batches: int
    readings: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Number:
    value: int


@dataclass(frozen=True, slots=True)
class _Span:
    first_day: date | None
    last_day: date | None


def window_end(store: ReadingStore, *, after: int, last: int, rows: int) -> int:
    """Give the last batch of the next window: at most ``rows`` readings, but at least one batch."""
    return store.rows("chain/window", _Number, after=after, last=last, rows=rows)[0].value


def touched_readings(store: ReadingStore, *, coverage: Coverage, after: int, until: int) -> CurrentReadings:
    """Give what batches ``(after, until]`` touched, in its current version (a person's decision stays above)."""
    return _readings(store.columns("chain/touched", after=after, until=until, stands=STANDS, **coverage.parameters()))


def day_readings(store: ReadingStore, *, coverage: Coverage, start: Border, end: Border) -> CurrentReadings:
    """Give all that counts of the days ``[start, end)``, in its current version."""
    return _readings(store.columns("chain/days", **_range(coverage, start, end)))


def digest_days(store: ReadingStore, *, coverage: Coverage, start: Border, end: Border) -> tuple[DayDigest, ...]:
    """Give counts and fingerprint of every day of ``[start, end)`` of which anything is there."""
    return store.rows("chain/digest_days", DayDigest, **_range(coverage, start, end))


def digest_items(store: ReadingStore, *, coverage: Coverage, start: Border, end: Border) -> tuple[ItemDigest, ...]:
    """Give counts and sums by item and statistic type, of which a day's fingerprint is made."""
    return store.rows("chain/digest_items", ItemDigest, **_range(coverage, start, end))


def touched_days(
    store: ReadingStore, *, enterprise_ids: Iterable[int], after: int, until: int, end: Border
) -> tuple[TouchedDay, ...]:
    """Give the days before ``end`` of which batches ``(after, until]`` brought something."""
    return store.rows(
        "chain/touched_days", TouchedDay, enterprise_ids=list(enterprise_ids), after=after, until=until,
        end=wall_border(end),
    )  # fmt: skip


def reading_span(store: ReadingStore, *, enterprise_ids: Iterable[int]) -> tuple[date, date] | None:
    """Give the first and the last day with readings of these enterprises."""
    found = store.rows("chain/span", _Span, enterprise_ids=list(enterprise_ids))[0]
    return None if found.first_day is None or found.last_day is None else (found.first_day, found.last_day)


def sender_batch(store: ReadingStore, *, platform_id: int | None = None, device_id: int | None = None) -> int:
    """Give the number of the newest batch of readings from a platform below or a device, 0 for none."""
    return store.rows("chain/sender_batch", _Number, platform_id=platform_id, device_id=device_id)[0].value


def unsent(store: ReadingStore, *, enterprise_ids: Iterable[int], after: int) -> Unsent:
    """Count the batches with readings behind a cursor."""
    return store.rows("chain/unsent", Unsent, enterprise_ids=list(enterprise_ids), after=after)[0]


def _range(coverage: Coverage, start: Border, end: Border) -> dict[str, object]:
    return coverage.parameters() | {"start": wall_border(start), "end": wall_border(end)}


def _readings(columns: dict[str, npt.NDArray]) -> CurrentReadings:
    value = np.ma.filled(np.ma.asarray(columns["value"], dtype=np.float64), np.nan)
    plain: dict[str, Any] = {name: np.asarray(column) for name, column in columns.items() if name != "value"}
    return CurrentReadings(value=value, **plain)
