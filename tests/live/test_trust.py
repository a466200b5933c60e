"""Trust against a real hub: keys by the registration, replay over the network, rotation and revocation by commands,
and client certificates through a real TLS proxy with certificates of a real CA."""

from __future__ import annotations

import json
import secrets
import ssl
import time
import urllib.request
from urllib.parse import quote

import pytest

from nenghao.protocol.signing import signed_headers

from .test_intake import CODE, ITEM, RECORD, PlantHub
from .tls import TlsProxy, issue

CLIENT_ID = "0123456789abcdef" * 2


@pytest.fixture
def hub(new_hub):
    live = new_hub(PlantHub, NENGHAO_TRUSTED_PROXIES="127.0.0.1").found()
    yield live
    live.stop()


@pytest.fixture
def proxy(hub, tmp_path):
    authority = issue(tmp_path, "ca")
    for name in ("server", "gateway", "neighbour"):
        issue(tmp_path, name, authority)
    serving = TlsProxy(tmp_path, hub.port)
    yield serving
    serving.close()


class Caller:
    """Calls the hub, signed once it has a key, through the proxy once it has one."""

    def __init__(self, hub, folder):
        self.hub, self.folder, self.proxy, self.certificate, self.key = hub, folder, None, "", ""

    def post(self, operation, message, headers=None, certificate=None):
        body, path = json.dumps(message).encode(), f"/nhjc/{operation}"
        if headers is None:
            signs = self.key and operation != "register"
            headers = (
                signed_headers(self.key, path, body, now=time.time(), nonce=secrets.token_hex(16)) if signs else {}
            )
        self.last = headers
        certificate = self.certificate if certificate is None else certificate
        address, context = f"http://127.0.0.1:{self.hub.port}", None
        if self.proxy:
            address = f"https://127.0.0.1:{self.proxy.port}"
            context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
            if certificate:
                context.load_cert_chain(self.folder / f"{certificate}.pem", self.folder / f"{certificate}.key")
        request = urllib.request.Request(address + path, body, {"Content-Type": "application/json", **headers})
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            got = json.load(answer)
        return got["rejected"][0]["code"] if got["responseCode"] == "1" else got

    def register(self, **extra):
        message = {"enterpriseCode": CODE, "region": "370600", "clientId": CLIENT_ID, "signing": "hmac-sm3"}
        got = self.post("register", message | extra)
        self.device_id, self.key = got["deviceId"], got["signKey"]
        return got

    def upload(self, **options):
        message = {"deviceId": self.device_id, "enterpriseCode": CODE, "data": [RECORD]}
        return self.post("uploadEnergyData", message, **options)


@pytest.mark.xdist_group("live-hub")
def test_keys_replay_rotation_and_certificates_of_a_real_hub(hub, proxy, tmp_path):
    caller = Caller(hub, tmp_path)
    first = caller.register()
    assert caller.register()["signKey"] == first["signKey"]
    hub.command("approve-device", caller.device_id)
    configured = {"deviceId": caller.device_id, "enterpriseCode": CODE, "collectItemConfig": [ITEM]}
    assert caller.post("uploadConfigData", configured)["responseCode"] == "0"

    assert caller.upload()["accepted"] == 1
    assert caller.upload(headers=caller.last) == "nonce-replayed"
    assert caller.upload(headers={}) == "signature-missing"

    hub.command("rotate-key", caller.device_id, "--grace-hours", "1")
    old = caller.key
    assert caller.upload()["accepted"] == 1
    assert caller.register()["signKey"] != old
    assert caller.upload()["accepted"] == 1
    hub.command("rotate-key", caller.device_id, "--grace-hours", "0", "--reason", "stolen")
    settle(lambda: caller.upload() == "signature-wrong")
    caller.register()
    assert caller.upload()["accepted"] == 1

    caller.proxy, caller.certificate = proxy, "gateway"
    assert caller.upload()["accepted"] == 1  # bound by this
    assert caller.upload(certificate="neighbour") == "certificate-mismatch"
    assert caller.upload(certificate="") == "certificate-missing"
    forged = signed_forgery(caller, (tmp_path / "gateway.pem").read_text())
    assert caller.upload(certificate="neighbour", headers=forged) == "certificate-mismatch"
    assert caller.upload()["accepted"] == 1

    hub.command("revoke-device", caller.device_id, "--reason", "stolen")
    settle(lambda: caller.upload() == "device-revoked")


def signed_forgery(caller, pem):
    """A good signature, and the device's certificate written into the header by the caller."""
    message = {"deviceId": caller.device_id, "enterpriseCode": CODE, "data": [RECORD]}
    body = json.dumps(message).encode()
    sent = signed_headers(
        caller.key, "/nhjc/uploadEnergyData", body, now=time.time(), nonce=secrets.token_hex(16)
    )  # fmt: skip
    return sent | {"Client-Cert": quote(pem)}


def settle(holds, seconds=60):
    """Wait for what another process changed: the hub looks once a second."""
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.1)
