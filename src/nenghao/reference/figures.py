"""Every number of the library as one flat list, for the generated page, the snapshot test and the counts of a check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from nenghao.reference.benchmarks import BenchmarkTable
from nenghao.reference.co2 import Co2Table
from nenghao.reference.coefficients import CoefficientRow, CoefficientTable, printed_part
from nenghao.reference.eliminated import EliminatedEntry, EliminatedTable
from nenghao.reference.energy_types import run_tests
from nenghao.reference.library import Library
from nenghao.reference.metering import LEVELS, MeteringTable
from nenghao.reference.model import STATUSES, FitRate, MeteringAccuracy, MeteringThreshold, Status
from nenghao.reference.quotas import QuotaTable
from nenghao.reference.refusals import known_status
from nenghao.reference.tables import TableHeader


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed number with its citation. ``value`` keeps the printed digits; a range reads ``1.1000~1.3300``."""

    header: TableHeader
    name: str
    quantity: str
    """What it is: ``factor``, ``ncv``, ``co2_factor``, ``grade_1`` …"""
    value: str
    unit: str
    clause: str
    status: Status
    source: str
    note: str

    @property
    def validity(self) -> str:
        """From and until (exclusive) as ``2008-06-01..2021-04-01``; an unknown or open end is empty."""
        return f"{self.header.valid_from or ''}..{self.header.valid_until or ''}"


def figures(library: Library) -> Iterator[Figure]:
    """Yield every number of the coefficient, CO2, quota, metering and equipment tables, in the order of the files."""
    for table in library.coefficient_tables:
        yield from _constants(table.header)
        yield from _coefficient_figures(table)
    for co2_table in library.co2_tables:
        yield from _co2_figures(co2_table)
    for quota_table in library.quota_tables:
        yield from _quota_figures(quota_table)
        yield from _correction_figures(quota_table)
    for benchmark_table in library.benchmark_tables:
        yield from _benchmark_figures(benchmark_table)
    for metering_table in library.metering_tables:
        yield from _metering_figures(metering_table)
    for eliminated_table in library.eliminated_tables:
        yield from _eliminated_figures(eliminated_table)


def _constants(header: TableHeader) -> Iterator[Figure]:
    conversion, printed = header.conversion, header.printed
    found: list[tuple[str, float | None, str, str, str, str]] = []
    if conversion is not None:
        status, source = conversion.status, conversion.source
        own, reason = conversion.heating_value_kj_per_kgce, conversion.heating_value_reason
        found.append(("kj_per_kgce", conversion.kj_per_kgce, "kJ/kgce", status, source, ""))
        found.append(("heating_value_kj_per_kgce", own, "kJ/kgce", status, source, reason))
    if printed is not None:
        status, source = printed.status, printed.source
        found.append(("kgce_per_unit", printed.kgce_per_unit, f"kgce/{printed.unit}", status, source, ""))
        found.append(("kj_per_unit", printed.kj_per_unit, f"kJ/{printed.unit}", status, source, ""))
    for field, value, unit, status, source, note in found:
        if value is not None:
            checked = known_status(status, header.path.name)
            yield Figure(header, "换算常数 constant", field, f"{value:.9g}", unit,
                         header.clause, checked, source, note)  # fmt: skip


def _coefficient_figures(table: CoefficientTable) -> Iterator[Figure]:
    for row in table.rows:
        note = "; ".join(text for text in (row.note, row.exception) if text)
        for quantity, value, unit in _coefficient_values(row):
            yield Figure(
                row.header, row.name, f"{quantity} ({row.basis})", value, unit, row.clause, row.status, row.source, note
            )


def _coefficient_values(row: CoefficientRow) -> Iterator[tuple[str, str, str]]:
    if row.ncv_low is not None:
        yield "ncv", _span(row.ncv_low, row.ncv_high), row.ncv_unit
    if row.printed is not None:
        per = row.factor_unit.partition("/")[2]
        yield "printed", str(row.printed), f"{printed_part(row.header).unit}/{per}"
    yield "factor", "—" if row.factor is None else _span(row.factor_low, row.factor_high), row.factor_unit
    if row.factor_low != row.factor_high:
        yield "factor taken", str(row.factor), row.factor_unit


def _span(low: object, high: object) -> str:
    return str(low) if low == high else f"{low}~{high}"


def _co2_figures(table: Co2Table) -> Iterator[Figure]:
    for row in table.rows:
        name = f"{row.name} {row.region} {row.year}".strip()
        for quantity, value, unit in (
            ("ncv", row.ncv, row.ncv_unit),
            ("carbon_content", row.carbon_content, row.carbon_content_unit),
            ("oxidation_rate", row.oxidation_rate, "1"),
            ("co2_factor", row.value, row.unit),
        ):
            if value is not None:
                yield Figure(
                    table.header, name, quantity, str(value), unit, row.clause, row.status, row.source, row.note
                )


def _quota_figures(table: QuotaTable) -> Iterator[Figure]:
    for row in table.rows:
        name = " / ".join(text for text in (row.product, row.metric, row.condition) if text)
        for quantity, value in (("grade_1", row.grade_1), ("grade_2", row.grade_2), ("grade_3", row.grade_3)):
            shown = "—" if value is None else str(value)
            yield Figure(table.header, name, quantity, shown, row.unit, row.clause, row.status, row.source, row.note)


def _correction_figures(table: QuotaTable) -> Iterator[Figure]:
    """Yield the rule of every correction; its figures stand in the text as gathered."""
    for one in table.corrections:
        name = " / ".join(text for text in (one.name_zh, "、".join(sorted(one.products))) if text)
        quantity = f"correction {one.kind} ({'/'.join(str(grade) for grade in one.grades)})"
        yield Figure(table.header, name, quantity, one.rule, one.unit, one.clause, one.status, one.source, "")


def _benchmark_figures(table: BenchmarkTable) -> Iterator[Figure]:
    for row in table.rows:
        name = " / ".join(text for text in (row.sector, row.product, row.metric, row.condition) if text)
        for quantity, value in (("benchmark", row.benchmark), ("baseline", row.baseline)):
            shown = "—" if value is None else str(value)
            yield Figure(
                table.header, name, quantity, shown, row.unit, table.header.clause, row.status, row.source, row.note
            )


def _metering_figures(table: MeteringTable) -> Iterator[Figure]:
    for row in table.rows:
        for name, quantity, value, unit in _metering_values(row):
            yield Figure(table.header, name, quantity, value, unit, row.clause, row.status, row.source, row.note)


def _metering_values(
    row: MeteringAccuracy | FitRate | MeteringThreshold,
) -> Iterator[tuple[str, str, str, str]]:
    if isinstance(row, MeteringAccuracy):
        name = " / ".join(text for text in (row.instrument, row.measured_for, row.condition) if text)
        yield name, "accuracy_class", row.accuracy_class or "—", ""
        if row.monthly_kwh_from is not None:
            yield name, "monthly_kwh_from", f"{row.monthly_kwh_from:.0f}", "kWh"
    elif isinstance(row, FitRate):
        for level in LEVELS:
            rate = row.rate(level)
            yield row.energy_kind, f"rate_{level}", "—" if rate is None else str(rate), "%"
    else:
        yield row.energy_kind, row.level, str(row.threshold), row.unit


def _eliminated_figures(table: EliminatedTable) -> Iterator[Figure]:
    for row in table.rows:
        name = " / ".join(text for text in (row.category, row.name, row.scope) if text)
        note = "; ".join(text for text in ("" if row.models or row.pattern else "不自动比对", row.note) if text)
        for quantity, value, unit in _eliminated_values(row):
            yield Figure(table.header, name, quantity, value, unit, f"第 {row.item} 项", row.status, row.source, note)


def _eliminated_values(row: EliminatedEntry) -> Iterator[tuple[str, str, str]]:
    yield "stop_use", row.deadline_words(), ""
    if row.kw is not None:
        yield "nameplate_kw", str(row.kw), "kW"
    if row.efficiency_pct is not None:
        yield "nameplate_efficiency", str(row.efficiency_pct), "%"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check went through: counts by kind and figures by status."""

    counts: dict[str, int]
    statuses: dict[Status, int]


def check(library: Library) -> Checked:
    """Read everything, so that every refusal applies, run the tests that the energy types carry, and count."""
    statuses = Counter(figure.status for figure in figures(library))
    tests = sum(run_tests(library.energy_entry(energy_type.key)) for energy_type in library.energy_types())
    counts = {
        "coefficient_tables": len(library.coefficient_tables),
        "coefficient_rows": sum(len(table.rows) for table in library.coefficient_tables),
        "co2_sets": len(library.co2_tables),
        "co2_rows": sum(len(table.rows) for table in library.co2_tables),
        "quota_tables": len(library.quota_tables),
        "quota_rows": sum(len(table.rows) for table in library.quota_tables),
        "quota_corrections": sum(len(table.corrections) for table in library.quota_tables),
        "quota_tests": sum(len(table.tests) for table in library.quota_tables),
        "benchmark_rows": sum(len(table.rows) for table in library.benchmark_tables),
        "metering_tables": len(library.metering_tables),
        "metering_rows": sum(len(table.rows) for table in library.metering_tables),
        "eliminated_tables": len(library.eliminated_tables),
        "eliminated_entries": sum(len(table.rows) for table in library.eliminated_tables),
        "energy_types": len(library.energy_types()),
        "energy_tests": tests,
        "figures": statuses.total(),
        "regions": len(library.regions()),
        "industries": len(library.industries()),
        "processes": len(library.processes()),
        "enumeration_values": len(library.enumerations()),
    }
    return Checked(counts, {status: statuses[status] for status in STATUSES})
