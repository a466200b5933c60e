"""Bad input at the hub's door: a clear answer in the protocol's form, the reason in the upload log, never HTTP 500."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenghao.hub.intake.tests.gateway import CODE, item, record

GOOD = record("0.5", "2026-03-04 00:30:00")


@pytest.mark.parametrize(("bad", "code"), [
    (record("NaN"), "value-not-finite"),
    (record(float("nan")), "value-not-finite"),
    (record(float("-inf")), "value-not-finite"),
    (record("Infinity"), "value-not-finite"),
    (record("-0.5"), "value-negative"),
    (record({"a": 1}), "field-type"),
    (record("half"), "value-not-number"),
    (record(when="2099-01-01 00:00:00"), "stat-date-future"),
    (record(when="2026-03-04 00:07:00"), "stat-date-misaligned"),
    (record(when="04.03.2026"), "stat-date-malformed"),
    (record(code="00-00-0000-029900-10"), "data-code-unknown"),
    (record(code="electricity"), "data-code-malformed"),
    (record(stat_type=["0"]), "field-type"),
    (record(valid="perhaps"), "valid-unknown"),
    ("text", "record-not-object"),
    ({}, "field-missing"),
])  # fmt: skip
def test_the_good_records_are_kept_and_the_reason_is_in_the_log(gateway, readings, log, bad, code):
    answer = gateway.upload(bad, GOOD)
    assert (answer["responseCode"], answer["accepted"]) == ("0", 1)
    assert [(r["index"], r["code"]) for r in answer["rejected"]] == [(0, code)]
    assert answer["rejected"][0]["mendZh"] and answer["rejected"][0]["mendEn"]
    assert [row[2] for row in readings()] == ["2026-03-04 00:30"]
    entry, reasons = log()
    assert (entry.id, entry.accepted, entry.rejected, reasons) == (answer["batch"], 1, 1, [(0, code)])


def test_a_batch_of_which_nothing_is_good(gateway, readings, log):
    answer = gateway.upload(record("NaN"), record("-1", "2026-03-04 00:15:00"))
    assert (answer["responseCode"], answer["accepted"]) == ("1", 0)
    assert readings() == []
    assert log()[1] == [(0, "value-not-finite"), (1, "value-negative")]


def test_wrong_enterprise_code(gateway, log):
    answer = gateway.upload(GOOD, enterpriseCode="91370600MA00000000")
    assert answer["responseCode"] == "1"
    assert answer["responseMessage"].startswith("序列号与企业统一社会信用代码不符")
    entry, reasons = log()
    assert reasons == [(-1, "enterprise-mismatch")]
    assert entry.device_id is not None


@pytest.mark.parametrize(("raw", "code"), [
    (b"", "json-malformed"), (b"{", "json-malformed"), (b"[1]", "message-type"), (b"42", "message-type"),
    (json.dumps({"deviceId": "能耗"}, ensure_ascii=False).encode("gbk"), "body-not-utf8"),
    (b"\xff\xfe{\x00}\x00", "body-not-utf8"), (b"[" * 50_000, "json-malformed"),
    (b'{"deviceId":"x"}', "field-missing"), (b'{"deviceId":5,"enterpriseCode":[],"data":{}}', "message-type"),
    (b'{"deviceId":"x\\u0000","enterpriseCode":"\\ud800","data":[]}', "device-unknown"),
])  # fmt: skip
@pytest.mark.parametrize("operation", ["uploadEnergyData", "uploadConfigData", "register"])
def test_unreadable_messages(newcomer, log, operation, raw, code):
    answer = newcomer.post(operation, raw)
    assert answer["responseCode"] == "1"
    reason = answer["rejected"][0]["code"]
    assert reason == code or operation != "uploadEnergyData"
    entry, reasons = log()
    assert (entry.operation, reasons) == (operation, [(-1, reason)])


def test_a_body_that_is_too_large_is_not_read(newcomer, settings, log):
    settings.NENGHAO_INTAKE_MAX_BODY_BYTES = 1000
    answer = newcomer.post("uploadEnergyData", b'{"x":"' + b"a" * 1000 + b'"}')
    assert answer["rejected"][0]["code"] == "body-too-large"
    assert "1000" in answer["responseMessage"]
    assert log()[1] == [(-1, "body-too-large")]


@pytest.mark.parametrize("message", [
    {"enterpriseCode": "91370600MA00000000", "region": "370600"}, {"enterpriseCode": CODE}, {"region": "370600"},
    {"enterpriseCode": CODE, "region": "烟台"}, {"enterpriseCode": {"a": 1}, "region": "370600"},
    {"enterpriseCode": "\x00", "region": "370600"},
    {"enterpriseCode": "\ud800", "region": "370600"}, {"enterpriseCode": CODE, "region": "370600", "clientId": 5},
])  # fmt: skip
def test_registration_that_is_refused(newcomer, message, log):
    answer = newcomer.post("register", message)
    assert answer["responseCode"] == "1"
    assert "deviceId" not in answer
    assert log()[0].response_code == "1"


def test_other_methods_and_operations(newcomer, client):
    response = client.get("/nhjc/uploadEnergyData")
    assert (response.status_code, response.json()["rejected"][0]["code"]) == (200, "method-not-post")
    assert newcomer.post("noSuchThing", {})["rejected"][0]["code"] == "operation-unknown"
    assert newcomer.post("a/b/../c", {})["rejected"][0]["code"] == "operation-unknown"


def test_a_strange_host_header(newcomer):
    answer = newcomer.post("register", {"enterpriseCode": CODE, "region": "370600"}, HTTP_HOST="a b<script>")
    assert answer["rejected"][0]["code"] == "host-refused"


def test_a_fault_inside_is_logged_and_answered_in_form(gateway, monkeypatch, log, caplog):
    def broken(*_args, **_more):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("nenghao.hub.intake.energy.check_records", broken)
    answer = gateway.upload(GOOD)
    assert answer["responseCode"] == "1"
    assert "RuntimeError" not in answer["responseMessage"]
    assert log()[1] == [(-1, "internal-error")]


def test_a_store_that_cannot_keep_is_not_acknowledged(gateway, store):
    store._writer.close()
    answer = gateway.upload(GOOD)
    assert answer["responseCode"] == "1"
    assert answer["rejected"][0]["code"] == "store-closed"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["deviceId", "enterpriseCode", "data", "region", "code", "name"]), inner),
    max_leaves=12,
)  # fmt: skip
LISTS = ("data", "collectItemConfig", "enterprise", "group", "process", "processUnit")
OPERATIONS = ("uploadEnergyData", "uploadConfigData", "uploadMeteringData", "register", "versionCheck")


@given(st.sampled_from(OPERATIONS), st.one_of(
    st.binary(max_size=200),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from(LISTS), json_values),
))  # fmt: skip
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_comes_is_answered_in_form_and_logged(gateway, log, operation, content):
    before = log()[0].id
    answer = gateway.post(operation, content if isinstance(content, bytes) else gateway.signed(**content))
    assert log()[0].id == before + 1
    assert {"responseCode", "responseMessage"} <= set(answer)
    assert all(reason["code"] != "internal-error" for reason in answer.get("rejected", []))


def mutated(rows):
    return st.tuples(st.sampled_from(sorted(rows)), json_values)


@given(st.lists(mutated(item()), max_size=3), st.lists(mutated(record()), max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_spoilt_rows_never_break_the_hub(gateway, item_changes, record_changes):
    for answer in (
        gateway.configure(item() | dict(item_changes)), gateway.upload(record() | dict(record_changes), GOOD),
    ):  # fmt: skip
        assert all(reason["code"] != "internal-error" for reason in answer.get("rejected", []))
    assert answer["accepted"] >= 1
