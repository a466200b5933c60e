"""What is acknowledged is on disk, once, whatever happens to the process."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from nenghao.errors import NenghaoError
from nenghao.periods import PeriodKind
from nenghao.readings import FactorRow, ItemRow, ReadingBatch, ReadingStore, writer
from nenghao.readings.energy import item_cells

SUBMITTER = Path(__file__).with_name("submitter.py")
START = datetime(2026, 3, 1)


def item(number: int, enterprise_id: int = 1) -> ItemRow:
    return ItemRow(
        id=number, data_code=str(number), enterprise_id=enterprise_id, energy_key="electricity", base_unit="kWh"
    )


def batch(rows: int, *, item_id: int = 1, first: int = 0) -> ReadingBatch:
    starts = [START + timedelta(minutes=15 * (first + i)) for i in range(rows)]
    return ReadingBatch(
        received_at=START, enterprise_id=1, data_item_id=[item_id] * rows, stat_type=[0] * rows, period_start=starts,
        value=[1.0] * rows, state=[0] * rows, input_type=[1] * rows,
    )  # fmt: skip


def counts(path: Path) -> dict[int, int]:
    """Give the number of readings by batch, read by another program."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return dict(connection.execute("SELECT batch_id, count(*) FROM reading GROUP BY ALL").fetchall())


def acknowledged_before_kill(path: Path, batches: int) -> dict[int, int]:
    """Run a process that submits, kill it at its n-th acknowledgement; give rows by batch as acknowledged."""
    process = subprocess.Popen([sys.executable, str(SUBMITTER), str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = {}
    for line in process.stdout:
        number, rows = map(int, line.split())
        acknowledged[number] = rows
        if len(acknowledged) == batches:
            process.send_signal(signal.SIGKILL)
    process.wait(30)
    return acknowledged


@pytest.mark.chaos
def test_every_acknowledged_batch_survives_kill_minus_nine(tmp_path):
    path = tmp_path / "readings.duckdb"
    acknowledged: dict[int, int] = {}
    for batches in (1, 40, 150):
        fresh = acknowledged_before_kill(path, batches)
        assert not fresh.keys() & acknowledged.keys()  # a number is never given twice
        acknowledged |= fresh
    with ReadingStore.open(path) as store:
        store.rollup_pending()
        stored = counts_open(store)
        assert {number: stored.get(number) for number in acknowledged} == acknowledged
        cells = item_cells(
            store, enterprise_ids=[1], kind=PeriodKind.YEAR, start=date(2026, 1, 1), end=date(2027, 1, 1)
        )
        assert sum(cell.quantity or 0 for cell in cells) == current_sum(store)


def counts_open(store: ReadingStore) -> dict[int, int]:
    with store._connection.cursor() as cursor:
        return dict(cursor.execute("SELECT batch_id, count(*) FROM reading GROUP BY ALL").fetchall())


def current_sum(store: ReadingStore) -> float:
    newest = "FROM reading QUALIFY version = max(version) OVER (PARTITION BY data_item_id, period_start)"
    with store._connection.cursor() as cursor:
        return cursor.execute(f"SELECT sum(value) FROM ({newest})").fetchall()[0][0]


def test_sixteen_threads(tmp_path):
    path = tmp_path / "readings.duckdb"
    with ReadingStore.open(path) as store:
        store.put_items([item(n) for n in range(16)])

        def send(number: int) -> list[int]:
            futures = [store.submit(batch(48, item_id=number, first=48 * i)) for i in range(20)]
            item_cells(store, enterprise_ids=[1], kind=PeriodKind.DAY, start=START.date(), end=date(2026, 4, 1))
            return [future.result(30) for future in futures]

        with ThreadPoolExecutor(16) as pool:
            numbers = [number for sent in pool.map(send, range(16)) for number in sent]
        store.rollup_pending()
        cells = item_cells(store, enterprise_ids=[1], kind=PeriodKind.DAY, start=START.date(), end=date(2026, 4, 1))
        assert len(cells) == 160
        assert {cell.quantity for cell in cells} == {96.0}
    assert sorted(numbers) == list(range(1, 321))
    assert counts(path) == dict.fromkeys(numbers, 48)


def test_a_poison_batch_fails_alone(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as store:
        poison = batch(2)
        poison.columns["data_item_id"] = None  # what no check foresaw
        futures = [store.submit(one) for one in (batch(3), poison, batch(4, first=3))]
        with pytest.raises(NenghaoError, match="could not be stored"):
            futures[1].result(10)
        first, last = futures[0].result(10), futures[2].result(10)
        assert counts_open(store) == {first: 3, last: 4}


def test_closing_drains_and_then_refuses(tmp_path):
    store = ReadingStore.open(tmp_path / "readings.duckdb")
    futures = [store.submit(batch(10, first=10 * i)) for i in range(50)]
    store.close()
    assert [future.result(0) for future in futures] == list(range(1, 51))
    with pytest.raises(NenghaoError) as refused:
        store.submit(batch(1))
    assert refused.value.code == "store-closed"
    assert sum(counts(tmp_path / "readings.duckdb").values()) == 500


def test_a_full_queue_pushes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "QUEUE_ROWS", 100)
    with ReadingStore.open(tmp_path / "readings.duckdb") as store:
        held = threading.Event()
        insert = store._writer._insert
        monkeypatch.setattr(store._writer, "_insert", lambda batches: held.wait(30) and insert(batches))
        first = store.submit(batch(60))
        while store._writer._rows:  # until the writer has taken it
            held.wait(0.001)
        second = store.submit(batch(100))
        with pytest.raises(NenghaoError) as refused:
            store.submit(batch(1), timeout_s=0.05)
        assert refused.value.code == "store-busy"
        held.set()
        assert (first.result(10), second.result(10), store.submit(batch(1)).result(10)) == (1, 2, 3)


def test_a_cancelled_batch_is_not_stored(tmp_path, monkeypatch):
    with ReadingStore.open(tmp_path / "readings.duckdb") as store:
        held = threading.Event()
        insert = store._writer._insert
        monkeypatch.setattr(store._writer, "_insert", lambda batches: held.wait(30) and insert(batches))
        first = store.submit(batch(3))
        while store._writer.waiting:  # until the writer has taken it
            held.wait(0.001)
        second, third = store.submit(batch(4)), store.submit(batch(5))
        assert second.cancel()
        held.set()
        assert (first.result(10), third.result(10)) == (1, 2)
        assert not first.cancel()
        assert counts_open(store) == {1: 3, 2: 5}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_ends_lets_nobody_wait(tmp_path, monkeypatch):
    with ReadingStore.open(tmp_path / "readings.duckdb") as store:
        held = threading.Event()

        def end(_group):
            held.wait(30)
            raise SystemExit

        monkeypatch.setattr(store._writer, "_commit_group", end)
        taken = store.submit(batch(1))
        while store._writer.waiting:  # until the writer has taken it
            held.wait(0.001)
        queued = store.submit(batch(2))
        held.set()
        for future in (taken, queued):
            with pytest.raises(NenghaoError) as failed:
                future.result(10)
            assert failed.value.code == "store-failed"
        with pytest.raises(NenghaoError) as refused:
            store.submit(batch(1))
        assert refused.value.code == "store-closed"
        assert counts_open(store) == {}


def test_the_file_has_one_owner_and_no_newer_schema(tmp_path):
    path = tmp_path / "readings.duckdb"
    ReadingStore.open(path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO schema_version VALUES (9999, now())")
    with pytest.raises(NenghaoError) as refused:
        ReadingStore.open(path)
    assert refused.value.code == "store-newer"
    code = (
        f"from pathlib import Path; from nenghao.readings import ReadingStore; ReadingStore.open(Path({str(path)!r}))"
    )
    with duckdb.connect(str(path)):
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "cannot be opened" in other.stderr


def test_a_backup_is_a_whole_store(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as store:
        store.put_items([item(1)])
        store.submit(batch(96)).result(10)
        store.rollup_pending()
        store.backup(tmp_path / "copy's.duckdb")
        with pytest.raises(NenghaoError, match="exists"):
            store.backup(tmp_path / "copy's.duckdb")
    with ReadingStore.open(tmp_path / "copy's.duckdb") as copy:
        copy.submit(batch(96, first=96)).result(10)
        copy.rollup_pending()
        cells = item_cells(copy, enterprise_ids=[1], kind=PeriodKind.DAY, start=START.date(), end=date(2026, 4, 1))
        assert [cell.quantity for cell in cells] == [96.0, 96.0]


def test_readings_wait_for_their_item(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as store:
        store.submit(batch(96)).result(10)
        assert store.rollup_pending() == 0
        store.put_items([item(1)])
        store.rollup_pending()
        assert item_cells(store, enterprise_ids=[1], kind=PeriodKind.DAY, start=START.date(), end=date(2026, 4, 1))


def test_the_rollup_thread_needs_no_asking(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as store:
        store.put_items([item(1)])
        store.submit(batch(96)).result(10)
        deadline = threading.Event()
        for _ in range(500):
            cells = item_cells(store, enterprise_ids=[1], kind=PeriodKind.DAY, start=START.date(), end=date(2026, 4, 1))
            if cells:
                break
            deadline.wait(0.02)
        assert cells[0].quantity == 96.0


def test_overlapping_factors_and_bad_columns_are_refused(tmp_path):
    rows = [
        FactorRow(
            factor_id=name, energy_key="heat", valid_from=date(2020, month, 1), kgce_per_unit=1.0, valid_until=until
        )
        for name, month, until in (("a", 1, date(2020, 3, 2)), ("b", 3, None))
    ]
    with ReadingStore.open(tmp_path / "readings.duckdb") as store, pytest.raises(NenghaoError) as refused:
        store.put_factors(rows)
    assert refused.value.code == "factor-overlap"
    with pytest.raises(NenghaoError, match="length"):
        ReadingBatch(received_at=START, data_item_id=[1])
    with pytest.raises(NenghaoError, match="infinite"):
        ReadingBatch(
            received_at=START,
            data_item_id=[1],
            stat_type=[0],
            period_start=[START],
            value=[float("inf")],
            state=[0],
            input_type=[1],
        )
