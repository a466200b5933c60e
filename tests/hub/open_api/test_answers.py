"""The forms agree with each other and with the pages; paging is complete and without doubles while data arrive."""

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from nenghao.hub.audit.services import Actor
from nenghao.hub.open_api.api import api
from nenghao.hub.registry.configuration import put_data_items
from nenghao.hub.store import get_store
from nenghao.periods import BEIJING, PeriodKind
from nenghao.readings.energy import enterprise_cells, totals_by_energy

from .conftest import ELECTRICITY, NOW, rows_of, send

MARCH = {"start": "2026-03-01", "end": "2026-04-01"}


def every_page(call, token, path, **asked):
    found, cursor = [], None
    while True:
        answer = call(token, path, **asked, **({"cursor": cursor} if cursor else {}))
        rows = rows_of(answer)
        assert len(rows) <= int(asked.get("limit", 1000))
        found += rows
        cursor = answer.headers.get("X-Nenghao-Next-Cursor")
        if not cursor:
            return found, answer.headers.get("X-Nenghao-Mark")


def plain(value):
    if isinstance(value, datetime):
        return value.astimezone(BEIJING).isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def test_the_three_forms_say_the_same(yantai, token_of, call):
    send(yantai.enterprise, [1.5, None, 1e-300, 12345678.901234567, -0.0])
    asked, token = MARCH | {"stat_type": "day"}, token_of(yantai.officer)
    read = rows_of(call(token, "/readings", **asked))
    arrow = rows_of(call(token, "/readings", format="arrow", **asked))
    by_accept = rows_of(call(token, "/readings", headers={"accept": "application/vnd.apache.arrow.stream"}, **asked))
    assert arrow == by_accept
    for one, other in zip(read, arrow, strict=True):
        assert {k: v for k, v in one.items() if k != "received_at"} == {
            k: plain(v) for k, v in other.items() if k != "received_at"
        }
    lines = call(token, "/readings", format="csv", **asked).content.decode().splitlines()
    assert lines[0].split(",")[:5] == [
        '"enterprise_code"',
        '"data_code"',
        '"energy_key"',
        '"stat_type"',
        '"period_start"',
    ]
    column = [line.split(",")[5] for line in lines[1:]]
    assert [float(text) if text else None for text in column] == [row["value"] for row in read]
    assert [row["value"] for row in read] == [123.0, 1.5, None, 1e-300, 12345678.901234567, -0.0]
    assert [row["state"] for row in read][1:3] == ["measured", "missing"]
    assert call(token, "/readings", format="csv", bom="true", **asked).content.startswith(b'\xef\xbb\xbf"ent')


def test_every_row_has_the_columns_and_words_of_its_description(yantai, token_of, call):
    document = api.get_openapi_schema(path_prefix="/api/v1/")
    for name, facts in document["components"]["schemas"].items():
        for column, described in facts.get("properties", {}).items():
            if name.endswith("Row"):
                assert described["description"].count(" / ") == 1, (name, column, described["description"])
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert " / " in operation["summary"], path
            assert " / " in operation["description"], path
            for one in operation.get("parameters", ()):
                assert one["name"] == "number" or one["description"].count(" / ") == 1, (path, one)
    assert document["components"]["securitySchemes"]["TokenAuth"] == {"type": "http", "scheme": "bearer"}


def test_rollups_and_totals_are_the_pages_figures(yantai, jinan, account, token_of, call):
    send(yantai.enterprise, [1000.0, None, 3000.0])
    send(jinan.enterprise, [500.0])
    province = token_of(account("officer", "370000"))
    span = {"kind": PeriodKind.MONTH, "start": date(2026, 3, 1), "end": date(2026, 4, 1)}
    ids = {yantai.enterprise.pk, jinan.enterprise.pk}
    cells = enterprise_cells(get_store(), enterprise_ids=ids, **span)
    rows = rows_of(call(province, "/rollups", kind="month", **MARCH))
    assert [(row["quantity"], row["coal_equivalent_tce"], row["missing_ratio"], row["state"]) for row in rows] == [
        (cell.quantity, cell.tce, cell.missing_ratio, cell.state) for cell in cells
    ]
    assert rows[0]["unit"] == "kWh"
    assert rows[0]["quantity"] == 4123.0  # the day of the fixture, and two of the three
    totals = rows_of(call(province, "/totals", kind="month", children="true", **MARCH))
    page = totals_by_energy(get_store(), enterprise_ids=ids, **span)[0]
    assert [row["region_code"] for row in totals] == ["370000", "370100", "370600"]
    assert (totals[0]["quantity"], totals[0]["coal_equivalent_tce"]) == (page.quantity, page.tce)
    assert totals[0]["quantity"] == totals[1]["quantity"] + totals[2]["quantity"] == 4123.0 + 623.0
    assert totals[0]["coal_equivalent_tce"] == pytest.approx(4.746 * 0.1229, rel=1e-3)
    assert {row["factor_status"] for row in totals} <= {"secondhand", "published", "unverified"}


def test_pages_are_one_state_of_the_store_while_data_arrive(yantai, token_of, call):
    """A naive offset would repeat or skip rows here: between the pages earlier slots appear and others change."""
    enterprise = yantai.enterprise
    put_data_items(actor=Actor.command("test"), now=NOW, enterprise=enterprise, rows=[
        ELECTRICITY | {"data_code": "00-00-0000-023300-10", "name": "总电"},
        ELECTRICITY | {"data_code": "00-00-0000-023300-20", "name": "二号", "counts_in_total": False},
    ])  # fmt: skip
    first, second = enterprise.data_items.order_by("pk")
    send(enterprise, [float(n) for n in range(10)], item=first)
    send(enterprise, [100.0 + n for n in range(10)], item=second)
    token, asked = token_of(yantai.officer), MARCH | {"stat_type": "day", "limit": 3}
    before, _mark = every_page(call, token, "/readings", **MARCH, stat_type="day")
    pages, cursor = [], ""
    for _turn in range(30):
        answer = call(token, "/readings", **asked, **({"cursor": cursor} if cursor else {})).json()
        pages += answer["rows"]
        cursor, mark = answer["next_cursor"], answer["mark"]
        send(enterprise, [7000.0 + len(pages)] * 3, first="2026-03-01", item=first)  # new slots before the cursor
        send(enterprise, [8000.0 + len(pages)], first="2026-03-19", item=second)  # a changed slot after it
        if not cursor:
            break
    assert pages == before
    assert len(pages) == 21
    changed, _mark = every_page(call, token, "/readings", **asked, changed_since=mark)
    whole, _mark = every_page(call, token, "/readings", **asked)
    keys = [(row["data_code"], row["period_start"]) for row in changed]
    assert len(keys) == len(set(keys)) == 4
    key = ("data_code", "period_start")
    merged = {tuple(row[name] for name in key): row for row in before} | {
        tuple(row[name] for name in key): row for row in changed
    }
    assert sorted(merged.values(), key=lambda row: [row[name] for name in key]) == whole


def test_versions_tell_the_history(yantai, token_of, call):
    send(yantai.enterprise, [1.0, 2.0])
    send(yantai.enterprise, [1.0, 5.0], source="manual", reason="抄错", method="manual", stands=True)
    send(yantai.enterprise, [9.0, 9.0])
    token = token_of(yantai.officer)
    rows, _mark = every_page(call, token, "/readings/versions", **MARCH, stat_type="day", limit=2)
    slot = [row for row in rows if row["period_start"].startswith("2026-03-11")]
    assert [(row["value"], row["is_current"], row["stands"], row["reason"]) for row in slot] == [
        (2.0, False, False, None), (5.0, True, True, "抄错"), (9.0, False, False, None),
    ]  # fmt: skip
    assert [row["version"] for row in rows if row["period_start"] == slot[0]["period_start"]] == sorted(
        row["version"] for row in slot
    )
    current = rows_of(call(token, "/readings", **MARCH, stat_type="day", state="measured"))
    assert [row["value"] for row in current] == [123.0, 1.0, 5.0]
    assert all(row["version"] < 2**53 for row in rows)


def test_changed_since_a_time(yantai, token_of, call):
    send(yantai.enterprise, [1.0], received_at=datetime.now(BEIJING) - timedelta(days=3))
    token, hour_ago = token_of(yantai.officer), (datetime.now(BEIJING) - timedelta(days=1)).isoformat()
    send(yantai.enterprise, [2.0], first="2026-03-20")
    rows = rows_of(call(token, "/readings", **MARCH, stat_type="day", changed_since=hour_ago))
    assert 2.0 in [row["value"] for row in rows]


def test_increments_of_the_registry(yantai, token_of, call):
    token = token_of(yantai.officer)
    mark = call(token, "/data-items").json()["mark"]
    assert rows_of(call(token, "/data-items", since_version=mark)) == []
    put_data_items(
        actor=Actor.command("test"), now=NOW, enterprise=yantai.enterprise, rows=[ELECTRICITY | {"name": "改名"}]
    )
    assert [row["name"] for row in rows_of(call(token, "/data-items", since_version=mark))] == ["改名"]


@pytest.mark.parametrize(("path", "asked", "field"), [
    ("/readings", {"start": "2026-13-01", "end": "2026-04-01"}, "start"),
    ("/readings", {"start": "2026-04-01", "end": "2026-04-01"}, "end"),
    ("/readings", MARCH | {"limit": 0}, "limit"),
    ("/readings", MARCH | {"limit": 100_001}, "limit"),
    ("/readings", MARCH | {"enterprse": "x"}, "enterprse"),
    ("/readings", MARCH | {"enterprise": "\0"}, "enterprise"),
    ("/readings", MARCH | {"changed_since": "9" * 30}, "changed_since"),
    ("/readings", {"start": "0001-01-01", "end": "9999-12-31"}, "start"),
    ("/scores", {"period": "2026-3"}, "period"),
    ("/scores", {"period": "2026-03", "scheme": "none"}, "scheme"),
    ("/rollups", {"start": "2020-01-01", "end": "2026-01-01", "kind": "hour"}, "end"),
    ("/monthly", {"start_month": "2026-03", "end_month": "2026-02"}, "end_month"),
    ("/monthly", {"start_month": "2016-03", "end_month": "2026-02"}, "end_month"),
    ("/monthly", {"start_month": "2026-3", "end_month": "2026-04"}, "start_month"),
])  # fmt: skip
def test_what_cannot_be_asked_is_said(path, asked, field, yantai, token_of, call):
    answer = call(token_of(yantai.officer), path, **asked)
    body = answer.json()
    assert (answer.status_code, body["field"]) == (422, field), body
    assert body["message_zh"]
    assert body["message_en"]


def test_an_unknown_address_and_method_are_answered_in_the_same_form(yantai, token_of, call):
    token = token_of(yantai.officer)
    assert call(token, "/nothing").json()["code"] == "not-found"
    assert call(token, "/feedback/99999999999999999999").json()["code"] == "not-found"
    wrong = call(token, "/regions", method="post", body={})
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method-not-allowed")


def test_a_hundred_thousand_rows_of_arrow_come_quickly(yantai, token_of, call):
    send(yantai.enterprise, np.arange(100_000.0).tolist(), first="2023-01-01", stat_type=0)
    token = token_of(yantai.officer)
    started = datetime.now(BEIJING)
    answer = call(token, "/readings", start="2023-01-01", end="2026-03-01", limit=100_000, format="arrow")
    took = (datetime.now(BEIJING) - started).total_seconds()
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.num_rows == 100_000
    assert table.schema.metadata[b"mark"].isdigit()
    assert took < 6, took  # 2 s on a free machine; the tests share theirs
