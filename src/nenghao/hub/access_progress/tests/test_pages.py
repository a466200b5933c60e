"""Pages: what each role sees and may do; exemptions, acceptance, organisation and device health through them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from nenghao.hub.access_progress import acceptance
from nenghao.hub.access_progress.health import health_rows
from nenghao.hub.access_progress.models import Acceptance, AccessPlan, Exemption, FaultTicket, RegionDuty
from nenghao.hub.access_progress.services import exempt_energies
from nenghao.hub.access_progress.tests.conftest import ACTOR, NOW, TODAY
from nenghao.hub.access_progress.tickets import open_ticket
from nenghao.hub.monitoring.pages import beijing_now
from nenghao.hub.registry.models import Device

PAGES = ("", "plans/", "devices/", "tickets/", "exemptions/", "acceptance/", "organisation/")


@pytest.fixture
def plant(province):
    found = province.enterprise(planned_connect_on=date(2026, 9, 1))
    province.upload(found, NOW - timedelta(days=2))
    return found


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("query", ["", "?format=xlsx"])
def test_an_officer_opens_every_page_and_its_export(page, query, plant, account, browse):
    answer = browse(account("officer", "370000")).get(f"/access/{page}{query}")
    assert answer.status_code == 200
    assert bool(answer.headers["Content-Type"].endswith("sheet")) == bool(query)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_anything_says_what_to_do(page, codes, store, account, browse):
    assert browse(account("officer", "370000")).get(f"/access/{page}").status_code == 200


def test_an_enterprise_sees_itself_reports_a_fault_and_files_it(plant, province, account, browse):
    other = province.enterprise()
    client = browse(account("energy_manager", plant))
    own = f"/access/enterprises/{plant.code}/"
    assert client.get("/access/").headers["Location"] == own
    assert client.get(own).status_code == 200
    assert client.get(f"/access/enterprises/{other.code}/").status_code == 404
    report = {"ticket-kind": "network", "ticket-fault_at": "2026-10-09T08:00", "ticket-description": "光缆断"}
    assert client.post(f"{own}tickets/", report).status_code == 302
    ticket = FaultTicket.objects.get()
    assert (ticket.enterprise, ticket.due_on) == (plant, date(2026, 10, 13))
    expected = beijing_now().date() + timedelta(days=9)
    step = {"action": "filed", "note": "等待抢修", "expected_on": expected.isoformat()}
    assert client.post(f"/access/tickets/{ticket.pk}/", step).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.state, ticket.expected_on) == ("filed", expected)
    assert client.post(f"/access/tickets/{ticket.pk}/", {"action": "closed", "note": "x"}).status_code == 403
    assert client.post(f"{own}plan/", {}).status_code == 403
    assert client.post(f"{own}exemptions/", {}).status_code == 403


def test_a_form_that_is_refused_keeps_what_was_typed(plant, account, browse):
    client = browse(account("officer", "370600"))
    answer = client.post(
        f"/access/enterprises/{plant.code}/tickets/",
        {"ticket-kind": "network", "ticket-fault_at": "2099-01-01T08:00", "ticket-description": "光缆被挖断"},
    )
    text = answer.content.decode()
    assert "故障时间在将来" in text
    assert "光缆被挖断" in text
    assert not FaultTicket.objects.exists()


def exemption(**facts):
    plain = {
        "consent_number": "鲁函1号", "consent_by": "省能源局", "consented_on": "2026-01-05", "energies": ["heat"],
        "valid_from": "2026-01-05", "expires_on": "2026-12-31", "remaining": "蒸汽表",
    }  # fmt: skip
    return {f"exemption-{name}": value for name, value in (plain | facts).items()}


@pytest.mark.parametrize(("node", "status"), [("370000", 302), ("000000", 302), ("370600", 403), ("370612", 403)])
def test_only_the_province_or_the_nation_exempts(node, status, plant, account, browse):
    client = browse(account("officer", node))
    assert client.post(f"/access/enterprises/{plant.code}/exemptions/", exemption()).status_code == status
    assert Exemption.objects.exists() == (status == 302)


def test_exempt_energies_hold_from_the_first_to_the_last_day_until_ended(plant, account, browse):
    client = browse(account("officer", "370000"))
    client.post(f"/access/enterprises/{plant.code}/exemptions/", exemption(energies=["heat", "raw_coal"]))
    for day, held in (("2026-01-04", False), ("2026-01-05", True), ("2026-12-31", True), ("2027-01-01", False)):
        found = exempt_energies(enterprise_ids=[plant.pk], on=date.fromisoformat(day))
        assert found == ({plant.pk: frozenset({"heat", "raw_coal"})} if held else {})
    exemption_id = Exemption.objects.get().pk
    client.post(f"/access/exemptions/{exemption_id}/end/", {"reason": ""})
    assert Exemption.objects.get().ended_on is None
    client.post(f"/access/exemptions/{exemption_id}/end/", {"reason": "已接入"})
    ended = Exemption.objects.get().ended_on
    assert exempt_energies(enterprise_ids=[plant.pk], on=ended) == {}


def test_electricity_is_never_exempt(plant, account, browse):
    client = browse(account("officer", "370000"))
    client.post(f"/access/enterprises/{plant.code}/exemptions/", exemption(energies=["electricity"]))
    client.post(f"/access/enterprises/{plant.code}/exemptions/", exemption(expires_on="2026-01-04"))
    assert not Exemption.objects.exists()


# Acceptance


def walk(client, found, steps, day=None):
    for step in steps:
        body = {"on": (day or TODAY).isoformat(), "note": step, "promised_by": "李厂长", "verdict": "passed"}
        answer = client.post(f"/access/acceptance/{found.pk}/step/", body)
        assert answer.status_code in (200, 302, 403), answer.status_code
    found.refresh_from_db()
    return answer


def test_an_acceptance_goes_step_by_step_to_a_verdict_one_level_up(plant, account, browse):
    county, city = browse(account("officer", "370612")), browse(account("officer", "370600"))
    county.post(f"/access/enterprises/{plant.code}/acceptance/")
    found = Acceptance.objects.get()
    walk(county, found, ["dock", "trial", "apply", "papers", "site", "joint"])
    assert (found.step, found.promised_by) == ("joint", "李厂长")
    assert walk(county, found, ["verdict"]).status_code == 403  # the county does not judge its own
    assert "还有未答或不符合的条目" in walk(city, found, ["verdict"]).content.decode()
    answers = {f"answer-{point['code']}": "met" for point in found.checklist["points"]}
    assert city.post(f"/access/acceptance/{found.pk}/answers/", answers).status_code == 302
    assert walk(city, found, ["verdict"]).status_code == 302
    assert (found.verdict, found.verdict_by) == ("passed", "officer-370600")
    assert AccessPlan.objects.get(enterprise=plant).accepted_on == TODAY
    assert list(found.events.values_list("step", flat=True)) == [
        "dock", "trial", "apply", "papers", "site", "joint", "verdict"
    ]  # fmt: skip


def test_what_is_not_met_needs_a_note_and_dates_do_not_go_back(plant, account, browse):
    client = browse(account("officer", "370600"))
    client.post(f"/access/enterprises/{plant.code}/acceptance/")
    found = Acceptance.objects.get()
    assert (
        "须写明情况" in client.post(f"/access/acceptance/{found.pk}/answers/", {"answer-E1": "unmet"}).content.decode()
    )
    walk(client, found, ["dock"])
    assert "不早于上一步" in walk(client, found, ["trial"], TODAY - timedelta(days=1)).content.decode()
    assert found.step == "dock"
    assert client.post(f"/access/enterprises/{plant.code}/acceptance/").status_code == 400  # one at a time


def test_a_regions_platform_is_judged_from_above(plant, account):
    from nenghao.hub.registry.models import Region

    city = Region.objects.get(code="370600")
    found = acceptance.start(actor=ACTOR, now=NOW, kind="platform", region=city)
    assert not acceptance.may_decide(account("officer", "370600"), found)
    assert acceptance.may_decide(account("officer", "370000"), found)
    assert not acceptance.may_decide(account("officer", "370200"), found)


# Organisation


def duty(**facts):
    plain = {
        "lead_department": "市发改委", "builder": "市监察中心", "effective_on": "2019-05-20", "reason": "首次报送",
        "person-TOTAL_FORMS": "2", "person-INITIAL_FORMS": "0", "person-0-name": "王一", "person-0-phone": "0535-1",
    }  # fmt: skip
    return plain | facts


def test_a_filing_is_kept_and_a_change_is_a_new_one(plant, account, browse):
    client = browse(account("officer", "370600"))
    url = "/access/organisation/370600/"
    assert client.post(url, duty()).status_code == 302
    assert (
        client.post(url, duty(lead_department="市能源局", effective_on="2023-03-01", reason="机构改革")).status_code
        == 302
    )
    assert RegionDuty.objects.count() == 2
    text = client.get(url).content.decode()
    assert "市能源局" in text
    assert "市发改委" in text  # the former edition stays readable
    assert client.get("/access/organisation/?filed=no").content.decode().count("未报送") >= 1
    assert client.post("/access/organisation/370000/", duty()).status_code == 404


@pytest.mark.parametrize("facts", [{"person-0-phone": ""}, {"person-0-name": ""}, {"reason": ""}])
def test_a_filing_needs_a_person_with_a_phone_and_a_reason(facts, plant, account, browse):
    answer = browse(account("officer", "370600")).post("/access/organisation/370600/", duty(**facts))
    assert answer.status_code == 200
    assert "市监察中心" in answer.content.decode()
    assert not RegionDuty.objects.exists()


# Health


def test_health_of_devices_as_counted_by_hand(province):
    fine, silent, ill, never = (province.enterprise() for _ in range(4))
    for days in range(3):
        province.upload(fine, NOW - timedelta(days=days, hours=1), backlog=0, clock_offset_s=2.0)
    province.upload(silent, NOW - timedelta(hours=37))
    province.upload(ill, NOW - timedelta(hours=30), backlog=150, clock_offset_s=-61.0)
    province.upload(ill, NOW - timedelta(hours=2), backlog=400)
    rows = {row.device.enterprise_id: row for row in health_rows(store=province.store, devices=Device.objects, now=NOW)}
    assert rows[fine.pk].flags == ()
    assert (rows[fine.pk].days_with_data, rows[fine.pk].rejected_ratio) == (3, 0.0)
    assert rows[silent.pk].flags == ("silent",)
    assert rows[ill.pk].flags == ("backlog", "clock")
    assert (rows[ill.pk].backlog_growth, rows[ill.pk].clock_offset_s) == (250, -61.0)
    assert rows[never.pk].flags == ("never",)
    assert next(iter(rows)) == silent.pk or next(iter(rows)) == ill.pk  # what needs care comes first


def test_a_ticket_of_another_city_is_nowhere(plant, account, browse):
    ticket = open_ticket(actor=ACTOR, now=NOW, enterprise=plant, kind="device", fault_at=NOW)
    client = browse(account("officer", "370200"))
    assert client.get(f"/access/tickets/{ticket.pk}/").status_code == 404
    assert client.post(f"/access/tickets/{ticket.pk}/", {"action": "closed", "note": "x"}).status_code == 404
    assert plant.name not in client.get("/access/tickets/").content.decode()


def test_a_ticket_leads_to_filling_in_by_hand_and_the_list_says_how_far_each_has_come(plant, province, account, browse):
    client = browse(account("officer", "370600"))
    ticket = open_ticket(actor=ACTOR, now=NOW, enterprise=plant, kind="device", fault_at=NOW)
    link = f"/enterprises/{plant.code}/corrections/new/?item=00-00-0000-023300-10"
    assert link in client.get(f"/access/tickets/{ticket.pk}/").content.decode()
    assert client.get(link).status_code == 200
    province.enterprise(connected_on=TODAY, planned_accept_on=date(2099, 1, 1))  # entered, but nothing ever came
    text = client.get("/access/plans/?state=unproven").content.decode()
    assert "已接入未验收</span>" in text
    assert "无上传</span>" in text
