"""Keeps what DuckDB holds in memory small: writes the log into the file, and now and then clears what was deleted.

Appended rows stay in memory until a checkpoint writes them into the file. Deleted ones cost 16 KiB for every 2,048 rows
among which one was deleted, cannot be moved to disk, and stay until a checkpoint finds no transaction that began before
the last commit. Under steady arrival there always is one; so a *clearing* stops the writer, the rollups and the checks
for a moment.

A checkpoint that finds no memory makes DuckDB give up the whole database until it is opened again. So each has a
reserve: the limit is raised while it runs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import duckdb

from nenghao.readings.marks import Marks

LOG_BYTES = 48 * 2**20
"""Above this the log is written into the file; commits go on meanwhile."""
DELETED_ROWS = 1_500_000
"""After so many a checkpoint clears; some 12 MB, where a whole part of a table was deleted, several times it else."""

OTHERS_WAIT_S = 2.0
"""How long a clearing waits for the checks, and for the month accounts."""
RESERVE_MB = 128
"""By which the limit is raised during a checkpoint."""

_log = logging.getLogger(__name__)


class Housekeeping:
    """Checkpoints of one store. ``lock`` keeps rollup passes, changes of dimension and checkpoints apart."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, memory_mb: int, *,
        marks: Marks, others: Sequence[threading.Lock],
    ) -> None:  # fmt: skip
        self.lock = threading.Lock()
        self._connection, self._log_file = connection, path.with_name(path.name + ".wal")
        self._marks, self._others = marks, others
        self._deleted = 0
        self._memory_mb = memory_mb

    def deleted(self, rows: int) -> None:
        """Tell that so many rows were deleted."""
        self._deleted += rows  # a lost update would only delay a clearing

    def keep_small(self) -> None:
        """Write the log into the file, or clear, where it is due. Not from inside a transaction."""
        if self._deleted >= DELETED_ROWS:
            self.clear()
        elif self._log_bytes() > LOG_BYTES:
            self.checkpoint()

    def checkpoint(self) -> None:
        """Write the log into the file; commits go on meanwhile."""
        with self.lock:
            self._checkpoint()

    def clear(self) -> None:
        """Write the log into the file while nothing else writes, so that DuckDB lets go of deleted rows.

        Who computes for long in one transaction is not waited for: then this is a checkpoint, and the next one clears.
        """
        with self.lock, ExitStack() as held:
            for lock in self._others:
                if lock.acquire(timeout=OTHERS_WAIT_S):
                    held.callback(lock.release)
            held.enter_context(self._marks.lock)  # last: uploads wait for the checkpoint alone
            self._deleted = 0
            self._checkpoint()

    def release(self) -> None:
        """Make room after a shortage of memory, as well as it goes; called by the writer, outside its transaction."""
        try:
            self.clear()
        except duckdb.Error:
            _log.exception("no room could be made in the reading store's memory")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _checkpoint(self) -> None:
        self._limit(self._memory_mb + RESERVE_MB)
        try:
            self._connection.execute("CHECKPOINT")
        finally:
            try:
                self._limit(self._memory_mb)
            except duckdb.OutOfMemoryException:  # more is in use just now; the next one lowers it
                _log.warning("the reading store keeps its reserve of memory until the next checkpoint")

    def _limit(self, memory_mb: int) -> None:
        self._connection.execute(f"SET memory_limit = '{memory_mb}MB'")

    def _log_bytes(self) -> int:
        try:
            return self._log_file.stat().st_size
        except FileNotFoundError:
            return 0
