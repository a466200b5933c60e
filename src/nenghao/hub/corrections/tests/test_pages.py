"""The pages: what each person sees and may do, nothing typed is lost, the preview says what the proposal will do."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from nenghao.hub.corrections.closing import close_months
from nenghao.hub.corrections.models import Correction
from nenghao.hub.corrections.tests.conftest import DAY, UNTIL, send
from nenghao.hub.corrections.tests.test_life import GROUNDS, at, decide, manual, propose, spoil, values

CODE = "91370600MA3TESTXA1"
NEW = f"/enterprises/{CODE}/corrections/new/"
FOREIGN = "91370100MA3TESTXB2"
SPAN = {"item": "00-00-0000-023300-10", "stat_type": "0", "from": "2026-11-16T09:00", "to": "2026-11-16T10:00"}


@pytest.fixture(autouse=True)
def today(world, monkeypatch):
    """Views read the clock: it stands at the sample's present."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: world.now)


@pytest.fixture
def waiting(world, act):
    spoil(world, at(9), 4)
    return propose(**act(world.manager), draft=manual(world, at(9), at(10), 20.5), grounds=GROUNDS)


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def sheet(response):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response)))
    return list(book.worksheets[0].iter_rows(values_only=True))


PAGES = [
    "/corrections/", "/corrections/?view=all", "/corrections/by-rule/", "/corrections/closing/?period=2026-10",
    f"/enterprises/{CODE}/corrections/days/", f"/enterprises/{CODE}/closing/2026-10/",
    f"{NEW}?item=00-00-0000-023300-10", f"{NEW}?item=00-00-0000-023300-10&stat_type=1",
    f"{NEW}?item=00-00-0000-023300-10&stat_type=2&from=2026-10-01",
]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("url", PAGES)
def test_every_page_opens_in_both_languages(world, waiting, browse, url, language):
    client = browse(world.officer)
    client.cookies["django_language"] = language
    assert "Traceback" not in text(client.get(url))
    text(client.get(f"/corrections/{waiting.pk}/"))


def test_queries_do_not_grow_with_the_rows(world, act, browse):
    def count(url):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text(client.get(url))
        return len(queries)

    client = browse(world.officer)
    propose(**act(world.manager), draft=manual(world, at(9), at(10), 20.5), grounds=GROUNDS)
    before = count("/corrections/"), count("/corrections/closing/?period=2026-10")
    for hour in range(10, 16):
        propose(**act(world.manager), draft=manual(world, at(hour), at(hour + 1), 20.5), grounds=GROUNDS)
    assert (count("/corrections/"), count("/corrections/closing/?period=2026-10")) == before


# New


def test_the_form_shows_the_values_as_they_are_and_as_they_would_be(world, browse):
    spoil(world, at(9), 4)
    page = text(browse(world.officer).get(NEW, SPAN | {"method": "linear", "which": "all"}))
    assert 'name="v-202611160900"' in page
    assert page.count('value="20"') == 4
    assert "500.00" in page
    assert "correction-chart" in page


def test_a_gap_is_offered_the_profile_and_an_hour_with_values_the_hand(world, browse):
    assert '<option value="manual" selected>' in text(browse(world.manager).get(NEW, SPAN))
    world.now = UNTIL + 2 * DAY
    client = browse(world.manager)
    hole = SPAN | {"from": "2026-11-20T09:00", "to": "2026-11-20T10:00"}
    assert '<option value="weekday-profile" selected>' in text(client.get(NEW, hole))


def test_htmx_gets_the_form_alone(world, browse):
    page = text(browse(world.officer).get(NEW, SPAN, headers={"HX-Request": "true"}))
    assert page.lstrip().startswith('<form class="card" id="correction-form"')
    assert "<html" not in page


def typed(**more):
    values = {f"v-2026111609{minute:02}": "21.5" for minute in (0, 15, 30, 45)}
    return SPAN | {"method": "manual", "which": "all", "shown": "manual|all|||", "reason": "抄表"} | values | more


def test_what_was_typed_becomes_the_proposal(world, browse):
    answer = browse(world.manager).post(NEW, typed(action="propose", is_measured="1", document="C-1"))
    one = Correction.objects.get()
    assert answer.url == f"/corrections/{one.pk}/"
    assert [row[3] for row in one.rows] == [21.5] * 4
    assert (one.reason, one.document, one.is_measured, one.proposed_by) == ("抄表", "C-1", True, world.manager)


def test_an_edited_estimate_says_so(world, browse):
    asked = typed(action="propose", method="linear", shown="linear|all|||") | {"v-202611160900": "33"}
    browse(world.manager).post(NEW, asked)
    one = Correction.objects.get()
    assert [row[3] for row in one.rows] == [33, 21.5, 21.5, 21.5]
    assert one.basis["edited_slots"] == 4


def test_an_estimate_that_nobody_touched_keeps_all_its_digits(world, browse):
    """The inputs show ten digits; what is proposed is the estimate itself, so that a bill is met exactly."""
    spoil(world, at(9), 1, 1 / 3)
    asked = SPAN | {"method": "linear", "which": "all", "from": "2026-11-16T09:15", "to": "2026-11-16T10:00"}
    client = browse(world.manager)
    page = text(client.get(NEW, asked))
    shown = re.findall(r'name="(v-\d+)"[^>]*value="([^"]*)"', page)
    assert len(shown) == 3
    client.post(NEW, asked | dict(shown) | {"action": "propose", "reason": "r", "shown": "linear|all|||"})
    one = Correction.objects.get()
    assert "edited_slots" not in one.basis
    assert one.rows[0][3] == pytest.approx(1 / 3 + (20 - 1 / 3) / 4, rel=1e-15)


def test_values_of_another_method_are_not_taken_for_this_one(world, browse):
    page = text(browse(world.manager).post(NEW, typed(action="preview", method="linear", evidence="照片")))
    assert 'value="21.5"' not in page
    assert 'value="抄表"' in page
    assert "照片" in page


@pytest.mark.parametrize(("field", "wrong", "words"), [
    ("v-202611160915", "abc", "不是数值"), ("v-202611160915", "-3", "负值"), ("reason", " ", "请填写理由"),
    ("to", "2026-11-16T09:20", "时段边界"), ("from", "gestern", "时间无法识别"),
])  # fmt: skip
def test_nothing_typed_is_lost_when_something_is_wrong(world, browse, field, wrong, words):
    page = text(browse(world.manager).post(NEW, typed(action="propose", evidence="照片 3 张") | {field: wrong}))
    assert words in page
    assert "照片 3 张" in page
    assert not Correction.objects.exists()
    if field in ("reason", "v-202611160915"):
        assert page.count('value="21.5"') >= 3
        assert f'value="{wrong}"' in page


def test_a_closed_month_is_said_before_anything_is_typed(world, act, browse):
    close_months(**act(world.officer), store=world.store, enterprise_ids=[world.yantai.enterprise.pk],
                 month=UNTIL.date().replace(month=10, day=1))  # fmt: skip
    october = SPAN | {"from": "2026-10-20T09:00", "to": "2026-10-20T10:00"}
    client = browse(world.manager)
    assert "已封账" in text(client.get(NEW, october))
    assert "已封账" in text(client.post(NEW, typed(action="propose") | october | {"v-202610200900": "3"}))
    assert not Correction.objects.exists()


# Decide


def test_the_queue_and_its_tabs(world, waiting, browse):
    assert "电表通讯中断" in text(browse(world.officer).get("/corrections/"))
    assert "电表通讯中断" in text(browse(world.manager).get("/corrections/?view=mine"))
    assert "电表通讯中断" not in text(browse(world.officer).get("/corrections/?view=decided"))
    assert f'value="{waiting.pk}" form="bulk"' in text(browse(world.officer).get("/corrections/"))
    assert 'form="bulk"' not in text(browse(world.manager).get("/corrections/"))
    rows = sheet(browse(world.officer).get("/corrections/?view=all&format=xlsx"))
    assert [rows[1][0], rows[1][6], rows[1][7]] == [waiting.pk, 2000.0, 82.0]


def test_deciding_on_the_page(world, waiting, browse):
    url = f"/corrections/{waiting.pk}/decision/"
    kept = text(browse(world.officer).post(url, {"decision": "approve", "reason": " "}))
    assert "请填写理由" in kept
    assert browse(world.officer).post(url, {"decision": "approve", "reason": "已核实"}).status_code == 302
    assert values(world, at(9), at(9, 15))[0] == [20.5]
    page = text(browse(world.manager).get(f"/corrections/{waiting.pk}/"))
    assert "已核实" in page
    assert "20.50" in page


def test_deciding_many_on_the_page(world, act, waiting, browse):
    other = propose(**act(world.officer), draft=manual(world, at(12), at(13), 20.5), grounds=GROUNDS)
    answer = browse(world.officer).post(
        "/corrections/decisions/", {"correction": [waiting.pk, other.pk], "decision": "approve", "reason": "好"},
        follow=True,
    )  # fmt: skip
    assert "已决定 1 条补正" in text(answer)
    assert f"#{other.pk}: 提出人不能审批自己的补正" in text(answer)


def test_the_history_names_method_persons_and_the_correction(world, act, waiting, browse):
    decide(**act(world.officer), store=world.store, correction_id=waiting.pk, approve=True, reason="好")
    url = reverse("reading", args=[CODE, "00-00-0000-023300-10"])
    page = text(browse(world.manager).get(url, {"at": "2026-11-16T09:00"}))
    for words in (f"/corrections/{waiting.pk}/", "人工填报", "manager", "officer 批准", "电表通讯中断"):
        assert words in page
    assert "没有记录" in text(browse(world.manager).get(url, {"at": "2026-11-16T00:00", "stat_type": "1"}))


def test_new_values_after_a_decision_are_offered(world, act, waiting, browse):
    decide(**act(world.officer), store=world.store, correction_id=waiting.pk, approve=True, reason="好")
    assert "补正后的新值" not in text(browse(world.officer).get("/corrections/"))
    send(world.store, world.item, at(9), [19.0, 19.5])
    page = text(browse(world.officer).get("/corrections/"))
    assert "补正后的新值" in page
    assert "38.50" in page  # the run's sum, against 41.00
    assert "from=2026-11-16T09:00&amp;to=2026-11-16T09:30&amp;method=gateway" in page
    assert "补正后的新值" not in text(browse(world.foreign).get("/corrections/"))


# Who sees what


@pytest.mark.parametrize("who", ["foreign", "operator"])
def test_others_neither_propose_nor_decide(world, waiting, browse, who):
    client = browse(getattr(world, who))
    seen = client.get(f"/corrections/{waiting.pk}/").status_code
    assert seen == (404 if who == "foreign" else 200)
    assert client.get(NEW, SPAN).status_code in (403, 404)
    assert client.post(NEW, typed(action="propose")).status_code in (403, 404)
    assert client.post(f"/corrections/{waiting.pk}/decision/", {"decision": "approve"}).status_code in (403, 404)
    client.post("/corrections/decisions/", {"correction": waiting.pk, "decision": "approve", "reason": "x"})
    waiting.refresh_from_db()
    assert waiting.status == "proposed"
    assert Correction.objects.count() == 1


def test_a_manager_cannot_reach_another_enterprise(world, browse):
    client = browse(world.manager)
    for path in ("corrections/new/?item=x", "corrections/days/", "closing/2026-10/"):
        assert client.get(f"/enterprises/{FOREIGN}/{path}").status_code == 404
    assert client.post("/corrections/closing/", {"period": "2026-10", "action": "close-all"}).status_code == 403


# Hand-filling


def test_days_are_filled_as_one_proposal_per_item(world, browse):
    world.now = UNTIL + 3 * DAY
    item, part = world.item, world.yantai.parts[0]
    send(world.store, item, UNTIL + DAY, [700.0], stat_type=1, step=DAY)
    url = f"/enterprises/{CODE}/corrections/days/"
    asked = {
        "from": "2026-11-20", "last": "2026-11-22", "reason": "网关故障", "is_measured": "1",
        f"d-{item.pk}-20261120": "690", f"d-{item.pk}-20261121": "1", f"d-{item.pk}-20261122": "1,710.5",
        f"d-{part.pk}-20261121": "340",
    }  # fmt: skip
    assert browse(world.manager).post(url, asked).url == "/corrections/"
    by_item = {one.data_item_id: one for one in Correction.objects.all()}
    # 21 November has come from the gateway: nothing is typed over it.
    assert by_item[item.pk].rows == [["2026-11-20T00:00", None, None, 690.0], ["2026-11-22T00:00", None, None, 1710.5]]
    assert by_item[part.pk].rows == [["2026-11-21T00:00", None, None, 340.0]]
    page = text(browse(world.manager).get(url, {"from": "2026-11-20", "last": "2026-11-22"}))
    assert "700.00" in page
    assert page.count("待审批") == 3


def test_one_wrong_day_keeps_all_that_was_typed(world, browse):
    item = world.item
    world.now = UNTIL + 3 * DAY
    asked = {"from": "2026-11-20", "last": "2026-11-21", "reason": "故障",
             f"d-{item.pk}-20261120": "690", f"d-{item.pk}-20261121": "viel"}  # fmt: skip
    page = text(browse(world.manager).post(f"/enterprises/{CODE}/corrections/days/", asked))
    assert 'value="690"' in page
    assert 'value="viel"' in page
    assert "不是数值" in page
    assert not Correction.objects.exists()


def test_a_day_with_all_its_real_time_readings_lacks_nothing(world, browse):
    day = {"from": "2026-11-19", "last": "2026-11-19"}
    page = text(browse(world.manager).get(f"/enterprises/{CODE}/corrections/days/", day))
    assert "768.00" in page
    assert "实时合计" in page
    assert f'name="d-{world.item.pk}-20261119"' not in page


def test_hand_filled_days_are_by_hand(world, act, browse):
    world.now = UNTIL + 3 * DAY
    asked = {"from": "2026-11-20", "last": "2026-11-20", "reason": "故障", f"d-{world.item.pk}-20261120": "690"}
    browse(world.manager).post(f"/enterprises/{CODE}/corrections/days/", asked)
    one = Correction.objects.get()
    decide(**act(world.officer, world.now), store=world.store, correction_id=one.pk, approve=True, reason="好")
    assert values(world, UNTIL, UNTIL + DAY, stat_type=1) == ([690.0], [1], [5])
