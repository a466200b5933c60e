"""The whole way of a third party's gateway: register, wait for approval, configure, upload."""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from nenghao.hub.audit.services import Actor
from nenghao.hub.intake.tests.gateway import CODE, Gateway, item, record
from nenghao.hub.registry.models import DataItem, Device, Meter, Process, ProcessUnit
from nenghao.hub.registry.services import decide_device
from nenghao.periods import BEIJING
from nenghao.reference import library


def test_register_gives_identity_addresses_and_slot(newcomer, log):
    answer = newcomer.register()
    assert answer["responseCode"] == "0"
    assert answer["responseMessage"] == "RECEIVE SUCCESS"
    assert re.fullmatch("[0-9a-f]{32}", answer["deviceId"])
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answer["uploadTime"])
    assert answer["centerDataURL"] == "http://testserver/nhjc/uploadEnergyData"
    assert answer["loadDicVersionURL"] == "http://testserver/nhjc/versionCheck"
    assert "secretKey" not in answer
    assert Device.objects.get().status == "pending"
    entry, reasons = log()
    assert (entry.operation, entry.response_code, entry.device_id, reasons) == (
        "register", "0", Device.objects.get().pk, []
    )  # fmt: skip


def test_the_same_gateway_gets_the_same_identity_and_no_other_does(newcomer):
    first = newcomer.register(clientId="a" * 32)["deviceId"]
    assert newcomer.register(clientId="a" * 32)["deviceId"] == first
    assert newcomer.register(clientId="b" * 32)["deviceId"] != first
    by_address = newcomer.register()["deviceId"]
    assert newcomer.register()["deviceId"] == by_address
    elsewhere = newcomer.post("register", {"enterpriseCode": CODE, "region": "370600"}, REMOTE_ADDR="10.9.8.7")
    assert elsewhere["deviceId"] not in (first, by_address)


def test_register_under_a_configured_address(newcomer, settings):
    settings.NENGHAO_BASE_URL = "https://hub.example.gov.cn"
    assert newcomer.register()["centerDataURL"] == "https://hub.example.gov.cn/nhjc/uploadEnergyData"


def test_versions_and_dictionaries(newcomer):
    newcomer.register()
    versions = newcomer.post("versionCheck", {"deviceId": newcomer.device_id})
    again = newcomer.post("versionCheck", {"deviceId": newcomer.device_id})
    assert versions["dicVersion"] == library().dictionary_version
    assert versions["regVersion"] == again["regVersion"] != ""
    base = newcomer.post("downloadBaseData", {"deviceId": newcomer.device_id})
    assert base["dicVersion"] == versions["dicVersion"]
    electricity = [e for e in base["data"]["energyTypes"] if e["name"] == "电力"]
    assert len(electricity) == 1


def test_data_counts_only_after_approval(newcomer, readings, log):
    newcomer.register()
    refused = newcomer.upload(record())
    assert refused["responseCode"] == "1"
    assert "审核" in refused["responseMessage"]
    assert log()[1] == [(-1, "device-unapproved")]
    newcomer.approve()
    newcomer.configure(item())
    answer = newcomer.upload(record("0.012345"))
    assert (answer["responseCode"], answer["accepted"], answer.get("rejected", [])) == ("0", 1, [])
    assert readings() == [("00-00-0000-023300-10", 0, "2026-03-04 00:00", 123.45, 0)]
    entry, reasons = log()
    assert (entry.id, entry.accepted, reasons) == (answer["batch"], 1, [])


def test_how_far_off_a_start_was_is_kept_for_the_checks(gateway, store):
    assert gateway.upload(record(), record(when="2026-03-04 00:15:40"))["accepted"] == 2
    with store.cursor() as cursor:
        kept = cursor.execute("SELECT period_start, start_offset_s FROM reading ORDER BY 1").fetchall()
    assert kept == [(datetime(2026, 3, 4), None), (datetime(2026, 3, 4, 0, 15), 40)]


def test_a_resend_is_the_same_reading_and_a_correction_a_newer_one(gateway, readings):
    for value in ("0.5", "0.5", "0.25"):
        assert gateway.upload(record(value))["responseCode"] == "0"
    assert readings() == [("00-00-0000-023300-10", 0, "2026-03-04 00:00", 2500.0, 0)]


def test_states_travel_and_invalid_is_missing(gateway, readings):
    gateway.upload(
        record(when="2026-03-04 00:00:00", state="estimated"),
        record(when="2026-03-04 00:15:00", valid="0"),
        record(when="2026-03-04 00:30:00", value="0"),
    )
    assert [(value, state) for *_, value, state in readings()] == [(5000.0, 1), (None, 2), (0.0, 0)]


def test_revocation_counts_at_once(gateway, django_capture_on_commit_callbacks, log):
    assert gateway.upload(record())["responseCode"] == "0"
    with django_capture_on_commit_callbacks(execute=True):
        decide_device(
            actor=Actor.command("x"), now=timezone.now(), device_id=gateway.device_id, status="revoked", reason="lost"
        )  # fmt: skip
    assert gateway.upload(record())["responseCode"] == "1"
    assert log()[1] == [(-1, "device-revoked")]


def test_shandong_encrypts_field_by_field(client, enterprise, settings, readings, log):
    from cryptography.hazmat.primitives import padding
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    def secret(text, key):
        padder = padding.PKCS7(128).padder()
        plain = padder.update(text.encode()) + padder.finalize()
        encryptor = Cipher(algorithms.SM4(bytes.fromhex(key)), modes.ECB()).encryptor()
        return (encryptor.update(plain) + encryptor.finalize()).hex()

    settings.NENGHAO_PROFILE = "shandong"
    gateway = Gateway(client, prefix="/enterprise")
    key = gateway.register()["secretKey"]
    gateway.approve()
    gateway.configure(item(realtimeMinutes=15))
    assert re.fullmatch("[0-9a-f]{32}", key)
    good = {name: secret(text, key) for name, text in record("0.012345").items()}
    answer = gateway.upload(good, {name: secret(text, "00" * 16) for name, text in record().items()}, record())
    assert (answer["responseCode"], answer["accepted"]) == ("0", 1)
    assert [value for *_, value, _ in readings()] == [123.45]
    assert log()[1] == [(1, "decrypt-failed"), (2, "field-not-encrypted")]
    wrong = gateway.upload({name: secret(text, "00" * 16) for name, text in record().items()})
    assert wrong["responseCode"] == "1"
    assert wrong["responseMessage"].startswith("解密失败！")


def test_configuration_becomes_the_registry(gateway):
    enterprise = {
        "code": CODE, "name": "另一个名字", "typeCode": "110", "typeName": "国有企业", "industryCode": "C31",
        "regionCode": "370600", "regionName": "烟台市", "center": "true", "corporationCode": CODE, "jgzh": "false",
        "energyConsumeLevel": "4", "latitude": 37.5, "longitude": "121.4", "phone": "0535-1234567",
        "registerDate": "2001-02-03 00:00:00", "unknownField": 1,
    }  # fmt: skip
    answer = gateway.configure(
        item("011500", name="天然气"), item("023200", scope="2", process="04"),
        item("023300", scope="3", process="04", unit="01"), item("080000", dataValueMin="-1", dataValueMax=2.5),
        enterprise=enterprise, group={"name": "集团"},
        process=[{"processCode": "04", "processName": "高炉炼铁工序", "system": "true"}],
        processUnit=[{"code": "01", "name": "1号高炉", "processCode": "04", "commDate": "2010-05-01"}],
    )  # fmt: skip
    assert (answer["responseCode"], answer.get("rejected", [])) == ("0", [])
    assert answer["accepted"] == 7
    owner = DataItem.objects.first().enterprise
    assert (owner.name, owner.type_name, owner.is_central, owner.latitude, owner.energy_consume_level) == (
        "示范钢铁", "国有企业", True, 37.5, 4
    )  # fmt: skip
    assert (str(owner.registered_on), owner.group.name) == ("2001-02-03", "集团")
    unit = ProcessUnit.objects.get()
    assert (unit.process.code, unit.name, str(unit.commissioned_on)) == ("04", "1号高炉", "2010-05-01")
    gas, heat = DataItem.objects.get(name="天然气"), DataItem.objects.get(data_code="04-00-0000-023200-10")
    assert (gas.energy_key, gas.wire_unit, gas.base_unit, gas.wire_to_base) == ("natural_gas", "万m3", "m3", 1e4)
    assert (gas.realtime_minutes, gas.counts_in_total, heat.counts_in_total) == (15, True, False)
    assert (heat.process, heat.process_unit) == (Process.objects.get(), None)
    assert DataItem.objects.get(scope=3).process_unit == unit
    other = DataItem.objects.get(class_code="08")
    assert (other.energy_key, other.may_be_negative, other.value_min, other.value_max) == ("", True, -1.0, 2.5)
    assert DataItem.objects.get(data_code="00-00-0000-023300-10").stat_types == "01"


def test_one_item_per_energy_makes_up_the_total(gateway):
    def counted():
        return sorted(DataItem.objects.filter(counts_in_total=True).values_list("data_code", flat=True))

    assert counted() == ["00-00-0000-023300-10"]
    gateway.configure(item("020900", usage="30"), item("020900", usage="60"), item("020900", usage="21"))
    assert counted() == ["00-00-0000-020900-21", "00-00-0000-023300-10"]
    gateway.configure(item("020900", usage="10"))
    assert counted() == ["00-00-0000-020900-10", "00-00-0000-023300-10"]


def test_a_configuration_row_that_is_wrong_costs_only_itself(gateway, log):
    answer = gateway.configure(
        item("011500"), item("019999"), item(scope="2", process="01", unit="01"), item(scope="7"), item(stat_type="x"),
        item(inputType="0"), {"name": "incomplete"}, "text", item(dataValueMin="5", dataValueMax="1"),
        item(realtimeMinutes="7"), item(name="x" * 500), item(dataCode="00-00-0000-011500-10"),
        item(dataValueMin="NaN"), item(equipmentCode="A1"),
        enterprise={"code": "other"}, process=[{"processCode": "1", "processName": "x"}],
        processUnit=[{"code": "01", "name": "x", "processCode": "99"}],
    )  # fmt: skip
    assert (answer["responseCode"], answer["accepted"]) == ("0", 1)
    reasons = [(r["field"].split(".")[0], r["index"], r["code"]) for r in answer["rejected"]]
    assert reasons == [
        ("enterprise", 0, "field-missing"), ("process", 0, "code-malformed"), ("processUnit", 0, "process-unknown"),
        ("collectItemConfig", 1, "energy-type-unknown"), ("collectItemConfig", 2, "data-code-scope"),
        ("collectItemConfig", 3, "scope-unknown"), ("collectItemConfig", 4, "stat-type-unknown"),
        ("collectItemConfig", 5, "input-type-unknown"), ("collectItemConfig", 6, "field-missing"),
        ("collectItemConfig", 7, "record-not-object"), ("collectItemConfig", 8, "value-range"),
        ("collectItemConfig", 9, "realtime-minutes"), ("collectItemConfig", 10, "field-too-long"),
        ("collectItemConfig", 11, "code-malformed"), ("collectItemConfig", 12, "value-range"),
        ("collectItemConfig", 13, "data-code-malformed"),
    ]  # fmt: skip
    assert len(log()[1]) == len(reasons)
    assert DataItem.objects.filter(data_code="00-00-0000-011500-10").exists()


def test_meters(gateway, log):
    answer = gateway.post("uploadMeteringData", gateway.signed(data=[
        {"meteringName": "总电表", "manageCode": "M-1", "meteringLevel": "1", "latelyCalibration": "2025-01-02",
         "dataCode": "00-00-0000-023300-10", "accuracyLevel": "0.5S", "measureState": 1},
        {"meteringName": "无编号"}, {"meteringName": "x", "manageCode": "M-2", "meteringLevel": "9"},
        {"meteringName": "x", "manageCode": "M-3", "latelyCalibration": "yesterday"},
    ]))  # fmt: skip
    assert (answer["responseCode"], answer["accepted"]) == ("0", 1)
    assert [(r["index"], r["code"]) for r in answer["rejected"]] == [
        (1, "field-missing"), (2, "code-malformed"), (3, "date-malformed"),
    ]  # fmt: skip
    meter = Meter.objects.get()
    assert (meter.name, meter.level, str(meter.verified_on), meter.state) == ("总电表", 1, "2025-01-02", 1)
    assert log()[0].operation == "uploadMeteringData"


def test_instruments_numbered_with_long_numbers_stay_apart(gateway):
    numbers = [37060000000000012345, 37060000000000012346]
    rows = [{"meteringName": f"表{number}", "manageCode": number} for number in numbers]
    answer = gateway.post("uploadMeteringData", gateway.signed(data=rows))
    assert (answer["responseCode"], answer["accepted"]) == ("0", 2)
    assert sorted(Meter.objects.values_list("manage_code", flat=True)) == [str(number) for number in numbers]


def test_a_future_period_is_refused_by_the_hubs_clock(gateway):
    now = timezone.now().astimezone(BEIJING)
    ahead = (now + timedelta(days=2)).strftime("%Y-%m-%d 00:00:00")
    begun = now.strftime("%Y-%m-%d 00:00:00")
    answer = gateway.upload(record(when=ahead), record(when=begun, stat_type="1"))
    assert (answer["accepted"], [r["code"] for r in answer["rejected"]]) == (1, ["stat-date-future"])


@pytest.mark.parametrize("operation", ["versionCheck", "downloadBaseData", "uploadConfigData", "uploadMeteringData"])
def test_every_operation_knows_its_devices(newcomer, operation, log):
    answer = newcomer.post(operation, {"deviceId": "f" * 32, "enterpriseCode": CODE, "data": []})
    assert answer["responseCode"] == "1"
    entry, reasons = log()
    assert (entry.operation, entry.device_id, reasons) == (operation, None, [(-1, "device-unknown")])
