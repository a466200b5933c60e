"""Sending days again, whatever the cursor says: after a difference, a wider policy, a mended refusal, a loss above."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

import numpy as np
from django.db import transaction

from nenghao.hub.chain.link import keep
from nenghao.hub.chain.models import Repair, RepairReason, Upstream
from nenghao.hub.chain.policy import Covered, coverage
from nenghao.hub.chain.readings_sync import send_readings
from nenghao.hub.chain.sending import Courier
from nenghao.hub.chain.surplus import withdrawals
from nenghao.readings import ReadingStore
from nenghao.readings.forwarding import CurrentReadings, day_readings, reading_span

AT_ONCE = 200
"""Repairs of the same days that are read and sent together."""
DAYS_AT_ONCE = 31


def run_repairs(
    store: ReadingStore, courier: Courier, upstream: Upstream, enterprises: dict[int, Covered], *, now: datetime
) -> int:
    """Do one group of repairs, those of the same days; give the number of readings sent, -1 when nothing waits."""
    first = Repair.objects.filter(upstream=upstream).first()
    if first is None:
        return -1
    alike = {"start": first.start, "end": first.end, "stat_types": first.stat_types, "withdraw": first.withdraw}
    group = list(Repair.objects.filter(upstream=upstream, **alike)[:AT_ONCE])
    chosen = {one.enterprise_id: enterprises[one.enterprise_id] for one in group if one.enterprise_id in enterprises}
    sent = 0
    for start, end in _spans(store, chosen, first.start, first.end):
        if first.withdraw:
            readings = withdrawals(store, courier, upstream, chosen, start=start, end=end)
        else:
            covered = coverage(upstream, chosen)
            readings = _only(day_readings(store, coverage=covered, start=start, end=end), first.stat_types)
        refused = send_readings(courier, chosen, readings, now=now)
        refused.keep(upstream.pk, now)
        sent += len(readings)
    with transaction.atomic():
        Repair.objects.filter(pk__in=[one.pk for one in group]).delete()
        upstream.upper_batch = courier.newest_batch
        keep(upstream, "upper_batch")
    return sent


def ask_repairs(
    upstream: Upstream,
    places: Iterable[tuple[int, date]],
    *,
    reason: RepairReason,
    now: datetime,
    withdraw: bool = False,
) -> None:
    """Have these days of enterprises sent again."""
    Repair.objects.bulk_create(
        (
            Repair(
                upstream=upstream, enterprise_id=pk, start=day, end=day + timedelta(days=1), reason=reason,
                withdraw=withdraw, asked_at=now,
            )
            for pk, day in sorted(places, key=lambda place: (place[1], place[0]))
        ),
        batch_size=500,
    )  # fmt: skip


def _spans(
    store: ReadingStore, chosen: dict[int, Covered], start: date | None, end: date | None
) -> Iterator[tuple[date, date]]:
    """Give the half-open parts of the days to send; without days: from the first reading to the last."""
    if not chosen:
        return
    if start is None or end is None:
        span = reading_span(store, enterprise_ids=chosen)
        if span is None:
            return
        start, end = span[0], span[1] + timedelta(days=1)
    while start < end:
        until = min(end, start + timedelta(days=DAYS_AT_ONCE))
        yield start, until
        start = until


def _only(readings: CurrentReadings, stat_types: str) -> CurrentReadings:
    """Give the readings of these statistic types."""
    chosen = np.isin(readings.stat_type, [int(digit) for digit in stat_types])
    return CurrentReadings(*(getattr(readings, name)[chosen] for name in CurrentReadings.__dataclass_fields__))
