"""Published figures of regions as progress uses them: what a region used and earned from January to a month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nenghao.hub.targets.models import (
    AccountBasis,
    Plan,
    RegionSource,
    RegionStatistic,
    StatisticKind,
    StatisticState,
)

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Through:
    """The sum from January to a month, and the published figures that it is made of."""

    amount: float
    figures: tuple[RegionStatistic, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Energy and value of the same months of a region: its intensity [tce/yuan]."""

    energy: Through
    value: Through

    @property
    def intensity(self) -> float | None:
        """Energy per value."""
        return self.energy.amount / self.value.amount if self.value.amount > 0 else None

    @property
    def figures(self) -> tuple[RegionStatistic, ...]:
        """All figures that it is made of."""
        return (*self.energy.figures, *self.value.figures)


@dataclass(frozen=True, slots=True)
class Statistics:
    """The current published figures of some regions of which one plan makes use, by region and kind."""

    energy_kind: StatisticKind
    value_kind: StatisticKind
    rows: Mapping[tuple[str, str], Sequence[RegionStatistic]] = field(default_factory=dict)

    def energy(self, region: str, year: int, month: int) -> Through | None:
        """Give the energy [tce] from January to a month; None where the figures do not fill these months."""
        return through(self.rows.get((region, self.energy_kind), ()), year, month)

    def pair(self, region: str, year: int, month: int, price_year: int) -> Pair | None:
        """Give energy and value [yuan at the prices of a year] from January to a month."""
        energy = self.energy(region, year, month)
        at_price = [row for row in self.rows.get((region, self.value_kind), ()) if row.price_year == price_year]
        value = through(at_price, year, month)
        return None if energy is None or value is None else Pair(energy, value)

    def price_years(self, region: str) -> list[int]:
        """Give the bases at which the value was published, the newest first."""
        return sorted({row.price_year for row in self.rows.get((region, self.value_kind), ())}, reverse=True)


def through(rows: Iterable[RegionStatistic], year: int, month: int) -> Through | None:
    """Add up from January to a month: of all ways in which figures follow each other without gap, the one of fewest.

    A published sum since January thus outranks quarters, and quarters outrank months.
    """
    ways: dict[int, tuple[RegionStatistic, ...]] = {0: ()}
    for row in sorted((row for row in rows if row.year == year), key=lambda row: (row.last_month, row.first_month)):
        before = ways.get(row.first_month - 1)
        if before is not None and (row.last_month not in ways or len(before) + 1 < len(ways[row.last_month])):
            ways[row.last_month] = (*before, row)
    way = ways.get(month)
    return None if not way else Through(float(sum(row.amount for row in way)), way)


def kinds_of(plan: Plan) -> tuple[StatisticKind, StatisticKind] | None:
    """Give the kinds of energy and value that a plan's regions are judged by; None: by their enterprises."""
    equivalent = plan.basis == AccountBasis.EQUIVALENT
    if plan.region_source == RegionSource.GDP:
        energy = StatisticKind.ENERGY_EQUIVALENT if equivalent else StatisticKind.ENERGY_CALORIFIC
        return energy, StatisticKind.GDP_CONSTANT
    if plan.region_source == RegionSource.INDUSTRY:
        energy = StatisticKind.INDUSTRY_ENERGY_EQUIVALENT if equivalent else StatisticKind.INDUSTRY_ENERGY_CALORIFIC
        return energy, StatisticKind.INDUSTRY_CONSTANT
    return None


def load_statistics(plan: Plan, region_codes: Iterable[str]) -> Statistics | None:
    """Load what a plan needs of some regions, in one query; None where it judges regions by their enterprises."""
    kinds = kinds_of(plan)
    if kinds is None:
        return None
    found: dict[tuple[str, str], list[RegionStatistic]] = {}
    rows = RegionStatistic.objects.filter(
        region__in=list(region_codes), kind__in=kinds, is_current=True, withdrawn=False
    ).select_related("region")
    for row in rows:
        found.setdefault((row.region_id, row.kind), []).append(row)
    return Statistics(*kinds, found)


def distinct(figures: Iterable[RegionStatistic]) -> tuple[RegionStatistic, ...]:
    """Give figures once each, the newest period first."""
    known = {row.pk: row for row in figures}
    return tuple(sorted(known.values(), key=lambda row: (-row.year, -row.last_month, row.first_month, row.kind)))


def is_preliminary(figures: Iterable[RegionStatistic]) -> bool:
    """Tell whether any of the figures may still be revised."""
    return any(row.state == StatisticState.PRELIMINARY for row in figures)


def as_kept(figures: Iterable[RegionStatistic]) -> list[dict[str, Any]]:
    """Give figures as an issued grade keeps them."""
    return [
        {
            "period": row.period, "kind": row.kind, "amount": row.entered_amount, "unit": row.entered_unit,
            "price_year": row.price_year, "state": row.state, "document": row.document, "version": row.version,
        }
        for row in figures
    ]  # fmt: skip
