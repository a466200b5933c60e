"""The past of the real plant through ledger and wire, and what happens when the process is killed on the way."""

from __future__ import annotations

import json
import random
import signal
import time

import pytest

from .conftest import ELECTRICITY, edge_process, steel_days, steel_meter


def run_until_idle(config, *arguments, timeout=120):
    process = edge_process(config, "--until-idle", *arguments)
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, out + err


def check_days(platform, days):
    wanted = dict(list(steel_days().items())[:days])
    got = platform.days_kwh(ELECTRICITY)
    assert set(got) == set(wanted)
    assert all(abs(got[day] - float(kwh)) < 1e-6 for day, kwh in wanted.items())


def test_day_sums_are_the_file_s(platform, write_config, tmp_path):
    status = tmp_path / "status.json"
    run_until_idle(write_config(steel_meter(31)), "--status-json", str(status))
    check_days(platform, 31)
    state = json.loads(status.read_text())
    expected = 31 * 96 + 31 + 1
    assert len(platform.records) == expected
    assert state["readings_uploaded"] == state["readings_acknowledged"] == expected
    assert (state["pending"], state["history_rows_read"], state["history_rows_total"]) == (0, 2976, 2976)
    assert {r["state"] for r in platform.records.values()} == {"measured"}
    month = platform.records[ELECTRICITY, "2", "2018-01-01 00:00:00"]
    assert float(month["dataValue"]) * 1e4 == pytest.approx(float(sum(list(steel_days().values())[:31])), abs=1e-6)


@pytest.mark.chaos
def test_killed_at_random_moments(platform, write_config):
    config = write_config(steel_meter(60), edge="chunk_days = 1")
    chance = random.Random(5)
    for _ in range(5):
        process = edge_process(config, "--until-idle")
        time.sleep(chance.uniform(0.7, 1.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    run_until_idle(config)
    check_days(platform, 60)
    assert len(platform.records) == 60 * 96 + 60 + 2


def test_stops_gracefully(platform, write_config):
    process = edge_process(write_config(steel_meter(365), edge="chunk_days = 1"))
    while len(platform.records) < 100:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
