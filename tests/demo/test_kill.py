"""Edge and hub are killed at random moments of a demonstration: nothing acknowledged is lost, nothing is doubled."""

import contextlib
import csv
import random
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from nenghao.cli.demo import plant
from nenghao.cli.demo.run import Demo
from nenghao.cli.demo.timeline import Timeline

DAYS = 60
KILLS = 20
TOTAL = DAYS * (96 + 1) * 4
"""Quarter hours and days of four meters; the two months come on top."""


@pytest.fixture
def demo(tmp_path):
    made = Demo.prepare(tmp_path / "demo", Timeline.as_recorded(DAYS), port=0, profile="national")
    yield made
    made.stop()


def acknowledged(demo) -> int:
    """Count what the edge holds for acknowledged; 0 while its ledger does not exist yet."""
    ledger = demo.plant.folder / "edge.sqlite3"
    with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(connect(ledger)) as db:
        row = db.execute("SELECT value FROM destination_word WHERE key = 'readings_acknowledged'").fetchone()
        return int(row[0]) if row else 0
    return 0


def connect(ledger) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)


def approve_once(demo, done: list[str]) -> None:
    device_id = demo.status().get("device_id")
    if device_id and device_id not in done:
        demo.approve(device_id)
        done.append(device_id)


def wait(demo, edge, approved, condition, seconds=120.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, demo.status()
        approve_once(demo, approved)
        if edge.process.returncode not in (None, 0):
            edge.require_running()
        time.sleep(0.005)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_twenty_kills_lose_and_double_nothing(demo):
    dice, approved = random.Random(), []
    hub, edge = demo.start_hub(), demo.start_edge("--until-idle")
    killed = {"hub": 0, "edge": 0}
    for number in range(KILLS):
        goal = TOTAL * (number + dice.random()) / (KILLS + 1)
        wait(demo, edge, approved, lambda goal=goal: acknowledged(demo) >= goal)
        time.sleep(dice.random() * 0.05)
        victim = dice.choice(["hub", "edge"])
        killed[victim] += 1
        if victim == "hub":
            hub.kill()
            hub = demo.start_hub()
        else:
            edge.kill()
            edge = demo.start_edge("--until-idle")
    wait(demo, edge, approved, lambda: not edge.running(), 300.0)
    assert edge.process.returncode == 0
    assert sum(killed.values()) == KILLS
    demo.stop()
    compare_ledger_with_store(demo)
    compare_days_with_source(demo)


def compare_ledger_with_store(demo):
    """Every acknowledged reading is current in the store exactly once, with the value that the ledger holds."""
    with contextlib.closing(connect(demo.plant.folder / "edge.sqlite3")) as ledger:
        rows = ledger.execute(
            "SELECT data_code, stat_type, start_ms, value FROM outbox JOIN item USING (item_no) "
            "JOIN delivery USING (item_no, kind, start_ms) JOIN destination_kind USING (item_no, kind) WHERE status = 1"
        ).fetchall()
        assert ledger.execute("SELECT count(*) FROM delivery WHERE status <> 1").fetchone() == (0,)
    sent = {(code, stat, datetime.fromtimestamp(ms / 1000, UTC) + timedelta(hours=8)): v for code, stat, ms, v in rows}
    with duckdb.connect(str(demo.data_dir / "readings.duckdb"), read_only=True) as store:
        stored = store.execute(
            "SELECT i.data_code, r.stat_type, r.period_start, arg_max(r.value, r.version) "
            "FROM reading r JOIN data_item i ON i.id = r.data_item_id GROUP BY ALL"
        ).fetchall()
    kept = {(code, stat, start.replace(tzinfo=UTC)): value for code, stat, start, value in stored}
    assert len(sent) >= TOTAL
    assert kept.keys() == sent.keys()
    assert all(kept[key] == pytest.approx(sent[key], rel=1e-12, abs=1e-9) for key in sent)


def compare_days_with_source(demo):
    """Each day's electricity in the rollups is the sum of the day's 96 rows in the file."""
    with plant.RECORDING.open(encoding="utf-8-sig", newline="") as file:
        usage = [float(row["Usage_kWh"]) for row in csv.DictReader(file)]
    sums = [sum(usage[start : start + 96]) for start in range(0, DAYS * 96, 96)]
    days = demo.daily_electricity()
    assert [day["state"] for day in days] == ["measured"] * DAYS
    assert [day["electricity_kwh"] for day in days] == pytest.approx(sums, abs=1e-6)
