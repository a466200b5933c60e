"""Which factor holds: edition by date, measured heating values, equivalent values, working media, in both forms."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.accounting import EquivalentValue, HeatingValue, choose_rate, rates_for
from nenghao.errors import NenghaoError
from nenghao.reference import library
from nenghao.reference.model import STATUSES

KEYS = [energy.key for energy in library().energy_types()]
BEFORE, AFTER = date(2021, 3, 31), date(2021, 4, 1)


def test_the_edition_in_force_on_the_day() -> None:
    water = [choose_rate(library(), "fresh_water", day) for day in (BEFORE, AFTER)]
    assert [rate.kgce for rate in water] == [0.0857, 0.2571]
    assert [rate.citation for rate in water] == ["GB/T 2589-2008", "GB/T 2589-2020"]


@pytest.mark.parametrize(("day", "kj_per_kgce"), [(BEFORE, 29307.0), (AFTER, 29307.6)])
def test_a_measured_heating_value_outranks_the_table(day: date, kj_per_kgce: float) -> None:
    coal = choose_rate(library(), "raw_coal", day, heating=HeatingValue(23_000.0, "kJ/kg", "report 7"))
    assert coal.kgce_calorific == coal.kgce_equivalent == pytest.approx(23_000 * 1000 / kj_per_kgce, rel=1e-15)
    assert (coal.origin, coal.source) == ("measured", "report 7")
    gas = choose_rate(library(), "natural_gas", day, heating=HeatingValue(35_000.0, "kJ/m3"))
    assert gas.kgce == pytest.approx(35_000 / kj_per_kgce, rel=1e-15)
    assert not gas.is_range


def test_a_coal_without_a_row_is_known_once_measured() -> None:
    without = choose_rate(library(), "anthracite", AFTER)
    assert (without.kgce, without.is_known, without.origin) == (None, False, "none")
    assert without.note
    assert choose_rate(library(), "anthracite", AFTER, heating=HeatingValue(29_307.6, "kJ/kg")).kgce == pytest.approx(
        1000
    )


def test_the_equivalent_value_is_never_guessed() -> None:
    assert choose_rate(library(), "electricity", AFTER).kgce_equivalent is None
    stated = choose_rate(library(), "electricity", AFTER, equivalent=EquivalentValue(0.3, "made up", "unverified"))
    assert (stated.kgce_calorific, stated.kgce_equivalent) == (0.1229, 0.3)
    assert (stated.status, stated.equivalent_status) == ("secondhand", "unverified")
    hot = choose_rate(library(), "steam", AFTER, heating=HeatingValue(2_800.0, "kJ/kg"))
    assert hot.kgce_calorific == pytest.approx(2800 / 29.3076)
    assert hot.kgce_equivalent is None


def test_a_medium_has_only_its_equivalent_value() -> None:
    oxygen = choose_rate(library(), "oxygen", AFTER)
    assert (oxygen.kgce_calorific, oxygen.kgce_equivalent, oxygen.kgce) == (None, 0.4, 0.4)
    corrected = choose_rate(library(), "oxygen", AFTER, equivalent=EquivalentValue(0.35, "made up"))
    assert corrected.kgce == 0.35


def test_a_range_is_carried() -> None:
    gas = choose_rate(library(), "natural_gas", AFTER)
    assert (gas.kgce_low, gas.kgce, gas.kgce_high, gas.is_range) == (1.1, 1.33, 1.33, True)


@pytest.mark.parametrize(
    ("key", "heating", "equivalent"),
    [
        ("electricity", HeatingValue(3600.0, "kJ/kg"), None),
        ("raw_coal", HeatingValue(5000.0, "kcal/kg"), None),
        ("raw_coal", HeatingValue(-1.0, "kJ/kg"), None),
        ("raw_coal", HeatingValue(math.nan, "kJ/kg"), None),
        ("fresh_water", HeatingValue(2.5, "kJ/m3"), None),
        ("raw_coal", None, EquivalentValue(700.0, "made up")),
        ("electricity", None, EquivalentValue(0.0, "made up")),
    ],
)
def test_what_cannot_be_is_refused(key: str, heating: HeatingValue | None, equivalent: EquivalentValue | None) -> None:
    with pytest.raises(NenghaoError):
        choose_rate(library(), key, AFTER, heating=heating, equivalent=equivalent)


def test_nothing_before_the_first_edition() -> None:
    with pytest.raises(NenghaoError, match="no edition"):
        choose_rate(library(), "raw_coal", date(2008, 5, 31), heating=HeatingValue(20_000.0, "kJ/kg"))
    assert not choose_rate(library(), "raw_coal", date(2008, 5, 31)).is_known


ROW = st.tuples(
    st.sampled_from(KEYS), st.dates(date(2008, 1, 1), date(2030, 1, 1)).map(lambda day: day.replace(day=1)),
    st.one_of(st.none(), st.floats(1.0, 60_000.0)), st.one_of(st.none(), st.floats(0.01, 50.0)),
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(ROW, max_size=12))
def test_columns_are_the_same_as_one_by_one(rows: list[tuple[str, date, float | None, float | None]]) -> None:
    heating = np.array([np.nan if row[2] is None else row[2] for row in rows])
    equivalent = np.array([np.nan if row[3] is None else row[3] for row in rows])
    found = rates_for(library(), [r[0] for r in rows], [r[1] for r in rows], heating, equivalent)
    for place, (key, day, own, stated) in enumerate(rows):
        one = _one(key, day, own, stated)
        assert found.kgce_counted[place] == pytest.approx(_nan(one.kgce), rel=1e-14, nan_ok=True)
        assert found.kgce_equivalent[place] == pytest.approx(_nan(one.kgce_equivalent), rel=1e-14, nan_ok=True)
        assert (found.factor_id[place], found.is_medium[place]) == (one.factor_id, one.is_medium)
        assert STATUSES[found.status[place]] == one.status
        assert STATUSES[found.equivalent_status[place]] == one.equivalent_status
        assert found.is_range[place] == one.is_range


def _one(key: str, day: date, own: float | None, stated: float | None):
    """Choose one rate, leaving out what is refused, as the columns do."""
    unit = {"t": "kJ/kg", "m3": "kJ/m3"}.get(library().energy_type(key).base_unit, "kJ/kg")
    heating = HeatingValue(own, unit) if own else None
    equivalent = EquivalentValue(stated, "made up") if stated else None
    for attempt in ((heating, equivalent), (heating, None), (None, equivalent), (None, None)):
        try:
            return choose_rate(library(), key, day, heating=attempt[0], equivalent=attempt[1])
        except NenghaoError:
            continue
    raise AssertionError(key)


def _nan(value: float | None) -> float:
    return math.nan if value is None else value
