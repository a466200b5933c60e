"""What a region's standing says for its score sheet, where it is summed over enterprises; worked by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from nenghao.hub.statements.punctuality import Kept
from nenghao.hub.targets.frames import Frame
from nenghao.hub.targets.models import Plan, Target, TargetKind
from nenghao.hub.targets.owners import Owner
from nenghao.hub.targets.progress import Moment, standings
from nenghao.hub.targets.region_facts import _drop_facts, _of_returns
from nenghao.hub.targets.target_facts import _of_year
from nenghao.reference.library import library

PLAN = Plan(pk=7, name="规划", base_year=2025, first_year=2026, last_year=2030, form="fifths", basis="calorific")
RULES = dict.fromkeys(TargetKind, library().grading_rules["national-barometer-2021"])
CITY = Owner("region/370600", "烟台市", "370600", "000000/370000/370600/", (1, 2), region=object())
WHOLE = Target(plan=PLAN, owner_key=CITY.key, kind="intensity", year=0, drop_ratio=0.2)


def stand(drop, *, second_known=True):
    """Two plants: 100 and 50 tce a month per 2 million yuan each, then 97 and 48.5: 3 % less in all."""
    tce = np.array([[100.0] * 12 + [97.0] * 12, [50.0] * 12 + [48.5] * 12])
    if not second_known:
        tce[1, 20] = np.nan
    frame = Frame((1, 2), 2025, tce, np.full((2, 24), 2e6), np.zeros((2, 24), bool))
    target = Target(plan=PLAN, owner_key=CITY.key, kind="intensity", year=2026, drop_ratio=drop)
    (found,) = standings(Moment(PLAN, frame, date(2026, 12, 1)), owners=[CITY], targets=[target], rules=RULES)
    return found


def test_a_sum_over_enterprises_is_unverified():
    found = _drop_facts(stand(0.04), "industry", 2026)
    assert found["industry_drop_ratio"].value == pytest.approx(0.75)
    assert found["industry_target_met"].value is False
    assert found["industry_drop_ratio"].is_unverified
    assert "仅平台用能单位汇总" in found["industry_drop_ratio"].zh
    assert found["industry_drop_ratio"].url == "/targets/regions/370600/?period=2026-12&plan=7"


def test_enterprises_without_figures_are_named():
    known = _drop_facts(stand(0.03, second_known=False), "industry", 2026)["industry_drop_ratio"]
    assert known.value == pytest.approx(1.0)  # of the plant that is known on both sides
    assert "1 / 2" in known.zh
    assert "1 / 2" in known.en


def test_of_a_target_that_allows_a_rise_no_part_is_reached():
    assert set(_drop_facts(stand(-0.01), "industry", 2026)) == {"industry_target_met"}


@pytest.mark.parametrize(("year", "part"), [(2026, 0.04), (2027, 1 - 0.92 / 0.96), (2030, 1 - 0.8 / 0.84)])
def test_the_years_part_of_a_whole_plan(year, part):
    # 20 % by fifths: 4, 8, … 20 % less than the base at the end of the years.
    target = _of_year(PLAN, CITY.key, {0: WHOLE}, year)
    assert (target.year, target.drop_ratio) == (year, pytest.approx(part))
    own = Target(year=year, drop_ratio=0.01)
    assert _of_year(PLAN, CITY.key, {0: WHOLE, year: own}, year) is own


def test_returns_are_summed_and_one_late_report_is_late():
    # 18 of 24 returns; of three enterprises one has a report late and one has nothing due yet.
    kept = [Kept(12, 12, 12, 12, True), Kept(12, 6, 12, 6, False), Kept(0, 0, 0, 0, None)]
    found = _of_returns(kept, 3, 2026)
    assert (found["monthly_return_ratio"].value, found["energy_report_in_time"].value) == (0.75, False)
    assert "2 户到期，1 户按时" in found["energy_report_in_time"].zh
    assert not _of_returns(kept[2:], 1, 2026)
