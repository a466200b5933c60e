"""Region overview (区域总览): how is my region doing?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from nenghao.hub.monitoring.charts import mix_chart, trend_chart
from nenghao.hub.monitoring.comparison import Compared, compare
from nenghao.hub.monitoring.shares import Shares, shares_over
from nenghao.hub.monitoring.span import Span
from nenghao.hub.registry.models import Device, Enterprise, Industry, Region
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.coverage import Coverage, coverage
from nenghao.readings.energy import EnergyTotal, PeriodTotal, totals_by_energy, totals_by_enterprise, totals_by_period
from nenghao.readings.uploads import UploadSummary, connected_enterprises, enterprise_summaries

RANKED = 10
"""Enterprises shown on the page; the export and the enterprise list have all."""


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """One energy of the total."""

    total: EnergyTotal
    share: float | None
    shares: Shares


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A sub-region, an industry or an enterprise, with its consumption."""

    key: str
    name: str
    enterprises: int
    tce: float | None
    before_tce: float | None
    change: float | None
    share: float | None
    complete: float | None

    @property
    def share_value(self) -> str:
        """The share for a progress bar, whatever the language of the page."""
        return f"{self.share or 0:.4f}"


@dataclass(frozen=True, slots=True)
class ToDo:
    """What waits for the officer."""

    pending_devices: int
    silent: Sequence[tuple[str, str]]
    """Code and name of enterprises with an approved device of which nothing was accepted today."""
    rejected_today: int


@dataclass(frozen=True, slots=True)
class RegionOverview:
    """Everything the page shows."""

    region: Region
    span: Span
    enterprises: int
    connected: int
    with_device: int
    complete: float | None
    estimated: float | None
    tce: Compared
    energies: Sequence[EnergyRow]
    industries: Sequence[GroupRow]
    subregions: Sequence[GroupRow]
    ranking: Sequence[GroupRow]
    todo: ToDo
    trend: Mapping[str, Any]
    mix: Mapping[str, Any]
    unconverted: int

    @property
    def top(self) -> Sequence[GroupRow]:
        """The largest enterprises."""
        return self.ranking[:RANKED]


def region_overview(
    *, store: ReadingStore, region: Region, enterprises: QuerySet[Enterprise], span: Span, now: datetime
) -> RegionOverview:
    """Gather the overview of ``enterprises`` (those of the region that the account may see) with a fixed number of
    queries, however many enterprises there are.
    """
    members = list(enterprises.values("id", "code", "name", "region__path", "industry_id"))
    ids = [member["id"] for member in members]
    slots = totals_by_period(store, enterprise_ids=ids, kind=span.slot_kind, start=span.before.start, end=span.end)
    tce = compare(slots, span)
    covered = {row.enterprise_id: row for row in covered_so_far(store, ids, span, now)}
    groups = _Groups(members, _tce_by_enterprise(store, ids, span, tce), covered)
    energies = totals_by_energy(store, enterprise_ids=ids, kind=span.kind, start=span.start, end=span.end)
    today = now.date()
    connected = connected_enterprises(store, enterprise_ids=ids, day=today)
    summaries = enterprise_summaries(store, enterprise_ids=ids, day=today)
    devices = list(Device.objects.filter(enterprise__in=enterprises).values_list("enterprise_id", "status"))
    with_device = {enterprise for enterprise, status in devices if status == DeviceStatus.APPROVED}
    due, measured, estimated = (
        sum(getattr(row, name) for row in covered.values()) for name in ("due", "measured", "estimated")
    )
    return RegionOverview(
        region=region, span=span, enterprises=len(ids), connected=len(connected), with_device=len(with_device),
        complete=(measured + estimated) / due if due else None, estimated=estimated / due if due else None,
        tce=tce, energies=_energy_rows(energies, slots, span, now), industries=groups.by_industry(),
        subregions=groups.by_subregion(region), ranking=groups.by_enterprise(),
        todo=_todo(members, devices, with_device - connected, summaries), trend=trend_chart(slots, span, now),
        mix=mix_chart([(row.energy_key, row.tce or 0.0) for row in energies]),
        unconverted=sum(row.unconverted for row in energies),
    )  # fmt: skip


def covered_so_far(store: ReadingStore, ids: Sequence[int], span: Span, now: datetime) -> Sequence[Coverage]:
    """Give the coverage of the part of ``span`` that has passed: whole days, or whole hours of a single day."""
    kind = PeriodKind.HOUR if span.kind is PeriodKind.DAY else PeriodKind.DAY
    until = min(span.end, kind.floor(now))
    return coverage(store, enterprise_ids=ids, kind=kind, start=span.start, end=max(until, span.start))


def _tce_by_enterprise(
    store: ReadingStore, ids: Sequence[int], span: Span, tce: Compared
) -> Mapping[int, tuple[float | None, float | None]]:
    """Give tce now and before of each enterprise; of the span before only as many slots as there are now."""
    now = totals_by_enterprise(store, enterprise_ids=ids, kind=span.kind, start=span.start, end=span.end)
    earlier = span.before
    end = earlier.slots[tce.slots] if tce.partial and tce.slots < len(earlier.slots) else earlier.end
    before = totals_by_enterprise(store, enterprise_ids=ids, kind=span.slot_kind, start=earlier.start, end=end)
    before_tce = {row.enterprise_id: row.tce for row in before}
    return {row.enterprise_id: (row.tce, before_tce.get(row.enterprise_id)) for row in now}


def _energy_rows(
    energies: Sequence[EnergyTotal], slots: Sequence[PeriodTotal], span: Span, now: datetime
) -> list[EnergyRow]:
    whole = sum(row.tce or 0.0 for row in energies)
    return [
        EnergyRow(
            row,
            row.tce / whole if row.tce is not None and whole else None,
            shares_over(
                (s for s in slots if s.energy_key == row.energy_key and s.period_start >= span.start), span, now
            ),
        )
        for row in energies
    ]


def _todo(
    members: Sequence[Mapping[str, Any]],
    devices: Sequence[tuple[int, str]],
    silent: set[int],
    summaries: Sequence[UploadSummary],
) -> ToDo:
    return ToDo(
        pending_devices=sum(1 for _enterprise, status in devices if status == DeviceStatus.PENDING),
        silent=[(member["code"], member["name"]) for member in members if member["id"] in silent],
        rejected_today=sum(row.rejected_on_day for row in summaries),
    )


class _Groups:
    """Sums the enterprises' figures by industry, by sub-region and one by one."""

    def __init__(
        self,
        members: Sequence[Mapping[str, Any]],
        tce: Mapping[int, tuple[float | None, float | None]],
        covered: Mapping[int, Coverage],
    ) -> None:
        self._members, self._tce, self._covered = members, tce, covered
        self._whole = sum(now or 0.0 for now, _before in tce.values())

    def by_enterprise(self) -> list[GroupRow]:
        """One row per enterprise, the largest first."""
        return _ranked(self._row(member["code"], member["name"], [member["id"]]) for member in self._members)

    def by_industry(self) -> list[GroupRow]:
        """One row per division of GB/T 4754 (two digits)."""
        grouped: dict[str, list[int]] = defaultdict(list)
        for member in self._members:
            grouped[member["industry_id"][:3]].append(member["id"])
        names = dict(Industry.objects.filter(code__in=grouped).values_list("code", "name"))
        return _ranked(self._row(code, names.get(code, code), ids) for code, ids in grouped.items())

    def by_subregion(self, region: Region) -> list[GroupRow]:
        """One row per child of the region that has enterprises."""
        grouped: dict[str, list[int]] = defaultdict(list)
        for member in self._members:
            below = member["region__path"].removeprefix(region.path)
            if below:
                grouped[below.split("/")[0]].append(member["id"])
        names = dict(Region.objects.filter(code__in=grouped).values_list("code", "name"))
        return _ranked(self._row(code, names.get(code, code), ids) for code, ids in grouped.items())

    def _row(self, key: str, name: str, ids: Sequence[int]) -> GroupRow:
        pairs = [self._tce[id_] for id_ in ids if id_ in self._tce]
        now = sum(n or 0.0 for n, _before in pairs) if any(n is not None for n, _before in pairs) else None
        before = sum(b or 0.0 for _now, b in pairs) if any(b is not None for _now, b in pairs) else None
        covered = [self._covered[id_] for id_ in ids if id_ in self._covered]
        due = sum(row.due for row in covered)
        return GroupRow(
            key, name, len(ids), now, before,
            (now - before) / before * 100 if now is not None and before else None,
            now / self._whole if now is not None and self._whole else None,
            sum(row.measured + row.estimated for row in covered) / due if due else None,
        )  # fmt: skip


def _ranked(rows: Any) -> list[GroupRow]:
    return sorted(rows, key=lambda row: (row.tce is None, -(row.tce or 0.0), row.key))


LOOK_BACK = timedelta(days=3660)
"""How far back the newest data is looked for."""
