"""Shared energy to products (公用能源分摊) by a stated rule; nothing is lost, and nothing is shared out in silence.

The standards ask for a stated rule and leave its choice to the enterprise. Four are here:

* ``output``: by output (产量), of products counted in one unit or turned into it by ``conversion``;
* ``measured``: by the product's own measured use of the same energy (直接计量消费);
* ``ratio``: by fixed ratios that sum to one;
* ``tce``: by the coal equivalent of all the energy that each product uses directly.

Where a rule cannot be applied (no output at all, a weight that is not known), the energy stays unallocated and a
finding says why. It is never split into equal parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from nenghao.accounting.rates import Rate
from nenghao.findings import Finding, Severity

RATIO_TOLERANCE = 1e-6
Floats = npt.NDArray[np.float64]


class AllocationRule(StrEnum):
    """By what shared energy is given to products."""

    OUTPUT = "output"
    MEASURED = "measured"
    RATIO = "ratio"
    TCE = "tce"


RULE_NAMES: Mapping[AllocationRule, tuple[str, str]] = {
    AllocationRule.OUTPUT: ("按产量分摊", "by output"),
    AllocationRule.MEASURED: ("按直接计量消费分摊", "by measured direct use"),
    AllocationRule.RATIO: ("按固定比例分摊", "by fixed ratio"),
    AllocationRule.TCE: ("按直接消费折标准煤分摊", "by coal equivalent of direct use"),
}


@dataclass(frozen=True, slots=True)
class ProductBasis:
    """What the rules look at of one product in one period.

    ``output`` in ``unit``; ``conversion`` turns it into the unit that the products are added in (折合产量). ``direct``
    is what the product was measured to use itself, by energy key [base unit]. ``ratio`` is its fixed share. NaN where
    not known.
    """

    product: str
    output: float = math.nan
    unit: str = ""
    conversion: float | None = None
    direct: Mapping[str, float] = field(default_factory=dict)
    ratio: float = math.nan


@dataclass(frozen=True, slots=True)
class Allocation:
    """Who bears what: ``shares[product][energy_key]`` [base unit] of the shared energy, direct use not included.

    Of every energy the shares and ``unallocated`` add up to what was shared.
    """

    rule: AllocationRule
    shares: Mapping[str, Mapping[str, float]]
    unallocated: Mapping[str, float]
    findings: tuple[Finding, ...]


def allocate(
    shared: Mapping[str, float], products: Iterable[ProductBasis], rule: AllocationRule, rates: Mapping[str, Rate]
) -> Allocation:
    """Share each energy of ``shared`` [base unit by energy key] out to the products; ``rates`` matter for ``tce`` only.

    >>> bases = [ProductBasis("a", 30.0, "t"), ProductBasis("b", 10.0, "t")]
    >>> allocate({"heat": 100.0}, bases, AllocationRule.OUTPUT, {}).shares
    {'a': {'heat': 75.0}, 'b': {'heat': 25.0}}
    """
    bases = tuple(products)
    shares: dict[str, dict[str, float]] = {basis.product: {} for basis in bases}
    unallocated, findings = {}, []
    for key, quantity in shared.items():
        weights, why = _weights(key, bases, rule, rates)
        if why is not None:
            unallocated[key] = quantity
            findings.append(_finding(key, quantity, rule, why))
            continue
        for basis, part in zip(bases, split(quantity, weights), strict=True):
            shares[basis.product][key] = part
    return Allocation(rule, shares, unallocated, tuple(findings))


def split(quantity: float, weights: list[float]) -> list[float]:
    """Part a quantity by weights; what rounding leaves goes to the heaviest, so that the parts add up.

    >>> split(100.0, [2.0, 1.0, 0.0])
    [66.66666666666667, 33.33333333333333, 0.0]
    """
    total = math.fsum(weights)
    parts = [quantity * (weight / total) for weight in weights]
    heaviest = max(range(len(parts)), key=weights.__getitem__)
    parts[heaviest] += quantity - math.fsum(parts)
    return parts


def shares_in_columns(weights: npt.ArrayLike, group: npt.ArrayLike) -> Floats:
    """Give each row's share of its group (enterprise and month) for many groups at once.

    NaN for a whole group in which a weight is not known or negative, or all are zero: the rule cannot be applied there.

    >>> shares_in_columns([3.0, 1.0, 0.0, 0.0], [7, 7, 8, 8]).tolist()
    [0.75, 0.25, nan, nan]
    """
    weight = np.asarray(weights, dtype=np.float64)
    _, place = np.unique(np.asarray(group), return_inverse=True)
    bad = np.bincount(place, np.isnan(weight) | (weight < 0), minlength=0) > 0 if len(weight) else np.zeros(0, bool)
    total = np.bincount(place, np.nan_to_num(weight)) if len(weight) else np.zeros(0)
    usable = ~bad & (total > 0)
    return np.where(usable[place], weight / np.where(usable, total, 1.0)[place], np.nan)


Why = tuple[str, str, str]


def _weights(
    key: str, bases: tuple[ProductBasis, ...], rule: AllocationRule, rates: Mapping[str, Rate]
) -> tuple[list[float], Why | None]:
    if not bases:
        return [], ("no-products", "没有产品", "there are no products")
    if rule is AllocationRule.OUTPUT and len({b.unit for b in bases if b.conversion is None}) > 1:
        return [], ("units-differ", "产品计量单位不同且无折合系数", "the products are counted in different units")
    weights = [_weight(key, basis, rule, rates) for basis in bases]
    return weights, _why_not(weights, rule)


def _weight(key: str, basis: ProductBasis, rule: AllocationRule, rates: Mapping[str, Rate]) -> float:
    if rule is AllocationRule.OUTPUT:
        return basis.output * (1.0 if basis.conversion is None else basis.conversion)
    if rule is AllocationRule.RATIO:
        return basis.ratio
    if rule is AllocationRule.MEASURED:
        return basis.direct.get(key, math.nan)
    return math.fsum(q * _kgce(rates.get(energy)) for energy, q in basis.direct.items()) if basis.direct else math.nan


def _kgce(rate: Rate | None) -> float:
    return math.nan if rate is None or rate.kgce is None else rate.kgce


def _why_not(weights: list[float], rule: AllocationRule) -> Why | None:
    if any(math.isnan(weight) for weight in weights):
        return "weight-unknown", "有产品的分摊依据缺失", "what the rule needs is not known of every product"
    if any(weight < 0 for weight in weights):
        return "weight-negative", "分摊依据为负", "what the rule needs is negative for a product"
    total = math.fsum(weights)
    if total == 0:
        return "weights-zero", "分摊依据全为零 (如产量为零)", "what the rule needs is zero for all products"
    if rule is AllocationRule.RATIO and abs(total - 1) > RATIO_TOLERANCE:
        return "ratios-not-one", "固定比例之和不为 1", "the fixed ratios do not sum to one"
    return None


def _finding(key: str, quantity: float, rule: AllocationRule, why: Why) -> Finding:
    code, why_zh, why_en = why
    zh, en = RULE_NAMES[rule]
    return Finding(
        f"allocation-{code}", Severity.SUSPECT, f"{key}: {zh}不能应用: {why_zh}; 未分摊",
        f"{key}: the rule “{en}” cannot be applied: {why_en}; it stays unallocated",
        {"energy_key": key, "quantity": quantity, "rule": str(rule)},
        mend_zh="补全依据, 或另定分摊规则", mend_en="complete what it needs, or state another rule",
    )  # fmt: skip
