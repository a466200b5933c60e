"""Who may speak for a device: signatures, replays, rotation, rates, certificates, over the real endpoints."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.intake import guard
from nenghao.hub.intake.nonces import BUCKET_S, MAX_PER_SENDER, NonceMemory
from nenghao.hub.intake.snapshot import get_snapshot
from nenghao.hub.intake.tests.gateway import CODE, Gateway, item, record
from nenghao.hub.registry import keys
from nenghao.hub.registry.models import Device
from nenghao.hub.registry.services import decide_device
from nenghao.protocol import sm4_encrypt_field
from nenghao.protocol.signing import HEADERS, WINDOW_S, signed_headers
from nenghao.readings.uploads import batch_page

CLIENT_ID = "5f1c" * 8
ACTOR = Actor.command("test")
SLOW_GATEWAY = 200


class SigningGateway(Gateway):
    """Signs every call once it has a key; ``last`` is what it sent last, byte by byte."""

    sign_key, count = "", 0

    def register(self, **extra):
        answer = super().register(**{"clientId": CLIENT_ID, "signing": "hmac-sm3"} | extra)
        self.sign_key = answer.get("signKey", "")
        return answer

    def post(self, operation, message, offset_s=0, key=None, **extra):
        if operation == "register":
            return super().post(operation, message, **extra)
        body, path = json.dumps(message).encode(), f"{self.prefix}/{operation}"
        SigningGateway.count += 1
        sent = signed_headers(
            key or self.sign_key, path, body, now=time.time() + offset_s, nonce=f"{SigningGateway.count:032x}"
        )  # fmt: skip
        self.last = (operation, body, in_meta(sent))
        return super().post(operation, body, **self.last[2], **extra)

    def repeat(self, **changed):
        operation, body, headers = self.last
        return Gateway.post(self, operation, changed.pop("body", body), **headers | changed)

    @property
    def row(self):
        return Device.objects.get(device_id=self.device_id)


def in_meta(headers):
    return {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}


def settle():
    """Let the snapshot see what changed; outside of a test's transaction the commit tells it."""
    get_snapshot().refresh()


def code_of(answer):
    return answer["rejected"][0]["code"] if answer["responseCode"] == "1" else "ok"


@pytest.fixture
def signer(client, enterprise, monkeypatch):
    monkeypatch.setattr(guard, "nonces", NonceMemory(started_at=time.time() - 2 * WINDOW_S))
    gateway = SigningGateway(client)
    gateway.register()
    gateway.approve()
    assert gateway.configure(item())["responseCode"] == "0"
    return gateway


def unsigned(gateway, **content):
    return Gateway.post(gateway, "uploadEnergyData", gateway.signed(data=[record()]), **content)


def test_a_signed_upload_counts_once_and_no_byte_may_change(signer, readings):
    assert signer.upload(record("0.5"))["accepted"] == 1
    assert code_of(signer.repeat()) == "nonce-replayed"
    assert code_of(signer.repeat(body=signer.last[1].replace(b"0.5", b"0.9"))) == "signature-wrong"
    assert code_of(signer.repeat(HTTP_X_NENGHAO_NONCE="e" * 32)) == "signature-wrong"
    assert [row[3] for row in readings()] == [5000.0]


def test_from_the_first_signature_on_there_is_no_way_back(signer, client):
    assert signer.row.must_sign
    assert AuditEntry.objects.get(action="device-signature-required").object_key == signer.device_id
    assert code_of(unsigned(signer)) == "signature-missing"
    assert Gateway.post(signer, "versionCheck", {"deviceId": signer.device_id})["responseCode"] == "1"
    old = Gateway(client)  # a gateway that never asked for a key goes on without
    old.register(clientId="another gateway's text")
    old.approve()
    assert code_of(old.upload(record())) == "ok"


def test_modes(signer, client, settings):
    other = Gateway(client)
    assert "signKey" not in other.register(clientId="f" * 32)
    other.approve()
    settings.NENGHAO_SIGNATURES = "required"
    assert code_of(other.upload(record())) == "signature-missing"
    assert code_of(signer.upload(record())) == "ok"
    settings.NENGHAO_SIGNATURES = "off"
    assert code_of(other.upload(record())) == code_of(unsigned(signer)) == "ok"
    assert "signKey" not in SigningGateway(client).register(clientId="e" * 32)


@pytest.mark.parametrize(
    ("offset_s", "code"), [(-WINDOW_S + 5, "ok"), (WINDOW_S - 5, "ok"), (-2 * WINDOW_S, "timestamp-off")]
)
def test_the_clock_and_how_far_it_is_off(signer, offset_s, code):
    answer = signer.post("uploadEnergyData", signer.signed(data=[record()]), offset_s=offset_s)
    assert code_of(answer) == code
    if code != "ok":
        assert re.search(r" -6\d\d s off ", answer["rejected"][0]["messageEn"])  # and the time that the call took


def test_keys_go_to_who_holds_the_client_id(signer, client):
    again, stranger = SigningGateway(client), SigningGateway(client)
    assert again.register() == signer.register()
    foreign = stranger.register(clientId="guessed" * 5)
    assert foreign["deviceId"] != signer.device_id
    assert foreign["signKey"] != signer.sign_key
    assert "signKey" not in stranger.register(clientId="short")
    nameless = {"enterpriseCode": CODE, "region": "370600", "signing": "hmac-sm3"}
    assert "signKey" not in stranger.post("register", nameless)
    assert signer.row.keys_given == 3
    assert signer.sign_key not in str(list(AuditEntry.objects.values()))
    signer.register(signing="other")
    assert signer.row.keys_given == 3


def test_rotation_with_grace_and_without(signer):
    old, version = signer.sign_key, signer.post("versionCheck", {"deviceId": signer.device_id})["regVersion"]
    keys.rotate_keys(actor=ACTOR, now=timezone.now(), holder=signer.row, grace_hours=1, reason="yearly")
    assert signer.post("versionCheck", {"deviceId": signer.device_id}, key=old)["regVersion"] != version
    signer.register()
    assert signer.sign_key != old
    assert code_of(signer.upload(record())) == "ok"
    assert code_of(signer.post("uploadEnergyData", signer.signed(data=[]), key=old)) == "ok"
    device = signer.row
    device.previous_keys_until = timezone.now() - timedelta(seconds=1)
    device.save()
    settle()
    assert code_of(signer.post("uploadEnergyData", signer.signed(data=[]), key=old)) == "signature-wrong"
    assert code_of(signer.upload(record())) == "ok"
    keys.rotate_keys(actor=ACTOR, now=timezone.now(), holder=signer.row, grace_hours=0, reason="stolen")
    settle()
    assert code_of(signer.upload(record())) == "signature-wrong"
    signer.register()
    assert code_of(signer.upload(record())) == "ok"
    assert AuditEntry.objects.filter(action="device-keys-rotated").count() == 2


def test_a_revoked_device_is_out_at_once_and_is_given_no_keys(signer):
    assert code_of(signer.upload(record())) == "ok"
    decide_device(actor=ACTOR, now=timezone.now(), device_id=signer.device_id, status="revoked", reason="stolen")
    settle()
    assert code_of(signer.upload(record())) == "device-revoked"
    assert {"signKey", "secretKey"}.isdisjoint(Gateway.register(signer, clientId=CLIENT_ID, signing="hmac-sm3"))


def test_sm4_keys_rotate_with_both_accepted(client, enterprise, settings, readings):
    settings.NENGHAO_PROFILE = "shandong"
    gateway = Gateway(client, "/enterprise")
    old = gateway.register(clientId=CLIENT_ID)["secretKey"]
    gateway.approve()
    gateway.configure(item())

    def upload(key, value):
        return gateway.upload({name: sm4_encrypt_field(text, key) for name, text in record(value).items()})

    keys.rotate_keys(actor=ACTOR, now=timezone.now(), holder=Device.objects.get(), grace_hours=1)
    settle()
    new = gateway.register(clientId=CLIENT_ID)["secretKey"]
    assert new != old
    assert [upload(old, "0.1")["accepted"], upload(new, "0.2")["accepted"]] == [1, 1]
    Device.objects.update(previous_keys_until=timezone.now() - timedelta(seconds=1))
    Device.objects.get().save()
    settle()
    assert code_of(upload(old, "0.3")) == "decrypt-failed"
    assert [row[3] for row in readings()] == [2000.0]


def test_an_address_alone_is_given_the_identity_only_for_a_while(client, enterprise, settings):
    gateway = Gateway(client)
    first = gateway.register()["deviceId"]
    assert gateway.register()["deviceId"] == first
    Device.objects.update(registered_at=timezone.now() - timedelta(minutes=61))
    assert code_of(gateway.register()) == "registration-closed"
    keys.open_registration(actor=ACTOR, now=timezone.now(), holder=Device.objects.get(), minutes=30, reason="lost")
    assert gateway.register()["deviceId"] == first
    Device.objects.update(register_again_until=None)
    settings.NENGHAO_REGISTER_AGAIN_MINUTES = -1
    assert gateway.register()["deviceId"] == first


def test_rates_say_when_to_come_back_and_only_the_device_uses_them_up(signer, monkeypatch):
    keys.limit_rates(
        actor=ACTOR, now=timezone.now(), holder=signer.row, requests_per_minute=4, records_per_minute=3
    )  # fmt: skip
    settle()
    for _call in range(20):
        assert code_of(unsigned(signer)) == "signature-missing"
    # configure() came before the limit and weighs on it: the pace starts anew here
    monkeypatch.setattr(guard, "requests", guard.Pace())
    monkeypatch.setattr(guard, "records", guard.Pace())
    quarter = [record(when=f"2026-03-04 00:{minute}:00") for minute in ("00", "15", "30")]
    assert signer.upload(*quarter)["accepted"] == 3
    answer = signer.upload(record())
    assert code_of(answer) == "too-many-requests"
    assert 15 <= answer["retryAfter"] <= 21
    assert f"{answer['retryAfter']} s" in answer["rejected"][0]["mendEn"]
    assert [code_of(signer.upload()) for _call in range(3)] == ["ok", "ok", "too-many-requests"]


def test_refusals_are_logged_with_their_reason_and_the_log_is_bounded(signer, log, settings, store):
    settings.NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE = 3
    for _call in range(6):
        assert code_of(unsigned(signer)) == "signature-missing"
    entry, reasons = log()
    assert (entry.device_id, entry.operation) == (signer.row.pk, "uploadEnergyData")
    assert reasons == [(-1, "signature-missing")]
    page = batch_page(store, enterprise_ids=[signer.row.enterprise_id], only_with_rejections=True)
    assert page.count == 2  # the registration was the first of the three


@pytest.fixture
def proxied(client, enterprise, settings):
    """A gateway behind a proxy that hands its certificate over."""
    settings.NENGHAO_TRUSTED_PROXIES = ["127.0.0.1/32"]
    gateway = Gateway(client)
    gateway.register(clientId=CLIENT_ID)
    return gateway


def shown(fingerprint, **extra):
    return {"HTTP_CLIENT_CERT": fingerprint, "HTTP_CLIENT_CERT_SUBJECT": "CN=gateway", **extra}


def version(gateway, **headers):
    return code_of(gateway.post("versionCheck", {"deviceId": gateway.device_id}, **headers))


def test_a_certificate_is_bound_at_its_first_use_after_approval(proxied, settings):
    own, other = shown("AA:" * 31 + "AA"), shown("bb" * 32)
    assert version(proxied, **other) == "ok"
    assert not Device.objects.get().certificate_sha256
    proxied.approve()
    settle()
    assert [version(proxied), version(proxied, **own)] == ["ok", "ok"]
    settle()
    device = Device.objects.get()
    assert (device.certificate_sha256, device.certificate_subject) == ("aa" * 32, "CN=gateway")
    assert [version(proxied, **case) for case in (own, other, {}, shown("rubbish"))] == [
        "ok", "certificate-mismatch", "certificate-missing", "certificate-mismatch",
    ]  # fmt: skip
    assert version(proxied, **own, REMOTE_ADDR="10.0.0.9") == "certificate-missing"  # not from the proxy
    assert code_of(proxied.register(clientId=CLIENT_ID)) == "certificate-missing"
    keys.unbind_certificate(actor=ACTOR, now=timezone.now(), holder=device, reason="renewed")
    settle()
    assert version(proxied, **other) == "ok"
    settle()
    assert [version(proxied, **other), version(proxied, **own)] == ["ok", "certificate-mismatch"]
    settings.NENGHAO_CERTIFICATES = "off"
    assert version(proxied) == "ok"


def test_certificates_can_be_required(proxied, settings):
    settings.NENGHAO_CERTIFICATES = "required"
    assert version(proxied) == "certificate-missing"
    assert version(proxied, **shown("cc" * 32)) == "ok"


def test_the_bound_certificate_opens_registration_by_address(client, enterprise, settings):
    settings.NENGHAO_TRUSTED_PROXIES = ["127.0.0.0/8"]
    gateway, message = Gateway(client), {"enterpriseCode": CODE, "region": "370600"}
    own = shown("dd" * 32, HTTP_X_FORWARDED_FOR="203.0.113.7")
    device_id = gateway.post("register", message, **own)["deviceId"]
    gateway.device_id = device_id
    gateway.approve()
    settle()
    assert version(gateway, **own) == "ok"
    Device.objects.update(registered_at=timezone.now() - timedelta(days=1))
    assert gateway.post("register", message, **own)["deviceId"] == device_id
    assert code_of(gateway.post("register", message, **shown("ee" * 32, HTTP_X_FORWARDED_FOR="203.0.113.7"))) == (
        "certificate-mismatch"
    )
    assert gateway.post("register", message, HTTP_X_FORWARDED_FOR="203.0.113.8")["deviceId"] != device_id


def test_nonces_are_forgotten_only_when_their_time_cannot_come_again():
    memory, now = NonceMemory(started_at=0), 10_000
    assert memory.is_new("a", now + WINDOW_S, b"ahead", now=now)
    for later in range(0, 2 * WINDOW_S, 61):
        assert not memory.is_new("a", now + WINDOW_S, b"ahead", now=now + later)
    memory.is_new("b", now + 3 * WINDOW_S, b"x", now=now + 3 * WINDOW_S)
    assert memory.size == 1


def test_a_full_memory_refuses_the_old_rather_than_forgetting_it():
    memory, now = NonceMemory(started_at=0), 30_000
    assert memory.is_new("a", now - SLOW_GATEWAY, b"first", now=now)
    assert memory.is_new("b", now - SLOW_GATEWAY, b"first", now=now)
    for number in range(MAX_PER_SENDER + 1):
        assert memory.is_new("a", now + number % WINDOW_S, number.to_bytes(16, "big"), now=now)
    assert memory.size <= MAX_PER_SENDER + 2
    assert not memory.is_new("a", now - SLOW_GATEWAY, b"first", now=now)
    assert not memory.is_new("a", now - SLOW_GATEWAY, b"second", now=now)
    assert memory.is_new("b", now - SLOW_GATEWAY, b"second", now=now)  # another's flood does not reach it
    assert memory.is_new("a", now + BUCKET_S, b"third", now=now)


def test_after_a_start_what_was_signed_before_is_refused(signer, monkeypatch):
    signer.upload(record())
    monkeypatch.setattr(guard, "nonces", NonceMemory(started_at=time.time() + 1))
    assert code_of(signer.repeat()) == "nonce-replayed"
    assert set(HEADERS) == {"X-Nenghao-Timestamp", "X-Nenghao-Nonce", "X-Nenghao-Signature"}
