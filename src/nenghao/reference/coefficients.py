"""Coal-equivalent tables (折标准煤系数表): their rows, and the check against the row's own heating value."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from nenghao.reference.files import PrintedPart
from nenghao.reference.model import BASES, Basis, Status
from nenghao.reference.refusals import ReferenceDataError, cited, known_unit, known_word, missing
from nenghao.reference.tables import Row, TableHeader, read_header, read_rows
from nenghao.units import Dimension, conversion_factor

COLUMNS = (
    "name", "form", "ncv_low", "ncv_high", "ncv_unit", "factor_low", "factor_high", "factor", "factor_unit", "basis",
    "clause", "status", "confidence", "exception", "note", "source",
)  # fmt: skip
SETS = ("national", "statistics", "refinery")
"""GB/T 2589; statistical conventions, used only where GB/T 2589 has no row; GB 30251, for refineries only."""
EXACT_KJ = {"kWh": Decimal(3600), "MJ": Decimal(1000)}
"""Heat of a unit by definition; any other heating value is rounded to its printed digits."""
MAXIMUM_SPREAD = 0.002
"""A heating-value constant of its own may differ from kJ/kgce by the difference of the calories, no more."""


@dataclass(frozen=True, slots=True)
class CoefficientRow:
    """One printed row. Heating values [kJ or MJ per unit], factors [kgce per unit], ``None`` where none is printed."""

    header: TableHeader
    place: str
    name: str
    form: str
    ncv_low: Decimal | None
    ncv_high: Decimal | None
    ncv_unit: str
    factor_low: Decimal | None
    factor_high: Decimal | None
    factor: Decimal | None
    factor_unit: str
    basis: Basis
    clause: str
    status: Status
    confidence: str
    exception: str
    note: str
    source: str
    printed: Decimal | None


@dataclass(frozen=True, slots=True)
class CoefficientTable:
    """One table with its header."""

    header: TableHeader
    rows: tuple[CoefficientRow, ...]


def read_coefficient_table(path: Path) -> CoefficientTable:
    """Read and check one table; ``path`` is its TOML header."""
    header = read_header(path)
    known_word(header.set, SETS, path.name, "set")
    columns = (*COLUMNS, "printed") if header.printed else COLUMNS
    rows = read_rows(header, columns, ("name", "basis"))
    parsed = tuple(_parse(row) for row in rows)
    for row in parsed:
        check_heating_value(row)
    return CoefficientTable(header, parsed)


def _parse(row: Row) -> CoefficientRow:
    numerator, _ = row.ratio_unit("factor_unit")
    if numerator.dimension is not Dimension.COAL_EQUIVALENT:
        raise _unit_error(row.place, "factor_unit", "系数的分子须是 kgce 或 tce", "a factor is kgce or tce per unit")
    if any(row.optional(field) for field in ("ncv_low", "ncv_high", "ncv_unit")):
        _check_heating_cells(row)
    parsed = CoefficientRow(
        row.header, row.place, row.text("name"), row.optional("form"),
        row.number("ncv_low"), row.number("ncv_high"), row.optional("ncv_unit"),
        row.number("factor_low"), row.number("factor_high"), row.number("factor"), row.text("factor_unit"),
        known_word(row.text("basis"), BASES, row.place, "basis"), row.clause(),
        row.status(), row.optional("confidence"), row.optional("exception"),
        row.optional("note"), row.source(), row.number("printed"),
    )  # fmt: skip
    _check_range(row, parsed)
    return parsed


def _check_heating_cells(row: Row) -> None:
    """Heating values come with both ends, in order, and a unit of heat per the unit of the factor."""
    low, high = row.needed_number("ncv_low"), row.needed_number("ncv_high")
    if not 0 < low <= high:
        raise _range_error(row, "ncv_low", "须有 0 < 下限 ≤ 上限", "0 < low ≤ high must hold")
    heat, per = row.ratio_unit("ncv_unit")
    if heat.dimension is not Dimension.HEAT or per != row.ratio_unit("factor_unit")[1]:
        raise _unit_error(
            row.place, "ncv_unit", "发热量与系数须按同一单位计", "heating value and factor must be per the same unit"
        )


def _unit_error(record: str, field: str, message_zh: str, message_en: str) -> ReferenceDataError:
    return ReferenceDataError(
        "reference-unit", message_zh, message_en, record=record, field=field,
        mend_zh="按原表改正单位", mend_en="mend the unit after the printed table",
    )  # fmt: skip


def _range_error(row: Row, field: str, message_zh: str, message_en: str) -> ReferenceDataError:
    return ReferenceDataError(
        "reference-range", message_zh, message_en, record=row.place, field=field,
        mend_zh="按原表核对各数", mend_en="compare the figures with the printed table",
    )  # fmt: skip


def _check_range(row: Row, parsed: CoefficientRow) -> None:
    """A row prints either no figure (then its note says why) or low ≤ factor ≤ high, all positive."""
    figures = (parsed.factor_low, parsed.factor, parsed.factor_high)
    if not any(figure is not None for figure in figures):
        row.text("note")
        return
    low, value, high = (row.needed_number(field) for field in ("factor_low", "factor", "factor_high"))
    if not 0 < low <= value <= high:
        raise _range_error(row, "factor", "须有 0 < 下限 ≤ 取值 ≤ 上限", "0 < low ≤ factor ≤ high must hold")


def check_heating_value(row: CoefficientRow) -> None:
    """Refuse a factor that disagrees with its own heating value, and an exception that is not needed.

    They agree when heating value ÷ kJ/kgce equals the factor within half a unit of the last printed digit of each. A
    printed table that disagrees keeps its figures and says why in ``exception``.
    """
    if row.factor is None or row.ncv_low is None or row.ncv_high is None:
        return
    problems = [text for text in (_disagreement(row), _conversion_slip(row)) if text]
    if problems and not row.exception:
        raise ReferenceDataError(
            "reference-heating-value", f"系数与自身发热量不符: {problems[0]}",
            f"the factor disagrees with its own heating value: {problems[0]}", record=row.place, field="factor",
            mend_zh="按原表改正; 原表如此时在 exception 列写明缘由",
            mend_en="mend it after the printed table; where it is printed so, say why in the column exception",
        )  # fmt: skip
    if row.exception and not problems:
        raise ReferenceDataError(
            "reference-exception", "系数与发热量相符, 不需要例外说明", "the figures agree: no exception is needed",
            record=row.place, field="exception", mend_zh="删去该说明", mend_en="remove it",
        )  # fmt: skip


def _disagreement(row: CoefficientRow) -> str:
    for ncv, factor in ((row.ncv_low, row.factor_low), (row.ncv_high, row.factor_high)):
        assert ncv is not None
        assert factor is not None
        target = factor if row.printed is None else row.printed
        kj_per_unit = _kj_per_printed_unit(row)
        heat, _, per = row.ncv_unit.partition("/")
        to_kj = Decimal(str(conversion_factor(heat, "kJ")))
        by_definition = EXACT_KJ.get(per) == ncv * to_kj
        margin = _half_digit(target) + (Decimal(0) if by_definition else _half_digit(ncv) * to_kj / kj_per_unit)
        if abs(ncv * to_kj / kj_per_unit - target) > margin:
            return f"{ncv} {row.ncv_unit} ÷ {kj_per_unit} kJ = {ncv * to_kj / kj_per_unit:.5f} ≠ {target}"
    return ""


def _conversion_slip(row: CoefficientRow) -> str:
    """For a table printed in another unit (kgoe): the derived kgce must be the printed figure times the constant."""
    if row.printed is None or row.factor is None:
        return ""
    part = printed_part(row.header)
    derived = row.printed * exact(part.kgce_per_unit)
    slip = abs(derived - row.factor) > _half_digit(row.factor)
    return f"{row.printed} {part.unit} → {derived} ≠ {row.factor}" if slip else ""


def _half_digit(value: Decimal) -> Decimal:
    return Decimal(5).scaleb(int(value.as_tuple().exponent) - 1)


def _kj_per_printed_unit(row: CoefficientRow) -> Decimal:
    file = row.header.path.name
    if row.printed is not None:
        return exact(printed_part(row.header).kj_per_unit)
    part = row.header.conversion
    if part is None:
        raise missing(file, "conversion")
    cited(part.source, file, "conversion.source")
    per = row.factor_unit.partition("/")[2]
    if per in EXACT_KJ or part.heating_value_kj_per_kgce is None:
        return exact(part.kj_per_kgce)
    cited(part.heating_value_reason, file, "conversion.heating_value_reason")
    if abs(part.heating_value_kj_per_kgce / part.kj_per_kgce - 1) > MAXIMUM_SPREAD:
        raise ReferenceDataError(
            "reference-constant", "发热量换算常数偏离过大", "the heating-value constant is too far from kJ/kgce",
            record=file, field="conversion.heating_value_kj_per_kgce",
            mend_zh="只许是卡的定义之差(0.2 % 以内)", mend_en="only the difference of the calories is allowed (0.2 %)",
        )  # fmt: skip
    return exact(part.heating_value_kj_per_kgce)


def printed_part(header: TableHeader) -> PrintedPart:
    """Give the ``[printed]`` constants of a table that is not printed in kgce."""
    if header.printed is None:
        raise missing(header.path.name, "printed")
    cited(header.printed.source, header.path.name, "printed.source")
    return header.printed


def exact(number: float) -> Decimal:
    """Give a number of a TOML file as the decimal that is written there."""
    return Decimal(str(number))


def kgce_per_base_unit(row: CoefficientRow, figure: Decimal, base_unit: str, scale: Decimal | None = None) -> float:
    """Turn a printed figure into kgce per base unit, exactly (decimal), e.g. 0.7143 kgce/kg → 714.3 kgce/t.

    ``scale`` (base units per printed unit) bridges two dimensions, e.g. 1 m3 of water per tonne.
    """
    numerator, _, per = row.factor_unit.partition("/")
    known_unit(base_unit, row.place, "base_unit")
    value = figure * Decimal(str(conversion_factor(numerator, "kgce")))
    if scale is not None:
        return float(value / scale)
    return float(value * Decimal(str(conversion_factor(base_unit, per))))
