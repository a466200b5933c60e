"""The shipped library: editions by date, units, wire codes, status."""

from __future__ import annotations

from datetime import date

import pytest

from nenghao.errors import NenghaoError
from nenghao.reference import library, status_label

BEFORE, AFTER = date(2021, 3, 31), date(2021, 4, 1)


def test_edition_is_picked_by_date() -> None:
    assert library().coal_equivalent_factor("fresh_water", BEFORE).value == 0.0857
    assert library().coal_equivalent_factor("fresh_water", AFTER).value == 0.2571
    assert library().coal_equivalent_factor("electricity", BEFORE).edition == "2008"
    assert library().coal_equivalent_factor("electricity", AFTER).edition == "2020"


@pytest.mark.parametrize(
    ("key", "value", "unit"),
    [
        ("electricity", 0.1229, "kgce/kWh"),
        ("heat", 34.12, "kgce/GJ"),
        ("natural_gas", 1.33, "kgce/m3"),
        ("raw_coal", 714.3, "kgce/t"),
        ("compressed_air", 0.04, "kgce/m3"),
        ("calcium_carbide", 2078.6, "kgce/t"),
        ("waste_heat_pressure", 34.1, "kgce/GJ"),
        ("other_fuels", 1000.0, "kgce/tce"),
    ],
)
def test_factor_is_per_base_unit(key: str, value: float, unit: str) -> None:
    factor = library().coal_equivalent_factor(key, date(2026, 3, 4))
    assert (factor.value, factor.unit) == (value, unit)


def test_nothing_is_in_force_before_the_first_edition() -> None:
    with pytest.raises(NenghaoError, match="no coal-equivalent factor") as caught:
        library().coal_equivalent_factor("electricity", date(2008, 5, 31))
    assert caught.value.code == "factor-not-in-force"
    assert "电力" in caught.value.text("zh")


def test_steam_has_no_factor_since_2021() -> None:
    assert library().coal_equivalent_factor("steam", BEFORE).value == 128.6
    with pytest.raises(NenghaoError, match="no coal-equivalent factor"):
        library().coal_equivalent_factor("steam", AFTER)


def test_statistics_never_override_gbt2589() -> None:
    for energy_type in library().energy_types():
        standards = [factor.standard for factor in library().coal_equivalent_factors(energy_type.key)]
        assert standards == sorted(standards, key=lambda s: s != "GB/T 2589")
    converter_gas = library().coal_equivalent_factor("converter_gas", AFTER)
    assert (converter_gas.value, converter_gas.basis) == (0.2714, "statistical")


def test_refinery_set_is_reachable_by_no_energy_type() -> None:
    used = {f.standard for e in library().energy_types() for f in library().coal_equivalent_factors(e.key)}
    assert used == {"GB/T 2589", "能源统计报表常用"}
    refinery = [t for t in library().coefficient_tables if t.header.set == "refinery"]
    assert [len(table.rows) for table in refinery] == [27]


def test_range_keeps_its_ends_and_says_that_the_value_is_a_convention() -> None:
    gas = library().coal_equivalent_factor("natural_gas", AFTER)
    assert (gas.value_low, gas.value, gas.value_high) == (1.1, 1.33, 1.33)
    assert gas.is_range
    assert "约定" in gas.note
    assert not library().coal_equivalent_factor("raw_coal", AFTER).is_range


def test_wire_codes() -> None:
    found = library().energy_by_wire_code("02", "3300")
    assert found is not None
    assert (found.key, found.wire_unit, found.status, found.ours) == ("electricity", "万kWh", "secondhand", False)
    assert library().energy_by_wire_code("02", "9999") is None
    assert library().energy_by_wire_code("", "3400") is None


def test_codes_of_ours_are_unverified() -> None:
    ours = [e for e in library().energy_types() if e.ours]
    assert {e.key for e in ours} >= {"fresh_water", "steam", "compressed_air"}
    assert {e.status for e in ours} == {"unverified"}


def test_status_words() -> None:
    assert status_label("unverified") == "待核"
    assert status_label("secondhand", "en") == "secondhand"


def test_unknown_energy_is_refused_in_both_languages() -> None:
    with pytest.raises(NenghaoError) as caught:
        library().energy_type("phlogiston")
    assert "phlogiston" in caught.value.text("zh")
    assert "reference list" in caught.value.text("en")
