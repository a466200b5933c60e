"""What must be mended: by hand for one enterprise, and what must hold for any."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.quality.measures import Measures, total_measures
from nenghao.quality.mends import possible_mends, record_mend, what_mends
from nenghao.quality.scores import scheme, score

from .score_strategies import measures_of_an_enterprise, points_schemes

PROVINCIAL = scheme("provincial")
ITEMS = {
    11: Measures(records_due=400, records_received=300, records_good=300, records_missing=100, points_due=1,
                 points_received=1),
    12: Measures(records_due=400, records_received=400, records_good=360, records_fail=40, points_due=1,
                 points_received=1),
    13: Measures(records_due=200, records_received=200, records_good=190, records_suspect=10, points_due=1,
                 points_received=1),
}  # fmt: skip
WHOLE = total_measures(ITEMS.values()).plus({"days_due": 10, "days_online": 4, "plant_tce": 100.0, "process_tce": 90.0})
WHOLE = WHOLE.plus({"points_with_meter": 3, "points_meter_valid": 3})


def mends_of(items, whole):
    return [m for m in possible_mends(items, whole) if not m.reason.startswith("meter")]


def test_worked_by_hand():
    """10·0.4 + 30·900/1000 + 40·90/100 + 20·850/900 = 4 + 27 + 36 + 18.889 = 85.889; 4.111 short of 90.

    Filling item 11 gives 30·(1000 − 900)/1000 = 3 and 20·(950/1000 − 850/900) = 0.111, together 3.111; the balance of
    the processes gives 40·(1 − 0.9) = 4. Balance first (89.889), then filling: it needs 0.111 more, and 4 of the 100
    records give 30·4/1000 + 20·(854/904 − 850/900) = 0.12 + 0.005, three only 0.09 + 0.004.
    """
    plan = what_mends(PROVINCIAL, WHOLE, mends_of(ITEMS, WHOLE), target=90)
    assert plan.start.total == pytest.approx(85.8889, abs=1e-4)
    assert [(step.mend.item_id, step.mend.reason, step.records, step.index) for step in plan.steps] == [
        (0, "imbalance", 1, "accuracy"), (11, "missing", 4, "completeness"),
    ]  # fmt: skip
    assert plan.steps[0].gain == pytest.approx(4.0)
    assert plan.reached
    assert plan.end.total == pytest.approx(90.0138, abs=1e-3)


def test_days_that_are_past_stay_lost():
    """All mended: 4 + 30 + 40 + 20 = 94. 95 cannot be reached, and it is the days on line that are beyond mending."""
    plan = what_mends(PROVINCIAL, WHOLE, mends_of(ITEMS, WHOLE), target=95)
    assert not plan.reached
    assert plan.best.total == plan.end.total == pytest.approx(94.0)
    assert [(part.index.code, round(part.lost, 6)) for part in plan.beyond] == [("online", 6.0)]


def test_nothing_to_mend_when_the_target_is_met():
    plan = what_mends(PROVINCIAL, WHOLE, mends_of(ITEMS, WHOLE), target=80)
    assert (plan.steps, plan.reached) == ((), True)


def test_acceptance_names_what_is_missing():
    """600 of 1000 records came; 900 are needed, so 300 of the 400 missing ones; and one indicator is absent."""
    plan_scheme = scheme("acceptance-2019")
    items = {7: Measures(records_due=1000, records_received=600, records_missing=400, records_good=600)}
    whole = items[7].plus({
        "indicators_required": 8, "indicators_present": 7, "months_compared": 1, "months_consistent": 1,
        "day_starts_compared": 5, "day_starts_aligned": 5, "month_starts_compared": 1, "month_starts_aligned": 1,
    })  # fmt: skip
    plan = what_mends(plan_scheme, whole, possible_mends(items, whole))
    assert plan.start.verdict == "fail"
    assert plan.reached
    assert [(s.mend.reason, s.records) for s in plan.steps] == [("missing", 300), ("indicator-absent", 1)]
    assert plan.end.verdict == "pass"


def test_a_silent_point_counts_again_with_its_first_record():
    composite = scheme("db53-1116-2022")
    items = {1: Measures(points_due=1, records_due=50, records_missing=50)}
    whole = items[1].plus({"points_due": 1, "points_received": 1, "records_received": 50, "records_on_time": 50,
                           "records_good": 50, "records_due": 50, "records_accepted": 50})  # fmt: skip
    silent = next(mend for mend in possible_mends(items, whole) if mend.reason == "missing")
    assert score(composite, silent.applied(whole, 1)).part("completeness").value == 1.0


@st.composite
def enterprises(draw):
    items = {number: draw(measures_of_an_enterprise(points=st.just(1))) for number in range(1, draw(st.integers(2, 5)))}
    whole = total_measures(items.values())
    return items, whole


@settings(deadline=None, max_examples=60)
@given(points_schemes(), enterprises(), st.floats(0, 100))
def test_gains_add_up_and_all_mends_give_the_promised_score(plan_scheme, enterprise, target):
    items, whole = enterprise
    plan = what_mends(plan_scheme, whole, possible_mends(items, whole), target=target)
    start, end = plan.start.total or 0.0, plan.end.total or 0.0
    assert sum(step.gain for step in plan.steps) == pytest.approx(end - start, abs=1e-6)
    assert all(step.gain > 0 for step in plan.steps)
    for step in plan.steps:
        assert sum(step.gains.values()) == pytest.approx(step.gain, abs=1e-6)
        assert 1 <= step.records <= step.mend.records
    measures = whole
    for step in plan.steps:
        measures = step.mend.applied(measures, step.records)
    assert (score(plan_scheme, measures).total or 0.0) == pytest.approx(end, abs=1e-6)
    assert plan.reached == (end >= target - 1e-9)
    assert plan.reached or end == pytest.approx(plan.best.total or 0.0)
    assert end <= (plan.best.total or 0.0) + 1e-6 or not plan.steps


@settings(deadline=None, max_examples=40)
@given(enterprises(), st.integers(1, 60))
def test_a_higher_target_never_needs_less(enterprise, target):
    items, whole = enterprise
    mends = possible_mends(items, whole)
    lower, higher = (what_mends(PROVINCIAL, whole, mends, target=goal) for goal in (target, target + 20))
    assert len(higher.steps) >= len(lower.steps)
    assert (higher.end.total or 0) >= (lower.end.total or 0) - 1e-9


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=7), st.integers(1, 100))
def test_no_shorter_list_exists(fails, target):
    """Against every subset: of failed records alone, gains add, so the largest first is the fewest."""
    total = sum(fails) + 20
    whole = Measures(records_due=total, records_received=total, records_good=20, records_fail=sum(fails))
    mends = [record_mend(place, "fail", "fail", count) for place, count in enumerate(fails, start=1)]
    plan = what_mends(PROVINCIAL, whole, mends, target=target)

    def reaches(chosen):
        measures = whole
        for mend in chosen:
            measures = mend.applied(measures, mend.records)
        return (score(PROVINCIAL, measures).total or 0) >= target - 1e-9

    sizes = [size for size in range(len(mends) + 1) if any(map(reaches, combinations(mends, size)))]
    assert plan.reached == bool(sizes)
    if sizes:
        assert len(plan.steps) == sizes[0]


def test_a_thousand_items_are_planned_at_once():
    items = {n: Measures(records_due=100, records_received=90, records_good=80 - n % 7, records_missing=10,
                         records_fail=10 + n % 7) for n in range(1, 301)}  # fmt: skip
    whole = total_measures(items.values())
    plan = what_mends(PROVINCIAL, whole, possible_mends(items, whole), target=99)
    assert len(plan.steps) > 300
