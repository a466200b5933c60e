"""What a quota verdict (限额判定) says: limits as printed and as corrected, each step, the grade, what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from nenghao.errors import Language
from nenghao.findings import Finding
from nenghao.reference.model import Status

Grade = Literal["1", "2", "3", "over", "cannot_judge"]
GRADES: tuple[Grade, ...] = ("1", "2", "3", "over", "cannot_judge")
Limits = tuple[float | None, float | None, float | None]
"""Limits of grade 1, 2 and 3; ``None`` is “—”."""
Standing = Literal["benchmark", "between", "below_baseline"]
"""达到标杆, 标杆与基准之间, 低于基准."""


@dataclass(frozen=True, slots=True)
class Step:
    """One correction as it was applied: its rule, what was given for it, and the limits before and after.

    ``state`` is a word: ``applied``, ``no_effect``, ``not_given`` (the printed limit stands), ``missing`` and
    ``outside`` (nothing can be said), ``not_held`` (the rule's figures are not in the library).
    """

    key: str
    name_zh: str
    name_en: str
    rule: str
    clause: str
    status: Status
    state: str
    parameters: Mapping[str, Any]
    before: Limits
    after: Limits
    formula: str

    def name(self, language: Language = "zh") -> str:
        """Give the name in a language."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, slots=True)
class BenchmarkLevel:
    """Benchmark (标杆) and baseline (基准) level beside the verdict, and where the value stands."""

    benchmark: float
    baseline: float
    standing: Standing
    citation: str
    status: Status
    note: str


@dataclass(frozen=True, slots=True)
class QuotaVerdict:
    """The verdict on one product's value of one metric on one day.

    ``value`` is as measured, ``compared_value`` after a rule that changes the value itself, both in ``unit``.
    ``limits`` are the printed ones corrected. ``required_grade`` is 3 for existing and 2 for new capacity; ``margin``
    is the required limit less the value, ``over_ratio`` what lies above it divided by the limit's size (``None`` when
    nothing does). ``decides`` is false where a figure it rests on is unverified (待核) or a rule is not held: such a
    verdict is shown and never the sole basis of a decision. ``choices`` are what must be chosen first.
    """

    product: str
    condition: str
    metric_key: str
    metric: str
    unit: str
    on: date
    value: float
    compared_value: float
    is_new_capacity: bool
    grade: Grade
    required_grade: int
    meets: bool | None
    margin: float | None
    over_ratio: float | None
    printed: Limits
    limits: Limits
    steps: tuple[Step, ...]
    benchmark: BenchmarkLevel | None
    citation: str
    clause: str
    row_id: str
    status: Status
    unverified: tuple[str, ...]
    decides: bool
    choices: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def is_unverified(self) -> bool:
        """Whether 待核 must be shown beside it."""
        return bool(self.unverified)
