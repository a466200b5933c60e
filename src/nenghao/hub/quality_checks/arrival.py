"""The thread that looks at what arrived: woken by commits, one block at a time, newest first, resting in proportion.

Its state is the marks in the store alone: a killed process repeats a block, a second one finds what is left.
"""

from __future__ import annotations

import time
from datetime import datetime

from nenghao.hub.keeping import Keeper
from nenghao.hub.quality_checks.checking import check_arrived
from nenghao.periods import BEIJING
from nenghao.readings import ReadingStore
from nenghao.readings.quality_marks import next_block, note_marks

BLOCK_ITEMS = 10_000
"""Items looked at in one transaction: bounds the memory of a block."""


class ArrivalChecks(Keeper):
    """Looks at marked blocks for as long as the store is open.

    It rests after every block, not after the round: uploads keep more than four fifths of their throughput
    (`nenghao bench arrival`).
    """

    name = "quality-arrival"
    gather_s = 1.0
    rests_after_round = False

    def __init__(self, store: ReadingStore) -> None:
        super().__init__()
        self._store = store
        self.seconds = 0.0
        """Time spent on checks so far [s]."""
        store.on_commit(self.wake)
        self.start()

    def work(self) -> None:
        """Look at every marked block, until none is left or the store closes."""
        while self.goes_on():
            started = time.monotonic()
            if not check_next(self._store, now=datetime.now(BEIJING)):
                return
            spent = time.monotonic() - started
            self.seconds += spent
            self.rest(self.rest_share * spent)


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
