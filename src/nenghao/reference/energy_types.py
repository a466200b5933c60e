"""Energy types: one TOML file each, with names, wire codes, units, links to coefficient rows and worked tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from nenghao.errors import NenghaoError
from nenghao.reference.coefficients import CoefficientRow, CoefficientTable, exact, kgce_per_base_unit
from nenghao.reference.files import EnergyFile, FactorPart, read_file
from nenghao.reference.model import STATUSES, EnergyType, Factor, FactorTest, Status
from nenghao.reference.refusals import (
    ReferenceDataError,
    cited,
    known_status,
    known_unit,
    known_word,
    missing,
    needed,
    refuse_overlaps,
)
from nenghao.units import conversion_factor

BASE_UNITS = ("kWh", "GJ", "m3", "t", "tce")
SET_ORDER = {"national": 0, "statistics": 1}

CoefficientIndex = Mapping[tuple[str, str], CoefficientRow]


@dataclass(frozen=True, slots=True)
class EnergyEntry:
    """An energy type with its factors: GB/T 2589 in order of validity, then statistical conventions."""

    energy_type: EnergyType
    factors: tuple[Factor, ...]


def index_rows(tables: Iterable[CoefficientTable]) -> CoefficientIndex:
    """Index the rows that print a figure by table key and name."""
    return {(t.header.key, row.name): row for t in tables for row in t.rows if row.factor is not None}


def read_energy_type(path: Path, rows: CoefficientIndex) -> EnergyEntry:
    """Read one file and link it to the rows it names."""
    content = read_file(path, EnergyFile)
    energy_type = _energy_type(content, path.name)
    if energy_type.key != path.stem:
        raise ReferenceDataError(
            "reference-key", "key 与文件名不一致", "key and file name differ", record=path.name, field="key",
            mend_zh="文件名写成 key.toml", mend_en="name the file key.toml",
        )  # fmt: skip
    linked = [_factor(energy_type, link, rows, path.name) for link in content.factors]
    linked.sort(key=lambda pair: (SET_ORDER[pair[1]], pair[0].valid_from or date.min))
    refuse_overlaps(((s, energy_type.key), f.valid_from, f.valid_until, f.factor_id) for f, s in linked)
    return EnergyEntry(energy_type, tuple(f for f, _ in linked))


def _energy_type(content: EnergyFile, file: str) -> EnergyType:
    wire = content.wire
    _check_units(content.base_unit, content.wire_unit, file)
    status = known_status(wire.status, file, "wire.status")
    if wire.ours and status != "unverified":
        raise ReferenceDataError(
            "reference-status", "自编代码只能是待核", "a code of ours is unverified", record=file, field="wire.status",
            mend_zh='写成 status = "unverified"', mend_en='write status = "unverified"',
        )  # fmt: skip
    if content.factors and not content.tests:
        raise missing(file, "tests")
    for number, test in enumerate(content.tests, start=1):
        _check_same_kind(test.unit, content.base_unit, file, f"tests[{number}].unit")
    return EnergyType(
        needed(content.key, file, "key"), needed(content.name_zh, file, "name_zh"),
        needed(content.name_en, file, "name_en"), wire.class_code, wire.type_code, content.base_unit,
        content.wire_unit, status, cited(wire.source, file, "wire.source"), wire.ours, content.note,
        tuple(FactorTest(test.quantity, test.unit, test.on, test.tce) for test in content.tests),
    )  # fmt: skip


def _check_units(base_unit: str, wire_unit: str, file: str) -> None:
    known_word(base_unit, BASE_UNITS, file, "base_unit")
    _check_same_kind(wire_unit, base_unit, file, "wire_unit")


def _check_same_kind(symbol: str, base_unit: str, file: str, field: str) -> None:
    if known_unit(symbol, file, field).dimension is not known_unit(base_unit, file, "base_unit").dimension:
        raise ReferenceDataError(
            "reference-unit", f"「{symbol}」不能换算为「{base_unit}」", f"{symbol} cannot become {base_unit}",
            record=file, field=field, mend_zh="两个单位须属同一量纲", mend_en="both units must have one dimension",
        )  # fmt: skip


def _factor(energy_type: EnergyType, link: FactorPart, rows: CoefficientIndex, file: str) -> tuple[Factor, str]:
    row = rows.get((link.table, link.row))
    if row is None or row.header.set not in SET_ORDER:
        raise ReferenceDataError(
            "reference-link", f"找不到系数行 {link.table}/{link.row}", f"no coefficient row {link.table}/{link.row}",
            record=file, field="factors.row", mend_zh="表名和行名须与系数表一致, 炼化专用表不得引用",
            mend_en="name table and row as in the coefficient table; the refinery set cannot be linked",
        )  # fmt: skip
    low, value, high = (_value(figure, row, energy_type, link, file) for figure in _figures(row))
    header = row.header
    return Factor(
        energy_type.key, value, f"kgce/{energy_type.base_unit}", row.basis, header.standard, header.edition, row.clause,
        header.valid_from, header.valid_until, _status(row, link, file), row.source, _note(row, link, energy_type),
        f"{header.key}/{row.name}", low, high, f"{row.factor} {row.factor_unit}",
    ), header.set  # fmt: skip


def _status(row: CoefficientRow, link: FactorPart, file: str) -> Status:
    """Give the lower of the row's status and the link's: choosing a row by convention cannot raise it."""
    if not link.status:
        return row.status
    chosen = known_status(link.status, file, "factors.status")
    return chosen if STATUSES.index(chosen) > STATUSES.index(row.status) else row.status


def _figures(row: CoefficientRow) -> tuple[Decimal, Decimal, Decimal]:
    assert row.factor_low is not None
    assert row.factor is not None
    assert row.factor_high is not None
    return row.factor_low, row.factor, row.factor_high


def _value(figure: Decimal, row: CoefficientRow, energy_type: EnergyType, link: FactorPart, file: str) -> float:
    scale = None if link.base_units_per_printed_unit is None else exact(link.base_units_per_printed_unit)
    try:
        return kgce_per_base_unit(row, figure, energy_type.base_unit, scale)
    except NenghaoError as error:
        raise ReferenceDataError(
            "reference-unit", error.message_zh, error.message_en, record=file, field="base_unit",
            mend_zh="基本单位须与系数行的单位同一量纲", mend_en="base unit and the row's unit must have one dimension",
        ) from None  # fmt: skip


def _note(row: CoefficientRow, link: FactorPart, energy_type: EnergyType) -> str:
    parts = [row.note, row.exception, link.note]
    if row.factor_low != row.factor_high:
        parts.append(
            f"区间 {row.factor_low}~{row.factor_high}, 取 {row.factor} 为本系统约定, 应以实测热值折算 / a range; "
            f"{row.factor} is our convention, a measured heating value outranks it"
        )
    if link.base_units_per_printed_unit is not None:
        parts.append(energy_type.note)
    return "; ".join(part for part in parts if part)


def run_tests(entry: EnergyEntry) -> int:
    """Run the worked tests that an energy type carries and give their number; a wrong figure is refused."""
    energy_type = entry.energy_type
    for number, test in enumerate(energy_type.tests, start=1):
        found = next((f for f in entry.factors if f.in_force(test.on)), None)
        quantity = test.quantity * conversion_factor(test.unit, energy_type.base_unit)
        tce = None if found is None else quantity * found.value / 1000
        if tce is None or not abs(tce - test.tce) <= 1e-9 * abs(test.tce):  # also when either is NaN
            raise ReferenceDataError(
                "reference-test", f"算例结果为 {tce}, 应为 {test.tce}", f"the test gives {tce}, expected {test.tce}",
                record=f"{energy_type.key}.toml", field=f"tests[{number}].tce",
                mend_zh="核对系数与算例", mend_en="compare factor and test",
            )  # fmt: skip
    return len(energy_type.tests)
