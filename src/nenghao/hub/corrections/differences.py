"""What was filed for a closed month against what it would be now, and which batches made the difference (差异报告)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nenghao.hub.corrections.closing import month_span
from nenghao.hub.corrections.models import ClosedFigure, ClosedMonth, Correction
from nenghao.hub.registry.models import DataItem
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import EnergyCell, ItemCell, enterprise_cells, item_cells, totals_by_enterprise
from nenghao.readings.series import Change, changed_since

SAME = 1e-9
"""Two sums of the same readings may differ by rounding; a relative difference below this is none."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity of an enterprise's month with its share of missing time; ``None`` is not known."""

    quantity: float | None
    tce: float | None
    missing_ratio: float
    factor_id: str


NOTHING = Figure(None, None, 1.0, "")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure as filed and as it would be now; ``item`` is ``None`` for the total of an energy."""

    energy_key: str
    data_code: str
    name: str
    base_unit: str
    filed: Figure
    now: Figure

    @property
    def quantity(self) -> float | None:
        """Difference of the quantity [base unit]: now less filed; what was not known counts as nothing."""
        return difference(self.filed.quantity, self.now.quantity)

    @property
    def tce(self) -> float | None:
        """Difference [tce]."""
        return difference(self.filed.tce, self.now.tce)

    @property
    def is_changed(self) -> bool:
        """Whether quantity or tce differ by more than rounding."""
        return not (same(self.filed.quantity, self.now.quantity) and same(self.filed.tce, self.now.tce))

    @property
    def factor_changed(self) -> bool:
        """Whether another coal-equivalent factor is in force now than when the month was closed."""
        return self.filed.factor_id != self.now.factor_id


@dataclass(frozen=True, slots=True)
class Cause:
    """One batch after the closing that changed an item, with the correction it carried, where it was one."""

    change: Change
    item: DataItem | None
    correction_id: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """The difference report of one edition."""

    closed: ClosedMonth
    tce_now: float | None
    energies: Sequence[Difference]
    items: Sequence[Difference]
    causes: Sequence[Cause]

    @property
    def changed(self) -> Sequence[Difference]:
        """The figures that differ, energies first."""
        return [row for row in (*self.energies, *self.items) if row.is_changed]

    @property
    def tce_change(self) -> float | None:
        """Difference of the enterprise's total [tce]."""
        return difference(self.closed.tce, self.tce_now)


def same(filed: float | None, now: float | None) -> bool:
    """Tell whether two figures are the same but for rounding; unknown is the same only as unknown."""
    if filed is None or now is None:
        return filed is now
    return abs(now - filed) <= SAME * max(abs(filed), abs(now))


def difference(filed: float | None, now: float | None) -> float | None:
    """Give now less filed; exactly nothing where they differ by rounding only."""
    if same(filed, now):
        return None if filed is None else 0.0
    return (now or 0.0) - (filed or 0.0)


def report(*, store: ReadingStore, closed: ClosedMonth) -> Report:
    """Compare an edition with the present figures: three questions to the store, whatever the number of items."""
    start, end = month_span(closed.month)
    span = {"enterprise_ids": [closed.enterprise_id], "kind": PeriodKind.MONTH, "start": start, "end": end}
    figures = list(ClosedFigure.objects.filter(closed_month=closed))
    energies = {cell.energy_key: cell for cell in enterprise_cells(store, **span)}
    cells = {cell.data_item_id: cell for cell in item_cells(store, **span)}
    items = DataItem.objects.in_bulk({*cells, *(f.data_item_id for f in figures if f.data_item_id)})
    filed = {f.data_item_id: f for f in figures if f.data_code}
    changes = changed_since(store, data_item_ids=list(items), mark=closed.last_batch_id, start=start, end=end)
    return Report(
        closed, sum_tce(energies.values()),
        _by_energy({f.energy_key: f for f in figures if not f.data_code}, energies),
        _by_item(filed, cells, items), _causes(changes, items),
    )  # fmt: skip


def sum_tce(cells: Iterable[EnergyCell]) -> float | None:
    """Add what is known [tce]."""
    known = [cell.tce for cell in cells if cell.tce is not None]
    return sum(known) if known else None


def _by_energy(filed: Mapping[str, ClosedFigure], now: Mapping[str, EnergyCell]) -> list[Difference]:
    return [
        Difference(key, "", "", "", _figure(filed.get(key)), _figure(now.get(key)))
        for key in [*filed, *(key for key in now if key not in filed)]
    ]


def _by_item(
    filed: Mapping[int | None, ClosedFigure], now: Mapping[int, ItemCell], items: Mapping[int, DataItem]
) -> list[Difference]:
    rows = []
    for pk in [*filed, *(pk for pk in now if pk not in filed)]:
        then, item, cell = filed.get(pk), items.get(pk or 0), now.get(pk or 0)
        energy = then.energy_key if then else cell.energy_key if cell else ""
        code, name, unit = (
            (then.data_code, then.name, then.base_unit) if then
            else (item.data_code, item.name, item.base_unit) if item else ("", "", "")
        )  # fmt: skip
        rows.append(Difference(energy, code, name, unit, _figure(then), _figure(cell)))
    return rows


def _figure(found: ClosedFigure | EnergyCell | ItemCell | None) -> Figure:
    if found is None:
        return NOTHING
    return Figure(found.quantity, found.tce, found.missing_ratio, found.factor_id or "")


def _causes(changes: Sequence[Change], items: Mapping[int, DataItem]) -> list[Cause]:
    by_batch = dict(
        Correction.objects.filter(batch_id__in={change.batch_id for change in changes}).values_list("batch_id", "pk")
    )
    return [Cause(change, items.get(change.data_item_id), by_batch.get(change.batch_id)) for change in changes]


@dataclass(frozen=True, slots=True)
class MonthLine:
    """One enterprise in the list of a month: its last edition, and the total as it would be now [tce]."""

    enterprise_id: int
    closed: ClosedMonth | None
    tce_now: float | None

    @property
    def tce_change(self) -> float | None:
        """Difference [tce] against the edition that holds; nothing for an open month."""
        return difference(self.closed.tce, self.tce_now) if self.closed else None


def month_lines(*, store: ReadingStore, enterprise_ids: Sequence[int], month: date) -> dict[int, MonthLine]:
    """Give the state of a month of many enterprises: one question to the store, one to the database."""
    start, end = month_span(month)
    now = {
        total.enterprise_id: total.tce
        for total in totals_by_enterprise(
            store, enterprise_ids=enterprise_ids, kind=PeriodKind.MONTH, start=start, end=end
        )
    }
    rows = ClosedMonth.objects.filter(month=month, enterprise__in=list(enterprise_ids)).order_by("edition")
    last = {row.enterprise_id: row for row in rows.select_related("closed_by", "reopened_by")}
    return {pk: MonthLine(pk, last.get(pk), now.get(pk)) for pk in enterprise_ids}
