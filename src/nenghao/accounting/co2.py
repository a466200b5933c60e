"""CO2 from energy (能源活动二氧化碳排放): fuels by one set of factors, bought electricity and heat by their own.

    fuel          net quantity × NCV × carbon content × oxidation rate × 44/12
    electricity   (purchased − sent out) × the grid's factor of year and region
    heat          (purchased − sent out) × the default factor

The net quantities of the account are a carbon balance: coal that became coke and left is not burnt here. Sets are
never mixed within one account. Where a set has no row, or a grid no factor for the year, the total is ``None`` and the
reason is named; a neighbouring year's stands in only for what is shown as an estimate. A measured heating value takes
the place of the set's default.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from nenghao.accounting.account import Account, EnergyAccount
from nenghao.accounting.rates import TOTALS
from nenghao.reference import Co2Factor, Library
from nenghao.units import conversion_factor

GJ_PER_TCE = 29.3076
"""Heat of a tonne of coal equivalent (GB/T 2589-2020: 29,307.6 kJ/kg)."""
CARBON_TO_CO2 = 44 / 12
FUEL_SETS = ("enterprise-guideline", "provincial-guideline-2011", "provincial-guideline-2025")
NATIONWIDE = "全国"
NATIONAL_AVERAGE = "全国电力平均CO2排放因子"

FUEL_ROWS: Mapping[str, str] = {
    "anthracite": "无烟煤", "bituminous_coal": "烟煤", "lignite": "褐煤", "cleaned_coal": "洗精煤",
    "other_washed_coal": "其他洗煤", "coke": "焦炭", "crude_oil": "原油", "fuel_oil": "燃料油", "gasoline": "汽油",
    "diesel": "柴油", "kerosene": "一般煤油", "naphtha": "石脑油", "petroleum_coke": "石油焦",
    "other_petroleum_products": "其他石油制品", "coal_tar": "焦油", "crude_benzene": "粗苯",
    "refinery_gas": "炼厂干气", "liquefied_petroleum_gas": "液化石油气", "liquefied_natural_gas": "液化天然气",
    "natural_gas": "天然气", "coke_oven_gas": "焦炉煤气", "blast_furnace_gas": "高炉煤气", "converter_gas": "转炉煤气",
    "producer_gas": "其他煤气", "coke_gas": "其他煤气", "water_gas": "其他煤气",
}  # fmt: skip
"""Our matching of energy types to the sets' rows. Raw coal has none: the sets know kinds of coal, state which it is."""


@dataclass(frozen=True, slots=True)
class FactorChoice:
    """The factors of one account: one set for fuels, and those of bought electricity and heat, ``None`` if lacking.

    ``grid_reason`` says in both languages why there is no grid factor. ``grid_year`` is the year of a grid factor that
    stands in for one not published yet; none where the factor is the year's own.
    """

    set_key: str
    fuels: Mapping[str, Co2Factor]
    grid: Co2Factor | None
    heat: Co2Factor | None
    grid_reason: tuple[str, str] = ("", "")
    grid_year: int | None = None


@dataclass(frozen=True, slots=True)
class Co2Line:
    """CO2 of one energy [tCO2]; ``tco2`` is ``None`` when it cannot be told, and the reason says why."""

    energy_key: str
    net: float | None
    unit: str
    tco2: float | None
    factor: Co2Factor | None
    formula: str
    reason_zh: str = ""
    reason_en: str = ""


@dataclass(frozen=True, slots=True)
class Co2Account:
    """CO2 of one unit and period; ``total_tco2`` is ``None`` if a part cannot be told, ``known_tco2`` adds the rest."""

    set_key: str
    lines: tuple[Co2Line, ...]
    total_tco2: float | None
    known_tco2: float
    is_unverified: bool


def choose_factors(
    library: Library, set_key: str, year: int, region: str = NATIONWIDE, *, estimate: bool = False
) -> FactorChoice:
    """Choose the factors of a year: a set of fuels by name, the grid's by year and region (a province or a grid).

    ``region`` is written as in the announcements: 山西, 华北, 全国. Only the year's own factor counts; with
    ``estimate`` the latest one before it stands in where the year's is not known, for figures shown as an estimate.

    >>> from nenghao.reference import library
    >>> choose_factors(library(), "enterprise-guideline", 2023).grid.value
    Decimal('0.5306')
    >>> choose_factors(library(), "enterprise-guideline", 2026).grid_reason[1]
    'no grid factor of 2026 for 全国'
    >>> choose_factors(library(), "enterprise-guideline", 2026, estimate=True).grid_year
    2023
    """
    fuels = {row.name: row for row in library.co2_factors(set_key)}
    heat = library.co2_factors("heat-default")[0]
    known = _grids(library, region)
    if year in known:
        return FactorChoice(set_key, fuels, known[year], heat)
    earlier = max((one for one in known if one < year), default=None) if estimate else None
    if earlier is not None:
        return FactorChoice(set_key, fuels, known[earlier], heat, grid_year=earlier)
    reason = f"{region} 没有 {year} 年电力排放因子", f"no grid factor of {year} for {region}"
    return FactorChoice(set_key, fuels, None, heat, reason)


def co2(account: Account, factors: FactorChoice, same_as: Mapping[str, str] | None = None) -> Co2Account:
    """Give the CO2 of an account.

    ``same_as`` states the row for an energy that the sets do not know by its name: ``{"raw_coal": "烟煤"}``.
    """
    rows = {**FUEL_ROWS, **(same_as or {})}
    counted = [e for e in account.energies if not e.is_medium and e.energy_key not in TOTALS and e.net != 0]
    lines = tuple(_line(energy, factors, rows) for energy in counted)
    known = math.fsum(line.tco2 for line in lines if line.tco2 is not None)
    complete = all(line.tco2 is not None for line in lines)
    unverified = any(line.factor is not None and line.factor.status == "unverified" for line in lines)
    return Co2Account(factors.set_key, lines, known if complete else None, known, unverified)


def _grids(library: Library, region: str) -> dict[int, Co2Factor]:
    """Give the grid factors of a region by year; a province's own outranks the grid's and the nation's."""
    found: dict[int, Co2Factor] = {}
    for set_key in ("grid-province", "grid-region", "grid-national"):
        for factor in library.co2_factors(set_key):
            average = set_key != "grid-national" or factor.name == NATIONAL_AVERAGE
            if average and factor.region == region and factor.year.isdecimal():
                found.setdefault(int(factor.year), factor)
    return found


def _line(energy: EnergyAccount, factors: FactorChoice, rows: Mapping[str, str]) -> Co2Line:
    if energy.net is None:
        return _lacking(energy, "数量缺失", "the quantity is not known")
    if energy.energy_key == "electricity":
        return _bought(energy, factors.grid, factors.grid_reason)
    if energy.energy_key == "heat":
        return _bought(energy, factors.heat, ("没有外购热力排放因子", "no factor of bought heat"))
    row = rows.get(energy.energy_key)
    factor = factors.fuels.get(row) if row else None
    if factor is None:
        return _lacking(
            energy, f"因子集 {factors.set_key} 没有该品种", f"the set {factors.set_key} has no row for this energy"
        )
    return _fuel(energy, factor)


def _lacking(energy: EnergyAccount, zh: str, en: str) -> Co2Line:
    return Co2Line(energy.energy_key, energy.net, energy.unit, None, None, "", zh, en)


def _bought(energy: EnergyAccount, factor: Co2Factor | None, reason: tuple[str, str]) -> Co2Line:
    if factor is None:
        return _lacking(energy, *reason)
    scale = conversion_factor(energy.unit, factor.quantity_unit)
    return _times(energy, factor, (energy.net or 0.0) * scale, factor.value, factor.unit)


def _fuel(energy: EnergyAccount, factor: Co2Factor) -> Co2Line:
    """Use the set's default heating value, or the measured one; a set per GJ needs one of the account's rates."""
    by_heat = factor.quantity_unit == "GJ"
    measured = energy.rate is not None and energy.rate.origin == "measured" and factor.carbon_content is not None
    if not by_heat and not measured:
        quantity = (energy.net or 0.0) * conversion_factor(energy.unit, factor.quantity_unit)
        return _times(energy, factor, quantity, factor.value, factor.unit)
    if energy.rate is None or energy.rate.kgce_calorific is None:
        return _lacking(energy, "没有热值", "there is no heating value")
    heat_gj = (energy.net or 0.0) * energy.rate.kgce_calorific / 1000 * GJ_PER_TCE
    if by_heat:
        return _times(energy, factor, heat_gj, factor.value, factor.unit)
    carbon, oxidation = float(factor.carbon_content or 0), float(factor.oxidation_rate or 1)
    tco2 = heat_gj * carbon * oxidation * CARBON_TO_CO2
    formula = f"{heat_gj:.10g} GJ × {carbon:g} tC/GJ × {oxidation:g} × 44/12 = {tco2:.10g} tCO2"
    return Co2Line(energy.energy_key, energy.net, energy.unit, tco2, factor, formula)


def _times(energy: EnergyAccount, factor: Co2Factor, quantity: float, value: Decimal, unit: str) -> Co2Line:
    tco2 = quantity * float(value)
    formula = f"{quantity:.10g} {factor.quantity_unit} × {value} {unit} = {tco2:.10g} tCO2"
    return Co2Line(energy.energy_key, energy.net, energy.unit, tco2, factor, formula)
