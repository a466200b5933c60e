"""What is marked and not yet taken up, so that nothing is marked twice.

The writer marks what its readings touch: (item, day) cells for the rollups, the same by statistic type for the checks.
A gateway that uploads every quarter of an hour touches the same cells again and again; a mark that still waits tells of
the later readings too. Whoever takes marks up forgets them here and begins its transaction under the same lock
(:func:`begin_seeing`): readings that it cannot see are marked anew.

Only a memory of the process: after a start, or where it has grown too large, cells are marked once more, which costs
room and is never wrong.
"""

from __future__ import annotations

import threading

import duckdb
import numpy as np
import numpy.typing as npt

DAY_BITS, STAT_BITS = 20, 2
"""Days since 1970 fit in 20 bits until the year 4840; an item, its day and the statistic type (0–3) pack into one
integer (a *place*), quick to sort."""
MOST_DAYS = 64
"""Days (by statistic type) remembered at once …"""
MOST_DAYS_OF_GROUP = 16
"""… a group of uploads that touches more is a history: it is marked as it comes …"""
MOST_ITEM = 1 << 23
"""… as are items with a larger number: a byte is kept for each below."""

Places = npt.NDArray[np.int64]


class WaitingMarks:
    """The places that are marked in the store and wait. Not thread-safe by itself: see :class:`Marks`.

    >>> marks = WaitingMarks(bits=20)
    >>> marks.unmarked(np.array([1 << 20, 2 << 20])).tolist() == [1 << 20, 2 << 20]
    True
    >>> marks.keep()
    >>> marks.unmarked(np.array([2 << 20, 3 << 20])).tolist() == [3 << 20]
    True
    """

    def __init__(self, *, bits: int) -> None:
        self._bits, self._mask = bits, (1 << bits) - 1
        self._marked: dict[int, npt.NDArray[np.bool_]] = {}
        self._offered: list[tuple[int, Places]] = []

    def unmarked(self, places: Places) -> Places:
        """Give the places that carry no mark yet; :meth:`keep` remembers them once they do."""
        self._offered = []
        days, items = places & self._mask, places >> self._bits
        if not len(places) or items[-1] >= MOST_ITEM or len(found := np.unique(days)) > MOST_DAYS_OF_GROUP:
            return places
        new = np.ones(len(places), dtype=np.bool_)
        for day in found.tolist():
            at = np.flatnonzero(days == day)
            marked = self._marked.get(day)
            if marked is not None:
                inside = at[items[at] < len(marked)]
                new[inside] = ~marked[items[inside]]
            self._offered.append((day, items[at]))
        return places[new]

    def keep(self) -> None:
        """Remember that what was asked for last is marked: its transaction is durable."""
        for day, items in self._offered:
            marked = self._marked.get(day)
            if marked is None or len(marked) <= items[-1]:
                grown = np.zeros(int(items[-1]) * 5 // 4 + 1024, dtype=np.bool_)
                grown[: 0 if marked is None else len(marked)] = False if marked is None else marked
                if marked is None and len(self._marked) >= MOST_DAYS:
                    self._marked.clear()
                self._marked[day] = marked = grown
            marked[items] = True
        self._offered = []

    def forget(self, places: Places) -> None:
        """The marks of these places are about to be taken up."""
        days, items = places & self._mask, places >> self._bits
        for day in np.unique(days).tolist():
            marked, taken = self._marked.get(day), items[days == day]
            if marked is not None:
                marked[taken[taken < len(marked)]] = False

    def clear(self) -> None:
        """All marks are about to be taken up."""
        self._marked.clear()


class Marks:
    """The waiting marks of a store. The writer holds the lock while it stores a group, a taker while it forgets."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.dirty = WaitingMarks(bits=DAY_BITS)
        """For the rollups: item and day."""
        self.unchecked = WaitingMarks(bits=DAY_BITS + STAT_BITS)
        """For the checks: item, day and statistic type."""

    def keep(self) -> None:
        """The group whose marks were asked for is durable."""
        self.dirty.keep()
        self.unchecked.keep()


def begin_seeing(connection: duckdb.DuckDBPyConnection) -> None:
    """Begin a transaction that sees what is committed now: DuckDB takes its view with the first look at the file.

    Under the lock of the marks, right after they were forgotten. Were a group stored between the two, its new marks
    would be seen and removed while they are still thought to wait, and later readings of its cells would mark nothing.
    """
    connection.begin()
    try:
        connection.execute("SELECT 1 FROM schema_version LIMIT 1").fetchall()
    except BaseException:
        connection.rollback()
        raise
