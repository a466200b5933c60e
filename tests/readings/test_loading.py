"""Loading a history: the rollups wait, and are the same as those made on the way."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from nenghao.readings import FactorRow, ItemRow, ReadingBatch, ReadingStore

FIRST, DAYS = date(2026, 1, 20), 40


def days(item: int, day: int) -> ReadingBatch:
    start = FIRST + timedelta(days=day)
    return ReadingBatch(
        received_at=datetime(2026, 3, 2), enterprise_id=item // 10, data_item_id=[item, item], stat_type=[1, 0],
        period_start=[np.datetime64(start, "s"), np.datetime64(start, "s")], value=[10.0 * item + day, 1.5],
        state=[0, 0], input_type=[4, 4],
    )  # fmt: skip


def prepare(store: ReadingStore) -> None:
    store.put_factors(
        [FactorRow(factor_id="f", energy_key="electricity", valid_from=date(2020, 1, 1), kgce_per_unit=0.1)]
    )
    store.put_items([
        ItemRow(id=item, data_code="c", enterprise_id=item // 10, energy_key="electricity", base_unit="kWh")
        for item in (10, 11, 20)
    ])  # fmt: skip


def rollups(store: ReadingStore) -> list[tuple]:
    """Give every cell; sums in another order differ in their last digit."""
    with store.cursor() as cursor:
        rows = cursor.execute("SELECT * FROM rollup_item ORDER BY ALL").fetchall()
        rows += cursor.execute("SELECT * FROM rollup_enterprise ORDER BY ALL").fetchall()
    return [tuple(round(cell, 9) if isinstance(cell, float) else cell for cell in row) for row in rows]


def waiting(store: ReadingStore) -> int:
    with store.cursor() as cursor:
        return cursor.execute("SELECT count(*) FROM dirty_cell").fetchall()[0][0]


def test_rollups_of_a_loaded_history_are_those_made_on_the_way(tmp_path: Path) -> None:
    with ReadingStore.open(tmp_path / "a.duckdb") as store:
        prepare(store)
        for day in range(DAYS):
            for item in (10, 11, 20):
                store.submit(days(item, day)).result(30)
        store.rollup_pending()
        expected = rollups(store)
    with ReadingStore.open(tmp_path / "b.duckdb") as store:
        with store.loading():
            prepare(store)
            for day in range(DAYS):
                for item in (10, 11, 20):
                    store.submit(days(item, day)).result(30)
            assert (rollups(store), waiting(store)) == ([], 3 * DAYS)  # durable, and nothing rolled up yet
        assert waiting(store) == 0
        assert rollups(store) == expected


def test_what_fails_while_loading_leaves_the_rollups_to_the_thread(tmp_path: Path) -> None:
    with ReadingStore.open(tmp_path / "a.duckdb") as store:
        prepare(store)
        with pytest.raises(ValueError, match="stopped"), store.loading():
            store.submit(days(10, 0)).result(30)
            raise ValueError("stopped")
        store.rollup_pending()
        assert waiting(store) == 0
        assert rollups(store)
