"""A short run of the ingest measurement: real hub, real HTTP, and the file holds what was acknowledged."""

from datetime import datetime, timedelta

import duckdb
import pytest

from nenghao.cli.bench import endurance, ingest
from nenghao.cli.bench.ingest_load import value_of
from nenghao.cli.bench.ingest_seed import ITEMS
from nenghao.readings import ItemRow, ReadingBatch, ReadingStore

FIRST_DAY = datetime(2026, 3, 1)
QUARTERS = ingest.LARGE.quarters


def test_everything_acknowledged_is_stored_and_slow_is_said():
    report = ingest.run(seconds=1, enterprises=3, connections=4)
    for records in (200, 5):
        mode = report[f"records_{records}"]
        assert mode["verified"]
        assert (mode["errors"], mode["readings"]) == (0, records * mode["requests"])
        assert mode["readings"] > 0
    assert report["ok"] == (report["records_200"]["ok"] and report["records_5"]["ok"])


@pytest.mark.parametrize("change", [
    {"verified": False}, {"errors": 1}, {"readings_per_s": 99_999}, {"requests_per_s": 499}, {"p99_ms": 500.1},
])  # fmt: skip
def test_a_target_that_is_missed_is_not_ok(change):
    good = {"verified": True, "errors": 0, "readings_per_s": 100_000, "requests_per_s": 500, "p99_ms": 500.0}
    assert ingest.LARGE.reached(good)
    assert not ingest.LARGE.reached(good | change)


def test_a_short_endurance_run_stores_everything():
    report = endurance.run(devices=4, uploads=12, records=10, connections=3)
    assert (report["readings"], report["requests"], report["errors"]) == (480, 48, 0)
    assert report["verified"]


def test_the_endurance_check_sees_what_is_lost_doubled_or_changed(stored):
    sent = {(9, str(item)): (10, 10, sum(value_of(0, item, quarter) for quarter in range(10))) for item in range(ITEMS)}
    assert endurance._differences(stored, sent) == []
    for spoil in ("DELETE FROM reading WHERE version = 17", "INSERT INTO reading FROM reading WHERE version = 16"):
        with duckdb.connect(str(stored)) as connection:
            connection.execute(spoil)
        assert len(endurance._differences(stored, sent)) == 1


@pytest.fixture
def stored(tmp_path):
    """Store one upload as the load generator would have sent it."""
    path = tmp_path / "readings.duckdb"
    keys = [(item, quarter) for item in range(ITEMS) for quarter in range(QUARTERS)]
    with ReadingStore.open(path) as store:
        store.put_items(
            [
                ItemRow(id=item + 1, data_code=str(item), enterprise_id=9, energy_key="heat", base_unit="GJ")
                for item in range(ITEMS)
            ]
        )
        count = len(keys)
        batch = ReadingBatch(
            received_at=FIRST_DAY, enterprise_id=9, data_item_id=[item + 1 for item, _ in keys],
            stat_type=[0] * count, period_start=[FIRST_DAY + timedelta(minutes=15 * quarter) for _, quarter in keys],
            value=[value_of(0, *key) for key in keys], state=[0] * count, input_type=[1] * count,
        )  # fmt: skip
        store.submit(batch).result(10)
    return path


@pytest.mark.parametrize(
    ("spoil", "differs"),
    [
        ("SELECT 1", False),
        ("DELETE FROM reading WHERE version = 17", True),
        ("INSERT INTO reading FROM reading WHERE version = 17", True),
        ("UPDATE reading SET value = value + 1 WHERE version = 17", True),
        ("UPDATE reading SET batch_id = 2", True),
    ],
)
def test_the_comparison_sees_what_is_lost_doubled_or_changed(stored, spoil, differs):
    with duckdb.connect(str(stored)) as connection:
        connection.execute(spoil)
    plan = {
        "gateways": [{"enterprise_pk": 9}], "first_day": FIRST_DAY.isoformat(), "items": ITEMS, "quarters": QUARTERS,
    }  # fmt: skip
    assert bool(ingest._differences({"acknowledged": [(1, 0, 0, 200)]}, plan, stored)) == differs
