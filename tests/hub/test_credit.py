"""The credit list: every step dated and reasoned, in lawful order, by who may take it."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override
from openpyxl import load_workbook

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.facts import AccessFacts
from nenghao.hub.access_progress.models import AccessPlan
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.credit import services
from nenghao.hub.credit.candidates import Thresholds, candidates, sizes
from nenghao.hub.credit.models import CreditCase, CreditKind
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import to_beijing

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=ZoneInfo("UTC"))
LATER = date(2026, 3, 11)
ACTOR = Actor.command("officer-a")


def propose(place, kind="missing-upload", now=NOW):
    return services.propose(
        actor=ACTOR, now=now, enterprise=place.enterprise, kind=kind, reason="数据缺失",
        facts={"on": "2026-03-04", "since": "2026-02-02", "days_due": 30, "days_without_data": 12},
    )  # fmt: skip


def step(case, action, *, days=0, role="officer", reason="理由", **facts):
    return services.take_step(
        actor=ACTOR, now=NOW + timedelta(days=days), case_id=case.pk, action=action, role=role, reason=reason, **facts
    )


def plan(place, **facts):
    AccessPlan.objects.update_or_create(enterprise=place.enterprise, defaults=facts)


def confirmed(place):
    case = propose(place)
    step(case, "noticed", document="告知〔2026〕1号", answer_until=date(2026, 3, 11))
    return step(case, "confirmed", days=8, document="认定〔2026〕1号")


def test_from_proposal_to_removal_each_step_is_dated_and_reasoned(yantai):
    case = confirmed(yantai)
    made = services.export(
        actor=ACTOR, now=NOW + timedelta(days=9), region=yantai.enterprise.region, cases=CreditCase.objects.all(),
        reason="三月报送",
    )  # fmt: skip
    step(case, "cure-reported", days=20, role="energy_manager", reason="已恢复上传")
    step(case, "cured", days=30)
    case = step(case, "removed", days=31, document="移出〔2026〕1号")
    assert [row.action for row in case.steps.all()] == [
        "proposed", "noticed", "confirmed", "exported", "cure-reported", "cured", "removed",
    ]  # fmt: skip
    assert all(row.reason and row.by == "officer-a" for row in case.steps.all())
    assert (case.state, case.closed_on, case.export) == ("removed", to_beijing(NOW + timedelta(days=31)).date(), made)
    assert AuditEntry.objects.filter(object_type="credit-case").count() == 7


@pytest.mark.parametrize(("facts", "code"), [
    ({"action": "confirmed", "document": "x"}, "credit-step"),
    ({"action": "removed", "document": "x"}, "credit-step"),
    ({"action": "noticed", "document": "x", "answer_until": LATER, "role": "energy_manager"}, "credit-step"),
    ({"action": "noticed", "document": "x", "answer_until": LATER, "reason": "  "}, "credit-incomplete"),
    ({"action": "noticed", "answer_until": LATER}, "credit-incomplete"),
    ({"action": "noticed", "document": "x"}, "credit-incomplete"),
    ({"action": "noticed", "document": "x", "answer_until": date(2026, 3, 4)}, "credit-incomplete"),
])  # fmt: skip
def test_a_step_out_of_order_or_incomplete_is_refused(yantai, facts, code):
    case = propose(yantai)
    with pytest.raises(NenghaoError) as refused:
        step(case, **facts)
    assert refused.value.code == code
    case.refresh_from_db()
    assert (case.state, case.steps.count()) == ("proposed", 1)


def test_nobody_is_confirmed_before_the_last_day_for_an_answer_is_over(yantai):
    case = propose(yantai)
    step(case, "noticed", document="1号", answer_until=date(2026, 3, 11))
    with pytest.raises(NenghaoError, match="may answer until"):
        step(case, "confirmed", days=7, document="2号")  # 11 March itself still belongs to the enterprise
    step(case, "objected", days=2, role="energy_manager", reason="停产检修")
    assert step(case, "confirmed", days=3, document="2号").state == "confirmed"  # the answer was heard


def test_one_open_case_of_a_kind_and_a_new_one_after_it_is_closed(yantai):
    case = propose(yantai)
    with pytest.raises(NenghaoError, match="already open"):
        propose(yantai)
    propose(yantai, kind="poor-upkeep")
    step(case, "dropped")
    assert propose(yantai).state == "proposed"


def test_an_export_takes_what_is_confirmed_once_and_stays_as_it_was(yantai, jinan):
    here, elsewhere = confirmed(yantai), confirmed(jinan)
    region = yantai.enterprise.region
    with override("en"):  # the list is Chinese, whatever language the officer reads the pages in
        made = services.export(actor=ACTOR, now=NOW, region=region, cases=CreditCase.objects.all(), reason="")
    elsewhere.refresh_from_db()
    assert (made.rows, elsewhere.state) == (1, "confirmed")
    sheet = load_workbook(io.BytesIO(bytes(made.workbook))).worksheets[0]
    header, row = [[cell.value for cell in line] for line in sheet.iter_rows(max_row=2)]
    listed = dict(zip(header, row, strict=True))
    assert (listed["统一社会信用代码"], listed["告知文号"], listed["认定文号"]) == (
        yantai.enterprise.code, "告知〔2026〕1号", "认定〔2026〕1号",
    )  # fmt: skip
    assert "无数据 12 天" in listed["主要事实"]
    Enterprise.objects.filter(pk=yantai.enterprise.pk).update(name="改名")
    made.refresh_from_db()
    assert made.table[0]["name"] == "芝罘钢铁"
    with pytest.raises(NenghaoError, match="nothing confirmed"):
        services.export(actor=ACTOR, now=NOW, region=region, cases=CreditCase.objects.filter(pk=here.pk), reason="")


def facts(**known):
    base = {
        "enterprise_id": 1, "on": date(2026, 3, 4), "since": date(2026, 2, 2), "is_listed": True, "connected_on": None,
        "delay": None, "days_due": 30, "days_without_data": 0, "tickets": 0, "over_term": 0, "unfiled": 0,
        "filed_late": 0, "over_term_tickets": (),
    }  # fmt: skip
    return AccessFacts(**(base | known))


def test_a_threshold_counts_from_its_own_value():
    limits = Thresholds(late_days=1, days_without_data=10, over_term_tickets=1)
    assert sizes(facts(days_without_data=9), limits) == {}
    assert sizes(facts(days_without_data=10), limits) == {CreditKind.MISSING_UPLOAD: 10}
    assert sizes(facts(unfiled=2, days_without_data=11), limits) == {
        CreditKind.MISSING_UPLOAD: 11, CreditKind.POOR_UPKEEP: 2,
    }  # fmt: skip
    assert sizes(facts(is_listed=False, days_without_data=30), limits) == {}


def test_who_is_late_is_a_candidate_until_a_case_is_open(yantai, store):
    plan(yantai, listed_on=date(2025, 1, 1), planned_build_on=date(2026, 2, 1), tier="thousand")
    asked = {"store": store, "enterprises": [yantai.enterprise], "thresholds": Thresholds()}
    late = [one for one in candidates(on=date(2026, 2, 11), **asked) if one.kind == CreditKind.LATE_BUILDING]
    # The plan said 1 February; on the 11th that is ten days ago.
    assert [(one.size, one.facts["due_on"]) for one in late] == [(10, "2026-02-01")]
    propose(yantai, kind="late-building")
    assert not [one for one in candidates(on=date(2026, 2, 11), **asked) if one.kind == CreditKind.LATE_BUILDING]


def test_an_officer_walks_a_case_on_the_pages(yantai, browse):
    officer, manager = browse(yantai.officer), browse(yantai.manager)
    answer = officer.post(
        "/credit/new/", {"kind": "poor-upkeep", "enterprise": yantai.enterprise.code, "reason": "失修"}
    )
    case = CreditCase.objects.get()
    assert answer["Location"] == f"/credit/cases/{case.pk}/"
    page = officer.post(f"/credit/cases/{case.pk}/noticed/", {"noticed-reason": "请整改", "noticed-document": ""})
    assert page.status_code == 400
    assert "请整改" in page.content.decode()  # nothing typed is lost
    tomorrow = (datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=1)).date()
    officer.post(
        f"/credit/cases/{case.pk}/noticed/",
        {"noticed-reason": "请整改", "noticed-document": "1号", "noticed-answer_until": tomorrow.isoformat()},
    )
    assert "提交申辩" in manager.get(f"/credit/cases/{case.pk}/").content.decode()
    manager.post(f"/credit/cases/{case.pk}/objected/", {"objected-reason": "设备已修好"})
    officer.post(f"/credit/cases/{case.pk}/confirmed/", {"confirmed-reason": "属实", "confirmed-document": "2号"})
    officer.post("/credit/exports/", {"reason": "报送"})
    case.refresh_from_db()
    assert case.state == "exported"
    rows = json.loads(officer.get(f"/credit/exports/{case.export_id}/?format=json").content)
    assert [row["code"] for row in rows] == [yantai.enterprise.code]
    assert manager.get("/credit/exports/").status_code == 403
    assert "芝罘钢铁" in officer.get("/credit/").content.decode()
    assert officer.get("/credit/?format=xlsx").status_code == 200


def test_ticked_candidates_become_cases(yantai, browse):
    plan(yantai, listed_on=date(2019, 6, 1), planned_accept_on=date(2020, 2, 1), tier="thousand")
    officer = browse(yantai.officer)
    assert "芝罘钢铁" in officer.get("/credit/candidates/").content.decode()
    key = f"{yantai.enterprise.code}:late-building"
    refused = officer.post("/credit/candidates/", {"candidate": key, "reason": " "})
    assert refused.status_code == 200 and not CreditCase.objects.exists()
    officer.post("/credit/candidates/", {"candidate": key, "reason": "逾期未建"})
    case = CreditCase.objects.get()
    assert case.facts["due_on"] == "2020-02-01"


def test_another_city_sees_and_changes_no_case(yantai, jinan, browse):
    case = propose(yantai)
    for client in (browse(jinan.officer), browse(jinan.manager)):
        assert client.get(f"/credit/cases/{case.pk}/").status_code == 404
        answer = client.post(f"/credit/cases/{case.pk}/dropped/", {"dropped-reason": "x"})
        assert answer.status_code == 404
        assert "芝罘" not in client.get("/credit/").content.decode()
    case.refresh_from_db()
    assert case.state == "proposed"
