"""Changes of the registry by commands in other processes, while a real hub serves: they count at once."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from nenghao.readings import ReadingStore

from .test_intake import CODE, ITEM, RECORD, LiveHub

CHOOSE = f"""
import django
django.setup()
from django.utils import timezone
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.registry.totals import choose_total
choose_total(actor=Actor.command("test"), now=timezone.now(), enterprise=Enterprise.objects.get(code="{CODE}"),
             data_code="{RECORD["dataCode"]}", counts=False, reason="test")
"""


@pytest.fixture
def hub(tmp_path):
    live = LiveHub(tmp_path)
    live.start()
    yield live
    live.stop()


@pytest.mark.xdist_group("live-hub")
def test_commands_count_at_once_and_reach_the_store_without_an_upload(hub, tmp_path):
    unknown = hub.post("register", {"enterpriseCode": "91370600MA3C000017", "region": "370600"})
    assert unknown["rejected"][0]["code"] == "enterprise-unknown"
    facts = ("--name", "新钢铁", "--region", "370600", "--industry", "C31", "--any-code")
    hub.command("create-enterprise", "91370600MA3C000017", *facts)
    assert hub.post("register", {"enterpriseCode": "91370600MA3C000017", "region": "370600"})["responseCode"] == "0"

    hub.device_id = hub.post("register", {"enterpriseCode": CODE, "region": "370600"})["deviceId"]
    assert hub.signed("uploadEnergyData", data=[RECORD])["rejected"][0]["code"] == "device-unapproved"
    hub.command("approve-device", hub.device_id)
    assert hub.signed("uploadConfigData", collectItemConfig=[ITEM])["responseCode"] == "0"
    assert hub.signed("uploadEnergyData", data=[RECORD])["accepted"] == 1

    environment = hub.environment | {"DJANGO_SETTINGS_MODULE": "nenghao.hub.settings"}
    before = (tmp_path / "log").read_text().count("data items reach the store")
    subprocess.run([sys.executable, "-c", CHOOSE], env=environment, check=True, timeout=120)
    give_up = time.monotonic() + 60
    while (tmp_path / "log").read_text().count("data items reach the store") == before:
        assert time.monotonic() < give_up, (tmp_path / "log").read_text()
        time.sleep(0.1)
    hub.stop()
    with ReadingStore.open(tmp_path / "readings.duckdb") as store, store._connection.cursor() as cursor:
        assert cursor.execute("SELECT counts_in_total FROM data_item").fetchall() == [(False,)]
        assert cursor.execute("SELECT count(*) FROM rollup_enterprise").fetchall() == [(0,)]
