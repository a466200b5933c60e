"""Energy types: one TOML file each, with names, wire codes, units, links to coefficient rows and worked tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from nenghao.errors import NenghaoError
from nenghao.reference.coefficients import CoefficientRow, CoefficientTable, kgce_per_base_unit
from nenghao.reference.model import EnergyType, Factor, FactorTest, Status
from nenghao.reference.tables import (
    ReferenceDataError,
    known_status,
    known_unit,
    missing,
    no_citation,
    read_toml,
    refuse_overlaps,
    text_of,
)
from nenghao.units import conversion_factor

BASE_UNITS = ("kWh", "GJ", "m3", "t", "tce")
CODE_DIGITS = {"class_code": 2, "type_code": 4}
SET_ORDER = {"national": 0, "statistics": 1}

CoefficientIndex = Mapping[tuple[str, str], CoefficientRow]


@dataclass(frozen=True, slots=True)
class EnergyEntry:
    """An energy type with its factors: GB/T 2589 in order of validity, then statistical conventions."""

    energy_type: EnergyType
    factors: tuple[Factor, ...]
    sets: tuple[str, ...]
    """The set of each factor, in the same order."""


def index_rows(tables: Iterable[CoefficientTable]) -> CoefficientIndex:
    """Index the rows that print a figure by table key and name."""
    return {(t.header.key, row.name): row for t in tables for row in t.rows if row.factor is not None}


def read_energy_type(path: Path, rows: CoefficientIndex) -> EnergyEntry:
    """Read one file and link it to the rows it names."""
    content = read_toml(path)
    energy_type = _energy_type(content, path.name)
    if energy_type.key != path.stem:
        raise ReferenceDataError(
            "reference-key", "key 与文件名不一致", "key and file name differ", record=path.name, field="key",
            mend_zh="文件名写成 key.toml", mend_en="name the file key.toml",
        )  # fmt: skip
    linked = [_factor(energy_type, link, rows, path.name) for link in content.get("factors", ())]
    linked.sort(key=lambda pair: (SET_ORDER[pair[1]], pair[0].valid_from or date.min))
    refuse_overlaps([((s, energy_type.key), f.valid_from, f.valid_until, f.factor_id) for f, s in linked])
    return EnergyEntry(energy_type, tuple(f for f, _ in linked), tuple(s for _, s in linked))


def _energy_type(content: Mapping[str, Any], file: str) -> EnergyType:
    base_unit, wire_unit = text_of(content, "base_unit", file), text_of(content, "wire_unit", file)
    _check_units(base_unit, wire_unit, file)
    wire = content.get("wire", {})
    if not str(wire.get("source", "")).strip():
        raise no_citation(file, "wire.source")
    status = known_status(str(wire.get("status", "")), file)
    ours = bool(wire.get("ours", False))
    if ours and status != "unverified":
        raise ReferenceDataError(
            "reference-status", "自编代码只能是待核", "a code of ours is unverified", record=file, field="wire.status",
            mend_zh='写成 status = "unverified"', mend_en='write status = "unverified"',
        )  # fmt: skip
    return EnergyType(
        text_of(content, "key", file), text_of(content, "name_zh", file), text_of(content, "name_en", file),
        _code(wire, "class_code", file), _code(wire, "type_code", file), base_unit, wire_unit, status, wire["source"],
        ours, str(content.get("note", "")), _tests(content, file),
    )  # fmt: skip


def _check_units(base_unit: str, wire_unit: str, file: str) -> None:
    if base_unit not in BASE_UNITS:
        raise ReferenceDataError(
            "reference-unit", f"「{base_unit}」不是基本单位", f"{base_unit!r} is not a base unit", record=file,
            field="base_unit", mend_zh="只能是 " + "、".join(BASE_UNITS), mend_en="one of " + ", ".join(BASE_UNITS),
        )  # fmt: skip
    if known_unit(wire_unit, file, "wire_unit").dimension is not known_unit(base_unit, file, "base_unit").dimension:
        raise ReferenceDataError(
            "reference-unit", f"「{wire_unit}」不能换算为「{base_unit}」", f"{wire_unit} cannot become {base_unit}",
            record=file, field="wire_unit", mend_zh="两个单位须属同一量纲",
            mend_en="both units must have one dimension",
        )  # fmt: skip


def _code(wire: Mapping[str, Any], field: str, file: str) -> str:
    value = wire.get(field)
    if value == "" or (isinstance(value, str) and value.isdecimal() and len(value) == CODE_DIGITS[field]):
        return value
    digits = CODE_DIGITS[field]
    raise ReferenceDataError(
        "reference-wire-code", f"代码「{value}」不合规则", f"code {value!r} is malformed",
        record=file, field=f"wire.{field}",
        mend_zh=f"{digits} 位数字; 未知时写空串", mend_en=f"{digits} digits, or empty where unknown",
    )  # fmt: skip


def _tests(content: Mapping[str, Any], file: str) -> tuple[FactorTest, ...]:
    tests = []
    for number, test in enumerate(content.get("tests", ()), start=1):
        for field, kinds in (("quantity", (int, float)), ("unit", str), ("on", date), ("tce", (int, float))):
            if not isinstance(test.get(field), kinds):
                raise missing(file, f"tests[{number}].{field}")
        tests.append(FactorTest(float(test["quantity"]), test["unit"], test["on"], float(test["tce"])))
    if content.get("factors") and not tests:
        raise missing(file, "tests")
    return tuple(tests)


def _factor(energy_type: EnergyType, link: Mapping[str, Any], rows: CoefficientIndex, file: str) -> tuple[Factor, str]:
    row = rows.get((link.get("table", ""), link.get("row", "")))
    if row is None or row.header.set not in SET_ORDER or row.factor is None:
        raise ReferenceDataError(
            "reference-link", f"找不到系数行 {link.get('table')}/{link.get('row')}",
            f"no coefficient row {link.get('table')}/{link.get('row')}", record=file, field="factors.row",
            mend_zh="表名和行名须与系数表一致, 炼化专用表不得引用",
            mend_en="name table and row as in the coefficient table; the refinery set cannot be linked",
        )  # fmt: skip
    low, value, high = (_value(figure, row, energy_type, link, file) for figure in _figures(row))
    status: Status = known_status(str(link["status"]), file) if "status" in link else row.status
    header = row.header
    return Factor(
        energy_type.key, value, f"kgce/{energy_type.base_unit}", row.basis, header.standard, header.edition, row.clause,
        header.valid_from, header.valid_until, status, row.source, _note(row, link, energy_type),
        f"{header.key}/{row.name}", low, high, f"{row.factor} {row.factor_unit}",
    ), header.set  # fmt: skip


def _figures(row: CoefficientRow) -> tuple[Decimal, Decimal, Decimal]:
    assert row.factor_low is not None
    assert row.factor is not None
    assert row.factor_high is not None
    return row.factor_low, row.factor, row.factor_high


def _value(figure: Decimal, row: CoefficientRow, energy_type: EnergyType, link: Mapping[str, Any], file: str) -> float:
    scale = link.get("base_units_per_printed_unit")
    if scale is not None and not (isinstance(scale, int | float) and scale > 0):
        raise missing(file, "factors.base_units_per_printed_unit")
    try:
        return kgce_per_base_unit(row, figure, energy_type.base_unit, None if scale is None else Decimal(str(scale)))
    except NenghaoError as error:
        raise ReferenceDataError(
            "reference-unit", error.message_zh, error.message_en, record=file, field="base_unit",
            mend_zh="基本单位须与系数行的单位同一量纲", mend_en="base unit and the row's unit must have one dimension",
        ) from None  # fmt: skip


def _note(row: CoefficientRow, link: Mapping[str, Any], energy_type: EnergyType) -> str:
    parts = [row.note, row.exception, str(link.get("note", ""))]
    if row.factor_low != row.factor_high:
        parts.append(
            f"区间 {row.factor_low}~{row.factor_high}, 取 {row.factor} 为本系统约定, 应以实测热值折算 / a range; "
            f"{row.factor} is our convention, a measured heating value outranks it"
        )
    if "base_units_per_printed_unit" in link:
        parts.append(energy_type.note)
    return "; ".join(part for part in parts if part)


def run_tests(entry: EnergyEntry) -> int:
    """Run the worked tests that an energy type carries and give their number; a wrong figure is refused."""
    energy_type = entry.energy_type
    for number, test in enumerate(energy_type.tests, start=1):
        found = next((f for f in entry.factors if f.in_force(test.on)), None)
        quantity = test.quantity * conversion_factor(test.unit, energy_type.base_unit)
        tce = None if found is None else quantity * found.value / 1000
        if tce is None or abs(tce - test.tce) > 1e-9 * abs(test.tce):
            raise ReferenceDataError(
                "reference-test", f"算例结果为 {tce}, 应为 {test.tce}", f"the test gives {tce}, expected {test.tce}",
                record=f"{energy_type.key}.toml", field=f"tests[{number}].tce",
                mend_zh="核对系数与算例", mend_en="compare factor and test",
            )  # fmt: skip
    return len(energy_type.tests)
