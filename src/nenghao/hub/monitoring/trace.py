"""Figure trace (数据溯源): where does this number come from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from nenghao.hub.corrections.models import Correction, Method
from nenghao.hub.monitoring.factors import CitedFactor, factors_by_id
from nenghao.hub.monitoring.shares import Shares, shares_of, shares_over
from nenghao.hub.monitoring.span import Span, slot_label, slot_span
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import (
    ItemCell,
    ItemReading,
    ReadingVersion,
    enterprise_cells,
    item_cells,
    item_readings,
    reading_versions,
)


@dataclass(frozen=True, slots=True)
class FactorPart:
    """quantity × factor = tce for the part of the figure that one factor was applied to."""

    factor: CitedFactor | None
    quantity: float | None
    tce: float | None
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class ItemPart:
    """One data item behind the figure, with its share states and source."""

    item: DataItem
    cell: ItemCell
    shares: Shares


@dataclass(frozen=True, slots=True)
class SlotPart:
    """One finer slot of the figure; ``span`` is where its own trace begins, ``None`` for an hour."""

    label: str
    span: Span | None
    quantity: float | None
    tce: float | None
    shares: Shares


@dataclass(frozen=True, slots=True)
class FigureTrace:
    """A figure and everything one level below it."""

    energy_key: str
    span: Span
    quantity: float | None
    tce: float | None
    parts: Sequence[FactorPart]
    items: Sequence[ItemPart]
    slots: Sequence[SlotPart]
    readings: Sequence[ReadingRow]


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One interval of one item on the day of the trace."""

    item: DataItem
    reading: ItemReading
    end: datetime


def figure_trace(
    *, store: ReadingStore, enterprise: Enterprise, energy_key: str, span: Span, now: datetime
) -> FigureTrace:
    """Take one energy's figure of an enterprise apart: by factor, by data item, by time; a day down to its readings."""
    ids = [enterprise.pk]
    whole = [c for c in enterprise_cells(store, enterprise_ids=ids, kind=span.kind, start=span.start, end=span.end)
             if c.energy_key == energy_key]  # fmt: skip
    cells = [c for c in item_cells(store, enterprise_ids=ids, kind=span.kind, start=span.start, end=span.end)
             if c.energy_key == energy_key]  # fmt: skip
    finer = [c for c in enterprise_cells(store, enterprise_ids=ids, kind=span.slot_kind, start=span.start, end=span.end)
             if c.energy_key == energy_key]  # fmt: skip
    items = {item.pk: item for item in DataItem.objects.filter(pk__in=[cell.data_item_id for cell in cells])}
    known = factors_by_id([energy_key])
    figure = whole[0] if whole else None
    counted = [cell for cell in cells if items[cell.data_item_id].counts_in_total]
    return FigureTrace(
        energy_key=energy_key, span=span,
        quantity=figure.quantity if figure else None, tce=figure.tce if figure else None,
        parts=_parts(counted, finer, known),
        items=_items(
            counted, item_cells(store, enterprise_ids=ids, kind=span.slot_kind, start=span.start, end=span.end),
            items, span, now,
        ),
        slots=[
            SlotPart(
                slot_label(c.period_start, span.slot_kind), slot_span(c.period_start, span.slot_kind), c.quantity,
                c.tce, shares_of([c], c.period_start, span.slot_kind.next(c.period_start), now),
            )
            for c in finer
        ],
        readings=_readings(store, enterprise, counted, items, span) if span.kind is PeriodKind.DAY else (),
    )  # fmt: skip


def _items(
    counted: Sequence[ItemCell], slots: Sequence[ItemCell], items: dict[int, DataItem], span: Span, now: datetime
) -> list[ItemPart]:
    by_item: dict[int, list[ItemCell]] = {}
    for slot in slots:
        by_item.setdefault(slot.data_item_id, []).append(slot)
    return [
        ItemPart(items[cell.data_item_id], cell, shares_over(by_item.get(cell.data_item_id, ()), span, now))
        for cell in counted
    ]


def _parts(counted: Sequence[ItemCell], finer: Sequence, known: dict[str, CitedFactor]) -> list[FactorPart]:
    """One part when one factor served the whole span; else the finer slots, gathered by factor."""
    rows = counted if all(cell.factor_id for cell in counted) else finer
    grouped: dict[str | None, list] = {}
    for row in rows:
        if row.quantity is not None:
            grouped.setdefault(row.factor_id, []).append(row)
    return [
        FactorPart(
            known.get(factor_id or ""),
            sum(row.quantity for row in found),
            sum(row.tce for row in found) if all(row.tce is not None for row in found) else None,
            min(row.period_start for row in found),
            max(row.period_start for row in found),
        )
        for factor_id, found in grouped.items()
    ]


def _readings(
    store: ReadingStore, enterprise: Enterprise, cells: Sequence[ItemCell], items: dict[int, DataItem], span: Span
) -> list[ReadingRow]:
    rows = item_readings(
        store, enterprise_ids=[enterprise.pk], data_item_ids=[cell.data_item_id for cell in cells], stat_type=0,
        start=span.start, end=span.end,
    )  # fmt: skip
    return [
        ReadingRow(
            items[row.data_item_id], row,
            row.period_start + timedelta(minutes=items[row.data_item_id].realtime_minutes),
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a reading, with the correction (补正) that made it, where one did."""

    version: ReadingVersion
    correction_id: int | None

    @property
    def method(self) -> str:
        """How a correction's values came about, in the language of the page."""
        return str(_METHODS.get(self.version.method, self.version.method))


_METHODS = {method.value: method.label for method in Method}


def history(
    *, store: ReadingStore, enterprise: Enterprise, item: DataItem, stat_type: int, period_start: datetime
) -> Sequence[VersionRow]:
    """Give every version of one reading, the current one first."""
    found = reading_versions(
        store, enterprise_ids=[enterprise.pk], data_item_id=item.pk, stat_type=stat_type, period_start=period_start
    )
    made = Correction.objects.filter(enterprise=enterprise, batch_id__in=[version.batch_id for version in found])
    by_batch = dict(made.values_list("batch_id", "pk"))
    return [VersionRow(version, by_batch.get(version.batch_id)) for version in found]
