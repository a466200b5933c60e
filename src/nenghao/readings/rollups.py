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
from typing import Any

import duckdb
import numpy as np

from nenghao.readings.housekeeping import Housekeeping
from nenghao.readings.marks import DAY_BITS, Marks, begin_seeing
from nenghao.readings.memory import is_shortage
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
"""After every pass the thread rests this many times as long as it took: rollups use at most a third of one core, and
uploads never wait behind a whole round."""
RETRY_S = 5.0
"""After a failure."""

_UPPER = (
    {"kind": "month", "part_kind": "day", "stat_type": 2},
    {"kind": "year", "part_kind": "month", "stat_type": 3},
)
_log = logging.getLogger(__name__)


class Rollups:
    """The rollup thread and its connection; on its way it keeps house."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, marks: Marks, housekeeping: Housekeeping) -> None:
        self._connection, self._marks, self._housekeeping = connection, marks, housekeeping
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
                self._paused, self._woken = False, True
                self._condition.notify_all()

    def close(self) -> None:
        """Stop after the running pass; what is still dirty is rolled up after the next opening."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()
        self._connection.close()

    def run(self, pass_cells: int = PASS_CELLS, *, rest_share: float = 0.0) -> int:
        """Roll up all that is dirty now, month by month; give the number of (item, day) cells.

        What commits meanwhile is left to the next run, so that this one ends and no month waits for another's arrivals.
        ``rest_share``: how many times as long as each pass took to rest after it.
        """
        done = 0
        for month, version in self._dirty_months():
            while not self._closing:
                started = time.monotonic()
                try:
                    taken = self._pass(month, version, pass_cells)
                except duckdb.OutOfMemoryException:
                    if pass_cells <= FEWEST_CELLS:
                        raise
                    pass_cells = max(FEWEST_CELLS, pass_cells // 4)
                    _log.warning("a rollup pass did not fit into memory; going on with %d cells", pass_cells)
                    continue
                self._housekeeping.keep_small()
                if not taken:
                    break
                done += taken
                self._rest(rest_share * (time.monotonic() - started))
        for tell in self.told if done else ():
            tell()
        return done

    def _loop(self) -> None:
        while self._wait():
            try:
                self._housekeeping.keep_small()
                if not self._paused:
                    self.run(rest_share=REST_SHARE)
            except (duckdb.Error, OSError) as error:
                _log.exception("rollup failed; its cells stay dirty")
                self._after_failure(error)
            self._rest(REST_S)

    def _after_failure(self, error: Exception) -> None:
        """Try again later, whether or not something commits until then."""
        if is_shortage(error):
            self._housekeeping.release()
        self._rest(RETRY_S)
        self.wake()

    def _wait(self) -> bool:
        with self._condition:
            self._condition.wait_for(lambda: self._woken or self._closing)
            self._woken = False
            return not self._closing

    def _rest(self, seconds: float) -> None:
        if seconds:
            with self._condition:
                self._condition.wait_for(lambda: self._closing, seconds)

    def _dirty_months(self) -> list[tuple[datetime, int]]:
        """Give the months with dirty cells of known items, newest first, and the newest version marked in each."""
        with self._housekeeping.lock:
            return self._connection.execute(statement("rollup/dirty_months")).fetchall()

    def _pass(self, month: datetime, version: int, cells: int) -> int:
        """Roll up at most ``cells`` cells of a month in one transaction; give their number."""
        with self._housekeeping.lock:
            self._connection.execute(
                statement("rollup/take_cells"), {"month": month, "version": version, "cells": cells}
            )
            if not (taken := self._begin()):
                return 0
            try:
                deleted = self._delete("forget_cells", {})
                deleted += self._recompute(month)
                self._connection.commit()
            except BaseException:
                self._connection.rollback()
                raise
        self._housekeeping.deleted(deleted)
        return taken

    def _begin(self) -> int:
        """Begin the transaction of the chosen cells (the table ``touched``) and forget their marks; give their number.

        Both at once, as far as the writer can tell: a reading that this transaction does not see marks its cell anew,
        and a mark that it sees and removes is not thought to wait any more.
        """
        touched = self._connection.execute("SELECT data_item_id, day FROM touched").fetchnumpy()
        places = (touched["data_item_id"] << DAY_BITS) | touched["day"].astype("datetime64[D]").astype(np.int64)
        if len(places):
            with self._marks.lock:
                self._marks.dirty.forget(places)
                begin_seeing(self._connection)
        return len(places)

    def _recompute(self, month: datetime) -> int:
        """Make the cells anew and write those that came out differently; give the number of rows deleted."""
        start, until = self._connection.execute(statement("rollup/taken_days")).fetchall()[0]
        year = month.replace(month=1)
        days = {"kinds": ["hour", "day"], "unit": "day", "start": start, "until": until}
        months = {"kinds": ["month"], "unit": "month", "start": month, "until": month + timedelta(days=1)}
        years = {"kinds": ["year"], "unit": "year", "start": year, "until": year + timedelta(days=1)}
        span = {"start": start, "until": until}
        self._connection.execute(statement("rollup/owners"), span)  # before anything is written
        deleted = self._write(days, {"hours": span, "days": span})
        for level, asked in zip((months, years), _UPPER, strict=True):
            deleted += self._write(level, {"upper": asked | {"month": month}})
        for level in (days, months, years):
            deleted += self._delete("drop_enterprise", level)
            self._connection.execute(statement("rollup/enterprise"), level)
        self._connection.execute(statement("accounts/mark_stale"))
        return deleted

    def _write(self, level: dict[str, Any], computed: dict[str, dict[str, Any]]) -> int:
        """Compute the cells of a level as ``fresh``, bring ``rollup_item`` to them; give the number of rows deleted."""
        self._connection.execute(statement("rollup/fresh"))
        for name, asked in computed.items():
            self._connection.execute(statement(f"rollup/{name}"), asked)
        deleted = self._delete("drop_stale", level)
        inside = {name: level[name] for name in ("kinds", "start", "until")}
        self._connection.execute(statement("rollup/add_fresh"), inside)
        return deleted

    def _delete(self, name: str, parameters: dict[str, Any]) -> int:
        return int(self._connection.execute(statement(f"rollup/{name}"), parameters).fetchall()[0][0])
