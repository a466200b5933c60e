"""Reconciliation: what was compared over one link in a month, and the totals by region and energy of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.chain import details
from nenghao.hub.chain.models import DayState, ForwardedDay, Platform, ReceivedDay, Upstream
from nenghao.hub.chain.platforms import visible_platforms
from nenghao.hub.chain.upstreams import visible_upstreams
from nenghao.hub.registry.models import DataItem, Region
from nenghao.readings import ReadingStore
from nenghao.readings.uploads import data_days

TOLERANCE = 1e-9
"""Two sums of the same doubles in another order differ by less than this share."""


@dataclass(frozen=True, slots=True)
class LinkChoice:
    """A link that can be chosen: ``up-3`` or ``down-2`` in the URL."""

    key: str
    name: str
    upstream: Upstream | None = None
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class TotalRow:
    """One region and energy over the month, both sides; ``difference_tce`` own less other."""

    region: str
    energy_key: str
    own_tce: float
    other_tce: float

    @property
    def difference_tce(self) -> float:
        """Own less other [tce], 0 where only the order of summing differs."""
        difference = self.own_tce - self.other_tce
        return 0.0 if abs(difference) <= TOLERANCE * max(abs(self.own_tce), abs(self.other_tce)) else difference


@dataclass(frozen=True, slots=True, kw_only=True)
class DayItem(details.ItemRow):
    """An item of a day that differs, with its name and the unit [base unit] of its sums."""

    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Enterprise-days of the month by result; ``open``: there are readings, nobody has compared them yet."""

    equal: int
    differs: int
    surplus: int
    open: int


def links(account: Account) -> list[LinkChoice]:
    """Give the links that the account may look at: those up that its enterprises take, those down into its node."""
    region = account.region
    if region is None:
        return []
    above = Upstream.objects.filter(region_id__in=region.ancestor_codes) | Upstream.objects.filter(
        pk__in=visible_upstreams(account).values("pk")
    )
    below = Platform.objects.filter(region_id__in=region.ancestor_codes) | Platform.objects.filter(
        pk__in=visible_platforms(account).values("pk")
    )
    return [LinkChoice(f"up-{one.pk}", one.name, upstream=one) for one in above.distinct()] + [
        LinkChoice(f"down-{one.pk}", one.name, platform=one) for one in below.distinct()
    ]


def compared_days(account: Account, link: LinkChoice, start: date, end: date) -> QuerySet[Any]:
    """Give the compared days ``[start, end)`` of a link, of the enterprises that the account sees."""
    rows: QuerySet[Any] = (
        ForwardedDay.objects.filter(upstream=link.upstream)
        if link.upstream is not None
        else ReceivedDay.objects.filter(platform=link.platform)
    )
    seen = visible_enterprises(account)
    return rows.filter(enterprise__in=seen, day__gte=start, day__lt=end).select_related("enterprise__region")


def day_items(day: Any) -> list[DayItem]:
    """Give the items of a compared day that differ, with their names and units as the registry knows them."""
    rows = details.item_rows(day)
    facts = {
        code: (name, unit)
        for code, name, unit in DataItem.objects.filter(
            enterprise_id=day.enterprise_id, data_code__in={row.data_code for row in rows}
        ).values_list("data_code", "name", "base_unit")
    }
    return [_day_item(row, *facts.get(row.data_code, ("", ""))) for row in rows]


def _day_item(row: details.ItemRow, name: str, unit: str) -> DayItem:
    return DayItem(**asdict(row), name=name, unit=unit)


def counts(store: ReadingStore, account: Account, link: LinkChoice, start: date, end: date) -> Counts:
    """Count the enterprise-days of a month by result."""
    states = list(compared_days(account, link, start, end).values_list("state", flat=True))
    region = link.upstream.region if link.upstream else link.platform.region if link.platform else None
    ids = visible_enterprises(account).filter(region__path__startswith=region.path if region else "-")
    with_data = data_days(store, enterprise_ids=ids.values_list("pk", flat=True), start=start, end=end)
    days = sum(row.days for row in with_data)
    return Counts(
        states.count(DayState.EQUAL), states.count(DayState.DIFFERS), states.count(DayState.SURPLUS),
        max(0, days - len(states)),
    )  # fmt: skip


def totals(rows: QuerySet[Any], account: Account) -> Sequence[TotalRow]:
    """Sum both sides by region (the level below the account's) and energy [tce]."""
    found: dict[tuple[str, str], list[float]] = {}
    base = account.region.path if account.region else ""
    for path, own, other in rows.values_list("enterprise__region__path", "own_totals", "other_totals"):
        region = (path.removeprefix(base).split("/")[0]) or path.rstrip("/").split("/")[-1]
        for energy in own.keys() | other.keys():
            place = found.setdefault((region, energy), [0.0, 0.0])
            place[0] += (own.get(energy) or (0, 0))[1] or 0.0
            place[1] += (other.get(energy) or (0, 0))[1] or 0.0
    names = dict(Region.objects.filter(pk__in={region for region, _ in found}).values_list("code", "name"))
    return [TotalRow(names.get(region, region), energy, *sums) for (region, energy), sums in sorted(found.items())]


def tce(totals_of_day: dict[str, Sequence[float | None]]) -> float | None:
    """Give the sum of a day's energies [tce], ``None`` where nothing is known."""
    known = [pair[1] for pair in totals_of_day.values() if pair[1] is not None]
    return sum(known) if known else None


def month_of(text: str, today: date) -> tuple[date, date]:
    """Give the half-open month of ``yyyy-MM``, this month for anything else."""
    try:
        start = date.fromisoformat(f"{text}-01")
    except ValueError:
        start = today.replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1)
