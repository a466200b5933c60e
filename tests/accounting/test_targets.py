"""Progress, grading and decomposition of targets: hand-computed values, edges of the bounds, properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.accounting.targets import (
    IntensityProgress,
    Part,
    TotalProgress,
    allowed_total,
    check_intensity,
    check_total,
    cumulative_drop,
    drop,
    grade,
    required_drop,
    share_out,
    year_drop,
)
from nenghao.errors import NenghaoError
from nenghao.reference.library import library

RULES = library().grading_rules
BAROMETER = RULES["national-barometer-2021"]
drops = st.floats(0.001, 0.9)


def test_plain_fifths_are_the_printed_percentages():
    # National province sheet: 20 / 40 / 60 / 80 / 100 % of the five-year target.
    assert [round(required_drop(0.15, k, 5) / 0.15, 9) for k in range(6)] == [0, 0.2, 0.4, 0.6, 0.8, 1.0]


def test_the_power_form_by_hand():
    # 1 - 0.85 ** 0.2 = 0.0319814...
    assert required_drop(0.15, 1, 5, "power") == pytest.approx(1 - 0.85**0.2)
    assert required_drop(0.15, 5, 5, "power") == pytest.approx(0.15)


@given(drops, st.integers(1, 10), st.sampled_from(["fifths", "power"]))
def test_yearly_drops_chain_to_the_whole(whole, years, form):
    yearly = [year_drop(whole, year, years, form) for year in range(1, years + 1)]
    assert cumulative_drop(yearly) == pytest.approx(whole)


@given(drops)
def test_fifths_ask_for_less_at_first_than_the_power_form(whole):
    # 1 - (1 - D)^x is concave in x and meets D·x at 0 and 1.
    assert required_drop(whole, 1, 5) <= required_drop(whole, 1, 5, "power") + 1e-12


def test_a_year_that_is_not_of_the_plan_is_refused():
    with pytest.raises(NenghaoError, match="year 6"):
        required_drop(0.1, 6, 5)


def test_drop_needs_a_base():
    assert drop(0, 1.0) is None
    assert drop(0.5, 0.6) == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("reached", "colour"),
    [
        (0.030, "green"),  # exactly on the requirement
        (0.031, "green"),
        (0.0299999, "yellow"),
        (0.027, "yellow"),  # gap of exactly 10 %: 0.003 / 0.03, which floats make 0.10000000000000009
        (0.0269, "red"),
        (0.0, "red"),
        (-0.0001, "red"),
    ],
)
def test_barometer_bounds(reached, colour):
    level = grade(BAROMETER, IntensityProgress(0.03, reached))
    assert level is not None
    assert level.colour == colour


def test_what_rose_is_worst_even_where_little_was_due():
    # Due 0 %: there is no gap ratio, and still an intensity that rose is level 1 (发改办环资〔2021〕629号).
    level = grade(BAROMETER, IntensityProgress(0.0, -0.001))
    assert level is BAROMETER.worst
    assert grade(BAROMETER, IntensityProgress(0.0, 0.001)) is None


def test_severity_and_local_numbers_run_opposite_ways():
    assert [(level.severity, level.name_en) for level in BAROMETER.levels] == [
        (0, "level 3 (green)"), (1, "level 2 (yellow)"), (2, "level 1 (red)"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "progress", "colour"),
    [
        ("city-completion-2010", IntensityProgress(0.04, 0.04), "green"),
        ("city-completion-2010", IntensityProgress(0.04, 0.036), "yellow"),
        ("city-completion-2010", IntensityProgress(0.04, 0.0359), "orange"),
        ("city-completion-2010", IntensityProgress(0.04, 0.02), "red"),
        ("hangzhou-half-year", IntensityProgress(0.04, 0.0371), "green"),
        ("hangzhou-half-year", IntensityProgress(0.04, 0.037), "yellow"),
        ("hangzhou-half-year", IntensityProgress(0.04, 0.03), "orange"),
        ("hangzhou-half-year", IntensityProgress(0.04, 0.02), "orange"),
        ("hangzhou-half-year", IntensityProgress(0.04, 0.0199), "red"),
        ("hangzhou-three-quarters", IntensityProgress(0.04, 0.04), "green"),
        ("hangzhou-three-quarters", IntensityProgress(0.04, 0.0399), "yellow"),
        ("zhejiang-electricity-growth-2010", TotalProgress(1.0, 112.0, 100.0), "yellow"),
        ("zhejiang-electricity-growth-2010", TotalProgress(1.0, 116.0, 100.0), "red"),
        ("national-barometer-2021", TotalProgress(100.0, 110.0), "yellow"),
        ("national-barometer-2021", TotalProgress(100.0, 110.1), "red"),
    ],
)
def test_every_rule_at_its_bounds(rule, progress, colour):
    level = grade(RULES[rule], progress)
    assert level is not None
    assert level.colour == colour


@given(st.sampled_from(sorted(RULES)), st.floats(-10, 10))
def test_levels_of_a_rule_cover_every_value_once(rule, value):
    assert sum(level.holds(value) for level in RULES[rule].levels) == 1


def test_nothing_known_is_no_grade():
    assert grade(BAROMETER, IntensityProgress(0.03, None)) is None
    assert TotalProgress(10.0, None).met is None
    assert TotalProgress(0.0, 5.0).overrun_ratio is None


def test_the_share_of_a_cap_follows_the_shape_of_a_year():
    assert allowed_total(1200.0, 3) == 300.0
    assert allowed_total(1200.0, 12, [1.0] * 11 + [5.0]) == 1200.0
    assert allowed_total(1200.0, 11, [1.0] * 11 + [5.0]) == pytest.approx(825.0)  # 1200 × 11 ÷ 16


def test_caps_that_sum_to_more_than_the_parent_are_found():
    check = check_total(100.0, [Part("a", cap_tce=60.0), Part("b", cap_tce=50.0), Part("c")])
    assert (check.slack, [finding.code for finding in check.findings]) == (
        -10.0, ["target-parts-missing", "target-sum-exceeds"],
    )  # fmt: skip


def test_drops_are_weighed_by_where_the_value_grows():
    # a: 100 tce per 100; b: 10 tce per 100. Base intensity 110 / 200 = 0.55.
    # Both drop by 10 %: a grows to 300, b stays: (300 × 0.9 + 100 × 0.09) / 400 = 279 / 400 = 0.6975: it rises.
    parts = [
        Part("a", drop_ratio=0.1, base_tce=100, base_value=100, planned_value=300),
        Part("b", drop_ratio=0.1, base_tce=10, base_value=100, planned_value=100),
    ]
    check = check_intensity(0.1, parts)
    assert check.implied == pytest.approx(1 - 0.6975 / 0.55)
    assert [finding.code for finding in check.findings] == ["target-sum-short"]
    assert sum(part.drop_ratio or 0 for part in parts) / 2 == 0.1  # the naive mean would see nothing


@given(drops, st.lists(st.tuples(st.floats(1, 1e6), st.floats(1, 1e6)), min_size=1, max_size=6), st.floats(0.5, 3))
def test_equal_drops_and_growth_bring_exactly_the_parents(whole, bases, growth):
    parts = [
        Part(str(n), drop_ratio=whole, base_tce=tce, base_value=value, planned_value=value * growth)
        for n, (tce, value) in enumerate(bases)
    ]
    check = check_intensity(whole, parts)
    assert check.agrees
    assert check.implied == pytest.approx(whole, abs=1e-9)


def test_a_part_without_a_base_cannot_be_weighed():
    check = check_intensity(0.1, [Part("a", drop_ratio=0.1)])
    assert (check.implied, check.findings[0].code) == (None, "target-parts-missing")


@given(st.floats(0, 1e9), st.dictionaries(st.text(max_size=3), st.floats(0.01, 1e6), min_size=1))
def test_shares_sum_to_the_whole(total, weights):
    assert sum(share_out(total, weights).values()) == pytest.approx(total)


def test_nothing_to_share_out_by():
    with pytest.raises(NenghaoError, match="share out"):
        share_out(5.0, {"a": 0.0})
