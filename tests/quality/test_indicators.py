"""The required indicators: what the codes tell, and what they do not."""

from __future__ import annotations

import pytest

from nenghao.quality.indicators import ItemFacts, required_indicators

DAY_AND_MONTH = frozenset({1, 2})
POWER = ItemFacts(class_code="02", type_code="3300", energy_key="electricity", with_data=DAY_AND_MONTH)
COAL = ItemFacts(class_code="01", type_code="0104", energy_key="bituminous_coal", with_data=frozenset({1}))
TOTAL = ItemFacts(class_code="10", type_code="0000", with_data=DAY_AND_MONTH)
OUTPUT = ItemFacts(class_code="04", type_code="0100", usage_code="30", with_data=DAY_AND_MONTH)
UNIT_ENERGY = ItemFacts(class_code="08", type_code="0100", usage_code="00", with_data=DAY_AND_MONTH)


def economy(*types):
    return [ItemFacts(class_code="09", type_code=code, usage_code="00", with_data=frozenset({2})) for code in types]


def answers(items, **options):
    return {i.code: i.present for i in required_indicators(items, **options).indicators}


def test_energies_need_day_and_month_of_the_whole_plant():
    found = answers([POWER, COAL])
    assert found["day:electricity"] is True
    assert found["month:electricity"] is True
    assert found["day:bituminous_coal"] is True
    assert found["month:bituminous_coal"] is False


def test_media_and_what_is_only_produced_are_not_required():
    water = ItemFacts(class_code="03", type_code="0100", energy_key="fresh_water")
    sold = ItemFacts(class_code="02", type_code="1300", usage_code="30", energy_key="coke_oven_gas")
    assert not [code for code in answers([water, sold]) if ":" in code]


def test_an_energy_metered_only_in_processes_is_absent_and_says_why():
    below = ItemFacts(class_code="02", type_code="3300", scope=2, energy_key="electricity", with_data=DAY_AND_MONTH)
    found = required_indicators([below])
    day = next(i for i in found.indicators if i.code == "day:electricity")
    assert day.present is False
    assert "全厂" in day.reason_zh


@pytest.mark.parametrize(
    ("types", "expected"), [((), (False, False)), (("0101",), (True, False)), (("0101", "0102"), (None, None))]
)
def test_output_value_and_value_added_can_only_be_counted(types, expected):
    found = answers([POWER, *economy(*types)])
    assert (found["output-value"], found["value-added"]) == expected


def test_products_count_only_where_a_limit_standard_is_known_to_apply():
    assert answers([POWER, OUTPUT])["output"] is None
    assert answers([POWER, OUTPUT], has_limit_product=True)["output"] is True
    assert answers([POWER], has_limit_product=True)["unit-energy"] is False
    assert "output" not in answers([POWER], has_limit_product=False)


def test_what_cannot_be_told_is_neither_present_nor_absent():
    """A guess either way would pass or fail an enterprise by a code nobody has read."""
    found = required_indicators([POWER, OUTPUT, UNIT_ENERGY, *economy("0101", "0102")])
    assert {i.code for i in found.untold} == {"total-energy", "output", "unit-energy", "output-value", "value-added"}
    assert (found.required, found.present) == (2, 2)
    assert required_indicators([TOTAL]).indicators[0].present is True
