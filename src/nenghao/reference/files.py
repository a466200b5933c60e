"""The shape of the TOML files: every field with its type; an unknown or mistyped field is refused, not ignored."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from nenghao.reference.refusals import ReferenceDataError

Positive = Annotated[float, Meta(gt=0)]


class FilePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One TOML file or a part of it."""


class ConversionPart(FilePart, frozen=True):
    """``[conversion]``: the edition's own heat of coal equivalent, and of its heating values where that differs."""

    kj_per_kgce: Positive
    status: str = ""
    source: str = ""
    heating_value_kj_per_kgce: Positive | None = None
    heating_value_reason: str = ""


class PrintedPart(FilePart, frozen=True):
    """``[printed]``: the unit in which a table is printed when that is not kgce."""

    unit: str
    kgce_per_unit: Positive
    kj_per_unit: Positive
    status: str = ""
    source: str = ""


class HeaderFile(FilePart, frozen=True):
    """The header of a table."""

    key: str
    kind: str
    title_zh: str
    title_en: str
    standard: str = ""
    edition: str = ""
    clause: str = ""
    set: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    dates_source: str = ""
    basis_note: str = ""
    status: str = ""
    source: str = ""
    conversion: ConversionPart | None = None
    printed: PrintedPart | None = None
    sources: dict[str, str] = {}


class BandPart(FilePart, frozen=True):
    """One band of a correction: from above ``above`` up to and including ``until``."""

    amount: float
    above: float | None = None
    until: float | None = None


class ChoicePart(FilePart, frozen=True):
    """One word of a correction by choice, what it does to the limit and whether that is added or multiplied."""

    key: str
    name_zh: str
    name_en: str
    amount: float
    operation: Literal["add", "multiply"] = "add"
    status: str = ""


class CorrectionPart(FilePart, frozen=True):
    """``[[correction]]``: a rule that changes the limits of a standard; docs/adding-a-standard.md lists the kinds."""

    key: str
    kind: Literal["linear", "table", "band", "flag", "choice", "factor", "altitude", "value_factor", "not_held"]
    name_zh: str
    name_en: str
    rule: str
    source: str
    status: str
    products: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    grades: tuple[Literal[1, 2, 3], ...] = (1, 2, 3)
    parameter: str = ""
    unit: str = ""
    operation: Literal["add", "multiply"] = "add"
    amounts: tuple[float, ...] = ()
    base: float = 0.0
    least: float | None = None
    most: float | None = None
    points: tuple[tuple[float, float], ...] = ()
    bands: tuple[BandPart, ...] = ()
    choices: tuple[ChoicePart, ...] = ()
    missing: Literal["cannot_judge", "not_applied"] = "not_applied"
    clause: str = ""


class QuotaTestPart(FilePart, frozen=True):
    """``[[test]]``: a product's value on a day and the grade that it must have."""

    product: str
    metric: str
    value: float
    on: date
    grade: Literal["1", "2", "3", "over", "cannot_judge"]
    condition: str = ""
    parameters: dict[str, float | bool | str] = {}
    why: str = ""


class QuotaFile(HeaderFile, frozen=True):
    """The header of a quota standard: corrections and worked tests beside the citation."""

    correction: tuple[CorrectionPart, ...] = ()
    test: tuple[QuotaTestPart, ...] = ()


class DeadlinePart(FilePart, frozen=True):
    """``[[deadline]]``: until when which areas must be renewed or closed."""

    note_zh: str
    note_en: str
    until: date
    status: str
    source: str


class BenchmarkFile(HeaderFile, frozen=True):
    """The header of a list of benchmark and baseline levels."""

    deadline: tuple[DeadlinePart, ...] = ()


class MetricPart(FilePart, frozen=True):
    """``[[metric]]`` of the quota metrics."""

    key: str
    name_zh: str
    name_en: str
    basis: Literal["all", "electricity", "coal", "coke", "stated"]
    printed: tuple[str, ...]


class QuotaUnitPart(FilePart, frozen=True):
    """``[[unit]]`` of the quota metrics."""

    printed: str
    numerator: Literal["kgce", "tce", "gce", "kgoe", "kWh", "kg"]
    denominator: str
    size: Positive = 1.0


class OutputUnitPart(FilePart, frozen=True):
    """``[[output]]``: the words for one unit of output with their size in it."""

    unit: str
    size: dict[str, float]


class QuotaMetricsFile(FilePart, frozen=True):
    """The metrics and units of quota standards."""

    metric: tuple[MetricPart, ...]
    unit: tuple[QuotaUnitPart, ...]
    output: tuple[OutputUnitPart, ...]


class WirePart(FilePart, frozen=True):
    """``[wire]``: the codes of an energy type; empty where unknown."""

    class_code: Annotated[str, Meta(pattern="^([0-9]{2})?$")]
    type_code: Annotated[str, Meta(pattern="^([0-9]{4})?$")]
    status: str
    ours: bool = False
    source: str = ""


class FactorPart(FilePart, frozen=True):
    """``[[factors]]``: the link to a row of a coefficient table; ``status`` may only lower the row's own."""

    table: str
    row: str
    status: str = ""
    note: str = ""
    base_units_per_printed_unit: Positive | None = None


class TestPart(FilePart, frozen=True):
    """``[[tests]]``: a worked value."""

    quantity: float
    unit: str
    on: date
    tce: float


class EnergyFile(FilePart, frozen=True):
    """One energy type."""

    key: str
    name_zh: str
    name_en: str
    base_unit: str
    wire_unit: str
    wire: WirePart
    note: str = ""
    factors: tuple[FactorPart, ...] = ()
    tests: tuple[TestPart, ...] = ()


FileT = TypeVar("FileT", bound=FilePart)


def read_file(path: Path, shape: type[FileT]) -> FileT:
    """Read a TOML file into its shape; refuse what is not UTF-8, not TOML, or of another shape."""
    try:
        return msgspec.convert(_toml(path), shape)
    except msgspec.ValidationError as error:
        raise ReferenceDataError(
            "reference-shape", "字段缺失、名称不认识或类型不对", f"a field is missing, unknown or mistyped: {error}",
            record=path.name, field=_field(str(error)), mend_zh="按 docs/reference.md 的样例改正",
            mend_en="follow the form in docs/reference.md",
        ) from None  # fmt: skip


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ReferenceDataError(
            "reference-toml", f"文件不是有效的 TOML: {error}", f"the file is not valid TOML: {error}", record=path.name,
            mend_zh="按报出的行列改正, 编码用 UTF-8", mend_en="mend the line and column named; encode as UTF-8",
        ) from None  # fmt: skip


def _field(message: str) -> str:
    """Find the field in a message such as ``Object missing required field `source` - at `$.wire` ``."""
    place = re.search(r"at `\$\.?([^`]*)`", message)
    name = re.search(r"field `([^`]*)`", message)
    return ".".join(part for part in (place and place[1], name and name[1]) if part)
