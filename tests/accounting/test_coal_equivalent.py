"""Coal equivalent of scalars and columns."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nenghao.accounting import coal_equivalent_tce
from nenghao.reference import library

QUANTITY = st.floats(min_value=-1e12, max_value=1e12, allow_subnormal=False)
FACTOR = st.floats(min_value=1e-4, max_value=1e4)


def test_a_months_electricity_of_a_plant() -> None:
    factor = library().coal_equivalent_factor("electricity", date(2026, 3, 1))
    tce = coal_equivalent_tce(1_234_567.0, factor.value)
    assert isinstance(tce, float)
    assert tce == pytest.approx(151.7282843)


@given(arrays(np.float64, st.integers(0, 20), elements=QUANTITY), FACTOR)
def test_a_column_is_its_scalars(quantity: np.ndarray, factor: float) -> None:
    column = coal_equivalent_tce(quantity, factor)
    assert column.tolist() == [coal_equivalent_tce(float(one), factor) for one in quantity]


@given(QUANTITY, QUANTITY, FACTOR)
def test_parts_add_up_to_the_whole(a: float, b: float, factor: float) -> None:
    whole = coal_equivalent_tce(a + b, factor)
    parts = coal_equivalent_tce(a, factor) + coal_equivalent_tce(b, factor)
    assert parts == pytest.approx(whole, rel=1e-12, abs=1e-12 * factor * (abs(a) + abs(b)))


@given(QUANTITY, FACTOR)
def test_sign_and_size_follow_the_quantity(quantity: float, factor: float) -> None:
    tce = coal_equivalent_tce(quantity, factor)
    assert np.sign(tce) == np.sign(quantity) or abs(quantity * factor) < 1e-300
    assert tce * 1000 == pytest.approx(quantity * factor, rel=1e-12)


def test_missing_stays_missing_and_zero_stays_zero() -> None:
    column = coal_equivalent_tce(np.array([np.nan, 0.0, -2000.0]), 0.5)
    assert np.isnan(column[0])
    assert column[1:].tolist() == [0.0, -1.0]


def test_a_factor_for_each_quantity_as_when_the_edition_changes() -> None:
    days = (date(2021, 3, 31), date(2021, 4, 1))
    factors = np.array([library().coal_equivalent_factor("fresh_water", day).value for day in days])
    assert coal_equivalent_tce(np.array([1000.0, 1000.0]), factors) == pytest.approx([0.0857, 0.2571])
    assert coal_equivalent_tce(1000.0, factors) == pytest.approx([0.0857, 0.2571])
