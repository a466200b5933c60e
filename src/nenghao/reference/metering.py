"""Tables about energy meters (能源计量器具): accuracy classes, fit rates, thresholds from which a meter is due."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from nenghao.reference.model import FitRate, MeteringAccuracy, MeteringLevel, MeteringThreshold, Status
from nenghao.reference.refusals import ReferenceDataError, known_unit, known_word, missing
from nenghao.reference.tables import Row, TableHeader, read_header, read_rows

MeteringRow = MeteringAccuracy | FitRate | MeteringThreshold

LEVELS: tuple[MeteringLevel, ...] = ("entering_unit", "sub_unit", "equipment")
ACCURACY_LEVELS = ("", "entering_unit", "below")
RATES = ("rate_entering_unit", "rate_sub_unit", "rate_equipment")
PERIODS = ("", "a", "h")
CLASS = re.compile(r"\d+(\.\d+)?S?")
TAIL = ("status", "confidence", "note", "source")
MAXIMUM_RATE = 100


@dataclass(frozen=True, slots=True)
class MeteringTable:
    """One table with its header; all its rows are of one kind."""

    header: TableHeader
    rows: tuple[MeteringRow, ...]


def read_metering_table(path: Path) -> MeteringTable:
    """Read and check one table; ``path`` is its TOML header, whose ``kind`` says which of the three it is.

    Refused: a class that is no number (with or without S), a rate above 100 % or one that rises from the entrance to
    the equipment, a threshold that is not above 0 or has an unknown unit.
    """
    header = read_header(path)
    kind = known_word(header.kind, tuple(_KINDS), path.name, "kind")
    columns, identity, parse = _KINDS[kind]
    return MeteringTable(header, tuple(parse(row) for row in read_rows(header, (*columns, *TAIL), identity)))


def _keys(row: Row) -> tuple[str, ...]:
    return tuple(row.optional("energy_keys").split())


def _accuracy(row: Row) -> MeteringAccuracy:
    text = row.optional("accuracy_class")
    if text and not CLASS.fullmatch(text):
        raise ReferenceDataError(
            "reference-accuracy-class", f"准确度等级「{text}」不认识", f"accuracy class {text!r} is not known",
            record=row.place, field="accuracy_class", mend_zh="写成 0.5 或 0.5S; 表中是规则而非等级时留空",
            mend_en="write 0.5 or 0.5S; leave it empty where the table gives a rule",
        )  # fmt: skip
    if not text and not row.optional("note"):
        raise missing(row.place, "note")
    bound = row.number("monthly_kwh_from")
    return MeteringAccuracy(
        row.text("instrument"), row.text("measured_for"), row.optional("condition"), text,
        known_word(row.optional("level"), ACCURACY_LEVELS, row.place, "level"), _keys(row),
        None if bound is None else float(bound), *_citation(row),
    )  # fmt: skip


def _fit_rate(row: Row) -> FitRate:
    rates = [row.number(field) for field in RATES]
    printed = [rate for rate in rates if rate is not None]
    if not printed:
        raise missing(row.place, RATES[0])
    for field, rate in zip(RATES, rates, strict=True):
        if rate is not None and not 0 < rate <= MAXIMUM_RATE:
            raise _bad_rate(row, field)
    if printed != sorted(printed, reverse=True):
        raise _bad_rate(row, RATES[1])
    entering, sub_unit, equipment = rates
    return FitRate(
        row.text("energy_category"), row.text("energy_kind"), entering, sub_unit, equipment, _keys(row),
        *_citation(row),
    )  # fmt: skip


def _bad_rate(row: Row, field: str) -> ReferenceDataError:
    return ReferenceDataError(
        "reference-fit-rate", "配备率须大于 0、不大于 100, 且逐级不升",
        "a fit rate is above 0, at most 100, and never rises from level to level",
        record=row.place, field=field, mend_zh="按原表核对三级的百分数",
        mend_en="compare the three percentages with the printed table",
    )  # fmt: skip


def _threshold(row: Row) -> MeteringThreshold:
    unit, _, period = row.text("unit").partition("/")
    known_unit(unit, row.place, "unit")
    known_word(period, PERIODS, row.place, "unit")
    value = row.needed_number("threshold")
    if value <= Decimal(0):
        raise ReferenceDataError(
            "reference-threshold", "限定值须大于 0", "a threshold is above 0", record=row.place, field="threshold",
            mend_zh="按原表核对", mend_en="compare with the printed table",
        )  # fmt: skip
    level: MeteringLevel = known_word(row.text("level"), LEVELS, row.place, "level")
    return MeteringThreshold(level, row.text("energy_kind"), value, row.text("unit"), _keys(row), *_citation(row))


def _citation(row: Row) -> tuple[str, str, Status, str, str]:
    return (row.header.citation, row.clause(), row.status(), row.source(), row.optional("note"))


_Parse = Callable[[Row], MeteringRow]
_KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], _Parse]] = {
    "metering_accuracy": (
        (
            "instrument",
            "measured_for",
            "condition",
            "accuracy_class",
            "level",
            "energy_keys",
            "monthly_kwh_from",
        ),
        ("instrument", "measured_for", "condition"),
        _accuracy,
    ),
    "metering_fit_rates": (("energy_category", "energy_kind", *RATES, "energy_keys"), ("energy_kind",), _fit_rate),
    "metering_thresholds": (
        ("level", "energy_kind", "threshold", "unit", "energy_keys", "clause"),
        ("level", "energy_kind"),
        _threshold,
    ),
}
