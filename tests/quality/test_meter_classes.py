"""Accuracy classes and fit rates against the table as shipped: worked by hand, and what the naive way gets wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.quality.flags import Flag
from nenghao.quality.meter_classes import accuracy_class, fit_rate, judge_class, required_rows, weakest
from nenghao.reference import library

ROWS = library().metering_accuracy


def rows(energy_key, **known):
    return required_rows(ROWS, energy_key=energy_key, level="entering_unit", **known)


@pytest.mark.parametrize(
    ("better", "worse"), [("0.5S", "0.5"), ("0.2S", "0.2"), ("0.5", "1.0"), ("0.5", "1"), ("2", "2.5"), ("2.0", "10")]
)
def test_better_classes(better, worse):
    """As texts, "0.5S" sorts after "0.5" and "10" before "2.0"."""
    assert accuracy_class(better) < accuracy_class(worse)


@pytest.mark.parametrize("text", ["0.5s", " 0.5S级 ", "0.50S", "0.5 S 级"])
def test_one_class_in_many_spellings(text):
    assert accuracy_class(text) == accuracy_class("0.5S")


@pytest.mark.parametrize("text", ["", "B级", "±0.5%", "0.5/0.2", "II", "-1", "1.5.2", "无"])
def test_text_classes_are_not_read(text):
    assert accuracy_class(text) is None
    assert judge_class(text, rows("electricity")).flag is Flag.UNKNOWN


@pytest.mark.parametrize(
    ("user", "own", "flag"),
    [
        ("I类用户", "0.5S", Flag.GOOD), ("I类用户", "0.5", Flag.FAIL), ("I类用户", "0.2S", Flag.GOOD),
        ("II类用户", "0.5", Flag.GOOD), ("II类用户", "1.0", Flag.FAIL), ("IV类用户", "2", Flag.GOOD),
    ],
)  # fmt: skip
def test_electricity_by_kind_of_user(user, own, flag):
    verdict = judge_class(own, rows("electricity", instrument="电能表", condition=user))
    assert (verdict.flag, verdict.status, len(verdict.required)) == (flag, "unverified", 1)


def test_unknown_user_is_judged_only_where_all_kinds_agree():
    every = rows("electricity", instrument="电能表")
    assert judge_class("0.2S", every).flag is Flag.GOOD
    assert judge_class("1.0", every).flag is Flag.UNKNOWN
    assert judge_class("3.0", every).flag is Flag.FAIL


@pytest.mark.parametrize(
    ("kwh", "kinds"),
    [
        (5_000_000, {"I类用户"}), (4_999_999, {"I类用户", "II类用户"}), (100_000, {"I类用户", "II类用户", "III类用户"}),
    ],
)  # fmt: skip
def test_consumption_rules_out_lesser_users(kwh, kinds):
    """A transformer may put a user higher than its consumption does, never lower: stricter rows stay."""
    assert {row.condition for row in rows("electricity", monthly_kwh=kwh)} == kinds


def test_below_the_entrance_there_is_a_rule_and_no_class():
    assert required_rows(ROWS, energy_key="electricity", level="sub_unit") == ()
    assert judge_class("0.2S", ()).flag is Flag.UNKNOWN


def test_weighing_and_gas():
    assert {row.accuracy_class for row in rows("raw_coal")} == {"0.1", "0.5"}
    assert judge_class("0.2", rows("raw_coal", condition="动态计量")).flag is Flag.GOOD
    assert judge_class("2.5", rows("natural_gas")).flag is Flag.FAIL
    assert rows("compressed_air") == ()


def test_one_unverified_row_makes_the_result_unverified():
    assert weakest(["published", "unverified", "secondhand"]) == "unverified"
    assert weakest(["published", "secondhand"]) == "secondhand"
    assert weakest([]) == "unverified"


@pytest.mark.parametrize(
    ("level", "due", "equipped", "meets"),
    [
        ("equipment", 20, 19, True), ("equipment", 20, 18, False), ("equipment", 19, 18, False),
        ("entering_unit", 3, 3, True), ("entering_unit", 3, 2, False), ("sub_unit", 0, 0, None),
    ],
)  # fmt: skip
def test_fit_rate_of_electricity(level, due, equipped, meets):
    """95 % of 20 places are 19; 18 of 19 are 94.7 % and show as 95 when rounded."""
    fit = fit_rate(
        level=level, energy_key="electricity", due=due, equipped=equipped,
        required=library().metering_fit_rate("electricity"),
    )  # fmt: skip
    assert (fit.meets, fit.status) == (meets, "unverified")


def test_no_requirement_is_no_failure():
    waste_heat = library().metering_fit_rate("waste_heat_pressure")
    assert (
        fit_rate(level="equipment", energy_key="waste_heat_pressure", due=4, equipped=0, required=waste_heat).meets
        is None
    )
    assert fit_rate(level="sub_unit", energy_key="oxygen", due=4, equipped=0, required=None).meets is None


def test_more_equipped_than_due_is_refused():
    with pytest.raises(ValueError, match="3 equipped of 2 due"):
        fit_rate(level="sub_unit", energy_key="coke", due=2, equipped=3, required=None)


@given(st.integers(1, 500), st.integers(1, 100), st.data())
def test_meeting_a_rate_is_exact(due, percent, data):
    equipped = data.draw(st.integers(0, due))
    required = replace(library().metering_fit_rate("electricity"), rate_sub_unit=percent)
    fit = fit_rate(level="sub_unit", energy_key="electricity", due=due, equipped=equipped, required=required)
    assert fit.meets is (equipped * 100 >= percent * due)
    assert fit.ratio == equipped / due


@given(st.floats(0.01, 10), st.booleans(), st.floats(0.01, 10), st.booleans())
def test_a_better_class_is_never_judged_worse(a, a_s, b, b_s):
    order = [Flag.GOOD, Flag.UNKNOWN, Flag.FAIL]
    first, second = sorted(
        [f"{round(a, 3)}{'S' if a_s else ''}", f"{round(b, 3)}{'S' if b_s else ''}"], key=accuracy_class
    )
    flags = [judge_class(text, rows("electricity", instrument="电能表")).flag for text in (first, second)]
    assert order.index(flags[0]) <= order.index(flags[1])
