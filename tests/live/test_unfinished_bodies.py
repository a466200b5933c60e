"""Bodies that never end: far more than there are threads, and every good upload and page still comes through."""

from __future__ import annotations

import socket
import time
import urllib.request

import pytest

from .test_intake import RECORD, PlantHub

HEAD = "POST /nhjc/uploadEnergyData HTTP/1.1\r\nHost: hub\r\nContent-Length: {}\r\n\r\n{{"


@pytest.fixture(scope="module")
def hub(new_hub):
    live = new_hub(PlantHub)
    live.options = ("--threads", "8")
    yield live.found().connect()
    live.stop()


def unfinished(hub, count, size):
    links = []
    for _ in range(count):
        link = socket.create_connection(("127.0.0.1", hub.port), timeout=30)
        link.sendall(HEAD.format(size).encode())
        links.append(link)
    return links


@pytest.mark.xdist_group("live-hub")
@pytest.mark.parametrize("size", [1000, 4_000_000])
def test_two_hundred_unfinished_bodies_do_not_stop_a_good_upload(hub, size):
    links = unfinished(hub, 200, size)
    try:
        time.sleep(1)
        for number in range(20):
            began = time.monotonic()
            answer = hub.signed("uploadEnergyData", data=[RECORD | {"dataValue": str(number)}])
            assert (answer["responseCode"], answer["accepted"]) == ("0", 1)
            assert time.monotonic() - began < 20
        assert hub.health()["status"] == "ok"
        with urllib.request.urlopen(f"{hub.url}/sign-in/", timeout=60) as page:
            assert page.status == 200
    finally:
        for link in links:
            link.close()
