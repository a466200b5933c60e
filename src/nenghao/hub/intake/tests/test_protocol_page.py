"""Every example of ``docs/protocol.md``, sent to the hub in the order of the page and compared byte for byte.

What differs from run to run (identities, keys, versions, moments of the hub's clock) stands as :data:`VOLATILE`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from nenghao import protocol
from nenghao.hub.intake.snapshot import get_snapshot
from nenghao.hub.intake.tests.gateway import CODE, Gateway
from nenghao.hub.registry.models import Device
from nenghao.periods import BEIJING
from nenghao.protocol import messages, recovery
from nenghao.protocol.profile import OPERATIONS, Profile
from nenghao.protocol.signing import HEADERS, signed_headers

PAGE = (Path(__file__).parents[5] / "docs" / "protocol.md").read_text(encoding="utf-8")
VOLATILE = ("regVersion", "dicVersion", "serverTime", "version")
"""Fields of an answer whose value is not that of the page."""
JSON = "application/json;charset=UTF-8"


@dataclass
class Exchange:
    path: str
    headers: dict[str, str]
    body: bytes
    answer: str

    @property
    def operation(self):
        return self.path.rsplit("/", 1)[1]


def exchanges():
    blocks = re.findall(r"^```http\n(.*?)\n```$", PAGE, re.M | re.S)
    for request, response in zip(blocks[::2], blocks[1::2], strict=True):
        (line, *headers), body = head_and_body(request)
        (status, *kinds), answer = head_and_body(response)
        assert (status, kinds) == ("HTTP/1.1 200 OK", [f"Content-Type: {JSON}"])
        method, path, version = line.split(" ")
        assert (method, version) == ("POST", "HTTP/1.1")
        yield Exchange(path, dict(header.split(": ", 1) for header in headers), body.encode(), answer)


def head_and_body(block):
    head, body = block.split("\n\n", 1)
    return head.split("\n"), body


EXCHANGES = list(exchanges())
REGISTER, SHANDONG = (found for found in EXCHANGES if found.operation == "register")
DEVICE = msgspec.json.decode(REGISTER.answer)["deviceId"]
ENCRYPTED_DEVICE = msgspec.json.decode(SHANDONG.answer)["deviceId"]
SECRET = msgspec.json.decode(SHANDONG.answer)["secretKey"]
SIGNED = [found for found in EXCHANGES if HEADERS[0] in found.headers]


def masked(text):
    text = re.sub(rf'"({"|".join(VOLATILE)})":"[^"]*"', r'"\1":"…"', text)
    text = re.sub(r'("dicVersions":\{)[^}]*\}', r"\1…}", text)
    text = re.sub(r'("nextCursor":"\d+\.)\d+(\.\d+")', r"\1…\2", text)  # in the middle the hub's number of the item
    return re.sub(r'("uploadDate":")[^"]*(","scope":"1","valid":"[01]","state":"[a-z]*","unit")', r"\1…\2", text)


def test_every_operation_has_an_example():
    assert {found.operation for found in EXCHANGES} == set(OPERATIONS)


def test_the_examples_of_the_page_are_what_the_hub_answers(newcomer, settings, client):
    for found in EXCHANGES:
        settings.NENGHAO_PROFILE = "shandong" if found.path.startswith("/enterprise/") else "national"
        got = post(client, found)
        if found.operation == "register":
            become(got, found)
            got = got | msgspec.json.decode(found.answer)
            assert list(got) == list(msgspec.json.decode(found.answer))
            continue
        assert masked(msgspec.json.encode(got).decode()) == masked(found.answer), found.path


def post(client, found):
    """Send an example as it stands, over the address of the page's host."""
    extra = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in found.headers.items()}
    assert found.headers["Host"] == "hub.example"
    assert found.headers["Content-Type"] == JSON
    if found in SIGNED:
        return msgspec.json.decode(found.answer)  # its moment has passed: see the test of the signature
    response = client.post(found.path, found.body, content_type=JSON, **extra)
    assert response.status_code == 200
    return msgspec.json.decode(response.content)


def become(got, found):
    """Let the device that has just registered be the one of the page, approved."""
    wanted = msgspec.json.decode(found.answer)
    assert {name: text for name, text in got.items() if name.endswith("URL")} == {
        name: text for name, text in wanted.items() if name.endswith("URL")
    }
    assert (got["uploadTime"], set(got)) == (wanted["uploadTime"], set(wanted))
    device = Device.objects.get(device_id=got["deviceId"])
    device.device_id, device.status = wanted["deviceId"], "approved"
    device.secret_key = wanted.get("secretKey", "")
    device.save()
    get_snapshot().refresh()


def test_the_examples_of_the_page_are_what_the_builders_write():
    made = {
        "register": lambda b: protocol.build_register_request(CODE, b["region"], b["clientId"]),
        "loadConfig": lambda _b: protocol.build_load_config(DEVICE),
        "versionCheck": lambda _b: protocol.build_version_check(DEVICE),
        "downloadConfigData": lambda _b: protocol.build_config_download(DEVICE, CODE),
        "downloadData": lambda _b: protocol.build_data_download(
            DEVICE, CODE, start=moment("2026-03-04 00:00:00"), end=moment("2026-03-05 00:00:00"), stat_types=[0],
            limit=3,
        ),
        "downloadBaseData": lambda b: protocol.build_base_data_request(
            DEVICE, dictionaries=b["dictionaries"], versions=b["versions"]
        ),
        "uploadConfigData": config_upload, "uploadMeteringData": metering_upload, "uploadEnergyData": energy_upload,
    }  # fmt: skip
    for found in EXCHANGES:
        body = msgspec.json.decode(found.body)
        if found.operation != "uploadEnergyData" or len(body["data"][0]["dataCode"]) <= 20:
            assert made[found.operation](body) == found.body


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def read(kind, rows):
    return msgspec.convert(rows, list[kind])


def config_upload(body):
    return protocol.build_config_upload(
        DEVICE, CODE, items=read(messages.CollectItemConfig, body["collectItemConfig"]),
        enterprise=msgspec.convert(body["enterprise"], messages.EnterpriseInfo),
        group=msgspec.convert(body["group"], messages.GroupInfo),
        processes=read(messages.ProcessInfo, body["process"]),
        process_units=read(messages.ProcessUnitInfo, body["processUnit"]),
    )  # fmt: skip


def metering_upload(body):
    meters = read(messages.MeteringInfo, body["data"])
    return protocol.build_metering_upload(DEVICE, CODE, meters, Profile.load("national"))


def energy_upload(body):
    return protocol.build_energy_upload(
        read(messages.EnergyRecord, body["data"]), Profile.load("national"), secret_key="", device_id=DEVICE,
        enterprise_code=CODE, upload_date=moment(body["data"][0]["uploadDate"]), backlog=body.get("backlog"),
    )  # fmt: skip


def test_the_encrypted_example_is_what_the_builder_writes():
    found = next(e for e in EXCHANGES if e.path == "/enterprise/uploadEnergyData")
    body = msgspec.json.decode(found.body)
    plain = {key: protocol.sm4_decrypt_field(text, SECRET) for key, text in body["data"][0].items()}
    record = msgspec.convert(plain, messages.EnergyRecord)
    assert protocol.build_energy_upload(
        [record], Profile.load("shandong"), secret_key=SECRET, device_id=ENCRYPTED_DEVICE, enterprise_code=CODE,
        upload_date=moment(plain["uploadDate"]),
    ) == found.body  # fmt: skip


def test_the_signed_example_holds_by_another_implementation():
    key = re.search(r"`signKey` `([0-9a-f]{64})`", PAGE)[1]
    assert SIGNED
    for found in SIGNED:
        timestamp, nonce, signature = (found.headers[name] for name in HEADERS)
        lines = ["POST", found.path, timestamp, nonce, hashlib.new("sm3", found.body).hexdigest()]
        assert "\n".join(lines) in PAGE
        assert hmac.new(bytes.fromhex(key), "\n".join(lines).encode(), "sm3").hexdigest() == signature
        headers = signed_headers(key, found.path, found.body, now=int(timestamp), nonce=nonce)
        assert headers == {name: found.headers[name] for name in HEADERS}


def wire_names():
    for module in (messages, recovery):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                yield from ((kind.__name__, name) for name in kind.__struct_encode_fields__)


def test_every_field_and_every_key_of_a_profile_is_explained_on_the_page():
    text = set(re.findall(r"[A-Za-z_]+", "".join(re.findall(r"`[^`\n]+`", PAGE))))
    names = {(kind, name) for kind, name in wire_names() if name not in ("from", "until", "meters")}
    assert {(kind, name) for kind, name in names if name not in text} == set()
    assert set(Profile.__slots__) - text - {"name"} == set()


@pytest.mark.parametrize("name", ["client", "other"])
def test_a_gateway_that_only_read_the_page_gets_through(name, client, enterprise):
    """The page's own words for a resend: the same bytes again are taken again, and change nothing."""
    gateway = Gateway(client)
    answer = gateway.register(clientId=name)
    gateway.approve()
    bodies = [found for found in EXCHANGES if found.path == "/nhjc/uploadConfigData"]
    for _again in range(2):
        raw = bodies[0].body.replace(DEVICE.encode(), answer["deviceId"].encode())
        assert gateway.post("uploadConfigData", raw)["responseCode"] == "0"
