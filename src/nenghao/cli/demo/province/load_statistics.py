"""Enters what a statistics bureau would have published of the province and its cities: GDP, value added, energy.

Every figure is the generator's own and says so in its source; sums since January, by quarter, those of the last two
years final and this year's preliminary, entered through the service that the page uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np

from nenghao.cli.demo.province.load_evidence import DOCUMENT
from nenghao.cli.demo.province.load_registry import ACTOR
from nenghao.cli.demo.province.plan import PROVINCE
from nenghao.hub.evidence.entry import enter
from nenghao.hub.evidence.models import Via
from nenghao.hub.registry.models import Region
from nenghao.hub.targets.models import StatisticKind, StatisticState
from nenghao.hub.targets.statistic_entry import STATISTICS
from nenghao.periods import to_beijing
from nenghao.units import convert

_STREAM = 23
_SHARES = {3: 0.235, 6: 0.48, 9: 0.735, 12: 1.0}
"""Part of a year that is over by the end of a quarter: the last quarters are the larger ones."""


def load_statistics(seed: int, now: datetime) -> int:
    """Enter the figures of the province and the regions just below it; gives their number."""
    places = Region.objects.filter(code=PROVINCE) | Region.objects.filter(parent=PROVINCE)
    entered = [
        enter(
            actor=ACTOR, now=now, region=place, ledger=STATISTICS, rows=list(_rows(seed, place, now)), via=Via.IMPORT
        ).created
        for place in places.order_by("code")
    ]
    return sum(entered)


def _rows(seed: int, place: Region, now: datetime) -> Iterator[dict[str, Any]]:
    today = to_beijing(now).date()
    rng = np.random.default_rng([seed, _STREAM, int(place.code)])
    size = 16.0 if place.code == PROVINCE else 1.0
    first = _first_year(rng, size)
    grown = {kind: first[kind] * float(rate) for kind, rate in _growth(rng).items()}
    earlier = {kind: first[kind] / float(rate) for kind, rate in _growth(rng).items()}
    for year, amounts, state in (
        (today.year - 2, earlier, StatisticState.FINAL),
        (today.year - 1, first, StatisticState.FINAL), (today.year, grown, StatisticState.PRELIMINARY),
    ):  # fmt: skip
        for last, share in _SHARES.items():
            if (year, last) < (today.year, today.month):
                for kind, amount in amounts.items():
                    yield _row(kind, year, last, round(amount * share, 2), state, price_year=today.year - 1)


def _first_year(rng: np.random.Generator, size: float) -> dict[StatisticKind, float]:
    """Give last year's amounts [亿元, 万tce]: current and comparable prices are the same in it, their base year."""
    gdp = size * float(rng.uniform(1500, 6500))
    industry, energy = gdp * float(rng.uniform(0.28, 0.42)), gdp * float(rng.uniform(0.42, 0.66))
    equivalent = {StatisticKind.ENERGY_EQUIVALENT: energy, StatisticKind.INDUSTRY_ENERGY_EQUIVALENT: energy * 0.7}
    calorific = {StatisticKind.ENERGY_CALORIFIC: energy * 0.8, StatisticKind.INDUSTRY_ENERGY_CALORIFIC: energy * 0.55}
    return {
        StatisticKind.GDP_CURRENT: gdp, StatisticKind.GDP_CONSTANT: gdp, StatisticKind.INDUSTRY_CURRENT: industry,
        StatisticKind.INDUSTRY_CONSTANT: industry, **equivalent, **calorific,
    }  # fmt: skip


def _growth(rng: np.random.Generator) -> dict[StatisticKind, float]:
    real, prices, energy = (
        float(rng.uniform(1.04, 1.062)),
        float(rng.uniform(0.998, 1.01)),
        float(rng.uniform(1.0, 1.04)),
    )
    return {
        kind: energy if kind.is_energy else real if kind.is_constant else real * prices for kind in StatisticKind
    }  # fmt: skip


def _row(
    kind: StatisticKind, year: int, last: int, amount: float, state: StatisticState, *, price_year: int
) -> dict[str, Any]:  # fmt: skip
    unit = "万tce" if kind.is_energy else "亿yuan"
    return {
        "kind": kind, "year": year, "first_month": 1, "last_month": last,
        "price_year": price_year if kind.is_constant else 0, "amount": round(convert(amount, unit, kind.unit), 4),
        "entered_amount": amount, "entered_unit": unit, "state": state, "document": DOCUMENT,
    }  # fmt: skip
