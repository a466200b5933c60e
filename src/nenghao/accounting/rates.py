"""Rates: what one unit of an energy is worth in coal equivalent, on both bases, with where the figure comes from.

GB/T 2589 counts E = Σ (Eᵢ · kᵢ). A :class:`Rate` is one kᵢ with its evidence. Which one holds is decided here and
nowhere else:

1. the edition in force on the day (2008 until 2021-03-31, then 2020);
2. an own measured net heating value (低位发热量实测值) outranks the table: NCV ÷ the edition's heat of 1 kgce;
3. on the equivalent basis (等价值) electricity, heat and steam are worth what somebody stated for the year. There is no
   fixed number, and none is guessed: without one the equivalent value is ``None``;
4. fuels are worth the same on both bases; of a working medium (耗能工质) the table prints the equivalent value.

>>> from datetime import date
>>> from nenghao.reference import library
>>> rate = choose_rate(library(), "electricity", date(2026, 3, 1))
>>> rate.kgce_calorific, rate.kgce_equivalent, rate.citation
(0.1229, None, 'GB/T 2589-2020')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from nenghao.errors import NenghaoError
from nenghao.reference import EnergyType, Library, Status
from nenghao.reference.coefficients import CoefficientTable
from nenghao.reference.model import STATUSES, Basis, Factor

Origin = Literal["table", "measured", "none"]
"""Whence the calorific value: a table of the library, an own measured heating value, or nowhere."""

SET_BY_YEAR = frozenset({"electricity", "heat", "steam"})
"""Energies whose equivalent value follows the coal rate of generation or heat supply and is stated for each year."""
TOTALS = frozenset({"comprehensive_energy"})
"""Keys that name a total of energies, not an energy: nothing of them is ever added."""
MEDIUM_CLASS = "03"
_STATUS_OF: Mapping[str, Status] = {status: status for status in STATUSES}
HEATING_UNITS: Mapping[str, tuple[str, float]] = {"t": ("kJ/kg", 1000.0), "m3": ("kJ/m3", 1.0)}
"""By base unit: the unit in which its heating value is measured, and how many of that unit's are in one base unit."""


@dataclass(frozen=True, slots=True)
class HeatingValue:
    """A measured net heating value (低位发热量, as received) that holds on the day of the account.

    ``source`` names the evidence, e.g. ``heating-value:7421`` or the number of a test report.
    """

    kj_per_unit: float
    unit: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class EquivalentValue:
    """The equivalent value (等价值) [kgce per base unit] that somebody stated for a year, with where it is from.

    ``status`` is theirs to state; ``secondhand`` unless they say otherwise.
    """

    kgce_per_unit: float
    source: str
    status: Status = "secondhand"


@dataclass(frozen=True, slots=True)
class Rate:
    """What one ``unit`` (the base unit) of an energy is worth [kgce], and why.

    ``kgce_calorific`` (当量值) is ``None`` where no table holds one on the day and none was measured, and for working
    media, of which only the equivalent value is printed. ``kgce_equivalent`` (等价值) is ``None`` where nobody
    stated it. ``kgce_low`` and ``kgce_high`` are the ends of a printed range; ``formula`` is the figure as printed or
    as computed.
    ``status`` is that of the calorific value (for media, of the table value), ``equivalent_status`` of the other.
    """

    energy_key: str
    unit: str
    kgce_calorific: float | None
    kgce_equivalent: float | None
    origin: Origin
    is_medium: bool
    factor_id: str
    citation: str
    clause: str
    status: Status
    equivalent_status: Status
    basis: Basis | None
    kgce_low: float | None
    kgce_high: float | None
    formula: str
    source: str
    equivalent_source: str = ""
    note: str = ""

    @property
    def is_known(self) -> bool:
        """Tell whether the energy can be converted at all: on the calorific basis, for media on their only one."""
        return self.kgce is not None

    @property
    def kgce(self) -> float | None:
        """The figure that counts in the calorific total: the calorific value, of a medium the only one printed."""
        return self.kgce_equivalent if self.is_medium else self.kgce_calorific

    @property
    def is_range(self) -> bool:
        """Tell whether the figure is a point of a printed range, chosen by convention."""
        return self.kgce_low != self.kgce_high


def choose_rate(
    library: Library,
    energy_key: str,
    on: date,
    *,
    heating: HeatingValue | None = None,
    equivalent: EquivalentValue | None = None,
) -> Rate:
    """Choose the rate of an energy on a day.

    An energy without any figure on that day gives a rate whose values are ``None`` and whose note says what is lacking:
    the account names it instead of dropping it. Refused are an unknown energy, a heating value of something that is no
    fuel or in another unit, and a stated equivalent value of a fuel.

    >>> from nenghao.reference import library
    >>> own = HeatingValue(23_446.08, "kJ/kg", "report 12")
    >>> round(choose_rate(library(), "raw_coal", date(2026, 3, 1), heating=own).kgce_calorific, 9)
    800.0
    """
    energy = library.energy_type(energy_key)
    factors = library.coal_equivalent_factors(energy_key)
    factor = next((f for f in factors if f.in_force(on)), None)
    if heating is not None:
        rate = _measured(energy, heating, national_table(library, on))
    else:
        rate = _unknown(energy, on) if factor is None else _from_table(energy, factor)
    return _with_equivalent(rate, equivalent)


def national_table(library: Library, on: date) -> CoefficientTable | None:
    """Give annex A of the edition of GB/T 2589 in force on a day: it holds the heat of 1 kgce."""
    for table in library.coefficient_tables:
        header = table.header
        is_annex_a = header.set == "national" and not header.key.endswith("-media")
        if is_annex_a and (header.valid_from or date.min) <= on and (header.valid_until or date.max) > on:
            return table
    return None


def lowest(*statuses: Status) -> Status:
    """Give the least certain of some statuses: a result is only as certain as its weakest figure.

    >>> lowest("published", "unverified", "secondhand")
    'unverified'
    """
    return max(statuses, key=STATUSES.index)


def is_medium(energy: EnergyType) -> bool:
    """Tell whether an energy type is a working medium (耗能工质)."""
    return energy.class_code == MEDIUM_CLASS


def _from_table(energy: EnergyType, factor: Factor) -> Rate:
    medium = is_medium(energy)
    same_on_both = medium or energy.key not in SET_BY_YEAR
    return Rate(
        energy.key, energy.base_unit, None if medium else factor.value, factor.value if same_on_both else None,
        "table", medium, factor.factor_id, factor.citation, factor.clause, factor.status, factor.status, factor.basis,
        factor.value_low, factor.value_high, factor.printed, factor.source, factor.source if same_on_both else "",
        factor.note,
    )  # fmt: skip


def _measured(energy: EnergyType, heating: HeatingValue, table: CoefficientTable | None) -> Rate:
    kj_per_kgce, scale = _heat_of_kgce(energy, heating, table)
    assert table is not None
    assert table.header.conversion is not None
    value = heating.kj_per_unit * scale / kj_per_kgce
    per = f" × {scale:g} kg/t" if scale != 1 else ""
    header = table.header
    formula = (
        f"{heating.kj_per_unit:g} {heating.unit}{per} ÷ {kj_per_kgce:g} kJ/kgce = {value:.6g} kgce/{energy.base_unit}"
    )
    status = table_status(table)
    equal = None if energy.key in SET_BY_YEAR else value
    return Rate(
        energy.key, energy.base_unit, value, equal, "measured", False, f"measured/{header.key}", header.citation,
        header.clause, status, status, "calorific", value, value, formula, heating.source,
        "" if equal is None else heating.source,
        "实测低位发热量优先于附录参考系数 / a measured net heating value outranks the table",
    )  # fmt: skip


def _heat_of_kgce(energy: EnergyType, heating: HeatingValue, table: CoefficientTable | None) -> tuple[float, float]:
    unit, scale = HEATING_UNITS.get(energy.base_unit, ("", 0.0))
    if is_medium(energy) or unit != heating.unit or not heating.kj_per_unit > 0:
        raise NenghaoError(
            "heating-value-not-usable", f"{energy.name_zh} 不能用热值 {heating.kj_per_unit:g} {heating.unit} 折算",
            f"{energy.name_en} cannot be converted by {heating.kj_per_unit:g} {heating.unit}", record=energy.key,
            field="heating", mend_zh="只有以 t、m3 计的燃料有实测热值, 单位 kJ/kg 或 kJ/m3",
            mend_en="only fuels counted in t or m3 have one, in kJ/kg or kJ/m3",
        )  # fmt: skip
    if table is None or table.header.conversion is None:
        raise NenghaoError(
            "edition-not-in-force", "该日没有可用的 GB/T 2589 版本", "no edition of GB/T 2589 is in force on that day",
            record=energy.key, field="on", mend_zh="2008-06-01 以前不能折算", mend_en="nothing before 2008-06-01",
        )  # fmt: skip
    return float(table.header.conversion.kj_per_kgce), scale


def table_status(table: CoefficientTable) -> Status:
    """Give how well the heat of 1 kgce of a table is known: a measured value is no more certain than that."""
    word = "" if table.header.conversion is None else table.header.conversion.status
    return lowest("secondhand", _STATUS_OF.get(word, "unverified"))


def _unknown(energy: EnergyType, on: date) -> Rate:
    note = energy.note or f"{on} 无折标准煤系数, 须录入实测热值 / no factor on {on}: enter a measured heating value"
    return Rate(
        energy.key, energy.base_unit, None, None, "none", is_medium(energy), "", "", "", "unverified", "unverified",
        None, None, None, "", "", "", note,
    )  # fmt: skip


def _with_equivalent(rate: Rate, equivalent: EquivalentValue | None) -> Rate:
    if equivalent is None:
        return rate
    if not (rate.is_medium or rate.energy_key in SET_BY_YEAR) or not equivalent.kgce_per_unit > 0:
        raise NenghaoError(
            "equivalent-not-settable", f"「{rate.energy_key}」不能另定等价值",
            f"no equivalent value can be stated for {rate.energy_key}", record=rate.energy_key, field="equivalent",
            mend_zh="只有电力、热力、蒸汽和耗能工质按年另定, 且须大于零",
            mend_en="only electricity, heat, steam and working media have one by year, above zero",
        )  # fmt: skip
    return replace(
        rate, kgce_equivalent=equivalent.kgce_per_unit, equivalent_source=equivalent.source,
        equivalent_status=equivalent.status, status=equivalent.status if rate.is_medium else rate.status,
    )  # fmt: skip
