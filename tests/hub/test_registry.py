"""Codes, the region tree, enterprises, configuration, devices and their decisions, and the store's copy of it all."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry import credit_code, sync
from nenghao.hub.registry.codes import seed_codes
from nenghao.hub.registry.configuration import Put, put_data_items
from nenghao.hub.registry.models import DataItem, Device, Industry, Region
from nenghao.hub.registry.models.versions import current_version
from nenghao.hub.registry.services import (
    MAX_PENDING_DEVICES,
    create_enterprise,
    decide_device,
    find_industry,
    find_region,
    register_device,
    update_enterprise,
)
from nenghao.reference import library

NOW = datetime(2026, 3, 4, tzinfo=ZoneInfo("UTC"))
ACTOR = Actor.command("test")
BODIES = st.tuples(
    st.text(credit_code.ALPHABET, min_size=2, max_size=2), st.text("0123456789", min_size=6, max_size=6),
    st.text(credit_code.ALPHABET, min_size=9, max_size=9),
).map("".join)  # fmt: skip


@pytest.mark.parametrize("code", ["91350100M000100Y43", "9144030071526726XG", "914403001922038216"])
def test_published_credit_codes_are_valid(code):
    assert credit_code.is_valid(code)


@given(BODIES, st.integers(0, 17), st.sampled_from(credit_code.ALPHABET))
def test_one_wrong_character_is_always_found(body, place, character):
    code = body + credit_code.check_character(body)
    assert credit_code.is_valid(code)
    spoilt = code[:place] + character + code[place + 1 :]
    assert credit_code.is_valid(spoilt) == (spoilt == code)


@pytest.mark.parametrize("code", ["", "91350100M000100Y4", "91350100m000100y43", "91350100M000100Y44", "O" * 18])
def test_wrong_credit_code_is_refused_with_a_mend(code):
    with pytest.raises(NenghaoError) as refused:
        credit_code.require_valid(code)
    assert refused.value.field == "code"
    assert refused.value.mend_zh


def test_region_tree_and_industries(codes):
    assert Region.objects.count() == len(library().regions()) + 1
    assert Industry.objects.count() == len(library().industries())
    yantai = find_region("370600")
    assert yantai.path == "000000/370000/370600/"
    assert yantai.ancestor_codes == ["000000", "370000", "370600"]
    assert find_region("110100").name == "北京市"  # not 市辖区
    below = Region.objects.filter(path__startswith=yantai.path).values_list("code", flat=True)
    assert all(code.startswith("3706") for code in below)
    parents = {region.code: region.path for region in Region.objects.all()}
    assert all(r.path == f"{parents[r.parent_id]}{r.code}/" for r in Region.objects.exclude(code="000000"))
    assert find_industry("C3110").parent_id == "C311"


def test_seeding_again_changes_nothing(codes):
    before = list(Region.objects.values())
    seed_codes()
    assert list(Region.objects.values()) == before


@pytest.mark.parametrize("look_up", [find_region, find_industry])
def test_unknown_codes_are_refused(look_up, codes):
    with pytest.raises(NenghaoError):
        look_up("999999")


def test_enterprise_is_registered_once_and_changed_with_a_trace(yantai):
    enterprise = yantai.enterprise
    with pytest.raises(NenghaoError, match="registered already"):
        create_enterprise(
            actor=ACTOR, now=NOW, code=enterprise.code, name="x", region=enterprise.region, industry=enterprise.industry
        )
    assert update_enterprise(actor=ACTOR, now=NOW, enterprise=enterprise, facts={"phone": "0535-1"})
    assert not update_enterprise(actor=ACTOR, now=NOW, enterprise=enterprise, facts={"phone": "0535-1"})
    entry = AuditEntry.objects.get(action="enterprise-changed")
    assert (entry.before, entry.after) == ({"phone": ""}, {"phone": "0535-1"})


def test_configuration_writes_only_differences(yantai):
    item = DataItem.objects.get(enterprise=yantai.enterprise)
    rows = [{"data_code": item.data_code, "name": item.name}, {"data_code": "00-00-0000-011500-10", "name": "气"}]
    version = current_version()
    put = {"actor": ACTOR, "now": NOW, "enterprise": yantai.enterprise}
    assert put_data_items(**put, rows=rows) == Put(created=1, changed=0)
    assert put_data_items(**put, rows=rows) == Put(0, 0)
    assert current_version() == version + 1
    item.refresh_from_db()
    assert item.version <= version
    assert put_data_items(**put, rows=[{"data_code": item.data_code, "name": "新名"}]) == Put(0, 1)
    item.refresh_from_db()
    assert (item.name, item.version) == ("新名", version + 2)


def test_new_items_reach_the_open_store(yantai, store):
    known = lambda: {row[0] for row in store._connection.cursor().execute("SELECT id FROM data_item").fetchall()}  # noqa: E731
    sync.refresh()
    assert known() == {item.pk for item in DataItem.objects.all()}
    put_data_items(actor=ACTOR, now=NOW, enterprise=yantai.enterprise, rows=[{"data_code": "x", "name": "x"}])
    assert sync.refresh() == current_version()
    assert known() == {item.pk for item in DataItem.objects.all()}


def test_factors_of_the_store_are_those_of_the_library():
    rows = sync.factor_rows()
    for day in (date(2015, 1, 1), date(2021, 4, 1), date(2026, 3, 4)):
        for energy in library().energy_types():
            given_by_store = [
                row.factor_id
                for row in rows
                if row.energy_key == energy.key
                and row.valid_from <= day
                and (row.valid_until is None or day < row.valid_until)
            ]
            try:
                expected = [library().coal_equivalent_factor(energy.key, day).factor_id]
            except NenghaoError:
                expected = []
            assert given_by_store == expected, (energy.key, day)


def test_decisions_follow_the_lawful_order(yantai):
    def decide(status, reason=""):
        return decide_device(actor=ACTOR, now=NOW, device_id=yantai.device.device_id, status=status, reason=reason)

    with pytest.raises(NenghaoError, match="reason"):
        decide("refused")
    with pytest.raises(NenghaoError):
        decide("revoked", "x")
    assert decide("approved").status == "approved"
    with pytest.raises(NenghaoError):
        decide("approved")
    assert decide("revoked", "换设备").reason == "换设备"
    actions = AuditEntry.objects.filter(object_type="device").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["device-registered", "device-approved", "device-revoked"]


def test_device_key_is_sealed(yantai):
    device = Device.objects.get(pk=yantai.device.pk)
    assert len(bytes.fromhex(device.secret_key)) == 16
    assert device.secret_key not in device.sealed_secret_key
    assert device.secret_key not in str(list(AuditEntry.objects.values()))


def test_waiting_devices_are_bounded(yantai):
    with pytest.raises(NenghaoError, match="wait for approval"):
        for _device in range(MAX_PENDING_DEVICES + 1):
            register_device(actor=ACTOR, now=NOW, enterprise=yantai.enterprise)


def test_devices_page_decides(yantai, browse):
    client, path = browse(yantai.officer), f"/devices/{yantai.device.device_id}/decision/"
    refused = client.post(path, {"status": "refused", "reason": ""}, headers={"HX-Request": "true"})
    assert refused.status_code == 200
    assert "请填写理由" in refused.content.decode()
    approved = client.post(path, {"status": "approved"}, headers={"HX-Request": "true"})
    assert "<html" not in approved.content.decode()
    assert "已批准" in approved.content.decode()
    entry = AuditEntry.objects.get(action="device-approved")
    assert (entry.account, entry.before, entry.after) == (
        yantai.officer, {"status": "pending"}, {"status": "approved"}
    )  # fmt: skip


def test_energy_manager_does_not_decide(yantai, browse):
    answer = browse(yantai.manager).post(f"/devices/{yantai.device.device_id}/decision/", {"status": "approved"})
    assert answer.status_code == 403


@pytest.mark.parametrize("table", ["data-items", "processes", "equipment", "meters"])
def test_registers_are_shown_and_exported(table, yantai, browse):
    path = f"/enterprises/{yantai.enterprise.code}/registry/{table}/"
    client = browse(yantai.manager)
    assert "芝罘" in client.get(path).content.decode()
    assert client.get(f"{path}?format=xlsx")["Content-Type"].endswith("spreadsheetml.sheet")
    assert client.get(f"{path}?q=nothing-like-it&sort=-name&page=99").status_code == 200


def test_devices_page_asks_no_question_per_device(yantai, browse, django_assert_max_num_queries):
    for _device in range(MAX_PENDING_DEVICES - 1):
        register_device(actor=ACTOR, now=NOW, enterprise=yantai.enterprise)
    client = browse(yantai.officer)
    with django_assert_max_num_queries(10):
        assert client.get("/devices/").status_code == 200
