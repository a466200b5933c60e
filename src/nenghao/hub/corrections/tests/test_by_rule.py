"""Filling by rule: which gaps are proposed for, by which method, and which are left to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nenghao.hub.corrections.by_rule import propose_by_rule
from nenghao.hub.corrections.closing import close_months
from nenghao.hub.corrections.fill_rules import Rule, put_rule, rule_for
from nenghao.hub.corrections.models import Correction
from nenghao.hub.corrections.services import decide_many
from nenghao.hub.corrections.tests.conftest import DAY, SHIFT, UNTIL, send
from nenghao.hub.corrections.tests.test_life import refused, values
from nenghao.hub.registry.models import Region

FRIDAY = UNTIL
NOW = UNTIL + 3 * DAY


@pytest.fixture
def gaps(world):
    """Friday to Sunday: a quarter missing at 3:00, an hour at 7:30, and the whole Saturday of one process."""
    whole = np.tile(SHIFT * 2, 3)
    whole[12] = whole[30:34] = np.nan
    part = np.tile(SHIFT, 3)
    part[96:192] = np.nan
    send(world.store, world.item, FRIDAY, whole)
    send(world.store, world.yantai.parts[0], FRIDAY, part)
    send(world.store, world.yantai.parts[1], FRIDAY, np.tile(SHIFT, 3))
    world.whole_days = [(world.yantai.enterprise.pk, FRIDAY, NOW)]
    return world


def run(world, act, who="manager", end=NOW, **more):
    return propose_by_rule(
        **act(getattr(world, who), NOW), store=world.store, enterprise_ids=[9001, 9002], start=FRIDAY, end=end,
        reason="通讯中断", **more,
    )  # fmt: skip


def facts(done):
    return {
        (one.data_item_id, f"{one.start.astimezone(FRIDAY.tzinfo):%d %H:%M}", one.method, one.slots): one.after_sum
        for one in done.corrections
    }


def test_each_gap_is_filled_by_the_first_method_that_fits(gaps, act):
    """7:30 to 8:30 holds 2 × 2 + 2 × 20 = 44; the Saturday is that of the weeks before."""
    done = run(gaps, act, rule=Rule(linear_max_minutes=30))
    assert facts(done) == {
        (90010, "20 03:00", "linear", 1): pytest.approx(2),
        (90010, "20 07:30", "weekday-profile", 4): pytest.approx(44),
        (90014, "21 00:00", "weekday-profile", 96): pytest.approx(384),
    }
    assert done.gaps == 3
    assert all(one.by_rule and one.pk for one in done.corrections)


def test_a_second_run_proposes_nothing_twice(gaps, act):
    assert len(run(gaps, act).corrections) == 3
    again = run(gaps, act)
    assert (again.corrections, dict(again.left)) == ([], {"proposed-already": 3})


def test_what_is_too_long_or_closed_is_left(gaps, act):
    done = run(gaps, act, rule=Rule(max_gap_hours=4))
    assert dict(done.left) == {"gap-too-long": 1}
    done = run(gaps, act, rule=Rule(methods=("linear",), linear_max_minutes=15))
    assert done.left["gap-too-long"] == 1  # the Saturday; the other two wait already
    later = {"now": NOW + 20 * DAY}
    Correction.objects.all().delete()
    close_months(**act(gaps.officer) | later, store=gaps.store, enterprise_ids=[9001], month=date(2026, 11, 1))
    assert dict(run(gaps, act).left) == {"month-closed": 3}


def test_many_approved_by_one_second_person_become_current(gaps, act):
    done = run(gaps, act)
    outcome = decide_many(
        **act(gaps.officer, NOW), store=gaps.store, correction_ids=[one.pk for one in done.corrections],
        approve=True, reason="批量核实",
    )  # fmt: skip
    assert (len(outcome.done), outcome.refused) == (3, [])
    found, states, _types = values(gaps, FRIDAY + timedelta(hours=7), FRIDAY + timedelta(hours=9))
    assert sum(found) == pytest.approx(4 * 2 + 4 * 20)
    assert states == [0, 0, 1, 1, 1, 1, 0, 0]
    assert run(gaps, act).gaps == 0


def test_nothing_before_the_first_value_and_nobody_elses(gaps, act):
    before = propose_by_rule(
        **act(gaps.manager, NOW), store=gaps.store, enterprise_ids=[9001, 9002], start=FRIDAY - 60 * DAY,
        end=FRIDAY - 40 * DAY, reason="r",
    )  # fmt: skip
    assert before.gaps == 0
    assert {one.enterprise_id for one in run(gaps, act).corrections} == {9001}


def test_queries_do_not_grow_with_the_gaps(gaps, act):
    def count(end):
        Correction.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            made = run(gaps, act, end=end)
        return len(queries), len(made.corrections)

    run(gaps, act)  # what is asked only once in a process
    few, one = count(FRIDAY + timedelta(hours=4))
    many, three = count(NOW)
    assert (one, three) == (1, 3)
    assert many == few


def test_the_rule_of_the_nearest_region(world, act):
    province, city = Region.objects.get(code="370000"), Region.objects.get(code="370600")
    rule = Rule(methods=("weekday-profile",), linear_max_minutes=30, max_gap_hours=10)
    put_rule(**act(world.second), region=province, rule=rule)
    assert rule_for(city.path) == replace(rule, region_name="山东省")
    put_rule(**act(world.officer), region=city, rule=replace(rule, max_gap_hours=5))
    assert rule_for(city.path).max_gap_hours == 5
    assert rule_for("000000/130000/") == Rule()
    with refused("rule-role"):
        put_rule(**act(world.officer), region=province, rule=rule)
    with refused("rule-methods"):
        put_rule(**act(world.officer), region=city, rule=replace(rule, methods=("bill",)))


def test_the_page_proposes_and_says_what_it_left(gaps, browse, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    client = browse(gaps.officer)
    asked = {"action": "run", "from": "2026-11-20", "last": "2026-11-22", "reason": "补数", "enterprise": ""}
    page = client.post("/corrections/by-rule/", asked, follow=True).content.decode()
    assert "发现 3 个缺口，提出 3 条补正" in page
    page = client.post("/corrections/by-rule/", asked, follow=True).content.decode()
    assert "未补 3 个：已有待审批的补正" in page
    kept = client.post("/corrections/by-rule/", asked | {"reason": ""}).content.decode()
    assert "请填写理由" in kept
    saved = {"action": "rule", "order-linear": "2", "order-weekday-profile": "1", "linear_max_minutes": "45",
             "max_gap_hours": "24"}  # fmt: skip
    client.post("/corrections/by-rule/", saved)
    assert rule_for(gaps.officer.region.path).methods == ("weekday-profile", "linear")
    wrong = client.post("/corrections/by-rule/", saved | {"max_gap_hours": "0"}).content.decode()
    assert "整数" in wrong
