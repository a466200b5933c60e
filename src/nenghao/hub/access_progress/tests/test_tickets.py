"""Fault tickets: the three-working-day clock over holidays, who may do what, and silence that opens them by itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.models import AccessSetting, FaultTicket, TicketEvent
from nenghao.hub.access_progress.services import open_tickets_for_silence
from nenghao.hub.access_progress.tests.conftest import ACTOR, NOW
from nenghao.hub.access_progress.tickets import act, lawful_actions, open_ticket
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.quality_checks.nightly import run_nightly
from nenghao.periods import BEIJING


def beijing(text):
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.fixture
def plant(province):
    return province.enterprise()


def opened(plant, fault_at="2026-10-09 08:00", **facts):
    return open_ticket(
        actor=ACTOR,
        now=NOW,
        enterprise=plant,
        kind="device",
        fault_at=beijing(fault_at),
        description="网关断电",
        **facts,
    )


@pytest.mark.parametrize(
    ("fault_at", "due"),
    [
        ("2026-10-09 08:00", "2026-10-13"),  # Friday; Saturday the 10th is worked, Monday, Tuesday
        ("2026-09-30 23:59", "2026-10-10"),  # eve of National Day
        ("2026-10-01 00:00", "2026-10-10"),  # within it: the same
        ("2026-02-13 10:00", "2026-02-25"),  # eve of Spring Festival: Saturday the 14th, 24th, 25th
        ("2026-03-02 23:00", "2026-03-05"),  # an ordinary week; by UTC it would still be the same day
        ("2026-03-03 01:00", "2026-03-06"),  # 17:00 UTC of the day before: Beijing's day counts
    ],
)
def test_the_term_is_three_working_days_from_the_fault(plant, fault_at, due):
    assert opened(plant, fault_at).due_on == date.fromisoformat(due)


def test_a_ticket_goes_from_open_over_filing_and_repair_to_closed_and_keeps_every_step(plant):
    ticket = opened(plant)
    step = {"actor": ACTOR, "ticket_id": ticket.pk}
    act(**step, now=NOW, action="filed", note="等待备件", expected_on=date(2026, 10, 20))
    act(**step, now=NOW, action="repaired", note="已更换电源", repaired_on=date(2026, 10, 11))
    done = act(**step, now=NOW, action="closed", note="数据正常")
    assert (done.state, done.repaired_on, done.filed_reason) == ("closed", date(2026, 10, 11), "等待备件")
    assert list(TicketEvent.objects.values_list("action", flat=True)) == ["opened", "filed", "repaired", "closed"]
    assert AuditEntry.objects.filter(object_type="ticket").count() == 4


def test_a_repair_that_does_not_hold_goes_back_and_stays_filed(plant):
    ticket = opened(plant)
    step = {"actor": ACTOR, "now": NOW, "ticket_id": ticket.pk}
    act(**step, action="filed", note="等待备件", expected_on=date(2026, 10, 20))
    act(**step, action="repaired", note="已更换")
    back = act(**step, action="reopened", note="仍无数据")
    assert (back.state, back.repaired_on) == ("filed", None)


@pytest.mark.parametrize(
    ("action", "facts", "code"),
    [
        ("repaired", {"note": " "}, "reason-missing"),
        ("filed", {"note": "x"}, "ticket-expected"),
        ("filed", {"note": "x", "expected_on": date(2026, 10, 11)}, "ticket-expected"),
        ("repaired", {"note": "x", "repaired_on": date(2026, 10, 8)}, "ticket-repaired-on"),
        ("repaired", {"note": "x", "repaired_on": date(2026, 10, 13)}, "ticket-repaired-on"),
        ("reopened", {"note": "x"}, "ticket-state"),
        ("thrown-away", {"note": "x"}, "ticket-state"),
    ],
)
def test_a_step_that_does_not_fit_is_refused_and_changes_nothing(plant, action, facts, code):
    ticket = opened(plant)
    with pytest.raises(NenghaoError) as refused:
        act(actor=ACTOR, now=NOW, ticket_id=ticket.pk, action=action, **facts)
    assert refused.value.code == code
    assert FaultTicket.objects.get().state == "open"
    assert TicketEvent.objects.count() == 1


def test_a_ticket_names_no_part_of_another_enterprise_and_no_fault_to_come(province, plant):
    other = province.enterprise()
    with pytest.raises(NenghaoError, match="another enterprise"):
        opened(plant, device=other.devices.get())
    with pytest.raises(NenghaoError, match="future"):
        opened(plant, "2026-10-12 09:31")


def test_only_an_officer_judges_a_repair(plant, account):
    ticket = opened(plant)
    assert [a.value for a in lawful_actions(ticket, account("energy_manager", plant))] == ["noted", "filed", "repaired"]
    assert "closed" in [a.value for a in lawful_actions(ticket, account("officer", "370600"))]
    assert lawful_actions(ticket, account("institution", "370600")) == []


def test_a_term_is_over_the_day_after_its_last_day(plant):
    ticket = opened(plant)  # due 13 October
    assert not ticket.needs_filing(date(2026, 10, 13))
    assert ticket.needs_filing(date(2026, 10, 14))
    act(actor=ACTOR, now=NOW, ticket_id=ticket.pk, action="filed", note="x", expected_on=date(2026, 10, 20))
    ticket.refresh_from_db()
    assert ticket.is_over_term(date(2026, 10, 14))
    assert not ticket.needs_filing(date(2026, 10, 14))


# Silence


def test_silence_opens_one_ticket_and_no_second_one(province):
    silent, alive, never = province.enterprise(), province.enterprise(), province.enterprise()
    province.upload(silent, NOW - timedelta(hours=37))
    province.upload(alive, NOW - timedelta(hours=35))
    first = open_tickets_for_silence(now=NOW, store=province.store)
    again = open_tickets_for_silence(now=NOW + timedelta(days=2), store=province.store)
    assert [ticket.enterprise for ticket in first] == [silent]
    assert {ticket.enterprise for ticket in again} == {alive}  # 83 hours silent by then
    assert not open_tickets_for_silence(now=NOW + timedelta(days=2), store=province.store)
    assert not FaultTicket.objects.filter(enterprise=never).exists()
    ticket = first[0]
    assert ticket.fault_at == NOW - timedelta(hours=13)  # a day after the last upload
    assert (ticket.is_automatic, ticket.kind, ticket.due_on) == (True, "silence", date(2026, 10, 14))


def test_a_silence_whose_ticket_was_closed_opens_no_new_one_but_the_next_silence_does(province):
    plant = province.enterprise()
    province.upload(plant, NOW - timedelta(days=5))
    ticket = open_tickets_for_silence(now=NOW, store=province.store)[0]
    act(actor=ACTOR, now=NOW, ticket_id=ticket.pk, action="closed", note="停产检修")
    assert not open_tickets_for_silence(now=NOW + timedelta(days=3), store=province.store)
    province.upload(plant, NOW + timedelta(days=4))
    assert not open_tickets_for_silence(now=NOW + timedelta(days=5), store=province.store)
    assert len(open_tickets_for_silence(now=NOW + timedelta(days=6), store=province.store)) == 1


def test_data_that_come_back_are_noted_once_and_close_nothing(province):
    plant = province.enterprise()
    province.upload(plant, NOW - timedelta(days=5))
    ticket = open_tickets_for_silence(now=NOW, store=province.store)[0]
    back = NOW + timedelta(hours=5)
    province.upload(plant, back)
    for hours in (6, 7):
        open_tickets_for_silence(now=NOW + timedelta(hours=hours), store=province.store)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.resumed_at) == ("open", back)
    assert ticket.events.filter(action="noted").count() == 1


def test_a_fault_reported_by_hand_covers_the_silence_it_causes(province):
    plant = province.enterprise()
    province.upload(plant, NOW - timedelta(hours=40))
    open_ticket(actor=ACTOR, now=NOW, enterprise=plant, kind="network", fault_at=NOW - timedelta(hours=40))
    assert not open_tickets_for_silence(now=NOW, store=province.store)


@pytest.mark.parametrize("why", ["rejected", "pending", "inactive", "longer"])
def test_who_is_not_connected_or_may_be_silent_longer_gets_no_ticket(province, why):
    plant = province.enterprise()
    empty = {name: [] for name in ("data_item_id", "stat_type", "value", "state", "input_type", "period_start")}
    province.upload(plant, NOW - timedelta(hours=40), **(empty if why == "rejected" else {}))
    if why == "pending":
        plant.devices.update(status="pending")
    if why == "inactive":
        plant.active = False
        plant.save()
    if why == "longer":  # set by the province, in force in its counties
        AccessSetting.objects.create(region_id="370000", silence_hours=48)
    assert not open_tickets_for_silence(now=NOW, store=province.store)


def test_the_nightly_run_opens_the_tickets(province):
    plant = province.enterprise()
    province.upload(plant, NOW - timedelta(hours=40))
    run_nightly(store=province.store, now=NOW)
    assert [ticket.enterprise for ticket in FaultTicket.objects.all()] == [plant]
