"""The store's rules in plain Python: a dictionary of newest versions, summed in the most obvious way."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from nenghao.readings import FactorRow, ItemRow, ReadingBatch

UNITS = ("hour", "day", "month", "year")


@dataclass
class Cell:
    """Quantity, tce and the shares of one item in one period."""

    quantity: float | None
    tce: float | None
    measured: float
    estimated: float
    source: int

    def rounded(self) -> tuple:
        numbers = (self.quantity, self.tce, self.measured, self.estimated)
        return (*(None if n is None else round(n, 6) for n in numbers), self.source)


def total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def start_of(unit: str, instant: datetime) -> datetime:
    zeros = {"minute": 0, "second": 0}
    if unit != "hour":
        zeros |= {"hour": 0}
    if unit in ("month", "year"):
        zeros |= {"day": 1}
    if unit == "year":
        zeros |= {"month": 1}
    return instant.replace(**zeros)


def days_in(unit: str, start: datetime) -> int:
    if unit == "day":
        return 1
    return calendar.monthrange(start.year, start.month)[1] if unit == "month" else 365 + calendar.isleap(start.year)


@dataclass
class Model:
    """Newest readings by key, and the dimensions."""

    newest: dict[tuple[int, int, datetime], tuple[float | None, int]] = field(default_factory=dict)
    items: dict[int, ItemRow] = field(default_factory=dict)
    factors: list[FactorRow] = field(default_factory=list)

    def take(self, batch: ReadingBatch) -> None:
        names = ("data_item_id", "stat_type", "period_start", "value", "state")
        columns = [batch.columns[name].tolist() for name in names]
        for item, stat_type, start, value, state in zip(*columns, strict=True):
            self.newest[item, stat_type, start] = (None if state == 2 else value, state)

    def tce(self, item: ItemRow, quantity: float | None, start: datetime) -> float | None:
        for factor in self.factors:
            until = factor.valid_until
            if (
                factor.energy_key == item.energy_key
                and factor.valid_from <= start.date()
                and (until is None or start.date() < until)
            ):
                return None if quantity is None else quantity * factor.kgce_per_unit / 1000
        return None

    def cells(self) -> dict[tuple[str, int, datetime], Cell]:
        """Give every cell of every known item by (period kind, item, period start)."""
        answer = {}
        for item in self.items.values():
            lower = self._hours(item)
            answer |= {("hour", item.id, start): cell for start, cell in lower.items()}
            for stat_type, unit in ((1, "day"), (2, "month"), (3, "year")):
                lower = self._level(item, stat_type, unit, lower)
                answer |= {(unit, item.id, start): cell for start, cell in lower.items()}
        return answer

    def _hours(self, item: ItemRow) -> dict[datetime, Cell]:
        rows = defaultdict(list)
        for (number, stat_type, start), reading in self.newest.items():
            if number == item.id and stat_type == 0:
                rows[start_of("hour", start)].append(reading)
        cells = {}
        for start, readings in rows.items():
            expected = max(60 // item.realtime_minutes, len(readings))
            shares = [sum(state == wanted for _, state in readings) / expected for wanted in (0, 1)]
            quantity = total(value for value, _ in readings)
            cells[start] = Cell(quantity, self.tce(item, quantity, start), shares[0], shares[1], 0)
        return cells

    def _level(self, item: ItemRow, stat_type: int, unit: str, lower: dict[datetime, Cell]) -> dict[datetime, Cell]:
        records = {s: r for (number, kind, s), r in self.newest.items() if number == item.id and kind == stat_type}
        parts = defaultdict(dict)
        for start, cell in lower.items():
            parts[start_of(unit, start)][start] = cell
        return {
            start: self._one(item, stat_type, start, records.get(start), parts.get(start))
            for start in records.keys() | parts.keys()
        }

    def _one(self, item, stat_type, start, record, parts) -> Cell:
        known = total(cell.quantity for cell in (parts or {}).values())
        if record and (record[0] is not None or known is None):
            return Cell(
                record[0], self.tce(item, record[0], start), float(record[1] == 0), float(record[1] == 1), stat_type
            )
        unit = UNITS[stat_type]
        weights = {
            s: 1 / 24 if unit == "day" else days_in(UNITS[stat_type - 1], s) / days_in(unit, start) for s in parts
        }
        tces = [cell.tce for cell in parts.values() if cell.quantity is not None]
        tce = self.tce(item, known, start) if unit == "day" else None if None in tces else total(tces)
        shares = [
            sum(getattr(cell, name) * weights[s] for s, cell in parts.items()) for name in ("measured", "estimated")
        ]
        return Cell(known, tce, *shares, stat_type - 1)

    def enterprise_cells(self) -> dict[tuple[str, int, str, datetime], tuple]:
        """Give (quantity, tce, measured, estimated, items) by (period kind, enterprise, energy, period start)."""
        groups = defaultdict(list)
        for (kind, number, start), cell in self.cells().items():
            item = self.items[number]
            if item.counts_in_total:
                groups[kind, item.enterprise_id, item.energy_key, start].append(cell)
        return {key: self._sum(cells) for key, cells in groups.items()}

    @staticmethod
    def _sum(cells: list[Cell]) -> tuple:
        tces = [cell.tce for cell in cells if cell.quantity is not None]
        tce = None if None in tces else total(tces)
        mean = [sum(getattr(cell, name) for cell in cells) / len(cells) for name in ("measured", "estimated")]
        numbers = (total(cell.quantity for cell in cells), tce, *mean)
        return (*(None if n is None else round(n, 6) for n in numbers), len(cells))
