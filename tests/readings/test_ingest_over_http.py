"""A short run of the ingest measurement: real hub, real HTTP, and the file holds what was acknowledged."""

from datetime import datetime, timedelta

import duckdb
import pytest

from nenghao.cli.bench import ingest
from nenghao.cli.bench.ingest_load import ITEMS, QUARTERS, value_of
from nenghao.readings import ItemRow, ReadingBatch, ReadingStore

FIRST_DAY = datetime(2026, 3, 1)


def test_everything_acknowledged_is_stored():
    report = ingest.run(seconds=1, enterprises=3, connections=4)
    assert report["verified"]
    assert (report["errors"], report["readings"]) == (0, 200 * report["requests"])
    assert report["readings"] > 0


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
    plan = {"gateways": [{"enterprise_pk": 9}], "first_day": FIRST_DAY.isoformat()}
    assert bool(ingest._differences({"acknowledged": [(1, 0, 0, 200)]}, plan, stored)) == differs
