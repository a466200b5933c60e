"""Corrections of quota limits (限额修正) as data: which rule of which kind, with which parameters.

What a kind computes is in :mod:`nenghao.supervision.corrections`; here it is read and checked.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Literal

from nenghao.errors import Language
from nenghao.reference.files import BandPart, ChoicePart, CorrectionPart
from nenghao.reference.model import Status
from nenghao.reference.quota_metrics import quota_metrics
from nenghao.reference.refusals import ReferenceDataError, cited, known_status, needed, no_citation
from nenghao.reference.tables import TableHeader

PRESSURE = "pressure_pa"
"""The second parameter of an altitude correction: ambient pressure [Pa]."""
_NEEDS: dict[str, tuple[str, ...]] = {
    "linear": ("parameter", "amounts"), "table": ("parameter", "points"), "band": ("parameter", "bands"),
    "flag": ("parameter", "amounts"), "choice": ("parameter", "choices"), "factor": ("parameter",),
    "altitude": ("parameter",), "value_factor": ("parameter",), "not_held": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction of a standard; ``rule`` is its text as gathered, ``part`` holds the figures of its kind.

    ``missing`` says what happens when its parameter is not known: ``cannot_judge`` where it could make the limit
    stricter, ``not_applied`` where it could only relax it (the printed limit then stands, with a finding).
    """

    key: str
    kind: str
    name_zh: str
    name_en: str
    rule: str
    parameter: str
    unit: str
    missing: Literal["cannot_judge", "not_applied"]
    products: frozenset[str]
    metrics: frozenset[str]
    grades: tuple[int, ...]
    operation: Literal["add", "multiply"]
    part: CorrectionPart
    status: Status
    clause: str
    source: str

    def name(self, language: Language = "zh") -> str:
        """Give the name in a language."""
        return self.name_zh if language == "zh" else self.name_en

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters it asks for."""
        if self.kind == "altitude":
            return self.parameter, PRESSURE
        return (self.parameter,) if self.parameter else ()

    @property
    def choices(self) -> tuple[ChoicePart, ...]:
        """The words of a correction by choice."""
        return self.part.choices

    @property
    def bands(self) -> tuple[BandPart, ...]:
        """The bands of a correction by band."""
        return self.part.bands

    def amount(self, grade: int) -> float:
        """Give the coefficient or amount of a grade; one amount stands for all grades."""
        amounts = self.part.amounts
        place = self.grades.index(grade) if len(amounts) > 1 else 0
        return amounts[place]

    def applies_to(self, product: str, metric_key: str) -> bool:
        """Tell whether it changes the limits of a product's metric; an empty list means all."""
        return (not self.products or product in self.products) and (not self.metrics or metric_key in self.metrics)


def read_correction(header: TableHeader, part: CorrectionPart, products: Set[str]) -> Correction:
    """Check one correction of a file: its product and metrics exist, its kind has what it needs, it is cited."""
    place = f"{header.path.name} ({part.key})"
    for field in _NEEDS[part.kind]:
        if not getattr(part, field):
            raise _wrong(place, field, "这种修正必须有此项", f"a correction of kind {part.kind} needs it")
    if len(part.amounts) not in {0, 1, len(part.grades)}:
        raise _wrong(place, "amounts", "数目须与 grades 相同", "one amount, or as many as grades")
    for product in part.products:
        if product not in products:
            raise _wrong(place, "products", f"表中没有产品「{product}」", f"the table has no product {product!r}")
    known = {metric.key for metric in quota_metrics()}
    for metric in part.metrics:
        if metric not in known:
            raise _wrong(place, "metrics", f"没有指标「{metric}」", f"there is no metric {metric!r}")
    if [point[0] for point in part.points] != sorted({point[0] for point in part.points}):
        raise _wrong(place, "points", "须按参数从小到大, 不得重复", "must rise by the parameter, each once")
    if not header.sources.get(part.source, "").strip():
        raise no_citation(place, "source", part.source)
    return Correction(
        part.key, part.kind, needed(part.name_zh, place, "name_zh"), needed(part.name_en, place, "name_en"),
        cited(part.rule, place, "rule"), part.parameter, part.unit, part.missing, frozenset(part.products),
        frozenset(part.metrics), part.grades, part.operation, part, known_status(part.status, place),
        part.clause or header.clause, header.sources[part.source],
    )  # fmt: skip


def _wrong(record: str, field: str, words_zh: str, words_en: str) -> ReferenceDataError:
    return ReferenceDataError(
        "reference-correction", f"修正写法不对: {words_zh}", f"a correction is mistyped: {words_en}", record=record,
        field=field, mend_zh="按 docs/adding-a-standard.md 的样例改正", mend_en="follow docs/adding-a-standard.md",
    )  # fmt: skip
