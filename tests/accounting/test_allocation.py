"""Shared energy to products: the rules by hand, conservation, and what is left unallocated with its reason."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.accounting.allocation import AllocationRule, ProductBasis, allocate, shares_in_columns

from .strategies import rates

RATES = rates()
SODA = [
    ProductBasis("liquid", 30_000.0, "t", None, {"electricity": 70e6, "heat": 15_000.0}, 0.7),
    ProductBasis("flakes", 10_000.0, "t", None, {"electricity": 24e6, "heat": 25_000.0}, 0.3),
]


def shared(rule: AllocationRule, bases: list[ProductBasis] = SODA, **energies: float) -> list[dict[str, float]]:
    found = allocate(energies or {"heat": 8000.0}, bases, rule, RATES)
    assert not found.findings
    return [dict(found.shares[basis.product]) for basis in bases]


def test_each_rule_by_hand() -> None:
    assert shared(AllocationRule.OUTPUT) == [{"heat": 6000.0}, {"heat": 2000.0}]
    assert shared(AllocationRule.MEASURED) == [{"heat": 3000.0}, {"heat": 5000.0}]
    assert shared(AllocationRule.RATIO) == [{"heat": pytest.approx(5600)}, {"heat": pytest.approx(2400)}]
    liquid, flakes = 70e6 * 0.1229 + 15_000 * 34.12, 24e6 * 0.1229 + 25_000 * 34.12
    first = 8000 * liquid / (liquid + flakes)
    assert shared(AllocationRule.TCE) == [{"heat": pytest.approx(first)}, {"heat": pytest.approx(8000 - first)}]


def test_outputs_in_different_units_need_a_conversion() -> None:
    mixed = [ProductBasis("cement", 100.0, "t"), ProductBasis("blocks", 50.0, "m3")]
    found = allocate({"heat": 30.0}, mixed, AllocationRule.OUTPUT, RATES)
    assert (found.unallocated, [f.code for f in found.findings]) == ({"heat": 30.0}, ["allocation-units-differ"])
    mixed = [ProductBasis("cement", 100.0, "t", 1.0), ProductBasis("blocks", 50.0, "m3", 2.0)]
    assert allocate({"heat": 30.0}, mixed, AllocationRule.OUTPUT, RATES).shares["blocks"] == {"heat": 15.0}


@pytest.mark.parametrize(
    ("rule", "bases", "code"),
    [
        (AllocationRule.OUTPUT, [ProductBasis("a", 0.0, "t"), ProductBasis("b", 0.0, "t")], "weights-zero"),
        (AllocationRule.OUTPUT, [ProductBasis("a", 5.0, "t"), ProductBasis("b", unit="t")], "weight-unknown"),
        (AllocationRule.OUTPUT, [ProductBasis("a", 5.0, "t"), ProductBasis("b", -1.0, "t")], "weight-negative"),
        (AllocationRule.RATIO, [ProductBasis("a", ratio=0.5), ProductBasis("b", ratio=0.4)], "ratios-not-one"),
        (AllocationRule.MEASURED, [ProductBasis("a", direct={"heat": 1.0}), ProductBasis("b")], "weight-unknown"),
        (AllocationRule.TCE, [ProductBasis("a", direct={"anthracite": 1.0})], "weight-unknown"),
        (AllocationRule.OUTPUT, [], "no-products"),
    ],
)
def test_a_rule_that_cannot_be_applied_never_gives_equal_parts(
    rule: AllocationRule, bases: list[ProductBasis], code: str
) -> None:
    found = allocate({"heat": 30.0}, bases, rule, RATES)
    assert found.unallocated == {"heat": 30.0}
    assert [finding.code for finding in found.findings] == [f"allocation-{code}"]
    assert not any(share for share in found.shares.values())


WEIGHTS = st.lists(st.one_of(st.floats(0, 1e12), st.just(math.nan)), min_size=1, max_size=8)


@settings(deadline=None, max_examples=60)
@given(WEIGHTS, st.floats(0, 1e12))
def test_nothing_is_lost(weights: list[float], quantity: float) -> None:
    bases = [ProductBasis(str(place), weight, "t") for place, weight in enumerate(weights)]
    found = allocate({"heat": quantity}, bases, AllocationRule.OUTPUT, RATES)
    given_out = math.fsum(share.get("heat", 0.0) for share in found.shares.values())
    assert given_out + found.unallocated.get("heat", 0.0) == pytest.approx(quantity, rel=1e-9)
    assert bool(found.unallocated) == bool(found.findings)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.floats(0, 1e9), st.just(math.nan))), max_size=12))
def test_columns_give_the_same_shares(rows: list[tuple[int, float]]) -> None:
    group = np.array([row[0] for row in rows], dtype=np.int64)
    share = shares_in_columns([row[1] for row in rows], group)
    for one in set(group.tolist()):
        weights = [weight for at, weight in rows if at == one]
        bases = [ProductBasis(str(place), weight, "t") for place, weight in enumerate(weights)]
        found = allocate({"heat": 1.0}, bases, AllocationRule.OUTPUT, RATES)
        expected = [found.shares[basis.product].get("heat", math.nan) for basis in bases]
        assert share[group == one].tolist() == pytest.approx(expected, rel=1e-9, abs=1e-15, nan_ok=True)
