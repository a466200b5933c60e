"""What must hold for any figures held against each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.quality import Flag, comparisons, default_rules
from nenghao.reference import library

CHECKS = default_rules().checks
SOME = settings(max_examples=50)
amounts = st.floats(0, 1e9, allow_subnormal=False)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def _rule(code: str, **change):
    return replace(CHECKS[code], **change)


def _exact(code: str):
    return _rule(code, settings={"tick": 0.0})


@SOME
@given(st.lists(st.one_of(amounts, st.just(float("nan"))), min_size=24, max_size=24), amounts)
def test_a_day_is_judged_only_when_every_hour_is_known(hours, day) -> None:
    found = comparisons.day_against_hours(np.array([day]), np.array([hours]), CHECKS["day-against-hours"])
    assert (found.flags[0] == Flag.UNKNOWN) == bool(np.isnan(hours).any()) == bool(np.isnan(found.value[0]))


@SOME
@given(st.lists(st.integers(0, 10**9), min_size=24, max_size=24))
def test_the_sum_itself_is_never_told_however_it_was_rounded(thousandths) -> None:
    """Hours rounded to 0.001 and their day rounded to 0.001 from the unrounded sum differ by rounding alone."""
    true = np.array(thousandths) / 7001
    found = comparisons.day_against_hours(
        np.array([round(true.sum(), 3)]), np.round(true, 3)[None, :], CHECKS["day-against-hours"]
    )
    assert found.flags.tolist() == [Flag.GOOD]


@SOME
@given(st.permutations(range(31)), st.integers(28, 31), st.integers(0, 1000))
def test_the_order_of_days_and_what_stands_outside_the_month_do_not_matter(order, length, seed) -> None:
    rng = np.random.default_rng(seed)
    values, inside = rng.integers(0, 1000, (1, 31)).astype(float), (np.arange(31) < length)[None, :]
    outside = np.where(inside, values, rng.choice([np.nan, 1e6]))
    rule, month = CHECKS["month-against-days"], np.array([values[inside].sum() * 1.03])
    one = comparisons.month_against_days(month, values, inside, rule)
    two = comparisons.month_against_days(month, outside[:, order], inside[:, order], rule)
    assert one.flags.tolist() == two.flags.tolist() == [Flag.SUSPECT if month[0] > 1 else Flag.GOOD]
    np.testing.assert_allclose(one.value, two.value)


@SOME
@given(st.lists(st.tuples(st.integers(0, 4), amounts), min_size=1, max_size=30), st.integers(0, 99))
def test_plants_are_judged_one_by_one(parts, seed) -> None:
    owner, process = np.array([plant for plant, _ in parts]), np.array([amount for _, amount in parts])
    plant = np.random.default_rng(seed).uniform(1, 1e6, 5)
    whole = comparisons.plant_against_processes(plant, process, owner, CHECKS["plant-against-processes"])
    for row in range(5):
        mine = process[owner == row]
        expected = 100 * abs(mine.sum() - plant[row]) / plant[row] if mine.size else np.nan
        if mine.size and abs(mine.sum() - plant[row]) <= 0.0005 * (mine.size + 1):
            expected = 0.0
        np.testing.assert_allclose(whole.value[row], min(expected, comparisons.MOST_PCT), rtol=1e-6)


@SOME
@given(amounts, amounts, amounts)
def test_what_the_yard_lost_is_what_was_burnt(purchase, opening, closing) -> None:
    used = purchase + opening - closing
    columns = (np.array([figure]) for figure in (purchase, opening, closing, used))
    assert comparisons.stock_balance(*columns, CHECKS["stock-balance"]).flags.tolist() == [Flag.GOOD]


@SOME
@given(st.floats(1, 1e6), st.floats(0, 1e6), st.sampled_from((0.5, 4.0, 1024.0)))
def test_the_unit_of_a_bill_does_not_matter(supplier, own, times) -> None:
    rule = _exact("supplier-against-own")
    one = comparisons.supplier_against_own(np.array([supplier]), np.array([own]), rule)
    two = comparisons.supplier_against_own(np.array([supplier * times]), np.array([own * times]), rule)
    assert one.flags.tolist() == two.flags.tolist()
    np.testing.assert_allclose(one.value, two.value)


@SOME
@given(days, days, st.integers(0, 5000))
def test_a_meter_is_outside_by_the_days_to_the_nearer_end(day, start, length) -> None:
    begin = np.datetime64(start)
    until = begin + np.timedelta64(length, "D")
    found = comparisons.meter_validity(
        np.array([day], "datetime64[D]"), np.array([begin]), np.array([until]), CHECKS["meter-validity"]
    )
    away = 0 if begin <= np.datetime64(day) <= until else min(
        abs((np.datetime64(day) - end).astype(int)) for end in (begin, until)
    )  # fmt: skip
    assert found.value.tolist() == [away]
    assert (found.flags[0] == Flag.GOOD) == (away == 0)


@SOME
@given(st.floats(0.01, 1000), st.floats(1, 50))
def test_double_and_half_are_as_far_outside(value, times) -> None:
    rule, printed = CHECKS["factor-range"], np.array([value, value])
    found = comparisons.factor_range(np.array([value * times, value / times]), printed, printed, rule)
    np.testing.assert_allclose(found.value, 100 * (times - 1), rtol=1e-9, atol=1e-9)


@SOME
@given(
    st.lists(st.one_of(amounts, st.just(float("nan"))), min_size=1, max_size=9), st.floats(0, 100), st.floats(0, 100)
)
def test_flags_rise_with_the_statistic_and_fall_with_the_limits(own, suspect, fail) -> None:
    low, high = sorted((suspect, fail))
    supplier, figures = np.full(len(own), 1000.0), np.sort(np.array(own))
    strict = comparisons.supplier_against_own(supplier, figures, _rule("supplier-against-own", suspect=low, fail=high))
    loose = comparisons.supplier_against_own(supplier, figures, _rule("supplier-against-own", suspect=high, fail=None))
    assert (loose.flags <= strict.flags).all()
    order = np.argsort(strict.value[~np.isnan(strict.value)])
    assert (np.diff(strict.flags[~np.isnan(strict.value)][order].astype(int)) >= 0).all()


def test_every_printed_factor_lies_within_its_own_range() -> None:
    keys = [energy.key for energy in library().energy_types()]
    low, high = comparisons.printed_factors(keys, [date(2026, 1, 1)] * len(keys))
    known = ~np.isnan(low)
    assert known.sum() > 20
    for end in (low, high):
        found = comparisons.factor_range(end, low, high, CHECKS["factor-range"])
        assert (found.flags == np.where(known, Flag.GOOD, Flag.UNKNOWN)).all()


@pytest.mark.parametrize("key", ["fresh_water", "no_such_energy", "waste_heat_pressure"])
def test_what_no_table_prints_or_is_not_verified_is_not_judged(key) -> None:
    low, high = comparisons.printed_factors([key], [date(2026, 1, 1)])
    assert np.isnan(low).all() and np.isnan(high).all()
    found = comparisons.factor_range(np.array([1e6]), low, high, CHECKS["factor-range"])
    assert found.flags.tolist() == [Flag.UNKNOWN]
