"""Bad input against a running hub: its own process, granian, sockets. Never HTTP 500, and the log knows it all."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from nenghao.cli.demo.hub_process import HubProcess
from nenghao.readings import ReadingStore

CODE = "91350100M000100Y43"
RECORD = {
    "dataCode": "00-00-0000-023300-10", "dataValue": "0.5", "inputType": "4", "statType": "0",
    "statDate": "2026-03-04 00:00:00", "uploadDate": "2026-03-05 09:00:00", "scope": "1", "valid": "1",
}  # fmt: skip
ITEM = {
    "name": "电", "processCode": "00", "processUnitCode": "00", "equipmentCode": "00", "equipmentUnitCode": "00",
    "energyClassCode": "02", "energyTypeCode": "3300", "dataUsageCode": "10", "inputType": "4", "statType": "0",
    "scope": "1",
}  # fmt: skip


class PlantHub(HubProcess):
    """A hub with an enterprise and its device."""

    device_id = ""

    def found(self):
        """Register the enterprise and serve."""
        self.command(
            "create-enterprise", CODE, "--name", "示范钢铁", "--region", "370600", "--industry", "C31", "--any-code"
        )
        return self.start()

    def connect(self):
        """Let the device register, approve it and take its configuration."""
        self.device_id = self.post("register", {"enterpriseCode": CODE, "region": "370600"})["deviceId"]
        self.command("approve-device", self.device_id)
        assert self.signed("uploadConfigData", collectItemConfig=[ITEM])["responseCode"] == "0"
        return self

    def signed(self, operation, **content):
        return self.post(operation, {"deviceId": self.device_id, "enterpriseCode": CODE} | content)


@pytest.fixture(scope="module")
def hub(new_hub):
    return new_hub(PlantHub).found().connect()


@pytest.mark.xdist_group("live-hub")
def test_bad_bodies_over_sockets(hub):
    codes = {
        "json-malformed": b"{",
        "body-not-utf8": "能耗".encode("gbk"),
        "message-type": b"[]",
        "field-missing": b"{}",
        "device-unknown": {"deviceId": "0" * 32, "enterpriseCode": CODE, "data": [RECORD]},
        "enterprise-mismatch": {"deviceId": hub.device_id, "enterpriseCode": "91" + "0" * 16, "data": [RECORD]},
    }
    for code, content in codes.items():
        answer = hub.post("uploadEnergyData", content)
        assert (answer["responseCode"], answer["rejected"][0]["code"]) == ("1", code)


@pytest.mark.xdist_group("live-hub")
def test_ten_megabytes_are_refused_in_the_protocols_form(hub):
    answer = hub.post("uploadEnergyData", b'{"deviceId":"' + b"x" * 10_000_000 + b'"}')
    assert (answer["responseCode"], answer["rejected"][0]["code"]) == ("1", "body-too-large")
    assert hub.signed("uploadEnergyData", data=[RECORD])["responseCode"] == "0"


@pytest.mark.xdist_group("live-hub")
def test_strange_requests(hub):
    def raw(request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", hub.port), timeout=60) as link:
            link.sendall(request)
            return b"".join(iter(lambda: link.recv(65536), b""))

    head = b"POST /nhjc/uploadEnergyData HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n"
    for request in (
        head + b"\r\n",
        head + b"Content-Length: 0\r\n\r\n",
        head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        head + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
        head.replace(b"Host: hub", b"Host: a b") + b"Content-Length: 2\r\n\r\n{}",
    ):
        answer = raw(request)
        assert b" 500 " not in answer.split(b"\r\n")[0]
        assert b'"responseCode":"1"' in answer or answer.startswith(b"HTTP/1.1 400"), answer[:200]


@pytest.mark.xdist_group("live-hub")
def test_many_at_once_and_all_of_it_is_in_the_store_afterwards(hub):
    def send(number):
        good = RECORD | {"statDate": f"2026-03-{number % 4 + 5:02d} {number // 4:02d}:15:00", "dataValue": str(number)}
        return hub.signed("uploadEnergyData", data=[good, RECORD | {"dataValue": "NaN"}])

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(80)))
    assert all((a["responseCode"], a["accepted"], len(a["rejected"])) == ("0", 1, 1) for a in answers)
    assert len({answer["batch"] for answer in answers}) == 80
    hub.stop()
    numbers = ",".join(str(answer["batch"]) for answer in answers)
    with ReadingStore.open(hub.folder / "readings.duckdb") as store, store._connection.cursor() as cursor:
        kept = cursor.execute(f"SELECT value FROM reading WHERE batch_id IN ({numbers}) ORDER BY 1").fetchall()
        refused = cursor.execute(f"SELECT code FROM rejection WHERE batch_id IN ({numbers})").fetchall()
    assert [value for (value,) in kept] == [1e4 * number for number in range(80)]
    assert refused == [("value-not-finite",)] * 80
