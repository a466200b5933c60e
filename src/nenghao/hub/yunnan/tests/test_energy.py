"""``dataEnterpriseEnergy`` and what the platform tells: dictionaries, versions, addresses; bad input of every kind."""

from __future__ import annotations

import json

from django.utils import timezone

from nenghao.hub.intake.wsgi import with_short_way
from nenghao.hub.yunnan.models import StatedCoefficient
from nenghao.hub.yunnan.tests.gateway import record
from nenghao.readings.uploads import device_summaries

ENERGY = "dataEnterpriseEnergy"
CODE = "00-00-0000-023300-10"


def test_a_record_is_a_reading(gateway, readings, log):
    data = gateway.good(ENERGY, record("0.5"))
    assert set(data) == {"platformTime"}
    assert readings() == [(CODE, 1, "2026-03-04 00:00", 5000.0, 0)]
    entry, reasons = log()
    assert (entry.operation, entry.accepted, entry.response_code, reasons) == (ENERGY, 1, "0", [])
    assert entry.device_id


def test_the_newest_record_counts_and_months_and_invalid_ones_are_taken(gateway, readings):
    gateway.configure("2")
    for body in (record("0.5"), record("0.6"), record("", valid="0", dataValue="0", when="2026-03-05 00:00:00"),
                 record("9", when="2026-02-01 00:00:00", stat_type="2")):  # fmt: skip
        gateway.good(ENERGY, body)
    rows = readings()
    assert [row[:3] + row[4:] for row in rows] == [
        (CODE, 1, "2026-03-04 00:00", 0), (CODE, 1, "2026-03-05 00:00", 2), (CODE, 2, "2026-02-01 00:00", 0)
    ]  # fmt: skip
    assert rows[0][3] == 6000.0
    assert rows[1][3] is None
    assert rows[2][3] == 90000.0


def test_the_exact_number_in_the_remark_is_stored(gateway, readings):
    gateway.good(ENERGY, record("0.0123456789012", remark="exact=0.012345678901234"))
    assert readings()[0][3] == 123.45678901234
    gateway.good(ENERGY, record("0.5", remark="exact=7"))  # not about this value: only a remark
    assert readings()[0][3] == 5000.0


def test_state_and_backlog_of_ours(gateway, readings, store, enterprise):
    gateway.good(ENERGY, record(state="estimated", backlog=17))
    assert readings()[0][4] == 1
    summary = device_summaries(store, enterprise_ids=[enterprise.pk], day=timezone.now().date())
    assert [row.backlog for row in summary] == [17]
    gateway.good(ENERGY, record(state=["?"], backlog="many"))
    assert readings()[0][4] == 0
    assert gateway.why(ENERGY, record(state="guessed"))[1] == "state-unknown"


WRONG = (
    ({"dataCode": "0000000002330011"}, "data-code-unknown"),
    ({"dataCode": CODE}, "field-too-long"),
    ({"dataCode": "123"}, "data-code-malformed"),
    ({"dataValue": "1,5"}, "value-not-number"),
    ({"dataValue": "NaN"}, "value-not-finite"),
    ({"dataValue": "-1"}, "value-negative"),
    ({"dataValue": "1234567890.123456"}, "field-too-long"),
    ({"convertRation": "1.22900000001"}, "field-too-long"),
    ({"statDate": "2026-03-04 01:00:00"}, "stat-date-misaligned"),
    ({"statDate": "2099-03-04 00:00:00"}, "stat-date-future"),
    ({"statType": "7"}, "stat-type-unknown"),
    ({"scope": "2"}, "scope-mismatch"),
    ({"valid": "2"}, "valid-unknown"),
    ({"inputType": "9"}, "input-type-unknown"),
    ({"statDate": None}, "field-missing"),
    ({"dataValue": {}}, "field-type"),
)


def test_what_is_wrong_is_refused_with_a_reason_and_logged(gateway, readings, log):
    for changes, why in WRONG:
        assert gateway.why(ENERGY, record(**changes))[:2] == (400, why)
        entry, reasons = log()
        assert (entry.response_code, reasons) == ("1", [why])
    assert readings() == []


def test_bodies_that_are_none(gateway):
    for body in (b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"1e999", b"[" * 5000, "能耗".encode("gbk")):
        for path in (ENERGY, "enterpriseInfo/rwk", "requestAK", "processConfigure/add", "gaugeReplaceConfigure"):
            assert gateway.post(path, body)["responseCode"] == 400


def test_other_methods_and_large_bodies(gateway, settings):
    answer = gateway.client.get(f"/YNEnergy/{ENERGY}")
    assert (answer.status_code, json.loads(answer.content)["data"]["rejected"][0]["code"]) == (200, "method-not-post")
    settings.NENGHAO_INTAKE_MAX_BODY_BYTES = 100
    assert gateway.why(ENERGY, record())[1] == "body-too-large"


def test_a_coefficient_is_a_statement_and_never_an_account(gateway, readings, caplog):
    for ratio in ("1.229", "1.23", "0.404", "0.404", "text"):
        gateway.good(ENERGY, record(convertRation=ratio))
    rows = StatedCoefficient.objects.order_by("pk").values_list("stated", "expected", "agrees")
    assert list(rows) == [
        ("1.229", "1.229", True), ("1.23", "1.229", True), ("0.404", "1.229", False), ("text", "1.229", None)
    ]  # fmt: skip
    assert readings() == [(CODE, 1, "2026-03-04 00:00", 5000.0, 0)]
    gateway.configure(digits="0000000002000010")
    gateway.good(ENERGY, record(digits="0000000002000010", convertRation="1"))
    assert StatedCoefficient.objects.get(item__data_code="00-00-0000-020000-10").agrees is True


def test_data_made_with_old_versions_are_kept_and_told(gateway, readings):
    assert gateway.good(ENERGY, record(dicVersion="old"))["versionChanged"] == "1"
    assert len(readings()) == 1


def test_dictionaries(newcomer, gateway):
    newcomer.token = ""
    got = newcomer.good("dataDownload/public", {"itemIndex": "6,8,15"})
    assert list(got) == ["DataCollectOriginCodes", "EnergyTypeUnitCollectCodes", "GaugeTypeCodes"]
    assert got["GaugeTypeCodes"] == []
    assert {"code": "5", "name": "手工填报"} in got["DataCollectOriginCodes"]
    assert newcomer.why("dataDownload", {"itemIndex": "6"})[0] == 401
    assert newcomer.why("dataDownload/public", {"itemIndex": "18"})[1] == "code-malformed"


def test_versions_and_addresses(gateway):
    told = gateway.good("checkVersion")
    assert len(told["regVersion"]) <= 10
    assert len(told["dicVersion"]) <= 10
    assert told["loadPlatformDataURL"] == "http://testserver/YNEnergy/dataDownload"
    urls = gateway.good("platformAccessURL")
    assert urls["enterpriseDataURL"] == "http://testserver/YNEnergy/dataEnterpriseEnergy"
    assert all(len(url) <= 100 for url in urls.values())


def test_the_short_way_speaks_dialect_b():
    application = with_short_way(lambda *_: [b"pages"])
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/YNEnergy/", "wsgi.input": None}
    assert application(environ, lambda *_: None) == [b"pages"]
