"""Scores (评分): a scheme applied to measures, with everything that is needed to do it again by hand.

    value  = numerator ÷ denominator (or the smaller ÷ the larger, or 1 − numerator ÷ denominator), within 0 … 1
    points = total × weight ÷ sum of the weights that count × value

>>> from nenghao.quality.scheme import scheme
>>> result = score(scheme("provincial"), Measures(days_due=10, days_online=9, records_due=100, records_received=80,
...                records_good=72, plant_tce=50.0, process_tce=40.0))
>>> [(part.index.code, round(part.points, 6)) for part in result.indices], round(result.total or 0, 6)
([('online', 9.0), ('completeness', 24.0), ('accuracy', 32.0), ('correctness', 18.0)], 83.0)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nenghao.quality.measures import MEASURE_NAMES, Measures, total_measures
from nenghao.quality.scheme import (
    Index,
    Scheme,
    SchemeError,
    Threshold,
    scheme,
    scheme_from,
    scheme_to,
    schemes,
)

__all__ = [
    "MEASURE_NAMES",
    "Index",
    "IndexScore",
    "Measures",
    "Scheme",
    "SchemeError",
    "Score",
    "Threshold",
    "Verdict",
    "scheme",
    "scheme_from",
    "scheme_to",
    "schemes",
    "score",
    "total_measures",
]

Verdict = Literal["pass", "fail", "cannot_judge"]
"""合格, 不合格, 不能判定."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexScore:
    """One index of one score.

    ``value`` is None where the denominator is 0 and the index is left out (``counted`` False). ``full_points`` is what
    the index is worth in this score, after the weight of what is left out was spread over the rest; ``points`` and
    ``lost`` add up to it. ``passed`` is None where there is no threshold or nothing to judge.
    """

    index: Index
    numerator: float
    denominator: float
    value: float | None
    counted: bool
    full_points: float
    points: float
    passed: bool | None

    @property
    def lost(self) -> float:
        """Points lost."""
        return self.full_points - self.points

    @property
    def status(self) -> str:
        """How far the index's formula can be trusted."""
        return self.index.status

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to count: the denominator is 0."""
        return self.denominator == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A scheme's answer on one enterprise over one span.

    ``total`` is None for a verdict scheme, and where nothing at all could be judged; ``verdict`` is None for a points
    scheme. ``measures`` and the scheme are kept, so that the score can be recomputed from it alone.
    """

    scheme: Scheme
    measures: Measures
    indices: tuple[IndexScore, ...]
    total: float | None
    verdict: Verdict | None

    @property
    def excluded(self) -> tuple[IndexScore, ...]:
        """Indices that had nothing to judge and whose weight was spread over the rest."""
        return tuple(part for part in self.indices if not part.counted)

    @property
    def lost(self) -> float | None:
        """Points lost in all."""
        return None if self.total is None else self.scheme.total - self.total

    @property
    def is_unverified(self) -> bool:
        """Whether 待核 must stand beside the total or verdict."""
        return self.scheme.is_unverified

    def part(self, code: str) -> IndexScore:
        """Give the part of an index; KeyError when the scheme has none with this code."""
        for part in self.indices:
            if part.index.code == code:
                return part
        raise KeyError(code)


def score(scheme: Scheme, measures: Measures) -> Score:
    """Apply a scheme to the measures of an enterprise, or of an item, over a span."""
    parts = [_value(index, measures) for index in scheme.indices]
    weights = [
        index.weight if counted else 0.0 for index, (_, _, _, counted) in zip(scheme.indices, parts, strict=True)
    ]
    whole = sum(weights)
    found = []
    for index, (upper, lower, value, counted), weight in zip(scheme.indices, parts, weights, strict=True):
        full = scheme.total * weight / whole if scheme.kind == "points" and whole else 0.0
        passed = index.threshold.met(value) if index.threshold and value is not None else None
        found.append(IndexScore(
            index=index, numerator=upper, denominator=lower, value=value, counted=counted, full_points=full,
            points=full * (value or 0.0), passed=passed,
        ))  # fmt: skip
    judged = whole and not all(part.is_empty for part in found)  # nothing due at all is no score of 0
    total = sum(part.points for part in found) if scheme.kind == "points" and judged else None
    verdict = _verdict(found) if scheme.kind == "verdict" else None
    return Score(scheme=scheme, measures=measures, indices=tuple(found), total=total, verdict=verdict)


def _sum(terms: tuple[str, ...], measures: Measures) -> float:
    return float(sum(
        -getattr(measures, term[1:]) if term.startswith("-") else getattr(measures, term) for term in terms
    ))  # fmt: skip


def _value(index: Index, measures: Measures) -> tuple[float, float, float | None, bool]:
    """Give numerator, denominator, value and whether the index counts."""
    upper, lower = _sum(index.numerator, measures), _sum(index.denominator, measures)
    if lower == 0:
        value = {"exclude": None, "zero": 0.0, "full": 1.0}[index.when_empty]
        return upper, lower, value, value is not None
    if index.kind == "balance":
        value = min(upper, lower) / max(upper, lower) if upper > 0 and lower > 0 else 0.0
    elif index.kind == "share_without":
        value = 1 - upper / lower
    else:
        value = upper / lower
    return upper, lower, min(max(value, 0.0), 1.0), True


def _verdict(parts: list[IndexScore]) -> Verdict:
    """Fail where an index with a verified threshold fails; pass where all pass; an unverified one decides nothing."""
    judged = [part for part in parts if part.index.threshold is not None]
    if any(part.passed is False and not part.index.is_unverified for part in judged):
        return "fail"
    return "pass" if all(part.passed for part in judged) else "cannot_judge"
