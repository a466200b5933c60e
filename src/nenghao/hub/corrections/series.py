"""What a correction works on: the series of one item with its neighbourhood, its relatives, and what waits already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from nenghao.hub.corrections.errors import refused
from nenghao.hub.registry.models import DataItem
from nenghao.hub.registry.models.collection import Scope
from nenghao.periods import PeriodKind
from nenghao.quality.estimates import WEEKS, Series
from nenghao.readings import ReadingStore
from nenghao.readings.series import read_series, slot_starts

STAT_TYPES = (0, 1, 2)
"""Real-time, day and month records can be corrected; a year's record is the sum of its months."""
KINDS = {1: PeriodKind.DAY, 2: PeriodKind.MONTH}
MAX_SLOTS = 31 * 96
LOOK_BACK = timedelta(weeks=WEEKS, days=1)
LOOK_AHEAD = timedelta(days=7)


def checked_span(item: DataItem, stat_type: int, start: datetime, end: datetime, now: datetime) -> None:
    """Refuse a span that is empty, too long, not over yet, or not on the series' own slots."""
    if stat_type not in STAT_TYPES:
        raise refused(
            "stat-type", "该统计类型不能补正", "readings of this statistic type are not corrected", field="stat_type",
            mend=("选实时、日或月数据", "choose real-time, day or month records"),
        )  # fmt: skip
    starts = slot_starts(stat_type, start, end, item.realtime_minutes) if end > start else np.array([])
    if not len(starts) or len(starts) > MAX_SLOTS:
        raise refused(
            "span-length", f"时段须有 1 至 {MAX_SLOTS} 个", f"the span must hold 1 to {MAX_SLOTS} slots", field="to",
            mend=("检查起止时间（不含止）", "check from and to (to is exclusive)"),
        )  # fmt: skip
    aligned = all(_is_border(item, stat_type, border) for border in (start, end))
    if not aligned:
        raise refused(
            "span-border", "起止时间须为时段边界", "from and to must be borders of slots", field="from",
            mend=_border_words(item, stat_type),
        )  # fmt: skip
    if end > now:
        raise refused(
            "span-future", "时段尚未结束", "the span is not over yet", field="to",
            mend=("只补已经过去的时段", "correct only what has passed"),
        )  # fmt: skip


def _is_border(item: DataItem, stat_type: int, at: datetime) -> bool:
    if stat_type == 0:
        return at.second == at.microsecond == 0 and (at.hour * 60 + at.minute) % item.realtime_minutes == 0
    return KINDS[stat_type].floor(at) == at


def _border_words(item: DataItem, stat_type: int) -> tuple[str, str]:
    if stat_type == 0:
        minutes = item.realtime_minutes
        return f"写成 {minutes} min 的整倍，如 2026-11-20T13:00", f"write multiples of {minutes} min: 2026-11-20T13:00"
    return ("写到日，如 2026-11-20", "write days: 2026-11-20") if stat_type == 1 else (
        "写到月初，如 2026-11-01", "write first days of months: 2026-11-01",
    )  # fmt: skip


def slots_per_day(item: DataItem, stat_type: int) -> int:
    """Give how many slots a day of the series has; 0 where it has no days."""
    return {0: 1440 // item.realtime_minutes, 1: 1}.get(stat_type, 0)


def context_span(stat_type: int, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Give the whole days (months) around a span that estimates look at: earlier weeks, a week after."""
    if stat_type == 2:
        return start.replace(year=start.year - 1), end
    first = (start - LOOK_BACK).replace(hour=0, minute=0)
    return first, (end + LOOK_AHEAD).replace(hour=0, minute=0)


def relatives(item: DataItem) -> tuple[Sequence[DataItem], DataItem | None]:
    """Give the parts that an item can be told from, and the whole where it is itself a part.

    A plant's item is the sum of its processes' items of the same kind; a process is the plant less the other processes.
    """
    same = DataItem.objects.filter(
        enterprise_id=item.enterprise_id, energy_key=item.energy_key, class_code=item.class_code,
        type_code=item.type_code, usage_code=item.usage_code, active=True, realtime_minutes=item.realtime_minutes,
    )  # fmt: skip
    parts = list(same.filter(scope=Scope.PROCESS).exclude(pk=item.pk))
    if item.scope == Scope.PLANT:
        return parts, None
    whole = same.filter(scope=Scope.PLANT).first()
    return (parts, whole) if item.scope == Scope.PROCESS and whole else ((), None)


def values_of(
    store: ReadingStore, items: Sequence[DataItem], stat_type: int, start: datetime, end: datetime
) -> dict[int, Series]:
    """Give the current values of items of one slot length, by item."""
    if not items:
        return {}
    found = read_series(
        store, data_item_ids=[item.pk for item in items], stat_type=stat_type, start=start, end=end,
        minutes=items[0].realtime_minutes,
    )  # fmt: skip
    return {int(pk): found.value[row] for row, pk in enumerate(found.item_ids)}
