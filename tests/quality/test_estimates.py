"""Estimates: cases worked by hand, laws that hold for every series, and where the simple way fails."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenghao.quality.estimates import (
    Estimate,
    TooThin,
    from_bill,
    from_sub_meters,
    in_span,
    linear,
    runs,
    weekday_profile,
    weekday_shape,
)

NAN = math.nan


def series(*values):
    return np.array(values, dtype=float)


def gaps(values):
    return np.isnan(values)


def filled(result):
    assert isinstance(result, Estimate), result
    return result.values


# Linear


def test_linear_by_hand():
    values = series(10, NAN, NAN, 16, NAN, 20)
    assert filled(linear(values, gaps(values))).tolist() == [10, 12, 14, 16, 18, 20]


def test_linear_replaces_a_rejected_value():
    values = series(10, 999, 14)
    assert filled(linear(values, values > 900)).tolist() == [10, 12, 14]


@pytest.mark.parametrize("values", [series(NAN, 1, 2), series(1, 2, NAN), series(1, NAN, NAN)])
def test_linear_wants_both_sides(values):
    assert linear(values, gaps(values)).code == "no-neighbour"


def test_linear_does_not_use_a_neighbour_that_is_missing_and_not_wanted():
    values = series(1, NAN, NAN, 4)
    assert linear(values, np.array([False, True, False, False])).code == "no-neighbour"


def test_linear_refuses_a_long_gap():
    values = series(1, NAN, NAN, NAN, 5)
    refused = linear(values, gaps(values), max_slots=2)
    assert (refused.code, refused.basis["longest_slots"]) == ("gap-too-long", 3)
    assert filled(linear(values, gaps(values), max_slots=3)).tolist() == [1, 2, 3, 4, 5]


# Weekday profile


def plant_by_day(days, *, first_weekday=0, level=1.0):
    """24 slots a day: 10 from 8 to 16 o'clock on weekdays, 1 else; 1 at weekends."""
    rows = []
    for day in range(days):
        row = np.ones(24)
        if (first_weekday + day) % 7 < 5:
            row[8:16] = 10
        rows.append(row * level)
    return np.concatenate(rows)


def test_profile_by_hand_and_straight_line_fails():
    """Monday 6:00 to 18:00 is gone: a line says 12 × 1 = 12, the plant used 4 × 1 + 8 × 10 = 84."""
    truth = plant_by_day(30)
    values, wanted = truth.copy(), np.zeros(len(truth), dtype=bool)
    wanted[28 * 24 + 6 : 28 * 24 + 18] = True
    values[wanted] = NAN
    by_profile = filled(weekday_profile(values, wanted, slots_per_day=24))
    assert by_profile[wanted].sum() == pytest.approx(84)
    assert np.allclose(by_profile, truth)
    assert filled(linear(values, wanted))[wanted].sum() == pytest.approx(12)


def test_line_over_the_night_of_a_plant_that_works_by_day_invents_consumption():
    """Wanted are 15:00 to 9:00: the truth is 10 + 16 × 1 + 10 = 36, the line says 18 × 10 = 180."""
    truth = plant_by_day(31)
    wanted = np.zeros(len(truth), dtype=bool)
    wanted[28 * 24 + 15 : 29 * 24 + 9] = True
    values = np.where(wanted, NAN, truth)
    assert filled(linear(values, wanted))[wanted].sum() == pytest.approx(180)
    assert filled(weekday_profile(values, wanted, slots_per_day=24))[wanted].sum() == pytest.approx(36)


def test_profile_follows_the_level_around_the_gap():
    """The last three days run at half load: the estimate is half the profile."""
    truth = np.concatenate([plant_by_day(28), plant_by_day(3, level=0.5)])
    wanted = np.zeros(len(truth), dtype=bool)
    wanted[29 * 24 : 30 * 24] = True
    values = np.where(wanted, NAN, truth)
    made = weekday_profile(values, wanted, slots_per_day=24)
    assert np.allclose(filled(made), truth)
    assert made.basis["level_ratio"] == pytest.approx(0.5)


def test_one_odd_week_does_not_bend_the_profile():
    """Median of 10, 10, 10 and 1000 is 10; the mean would be 257.5."""
    values = np.full(35, 10.0)
    values[7], values[28] = 1000.0, NAN
    assert filled(weekday_profile(values, gaps(values), slots_per_day=1))[28] == pytest.approx(10)


def test_profile_of_day_records_knows_the_weekend():
    week = series(100, 100, 100, 100, 100, 20, 20)
    values = np.tile(week, 5)
    values[33] = NAN  # the last Saturday
    assert filled(weekday_profile(values, gaps(values), slots_per_day=1))[33] == pytest.approx(20)


def test_profile_wants_two_weeks():
    values = plant_by_day(10)
    values[8 * 24] = NAN
    refused = weekday_profile(values, gaps(values), slots_per_day=24)
    assert (refused.code, refused.basis["known_weeks"]) == ("too-few-weeks", 1)


def test_profile_wants_surroundings():
    values = plant_by_day(35)
    values[26 * 24 :] = NAN
    wanted = np.zeros(len(values), dtype=bool)
    wanted[29 * 24 : 30 * 24] = True
    assert weekday_profile(values, wanted, slots_per_day=24).code == "too-few-neighbours"


def test_profile_of_nothing_sets_no_level():
    values = np.zeros(29 * 24)
    values[28 * 24 :] = 5
    values[28 * 24 + 3] = NAN
    assert weekday_profile(values, gaps(values), slots_per_day=24).code == "no-level"


def test_a_plant_that_stands_still_stays_at_nothing():
    values = np.zeros(29 * 24)
    values[28 * 24 + 3] = NAN
    assert filled(weekday_profile(values, gaps(values), slots_per_day=24)).sum() == 0


# Sub-meters


def test_plant_from_its_processes():
    plant, parts = series(10, NAN, 12), np.array([[4.0, 5.0, 6.0], [6.0, 6.5, 6.0]])
    made = from_sub_meters(plant, gaps(plant), parts=parts)
    assert made.values.tolist() == [10, 11.5, 12]
    assert made.basis["agreement_ratio"] == pytest.approx(22 / 22)


def test_process_from_plant_less_the_others():
    process, others = series(4, NAN, 6), np.array([[6.0, 6.5, 6.0]])
    made = from_sub_meters(process, gaps(process), parts=others, whole=series(10, 11.5, 12))
    assert (made.method, made.values.tolist()) == ("plant-minus-others", [4, 5, 6])


def test_missing_parts_are_not_zero():
    """The simple way, ``nansum``, says 5 for a plant whose second process is not known."""
    plant, parts = series(10, NAN), np.array([[4.0, 5.0], [6.0, NAN]])
    assert np.nansum(parts, axis=0)[1] == 5
    assert from_sub_meters(plant, gaps(plant), parts=parts).code == "part-unknown"


def test_others_above_the_plant_are_refused():
    process = series(NAN)
    refused = from_sub_meters(process, gaps(process), parts=np.array([[12.0]]), whole=series(10))
    assert refused.code == "negative"
    assert from_sub_meters(process, gaps(process), parts=np.empty((0, 1))).code == "no-parts"


# Bill


def test_bill_by_hand():
    """100 on the bill, 40 known, 60 left, shape 1 : 2 : 3."""
    values = series(40, NAN, NAN, NAN)
    made = from_bill(values, gaps(values), total=100, shape=series(9, 1, 2, 3))
    assert made.values.tolist() == pytest.approx([40, 10, 20, 30])
    assert filled(from_bill(values, gaps(values), total=100)).tolist() == [40, 20, 20, 20]


def test_bill_refuses_what_it_cannot_meet():
    values = series(40, NAN, NAN)
    assert from_bill(values, gaps(values), total=30).code == "bill-exceeded"
    assert from_bill(values, np.array([False, True, False]), total=100).code == "period-has-gaps"
    assert from_bill(values, gaps(values), total=100, shape=series(1, 0, 0)).code == "no-shape"
    assert from_bill(values, gaps(values), total=100, shape=series(1, NAN, 1)).code == "no-shape"
    assert from_bill(series(1.0), np.array([False]), total=1).code == "no-shape"


# Laws

amounts = st.floats(0, 1e7, allow_subnormal=False)


@st.composite
def series_with_gaps(draw, min_size=3, max_size=30):
    values = np.array(draw(st.lists(amounts, min_size=min_size, max_size=max_size)))
    wanted = np.array(draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    wanted[0] = wanted[-1] = False
    wanted[len(wanted) // 2] = True
    return np.where(wanted, NAN, values), wanted


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(series_with_gaps(), st.floats(0, 1e9))
def test_the_bill_is_met_to_the_last_bit(drawn, more):
    values, wanted = drawn
    total = math.fsum(values[~wanted]) + more
    made = from_bill(values, wanted, total=total)
    if isinstance(made, TooThin):  # only rounding can make the rest negative
        assert more < 1
        return
    assert math.fsum(made.values) == total


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(series_with_gaps(), st.floats(0, 1e9))
def test_measured_values_stay_and_nothing_is_negative(drawn, more):
    values, wanted = drawn
    results = [
        linear(values, wanted), from_bill(values, wanted, total=math.fsum(values[~wanted]) + more),
        from_sub_meters(values, wanted, parts=np.array([np.ones(len(values))])),
    ]  # fmt: skip
    for made in results:
        if isinstance(made, Estimate):
            assert np.array_equal(made.values[~wanted], values[~wanted])
            assert (made.values[wanted] >= 0).all()
            assert not np.isnan(made.values).any()


@given(st.lists(amounts, min_size=35, max_size=35), st.integers(28, 33), st.integers(1, 3))
def test_estimating_twice_gives_the_same(days, first, length):
    values, wanted = np.array(days), np.zeros(35, dtype=bool)
    wanted[first : first + length] = True
    for estimate in (
        lambda v: weekday_profile(v, wanted, slots_per_day=1),
        lambda v: linear(v, wanted),
        lambda v: from_bill(v, wanted, total=1e12),
    ):
        once = estimate(values)
        if isinstance(once, Estimate):
            again = estimate(once.values)
            assert np.array_equal(once.values, again.values)


@given(st.lists(amounts, min_size=7, max_size=7), st.floats(0.1, 10))
def test_a_repeating_week_is_found_again_at_any_level(week, level):
    values = np.concatenate([np.tile(week, 4), np.array(week) * level])
    wanted = np.zeros(35, dtype=bool)
    wanted[30] = True
    made = weekday_profile(np.where(wanted, NAN, values), wanted, slots_per_day=1)
    if isinstance(made, TooThin):
        assert made.code in ("no-level", "level-far")
        return
    shape, count = weekday_shape(values, wanted, slots_per_day=1)
    assert count[30] == 4
    assert shape[30] == week[2]
    # The level is taken over neighbours of both levels: between the old one and the new one.
    low, high = sorted([week[2], week[2] * level])
    assert low * (1 - 1e-9) <= made.values[30] <= high * (1 + 1e-9)


def test_a_span_is_half_open():
    starts = np.arange("2026-03-04T00:00", "2026-03-04T02:00", 15, dtype="datetime64[m]")
    wanted = in_span(starts, np.datetime64("2026-03-04T00:30"), np.datetime64("2026-03-04T01:00"))
    assert runs(wanted) == [(2, 4)]
    assert not in_span(starts, starts[2], starts[2]).any()


def test_a_profile_that_does_not_fit_says_nothing():
    """Around the gap the plant uses a hundred times what it used in the weeks before."""
    values = np.ones(29 * 24)
    values[28 * 24 :] = 100
    values[28 * 24 + 12] = NAN
    assert weekday_profile(values, gaps(values), slots_per_day=24).code == "level-far"


def test_the_level_of_a_day_serves_where_the_near_hours_are_unknown():
    truth = plant_by_day(31)
    values, wanted = truth.copy(), np.zeros(len(truth), dtype=bool)
    values[28 * 24 + 4 : 28 * 24 + 20] = NAN
    wanted[28 * 24 + 10] = True
    assert filled(weekday_profile(values, wanted, slots_per_day=24))[28 * 24 + 10] == pytest.approx(10)


def test_the_level_is_that_of_the_near_hours():
    """The day before ran at double level, the hours around the gap at the usual one: the estimate is the usual one."""
    truth = plant_by_day(30)
    truth[27 * 24 : 28 * 24] *= 2
    values = truth.copy()
    values[28 * 24 + 12 : 28 * 24 + 14] = NAN
    made = weekday_profile(values, gaps(values), slots_per_day=24)
    assert filled(made)[28 * 24 + 12 : 28 * 24 + 14].tolist() == pytest.approx([10, 10])
