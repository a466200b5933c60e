"""The thread that looks at what arrived: woken by commits, one block at a time, newest first, resting in proportion.

Its state is the marks in the store alone: a killed process repeats a block, a second one finds what is left.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime

import structlog
from django.db import close_old_connections, connections

from nenghao.hub.quality_checks.checking import check_arrived
from nenghao.periods import BEIJING
from nenghao.readings import ReadingStore
from nenghao.readings.quality_marks import next_block, note_marks

log = structlog.get_logger("nenghao.hub.quality_checks.arrival")

REST_SHARE = 7.0
"""Rest at least so many times as long as the last block took, so that uploads keep more than four fifths of their
throughput: `nenghao bench arrival`."""
GATHER_S = 1.0
"""Wait so long after a commit before looking: a gateway sends its items in several uploads, one look serves all."""
BLOCK_ITEMS = 10_000
"""Items looked at in one transaction: bounds the memory of a block."""
RETRY_S = 30.0
"""After a failure; the marks stay."""


class ArrivalChecks:
    """Looks at marked blocks for as long as the store is open."""

    def __init__(self, store: ReadingStore) -> None:
        self._store = store
        self._condition = threading.Condition()
        self._woken = True  # what an earlier process left
        self._closing = False
        self.seconds = 0.0
        """Time spent on checks so far [s]."""
        self._thread = threading.Thread(target=self._loop, name="quality-arrival", daemon=True)
        store.on_commit(self.wake)
        self._thread.start()

    def wake(self) -> None:
        """Tell that something was committed."""
        with self._condition:
            self._woken = True
            self._condition.notify_all()

    def close(self) -> None:
        """Stop after the block under way; what is marked is looked at after the next start."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()

    def _loop(self) -> None:
        try:
            self._work()
        finally:
            connections.close_all()

    def _work(self) -> None:
        while self._wait():
            self._rest(GATHER_S)
            try:
                self._look()
            except Exception as error:  # the database is away, or one block cannot be judged: the marks stay
                log.error("checks of what arrived failed", error=str(error), exc_info=True)
                self._rest(RETRY_S)
                self.wake()
            finally:
                close_old_connections()

    def _look(self) -> None:
        """Look at every marked block, until none is left or the store closes."""
        while not self._closing:
            started = time.monotonic()
            if not check_next(self._store, now=datetime.now(BEIJING)):
                return
            spent = time.monotonic() - started
            self.seconds += spent
            self._rest(REST_SHARE * spent)

    def _wait(self) -> bool:
        with self._condition:
            self._condition.wait_for(lambda: self._woken or self._closing)
            self._woken = False
            return not self._closing

    def _rest(self, seconds: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._closing, seconds)


def check_next(store: ReadingStore, *, now: datetime) -> bool:
    """Look at the newest marked block; tell whether there was one."""
    note_marks(store, now=now)
    mark = next_block(store, items=BLOCK_ITEMS)
    if mark is not None:
        check_arrived(store=store, mark=mark, now=now)
    return mark is not None


def check_all_arrived(store: ReadingStore, *, now: datetime) -> int:
    """Look at everything that is marked, without rest (commands, benches, tests); give the number of blocks."""
    done = 0
    while check_next(store, now=now):
        done += 1
    return done
