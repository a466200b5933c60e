"""Several platforms at once: each has its own profile, device, keys, state and pace."""

from __future__ import annotations

import time

import psutil
import pytest

from nenghao.edge.status import report, snapshot

from .conftest import ELECTRICITY, edge_process, steel_days, steel_meter
from .drive import DAY_MS, START_MS, Plant, destination, kwh
from .platform_double import Platform
from .test_upload import command


@pytest.fixture
def nation():
    made = Platform()
    made.device_id = "cd" * 16
    yield made
    made.close()


def second(nation, more=""):
    return f'\n[[destination]]\nid = "nation"\nslot = "immediately"\nregister_url = "{nation.url}/register"\n{more}\n'


def test_two_platforms_with_their_own_profiles(platform, nation, write_config):
    nation.secret_key = "0123456789abcdeffedcba9876543210"
    config = write_config(second(nation, 'profile = "shandong"') + steel_meter(60))
    process = edge_process(config, "--until-idle")
    most, of = 0, psutil.Process(process.pid)
    while process.poll() is None:
        most = max(most, of.memory_info().rss if of.is_running() else 0)
        time.sleep(0.05)
    assert process.returncode == 0, process.stderr.read()
    assert most < 150e6
    assert len(platform.records) == 60 * 97 + 2
    assert len(nation.records) == 60 * 25 + 2
    assert all(len(key) % 32 == 0 for key, _, _ in nation.records)
    got = platform.days_kwh(ELECTRICITY)
    assert all(abs(got[day] - float(total)) < 1e-6 for day, total in list(steel_days().items())[:60])
    out = command("status", "--config", str(config))[1]
    province, nationwide = (line.split() for line in out.splitlines() if line.startswith(("  province", "  nation")))
    assert province == [
        "province",
        "connected",
        "yes",
        "2018-03-01",
        "0",
        "0",
        "0",
        province[7],
        "immediately",
        "ab" * 16,
    ]
    assert nationwide[-1] == "cd" * 16


def test_one_that_is_away_and_one_that_is_slow_delay_no_other(platform, nation, tmp_path):
    nation.delay_s = 1.0
    away = destination(platform, "away").replace(platform.url, "http://127.0.0.1:1")
    plant = Plant.open(tmp_path, destination(platform) + destination(nation, "nation") + away)
    plant.count(START_MS, START_MS + 10 * DAY_MS)
    tried = plant.ledger.book("away")
    plant.upload(lambda: bool(tried.word("upload_state")) and not plant.ledger.book("province").has_pending())
    assert len(platform.records) == 970
    assert len(nation.records) < 970
    waiting = {each["id"]: each for each in snapshot(plant.plan, plant.ledger, plant.now_ms)["destinations"]}
    assert waiting["away"]["pending"] == 970
    assert waiting["away"]["upload_state"] == "waiting"
    assert (waiting["province"]["pending"], waiting["province"]["approved"]) == (0, True)


def test_one_that_refuses_keeps_its_own_state(platform, nation, tmp_path):
    nation.approved = False
    nation.unknown_codes = {"00-00-0000-023300-10"}
    plant = Plant.open(tmp_path, destination(platform) + destination(nation, "nation"))
    plant.count(START_MS, START_MS + DAY_MS)
    plant.upload(lambda: len(platform.records) == 97 and plant.ledger.book("nation").word("upload_state") == "refused")
    state = {each["id"]: each for each in snapshot(plant.plan, plant.ledger, plant.now_ms)["destinations"]}
    assert (state["province"]["approved"], state["nation"]["approved"]) == (True, False)
    nation.approved = True
    plant.upload()
    assert plant.ledger.book("nation").rejected_count() == 97
    assert plant.ledger.book("province").rejected_count() == 0
    text = report(plant.plan, plant.ledger, plant.now_ms)
    told = "nation 00-00-0000-023300-10 statType 0: 96 × data-code-unknown: 未知数据项 "
    assert told + "(2026-03-04 00:00 – 2026-03-04 23:45)" in text
    assert "province 00-00" not in text


def test_a_new_destination_gets_the_past_and_one_that_comes_back_what_it_missed(platform, nation, tmp_path):
    plant = Plant.open(tmp_path, destination(platform))
    plant.count(START_MS, START_MS + 3 * DAY_MS)
    plant.upload()
    plant.ledger.close()
    both = destination(platform) + destination(nation, "nation")
    plant = Plant.open(tmp_path, both)
    plant.upload()
    assert kwh(nation) == kwh(platform)
    assert platform.received == 3 * 97
    plant.ledger.close()
    plant = Plant.open(tmp_path, both.replace('id = "nation"', 'id = "nation"\nenabled = false'))
    plant.count(START_MS + 3 * DAY_MS, START_MS + 5 * DAY_MS)
    plant.upload()
    assert (len(platform.records), len(nation.records)) == (5 * 97, 3 * 97)
    plant.ledger.close()
    plant = Plant.open(tmp_path, both)
    device = plant.ledger.book("nation").word("client_id")
    plant.upload()
    assert kwh(nation) == kwh(platform)
    assert nation.received == 5 * 97
    assert plant.ledger.book("nation").word("client_id") == device


def test_what_no_destination_acknowledged_is_not_forgotten(platform, nation, tmp_path):
    plant = Plant.open(tmp_path, destination(platform) + destination(nation, "nation"))
    plant.count(START_MS, START_MS + DAY_MS)
    plant.upload(None, "province")
    plant.ledger.connection.execute("INSERT INTO sample VALUES (1, ?, 0, 0.0, 1)", (START_MS + 500 * DAY_MS,))
    old = len(plant.ledger.book("nation").pending(1000, newest_first=False))
    plant.ledger.prune(400)
    assert len(plant.ledger.book("nation").pending(1000, newest_first=False)) == old
    plant.upload()
    plant.ledger.prune(400)
    left = "SELECT COUNT(*) FROM {} WHERE start_ms < ?"
    for table in ("outbox", "delivery"):
        assert plant.ledger.connection.execute(left.format(table), (START_MS + 90 * DAY_MS,)).fetchone() == (0,)


def test_a_province_that_requires_two_destinations_is_told(platform, nation, tmp_path):
    told = []
    for one, other in (("sichuan", ""), ("national", ""), ("national", destination(nation, "nation"))):
        plant = Plant.open(tmp_path, destination(platform, more=f'profile = "{one}"') + other)
        told.append("requires two destinations, one is configured" in report(plant.plan, plant.ledger, plant.now_ms))
        plant.ledger.close()
    assert told == [False, True, False]


def test_another_length_of_real_time_rows_is_sent_from_the_ledger(platform, tmp_path):
    plant = Plant.open(tmp_path, destination(platform))
    plant.count(START_MS, START_MS + DAY_MS)
    plant.ledger.close()
    plant = Plant.open(tmp_path, destination(platform, more='slot = "immediately"\nrealtime = "hour"'))
    plant.upload()
    hours = [value for (_, stat, _), value in kwh(platform).items() if stat == "0"]
    assert hours == pytest.approx([4.0] * 24)
