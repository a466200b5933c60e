"""A decision that stands outranks later uploads; one that does not gives way to them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from nenghao.periods import BEIJING, PeriodKind
from nenghao.readings import ItemRow, ReadingBatch, ReadingStore
from nenghao.readings.energy import item_cells, reading_versions

SLOT = datetime(2026, 3, 4, 7, tzinfo=BEIJING)


@pytest.fixture
def store(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as opened:
        opened.put_items([ItemRow(id=7, data_code="x", enterprise_id=1, energy_key="electricity", base_unit="kWh")])
        yield opened


def put(store, value, **facts):
    return store.submit(ReadingBatch(
        received_at=datetime(2026, 3, 5), enterprise_id=1, data_item_id=[7], stat_type=[0],
        period_start=[SLOT.replace(tzinfo=None)], value=[value], state=[0], input_type=[4], **facts,
    )).result(30)  # fmt: skip


def hour(store):
    store.rollup_pending()
    cells = item_cells(store, enterprise_ids=[1], kind=PeriodKind.HOUR, start=date(2026, 3, 4), end=date(2026, 3, 5))
    return cells[0].quantity


def test_a_resend_does_not_undo_a_decision(store):
    put(store, 500.0)
    put(store, 12.5, source="correction", author="li", approved_by="wang", method="manual", reason="r", stands=True)
    put(store, 500.0)
    assert hour(store) == 12.5
    found = reading_versions(store, enterprise_ids=[1], data_item_id=7, stat_type=0, period_start=SLOT)
    assert [(v.value, v.source, v.method, v.approved_by) for v in found] == [
        (12.5, "correction", "manual", "wang"), (500.0, "upload", "", ""), (500.0, "upload", "", ""),
    ]  # fmt: skip


def test_a_later_decision_replaces_an_earlier_one(store):
    put(store, 500.0)
    put(store, 12.5, stands=True)
    put(store, 13.0, stands=True)
    assert hour(store) == 13.0


def test_a_stand_in_gives_way_to_a_measurement(store):
    put(store, 12.5, source="correction")
    put(store, 11.0)
    assert hour(store) == 11.0


def test_versions_go_on_where_they_were_after_a_decision(store, tmp_path):
    put(store, 1.0, stands=True)
    number = put(store, 2.0)
    store.close()
    with ReadingStore.open(tmp_path / "readings.duckdb") as again:
        assert put(again, 3.0) == number + 1
        found = reading_versions(again, enterprise_ids=[1], data_item_id=7, stat_type=0, period_start=SLOT)
        assert [v.version for v in found] == [(1 << 60) + 1, 3, 2]
