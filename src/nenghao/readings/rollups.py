"""Keeps the rollups true: takes the dirty (item, day) cells upward, set by set, each pass in one transaction.

Hour and day of the items touched, then their month and year, then the totals of their enterprises. A pass reads
readings, items and factors as of one instant and removes exactly the dirty cells it saw, so that a killed process
repeats the pass and a batch that commits meanwhile stays dirty.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from nenghao.readings.statements import statement

PASS_CELLS = 10_000
"""(item, day) cells per transaction: bounds the memory of a pass."""
LOAD_PASS_CELLS = 100_000
"""The same while a history is loaded and nothing else waits: a month of day records of a province in one pass."""
FEWEST_CELLS = 500
"""A pass that does not fit into DuckDB's memory is tried again with fewer cells, down to this."""
REST_S = 0.2
"""Between rounds; lets marks gather, so that a cell under steady arrival is not rolled up for every batch."""
REST_SHARE = 2.0
"""Rest at least this many times as long as the last round took: rollups use at most a third of one core."""
CHECKPOINT_WAL_BYTES = 48 * 2**20
"""Above this the log is written into the file, on the rollup thread."""

_PASS = ("owners_before", "drop_hours_and_days", "hours", "days")
_UPPER = (
    {"kind": "month", "part_kind": "day", "stat_type": 2},
    {"kind": "year", "part_kind": "month", "stat_type": 3},
)
_log = logging.getLogger(__name__)


class Rollups:
    """The rollup thread, its connection and the lock that keeps passes and changes of dimension apart."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        self._wal = path.with_name(path.name + ".wal")
        self.lock = threading.Lock()
        self._condition = threading.Condition()
        self._woken = True  # what an earlier process left
        self._closing = self._paused = False
        self.told: list[Callable[[], None]] = []
        """Called after every run that changed cells, on the thread that ran; they must return at once."""
        self._thread = threading.Thread(target=self._loop, name="readings-rollups")
        self._thread.start()

    def wake(self) -> None:
        """Tell that something was committed."""
        with self._condition:
            self._woken = True
            self._condition.notify_all()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let the thread rest; at the end everything that came meanwhile is rolled up here, in large passes."""
        with self._condition:
            self._paused = True
        try:
            yield
            self.run(LOAD_PASS_CELLS)
        finally:
            with self._condition:
                self._paused = False
                self._condition.notify_all()

    def close(self) -> None:
        """Stop after the running pass; what is still dirty is rolled up after the next opening."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()
        self._connection.close()

    def run(self, pass_cells: int = PASS_CELLS) -> int:
        """Roll up all that is dirty now, month by month; give the number of (item, day) cells.

        What commits meanwhile is left to the next run, so that this one ends and no month waits for another's arrivals.
        """
        done = 0
        for month, version in self._dirty_months():
            while not self._closing:
                try:
                    taken = self._pass(month, version, pass_cells)
                except duckdb.OutOfMemoryException:
                    if pass_cells <= FEWEST_CELLS:
                        raise
                    pass_cells = max(FEWEST_CELLS, pass_cells // 4)
                    _log.warning("a rollup pass did not fit into memory; going on with %d cells", pass_cells)
                    continue
                if not taken:
                    break
                done += taken
        for tell in self.told if done else ():
            tell()
        return done

    def checkpoint(self) -> None:
        """Write the log into the file; commits go on meanwhile."""
        with self.lock:
            self._connection.execute("CHECKPOINT")

    def _loop(self) -> None:
        while self._wait():
            started = time.monotonic()
            try:
                self.run()
                if self._wal.exists() and self._wal.stat().st_size > CHECKPOINT_WAL_BYTES:
                    self.checkpoint()
            except (duckdb.Error, OSError):
                _log.exception("rollup failed; its cells stay dirty")
            self._rest(max(REST_S, REST_SHARE * (time.monotonic() - started)))

    def _wait(self) -> bool:
        with self._condition:
            self._condition.wait_for(lambda: (self._woken and not self._paused) or self._closing)
            self._woken = False
            return not self._closing

    def _rest(self, seconds: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._closing, seconds)

    def _dirty_months(self) -> list[tuple[datetime, int]]:
        """Give the months with dirty cells of known items, newest first, and the newest version marked in each."""
        with self.lock:
            return self._connection.execute(statement("rollup/dirty_months")).fetchall()

    def _pass(self, month: datetime, version: int, cells: int) -> int:
        """Roll up at most ``cells`` cells of a month in one transaction; give their number."""
        with self.lock:
            self._connection.begin()
            try:
                taken, *days = self._take(month, version, cells)
                if taken:
                    self._recompute(month, *days)
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise
        return taken

    def _take(self, month: datetime, version: int, cells: int) -> tuple[Any, ...]:
        """Choose the cells of a pass; give their number and the half-open range of their days."""
        chosen = {"month": month, "version": version, "cells": cells}
        self._connection.execute(statement("rollup/take_cells"), chosen)
        self._connection.execute(statement("rollup/forget_cells"))
        return self._connection.execute(statement("rollup/taken")).fetchall()[0]

    def _recompute(self, month: datetime, start: datetime, until: datetime) -> None:
        days = {"start": start, "until": until}
        for name in _PASS:
            self._connection.execute(statement(f"rollup/{name}"), days)
        for level in _UPPER:
            self._connection.execute(statement("rollup/drop_upper"), {"kind": level["kind"], "month": month})
            self._connection.execute(statement("rollup/upper"), level | {"month": month})
        self._connection.execute(statement("rollup/owners"))
        year = month.replace(month=1)
        for level in (
            {"kinds": ["hour", "day"], "unit": "day", **days},
            {"kinds": ["month"], "unit": "month", "start": month, "until": month + timedelta(days=1)},
            {"kinds": ["year"], "unit": "year", "start": year, "until": year + timedelta(days=1)},
        ):
            self._connection.execute(statement("rollup/drop_enterprise"), level)
            self._connection.execute(statement("rollup/enterprise"), level)
        self._connection.execute(statement("accounts/mark_stale"))
