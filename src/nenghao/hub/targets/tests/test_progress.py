"""Progress of targets from figures laid out by hand: 3 enterprises, 2025 the base year, 2026 running."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from nenghao.hub.targets.frames import Frame
from nenghao.hub.targets.models import Plan, Target, TargetKind
from nenghao.hub.targets.owners import Owner
from nenghao.hub.targets.progress import Moment, due_by, standings
from nenghao.reference.library import library

PLAN = Plan(name="十五五", base_year=2025, first_year=2026, last_year=2030, form="fifths")
RULES = dict.fromkeys(TargetKind, library().grading_rules["national-barometer-2021"])
MARCH = date(2026, 3, 1)


def frame(tce, value):
    """Give enterprises × (2025 as twelfths, then months of 2026)."""
    columns = [np.concatenate([np.full(12, year / 12), months]) for year, months in tce]
    amounts = [np.concatenate([np.full(12, year / 12), months]) for year, months in value]
    shape = (len(tce), len(columns[0]))
    return Frame(tuple(range(1, len(tce) + 1)), 2025, np.array(columns), np.array(amounts), np.zeros(shape, dtype=bool))


def owner(*members):
    return Owner("region/370600", "烟台市", "370600", "000000/370000/370600/", members)


def target(kind, **facts):
    return Target(owner_key="region/370600", kind=kind, **({"year": 0} | facts))


def stand(figures, members, *targets, month=MARCH):
    found = standings(Moment(PLAN, figures, month), owners=[owner(*members)], targets=targets, rules=RULES)
    return {one.kind: one for one in found}


def test_a_quarter_of_the_first_year():
    # Base: 1,200 tce per 12,000,000 yuan; January to March 2026: 288 per 3,000,000, so 4 % less than 300.
    figures = frame([(1200.0, [96.0] * 3)], [(12e6, [1e6] * 3)])
    one = stand(figures, [1], target(TargetKind.INTENSITY, drop_ratio=0.15))[TargetKind.INTENSITY]
    assert one.reached == pytest.approx(0.04)
    assert one.due == pytest.approx(0.03 * 3 / 12)
    assert (one.level.colour, one.covered, one.why) == ("green", 1, "")


def test_the_total_follows_last_years_months():
    # Last year's winter took half of the year's energy: by March half of the cap may be used.
    winter = np.array([200.0] * 3 + [600 / 9] * 9)
    figures = Frame(
        (1,), 2025, np.concatenate([winter, [210.0] * 3])[None, :], np.full((1, 15), np.nan), np.zeros((1, 15), bool)
    )
    one = stand(figures, [1], target(TargetKind.TOTAL, cap_tce=1200.0))[TargetKind.TOTAL]
    assert (one.due, one.reached) == (pytest.approx(600.0), pytest.approx(630.0))
    assert one.level.colour == "yellow"  # 5 % over; by twelfths 300 would be allowed and it would be red


def test_an_enterprise_with_a_gap_is_left_out_on_both_sides():
    gap = [96.0, np.nan, 96.0]
    figures = frame([(1200.0, [96.0] * 3), (9000.0, gap)], [(12e6, [1e6] * 3), (12e6, [1e6] * 3)])
    one = stand(figures, [1, 2], target(TargetKind.INTENSITY, drop_ratio=0.15))[TargetKind.INTENSITY]
    assert one.covered == 1
    assert one.reached == pytest.approx(0.04)  # with the second in last year's mean it would be far more


def test_the_years_own_target_outranks_the_whole_plans():
    figures = frame([(1200.0, [96.0] * 3)], [(12e6, [1e6] * 3)])
    both = target(TargetKind.INTENSITY, drop_ratio=0.15), target(TargetKind.INTENSITY, drop_ratio=0.05, year=2026)
    one = stand(figures, [1], *both)[TargetKind.INTENSITY]
    assert (one.due, one.level.colour) == (0.05, "red")  # 4 % of 5 %: a gap of 20 %


def test_the_stated_base_counts():
    figures = frame([(1200.0, [96.0] * 3)], [(12e6, [1e6] * 3)])
    stated = target(TargetKind.INTENSITY, drop_ratio=0.15, base_tce=1250.0, base_value_yuan=12e6)
    one = stand(figures, [1], stated)[TargetKind.INTENSITY]
    assert one.reached == pytest.approx(1 - (1200 / 1250) * 0.96)


@pytest.mark.parametrize(
    ("tce", "value", "why"),
    [
        ([(1200.0, [np.nan] * 3)], [(12e6, [1e6] * 3)], "no-figures"),
        ([(np.nan, [96.0] * 3)], [(12e6, [1e6] * 3)], "no-year-before"),
        ([(1200.0, [96.0] * 3)], [(12e6, [np.nan] * 3)], "no-figures"),
    ],
)
def test_what_is_missing_is_said(tce, value, why):
    one = stand(frame(tce, value), [1], target(TargetKind.INTENSITY, drop_ratio=0.15))[TargetKind.INTENSITY]
    assert (one.reached, one.level, one.why) == (None, None, why)


def test_nothing_is_said_of_who_has_no_target():
    assert stand(frame([(1200.0, [96.0] * 3)], [(12e6, [1e6] * 3)]), [1]) == {}


def test_due_grows_month_by_month_and_year_by_year():
    dues = [due_by(PLAN, 0.15, date(year, month, 1)) for year in range(2026, 2031) for month in range(1, 13)]
    assert dues == sorted(dues)
    assert [round(dues[12 * year - 1], 9) for year in range(1, 6)] == [0.03, 0.06, 0.09, 0.12, 0.15]
    assert due_by(PLAN, 0.15, date(2031, 12, 1)) == pytest.approx(0.15)
