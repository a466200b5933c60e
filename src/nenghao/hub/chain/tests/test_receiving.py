"""What a platform below may say, and what it may not."""

from __future__ import annotations

from datetime import date

import pytest

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.models import Platform, ReceivedDay
from nenghao.hub.chain.tests.conftest import NEW, NOW
from nenghao.hub.registry.models import DataItem, Enterprise, Region
from nenghao.hub.registry.services import decide_device, register_device
from nenghao.readings.uploads import batch_page

ITEM = {
    "name": "电", "processCode": "00", "processUnitCode": "00", "equipmentCode": "00", "equipmentUnitCode": "00",
    "energyClassCode": "02", "energyTypeCode": "3300", "dataUsageCode": "10", "inputType": "4", "statType": "1",
    "scope": "1", "countsInTotal": "false", "active": "true",
}  # fmt: skip
RECORD = {
    "dataCode": "00-00-0000-023300-10", "dataValue": "0.012345", "inputType": "4", "statType": "1",
    "statDate": "2026-03-04 00:00:00", "scope": "1", "valid": "1",
}  # fmt: skip


def codes(answer):
    return [row["code"] for row in answer.get("rejected", [])]


def test_the_same_platform_is_given_the_same_identity_and_waits(newcomer):
    first = newcomer.register()
    assert newcomer.register()["deviceId"] == first["deviceId"]
    assert first["uploadDigestURL"].endswith("/nhjc/uploadDigest")
    assert newcomer.register(client_id="another")["deviceId"] != first["deviceId"]
    assert codes(newcomer.configure()) == ["device-unapproved"]
    assert not Enterprise.objects.filter(code=NEW).exists()


def test_registering_needs_a_known_region_and_a_client_id(newcomer):
    assert codes(newcomer.register(region="990000")) == ["region-unknown"]
    assert codes(newcomer.register(region="37")) == ["region-malformed"]
    assert codes(newcomer.post("registerPlatform", {"region": "370000", "name": "x"})) == ["field-missing"]


def test_an_unknown_enterprise_is_created_and_follows_the_platform(below, store):
    assert below.configure(items=[ITEM])["responseCode"] == "0"
    enterprise = Enterprise.objects.get(code=NEW)
    assert (enterprise.name, enterprise.region_id, enterprise.active) == ("新企业", "370600", True)
    assert AuditEntry.objects.filter(action="enterprise-created", object_key=NEW).exists()
    below.configure(name="改名", active="false")
    enterprise.refresh_from_db()
    assert (enterprise.name, enterprise.active) == ("改名", False)


def test_counting_in_the_total_is_decided_below(below):
    below.configure(items=[ITEM])
    assert not DataItem.objects.get().counts_in_total  # the rule here would let it count
    below.configure(items=[ITEM | {"countsInTotal": "true"}])
    assert DataItem.objects.get().counts_in_total


def test_readings_come_for_the_enterprise_and_name_the_platform(below, store, readings, client):
    below.configure(items=[ITEM])
    answer = below.send(RECORD)
    assert (answer["responseCode"], answer["accepted"]) == ("0", 1)
    assert readings() == [("00-00-0000-023300-10", 1, "2026-03-04 00:00", 123.45, 0)]
    entry = batch_page(store, enterprise_ids=[Enterprise.objects.get().pk]).entries[0]
    assert (entry.platform_id, entry.device_id) == (Platform.objects.get().pk, None)
    officer = create_account(
        actor=Actor.command("test"), now=NOW, username="nation", password="Luzhou-1234-blast", role="officer",
        region=Region.objects.get(code="000000"),
    )  # fmt: skip
    client.force_login(officer)
    assert "省平台" in client.get("/uploads/").content.decode()


def test_late_readings_of_an_item_that_is_switched_off_are_taken(below, readings):
    below.configure(items=[ITEM])
    below.configure(items=[ITEM | {"active": "false"}])
    assert below.send(RECORD)["accepted"] == 1


def test_a_missing_value_is_never_a_zero(below, readings):
    below.configure(items=[ITEM])
    below.send(RECORD | {"valid": "0", "state": "missing", "dataValue": "0"})
    assert readings() == [("00-00-0000-023300-10", 1, "2026-03-04 00:00", None, 2)]


def test_another_province_is_out_of_reach(below, enterprise):
    Enterprise.objects.filter(pk=enterprise.pk).update(region_id="130100", version=10**6)
    for answer in (below.send(RECORD, code=enterprise.code), below.configure(code=enterprise.code)):
        assert codes(answer) == ["enterprise-not-below"]
    assert codes(below.configure(regionCode="130100")) == ["region-outside"]
    assert not Enterprise.objects.filter(code=NEW).exists()


def test_a_direct_device_beside_a_platform_needs_a_reason(below, enterprise):
    device = register_device(actor=Actor.command("test"), now=NOW, enterprise=enterprise)
    decision = {"actor": Actor.command("test"), "now": NOW, "device_id": device.device_id, "status": "approved"}
    with pytest.raises(NenghaoError) as refused:
        decide_device(**decision)
    assert refused.value.code == "device-second-source"
    assert decide_device(**decision, reason="切换期间").status == "approved"


def test_a_digest_is_answered_with_ours_and_kept(below, store, platform):
    below.configure(items=[ITEM])
    below.send(RECORD)
    store.rollup_pending()
    days = [{"day": "2026-03-04", "count": 1, "fingerprint": "f" * 32}]
    message = {
        "deviceId": below.device_id, "start": "2026-03-04", "end": "2026-03-05",
        "enterprises": [{"enterpriseCode": NEW, "days": days}, {"enterpriseCode": "91130000X"}],
    }  # fmt: skip
    answer = below.post("uploadDigest", message)
    own = answer["enterprises"][0]["days"][0]
    assert (own["count"], len(own["fingerprint"]), answer["enterprises"][1].get("known")) == (1, 32, False)
    row = ReceivedDay.objects.get()
    assert (row.state, row.day, row.own_count, row.other_count) == ("differs", date(2026, 3, 4), 1, 1)
    days[0]["fingerprint"] = own["fingerprint"]
    below.post("uploadDigest", message)
    assert ReceivedDay.objects.get().state == "equal"


def test_nonsense_digests_are_refused(below):
    base = {"deviceId": below.device_id, "start": "2026-03-04", "end": "2026-03-05"}
    assert codes(below.post("uploadDigest", base | {"end": "2027-03-05"})) == ["value-range"]
    assert codes(below.post("uploadDigest", base | {"start": "x"})) == ["date-malformed"]
    assert codes(below.post("uploadDigest", base | {"enterprises": 3})) == ["message-type"]


def test_a_day_that_is_none_is_refused_before_anything_is_logged_as_received(below, store):
    """With and without items: the call is one entry of the log, which says what was answered."""
    below.configure(items=[ITEM])
    message = {
        "deviceId": below.device_id, "start": "2026-03-04", "end": "2026-03-05",
        "enterprises": [{"enterpriseCode": NEW, "days": [{"day": "a?b", "count": 1, "fingerprint": "f" * 32}]}],
    }  # fmt: skip
    before = store.last_batch_id
    for items in (False, True):
        assert codes(below.post("uploadDigest", message | {"items": items})) == ["date-malformed"]
    page = batch_page(store, enterprise_ids=[], unidentified=True, limit=store.last_batch_id - before)
    assert [entry.response_code for entry in page.entries] == ["1", "1"]


@pytest.mark.parametrize(
    "wrong",
    [{"missing": -10}, {"count": 2**31}, {"fingerprint": "f" * 33}, {"fingerprint": "a\0"}, {"totals": {"a\0": [1.0]}}],
)
def test_a_digest_that_no_column_takes_is_refused_as_nonsense(below, wrong):
    below.configure(items=[ITEM])
    days = [{"day": "2026-03-04", "count": 1, "fingerprint": "f" * 32} | wrong]
    about = {"deviceId": below.device_id, "start": "2026-03-04", "end": "2026-03-05"}
    answer = below.post("uploadDigest", about | {"enterprises": [{"enterpriseCode": NEW, "days": days}]})
    assert codes(answer) == ["message-type"]
    assert not ReceivedDay.objects.exists()
