"""Both sides of a comparison (数据比对): two figures that should agree, row by row, and what was found about them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from nenghao.hub.evidence.services import MonthFigures, figures
from nenghao.hub.monitoring.energies import energy_name, energy_unit
from nenghao.hub.monitoring.exports import Sheet
from nenghao.hub.monitoring.span import Span
from nenghao.hub.monitoring.words import unit_word
from nenghao.hub.quality_review.findings import Problem, check_rule, problems, rules_of
from nenghao.hub.quality_review.scoring import bounds
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.hub.registry.models.collection import Scope
from nenghao.periods import PeriodKind, from_wall
from nenghao.quality import codes
from nenghao.quality.rules import CheckRule
from nenghao.readings import ReadingStore
from nenghao.readings.energy import item_cells
from nenghao.readings.quality import ItemDayMeasures, findings, item_day_measures, scope_balance
from nenghao.reporting import Column

FINDINGS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class PairRow:
    """One row: what should agree, from both sides; None where a side is not (wholly) known."""

    label: str
    left: float | None
    right: float | None
    note: str = ""

    @property
    def gap(self) -> float | None:
        """Right minus left."""
        return None if self.left is None or self.right is None else self.right - self.left

    @property
    def ratio(self) -> float | None:
        """The gap against the left side."""
        return None if self.gap is None or not self.left else self.gap / abs(self.left)


@dataclass(frozen=True, slots=True)
class Part:
    """One data item that is part of a side."""

    item: DataItem
    is_left: bool
    quantity: float | None
    tce: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides as a table, what they are made of, and the findings."""

    rule: CheckRule
    left_name: str
    right_name: str
    unit: str
    rows: Sequence[PairRow]
    parts: Sequence[Part]
    problems: Sequence[Problem]
    energy_key: str

    @property
    def sheet(self) -> Sheet:
        """The table as it is exported."""
        left, right = Column(self.left_name, "number", self.unit), Column(self.right_name, "number", self.unit)
        gap, ratio = Column(_("差"), "number", self.unit), Column(_("偏差"), "percent")
        columns = [Column(_("时间")), left, right, gap, ratio, Column(_("说明"))]
        values = [[row.label, row.left, row.right, row.gap, row.ratio, row.note] for row in self.rows]
        return Sheet("comparison", _("数据比对"), columns, values, [(_("依据"), self.rule.clause)])


@dataclass(frozen=True, slots=True)
class _Asked:
    store: ReadingStore
    enterprise: Enterprise
    span: Span
    item: DataItem | None
    energy_key: str
    now: datetime


_Table = tuple[str, str, str, Sequence[PairRow], Sequence[Part]]
"""Left name, right name, unit, rows, parts."""


def comparison(
    *, store: ReadingStore, enterprise: Enterprise, check_code: str, span: Span, item: DataItem | None,
    energy_key: str, now: datetime,
) -> Comparison | None:  # fmt: skip
    """Give both sides of a check; None for one that compares nothing."""
    if check_code not in codes.COMPARISON_CODES:
        return None
    asked = _Asked(store, enterprise, span, item, energy_key or (item.energy_key if item else ""), now)
    left, right, unit, rows, parts = _TABLES.get(check_code, _nothing)(asked)
    rules = rules_of(enterprise, span)
    found = findings(
        store, enterprise_ids=[enterprise.pk], start=span.start, end=span.end, check_codes=[check_code],
        data_item_ids=[item.pk] if item else (), limit=FINDINGS_SHOWN,
    )  # fmt: skip
    chosen = [row for row in found if not energy_key or row.energy_key in (None, energy_key)]
    items = {one.pk: one for one in DataItem.objects.filter(enterprise=enterprise)}
    return Comparison(
        check_rule(rules, check_code), left, right, unit, rows, parts,
        problems(chosen, enterprise=enterprise, items=items, rules=rules), asked.energy_key,
    )  # fmt: skip


def _nothing(_asked: _Asked) -> _Table:
    return "", "", "", (), ()


def _known_sum(rows: Iterable[ItemDayMeasures]) -> float | None:
    """Give the sum of days of which everything is known; a hole makes the sum unknown."""
    total = 0.0
    for row in rows:
        if row.value_sum is None or row.records_missing:
            return None
        total += row.value_sum
    return total


def _days(asked: _Asked, start: date, end: date) -> dict[int, dict[date, ItemDayMeasures]]:
    """Give the item's days by statistic type."""
    assert asked.item is not None
    rows = item_day_measures(
        asked.store, enterprise_ids=[asked.enterprise.pk], start=start, end=end, data_item_ids=[asked.item.pk]
    )
    grouped: dict[int, dict[date, ItemDayMeasures]] = defaultdict(dict)
    for row in rows:
        grouped[row.stat_type][row.day] = row
    return grouped


def _day_against_hours(asked: _Asked) -> _Table:
    """Each day's record against the sum of that day's real-time intervals."""
    names = _("日数据"), _("实时数据之和")
    if asked.item is None:
        return *names, "", (), ()
    start, end = bounds(asked.span, asked.now)
    found = _days(asked, start, end)
    rows = [
        PairRow(f"{day}", _known_sum([found[1][day]] if day in found[1] else []) if day in found[1] else None,
                _known_sum([found[0][day]]) if day in found[0] else None, _holes(found[0].get(day)))
        for day in sorted({*found[0], *found[1]})
    ]  # fmt: skip
    return *names, unit_word(asked.item.base_unit), rows, ()


def _holes(row: ItemDayMeasures | None) -> str:
    if row is None or not row.records_missing:
        return ""
    return _("缺 %(count)s 个时段") % {"count": row.records_missing}


def _month_against_days(asked: _Asked) -> _Table:
    """Each month's record against the sum of its day records, for the year that the span lies in."""
    names = _("月数据"), _("日数据之和")
    if asked.item is None:
        return *names, "", (), ()
    year = Span.of(PeriodKind.YEAR, asked.span.start)
    start, end = bounds(year, asked.now)
    found = _days(asked, start, end)
    days: dict[date, list[ItemDayMeasures]] = defaultdict(list)
    for day, row in found[1].items():
        days[day.replace(day=1)].append(row)
    rows = []
    for month in sorted({*found[2], *days}):
        record, lacking = found[2].get(month), sum(row.records_missing for row in days[month])
        note = _("缺 %(count)s 天") % {"count": lacking} if lacking else ""
        rows.append(PairRow(
            f"{month:%Y-%m}", record.value_sum if record else None, _known_sum(days[month]) if days[month] else None,
            note,
        ))  # fmt: skip
    return *names, unit_word(asked.item.base_unit), rows, ()


def _plant_against_processes(asked: _Asked) -> _Table:
    """Plant against processes by day, in the energy's unit; which items make up which side."""
    ids = [asked.enterprise.pk]
    start, end = bounds(asked.span, asked.now)
    daily = scope_balance(asked.store, enterprise_ids=ids, start=start, end=end)
    key = asked.energy_key or next((row.energy_key for row in daily), "")
    lacking = _("有应收未知的数据项，不计入平衡")
    rows = [
        PairRow(f"{row.day}", row.plant_quantity, row.process_quantity, "" if row.plant_tce is not None else lacking)
        for row in daily
        if row.energy_key == key
    ]
    return _("全厂"), _("各工序之和"), energy_unit(key), rows, _parts(asked, key)


def _parts(asked: _Asked, energy_key: str) -> list[Part]:
    """Give what the two sides are made of: the plant's items that count in the total, and the processes' items."""
    cells = item_cells(
        asked.store, enterprise_ids=[asked.enterprise.pk], kind=asked.span.kind, start=asked.span.start,
        end=asked.span.end,
    )  # fmt: skip
    known = {cell.data_item_id: cell for cell in cells}
    items = DataItem.objects.filter(enterprise=asked.enterprise, active=True, energy_key=energy_key)
    return [
        Part(one, one.scope == Scope.PLANT, cell.quantity if cell else None, cell.tce if cell else None)
        for one in items.order_by("scope", "data_code")
        if (one.scope == Scope.PLANT and one.counts_in_total) or one.scope == Scope.PROCESS
        for cell in [known.get(one.pk)]
    ]


def _by_figures(
    asked: _Asked, left: str, right: str, pair: Callable[[MonthFigures, int], tuple[float, float]],
    own: bool = False,
) -> _Table:  # fmt: skip
    """Compare monthly figures with each other, or (``own``) with the metered month of the year that is looked at."""
    year = Span.of(PeriodKind.YEAR, asked.span.start)
    table = figures(enterprise_ids=[asked.enterprise.pk], months=[slot.date() for slot in year.slots])
    metered = _metered_months(asked, year) if own else {}
    rows = []
    for number in range(len(table)):
        key = str(table.energy_key[number])
        if asked.energy_key and key != asked.energy_key:
            continue
        month = from_wall(table.month[number].astype("datetime64[s]").item())
        first, second = pair(table, number)
        second_known = metered.get((key, month)) if own else _or_none(second)
        label = f"{month:%Y-%m}" if asked.energy_key else f"{month:%Y-%m} {energy_name(key)}"
        rows.append(PairRow(label, _or_none(first), second_known, _provenance(table, number)))
    return left, right, energy_unit(asked.energy_key), rows, ()


def _provenance(table: MonthFigures, number: int) -> str:
    """Spell out the stocks behind a balance where they were filed."""
    opening, closing = table.opening_stock[number], table.closing_stock[number]
    if math.isnan(opening) or math.isnan(closing):
        return ""
    return _("期初 %(opening)s，期末 %(closing)s") % {"opening": f"{opening:,.2f}", "closing": f"{closing:,.2f}"}


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _metered_months(asked: _Asked, year: Span) -> dict[tuple[str, datetime], float]:
    """Give the enterprise's own metered month of each energy, from what counts in the total."""
    cells = item_cells(
        asked.store, enterprise_ids=[asked.enterprise.pk], kind=PeriodKind.MONTH, start=year.start, end=year.end
    )
    counted = set(
        DataItem.objects.filter(enterprise=asked.enterprise, counts_in_total=True).values_list("pk", flat=True)
    )
    found: dict[tuple[str, datetime], float] = defaultdict(float)
    for cell in cells:
        if cell.data_item_id in counted and cell.quantity is not None:
            found[cell.energy_key, cell.period_start] += cell.quantity
    return dict(found)


def _stock_balance(asked: _Asked) -> _Table:
    def pair(table: MonthFigures, n: int) -> tuple[float, float]:
        balance = table.purchase[n] + table.opening_stock[n] - table.closing_stock[n]
        return float(table.consumption[n]), float(balance)

    return _by_figures(asked, _("消费量"), _("购进 + 期初库存 − 期末库存"), pair)


def _supplier_against_own(asked: _Asked) -> _Table:
    def pair(table: MonthFigures, n: int) -> tuple[float, float]:
        return float(table.supplier[n]), math.nan

    return _by_figures(asked, _("供能单位结算量"), _("本单位计量"), pair, own=True)


_TABLES: Mapping[str, Callable[[_Asked], Any]] = {
    codes.DAY_AGAINST_HOURS: _day_against_hours,
    codes.MONTH_AGAINST_DAYS: _month_against_days,
    codes.PLANT_AGAINST_PROCESSES: _plant_against_processes,
    codes.STOCK_BALANCE: _stock_balance,
    codes.SUPPLIER_AGAINST_OWN: _supplier_against_own,
}
