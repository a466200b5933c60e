"""The library: every number of the law that the system uses, parsed once, checked, immutable.

>>> from datetime import date
>>> library().coal_equivalent_factor("raw_coal", date(2026, 3, 4)).value
714.3
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from nenghao.errors import NenghaoError
from nenghao.reference.assessment import Sheet, read_sheet
from nenghao.reference.benchmarks import BenchmarkTable, read_benchmark_table
from nenghao.reference.co2 import Co2Table, read_co2_table
from nenghao.reference.codes import CodeTables
from nenghao.reference.coefficients import CoefficientTable, read_coefficient_table
from nenghao.reference.dictionary import build_dictionaries, version_of
from nenghao.reference.eliminated import EliminatedTable, read_eliminated_table
from nenghao.reference.energy_types import EnergyEntry, index_rows, read_energy_type
from nenghao.reference.grading import GradingRule, read_grading
from nenghao.reference.metering import MeteringTable, read_metering_table
from nenghao.reference.model import (
    Co2Factor,
    EnergyType,
    EnumerationItem,
    Factor,
    FitRate,
    Industry,
    MeteringAccuracy,
    MeteringThreshold,
    Process,
    Region,
)
from nenghao.reference.quotas import QuotaTable, read_quota_table
from nenghao.reference.refusals import ReferenceDataError, refuse_overlaps

DATA = Path(__file__).parent / "data"


class Library:
    """The reference data below one folder. Coefficients and energy types are read at once, the rest when asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.coefficient_tables: tuple[CoefficientTable, ...] = tuple(
            read_coefficient_table(path) for path in sorted((folder / "coal_equivalent").glob("*.toml"))
        )
        refuse_overlaps(
            [((t.header.set, row.name, row.basis), t.header.valid_from, t.header.valid_until, row.place)
             for t in self.coefficient_tables for row in t.rows]
        )  # fmt: skip
        rows = index_rows(self.coefficient_tables)
        self._entries = {
            path.stem: read_energy_type(path, rows) for path in sorted((folder / "energy_types").glob("*.toml"))
        }
        self._by_wire_code = _wire_codes(entry.energy_type for entry in self._entries.values())
        self._codes = CodeTables(folder / "codes")

    def energy_types(self) -> tuple[EnergyType, ...]:
        """Give all energy types and working media, by class code, type code and key."""
        found = [entry.energy_type for entry in self._entries.values()]
        return tuple(sorted(found, key=lambda e: (e.class_code or "99", e.type_code or "9999", e.key)))

    def energy_entry(self, key: str) -> EnergyEntry:
        """Give an energy type with its factors; an unknown key is refused."""
        try:
            return self._entries[key]
        except KeyError:
            raise NenghaoError(
                "energy-unknown", f"没有能源品种「{key}」", f"there is no energy type {key!r}", field="energy",
                mend_zh="用 nenghao reference list 查看全部品种", mend_en="nenghao reference list shows them all",
            ) from None  # fmt: skip

    def energy_type(self, key: str) -> EnergyType:
        """Give an energy type by key: ``electricity``, ``natural_gas`` …"""
        return self.energy_entry(key).energy_type

    def energy_by_wire_code(self, class_code: str, type_code: str) -> EnergyType | None:
        """Give the energy type of a pair of wire codes, ``("02", "3300")``; ``None`` when it is not known."""
        return self._by_wire_code.get((class_code, type_code))

    def coal_equivalent_factors(self, key: str) -> tuple[Factor, ...]:
        """Give every edition's factor: GB/T 2589 in order of validity, then the statistical convention if any."""
        return self.energy_entry(key).factors

    def coal_equivalent_factor(self, key: str, on: date) -> Factor:
        """Give the factor in force on a day; a statistical convention only where GB/T 2589 has no row.

        Raises ``factor-not-in-force`` when no table holds one for that day: nothing is carried over or guessed.
        """
        entry = self.energy_entry(key)
        in_force = next((factor for factor in entry.factors if factor.in_force(on)), None)
        if in_force is not None:
            return in_force
        raise NenghaoError(
            "factor-not-in-force", f"{entry.energy_type.name_zh} 在 {on} 没有折标准煤系数",
            f"{entry.energy_type.name_en} has no coal-equivalent factor on {on}", record=key, field="factor",
            mend_zh=entry.energy_type.note or "录入实测热值, 或补充有出处的系数",
            mend_en=entry.energy_type.note or "enter a measured heating value, or add a factor with its citation",
        )  # fmt: skip

    @cached_property
    def co2_tables(self) -> tuple[Co2Table, ...]:
        """The sets of CO2 factors, each apart."""
        return tuple(read_co2_table(path) for path in sorted((self._folder / "co2").glob("*.toml")))

    def co2_factors(self, set_key: str) -> tuple[Co2Factor, ...]:
        """Give one set of CO2 factors; sets must not be mixed within one account."""
        for table in self.co2_tables:
            if table.header.key == set_key:
                return table.rows
        known = "、".join(table.header.key for table in self.co2_tables)
        raise NenghaoError(
            "co2-set-unknown", f"没有排放因子集「{set_key}」", f"there is no CO2 set {set_key!r}",
            mend_zh=f"可用: {known}", mend_en=f"known: {known}",
        )  # fmt: skip

    @cached_property
    def quota_tables(self) -> tuple[QuotaTable, ...]:
        """The quota standards; two editions of one standard must not overlap."""
        tables = tuple(read_quota_table(path) for path in sorted((self._folder / "quotas").glob("*.toml")))
        refuse_overlaps(
            [((t.header.standard,), t.header.valid_from, t.header.valid_until, t.header.path.name) for t in tables]
        )
        return tables

    @cached_property
    def benchmark_tables(self) -> tuple[BenchmarkTable, ...]:
        """The lists of benchmark and baseline levels (标杆、基准水平), by edition; two must not be in force at once."""
        tables = tuple(read_benchmark_table(path) for path in sorted((self._folder / "benchmarks").glob("*.toml")))
        refuse_overlaps(
            [(("benchmark",), t.header.valid_from, t.header.valid_until, t.header.path.name) for t in tables]
        )
        return tables

    @cached_property
    def eliminated_tables(self) -> tuple[EliminatedTable, ...]:
        """The catalogues of outdated equipment (淘汰目录), in order of the batches; a later one adds to the earlier."""
        return tuple(read_eliminated_table(path) for path in sorted((self._folder / "eliminated").glob("*.toml")))

    @cached_property
    def metering_tables(self) -> tuple[MeteringTable, ...]:
        """The tables about meters; a row that names an energy type which the library does not know is refused."""
        tables = tuple(read_metering_table(path) for path in sorted((self._folder / "metering").glob("*.toml")))
        for table in tables:
            for key in {key for row in table.rows for key in row.energy_keys} - self._entries.keys():
                raise ReferenceDataError(
                    "reference-energy", f"没有能源品种「{key}」", f"there is no energy type {key!r}",
                    record=table.header.rows_path.name, field="energy_keys",
                    mend_zh="用 energy_types 目录里的键", mend_en="use the keys of the folder energy_types",
                )  # fmt: skip
        return tables

    @cached_property
    def metering_accuracy(self) -> tuple[MeteringAccuracy, ...]:
        """The accuracy classes required of meters, in printed order."""
        return tuple(row for table in self.metering_tables for row in table.rows if isinstance(row, MeteringAccuracy))

    @cached_property
    def metering_fit_rates(self) -> tuple[FitRate, ...]:
        """The fit rates required, in printed order."""
        return tuple(row for table in self.metering_tables for row in table.rows if isinstance(row, FitRate))

    @cached_property
    def metering_thresholds(self) -> tuple[MeteringThreshold, ...]:
        """From when a sub-unit or equipment must have a meter, in printed order."""
        return tuple(row for table in self.metering_tables for row in table.rows if isinstance(row, MeteringThreshold))

    def metering_fit_rate(self, energy_key: str) -> FitRate | None:
        """Give the fit rates of an energy type; ``None`` where no row is applied to it."""
        return next((row for row in self.metering_fit_rates if energy_key in row.energy_keys), None)

    def metering_threshold(self, level: str, energy_key: str) -> MeteringThreshold | None:
        """Give the threshold of an energy type at a level (``sub_unit``, ``equipment``), if there is one."""
        rows = (row for row in self.metering_thresholds if row.level == level and energy_key in row.energy_keys)
        return next(rows, None)

    @cached_property
    def score_sheets(self) -> dict[str, Sheet]:
        """The assessment score sheets by key."""
        sheets = [read_sheet(path) for path in sorted((self._folder / "assessment").glob("*.toml"))]
        return {sheet.key: sheet for sheet in sheets}

    @cached_property
    def grading_rules(self) -> dict[str, GradingRule]:
        """The grading rules by key."""
        rules = [read_grading(path) for path in sorted((self._folder / "grading").glob("*.toml"))]
        return {rule.key: rule for rule in rules}

    def regions(self) -> tuple[Region, ...]:
        """Give the administrative divisions, province to county."""
        return self._codes.regions

    def industries(self) -> tuple[Industry, ...]:
        """Give the industries of GB/T 4754."""
        return self._codes.industries

    def processes(self, industry_code: str | None = None) -> tuple[Process, ...]:
        """Give the processes of one industry division (``C31``; a longer code means its division), or all."""
        if industry_code is None:
            return self._codes.processes
        return tuple(process for process in self._codes.processes if industry_code.startswith(process.industry_code))

    def enumeration(self, name: str) -> tuple[EnumerationItem, ...]:
        """Give one enumeration of the wire, e.g. ``statType``."""
        return self._codes.enumeration(name)

    def enumerations(self) -> tuple[EnumerationItem, ...]:
        """Give the items of all enumerations."""
        return tuple(item for items in self._codes.enumerations.values() for item in items)

    def dictionary(self) -> dict[str, Any]:
        """Give what ``downloadBaseData`` hands out, with its ``version``; the caller owns the answer."""
        return {"version": self.dictionary_version, **build_dictionaries(self)}

    @cached_property
    def dictionary_versions(self) -> dict[str, str]:
        """The version of every dictionary by name: a hash of its content."""
        return {name: version_of(content) for name, content in build_dictionaries(self).items()}

    @cached_property
    def dictionary_version(self) -> str:
        """The version of :meth:`dictionary`: a hash of the versions of all."""
        return version_of(self.dictionary_versions)


def _wire_codes(energy_types: Iterable[EnergyType]) -> dict[tuple[str, str], EnergyType]:
    found: dict[tuple[str, str], EnergyType] = {}
    for energy_type in energy_types:
        codes = (energy_type.class_code, energy_type.type_code)
        if "" in codes:
            continue
        if codes in found:
            raise ReferenceDataError(
                "reference-wire-code", f"代码与 {found[codes].key} 重复",
                f"the wire code repeats that of {found[codes].key}",
                record=f"{energy_type.key}.toml", field="wire.type_code",
                mend_zh="每个代码只属一个品种", mend_en="one code belongs to one energy type",
            )  # fmt: skip
        found[codes] = energy_type
    return found


@cache
def library() -> Library:
    """Give the library shipped with the package, parsed once."""
    return Library(DATA)
