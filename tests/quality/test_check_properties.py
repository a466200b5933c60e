"""What must hold for any block: held against slow, plain versions and against what may not matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.quality import Flag, codes, default_rules, run_checks

from .block_strategies import blocks, calm, of_course, rows_of

RULES = default_rules()
ALONE = tuple(code for code in codes.SERIES_CODES if code != codes.CONSTANT_RATIO)
FEW = settings(max_examples=25, deadline=timedelta(seconds=5))


def _flags(block, code):
    return run_checks(block, RULES).results[code].flags


@FEW
@given(blocks())
def test_findings_cover_exactly_what_is_not_good(block) -> None:
    checked = run_checks(block, RULES)
    covered = np.ones(block.shape, dtype=np.uint8)
    by_check = {code: np.ones(block.shape, dtype=np.uint8) for code in checked.results}
    found = checked.findings
    for row, first, last, code, flag in zip(
        found.item_row, found.first_slot, found.last_slot, found.check_code, found.flag, strict=True
    ):
        assert 0 <= first <= last < block.shape[1]
        assert (by_check[code][row, first : last + 1] == 1).all()
        by_check[code][row, first : last + 1] = flag
        covered[row, first : last + 1] = np.maximum(covered[row, first : last + 1], flag)
        assert first == 0 or by_check[code][row, first - 1] != flag or code == codes.CONSTANT_RATIO
    assert (covered == checked.flags).all()
    for code, flags in by_check.items():
        assert (flags == checked.results[code].flags).all()


@FEW
@given(blocks())
def test_no_row_matters_to_another(block) -> None:
    whole = run_checks(block, RULES)
    for row in range(block.shape[0]):
        alone = run_checks(rows_of(block, np.array([row])), RULES)
        for code in ALONE:
            assert (alone.results[code].flags[0] == whole.results[code].flags[row]).all(), code


@FEW
@given(blocks(), st.randoms())
def test_order_of_items_does_not_matter(block, random) -> None:
    order = np.array(random.sample(range(block.shape[0]), block.shape[0]))
    assert (run_checks(rows_of(block, order), RULES).flags == run_checks(block, RULES).flags[order]).all()


@FEW
@given(blocks(), st.sampled_from((0.25, 2.0, 1024.0)))
def test_the_unit_does_not_matter(block, times) -> None:
    """Powers of two scale floating-point numbers exactly: kWh or some other unit, the flags are the same."""
    names = ("value_min", "value_max", "max_rate", "usual", "high")
    traits = replace(block.traits, **{name: getattr(block.traits, name) * times for name in names})
    scaled = replace(block, value=block.value * times, before=block.before * times, traits=traits)
    assert (run_checks(scaled, RULES).flags == run_checks(block, RULES).flags).all()


@FEW
@given(blocks())
def test_accepted_is_good_unless_missing(block) -> None:
    accepted = replace(block, accepted=np.ones(block.shape, dtype=bool))
    flags = run_checks(accepted, RULES).flags
    assert set(np.unique(flags)) <= {Flag.GOOD, Flag.MISSING}
    assert (flags == Flag.MISSING).tolist() == (block.due & np.isnan(block.value)).tolist()


@FEW
@given(blocks())
def test_flags_say_nothing_of_empty_slots_but_missing(block) -> None:
    checked = run_checks(block, RULES)
    empty = np.isnan(block.value)
    for code, result in checked.results.items():
        if code not in (codes.COMPLETENESS, codes.TIME_ALIGNMENT, codes.TIMELINESS, codes.DUPLICATE_CONFLICT):
            assert (result.flags[empty] == Flag.GOOD).all(), code


@FEW
@given(blocks())
def test_completeness_timeliness_alignment_duplicates_negative_slot_by_slot(block) -> None:
    checked = run_checks(block, RULES)
    items, slots = block.shape
    for row in range(items):
        for slot in range(slots):
            value, late = block.value[row, slot], block.delay_s[row, slot] / 3600 - 24 * (1 - (slot + 1) / slots)
            offset = abs(block.start_offset_s[row, slot])
            expected = {
                codes.COMPLETENESS: 9 if np.isnan(value) and block.due[row, slot] else 1,
                codes.TIMELINESS: 3 if late > 24 else 1,
                codes.TIME_ALIGNMENT: 4 if offset > 60 else 1,
                codes.DUPLICATE_CONFLICT: 3 if block.contents[row, slot] >= 2 and not block.by_hand[row, slot] else 1,
                codes.NEGATIVE: 4 if value < 0 and not block.traits.may_be_negative[row] else 1,
            }
            if block.accepted[row, slot]:
                expected = {code: flag if flag == 9 else 1 for code, flag in expected.items()}
            assert {code: int(checked.results[code].flags[row, slot]) for code in expected} == expected


@FEW
@given(blocks())
def test_range_slot_by_slot(block) -> None:
    block = replace(block, accepted=np.zeros(block.shape, dtype=bool))
    flags, traits, slots = _flags(block, codes.RANGE), block.traits, block.shape[1]
    course = np.concatenate((block.before, block.value), axis=1)
    for row in range(block.shape[0]):
        high, usual = abs(traits.high[row]), 20 * abs(traits.usual[row])
        level = (high if high > 0 else usual) or np.nan
        fail = np.nanmin([30 * level, traits.max_rate[row], np.inf])
        for slot in range(slots):
            value = block.value[row, slot]
            if np.isnan(value):
                continue
            earlier = np.flatnonzero(~np.isnan(course[row, : slots + slot]))
            spans = slots + slot - earlier[-1] if earlier.size else 1
            expected = 4 if value > fail * spans * (1 + 1e-9) else 3 if value > 3 * level * spans * (1 + 1e-9) else 1
            if expected > 1 and not earlier.size:
                expected = 2
            low = traits.value_min[row]
            if value < low and (value >= 0 or traits.may_be_negative[row]):
                expected = 4
            if traits.may_be_negative[row] and value < -fail:
                expected = 4
            if np.isnan(low) and np.isnan(level) and not np.isfinite(fail):
                expected = 2
            assert flags[row, slot] == expected, (row, slot)


@FEW
@given(blocks())
def test_flat_line_slot_by_slot(block) -> None:
    block = replace(block, accepted=np.zeros(block.shape, dtype=bool))
    flags, slots = _flags(block, codes.FLAT_LINE), block.shape[1]
    course = np.concatenate((block.before, block.value), axis=1)
    for row in range(block.shape[0]):
        for slot in range(slots):
            left = right = slots + slot
            while left and course[row, left - 1] == course[row, slots + slot]:
                left -= 1
            while right + 1 < 2 * slots and course[row, right + 1] == course[row, slots + slot]:
                right += 1
            long = right - left + 1 >= 12 and course[row, slots + slot] != 0
            assert (flags[row, slot] > 1) == long


@FEW
@given(st.integers(0, 10_000), st.integers(0, 22), st.floats(6, 500))
def test_a_spike_in_a_calm_series_is_found_and_nothing_else(seed, slot, times) -> None:
    block = calm(3, seed=seed)
    assert (run_checks(block, RULES).flags == Flag.GOOD).all()
    block.value[1, slot] *= times
    flags = _flags(block, codes.SPIKE)
    assert flags[1, slot] in (Flag.SUSPECT, Flag.FAIL)
    assert np.count_nonzero(flags > 1) == 1
    assert (_flags(block, codes.RATE_OF_CHANGE) == Flag.GOOD).all()


@FEW
@given(st.lists(st.floats(0, 100, allow_subnormal=False), min_size=48, max_size=48))
def test_a_course_that_only_rises_has_no_spike(values) -> None:
    block = of_course(np.sort(np.round(values, 3))[None, :], high=1.0)
    assert (_flags(block, codes.SPIKE)[:, :-1] == Flag.GOOD).all()


@FEW
@given(st.lists(st.floats(-15, 15), min_size=48, max_size=48))
def test_steps_within_one_and_a_half_levels_are_no_change(steps) -> None:
    course = np.abs(np.cumsum(np.round(steps, 2)))
    block = of_course(course[None, :], high=10.0 + 1e-6)
    assert (_flags(block, codes.RATE_OF_CHANGE) == Flag.GOOD).all()


@FEW
@given(st.integers(0, 10_000), st.integers(2, 12), st.floats(2, 200))
def test_the_catch_up_after_a_gap_is_neither_spike_nor_change_nor_out_of_range(seed, length, rating) -> None:
    block = calm(2, seed=seed, level=rating / 2)
    block.value[0, 5 + length] += np.sum(block.value[0, 5 : 5 + length])
    block.value[0, 5 : 5 + length] = np.nan
    traits = replace(block.traits, max_rate=np.full(2, rating), high=np.full(2, 0.6 * rating))
    checked = run_checks(replace(block, traits=traits), RULES)
    for code in (codes.RANGE, codes.SPIKE, codes.RATE_OF_CHANGE):
        assert (checked.results[code].flags == Flag.GOOD).all(), code


@FEW
@given(st.integers(0, 10_000))
def test_a_copied_day_is_found_and_its_neighbours_are_not(seed) -> None:
    block = calm(4, seed=seed)
    block.value[2] = block.before[2]
    flags = _flags(block, codes.REPEATED_SERIES)
    assert (flags[2] == Flag.FAIL).all()
    assert (np.delete(flags, 2, axis=0) == Flag.GOOD).all()


@FEW
@given(st.integers(0, 10_000), st.floats(0.05, 0.95), st.integers(2, 30))
def test_a_constant_multiple_is_found_among_others(seed, ratio, items) -> None:
    block = calm(items, slots=96, seed=seed, level=100.0)
    block.value[1] = np.round(block.value[0] * ratio, 3)
    result = run_checks(block, RULES).results[codes.CONSTANT_RATIO]
    assert (result.flags[1] == Flag.SUSPECT).all()
    assert (np.delete(result.flags, 1, axis=0) == Flag.GOOD).all()
    assert set(result.cells.other_row) == {0}


def test_three_thousand_items_of_one_enterprise_hide_no_multiple() -> None:
    """Comparing neighbours in the order of projections must not miss pairs in large groups."""
    block = calm(3000, slots=96, seed=7, level=100.0)
    copies, sources = np.arange(0, 3000, 30), np.arange(1, 3000, 30)
    block.value[copies] = np.round(block.value[sources] * 0.37, 3)
    result = run_checks(block, RULES).results[codes.CONSTANT_RATIO]
    found = np.unique(result.cells.place // 96)
    assert found.tolist() == copies.tolist()
    assert (result.cells.other_row == result.cells.place // 96 + 1).all()


def test_checks_of_other_statistic_types_do_not_run() -> None:
    block = calm(1, slots=31)
    assert codes.CONSTANT_RATIO not in run_checks(replace(block, stat_type=1), RULES).results
    assert codes.CONSTANT_RATIO in run_checks(block, RULES).results


@pytest.mark.parametrize("items", (0, 1))
def test_an_empty_block_is_no_trouble(items) -> None:
    block = of_course(np.full((items, 48), np.nan))
    checked = run_checks(block, RULES)
    assert (checked.flags == Flag.MISSING).all()
    assert len(checked.findings) == items
