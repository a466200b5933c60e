"""The rates and rules of one enterprise's account in a month, with their words: what the pages and traces show.

Values are those that :mod:`nenghao.hub.energy_accounts.computing` uses for thousands at once (tested).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt

from nenghao.accounting.rates import HEATING_UNITS, SET_BY_YEAR, HeatingValue, Rate, choose_rate
from nenghao.accounting.rates import EquivalentValue as Equivalent
from nenghao.accounting.rules import GBT2589, Rules
from nenghao.hub.energy_accounts.models import RuleKind
from nenghao.hub.energy_accounts.sources import (
    equivalents,
    measured_heating,
    rule_in_force,
    stated_rules,
)
from nenghao.hub.evidence.models import HeatingValue as MeasuredValue
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import month_after
from nenghao.readings.accounts import EnergyNets
from nenghao.reference import library


def rates_of(enterprise: Enterprise, energy_keys: Iterable[str], month: date) -> dict[str, Rate]:
    """Give what one unit of each energy is worth in a month, with citation and evidence; three queries."""
    keys, end = list(energy_keys), month_after(month)
    heating = measured_heating([enterprise.pk], month, end)
    reports = _reports(enterprise, end) if heating else {}
    stated = equivalents([month.year])
    found = {}
    for key in keys:
        value = heating.get((enterprise.pk, key, month))
        equivalent = stated.at(enterprise.region.path, key, month.year) if key in SET_BY_YEAR else None
        unit = HEATING_UNITS.get(library().energy_type(key).base_unit, ("", 0.0))[0]
        found[key] = choose_rate(
            library(), key, month,
            heating=HeatingValue(value, unit, reports.get(key, "")) if value and unit else None,
            equivalent=Equivalent(
                equivalent.kgce_per_unit,
                f"{equivalent.region.name} {equivalent.year}: {equivalent.source}",
            ) if equivalent else None,
        )  # fmt: skip
    return found


def _reports(enterprise: Enterprise, end: date) -> dict[str, str]:
    """Give the number of the newest report of each energy before a day."""
    rows = MeasuredValue.objects.filter(enterprise=enterprise, from_day__lt=end, is_current=True, withdrawn=False)
    return {row.energy_key: f"{row.report_number} {row.from_day}" for row in rows.order_by("from_day")}


def weighed(rate: Rate, nets: EnergyNets, rows: npt.NDArray[np.int64]) -> Rate:
    """Give the mean rate of several months, weighed by what counted in each; the rate itself where they agree."""
    counted, equal = nets.kgce_calorific[rows], nets.kgce_equivalent[rows]
    if len(rows) == 1 or ((counted == counted[0]).all() and (equal == equal[0]).all()):
        return rate
    net = nets.net[rows]
    size = float(np.nansum(net))
    if not size:
        return rate
    mean = float(np.nansum(net * counted)) / size
    mean_equal = float((net * equal).sum()) / size
    unit = rate.unit
    return replace(
        rate, kgce_calorific=None if rate.is_medium else mean,
        kgce_equivalent=None if np.isnan(mean_equal) else mean_equal, kgce_low=mean, kgce_high=mean,
        formula=f"Σ(Eᵢ·kᵢ) ÷ ΣEᵢ = {mean:.6g} kgce/{unit}",
        note="各月系数按用量加权 / factors of the months, weighed by quantity",
    )  # fmt: skip


def rules_of(enterprise: Enterprise, on: date) -> Rules:
    """Give the definition that counts for an enterprise on a day."""
    rule = rule_in_force(stated_rules([enterprise.pk], [RuleKind.FEEDSTOCK]), on)
    if rule is None or rule.content.get("included", True):
        return GBT2589
    return replace(GBT2589, include_feedstock=False)
