"""Configuration and management records: the registry after them, dataIndex, and nobody else's records."""

from __future__ import annotations

from datetime import date

from nenghao.hub.evidence.models import MeterEvent, VerificationCertificate
from nenghao.hub.registry.models import DataItem, Equipment, Meter, Process, ProcessUnit
from nenghao.hub.yunnan.models import KeptRecord, Picture
from nenghao.hub.yunnan.tests.gateway import GAUGE, LICENCE, item, record
from nenghao.protocol.yunnan.operations import COMPANY, INSTITUTIONS

PROCESS = {"processCode": "04", "processName": "高炉炼铁"}
UNIT = {"processCode": "04", "unitCode": "01", "unitName": "一号高炉", "commDate": "2012-05-01 00:00:00"}
DEVICE = {
    "deviceName": "鼓风机", "deviceNo": "02", "deviceType": "11", "energyCode": "3300", "processUnitCode": "0401",
    "usingDate": "2013-01-01 00:00:00", "model": "AV-56",
}  # fmt: skip


def test_the_plant_is_configured(gateway, enterprise):
    for path, body in (("process", PROCESS), ("unit", UNIT), ("device", DEVICE), ("gauge", GAUGE)):
        assert len(gateway.good(f"{path}Configure/add", body)["dataIndex"]) == 32
    unit = ProcessUnit.objects.get(process__enterprise=enterprise)
    assert (unit.process.code, unit.code, unit.commissioned_on) == ("04", "01", date(2012, 5, 1))
    machine = Equipment.objects.get(enterprise=enterprise)
    assert (machine.type_code, machine.number, machine.process_unit, machine.name) == ("11", "02", unit, "鼓风机")
    meter = Meter.objects.get(enterprise=enterprise)
    assert (meter.manage_code, meter.level, meter.data_code) == ("010203041007", 1, "00-00-0000-023300-10")
    assert (meter.verified_on, meter.verify_next_on, meter.verified_by) == (
        date(2026, 1, 10), date(2027, 1, 10), "烟台计量所"
    )  # fmt: skip
    gateway.configure("0", digits="0401110202330010", scope="4")
    linked = DataItem.objects.get(data_code="04-01-1102-023300-10")
    assert (linked.process, linked.process_unit, linked.equipment) == (unit.process, unit, machine)


def test_an_item_has_a_record_for_each_statistic_type(gateway, enterprise):
    (day,) = KeptRecord.objects.values_list("data_index", flat=True)
    month = gateway.configure("2", dataValueMax="100", dataValueMin="0")
    the_item = DataItem.objects.get(enterprise=enterprise)
    assert (the_item.stat_types, the_item.value_max, the_item.wire_unit) == ("12", None, "万kWh")
    assert the_item.by_stat_type["2"] == {"value_max": 100.0, "value_min": 0.0}  # the day's row speaks for the item
    assert the_item.counts_in_total
    gateway.good("dataCollectConfigure/delete", {"dataIndex": day})
    the_item.refresh_from_db()
    assert (the_item.stat_types, the_item.active, the_item.value_max) == ("2", True, 100.0)
    gateway.good("dataCollectConfigure/delete", {"dataIndex": month})
    the_item.refresh_from_db()
    assert not the_item.active
    assert gateway.why("dataEnterpriseEnergy", record())[1] == "data-code-unknown"
    gateway.configure()
    assert gateway.good("dataEnterpriseEnergy", record())["platformTime"]


def test_adding_the_same_again_gives_the_same_number(gateway):
    first = gateway.good("processConfigure/add", PROCESS)["dataIndex"]
    again = gateway.good("processConfigure/add", PROCESS | {"processName": "高炉"})["dataIndex"]
    assert (again, Process.objects.get().name) == (first, "高炉")
    assert gateway.good("processConfigure/update", PROCESS | {"dataIndex": first})["dataIndex"] == first
    assert Process.objects.get().name == "高炉炼铁"
    changed = PROCESS | {"processCode": "05", "dataIndex": first}
    assert gateway.why("processConfigure/update", changed) == (400, "index-key", "processCode")
    gateway.good("processConfigure/delete", {"dataIndex": first})
    assert gateway.why("processConfigure/delete", {"dataIndex": first})[1] == "index-unknown"
    assert Process.objects.count() == 1  # history hangs on it
    assert gateway.good("processConfigure/add", PROCESS)["dataIndex"] != first


def test_nobody_touches_another_enterprises_records(gateway, stranger):
    mine = gateway.good("processConfigure/add", PROCESS)["dataIndex"]
    contact = gateway.good("companyContacter", {"contacterName": "李四"})["dataIndex"]
    gauge = gateway.good("gaugeConfigure/add", GAUGE)["dataIndex"]
    before = list(KeptRecord.objects.order_by("pk").values())
    for path, body in (
        ("processConfigure/update", PROCESS | {"processName": "改", "dataIndex": mine}),
        ("processConfigure/delete", {"dataIndex": mine}),
        ("companyContacter", {"contacterName": "改", "dataIndex": contact}),
        ("companyContacter/delete", {"dataIndex": contact}),
        ("gaugeReplaceConfigure", {"dataIndex": gauge, "installTime": "2026-02-01 08:00:00"}),
        ("gaugeVerifyConfigure", {"dataIndex": gauge, "verifyTime": "2026-02-01 08:00:00"}),
    ):
        assert stranger.why(path, body)[1] in ("index-unknown", "gauge-unknown"), path
    # A number of another kind is unknown as well.
    assert gateway.why("unitConfigure/delete", {"dataIndex": mine})[1] == "index-unknown"
    assert list(KeptRecord.objects.order_by("pk").values()) == before
    assert Process.objects.get().name == "高炉炼铁"
    # And the same codes of the other enterprise are its own records.
    assert stranger.good("processConfigure/add", PROCESS)["dataIndex"] != mine


def test_replacement_and_verification_are_evidence(gateway):
    index = gateway.good("gaugeConfigure/add", GAUGE)["dataIndex"]
    replaced = {
        "dataIndex": index,
        "installTime": "2026-02-01 08:00:00",
        "installSerNo": "SN-2",
        "replacedSerno": "SN-1",
    }
    gateway.good("gaugeReplaceConfigure", replaced)
    gateway.good("gaugeReplaceConfigure", replaced)
    event = MeterEvent.objects.get()
    assert (event.kind, event.serial_number, event.final_register) == ("replacement", "SN-2", None)
    assert f"{event.at:%Y-%m-%d %H:%M}" == "2026-02-01 00:00"  # UTC
    verified = {"replacedSerno": "SN-1", "verifyTime": "2026-02-02 00:00:00", "verifyOrg": "省计量院"}
    gateway.good("gaugeVerifyConfigure", verified | {"nextAlignDate": "2027-02-02 00:00:00"})
    meter = Meter.objects.get()
    assert (meter.verified_on, meter.verified_by, meter.verify_next_on) == (
        date(2026, 2, 2), "省计量院", date(2027, 2, 2)
    )  # fmt: skip
    kept = VerificationCertificate.objects.filter(meter=meter, is_current=True).order_by("verified_on")
    assert [(row.kind, row.verified_on) for row in kept] == [
        ("registered", date(2026, 1, 10)), ("registered", date(2026, 2, 2))
    ]  # fmt: skip
    assert gateway.why("gaugeVerifyConfigure", {"serNo": "no", "verifyTime": "2026-02-02"})[1] == "gauge-unknown"
    gateway.good("gaugeConfigure/delete", {"dataIndex": index})
    meter.refresh_from_db()
    assert meter.state == 3


def test_what_else_an_enterprise_tells_is_kept(gateway, enterprise):
    for kind in (*COMPANY, *INSTITUTIONS):
        index = gateway.good(kind, {"remark": "第一"})["dataIndex"]
        assert gateway.good(kind, {"remark": "第一"})["dataIndex"] == index
        assert gateway.good(kind, {"remark": "第二", "dataIndex": index})["dataIndex"] == index
        kept = KeptRecord.objects.get(data_index=index)
        assert (kept.kind, kept.body, kept.enterprise) == (kind, {"remark": "第二"}, enterprise)
        if kind in COMPANY:
            gateway.good(f"{kind}/delete", {"dataIndex": index})
            assert gateway.why(f"{kind}/update", {"dataIndex": index})[1] == "index-unknown"


def test_pictures_of_records_are_apart(gateway):
    index = gateway.good("companyCalculater", {"calculaterName": "王五", "certificate": LICENCE})["dataIndex"]
    assert KeptRecord.objects.get(data_index=index).body == {"calculaterName": "王五"}
    assert Picture.objects.get(data_index=index).field == "certificate"
    gateway.good("companyCalculater/delete", {"dataIndex": index})
    assert not Picture.objects.filter(data_index=index)


WRONG = (
    ("processConfigure/add", {"processName": "x"}, ("field-missing", "processCode")),
    ("processConfigure/add", PROCESS | {"processCode": "4"}, ("code-malformed", "processCode")),
    ("processConfigure/add", PROCESS | {"processName": "长" * 31}, ("field-too-long", "processName")),
    ("unitConfigure/add", UNIT | {"processCode": "77"}, ("process-unknown", "processCode")),
    ("unitConfigure/add", UNIT | {"commDate": "yesterday"}, ("moment-malformed", "commDate")),
    ("deviceConfigure/add", DEVICE | {"processUnitCode": "9901"}, ("unit-unknown", "processUnitCode")),
    ("deviceConfigure/add", DEVICE | {"deviceNo": "1234"}, ("code-malformed", "deviceNo")),
    ("gaugeConfigure/add", GAUGE | {"meterLevel": "7"}, ("code-malformed", "meterLevel")),
    ("gaugeConfigure/add", GAUGE | {"precisionLevel": "x" * 25}, ("field-too-long", "precisionLevel")),
    ("dataCollectConfigure/add", item(digits="12"), ("data-code-malformed", "dataCode")),
    ("dataCollectConfigure/add", item(digits="0401000002330010"), ("data-code-scope", "scope")),
    ("dataCollectConfigure/add", item(digits="0000000002999910"), ("energy-type-unknown", "energyTypeCode")),
    ("dataCollectConfigure/add", item(energyTypeCode="1500"), ("code-malformed", "dataCode")),
    ("dataCollectConfigure/add", item("9"), ("stat-type-unknown", "statType")),
    ("dataCollectConfigure/add", item(inputType="8"), ("input-type-unknown", "inputType")),
    ("dataCollectConfigure/update", item(), ("field-missing", "dataIndex")),
    ("gaugeReplaceConfigure", {"dataIndex": "x"}, ("field-missing", "installTime")),
    ("noSuchThing", {}, ("operation-unknown", "")),
    ("processConfigure", PROCESS, ("operation-unknown", "")),
)


def test_what_is_wrong_is_named_and_leaves_nothing(gateway):
    before = (KeptRecord.objects.count(), DataItem.objects.values().get())
    for path, body, why in WRONG:
        assert gateway.why(path, body)[1:] == why, path
        assert (KeptRecord.objects.count(), DataItem.objects.values().get()) == before
        assert not Process.objects.exists()


def test_stale_versions_are_told_before_configuration_is_taken(gateway):
    for name in ("regVersion", "dicVersion"):
        assert gateway.why("processConfigure/add", PROCESS | {name: "old"}) == (409, "version-stale", name)
    gateway.versions = {}
    assert gateway.good("processConfigure/add", PROCESS)  # a gateway that tells none is taken at its word
