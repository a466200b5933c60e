"""Enterprise page (用能单位): what did it use, and can I believe it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from nenghao.hub.monitoring.charts import load_chart, mix_chart
from nenghao.hub.monitoring.comparison import Compared, compare
from nenghao.hub.monitoring.energies import energy_colour
from nenghao.hub.monitoring.factors import CitedFactor, factors_by_id
from nenghao.hub.monitoring.overview import covered_so_far
from nenghao.hub.monitoring.shares import Shares, shares_of, shares_over
from nenghao.hub.monitoring.span import Span, slot_label, slot_span
from nenghao.hub.monitoring.words import unit_word
from nenghao.hub.registry.models import DataItem, Device, Enterprise
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import (
    EnergyCell,
    EnergyTotal,
    enterprise_cells,
    item_readings,
    totals_by_energy,
    totals_by_period,
)
from nenghao.readings.uploads import UploadSummary, enterprise_summaries

REALTIME = 0
"""Statistic type of the intervals of the load curve."""


@dataclass(frozen=True, slots=True)
class Mix:
    """One energy of the span: its total, share, and the factor behind its tce (``None``: several, or none)."""

    total: EnergyTotal
    share: float | None
    shares: Shares
    factor: CitedFactor | None


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One slot of the table: a cell for every energy of the page, in the order of :attr:`EnterprisePage.keys`."""

    start: datetime
    label: str
    span: Span | None
    cells: Sequence[EnergyCell | None]
    tce: float | None
    shares: Shares


@dataclass(frozen=True, slots=True)
class EnterprisePage:
    """Everything the page shows besides the load curve."""

    enterprise: Enterprise
    span: Span
    keys: Sequence[str]
    tce: Compared
    main_energy: str
    main_quantity: Compared | None
    complete: float | None
    estimated: float | None
    uploads: UploadSummary | None
    devices: int
    pending_devices: int
    mixes: Sequence[Mix]
    slots: Sequence[SlotRow]
    months: Sequence[SlotRow]
    mix: Mapping[str, Any]

    @property
    def slots_shown(self) -> Sequence[SlotRow]:
        """The newest day or month first; hours in the order of the day."""
        return self.slots if self.span.kind is PeriodKind.DAY else self.slots[::-1]

    @property
    def months_shown(self) -> Sequence[SlotRow]:
        """The newest month first."""
        return self.months[::-1]


def enterprise_page(*, store: ReadingStore, enterprise: Enterprise, span: Span, now: datetime) -> EnterprisePage:
    """Gather the page of one enterprise."""
    ids = [enterprise.pk]
    year = Span.of(PeriodKind.YEAR, span.start)
    trend = totals_by_period(store, enterprise_ids=ids, kind=span.slot_kind, start=span.before.start, end=span.end)
    energies = totals_by_energy(store, enterprise_ids=ids, kind=span.kind, start=span.start, end=span.end)
    cells = enterprise_cells(store, enterprise_ids=ids, kind=span.slot_kind, start=span.start, end=span.end)
    months = enterprise_cells(store, enterprise_ids=ids, kind=PeriodKind.MONTH, start=year.start, end=year.end)
    earlier_years = enterprise_cells(
        store, enterprise_ids=ids, kind=PeriodKind.YEAR, start=year.before.start, end=year.start
    )
    keys = [row.energy_key for row in energies]
    covered = covered_so_far(store, ids, span, now)
    due = sum(row.due for row in covered)
    statuses = list(Device.objects.filter(enterprise=enterprise).values_list("status", flat=True))
    summaries = enterprise_summaries(store, enterprise_ids=ids, day=now.date())
    main = "electricity" if "electricity" in keys or not keys else keys[0]
    return EnterprisePage(
        enterprise=enterprise, span=span, keys=keys, tce=compare(trend, span), main_energy=main,
        main_quantity=compare(trend, span, energy_key=main, field="quantity") if main in keys else None,
        complete=sum(row.measured + row.estimated for row in covered) / due if due else None,
        estimated=sum(row.estimated for row in covered) / due if due else None,
        uploads=summaries[0] if summaries else None, devices=statuses.count(DeviceStatus.APPROVED),
        pending_devices=statuses.count(DeviceStatus.PENDING), mixes=_mixes(energies, cells, span, now),
        slots=slot_rows(cells, keys, span, now, has_earlier=any(row.period_start < span.start for row in trend)),
        months=slot_rows(months, keys, year, now, has_earlier=bool(earlier_years)),
        mix=mix_chart([(row.energy_key, row.tce or 0.0) for row in energies]),
    )  # fmt: skip


def _mixes(energies: Sequence[EnergyTotal], cells: Sequence[EnergyCell], span: Span, now: datetime) -> list[Mix]:
    whole = sum(row.tce or 0.0 for row in energies)
    used: dict[str, set[str | None]] = {}
    for cell in cells:
        if cell.quantity is not None:
            used.setdefault(cell.energy_key, set()).add(cell.factor_id)
    known = factors_by_id(used)
    return [
        Mix(
            row,
            row.tce / whole if row.tce is not None and whole else None,
            shares_over((cell for cell in cells if cell.energy_key == row.energy_key), span, now),
            known.get(next(iter(ids)) or "") if len(ids := used.get(row.energy_key, set())) == 1 else None,
        )
        for row in energies
    ]


def slot_rows(
    cells: Sequence[EnergyCell], keys: Sequence[str], span: Span, now: datetime, *, has_earlier: bool
) -> list[SlotRow]:
    """Turn cells into one row per slot up to ``now``, with a column per energy; a slot without a cell is missing.

    What lies before the first data of all is not missing and has no row (``has_earlier``: there is data before).
    """
    by_slot: dict[datetime, dict[str, EnergyCell]] = {}
    for cell in cells:
        by_slot.setdefault(cell.period_start, {})[cell.energy_key] = cell
    rows = []
    for slot in span.slots:
        if slot >= now or not by_slot:
            break
        if slot < min(by_slot) and not has_earlier:
            continue
        found = by_slot.get(slot, {})
        known = [cell.tce for cell in found.values() if cell.tce is not None]
        rows.append(
            SlotRow(
                slot, slot_label(slot, span.slot_kind), slot_span(slot, span.slot_kind),
                [found.get(key) for key in keys],
                sum(known) if known else None,
                shares_of(list(found.values()), slot, span.slot_kind.next(slot), now),
            )
        )  # fmt: skip
    return rows


@dataclass(frozen=True, slots=True)
class LoadDay:
    """The load curve of one item on one day."""

    day: date
    items: Sequence[DataItem]
    item: DataItem | None
    chart: Mapping[str, Any] | None
    total: float | None
    peak: float | None
    peak_at: datetime | None
    counts: Mapping[str, int]
    """Intervals by state: measured, estimated, missing, corrected."""

    @property
    def previous(self) -> date:
        """The day before."""
        return self.day - timedelta(days=1)

    @property
    def following(self) -> date:
        """The day after."""
        return self.day + timedelta(days=1)


def load_day(*, store: ReadingStore, enterprise: Enterprise, day: date, data_code: str, now: datetime) -> LoadDay:
    """Give the day's intervals of the item chosen, or of the first electricity item."""
    items = list(
        DataItem.objects.filter(enterprise=enterprise, active=True)
        .exclude(energy_key="")
        .order_by("scope", "data_code")
    )
    item = choose_item(items, data_code)
    if item is None:
        return LoadDay(day, items, None, None, None, None, None, {})
    start = Span.of(PeriodKind.DAY, day).start
    rows = item_readings(
        store, enterprise_ids=[enterprise.pk], data_item_ids=[item.pk], stat_type=REALTIME, start=start,
        end=start + timedelta(days=1),
    )  # fmt: skip
    readings = {row.period_start: row for row in rows}
    step = timedelta(minutes=item.realtime_minutes)
    chart = load_chart(
        readings, start, step, unit=unit_word(item.base_unit), colour=energy_colour(item.energy_key), now=now
    )
    known = [row for row in rows if row.value is not None]
    peak = max(known, key=lambda row: row.value or 0.0, default=None)
    counts = {name: chart["states"].count(number) for number, name in enumerate(("measured", "estimated", "missing"))}
    return LoadDay(
        day, items, item, chart if rows else None, sum(row.value or 0.0 for row in known) if known else None,
        peak.value if peak else None, peak.period_start if peak else None,
        counts | {"corrected": len(chart["corrected"])},
    )  # fmt: skip


def choose_item(items: Sequence[DataItem], data_code: str) -> DataItem | None:
    """Give the item with the code, else the first electricity item, else the first."""
    named = [item for item in items if item.data_code == data_code]
    electric = [item for item in items if item.energy_key == "electricity"]
    return next(iter([*named, *electric, *items]), None)
