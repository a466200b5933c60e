"""What stands above and not here: sent as *missing*, slot by slot, when an officer has asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import msgspec
import numpy as np

from nenghao.hub.chain.digests import DigestAnswer, DigestUpload, WireEnterprise, WireItem
from nenghao.hub.chain.models import Upstream
from nenghao.hub.chain.policy import Covered, coverage
from nenghao.hub.chain.sending import Courier
from nenghao.hub.registry.models import DataItem
from nenghao.protocol import InputType, StatType, WireState
from nenghao.readings import ReadingStore
from nenghao.readings.forwarding import CurrentReadings, day_readings

Slot = tuple[int, int, datetime]
"""Item, statistic type, period start (Beijing wall time)."""


def upper_items(
    courier: Courier, upstream: Upstream, enterprises: dict[int, Covered], *, start: date, end: date
) -> list[WireItem]:
    """Ask the platform above for counts and sums by item."""
    message = DigestUpload(
        device_id=upstream.device_id, start=start.isoformat(), end=end.isoformat(), items=True,
        stat_types=upstream.stat_types,
        enterprises=[WireEnterprise(one.code, one.sends_realtime(upstream)) for one in enterprises.values()],
    )  # fmt: skip
    body = courier.link.post("digest", msgspec.json.encode(message))
    return msgspec.json.decode(body, type=DigestAnswer).items


def withdrawals(
    store: ReadingStore,
    courier: Courier,
    upstream: Upstream,
    enterprises: dict[int, Covered],
    *,
    start: date,
    end: date,
) -> CurrentReadings:
    """Give *missing* for every slot that the platform above may have a value in and this hub has none."""
    own = day_readings(store, coverage=coverage(upstream, enterprises), start=start, end=end)
    known = ~np.isnan(own.value)
    here = set(zip(
        own.data_item_id[known].tolist(), own.stat_type[known].tolist(),
        own.period_start[known].astype("datetime64[s]").tolist(), strict=True,
    ))  # fmt: skip
    counts: dict[tuple[int, int, date], int] = {}
    for item, stat_type, moment in here:
        place = (item, stat_type, moment.date())
        counts[place] = counts.get(place, 0) + 1
    items = {(one.enterprise.code, one.data_code): one for one in _items(enterprises)}
    slots: list[tuple[int, Slot]] = []
    for row in upper_items(courier, upstream, enterprises, start=start, end=end):
        item = items.get((row.enterprise_code, row.data_code))
        day = date.fromisoformat(row.day)
        if item is None or row.count <= counts.get((item.pk, row.stat_type, day), 0):
            continue
        slots += [(item.enterprise_id, slot) for slot in _slots(item, row.stat_type, day) if slot not in here]
    return _missing(sorted(slots))


def _items(enterprises: dict[int, Covered]) -> list[DataItem]:
    return list(DataItem.objects.filter(enterprise_id__in=list(enterprises)).select_related("enterprise"))


def _slots(item: DataItem, stat_type: int, day: date) -> Iterator[Slot]:
    """Give the period starts of an item on a day."""
    midnight = datetime.combine(day, time())
    if stat_type != StatType.REAL_TIME:
        yield item.pk, stat_type, midnight
        return
    for minute in range(0, 1440, item.realtime_minutes):
        yield item.pk, stat_type, midnight + timedelta(minutes=minute)


def _missing(slots: list[tuple[int, Slot]]) -> CurrentReadings:
    count = len(slots)
    return CurrentReadings(
        enterprise_id=np.array([pk for pk, _ in slots], dtype=np.int64),
        data_item_id=np.array([slot[0] for _, slot in slots], dtype=np.int64),
        stat_type=np.array([slot[1] for _, slot in slots], dtype=np.uint8),
        period_start=np.array([slot[2] for _, slot in slots], dtype="datetime64[s]"),
        value=np.full(count, np.nan), state=np.full(count, int(WireState.MISSING), dtype=np.uint8),
        input_type=np.full(count, int(InputType.OTHER), dtype=np.uint8),
    )  # fmt: skip
