"""Questions about data quality: measures of enterprises, items and days, and the findings of the checks.

Answers come from ``quality_count`` and ``quality_finding``, which the checks keep. Every function
takes the enterprises that the asker may see (``enterprise_ids``) and answers about nothing else. Ranges are half-open
days of Beijing. A day without due slots and without values has no measures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from nenghao.periods import month_after
from nenghao.readings.quality_blocks import Confirmed, blocks
from nenghao.readings.quality_findings import (
    FindingCount,
    FindingKey,
    FindingRow,
    finding_count,
    finding_counts,
    findings,
)
from nenghao.readings.quality_memo import months_of
from nenghao.readings.quality_writes import Looked, put_quality
from nenghao.readings.store import ReadingStore

__all__ = [
    "MONTH_LIMIT_RATIO", "Confirmed", "DayMeasures", "EnterpriseMeasures", "FindingCount", "FindingKey", "FindingRow",
    "ItemDayMeasures", "ItemMeasures", "Looked", "MonthMeasures", "RecordCounts", "SeriesWithData", "blocks",
    "day_measures", "finding_count", "finding_counts", "findings", "item_day_measures", "item_measures",
    "items_with_data", "measures", "month_measures", "put_quality", "unchecked_cell_count",
]  # fmt: skip

MONTH_LIMIT_RATIO = 0.05
"""Month record against the sum of its days: deviation over the month record that still counts as consistent (≤ 5 %)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCounts:
    """Records (时段记录) of a span: real-time slots, day records and month records together.

    ``good + unknown + suspect + fail + missing = due``; ``on_time`` were sent by a gateway within the rule set's term;
    ``by_hand`` were entered or estimated by a person.
    """

    records_due: int
    records_received: int
    records_on_time: int
    records_good: int
    records_unknown: int
    records_suspect: int
    records_fail: int
    records_missing: int
    records_estimated: int
    records_by_hand: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseMeasures(RecordCounts):
    """Everything counted of one enterprise over a span; the scoring schemes read it by these names.

    A *point* (采集点) is a data item of which something was due; its meter is valid when it was inside a valid
    verification on every day of the span. A day is *online* when a gateway delivered records of that day in time.
    ``records_rejected`` and ``records_accepted`` are from the upload log, by time of receipt. ``plant_tce`` and
    ``process_tce`` [tce] are summed over the energies and days of which all due plant items that count in the total and
    all due process items are known; ``None`` where there is no such day. ``months_compared`` counts item-months of
    which both the month record and every day are known, ``months_consistent`` those within the limit.
    """

    enterprise_id: int
    days_due: int
    days_online: int
    points_due: int
    points_received: int
    points_with_meter: int
    points_meter_valid: int
    records_rejected: int
    records_accepted: int
    plant_tce: float | None
    process_tce: float | None
    months_compared: int
    months_consistent: int
    day_starts_compared: int
    day_starts_aligned: int
    month_starts_compared: int
    month_starts_aligned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthMeasures(EnterpriseMeasures):
    """The measures of one enterprise in one month of a range; ``month`` is its first day."""

    month: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMeasures(RecordCounts):
    """What was counted of one data item over a span; ``meter_valid`` is ``None`` where no meter is known."""

    data_item_id: int
    enterprise_id: int
    days_due: int
    days_online: int
    meter_valid: bool | None
    months_compared: int
    months_consistent: int
    day_starts_compared: int
    day_starts_aligned: int
    month_starts_compared: int
    month_starts_aligned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayMeasures(RecordCounts):
    """What was counted of one enterprise on one day; a month record counts on the first of its month.

    ``online`` says whether a gateway delivered records of the day in time, ``None`` where nothing of the day was due.
    """

    enterprise_id: int
    day: date
    points_due: int
    points_received: int
    online: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDayMeasures(RecordCounts):
    """What was counted of one data item on one day, by statistic type: the calendar of an item.

    ``value_sum`` is the sum of the known values in the base unit, ``None`` where none is.
    """

    data_item_id: int
    enterprise_id: int
    stat_type: int
    day: date
    value_sum: float | None
    meter_valid: bool | None


@dataclass(frozen=True, slots=True)
class ComparedMonth:
    """A month of an item of which the month record and every day are known; ``consistent``: within the limit."""

    data_item_id: int
    enterprise_id: int
    month: date
    record_value: float
    days_value: float
    consistent: bool


@dataclass(frozen=True, slots=True)
class ScopeBalance:
    """The plant and its processes on one day, of one energy; tce is ``None`` unless everything due is known."""

    enterprise_id: int
    energy_key: str
    day: date
    plant_quantity: float
    process_quantity: float
    plant_tce: float | None
    process_tce: float | None


@dataclass(frozen=True, slots=True)
class SeriesWithData:
    """A statistic type of which a data item has at least one value in a range."""

    data_item_id: int
    enterprise_id: int
    stat_type: int


@dataclass(frozen=True, slots=True)
class _Number:
    value: int


def measures(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    start: date,
    end: date,
    month_limit_ratio: float = MONTH_LIMIT_RATIO,
) -> tuple[EnterpriseMeasures, ...]:
    """Give the measures of every enterprise over ``[start, end)``; none for one of which nothing was due or known."""
    return store.rows(
        "quality/measures", MonthMeasures, month_limit_ratio=month_limit_ratio, by_month=False,
        **_range(enterprise_ids, start, end),
    )  # fmt: skip


def month_measures(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    start: date,
    end: date,
    month_limit_ratio: float = MONTH_LIMIT_RATIO,
    settled_before: date | None = None,
) -> tuple[MonthMeasures, ...]:
    """Give :func:`measures` for every month of ``[start, end)``, by month and enterprise.

    Whole months are remembered until something of them is looked at again; those that end after ``settled_before``
    also until the next upload, which may belong to them.
    """
    ids = frozenset(enterprise_ids)

    def load(first: date, until: date) -> tuple[MonthMeasures, ...]:
        return store.rows(
            "quality/measures", MonthMeasures, month_limit_ratio=month_limit_ratio, by_month=True,
            **_range(ids, first, until),
        )  # fmt: skip

    if start.day != 1 or end.day != 1:
        return tuple(sorted(load(start, end), key=_month_and_owner))
    months = months_of(start, end)
    settled = [month for month in months if month_after(month) <= (settled_before or start)]
    known = store.month_memo.rows((ids, month_limit_ratio, 0), settled, load)
    newest = (ids, month_limit_ratio, store.last_batch_id)
    known += store.month_memo.rows(newest, months[len(settled) :], load)
    return tuple(sorted(known, key=_month_and_owner))


def _month_and_owner(row: MonthMeasures) -> tuple[date, int]:
    return row.month, row.enterprise_id


def item_measures(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    start: date,
    end: date,
    month_limit_ratio: float = MONTH_LIMIT_RATIO,
) -> tuple[ItemMeasures, ...]:
    """Give the measures of every data item of the enterprises, by enterprise and item."""
    return store.rows(
        "quality/item_measures", ItemMeasures, month_limit_ratio=month_limit_ratio,
        **_range(enterprise_ids, start, end),
    )  # fmt: skip


def day_measures(
    store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date
) -> tuple[DayMeasures, ...]:
    """Give the measures of every enterprise on every day (trend, calendar), by enterprise and day."""
    return store.rows("quality/day_measures", DayMeasures, **_range(enterprise_ids, start, end))


def item_day_measures(
    store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date, data_item_ids: Iterable[int] = ()
) -> tuple[ItemDayMeasures, ...]:
    """Give the measures by item, statistic type and day; of all items of the enterprises, or of those named."""
    return store.rows(
        "quality/item_day_measures", ItemDayMeasures, data_item_ids=list(data_item_ids),
        **_range(enterprise_ids, start, end),
    )  # fmt: skip


def items_with_data(
    store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date
) -> tuple[SeriesWithData, ...]:
    """Give the items and statistic types that have a value in the range, due or not."""
    return store.rows("quality/items_with_data", SeriesWithData, **_range(enterprise_ids, start, end))


def compared_months(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    start: date,
    end: date,
    month_limit_ratio: float = MONTH_LIMIT_RATIO,
) -> tuple[ComparedMonth, ...]:
    """Give the item-months that ``months_compared`` counts, with both sides, by item and month."""
    return store.rows(
        "quality/compared_months",
        ComparedMonth,
        month_limit_ratio=month_limit_ratio,
        **_range(enterprise_ids, start, end),
    )


def scope_balance(
    store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date
) -> tuple[ScopeBalance, ...]:
    """Give the days that ``plant_tce`` and ``process_tce`` are summed over, and those left out, by energy and day."""
    return store.rows("quality/scope_balance", ScopeBalance, **_range(enterprise_ids, start, end))


def unchecked_cell_count(store: ReadingStore) -> int:
    """Give the number of marks, of readings and of blocks, that wait to be looked at."""
    return store.rows("quality/unchecked_cell_count", _Number)[0].value


def _range(enterprise_ids: Iterable[int], start: date, end: date) -> dict[str, object]:
    return {"enterprise_ids": list(enterprise_ids), "start": start, "end": end}
