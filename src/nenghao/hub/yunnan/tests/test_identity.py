"""Working key, application, approval, token: who may speak, and who may not."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.utils import timezone

from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.registry.models import Device
from nenghao.hub.yunnan.models import AccessToken, Application, Picture, WorkingKey
from nenghao.hub.yunnan.tests.gateway import Gateway, record

ENERGY = "dataEnterpriseEnergy"


def test_the_working_key_stays_the_same_and_is_sealed(newcomer):
    key = newcomer.good("enterpriseInfo/rwk")["secretKey"]
    assert re.fullmatch(r"[0-9a-f]{16}", key)
    assert newcomer.good("enterpriseInfo/rwk", {"secretKey": ""})["secretKey"] == key
    assert key not in WorkingKey.objects.get().sealed_key


def test_an_application_waits_for_the_officer(newcomer, enterprise):
    index = newcomer.apply()
    device = Device.objects.get()
    assert (device.profile, device.status, device.name) == ("yunnan", "pending", "示范钢铁")
    assert 1610 <= int(f"{device.upload_time:%H%M}") < 1700
    form = Application.objects.get(data_index=index).form
    assert form["corporationName"] == "张三"
    assert not {"password", "license", "enterpriseCode"} & form.keys()
    assert bytes(Picture.objects.get(data_index=index, field="license").content).startswith(b"\x89PNG")
    assert newcomer.why("requestAK", {"password": newcomer.password()})[:2] == (403, "device-unapproved")
    assert newcomer.apply(address="烟台市2号") == index  # the same PIN is the same device, and the form is newer
    assert Application.objects.get().form["address"] == "烟台市2号"
    assert "135246" not in str(AuditEntry.objects.values_list("before", "after"))
    newcomer.approve()
    newcomer.apply(address="another's")  # not changed any more without a token
    assert Application.objects.get().form["address"] == "烟台市2号"


def test_a_token_as_the_field_table_says(newcomer):
    newcomer.apply()
    device = newcomer.approve()
    got = newcomer.request_token()
    assert len(got["token"]) <= 230
    ends = datetime.strptime(got["akExpiresIn"] + "000", "%Y-%m-%d %H:%M:%S %f")
    begins = datetime.strptime(got["akValidAt"] + "000", "%Y-%m-%d %H:%M:%S %f")
    assert ends - begins == timedelta(hours=2)
    assert got["enterpriseUploadTime"] == f"{device.upload_time:%H:%M:%S}"
    assert got["platformURL"] == "http://testserver/YNEnergy"
    assert got["token"] not in AccessToken.objects.get().digest


def test_another_pin_is_another_device_and_takes_nothing_over(gateway, client):
    thief = Gateway(client, pin="000000")
    thief.apply()
    assert Device.objects.count() == 2
    assert thief.why("requestAK", {"password": thief.password()})[:2] == (403, "device-unapproved")
    assert gateway.good("checkVersion")


def test_without_a_good_token_the_answer_is_401(gateway):
    for said in ("", "Bearer ", "Bearer x", "Basic x", "Bearer " + "0" * 64, "Bearer 令牌"):
        for path in ("checkVersion", ENERGY, "processConfigure/add", "companyContacter", "dataDownload"):
            assert gateway.why(path, record(), HTTP_AUTHORIZATION=said)[:2] == (401, "token-invalid")


def test_an_expired_token_is_401_and_a_new_one_works(newcomer, settings, readings):
    settings.NENGHAO_YUNNAN_TOKEN_S = 0
    newcomer.apply()
    newcomer.approve()
    newcomer.request_token()
    assert newcomer.why("checkVersion")[:2] == (401, "token-invalid")
    settings.NENGHAO_YUNNAN_TOKEN_S = 60
    newcomer.request_token()
    assert newcomer.good("checkVersion")
    assert AccessToken.objects.filter(expires_at__lte=timezone.now()).count() == 0  # the expired one is gone


def test_a_token_dies_with_its_device(gateway, readings):
    gateway.approve("revoked")
    assert gateway.why(ENERGY, record())[:2] == (403, "device-revoked")
    assert gateway.why("requestAK", {"password": gateway.password()})[:2] == (403, "device-revoked")
    assert readings() == []


def test_a_token_speaks_for_its_own_enterprise_alone(gateway, stranger, readings):
    assert gateway.why(ENERGY, record() | {"enterpriseCode": stranger.code})[:2] == (403, "enterprise-mismatch")
    assert gateway.why("checkVersion", {"enterpriseCode": ""})[:2] == (403, "enterprise-mismatch")
    assert readings() == []


def test_a_device_keeps_twenty_tokens(gateway):
    first = gateway.token
    for _ in range(20):
        gateway.request_token()
    assert AccessToken.objects.count() == 20
    gateway.token = first
    assert gateway.why("checkVersion")[:2] == (401, "token-invalid")


def test_wrong_pins_are_borne_ten_times_from_an_address(gateway, client):
    guesser = Gateway(client)
    answers = []
    for number in range(12):
        guesser.pin = f"{number:06d}"
        answers.append(guesser.why("requestAK", {"password": guesser.password()})[:2])
    assert answers == [(400, "pin-wrong")] * 10 + [(429, "pin-too-often")] * 2
    assert gateway.why("requestAK", {"password": "F" * 32}, REMOTE_ADDR="10.0.0.9")[1] == "pin-wrong"
    assert gateway.good("requestAK", {"password": gateway.password()}, REMOTE_ADDR="10.0.0.9")["token"]


def test_a_hundred_wrong_pins_lock_the_enterprise_but_not_its_own_address(gateway, client):
    guesser = Gateway(client, pin="000001")
    for number in range(101):
        guesser.why("requestAK", {"password": guesser.password()}, REMOTE_ADDR=f"10.0.1.{number}")
    assert gateway.why("requestAK", {"password": gateway.password()}, REMOTE_ADDR="10.0.2.1")[0] == 429
    assert gateway.request_token()["token"]  # the address that it registered from


def test_who_never_applied_is_told_so(newcomer):
    assert newcomer.why("requestAK", {"password": newcomer.password()})[:2] == (400, "not-applied")


def test_forms_and_open_calls_are_limited(newcomer, settings, monkeypatch):
    from nenghao.hub.yunnan import identity

    monkeypatch.setattr(identity.applications, "limit", 2)
    newcomer.apply()
    newcomer.apply()
    assert newcomer.why("enterpriseInfo/apply", newcomer.form())[:2] == (429, "calls-too-often")
    settings.NENGHAO_REGISTRATIONS_PER_MINUTE = 0
    for path in ("enterpriseInfo/rwk", "dataDownload/public", "requestAK"):
        body = {"password": "0" * 32, "itemIndex": "6"}
        assert newcomer.why(path, body)[:2] == (429, "calls-too-often")


def test_unknown_enterprises_are_refused(newcomer):
    body = newcomer.form() | {"enterpriseCode": "91370600MA3C0000ZZ"}
    for path in ("enterpriseInfo/rwk", "requestAK", "enterpriseInfo/apply"):
        assert newcomer.why(path, body)[:2] == (400, "enterprise-unknown")


def test_an_update_of_the_form_reaches_the_registry(gateway, enterprise, stranger):
    index = Application.objects.get(device__enterprise=enterprise).data_index
    form = gateway.form(address="新址", leadingProduct="特钢", groupName="大集团", groupAddress="北京")
    assert gateway.good("enterpriseInfo/update", form | {"dataIndex": index}) == {"dataIndex": index}
    enterprise.refresh_from_db()
    assert (enterprise.address, enterprise.leading_products, enterprise.group.name) == ("新址", "特钢", "大集团")
    assert stranger.why("enterpriseInfo/update", stranger.form() | {"dataIndex": index})[1] == "index-unknown"
    wrong = form | {"dataIndex": index, "energyConsumeLevel": "9"}
    assert gateway.why("enterpriseInfo/update", wrong) == (400, "code-malformed", "energyConsumeLevel")
