"""The reading store of a process: one writer, one rollup thread, any number of readers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import duckdb
import numpy.typing as npt

from nenghao.readings import dimensions
from nenghao.readings.batches import FactorRow, ItemRow, ReadingBatch
from nenghao.readings.database import open_database
from nenghao.readings.housekeeping import Housekeeping
from nenghao.readings.marks import Marks
from nenghao.readings.memory import default_memory_mb
from nenghao.readings.quality_memo import MonthMemo
from nenghao.readings.results import rows_as
from nenghao.readings.rollups import Rollups
from nenghao.readings.statements import statement
from nenghao.readings.writer import SUBMIT_TIMEOUT_S, GroupWriter, Promise

Row = TypeVar("Row")


class ReadingStore:
    """Owns the DuckDB file; thread-safe. Open it with :meth:`open`, close it to drain what waits.

    >>> import tempfile
    >>> from datetime import datetime
    >>> with tempfile.TemporaryDirectory() as folder, ReadingStore.open(Path(folder) / "readings.duckdb") as store:
    ...     store.submit(ReadingBatch(received_at=datetime(2026, 3, 4), operation="register")).result()
    1
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, memory_mb: int) -> None:
        self.path = path
        self.quality_lock = threading.Lock()
        """Held by who writes the tables of data quality: one at a time."""
        self.account_lock = threading.Lock()
        """The same for the month accounts."""
        self.month_memo = MonthMemo()
        """Measures of months that are over; see :mod:`nenghao.readings.quality_memo`."""
        self.marks = Marks()
        """What is marked and waits for rollups and checks."""
        self.housekeeping = Housekeeping(
            connection.cursor(), path, memory_mb, marks=self.marks, others=(self.quality_lock, self.account_lock)
        )
        """Writes the log into the file; who deletes many rows tells it."""
        self._connection = connection
        self._rollups = Rollups(connection.cursor(), self.marks, self.housekeeping)
        self._committed: list[Callable[[], None]] = [self._rollups.wake]
        self._writer = GroupWriter(
            connection.cursor(), self.marks, committed=self._tell, make_room=self.housekeeping.release
        )

    @classmethod
    def open(cls, path: Path, *, memory_mb: int | None = None) -> ReadingStore:
        """Open or create the file; raises ``store-locked`` or ``store-newer``.

        ``memory_mb``: what DuckDB may use [MB]; else a share of the machine's memory.
        """
        memory_mb = memory_mb or default_memory_mb()
        return cls(open_database(path, memory_mb), path, memory_mb)

    def __enter__(self) -> ReadingStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Commit what waits, finish the running rollup, write everything into the file."""
        self._writer.close()
        self._rollups.close()
        self.housekeeping.close()
        self._connection.close()

    def submit(self, batch: ReadingBatch, timeout_s: float = SUBMIT_TIMEOUT_S) -> Future[int]:
        """Queue a batch; the future gives its number once it is durable. See :class:`GroupWriter`."""
        return self._writer.submit(batch, timeout_s)

    def put(self, batch: ReadingBatch, promise: Promise, timeout_s: float = SUBMIT_TIMEOUT_S) -> None:
        """Queue a batch and have ``promise`` told what became of it. See :class:`GroupWriter`."""
        self._writer.put(batch, promise, timeout_s)

    def on_commit(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called after every commit of readings, on the writer's thread: it must return at once."""
        self._committed.append(tell)

    def on_rollup(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called after rollups changed cells, on the rollup thread: it must return at once."""
        self._rollups.told.append(tell)

    def _tell(self) -> None:
        for tell in self._committed:
            tell()

    @property
    def waiting_batches(self) -> int:
        """Number of batches that wait for the writer."""
        return self._writer.waiting

    @property
    def last_batch_id(self) -> int:
        """Number of the newest durable batch."""
        return self._writer.last_batch_id

    def put_items(self, rows: Sequence[ItemRow]) -> None:
        """Insert or change data items; what a change touches is rolled up again."""
        with self.housekeeping.lock, self._connection.cursor() as cursor:
            dimensions.put_items(cursor, rows)
        self.month_memo.clear()
        self._rollups.wake()

    def put_factors(self, rows: Sequence[FactorRow]) -> None:
        """Replace all factors of the energies named in ``rows``; what a change touches is rolled up again.

        Raises ``factor-overlap`` when two factors of one energy hold on the same day.
        """
        with self.housekeeping.lock, self._connection.cursor() as cursor:
            dimensions.put_factors(cursor, rows)
        self.month_memo.clear()
        self._rollups.wake()

    def rollup_pending(self) -> int:
        """Roll up everything committed so far, on the calling thread; give the number of (item, day) cells."""
        return self._rollups.run()

    @contextmanager
    def loading(self) -> Iterator[None]:
        """Load a history: the rollups rest inside and are made at the end, each month once instead of night by night.

        Uploads are accepted and durable as ever; only their rollups wait. One thread at a time.
        """
        with self._rollups.paused():
            yield

    def checkpoint(self) -> None:
        """Write the log into the file now."""
        self.housekeeping.checkpoint()

    def backup(self, target: Path) -> None:
        """Write a consistent copy of the store to a new file while it is in use."""
        with self._connection.cursor() as cursor:
            dimensions.copy_to(cursor, target)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Give a cursor of its own, for the store's other modules; close it."""
        return self._connection.cursor()

    def rows(self, query: str, row_type: type[Row], /, **parameters: Any) -> tuple[Row, ...]:
        """Run ``sql/query/<query>.sql`` on a cursor of its own; columns become the fields of ``row_type``."""
        with self._connection.cursor() as cursor:
            return rows_as(cursor.execute(statement(f"query/{query}"), parameters), row_type)

    def columns(self, query: str, /, **parameters: Any) -> dict[str, npt.NDArray]:
        """Run ``sql/query/<query>.sql`` on a cursor of its own; give one array per column (masked where NULL)."""
        with self._connection.cursor() as cursor:
            return cursor.execute(statement(f"query/{query}"), parameters).fetchnumpy()
