"""CO2 factor tables: one file per set, with the check of a derived factor against its own components."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from nenghao.reference.model import Co2Factor
from nenghao.reference.refusals import ReferenceDataError
from nenghao.reference.tables import Row, TableHeader, read_header, read_rows

COLUMNS = (
    "name", "region", "year", "quantity_unit", "ncv", "ncv_unit", "carbon_content", "carbon_content_unit",
    "oxidation_rate", "co2_factor", "co2_factor_unit", "status", "confidence", "note", "source",
)  # fmt: skip
CARBON_TO_CO2 = Decimal(44) / Decimal(12)


@dataclass(frozen=True, slots=True)
class Co2Table:
    """One set of CO2 factors with its header."""

    header: TableHeader
    rows: tuple[Co2Factor, ...]


def read_co2_table(path: Path) -> Co2Table:
    """Read and check one set; ``path`` is its TOML header."""
    header = read_header(path)
    rows = read_rows(header, COLUMNS, ("name", "region", "year"))
    return Co2Table(header, tuple(_parse(row) for row in rows))


def _parse(row: Row) -> Co2Factor:
    for field in ("ncv_unit", "carbon_content_unit", "co2_factor_unit"):
        if row.optional(field):
            row.ratio_unit(field)
    factor = Co2Factor(
        row.header.key, row.text("name"), row.text("region"), row.optional("year"), row.text("quantity_unit"),
        row.number("ncv"), row.optional("ncv_unit"), row.number("carbon_content"), row.optional("carbon_content_unit"),
        row.number("oxidation_rate"), row.needed_number("co2_factor"), row.text("co2_factor_unit"),
        row.header.standard, row.header.edition, row.clause(), row.status(), row.source(), row.optional("note"),
    )  # fmt: skip
    _check_derived(row, factor)
    return factor


def _check_derived(row: Row, factor: Co2Factor) -> None:
    """NCV × carbon content × oxidation × 44/12 must give the factor, within half a unit of its last digit."""
    if factor.carbon_content is None:
        return
    oxidation = row.needed_number("oxidation_rate")
    derived = (factor.ncv or Decimal(1)) * factor.carbon_content * oxidation * CARBON_TO_CO2
    half_digit = Decimal(5).scaleb(int(factor.value.as_tuple().exponent) - 1)
    if abs(derived - factor.value) > half_digit:
        raise ReferenceDataError(
            "reference-co2", f"排放因子与其组成不符: {derived:.6f} ≠ {factor.value}",
            f"the CO2 factor disagrees with its components: {derived:.6f} ≠ {factor.value}", record=row.place,
            field="co2_factor", mend_zh="按来源核对热值、含碳量、氧化率",
            mend_en="compare heating value, carbon content and oxidation rate with the source",
        )  # fmt: skip
