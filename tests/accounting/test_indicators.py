"""Indicators: each shipped one by its own worked value, sums before division, nothing from nothing, bad definitions."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenghao.accounting.indicators import definition_from, definition_to, evaluate, parse_term, pooled, shipped
from nenghao.errors import NenghaoError

BY_KEY = {one.key: one for one in shipped()}
INTENSITY = BY_KEY["energy-per-output-value"]
VALUE = "value:output_value_constant"


@pytest.mark.parametrize("one", shipped(), ids=lambda one: one.key)
def test_every_file_carries_a_worked_value(one):
    assert one.test
    for case in one.test:
        facts = {name: np.array([value]) for name, value in case.facts.items()}
        assert evaluate(one, facts, 1).value[0] == pytest.approx(case.value)
    assert one.status == "ours" or one.source
    assert one.formula("zh") and one.formula("en")


def test_a_group_is_the_sums_divided_not_the_mean_of_ratios():
    # 10 tce per 10,000 yuan and 10 tce per 90,000 yuan: 20 per 100,000 is 2 tce/万元; the mean of 10 and 1.11 is 5.56.
    facts = {"tce": np.array([10.0, 10.0]), VALUE: np.array([1e4, 9e4])}
    found = evaluate(INTENSITY, facts, 2)
    assert found.value.mean() == pytest.approx(5.5556, abs=1e-4)
    assert pooled(INTENSITY, found).value == pytest.approx(2.0)


def test_who_cannot_be_told_is_left_out_on_both_sides():
    facts = {"tce": np.array([10.0, 500.0, np.nan]), VALUE: np.array([1e4, np.nan, 1e4])}
    group = pooled(INTENSITY, evaluate(INTENSITY, facts, 3))
    assert (group.value, group.counted, group.members) == (pytest.approx(10.0), 1, 3)


def test_nothing_is_made_from_nothing():
    found = evaluate(INTENSITY, {"tce": np.array([1.0]), VALUE: np.array([0.0])}, 1)
    assert np.isnan(found.value[0])
    assert pooled(INTENSITY, found).value is None
    assert np.isnan(evaluate(INTENSITY, {}, 1).value[0])


def test_power_factor_by_hand():
    # 400 kWh active and 300 kvarh reactive: 400 / 500.
    one = definition_from(
        {"key": "pf", "title_zh": "功率因数", "title_en": "power factor", "unit": "", "kind": "power_factor",
         "numerator": ["energy:electricity"], "denominator": ["item:00-00-0000-990100-10"], "better": "higher"}
    )  # fmt: skip
    facts = {"energy:electricity": np.array([400.0, 400.0]), "item:00-00-0000-990100-10": np.array([300.0, 300.0])}
    found = evaluate(one, facts, 2)
    assert found.value[0] == pytest.approx(0.8)
    assert pooled(one, found).value == pytest.approx(0.8)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(1, 1e9)), min_size=1, max_size=20))
def test_a_pooled_ratio_lies_between_its_members(pairs):
    facts = {"tce": np.array([pair[0] for pair in pairs]), VALUE: np.array([pair[1] for pair in pairs])}
    found = evaluate(INTENSITY, facts, len(pairs))
    value = pooled(INTENSITY, found).value
    assert value is not None
    assert found.value.min() * (1 - 1e-9) <= value <= found.value.max() * (1 + 1e-9)


@pytest.mark.parametrize("one", shipped(), ids=lambda one: one.key)
def test_a_stored_definition_is_read_back_equal(one):
    assert definition_from(definition_to(one)) == one


@pytest.mark.parametrize(
    "text", ["", "coal", "energy:", "energy:plutonium", "tce:electricity", "value:gdp", "item:", "__import__('os')"]
)
def test_unknown_terms_are_refused(text):
    with pytest.raises(NenghaoError) as refused:
        parse_term(text)
    assert refused.value.code == "indicator-term"


@pytest.mark.parametrize(
    "change",
    [
        {"denominator": []},
        {"kind": "total"},
        {"numerator": []},
        {"numerator": ["output_tce"]},
        {"key": "Bad Key"},
        {"more": 1},
        {"decimals": 9},
    ],
)
def test_bad_definitions_are_refused(change):
    with pytest.raises(NenghaoError):
        definition_from(definition_to(INTENSITY) | change)
