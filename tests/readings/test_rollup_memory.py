"""A pass that does not fit into memory is made smaller; nothing is left dirty."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import numpy as np
import pytest

from nenghao.periods import PeriodKind
from nenghao.readings import ItemRow, ReadingBatch, ReadingStore
from nenghao.readings.energy import item_cells

ITEMS = 3_000


@pytest.fixture
def store(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as opened:
        opened.put_items([
            ItemRow(id=n, data_code=f"{n}", enterprise_id=1, energy_key="electricity", base_unit="kWh")
            for n in range(1, ITEMS + 1)
        ])  # fmt: skip
        yield opened


def fill(store):
    items = np.arange(1, ITEMS + 1)
    batch = ReadingBatch(
        received_at=datetime(2026, 3, 5), data_item_id=items, stat_type=np.ones(ITEMS),
        period_start=np.full(ITEMS, np.datetime64("2026-03-04")), value=items * 1.0, state=np.zeros(ITEMS),
        input_type=np.ones(ITEMS),
    )  # fmt: skip
    store.submit(batch).result(30)


def test_a_pass_is_tried_again_with_fewer_cells(store, monkeypatch):
    whole, sizes = type(store._rollups)._pass, []

    def tight(self, month, version, cells):
        sizes.append(cells)
        if cells > 1_000:
            raise duckdb.OutOfMemoryException("as a store with too little memory would")
        return whole(self, month, version, cells)

    monkeypatch.setattr(type(store._rollups), "_pass", tight)
    with store.loading():
        fill(store)
    assert sizes[0] == 100_000 and min(sizes) == 500
    days = item_cells(store, enterprise_ids=[1], kind=PeriodKind.DAY, start=date(2026, 3, 4), end=date(2026, 3, 5))
    assert [cell.quantity for cell in days] == list(range(1, ITEMS + 1))


def test_memory_that_is_never_enough_is_an_error_and_the_cells_stay_dirty(store, monkeypatch):
    whole = type(store._rollups)._pass

    def full(self, month, version, cells):
        raise duckdb.OutOfMemoryException("never enough")

    store._rollups._paused = True  # its own thread would take some of the cells
    monkeypatch.setattr(type(store._rollups), "_pass", full)
    fill(store)
    with pytest.raises(duckdb.OutOfMemoryException):
        store.rollup_pending()
    monkeypatch.setattr(type(store._rollups), "_pass", whole)
    assert store.rollup_pending() == ITEMS
    days = item_cells(store, enterprise_ids=[1], kind=PeriodKind.DAY, start=date(2026, 3, 4), end=date(2026, 3, 5))
    assert len(days) == ITEMS
