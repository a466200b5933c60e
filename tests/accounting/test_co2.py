"""CO2 from energy: by hand, one set at a time, and never a factor of another year."""

from __future__ import annotations

import pytest

from nenghao.accounting import Flow, FlowLine, HeatingValue, account, choose_rate
from nenghao.accounting.co2 import FUEL_ROWS, FUEL_SETS, choose_factors, co2
from nenghao.errors import NenghaoError
from nenghao.reference import library

from .strategies import DAY, rates

RATES = {**rates(), **{key: choose_rate(library(), key, DAY) for key in ("coke", "cleaned_coal", "bituminous_coal")}}


def used(**quantities: float) -> list[FlowLine]:
    return [FlowLine(key, Flow.CONSUMED, quantity) for key, quantity in quantities.items()]


def test_by_hand() -> None:
    found = co2(
        account(used(natural_gas=20_000.0, electricity=1e6, heat=100.0, fresh_water=50.0), RATES),
        choose_factors(library(), "enterprise-guideline", 2022, "山西"),
    )
    by_key = {line.energy_key: line.tco2 for line in found.lines}
    assert by_key == pytest.approx({"natural_gas": 2 * 21.6219, "electricity": 1000 * 0.7096, "heat": 11.0})
    assert found.total_tco2 == pytest.approx(43.2438 + 709.6 + 11)
    assert not found.is_unverified


def test_coke_that_leaves_takes_its_carbon_along() -> None:
    works = [*used(cleaned_coal=1000.0), FlowLine("coke", Flow.PRODUCED, 700.0), FlowLine("coke", Flow.EXPORTED, 700.0)]
    found = co2(account(works, RATES), choose_factors(library(), "enterprise-guideline", 2023))
    assert found.total_tco2 == pytest.approx(1000 * 2.2818 - 700 * 2.8518)


def test_a_year_without_a_factor_gives_none_and_the_reason() -> None:
    found = co2(account(used(electricity=1e6, natural_gas=1e4), RATES), choose_factors(library(), FUEL_SETS[0], 2026))
    assert (found.total_tco2, found.known_tco2) == (None, pytest.approx(21.6219))
    assert [line.reason_en for line in found.lines if line.tco2 is None] == ["no grid factor of 2026 for 全国"]


def test_raw_coal_must_be_said_to_be_of_a_kind() -> None:
    burnt, factors = account(used(raw_coal=10.0), RATES), choose_factors(library(), "enterprise-guideline", 2023)
    assert co2(burnt, factors).total_tco2 is None
    assert co2(burnt, factors, {"raw_coal": "烟煤"}).total_tco2 == pytest.approx(20.715)


def test_a_measured_heating_value_takes_the_place_of_the_default() -> None:
    own = choose_rate(library(), "bituminous_coal", DAY, heating=HeatingValue(25_000.0, "kJ/kg"))
    burnt = account(used(bituminous_coal=100.0), {"bituminous_coal": own})
    found = co2(burnt, choose_factors(library(), "enterprise-guideline", 2023))
    assert found.total_tco2 == pytest.approx(100 * 25 * 0.02618 * 0.93 * 44 / 12)


def test_a_set_per_heat_needs_a_heating_value() -> None:
    factors = choose_factors(library(), "provincial-guideline-2011", 2022)
    burnt = account(used(natural_gas=1e4), RATES)
    assert co2(burnt, factors).total_tco2 == pytest.approx(1e4 * 1.33 / 1000 * 29.3076 * 0.05561)
    unknown = account(used(anthracite=1.0), RATES)
    assert co2(unknown, factors).lines[0].reason_en == "there is no heating value"


def test_the_rows_of_a_set_alone_are_used() -> None:
    for set_key in FUEL_SETS:
        factors = choose_factors(library(), set_key, 2022)
        assert {factor.set_key for factor in factors.fuels.values()} == {set_key}
    known = {row.name for set_key in FUEL_SETS for row in library().co2_factors(set_key)}
    assert set(FUEL_ROWS.values()) <= known
    assert set(FUEL_ROWS) <= {energy.key for energy in library().energy_types()}
    with pytest.raises(NenghaoError):
        choose_factors(library(), "no-such-set", 2022)


def test_an_unverified_factor_is_flagged() -> None:
    assert co2(
        account(used(electricity=1.0), RATES), choose_factors(library(), FUEL_SETS[0], 2022, "华北")
    ).is_unverified
