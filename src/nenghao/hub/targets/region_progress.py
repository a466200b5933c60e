"""How a region's target stands by its published statistics, where the plan says that these count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from nenghao.accounting.targets import intensity_reached
from nenghao.hub.targets.models import WHOLE_PLAN, Plan, RegionStatistic, Target
from nenghao.hub.targets.statistics import MONTHS, Pair, Statistics, distinct

NO_FIGURES, NO_YEAR_BEFORE, NO_BASE, PRICES_DIFFER = "no-statistics", "no-year-before", "no-base", "prices-differ"


@dataclass(frozen=True, slots=True)
class Judged:
    """What statistics say: the drop reached, or the tce used and allowed for; and the figures behind it.

    ``why`` names what keeps it from being told.
    """

    reached: float | None
    figures: tuple[RegionStatistic, ...]
    why: str = ""


def intensity_by_statistics(
    statistics: Statistics, plan: Plan, target: Target, region: str, month: date
) -> Judged:  # fmt: skip
    """Give the drop of intensity reached from January to a month (its first day).

    The running months and the same months a year earlier must be published at the same prices; so must last year and
    the base year of a whole plan. The newest prices at which all of them are known count.
    """
    best = Judged(None, (), NO_FIGURES)
    for price_year in statistics.price_years(region):
        found = _at_prices(statistics, plan, target, (region, month.year, month.month), price_year)
        if found.reached is not None:
            return found
        best = max(best, found, key=lambda one: len(one.figures))
    return Judged(None, best.figures, PRICES_DIFFER) if _is_split(statistics, region, month.year, month.month) else best


def _at_prices(
    statistics: Statistics, plan: Plan, target: Target, place: tuple[str, int, int], price_year: int
) -> Judged:  # fmt: skip
    region, year, month = place
    now, same = (statistics.pair(region, one, month, price_year) for one in (year, year - 1))
    if now is None or same is None:
        return Judged(None, _figures(now, same), NO_FIGURES if now is None else NO_YEAR_BEFORE)
    if target.year != WHOLE_PLAN:
        return Judged(
            intensity_reached(same.intensity, same.intensity, now.intensity, same.intensity), _figures(now, same)
        )
    last = statistics.pair(region, year - 1, MONTHS, price_year)
    stated = bool(target.base_tce and target.base_value_yuan)
    base = None if stated else _base(statistics, plan, region, price_year)
    base_intensity = _stated(target) if stated else base and base.intensity
    figures = _figures(now, same, last, base)
    if last is None or not base_intensity:
        return Judged(None, figures, NO_BASE)
    return Judged(intensity_reached(base_intensity, last.intensity, now.intensity, same.intensity), figures)


def _base(statistics: Statistics, plan: Plan, region: str, price_year: int) -> Pair | None:
    return statistics.pair(region, plan.base_year, MONTHS, price_year)


def _stated(target: Target) -> float:
    return (target.base_tce or 0.0) / (target.base_value_yuan or 1.0)


def _figures(*pairs: Pair | None) -> tuple[RegionStatistic, ...]:
    return distinct(row for pair in pairs if pair is not None for row in pair.figures)


def _is_split(statistics: Statistics, region: str, year: int, month: int) -> bool:
    """Tell whether both years are published, but at no common prices."""
    known = [
        {price for price in statistics.price_years(region) if statistics.pair(region, one, month, price) is not None}
        for one in (year, year - 1)
    ]
    return all(known) and not known[0] & known[1]


def newest_month(statistics: Statistics, region: str, year: int) -> int | None:
    """Give the last month of a year through which energy is published for it and the year before."""
    return next(
        (
            month
            for month in range(MONTHS, 0, -1)
            if statistics.energy(region, year, month) and statistics.energy(region, year - 1, month)
        ),
        None,
    )
