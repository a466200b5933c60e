"""Form tokens, cookies, secrets, and devices that reach for another enterprise's data; docs/security.md."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.test import Client

from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.models import DataItem, Device, Process
from nenghao.hub.registry.services import decide_device
from nenghao.readings.uploads import batch_page

from .conftest import NOW, PASSWORD
from .test_tenancy import ROUTES, fill, text_of

ITEM = {
    "name": "电", "processCode": "00", "processUnitCode": "00", "equipmentCode": "00", "equipmentUnitCode": "00",
    "energyClassCode": "02", "energyTypeCode": "3300", "dataUsageCode": "10", "inputType": "4", "statType": "0",
    "scope": "1",
}  # fmt: skip
RECORD = {
    "dataCode": "00-00-0000-023300-10", "dataValue": "0.5", "inputType": "4", "statType": "0",
    "statDate": "2026-03-04 00:00:00", "scope": "1", "valid": "1",
}  # fmt: skip


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "health"])
def test_every_page_refuses_a_form_without_token(route, yantai, browse):
    client = browse(yantai.officer, enforce_csrf_checks=True)
    answer = client.post(fill(route, yantai), {"status": "approved", "counts": "no", "reason": "x", "active": "0"})
    assert answer.status_code == 403, route
    yantai.device.refresh_from_db()
    assert yantai.device.status == "pending"


@pytest.mark.parametrize("tls", [True, False])
def test_cookies_are_out_of_the_reach_of_scripts_and_other_sites(yantai, settings, tls):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = tls
    client = Client()
    answer = client.post("/sign-in/", {"username": yantai.officer.username, "password": PASSWORD})
    assert answer.status_code == 302
    session = client.cookies["sessionid"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"
    assert bool(session["secure"]) == tls
    assert client.cookies["csrftoken"]["samesite"] == "Lax"
    assert "no-store" in client.get("/devices/").headers["Cache-Control"]


@pytest.mark.parametrize("end", ["closed", "password"])
def test_closing_an_account_or_a_new_password_ends_its_sessions(yantai, browse, end):
    client, account = browse(yantai.officer), yantai.officer
    assert client.get("/devices/").status_code == 200
    if end == "closed":
        account.is_active = False
    else:
        account.set_password("Another-5678-word")
    account.save()
    assert client.get("/devices/").status_code == 302


@pytest.fixture
def wire(client):
    def post(operation, device, code, **content):
        message = {"deviceId": device.device_id, "enterpriseCode": code, **content}
        answer = client.post(f"/nhjc/{operation}", json.dumps(message), content_type="application/json")
        return json.loads(answer.content)

    return post


def test_a_device_writes_to_its_own_enterprise_only(wire, yantai, jinan, store):
    decide_device(actor=Actor.command("test"), now=NOW, device_id=yantai.device.device_id, status="approved")
    own, other = yantai.enterprise, jinan.enterprise
    before = other.__class__.objects.filter(pk=other.pk).values().get()
    uploads = batch_page(store, enterprise_ids=[other.pk]).count
    for operation, content in (
        ("uploadEnergyData", {"data": [RECORD]}),
        ("uploadMeteringData", {"data": [{"meteringName": "x", "manageCode": "X"}]}),
        ("uploadConfigData", {"collectItemConfig": [ITEM | {"name": "篡改"}]}),
    ):  # fmt: skip
        answer = wire(operation, yantai.device, other.code, **content)
        assert (answer["responseCode"], answer["rejected"][0]["code"]) == ("1", "enterprise-mismatch")
    stolen = {"code": other.code, "name": "篡改", "typeCode": "1", "typeName": "x", "industryCode": "C31",
              "regionCode": "370100", "regionName": "x", "center": "true", "corporationCode": other.code,
              "jgzh": "true", "energyConsumeLevel": "1", "latitude": "1", "longitude": "1", "phone": "改"}  # fmt: skip
    answer = wire(
        "uploadConfigData", yantai.device, own.code, enterprise=stolen,
        process=[{"processCode": "05", "processName": "自有"}], collectItemConfig=[ITEM],
    )  # fmt: skip
    assert [r["code"] for r in answer["rejected"]] == ["enterprise-mismatch"]
    assert other.__class__.objects.filter(pk=other.pk).values().get() == before
    assert not DataItem.objects.filter(enterprise=other, name="篡改").exists()
    assert not Process.objects.filter(enterprise=other, code="05").exists()
    only_there = DataItem.objects.create(
        enterprise=other,
        data_code="00-00-0000-011500-10",
        class_code="01",
        type_code="1500",
        usage_code="10",
        name="气",
    )
    refused = wire(
        "uploadEnergyData", yantai.device, own.code, data=[RECORD | {"dataCode": only_there.data_code}, RECORD]
    )
    assert (refused["accepted"], refused["rejected"][0]["code"]) == (1, "data-code-unknown")
    assert batch_page(store, enterprise_ids=[other.pk]).count == uploads


def test_keys_are_in_no_page_export_log_or_trail(yantai, browse, wire, settings):
    from nenghao.hub.logs import configure

    said = io.StringIO()
    configure({"level": "DEBUG"})
    handler = logging.getLogger("nenghao").handlers[0]
    handler.setStream(said)
    try:
        secret = Device.objects.get(pk=yantai.device.pk).secret_key
        decide_device(actor=Actor.command("test"), now=NOW, device_id=yantai.device.device_id, status="approved")
        wire("uploadEnergyData", yantai.device, yantai.enterprise.code, data=[RECORD])
        wire("versionCheck", yantai.device, yantai.enterprise.code)
        client = browse(yantai.officer)
        for route in ROUTES:
            for query in ("", "?format=xlsx"):
                text = text_of(client.get(fill(route, yantai) + query))
                assert secret not in text
                assert yantai.device.sealed_secret_key not in text
    finally:
        configure(settings.LOGGING)
    for place in (said.getvalue(), str(list(AuditEntry.objects.values()))):
        assert secret not in place
        assert PASSWORD not in place
