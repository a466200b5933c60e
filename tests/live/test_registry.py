"""Changes of the registry by commands in other processes, while a real hub serves: they count at once."""

from __future__ import annotations

import time

import pytest

from nenghao.readings import ReadingStore

from .test_intake import CODE, ITEM, RECORD, PlantHub

CHOOSE = f"""
from nenghao.hub.registry.totals import choose_total
choose_total(actor=actor, now=now, enterprise=Enterprise.objects.get(code="{CODE}"),
             data_code="{RECORD["dataCode"]}", counts=False, reason="test")
"""


@pytest.fixture
def hub(new_hub):
    live = new_hub(PlantHub).found()
    yield live
    live.stop()


@pytest.mark.xdist_group("live-hub")
def test_commands_count_at_once_and_reach_the_store_without_an_upload(hub):
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

    before = hub.log.read_text().count("data items reach the store")
    hub.script(CHOOSE)
    give_up = time.monotonic() + 60
    while hub.log.read_text().count("data items reach the store") == before:
        assert time.monotonic() < give_up, hub.log.read_text()
        time.sleep(0.1)
    hub.stop()
    with ReadingStore.open(hub.folder / "readings.duckdb") as store, store._connection.cursor() as cursor:
        assert cursor.execute("SELECT counts_in_total FROM data_item").fetchall() == [(False,)]
        assert cursor.execute("SELECT count(*) FROM rollup_enterprise").fetchall() == [(0,)]
