"""Values of indicators from columns of facts: one row per subject, NaN where a fact is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nenghao.accounting.indicators.definitions import Definition
from nenghao.accounting.indicators.terms import Term

Column = npt.NDArray[np.float64]
Facts = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Numerator, denominator (1 for a total) and value of each subject; NaN: cannot be told."""

    numerator: Column
    denominator: Column
    value: Column


def evaluate(definition: Definition, facts: Facts, size: int) -> Evaluated:
    """Compute an indicator for ``size`` subjects; a fact that is not among the facts is not known of anybody.

    Zero over zero, and anything over zero, cannot be told.

    >>> one = Definition(key="x", title_zh="单耗", title_en="x", unit="", numerator=("tce",), denominator=("output",))
    >>> evaluate(one, {"tce": np.array([6.0, 1.0]), "output": np.array([3.0, 0.0])}, 2).value
    array([ 2., nan])
    """
    above = _sum(definition.terms("numerator"), facts, size)
    below = _sum(definition.terms("denominator"), facts, size) if definition.denominator else np.ones(size)
    return Evaluated(above, below, _value(definition, above, below))


def _sum(terms: Sequence[Term], facts: Facts, size: int) -> Column:
    unknown = np.full(size, np.nan)
    total = np.zeros(size)
    for term in terms:
        total = total + term.sign * facts.get(term.fact, unknown)
    return total


def _value(definition: Definition, above: Column, below: Column) -> Column:
    divisor = np.hypot(above, below) if definition.kind == "power_factor" else below
    value = np.full(above.shape, np.nan)
    known = ~np.isnan(above) & ~np.isnan(divisor) & (divisor != 0)
    value[known] = definition.factor * above[known] / divisor[known]
    return value


@dataclass(frozen=True, slots=True)
class Pooled:
    """An indicator of a group: the sums of its members divided. ``counted`` of ``members`` could be told."""

    value: float | None
    numerator: float
    denominator: float
    counted: int
    members: int


def pooled(definition: Definition, evaluated: Evaluated, rows: npt.NDArray[np.intp] | slice = slice(None)) -> Pooled:
    """Give the indicator of a group of subjects; members that cannot be told are left out on both sides."""
    value, above, below = evaluated.value[rows], evaluated.numerator[rows], evaluated.denominator[rows]
    known = ~np.isnan(value)
    count = int(known.sum())
    total, base = float(above[known].sum()), float(below[known].sum())
    if not count:
        return Pooled(None, 0.0, 0.0, 0, len(value))
    if definition.kind == "total":
        return Pooled(definition.factor * total, total, 1.0, count, len(value))
    whole = _value(definition, np.array([total]), np.array([base]))[0]
    return Pooled(None if np.isnan(whole) else float(whole), total, base, count, len(value))
