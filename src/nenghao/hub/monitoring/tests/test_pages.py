"""What the pages show agrees with the store, obeys the account's node, and costs a fixed number of queries."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.hub import store as hub_store
from nenghao.hub.monitoring.formats import NOTHING, percent, quantity, tce
from nenghao.hub.monitoring.span import parse_span
from nenghao.hub.monitoring.tests.sample import PLANTS, STEEL, ReadingStore
from nenghao.periods import PeriodKind
from nenghao.readings.energy import enterprise_cells, totals_by_energy

PAPER = PLANTS[3][0]
EVERY_PAGE = [
    "/regions/370000/", "/regions/370600/", "/regions/370612/", "/enterprises/", f"/enterprises/{STEEL}/",
    f"/enterprises/{STEEL}/load/", f"/enterprises/{STEEL}/figures/electricity/", "/uploads/", "/uploads/18/",
    "/devices/",
]  # fmt: skip


def sheet(response):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response)))
    return list(book.worksheets[0].iter_rows(values_only=True)), book.worksheets[1]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("url", EVERY_PAGE)
def test_every_page_opens_in_both_languages(sign_in, url, language):
    client = sign_in("officer")
    client.cookies["django_language"] = language
    response = client.get(url)
    assert response.status_code == 200
    assert "text/html" in response["Content-Type"]


def test_home_leads_to_the_own_node(sign_in):
    assert sign_in("officer").get("/").url == "/regions/370000/"
    assert sign_in("plant").get("/").url == f"/enterprises/{STEEL}/"
    assert sign_in("plant").get("/enterprises/").url == f"/enterprises/{STEEL}/"


@pytest.mark.parametrize("username", ["plant", "county"])
@pytest.mark.parametrize("kind", ["page", "load", "figure", "export", "region", "region_export"])
def test_nothing_outside_the_node(sign_in, username, kind):
    foreign = PAPER if username == "plant" else STEEL
    url = {
        "page": f"/enterprises/{foreign}/", "load": f"/enterprises/{foreign}/load/",
        "figure": f"/enterprises/{foreign}/figures/electricity/", "export": f"/enterprises/{foreign}/export/slots/",
        "region": "/regions/370600/", "region_export": "/regions/370600/export/enterprises/",
    }[kind]  # fmt: skip
    assert sign_in(username).get(url).status_code == 404


def test_upload_log_shows_own_batches_and_the_unidentified_only_to_the_province(sign_in):
    seen = {name: sign_in(name).get("/uploads/").content.decode() for name in ("officer", "plant", "county")}
    assert "未识别" in seen["officer"]
    assert "未识别" not in seen["plant"] + seen["county"]
    assert "示例造纸" in seen["county"]
    assert "示例钢铁" not in seen["county"]
    assert sign_in("plant").get("/uploads/19/").status_code == 404
    assert sign_in("county").get("/uploads/18/").status_code == 404


def test_figures_are_those_of_the_store(sign_in, province):
    month = parse_span(f"{province.until:%Y-%m}")
    ids = [province.enterprises[STEEL]]
    totals = totals_by_energy(
        hub_store.get_store(), enterprise_ids=ids, kind=PeriodKind.MONTH, start=month.start, end=month.end
    )
    client = sign_in("plant")
    page = client.get(f"/enterprises/{STEEL}/?period={month.text}").content.decode()
    rows, notes = sheet(client.get(f"/enterprises/{STEEL}/export/energies/?period={month.text}"))
    assert tce(sum(total.tce for total in totals)) in page
    for total, row in zip(totals, rows[1:], strict=True):
        assert quantity(total.quantity) in page
        assert tce(total.tce) in page
        assert (row[1], row[7]) == pytest.approx((total.quantity, total.tce), rel=1e-12)
        assert row[1] * row[3] / 1000 == pytest.approx(row[7])
    cited = "\n".join(str(row[1]) for row in notes.iter_rows(values_only=True))
    assert "GB/T 2589-2020" in cited
    assert "plant" in cited


def test_slots_export_has_gaps_as_empty_cells_and_sums_to_the_month(sign_in, province):
    month = f"{province.first + timedelta(days=40):%Y-%m}"
    rows, _notes = sheet(sign_in("plant").get(f"/enterprises/{STEEL}/export/slots/?period={month}"))
    where = rows[0].index("综合能耗\n[tce]")
    span = parse_span(month)
    cells = enterprise_cells(
        hub_store.get_store(), enterprise_ids=[province.enterprises[STEEL]], kind=PeriodKind.MONTH, start=span.start,
        end=span.end,
    )  # fmt: skip
    assert sum(row[where] for row in rows[1:]) == pytest.approx(sum(cell.tce for cell in cells))


def test_load_curve_never_bridges_or_zeroes_a_gap(sign_in, province):
    yesterday = (province.until - timedelta(days=1)).date()
    response = sign_in("plant").get(f"/enterprises/{STEEL}/load/?day={yesterday}")
    chart = response.context["curve"].chart
    assert chart["states"][58:64] == [2] * 6
    assert chart["values"][58:64] == [None] * 6
    assert chart["states"][32:40] == [1] * 8
    assert chart["corrected"] == [80]
    assert chart["values"][80] == 88.88
    before = sign_in("plant").get(f"/enterprises/{STEEL}/load/?day={yesterday - timedelta(days=1)}")
    assert before.context["curve"].chart["values"][20:24] == [None] * 4


def test_a_correction_shows_its_history(sign_in, province):
    at = (province.until - timedelta(days=1)).strftime("%Y-%m-%dT20:00")
    page = sign_in("plant").get(f"/enterprises/{STEEL}/readings/00-00-0000-023300-10/?at={at}").content.decode()
    assert "88.88" in page
    assert "电表倍率录入错误" in page
    assert page.count("<li") == 2


def test_trace_multiplies_quantity_and_factor(sign_in, province):
    response = sign_in("plant").get(f"/enterprises/{STEEL}/figures/electricity/?period={province.until:%Y-%m}")
    trace = response.context["trace"]
    [part] = trace.parts
    assert part.quantity * part.factor.factor.value / 1000 == pytest.approx(trace.tce)
    assert sum(item.cell.quantity for item in trace.items) == pytest.approx(trace.quantity)
    assert sum(slot.quantity for slot in trace.slots) == pytest.approx(trace.quantity)
    assert part.factor.citation in response.content.decode()


def test_todo_names_what_waits(sign_in):
    todo = sign_in("officer").get("/regions/370000/").context["overview"].todo
    assert (todo.pending_devices, todo.rejected_today) == (1, 2)
    assert [code for code, _name in todo.silent] == [PAPER]


def test_rejections_speak_the_readers_language(sign_in):
    client = sign_in("plant")
    assert "数据项编码未登记" in client.get("/uploads/18/", headers={"HX-Request": "true"}).content.decode()
    client.cookies["django_language"] = "en"
    page = client.get("/uploads/18/").content.decode()
    assert "the data code is not registered" in page
    assert "数据项编码未登记" not in page


def test_log_filters_by_enterprise_device_and_rejections(sign_in):
    client = sign_in("officer")
    assert client.get("/uploads/?rejected=1").context["log"].count == 1
    assert client.get(f"/uploads/?enterprise={PAPER}").context["log"].count == 2
    assert client.get("/uploads/?device=nobody").context["log"].count == 0
    rows, _notes = sheet(client.get("/uploads/?rejected=1&format=xlsx"))
    assert len(rows) == 2


def test_enterprise_list_searches_and_sorts(sign_in):
    client = sign_in("officer")
    names = [row.name for row in client.get("/enterprises/?sort=name").context["found"].rows]
    assert names == sorted(names)
    known = [row.tce for row in client.get("/enterprises/?sort=-tce").context["found"].rows]
    assert known == sorted(known, reverse=True)
    assert [row.code for row in client.get("/enterprises/?q=造纸").context["found"].rows] == [PAPER]


@pytest.mark.parametrize("table", ["trend", "energies", "industries", "subregions", "enterprises"])
def test_region_tables_export(sign_in, table):
    rows, notes = sheet(sign_in("officer").get(f"/regions/370000/export/{table}/"))
    assert len(rows) > 1
    assert "山东省" in [row[1] for row in notes.iter_rows(values_only=True)]


def test_refresh_answers_nothing_while_nothing_changed(sign_in):
    client = sign_in("officer")
    mark = client.get("/regions/370000/").context["mark"]
    again = client.get(f"/regions/370000/?since={mark}", headers={"HX-Request": "true"})
    assert again.status_code in (200, 204)  # 200 only when the minute has turned
    assert again.status_code == 204 or mark != client.get("/regions/370000/").context["mark"]
    assert client.get("/regions/370000/?since=0-0000", headers={"HX-Request": "true"}).status_code == 200


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/regions/370000/?period=2026-13", 400), ("/regions/370000/?period=x", 400), ("/regions/999999/", 404),
        (f"/enterprises/{STEEL}/?day=2026", 400), ("/uploads/?page=x", 200), ("/uploads/?page=99999999999", 200),
        (f"/enterprises/{STEEL}/readings/00-00-0000-023300-10/?at=now", 400), ("/uploads/99999999/", 404),
        (f"/enterprises/{STEEL}/export/nothing/", 404), ("/enterprises/?sort=password", 200),
        (f"/enterprises/{STEEL}/figures/unknown/", 200), (f"/regions/370000/?period={'1' * 300}", 400),
    ],
)  # fmt: skip
def test_bad_addresses_are_answered_in_words(sign_in, url, status):
    response = sign_in("officer").get(url)
    assert response.status_code == status
    assert "Traceback" not in response.content.decode()


class CountingStore(ReadingStore):
    """Counts the questions asked of a store that is open already."""

    def __init__(self, store):
        self.store, self.asked = store, 0

    def __getattr__(self, name):
        return getattr(self.store, name)

    def rows(self, query, row_type, /, **parameters):
        self.asked += 1
        return self.store.rows(query, row_type, **parameters)


@pytest.mark.parametrize(
    ("username", "url", "most_sql", "most_questions"),
    [
        ("officer", "/regions/370000/", 15, 10), ("county", "/regions/370211/", 14, 10),
        ("officer", "/enterprises/", 12, 5), ("officer", f"/enterprises/{STEEL}/", 14, 14),
        ("officer", "/uploads/", 10, 2),
    ],
)  # fmt: skip
def test_queries_do_not_grow_with_the_rows(sign_in, monkeypatch, username, url, most_sql, most_questions):
    client = sign_in(username)
    counting = CountingStore(hub_store.get_store())
    monkeypatch.setattr(hub_store, "_store", counting)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    assert len(captured) <= most_sql, [query["sql"][:120] for query in captured]
    assert counting.asked <= most_questions


@given(st.text(max_size=12))
def test_any_period_text_is_a_span_or_a_clear_refusal(text):
    try:
        span = parse_span(text)
    except NenghaoError as refused:
        assert refused.field == "period"
        assert refused.mend_zh
    else:
        assert span.text == text
        assert span.before.end == span.start
        assert span.after.start == span.end


def test_an_incomplete_share_is_never_shown_as_whole():
    assert percent(0.99999) == "99.9"
    assert percent(1.0) == "100.0"
    assert quantity(float("nan")) == NOTHING


def test_navigation_offers_only_what_the_account_can_open(sign_in, db):
    from nenghao.hub.accounts.models import Account

    seen = sign_in("officer").get("/enterprises/").content.decode()
    assert 'href="/accounts/"' in seen
    assert 'href="/audit/"' not in seen
    Account.objects.filter(username="officer").update(role="operator")
    client = sign_in("officer")
    operators = client.get("/enterprises/").content.decode()
    for url in ("/accounts/", "/audit/"):
        assert f'href="{url}"' in operators
        assert client.get(url).status_code == 200
