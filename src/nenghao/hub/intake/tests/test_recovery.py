"""A gateway that lost its memory gets back what the platform holds: its own, all of it, unchanged, in pages."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from nenghao.hub.audit.services import Actor
from nenghao.hub.intake.tests.gateway import CODE, Gateway, item, record
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.hub.registry.services import create_enterprise
from nenghao.periods import BEIJING
from nenghao.protocol import (
    Profile,
    build_base_data_request,
    build_config_download,
    build_data_download,
    build_load_config,
    parse_base_data_response,
    parse_config_download,
    parse_data_download,
    parse_load_config,
)
from nenghao.protocol.decoding import MAX_RECORDS
from nenghao.readings import ReadingBatch
from nenghao.reference import library

NATIONAL = Profile.load("national")
GAS = "00-00-0000-011500-10"
ELECTRICITY = "00-00-0000-023300-10"


def download(gateway, start="2026-03-01", end="2026-04-01", **extra):
    return gateway.post("downloadData", gateway.signed(startDate=start, endDate=end, **extra))


def all_pages(gateway, operation, **content):
    pages, cursor = [], ""
    while not pages or cursor:
        pages.append(gateway.post(operation, gateway.signed(**content) | ({"cursor": cursor} if cursor else {})))
        assert pages[-1]["responseCode"] == "0"
        cursor = pages[-1].get("nextCursor", "")
    return pages


def test_values_come_back_as_they_were_sent_corrections_and_gaps_included(gateway):
    gateway.configure(item("011500"), item("080000", name="效率"))
    sent = [
        record("0.012345", "2026-03-04 00:00:00"), record("0.5", "2026-03-04 00:15:00", state="estimated"),
        record("7", "2026-03-04 00:30:00", valid="0"), record("0", "2026-03-04 00:45:00"),
        record("12.5", "2026-03-04 00:00:00", stat_type="1"), record("1.25", "2026-03-04 00:00:00", code=GAS),
        record("-3", "2026-03-04 00:00:00", code="00-00-0000-080000-10"),
    ]  # fmt: skip
    assert gateway.upload(*sent)["accepted"] == 7
    gateway.upload(record("0.75", "2026-03-04 00:15:00"))
    answer = download(gateway)
    rows = {(row["dataCode"], row["statType"], row["statDate"]): row for row in answer["data"]}
    values = {key: (row["dataValue"], row["valid"], row["state"], row["unit"]) for key, row in rows.items()}
    assert "nextCursor" not in answer
    assert values == {
        (ELECTRICITY, "0", "2026-03-04 00:00:00"): ("0.012345", "1", "measured", "万kWh"),
        (ELECTRICITY, "0", "2026-03-04 00:15:00"): ("0.75", "1", "measured", "万kWh"),
        (ELECTRICITY, "0", "2026-03-04 00:30:00"): ("", "0", "missing", "万kWh"),
        (ELECTRICITY, "0", "2026-03-04 00:45:00"): ("0", "1", "measured", "万kWh"),
        (ELECTRICITY, "1", "2026-03-04 00:00:00"): ("12.5", "1", "measured", "万kWh"),
        (GAS, "0", "2026-03-04 00:00:00"): ("1.25", "1", "measured", "万m3"),
        ("00-00-0000-080000-10", "0", "2026-03-04 00:00:00"): ("-3", "1", "measured", ""),
    }
    one = rows[GAS, "0", "2026-03-04 00:00:00"]
    assert (one["inputType"], one["scope"], "source" in one) == ("4", "1", False)
    received = datetime.fromisoformat(one["uploadDate"]).replace(tzinfo=BEIJING)
    assert abs(received - timezone.now()) < timedelta(minutes=1)


def test_a_persons_correction_is_handed_back_with_its_source(gateway, store):
    gateway.upload(record("0.5"), record("0.5", "2026-03-04 00:15:00"))
    owner = DataItem.objects.get(data_code=ELECTRICITY)
    store.submit(ReadingBatch(
        received_at=datetime(2026, 3, 6, 1, tzinfo=UTC), enterprise_id=owner.enterprise_id, source="correction",
        data_item_id=[owner.pk] * 2, stat_type=[0, 0], period_start=["2026-03-04T00:00", "2026-03-04T00:15"],
        value=[4000.0, float("nan")], state=[1, 2], input_type=[5, 5], author="x", reason="meter replaced",
    )).result(60)  # fmt: skip
    rows = download(gateway)["data"]
    assert [(r["dataValue"], r["state"], r["valid"], r["inputType"], r["source"], r["uploadDate"]) for r in rows] == [
        ("0.4", "estimated", "1", "5", "correction", "2026-03-06 09:00:00"),
        ("", "missing", "0", "5", "correction", "2026-03-06 09:00:00"),
    ]  # fmt: skip


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
def test_pages_together_are_everything_once_and_in_order(gateway, limit):
    gateway.configure(item("011500"))
    starts = ["2024-02-29 23:45:00", *(f"2026-03-0{day} 0{hour}:00:00" for day in (1, 5) for hour in (0, 1, 2))]
    sent = [record(str(n), when, code=code) for n, when in enumerate(starts) for code in (ELECTRICITY, GAS)]
    sent += [record("9", "2026-03-05 00:00:00", stat_type="1"), record("8", "2026-01-01 00:00:00", stat_type="3")]
    assert gateway.upload(*sent)["accepted"] == len(sent)
    pages = all_pages(gateway, "downloadData", startDate="2020-01-01", endDate="2026-03-05 02:00:00", limit=limit)
    got = [(r["statDate"], r["dataCode"], r["statType"], r["dataValue"]) for page in pages for r in page["data"]]
    # By start, then in the order in which the items became known: electricity came first.
    wanted = sorted(
        (r["statDate"], r["dataCode"] == GAS, r["statType"], r["dataValue"]) for r in sent
         if r["statDate"] < "2026-03-05 02:00:00"
    )  # fmt: skip
    assert [(when, code == GAS, kind, value) for when, code, kind, value in got] == wanted
    assert all(len(page["data"]) == limit for page in pages[:-1])


def test_period_statistic_type_and_items_can_be_chosen(gateway):
    gateway.configure(item("011500"))
    gateway.upload(
        record("1", "2026-03-04 00:00:00"), record("2", "2026-03-04 00:15:00"), record("3", "2026-03-04 00:30:00"),
        record("4", "2026-03-04 00:15:00", code=GAS), record("5", "2026-03-04 00:00:00", stat_type="1"),
    )  # fmt: skip

    def values(**chosen):
        return [row["dataValue"] for row in download(gateway, **chosen)["data"]]

    assert values(start="2026-03-04 00:15:00", end="2026-03-04 00:30:00") == ["2", "4"]
    assert values(statTypes=["1"]) == ["5"]
    assert values(dataCodes=[GAS]) == ["4"]
    assert values(start="0001-01-01", end="9999-12-31", statTypes=[1, "2"]) == ["5"]
    assert values(start="2026-03-05", end="2026-03-01") == []


@pytest.mark.parametrize(("operation", "change", "code", "field"), [
    ("downloadData", {"startDate": "yesterday"}, "stat-date-malformed", "startDate"),
    ("downloadData", {"endDate": "2026-02-30"}, "stat-date-malformed", "endDate"),
    ("downloadData", {"endDate": None}, "field-missing", "endDate"),
    ("downloadData", {"statTypes": ["4"]}, "stat-type-unknown", "statTypes"),
    ("downloadData", {"statTypes": "0"}, "message-type", "statTypes"),
    ("downloadData", {"dataCodes": ["00-00-0000-999999-10"]}, "data-code-unknown", "dataCodes"),
    ("downloadData", {"dataCodes": [["x"]]}, "data-code-unknown", "dataCodes"),
    ("downloadData", {"cursor": "1 OR 1=1"}, "cursor-malformed", "cursor"),
    ("downloadData", {"cursor": ["1"]}, "cursor-malformed", "cursor"),
    ("downloadData", {"limit": 0}, "limit-malformed", "limit"),
    ("downloadData", {"limit": 20_001}, "limit-malformed", "limit"),
    ("downloadData", {"limit": True}, "limit-malformed", "limit"),
    ("downloadConfigData", {"limit": 5_001}, "limit-malformed", "limit"),
    ("downloadConfigData", {"cursor": "9.1"}, "cursor-malformed", "cursor"),
    ("downloadBaseData", {"dictionaries": ["nothing"]}, "dictionary-unknown", "dictionaries"),
    ("downloadBaseData", {"dictionaries": [[]]}, "dictionary-unknown", "dictionaries"),
])  # fmt: skip
def test_a_question_that_makes_no_sense_is_refused(gateway, operation, change, code, field):
    message = gateway.signed(startDate="2026-03-01", endDate="2026-04-01") | change
    answer = gateway.post(operation, message)
    assert (answer["responseCode"], answer["rejected"][0]["code"], answer["rejected"][0]["field"]) == ("1", code, field)


@pytest.mark.parametrize("operation", ["downloadConfigData", "downloadData"])
def test_nobody_else_gets_it(gateway, client, enterprise, operation):
    gateway.upload(record())
    other = create_enterprise(
        actor=Actor.command("test"), now=timezone.now(), code="91370600MA3C000025", name="另一家",
        region=enterprise.region, industry=enterprise.industry, check_code=False,
    )  # fmt: skip
    stranger = Gateway(client)
    stranger.code = other.code
    stranger.register()
    period = {"startDate": "2026-01-01", "endDate": "2027-01-01"}
    assert refusal(stranger, operation, period) == "device-unapproved"
    stranger.approve()
    assert refusal(stranger, operation, period | {"enterpriseCode": CODE}) == "enterprise-mismatch"
    foreign = stranger.post(operation, stranger.signed(**period, cursor="0.0.0" if operation == "downloadData" else ""))
    assert (foreign["responseCode"], foreign.get("data", []), foreign.get("collectItemConfig", [])) == ("0", [], [])
    if operation == "downloadData":
        assert refusal(stranger, operation, period | {"dataCodes": [ELECTRICITY]}) == "data-code-unknown"


def refusal(gateway, operation, content):
    return gateway.post(operation, gateway.signed() | content)["rejected"][0]["code"]


def test_encrypted_as_uploads_are_and_opened_by_the_client(client, enterprise, settings):
    settings.NENGHAO_PROFILE = "shandong"
    gateway = Gateway(client, prefix="/enterprise")
    key = gateway.register()["secretKey"]
    gateway.approve()
    gateway.configure(item(realtimeMinutes=15))
    store_one(enterprise)
    shandong = Profile.load("shandong")
    raw = build_data_download(gateway.device_id, CODE, start=datetime(2026, 3, 1, tzinfo=UTC), end=timezone.now())
    answer = gateway.post("downloadData", raw)
    assert {name for name, text in answer["data"][0].items() if len(text) % 32} == {"unit"}
    page = parse_data_download(json.dumps(answer).encode(), shandong, key)
    row = page.data[0]
    assert (row.data_code, row.data_value, row.valid, row.unit) == (ELECTRICITY, "0.5", "1", "万kWh")


def store_one(enterprise):
    from nenghao.hub.registry.sync import refresh
    from nenghao.hub.store import get_store

    refresh()
    batch = ReadingBatch(
        received_at=timezone.now(), enterprise_id=enterprise.pk, data_item_id=[DataItem.objects.get().pk],
        stat_type=[0], period_start=["2026-03-04T00:00"], value=[5000.0], state=[0], input_type=[4],
    )  # fmt: skip
    get_store().submit(batch).result(60)


def test_valid_words_of_the_province(client, enterprise, settings):
    settings.NENGHAO_PROFILE = "valid-reversed"
    gateway = Gateway(client)
    gateway.register()
    gateway.approve()
    gateway.configure(item())
    gateway.upload(record("0.5", valid="0"), record("0.5", "2026-03-04 00:15:00", valid="1"))
    answer = download(gateway)
    assert [(row["valid"], row["state"]) for row in answer["data"]] == [("0", "measured"), ("1", "missing")]
    page = parse_data_download(json.dumps(answer).encode(), Profile.load("valid-reversed"))
    assert [row.valid for row in page.data] == ["1", "0"]


def test_load_config_tells_more_once_approved(newcomer):
    registered = newcomer.register()
    ask = build_load_config(newcomer.device_id)
    before = parse_load_config(json.dumps(newcomer.post("loadConfig", ask)).encode())
    assert (before.status, before.item_codes, before.upload_time) == ("pending", [], registered["uploadTime"])
    newcomer.approve()
    newcomer.configure(item(), item("011500"))
    after = parse_load_config(json.dumps(newcomer.post("loadConfig", ask)).encode())
    versions = newcomer.post("versionCheck", {"deviceId": newcomer.device_id})
    assert (after.status, after.item_codes, after.enterprise_code) == ("approved", [GAS, ELECTRICITY], CODE)
    assert (after.reg_version, after.dic_version) == (versions["regVersion"], versions["dicVersion"])
    assert (after.profile.name, after.profile.dialect, after.profile.realtime_rows_per_day) == ("national", "A", 96)
    assert (after.limits.upload_records, after.limits.page_rows, after.limits.config_rows) == (MAX_RECORDS, 20000, 5000)
    assert abs(datetime.fromisoformat(after.server_time).replace(tzinfo=BEIJING) - timezone.now()) < timedelta(
        minutes=1
    )


def test_only_what_changed_of_the_dictionaries_is_sent(newcomer):
    newcomer.register()
    versions = newcomer.post("versionCheck", {"deviceId": newcomer.device_id})["dicVersions"]
    assert versions == library().dictionary_versions

    def asked(**chosen):
        raw = build_base_data_request(newcomer.device_id, **chosen)
        return parse_base_data_response(json.dumps(newcomer.post("downloadBaseData", raw)).encode())["data"]

    whole = asked()
    assert whole == library().dictionary()
    assert set(whole) == {"version", *versions}
    assert set(asked(versions=versions)) == {"version"}
    assert set(asked(versions=versions | {"processes": "old"})) == {"version", "processes"}
    assert set(asked(dictionaries=["processes", "enumerations"])) == {"version", "processes", "enumerations"}
    assert set(asked(dictionaries=["processes"], versions=versions)) == {"version"}


def test_configuration_pages_together_are_the_whole(gateway):
    gateway.configure(
        *(item(energy, stat_type=kind) for energy in ("011500", "023200", "020900") for kind in "012"),
        process=[{"processCode": f"0{n}", "processName": f"工序{n}"} for n in range(1, 6)],
        processUnit=[{"code": "01", "name": "单元", "processCode": "01"}], group={"name": "集团"},
    )  # fmt: skip
    gateway.post("uploadMeteringData", gateway.signed(data=[
        {"meteringName": "表", "manageCode": f"M-{n}"} for n in range(3)
    ]))  # fmt: skip
    whole = all_pages(gateway, "downloadConfigData")
    assert len(whole) == 1
    for limit in (1, 2, 5):
        pages = all_pages(gateway, "downloadConfigData", limit=limit)
        assert len(pages) > 1
        assert [page for page in pages if "enterprise" in page] == pages[:1]
        for name in ("process", "processUnit", "collectItemConfig", "data"):
            assert [row for page in pages for row in page.get(name, [])] == whole[0][name]
    read = parse_config_download(json.dumps(whole[0]).encode(), NATIONAL)
    assert (len(read.process), len(read.meters), read.enterprise.code, read.next_cursor) == (5, 3, CODE, "")
    assert json.loads(build_config_download(gateway.device_id, CODE, limit=5)) == gateway.signed(limit=5)


def test_a_group_of_one_enterprise_is_its_own_to_describe(gateway, enterprise):
    detail = {
        "code": CODE, "name": "x", "typeCode": "110", "typeName": "国有企业", "industryCode": "C31",
        "regionCode": "370600", "regionName": "烟台市", "center": "true", "corporationCode": CODE, "jgzh": "false",
        "energyConsumeLevel": "4", "latitude": "37.5", "longitude": "121.4", "phone": "1",
    }  # fmt: skip
    for address in ("甲", "乙"):
        gateway.configure(enterprise=detail, group={"name": "集团", "address": address})
    assert gateway.post("downloadConfigData", gateway.signed())["group"] == {"name": "集团", "address": "乙"}
    other = create_enterprise(
        actor=Actor.command("test"), now=timezone.now(), code="91370600MA3C000025", name="另一家",
        region=enterprise.region, industry=enterprise.industry, check_code=False,
    )  # fmt: skip
    Enterprise.objects.filter(pk=other.pk).update(group=Enterprise.objects.get(code=CODE).group)
    gateway.configure(enterprise=detail, group={"name": "集团", "address": "丙"})
    assert gateway.post("downloadConfigData", gateway.signed())["group"]["address"] == "乙"
