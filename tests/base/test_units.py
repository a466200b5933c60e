"""Units: conversion is exact there and back, dimensions never mix, unknown words are refused with the way to mend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.units import UNITS, conversion_factor, convert, unit

same_dimension = st.sampled_from([(a, b) for a in UNITS.values() for b in UNITS.values() if a.dimension is b.dimension])


@given(st.floats(-1e12, 1e12), same_dimension)
def test_there_and_back_is_the_same_quantity(value, pair):
    a, b = pair
    assert convert(convert(value, a.symbol, b.symbol), b.symbol, a.symbol) == pytest.approx(
        value, rel=1e-15, abs=1e-300
    )


def test_known_conversions():
    assert convert(3.17, "千瓦时", "万千瓦时") == pytest.approx(0.000317, rel=1e-15)
    assert convert(1, "百万千焦", "MJ") == 1000
    assert conversion_factor("万吨", "kg") == 1e7


def test_electricity_is_never_silently_heat():
    with pytest.raises(NenghaoError) as refused:
        convert(1, "kWh", "MJ")
    assert refused.value.code == "unit-dimension"


def test_an_unknown_unit_names_the_known_ones():
    with pytest.raises(NenghaoError) as refused:
        unit("kWhh")
    assert "kWhh" in refused.value.text("zh")
    assert "kWh" in refused.value.mend_en
    assert refused.value.text("en").startswith("unknown unit 'kWhh' (field unit)")
