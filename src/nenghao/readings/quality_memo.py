"""Measures of whole months (月度计量): computed once, and again when something of the month was written.

A trend of twelve months asks for the same eleven at every view. What is kept is the answer of a pure function; the
versions of the months are bumped by whoever writes ``quality_count``, and everything goes when items or factors change.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from nenghao.periods import month_after

ROWS_KEPT = 60_000
"""Rows kept over all answers, some 30 MB; the answers longest unused make room."""

Rows = Sequence[Any]
"""Measures, each with its ``month``."""
Key = tuple[frozenset[int], float, int]
"""The enterprises, the limit of comparison, and the newest batch where the month may still receive some (else 0)."""
Version = tuple[int, int]


def months_of(start: date, end: date) -> list[date]:
    """Give the first days of the months that meet ``[start, end)``.

    >>> months_of(date(2026, 11, 30), date(2027, 1, 1))
    [datetime.date(2026, 11, 1), datetime.date(2026, 12, 1)]
    """
    found, month = [], start.replace(day=1)
    while month < end:
        found.append(month)
        month = month_after(month)
    return found


class MonthMemo:
    """Thread-safe; one per store."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._versions: Counter[date] = Counter()
        self._epoch = 0
        self._rows: OrderedDict[tuple[Key, date], tuple[Version, Rows]] = OrderedDict()

    def touch(self, start: date, end: date) -> None:
        """Say that something of ``[start, end)`` was written."""
        with self._lock:
            self._versions.update(months_of(start, end))

    def clear(self) -> None:
        """Forget everything, and what is being computed now."""
        with self._lock:
            self._epoch += 1
            self._rows.clear()

    def rows(self, key: Key, months: Iterable[date], load: Callable[[date, date], Rows]) -> list[Any]:
        """Give the rows of the months, loading (``load(start, end)``, one call) those that are not known."""
        wanted = list(months)
        with self._lock:
            versions = {month: self._version(month) for month in wanted}
            found = {month: rows for month in wanted if (rows := self._known(key, month)) is not None}
        lacking = [month for month in wanted if month not in found]
        if lacking:
            loaded: dict[date, list[Any]] = {month: [] for month in lacking}
            for row in load(lacking[0], month_after(lacking[-1])):
                if row.month in loaded:
                    loaded[row.month].append(row)
            self._keep(key, loaded, versions)
            found |= loaded
        return [row for month in wanted for row in found[month]]

    def _known(self, key: Key, month: date) -> Rows | None:
        kept = self._rows.get((key, month))
        if kept is None or kept[0] != self._version(month):
            return None
        self._rows.move_to_end((key, month))
        return kept[1]

    def _version(self, month: date) -> Version:
        return self._epoch, self._versions[month]

    def _keep(self, key: Key, loaded: dict[date, list[Any]], versions: dict[date, Version]) -> None:
        with self._lock:
            for month, rows in loaded.items():
                self._rows[key, month] = (versions[month], rows)
            kept = sum(len(rows) for _version, rows in self._rows.values())
            while kept > ROWS_KEPT:
                _key, (_version, rows) = self._rows.popitem(last=False)
                kept -= len(rows)
