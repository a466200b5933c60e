"""Progress counted by hand: who is built, connected, accepted and late on a day, and what is left per month."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress import plans
from nenghao.hub.access_progress.evidence import note_first_uploads, plan_rows
from nenghao.hub.access_progress.limits import Limits, LimitsBook, set_limits
from nenghao.hub.access_progress.models import AccessPlan
from nenghao.hub.access_progress.overview import overview
from nenghao.hub.access_progress.progress import PlanRow, back_schedule, counts, delay, over_time
from nenghao.hub.access_progress.services import exempt_energies, facts_for_credit, progress
from nenghao.hub.access_progress.tests.conftest import ACTOR, NOW, TODAY
from nenghao.hub.access_progress.tickets import act, open_ticket
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.registry.models import Enterprise, Region

DUE = date(2026, 12, 31)


def row(**facts):
    plain = {
        "enterprise_id": 1, "code": "A", "name": "甲", "region_code": "370612", "region_name": "牟平", "level": None,
        "region_path": "000000/370000/370600/370612/", "industry_code": "C3110", "industry_name": "炼铁",
        "tier": "thousand", "batch": "", "has_control_centre": False, "listed_on": date(2026, 1, 1),
        "planned_build_on": None, "planned_connect_on": None, "planned_accept_on": None, "built_on": None,
        "connected_on": None, "accepted_on": None, "first_upload_on": None, "delay_reason": "",
    }  # fmt: skip
    return PlanRow(**(plain | facts))


@pytest.mark.parametrize(
    ("facts", "reached"),
    [
        ({}, (0, 0, 0)),
        ({"built_on": TODAY}, (1, 0, 0)),
        ({"first_upload_on": TODAY}, (1, 1, 0)),  # what uploads is built
        ({"accepted_on": TODAY}, (1, 1, 1)),  # what is accepted is connected
        ({"built_on": TODAY + timedelta(1)}, (0, 0, 0)),
        # an entered date outranks the evidence: connected only from then on
        ({"connected_on": TODAY + timedelta(1), "first_upload_on": TODAY}, (0, 0, 0)),
    ],
)
def test_a_later_milestone_proves_the_earlier(facts, reached):
    found = counts([row(**facts)], TODAY)
    assert (found.built, found.connected, found.accepted) == reached
    assert found.listed == 1


def test_a_delay_is_the_earliest_open_milestone_and_begins_the_day_after():
    late = row(planned_build_on=date(2026, 10, 11), planned_connect_on=date(2026, 10, 12))
    found = delay(late, TODAY, DUE)
    assert (found.stage, found.days, found.by_plan) == ("build", 1, True)
    assert delay(row(planned_build_on=TODAY), TODAY, DUE) is None
    built = row(planned_build_on=date(2026, 9, 1), built_on=date(2026, 9, 20), planned_connect_on=date(2026, 10, 2))
    assert (delay(built, TODAY, DUE).stage, delay(built, TODAY, DUE).days) == ("connect", 10)


def test_without_a_plan_the_regions_end_date_counts_but_not_for_what_was_listed_after_it():
    due = date(2020, 12, 31)
    old, new = row(listed_on=date(2019, 4, 4)), row(listed_on=date(2026, 1, 1))
    assert delay(old, date(2021, 1, 10), due).days == 10
    assert not delay(old, date(2021, 1, 10), due).by_plan
    assert delay(new, TODAY, due) is None


@pytest.mark.parametrize(
    ("on", "months", "pace"),
    [("2020-10-05", 3, 4), ("2020-12-31", 1, 10), ("2021-01-01", 0, None), ("2019-12-01", 13, 1)],
)
def test_what_is_left_is_spread_over_the_months_left(on, months, pace):
    rows = [row(listed_on=date(2019, 1, 1)) for _ in range(10)]
    found = back_schedule(rows, date.fromisoformat(on), date(2020, 12, 31))
    assert (found.left, found.months_left, found.per_month) == (10, months, pace)


@given(st.lists(st.integers(0, 900), max_size=30))
def test_over_time_never_falls_and_ends_with_today(days):
    rows = [row(listed_on=date(2025, 1, 1), connected_on=date(2025, 1, 1) + timedelta(n)) for n in days]
    points = over_time(rows, TODAY, LimitsBook({}))
    connected = [point.counts.connected for point in points]
    assert connected == sorted(connected)
    assert not rows or points[-1].counts == counts(rows, TODAY)


# With a database


@pytest.fixture
def sample(province):
    """Six listed enterprises in two counties of two cities, counted by hand below, and one that is not listed."""
    e = province.enterprise
    made = {
        "accepted": e(tier="hundred", level=5, accepted_on=date(2026, 8, 1), connected_on=date(2026, 5, 1)),
        "by_wire": e(tier="hundred", level=3, planned_connect_on=date(2026, 9, 1)),
        "built": e(built_on=date(2026, 9, 1), planned_connect_on=date(2026, 10, 2), level=2),
        "late": e(planned_build_on=date(2026, 9, 2)),
        "elsewhere": e(county="370211", connected_on=date(2026, 9, 30), planned_connect_on=date(2026, 10, 31)),
        "later": e(county="370211", listed_on=date(2026, 10, 20)),
        "unlisted": e(),
    }
    province.upload(made["by_wire"], datetime(2026, 9, 10, 1, 0, tzinfo=NOW.tzinfo))
    return made


def test_progress_by_region_as_counted_by_hand(sample, store):
    regions = {code: Region.objects.get(code=code) for code in ("370000", "370600", "370200", "130000")}
    found = progress(store=store, regions=regions.values(), on=TODAY)
    shandong, yantai, qingdao, hebei = (found[code] for code in regions)
    assert (shandong.counts.listed, shandong.counts.built, shandong.counts.connected, shandong.counts.accepted) == (
        5,
        4,
        3,
        1,
    )
    assert (yantai.counts.listed, yantai.counts.connected_ratio) == (4, 0.5)
    assert (qingdao.counts.listed, qingdao.counts.connected_ratio) == (1, 1.0)
    assert (hebei.counts.listed, hebei.counts.connected_ratio) == (0, None)
    assert {row.enterprise_id for row in yantai.connected} == {sample["accepted"].pk, sample["by_wire"].pk}
    assert [(one.row.enterprise_id, one.stage, one.days) for one in shandong.delays] == [
        (sample["late"].pk, "build", 40), (sample["built"].pk, "connect", 10)
    ]  # fmt: skip
    assert [(group.key, group.counts.listed) for group in yantai.by_tier] == [("hundred", 2), ("thousand", 2)]
    before = progress(store=store, regions=[regions["370600"]], on=date(2026, 9, 9))["370600"]
    assert before.counts.connected == 1  # the day before the first upload


def test_first_uploads_are_noted_once_and_give_the_same_answer(sample, store, province):
    everyone = Enterprise.objects.all()
    live = plan_rows(store=store, enterprises=everyone, on=TODAY)
    assert note_first_uploads(store=store) == 1
    assert note_first_uploads(store=store) == 0
    assert plan_rows(store=store, enterprises=everyone, on=TODAY) == live
    province.upload(sample["late"], NOW)  # after the log was searched
    found = {row.enterprise_id: row.first_upload_on for row in plan_rows(store=store, enterprises=everyone, on=TODAY)}
    assert (found[sample["late"].pk], found[sample["by_wire"].pk]) == (TODAY, date(2026, 9, 10))


def test_a_page_costs_the_same_number_of_queries_for_more_enterprises(sample, store, province):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as seen:
            shandong = Region.objects.get(code="370000")
            overview(store=store, region=shandong, enterprises=Enterprise.objects.all(), on=TODAY)
        return len(seen)

    before = cost()
    for _ in range(12):
        province.enterprise(connected_on=date(2026, 9, 1))
    assert cost() == before <= 12


def test_a_plan_changes_with_a_reason_and_a_trail(sample, store):
    plant = sample["late"]
    who = {"actor": ACTOR, "now": NOW}
    with pytest.raises(NenghaoError, match="reason"):
        plans.put_plans(**who, rows=[(plant, {"batch": "2"})], reason=" ")
    with pytest.raises(NenghaoError, match="order"):
        plans.put_plans(**who, rows=[(plant, {"planned_connect_on": date(2026, 9, 1)})], reason="x")
    assert plans.put_plans(**who, rows=[(plant, {"batch": "2"})], reason="调整批次") == (0, 1)
    assert plans.put_plans(**who, rows=[(plant, {"batch": "2"})], reason="") == (0, 0)  # nothing is different
    plans.enter_actual(**who, enterprise=plant, stage="build", on=date(2026, 10, 1), reason="验收单")
    with pytest.raises(NenghaoError, match="future"):
        plans.enter_actual(**who, enterprise=plant, stage="connect", on=date(2026, 10, 13), reason="x")
    plan = AccessPlan.objects.get(enterprise=plant)
    assert (plan.batch, plan.built_on, plan.entries["build"]["reason"]) == ("2", date(2026, 10, 1), "验收单")
    entries = AuditEntry.objects.filter(object_key=plant.code, object_type="access-plan")
    assert [entry.reason for entry in entries.order_by("pk")] == ["调整批次", "验收单"]


def test_a_region_sets_its_end_date_for_what_lies_below(sample, store):
    yantai = Region.objects.get(code="370600")
    limits = Limits(connect_due_on=date(2026, 12, 31))
    with pytest.raises(NenghaoError, match="reason"):
        set_limits(actor=ACTOR, now=NOW, region=yantai, limits=limits, reason="")
    set_limits(actor=ACTOR, now=NOW, region=yantai, limits=limits, reason="市里要求")
    found = progress(store=store, regions=[yantai, Region.objects.get(code="370200")], on=TODAY)
    assert (
        found["370600"].schedule.left,
        found["370600"].schedule.months_left,
        found["370600"].schedule.per_month,
    ) == (2, 3, 1)
    assert found["370200"].schedule.due_on == date(2020, 12, 31)


def test_facts_for_credit_as_counted_by_hand(sample, store, province):
    late, wired = sample["late"], sample["by_wire"]
    for days in (3, 2):  # readings of 8 and 9 October
        province.upload(wired, NOW - timedelta(days=days))
    store.rollup_pending()
    ticket = {"actor": ACTOR, "now": NOW, "enterprise": wired, "kind": "meter"}
    over = open_ticket(**ticket, fault_at=datetime(2026, 9, 28, 9, tzinfo=NOW.tzinfo))  # due 8 October
    filed = open_ticket(**ticket, fault_at=datetime(2026, 9, 28, 9, tzinfo=NOW.tzinfo))
    act(actor=ACTOR, now=NOW, ticket_id=filed.pk, action="filed", note="x", expected_on=date(2026, 10, 20))
    open_ticket(**ticket, fault_at=datetime(2026, 10, 10, 9, tzinfo=NOW.tzinfo))  # due 14 October: within its term
    facts = facts_for_credit(store=store, enterprise_ids=[late.pk, wired.pk, sample["unlisted"].pk], on=TODAY)
    mine = facts[wired.pk]
    # connected on 10 September, 30 days before 12 October begin on 12 September
    assert (mine.since, mine.days_due, mine.days_without_data) == (date(2026, 9, 12), 30, 28)
    assert (mine.tickets, mine.over_term, mine.unfiled, mine.filed_late) == (3, 2, 1, 1)
    assert over.pk in mine.over_term_tickets
    assert (facts[late.pk].late_days, facts[late.pk].days_due) == (40, 0)
    assert (facts[sample["unlisted"].pk].is_listed, facts[sample["unlisted"].pk].late_days) == (False, 0)
    assert exempt_energies(enterprise_ids=[late.pk], on=TODAY) == {}
