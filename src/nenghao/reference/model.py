"""What the library hands out: energy types (能源品种), factors (折标准煤系数), CO2 factors, quota rows and codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from nenghao.errors import Language

Status = Literal["published", "secondhand", "unverified"]
"""``published``: read in the official text; ``secondhand``: from another who read it; ``unverified``: 待核."""
Basis = Literal["calorific", "equivalent", "empirical", "statistical", "refinery"]
"""当量值, 等价值, 经验值 (printed as empirical), 统计参考, and the mixed unified values of GB 30251 (炼化)."""

STATUSES: tuple[Status, ...] = ("published", "secondhand", "unverified")
BASES: tuple[Basis, ...] = ("calorific", "equivalent", "empirical", "statistical", "refinery")

_STATUS_LABELS: Mapping[str, Mapping[str, str]] = {
    "zh": {"published": "原文", "secondhand": "转引", "unverified": "待核"},
    "en": {"published": "published", "secondhand": "secondhand", "unverified": "unverified (待核)"},
}
_BASIS_LABELS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "calorific": "当量值",
        "equivalent": "等价值",
        "empirical": "经验值",
        "statistical": "统计参考",
        "refinery": "炼化统一值",
    },
    "en": {name: name for name in BASES},
}


def status_label(status: Status, language: Language = "zh") -> str:
    """Give the word shown beside a result; an unverified value must always show it.

    >>> status_label("unverified")
    '待核'
    """
    return _STATUS_LABELS[language][status]


def basis_label(basis: Basis, language: Language = "zh") -> str:
    """Give the word for a basis: 当量值, 等价值 …"""
    return _BASIS_LABELS[language][basis]


def citation(standard: str, edition: str) -> str:
    """Give standard and edition as one writes them: ``GB/T 2589-2020``; an edition ``-`` is none."""
    return standard if edition == "-" else f"{standard}-{edition}"


@dataclass(frozen=True, slots=True)
class Factor:
    """A coal-equivalent factor (折标准煤系数) of one edition, in kgce per base unit of its energy type.

    ``valid_until`` is exclusive, ``None`` means open; ``valid_from`` is ``None`` where no source gives the date.
    ``value_low`` and ``value_high`` differ from ``value`` only for a fuel printed as a range: the point chosen from the
    range is then a convention of this system and the note says so. ``factor_id`` names table and row.
    """

    key: str
    value: float
    unit: str
    basis: Basis
    standard: str
    edition: str
    clause: str
    valid_from: date | None
    valid_until: date | None
    status: Status
    source: str
    note: str
    factor_id: str
    value_low: float
    value_high: float
    printed: str
    """Value and unit as printed, digits kept: ``0.7143 kgce/kg``."""

    @property
    def citation(self) -> str:
        """Standard and edition: ``GB/T 2589-2020``."""
        return citation(self.standard, self.edition)

    @property
    def is_range(self) -> bool:
        """Tell whether the standard prints a range, so that ``value`` is a point chosen by convention."""
        return self.value_low != self.value_high

    def in_force(self, on: date) -> bool:
        """Tell whether the factor is in force on a day."""
        return (self.valid_from or date.min) <= on and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True, slots=True)
class FactorTest:
    """A worked value that an energy type carries: ``quantity`` [``unit``] on a day is ``tce``."""

    quantity: float
    unit: str
    on: date
    tce: float


@dataclass(frozen=True, slots=True)
class EnergyType:
    """One energy type or working medium (能源品种、耗能工质).

    ``class_code`` and ``type_code`` are the wire's codes; either is empty where unknown. ``ours`` marks a code made up
    by this system. ``status`` and ``source`` are those of the wire code, the factors carry their own.
    """

    key: str
    name_zh: str
    name_en: str
    class_code: str
    type_code: str
    base_unit: str
    wire_unit: str
    status: Status
    source: str
    ours: bool
    note: str
    tests: tuple[FactorTest, ...]

    def name(self, language: Language = "zh") -> str:
        """Give the name in a language."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, slots=True)
class Co2Factor:
    """A CO2 factor of one set; sets are never mixed within one account.

    ``ncv`` (低位发热量), ``carbon_content`` (单位热值含碳量) and ``oxidation_rate`` (碳氧化率) are ``None`` where the
    set prints the factor alone. ``year`` is the year or span that the source names, as text.
    """

    set_key: str
    name: str
    region: str
    year: str
    quantity_unit: str
    ncv: Decimal | None
    ncv_unit: str
    carbon_content: Decimal | None
    carbon_content_unit: str
    oxidation_rate: Decimal | None
    value: Decimal
    unit: str
    standard: str
    edition: str
    clause: str
    status: Status
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """Limits of one product and metric in a quota standard (限额标准); grade 1 is the strictest, ``None`` is “—”.

    ``condition`` tells rows of one product apart; ``metric`` and ``unit`` are as printed, ``metric_key`` is ours.
    ``unknown_grades`` are the grades that the standard prints and this library has not obtained: never “—”.
    """

    industry: str
    product: str
    condition: str
    metric: str
    metric_key: str
    unit: str
    unknown_grades: tuple[int, ...]
    grade_1: Decimal | None
    grade_2: Decimal | None
    grade_3: Decimal | None
    standard: str
    edition: str
    clause: str
    valid_from: date | None
    valid_until: date | None
    status: Status
    source: str
    note: str
    row_id: str
    """File and line: ``gb16780-2021:2``; names the row within one state of the library."""

    @property
    def citation(self) -> str:
        """Standard and edition: ``GB 16780-2021``."""
        return citation(self.standard, self.edition)

    @property
    def grades(self) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
        """The limits of grade 1, 2 and 3."""
        return self.grade_1, self.grade_2, self.grade_3

    def in_force(self, on: date) -> bool:
        """Tell whether the row is in force on a day; an unknown start counts as always."""
        return (self.valid_from or date.min) <= on and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """Benchmark (标杆水平) and baseline level (基准水平) of one product in the national list; ``None``: not obtained.

    ``quota_product`` and ``quota_condition`` are the rows of the quota standards beside which it is shown: our reading.
    """

    industry_code: str
    sector: str
    product: str
    condition: str
    metric: str
    metric_key: str
    unit: str
    benchmark: Decimal | None
    baseline: Decimal | None
    quota_product: str
    quota_condition: str
    standard: str
    edition: str
    valid_from: date | None
    valid_until: date | None
    status: Status
    source: str
    note: str


MeteringLevel = Literal["entering_unit", "sub_unit", "equipment"]
"""进出用能单位, 主要次级用能单位, 主要用能设备 (GB 17167)."""


@dataclass(frozen=True, slots=True)
class MeteringAccuracy:
    """The accuracy class (准确度等级) required of an instrument; an empty class means that the note holds a rule.

    ``level`` is ``entering_unit``, ``below`` or empty for any. ``monthly_kwh_from`` is the mean monthly consumption
    from which an electricity user is of this class. ``energy_keys``, here and below, are the energy types of this
    system to which the row is applied: our reading of the printed names.
    """

    instrument: str
    measured_for: str
    condition: str
    accuracy_class: str
    level: str
    energy_keys: tuple[str, ...]
    monthly_kwh_from: float | None
    standard: str
    clause: str
    status: Status
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class FitRate:
    """The fit rates (配备率) [%] required of one kind of energy, by level; ``None`` is “—”: no requirement."""

    energy_category: str
    energy_kind: str
    rate_entering_unit: Decimal | None
    rate_sub_unit: Decimal | None
    rate_equipment: Decimal | None
    energy_keys: tuple[str, ...]
    standard: str
    clause: str
    status: Status
    source: str
    note: str

    def rate(self, level: MeteringLevel) -> Decimal | None:
        """Give the rate [%] of a level."""
        by_level = {"entering_unit": self.rate_entering_unit, "sub_unit": self.rate_sub_unit}
        return by_level.get(level, self.rate_equipment)


@dataclass(frozen=True, slots=True)
class MeteringThreshold:
    """From which yearly consumption a main sub-unit, or from which rating a main equipment, must have a meter."""

    level: MeteringLevel
    energy_kind: str
    threshold: Decimal
    unit: str
    energy_keys: tuple[str, ...]
    standard: str
    clause: str
    status: Status
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Region:
    """One administrative division: 6-digit code, its parent's code, level province, city or county.

    ``display_name`` replaces the place-holders 市辖区 and 县 of a municipality by the municipality's name.
    """

    code: str
    name: str
    parent: str
    level: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Industry:
    """One industry of GB/T 4754: code with section letter, parent, level section, division, group or class."""

    code: str
    name: str
    parent: str
    level: str


@dataclass(frozen=True, slots=True)
class Process:
    """One production process (生产工序) of an industry, 2-digit code."""

    industry_code: str
    industry: str
    code: str
    name: str
    status: Status


@dataclass(frozen=True, slots=True)
class EnumerationItem:
    """One value of an enumeration of the wire; ``remark`` says where the list holds (``dialect A``, ``Yunnan``)."""

    list: str
    remark: str
    code: str
    meaning: str
    status: Status
    source: str
    note: str
