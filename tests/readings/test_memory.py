"""The store goes on in little memory: appended rows leave it, deleted rows let go of it, a shortage passes."""

from __future__ import annotations

import gc
import re
import threading
import time
import weakref
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from nenghao.errors import NenghaoError
from nenghao.periods import BEIJING, PeriodKind
from nenghao.readings import (
    ItemRow,
    ReadingBatch,
    ReadingStore,
    database,
    housekeeping,
    marks,
    memory,
    quality_marks,
    rollups,
    writer,
)
from nenghao.readings.energy import item_cells

DAY = date(2026, 3, 4)
ITEMS = 10_000
MIB = 2**20


def item(number: int) -> ItemRow:
    return ItemRow(
        id=number, data_code=f"{number}", enterprise_id=number // 100, energy_key="electricity", base_unit="kWh"
    )


def quarter(number: int, items: int = ITEMS) -> ReadingBatch:
    """One quarter-hour of every item; its value is 1."""
    start = np.datetime64(DAY, "s") + np.timedelta64(15 * 60 * number)
    return ReadingBatch(
        received_at=datetime(2026, 3, 5), data_item_id=np.arange(items), stat_type=np.zeros(items),
        period_start=np.full(items, start), value=np.ones(items), state=np.zeros(items), input_type=np.ones(items),
    )  # fmt: skip


def asked(store: ReadingStore, query: str) -> list[tuple]:
    with store.cursor() as cursor:
        return cursor.execute(query).fetchall()


def squeeze(store: ReadingStore) -> None:
    """Leave almost no memory; DuckDB refuses a limit while more is pinned, as at the end of a rollup pass."""
    give_up = time.monotonic() + 20
    while True:
        try:
            asked(store, "SET memory_limit = '1MB'")
        except duckdb.OutOfMemoryException:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return


def pinned_mb(store: ReadingStore) -> float:
    """Give the memory that stored tables hold [MiB]; what was written is evicted first by a limit that is small."""
    return asked(store, "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'BASE_TABLE'")[0][0] / MIB


def test_many_appended_rows_fit_without_a_rollup(tmp_path: Path) -> None:
    """The rollups rest: nothing but housekeeping brings rows and marks out of memory."""
    path, turns = tmp_path / "readings.duckdb", 40
    with ReadingStore.open(path, memory_mb=24) as store:
        store.put_items([item(number) for number in range(ITEMS)])
        store._rollups._paused = True  # as in loading(), but what waits is not rolled up at the end
        futures = [store.submit(quarter(number)) for number in range(turns)]
        assert [future.result(60) for future in futures] == list(range(1, turns + 1))
        assert asked(store, "SELECT count(*) FROM dirty_cell")[0][0] == ITEMS  # marked once, not in every turn
    with duckdb.connect(str(path), read_only=True) as connection:
        stored = connection.execute("SELECT count(*), count(DISTINCT (data_item_id, period_start)) FROM reading")
        assert stored.fetchall() == [(turns * ITEMS, turns * ITEMS)]


@pytest.fixture
def store(tmp_path: Path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as opened:
        opened.put_items([item(number) for number in range(200)])
        opened.submit(quarter(0, 200)).result(30)
        opened.rollup_pending()
        yield opened


def test_uploads_wait_for_memory_rather_than_fail(store: ReadingStore) -> None:
    squeeze(store)  # until the store makes room, and sets its own limit again
    assert store.submit(quarter(1, 200)).result(20) == 2
    assert asked(store, "SELECT count(*) FROM reading") == [(400,)]


def test_a_shortage_that_lasts_is_said_and_stores_nothing(store: ReadingStore, monkeypatch) -> None:
    monkeypatch.setattr(writer, "SHORTAGE_WAIT_S", 0.5)
    monkeypatch.setattr(store._writer, "_make_room", lambda: None)
    monkeypatch.setattr(
        store.housekeeping, "release", lambda: None
    )  # the rollups, too, ask for room and so for a limit
    squeeze(store)
    with pytest.raises(NenghaoError) as refused:
        store.submit(quarter(1, 20 * ITEMS)).result(20)  # several megabytes, whatever else is held just now
    assert refused.value.code == "store-busy"
    asked(store, "SET memory_limit = '200MB'")
    assert store.submit(quarter(2, 200)).result(20) == 2
    assert asked(store, "SELECT count(*), max(version) FROM reading") == [(400, 400)]
    store.rollup_pending()
    cells = item_cells(store, enterprise_ids=[0], kind=PeriodKind.DAY, start=DAY, end=DAY + timedelta(days=1))
    assert {cell.quantity for cell in cells} == {2.0}  # the refused group's marks did not count as set


def test_a_checkpoint_finds_memory_where_nothing_else_does(store: ReadingStore) -> None:
    """One that fails makes DuckDB refuse everything until the next start."""
    squeeze(store)
    store.checkpoint()
    assert store.submit(quarter(1, 200)).result(20) == 2


def test_a_refused_batch_is_let_go(store: ReadingStore, monkeypatch) -> None:
    """A ring of error, frames and batch would wait for the collector: gigabytes when many are refused."""
    monkeypatch.setattr(writer._log, "disabled", True)  # what pytest captures keeps the frames
    poison = quarter(1, 200)
    values = weakref.ref(poison.columns["value"])
    poison.columns["data_item_id"] = None  # what no check foresaw
    gc.collect()
    gc.disable()
    try:
        future = store.submit(poison)
        with pytest.raises(NenghaoError, match="could not be stored"):
            future.result(20)
        store.submit(quarter(2, 200)).result(20)  # the writer has gone on
        del future, poison
        assert values() is None
    finally:
        gc.enable()


def test_deleted_rows_let_go_of_memory_beside_steady_uploads(store: ReadingStore) -> None:
    asked(store, "CREATE TABLE large AS SELECT range AS number FROM range(3_000_000)")
    store.checkpoint()
    asked(store, "DELETE FROM large WHERE number % 3 = 0")
    held = pinned_mb(store)
    assert held > 20
    store.housekeeping.deleted(housekeeping.DELETED_ROWS)
    store.submit(quarter(1, 200)).result(30)  # the rollups are woken, and keep house
    waited = threading.Event()
    for _ in range(600):
        if pinned_mb(store) < held / 2:
            break
        waited.wait(0.1)
    assert pinned_mb(store) < held / 2
    assert asked(store, "SELECT count(*) FROM large") == [(2_000_000,)]


def test_opening_leaves_no_transaction_open(tmp_path: Path) -> None:
    """One that stays open keeps every row in memory that is deleted after it."""
    path = tmp_path / "readings.duckdb"
    ReadingStore.open(path).close()
    connection = database.open_database(path, 192)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE large AS SELECT range AS number FROM range(1_000_000)")
        cursor.execute("CHECKPOINT")
        cursor.execute("DELETE FROM large WHERE number % 3 = 0")
        cursor.execute("CHECKPOINT")
        left = cursor.execute("SELECT estimated_size FROM duckdb_tables() WHERE table_name = 'large'").fetchall()[0][0]
    connection.close()
    assert left < 1_000_000


def rows_of_day(store: ReadingStore) -> set[tuple]:
    return set(asked(store, "SELECT rowid, period_start FROM rollup_item WHERE period_kind = 'hour'"))


def test_a_pass_writes_only_the_cells_that_change(store: ReadingStore) -> None:
    for number in range(4, 40, 4):
        store.submit(quarter(number, 200)).result(30)
    store.rollup_pending()
    before = rows_of_day(store)
    store.submit(quarter(41, 200)).result(30)  # 10:15; a new hour
    store.submit(quarter(37, 200)).result(30)  # 9:15; an hour that changes
    store.rollup_pending()
    changed = {start.hour for _, start in rows_of_day(store) ^ before}
    assert changed == {9, 10}
    assert len(rows_of_day(store)) == 200 * 11


def test_a_reading_that_commits_during_a_pass_is_marked_again(store: ReadingStore, monkeypatch) -> None:
    whole, late = store._rollups._recompute, [quarter(1, 200), quarter(2, 200)]

    def beside(month: datetime) -> int:
        deleted = whole(month)
        if late:
            store.submit(late.pop()).result(30)  # after the pass has read, before it ends
        return deleted

    store._rollups._paused = True  # only the passes below
    monkeypatch.setattr(store._rollups, "_recompute", beside)
    store.submit(quarter(3, 200)).result(30)
    for _ in range(3):
        store.rollup_pending()
    assert not late
    assert asked(store, "SELECT count(*) FROM dirty_cell") == [(0,)]
    assert asked(store, "SELECT DISTINCT quantity FROM rollup_item WHERE period_kind = 'day'") == [(4.0,)]


@pytest.fixture
def beside(store: ReadingStore, monkeypatch):
    """Have a group sent at the moment in which marks were forgotten and the view of the file is not yet taken."""
    under_way = []

    def begin(connection: duckdb.DuckDBPyConnection) -> None:
        if not under_way:
            under_way.append(store.submit(quarter(2, 200)))
            time.sleep(0.3)  # long enough for it to be stored, were it let
        marks.begin_seeing(connection)

    store._rollups._paused = True  # only what the test asks for
    monkeypatch.setattr(rollups, "begin_seeing", begin)
    monkeypatch.setattr(quality_marks, "begin_seeing", begin)
    store.submit(quarter(1, 200)).result(30)
    return under_way


def test_a_group_that_comes_while_a_pass_begins_is_marked_or_seen(store: ReadingStore, beside) -> None:
    """Its mark must not be removed by a pass while the writer thinks that it still waits."""
    store.rollup_pending()
    beside[0].result(30)
    store.submit(quarter(3, 200)).result(30)
    store.rollup_pending()
    assert asked(store, "SELECT DISTINCT quantity FROM rollup_item WHERE period_kind = 'day'") == [(4.0,)]
    assert asked(store, "SELECT count(*) FROM dirty_cell") == [(0,)]


def test_a_group_that_comes_while_marks_are_noted_is_noted_then_or_later(store: ReadingStore, beside) -> None:
    now = datetime(2026, 3, 5, tzinfo=BEIJING)
    assert quality_marks.note_marks(store, now=now) == 200
    beside[0].result(30)
    store.submit(quarter(3, 200)).result(30)
    assert quality_marks.note_marks(store, now=now) == 200


def test_a_pass_writes_all_its_cells_however_many(tmp_path: Path) -> None:
    """More hours than a row group of DuckDB holds (122,880)."""
    with ReadingStore.open(tmp_path / "readings.duckdb") as store:
        store.put_items([item(number) for number in range(ITEMS)])
        store._rollups._paused = True  # one pass, below
        for hour in range(24):
            store.submit(quarter(4 * hour)).result(60)
        assert store.rollup_pending() == ITEMS
        kinds = "SELECT period_kind, count(*), sum(quantity) FROM rollup_item GROUP BY 1 ORDER BY 1"
        hours = 24 * ITEMS
        assert asked(store, kinds) == [
            ("hour", hours, hours),
            *((kind, ITEMS, hours) for kind in ("day", "month", "year")),
        ]


def test_no_table_that_a_query_makes_is_added_to() -> None:
    """DuckDB 2.0 gives back nothing of one that was made empty and then took more than a row group (see fresh.sql)."""
    texts = [path.read_text(encoding="utf-8") for path in Path(database.__file__).parent.glob("sql/**/*.sql")]
    made = {name for text in texts for name in re.findall(r"(?i)CREATE [A-Z ]*TABLE (\w+) AS", text)}
    added_to = {name for text in texts for name in re.findall(r"(?i)INSERT INTO (\w+)", text)}
    assert made and not made & added_to


@pytest.mark.parametrize(("error", "is_shortage"), [
    (duckdb.OutOfMemoryException("could not allocate"), True),
    (duckdb.TransactionException("Failed to commit: failed to pin block of size 256.0 KiB"), True),
    (duckdb.TransactionException("Conflict on tuple deletion"), False),
    (ValueError("Out of Memory"), False),
])  # fmt: skip
def test_a_shortage_is_told_from_other_failures(error: Exception, is_shortage: bool) -> None:
    assert memory.is_shortage(error) is is_shortage
