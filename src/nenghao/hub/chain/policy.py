"""What an upstream is sent: which enterprises, of which of them also real-time readings."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from nenghao.hub.chain.models import Upstream, UpstreamKind
from nenghao.hub.registry.models import Enterprise
from nenghao.readings.forwarding import Coverage

RECORDS = "123"
"""Day, month and year: of every enterprise."""


@dataclass(frozen=True, slots=True)
class Covered:
    """An enterprise that is forwarded: its key, code, energy consume level, and whether in real time."""

    pk: int
    code: str
    is_realtime: bool

    def stat_types(self, upstream: Upstream) -> str:
        """Give the statistic types that go upward of all its items."""
        return "".join(sorted({*upstream.stat_types, *("0" if self.is_realtime else "")}))

    def sends_realtime(self, upstream: Upstream) -> bool:
        """Tell whether real-time slots of all its items go upward: by its level, by name, or because all do."""
        return "0" in self.stat_types(upstream)


def enterprises_of(upstream: Upstream) -> QuerySet[Enterprise]:
    """Give the enterprises that an upstream is told of: those of its region, or the one whose device this hub is."""
    if upstream.kind == UpstreamKind.DEVICE:
        return Enterprise.objects.filter(pk=upstream.enterprise_id)
    return Enterprise.objects.filter(region__path__startswith=upstream.region.path)


def covered(upstream: Upstream) -> dict[int, Covered]:
    """Give every enterprise that is forwarded, by key."""
    listed = set(upstream.realtime_enterprises)
    level = upstream.realtime_level
    rows = enterprises_of(upstream).values_list("pk", "code", "energy_consume_level")
    return {
        pk: Covered(pk, code, code in listed or (level is not None and (own_level or 0) >= level))
        for pk, code, own_level in rows
    }


def coverage(upstream: Upstream, enterprises: dict[int, Covered]) -> Coverage:
    """Give the enterprises and statistic types in the form that the reading store is asked in."""
    return Coverage(
        enterprise_ids=tuple(enterprises),
        realtime_ids=tuple(pk for pk, one in enterprises.items() if one.sends_realtime(upstream)),
        stat_types="".join(digit for digit in upstream.stat_types if digit != "0"),
    )
