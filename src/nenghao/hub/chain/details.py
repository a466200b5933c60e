"""Item by item, why a day differs: both sides' counts and sums, exchanged for days that stay unequal, and kept.

The platform below asks with ``uploadDigest`` and says its own items in the same message, so that both sides can show
the same table. One message is about one enterprise's day: an enterprise has up to thousands of items.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from nenghao.hub.chain.comparing import ask
from nenghao.hub.chain.digests import DigestUpload, WireDay, WireEnterprise, WireItem
from nenghao.hub.chain.models import ComparedDay, DayState, ForwardedDay, ReceivedDay, Upstream
from nenghao.hub.chain.policy import Covered, coverage
from nenghao.hub.chain.sending import Courier
from nenghao.readings import ReadingStore
from nenghao.readings.forwarding import Coverage, digest_items

MOST_DAYS_DETAILED = 200
"""Enterprise-days of one comparison of which the items are asked for; after a great loss the days say enough."""
MICRO = 1_000_000
Side = tuple[int, int, int, str, str]
"""Values, readings that say *missing*, estimated values, sum and place sum (millionths of the base unit, as text)."""
NOTHING: Side = (0, 0, 0, "0", "0")


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item and statistic type of a day that differs; sums in the item's base unit, difference own less other."""

    data_code: str
    stat_type: int
    own_count: int
    other_count: int
    own_missing: int
    other_missing: int
    own_sum: float
    other_sum: float
    difference: float


def keep_details(
    store: ReadingStore, courier: Courier, upstream: Upstream, enterprises: Mapping[int, Covered], *, now: datetime
) -> None:
    """Exchange the items of days that this comparison (of ``now``) leaves unequal, and keep where they differ."""
    unequal = ForwardedDay.objects.filter(upstream=upstream, compared_at=now).exclude(state=DayState.EQUAL)
    for row in list(unequal[:MOST_DAYS_DETAILED]):
        one = enterprises.get(row.enterprise_id)
        if one is None:
            continue
        start, end = row.day, row.day + timedelta(days=1)
        covered = coverage(upstream, {one.pk: one})
        own = wire_items(store, covered, {one.pk: one.code}, start, end)
        about = WireEnterprise(one.code, one.sends_realtime(upstream), True, [WireDay(row.day.isoformat())])
        message = DigestUpload(
            upstream.device_id, start.isoformat(), end.isoformat(), upstream.stat_types, [about], True, own
        )
        items = differing(own, ask(courier, upstream, message).items)
        ForwardedDay.objects.filter(upstream=upstream, enterprise_id=row.enterprise_id, day=row.day).update(items=items)


def keep_told(
    platform_pk: int, known: Mapping[int, WireEnterprise], own: Sequence[WireItem], theirs: Sequence[WireItem]
) -> None:
    """On the side above: keep where the items of the days that the platform below named differ from ours."""
    for pk, one in known.items():
        for day in one.days:
            place = (one.enterprise_code, day.day)
            items = differing(
                [item for item in own if (item.enterprise_code, item.day) == place],
                [item for item in theirs if (item.enterprise_code, item.day) == place],
            )
            ReceivedDay.objects.filter(platform_id=platform_pk, enterprise_id=pk, day=day.day).update(items=items)


def wire_items(
    store: ReadingStore, covered: Coverage, codes: Mapping[int, str], start: date, end: date
) -> list[WireItem]:
    """Give counts and sums by enterprise, day, item and statistic type, as they travel."""
    return [
        WireItem(
            codes[row.enterprise_id], row.day.isoformat(), row.data_code, row.stat_type, row.known, row.missing,
            row.estimated, row.micro_sum, row.place_sum,
        )
        for row in digest_items(store, coverage=covered, start=start, end=end)
    ]  # fmt: skip


def differing(own: Iterable[WireItem], other: Iterable[WireItem]) -> list[list[Any]]:
    """Give the items of one day that differ: ``[data code, statistic type, own side, other side]``.

    A reading that only says *missing* is no difference, as in the fingerprint of the day.
    """
    sides = (_sides(own), _sides(other))
    return [
        [*key, list(mine), list(theirs)]
        for key in sorted(sides[0].keys() | sides[1].keys())
        for mine, theirs in ((sides[0].get(key, NOTHING), sides[1].get(key, NOTHING)),)
        if _counted(mine) != _counted(theirs)
    ]


def item_rows(day: ComparedDay) -> list[ItemRow]:
    """Give the kept differences of a day in numbers."""
    return [_row(data_code, stat_type, tuple(own), tuple(other)) for data_code, stat_type, own, other in day.items]


def _row(data_code: str, stat_type: int, own: Side, other: Side) -> ItemRow:
    sums = int(own[3]), int(other[3])
    return ItemRow(
        data_code, stat_type, own[0], other[0], own[1], other[1], sums[0] / MICRO, sums[1] / MICRO,
        (sums[0] - sums[1]) / MICRO,
    )  # fmt: skip


def _sides(items: Iterable[WireItem]) -> dict[tuple[str, int], Side]:
    return {
        (one.data_code, one.stat_type): (one.count, one.missing, one.estimated, one.sum, one.place_sum) for one in items
    }


def _counted(side: Side) -> tuple[object, ...]:
    """Give what the fingerprint is made of."""
    count, _missing, estimated, total, place = side
    return (count, estimated, total, place) if count else (0,)
