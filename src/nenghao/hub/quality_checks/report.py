"""What a run of the checks says in the end: slots by check and counts by enterprise, also when nothing is kept."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from nenghao.quality.run import FindingColumns
from nenghao.readings.quality_writes import Looked, counts_of

_RECORDS = ("due", "received", "on_time", "good", "unknown", "suspect", "fail", "missing", "estimated", "by_hand")
_STARTS = {1: "day_starts", 2: "month_starts"}


@dataclass(slots=True)
class CheckReport:
    """What the checks found in ``[start, end)``.

    ``slots`` counts the slots not found good by (enterprise, item, check, flag); ``counts`` holds per enterprise what
    the run itself can count, by the names of :class:`nenghao.quality.measures.Measures`: records, days, points, starts.
    """

    start: date
    end: date
    enterprises: int = 0
    blocks: int = 0
    findings: int = 0
    slots: dict[tuple[int, int, str, int], int] = field(default_factory=lambda: defaultdict(int))
    counts: dict[int, dict[str, float]] = field(default_factory=dict)
    _points: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _days: dict[str, set[tuple[int, int]]] = field(default_factory=lambda: defaultdict(set))

    def add(self, looked: Looked) -> None:
        """Count one block, the part of it that lies in the span."""
        self.blocks += 1
        self._add_findings(looked)
        columns = counts_of(looked)
        inside = (columns["day"] >= np.datetime64(self.start)) & (columns["day"] < np.datetime64(self.end))
        columns = {name: column[inside] for name, column in columns.items()}
        for name in _RECORDS:
            self._sum(f"records_{name}", columns["enterprise_id"], columns[name])
        stat_type = looked.block.stat_type
        if stat_type in _STARTS:
            self._sum(f"{_STARTS[stat_type]}_compared", columns["enterprise_id"], columns["received"])
            self._sum(f"{_STARTS[stat_type]}_aligned", columns["enterprise_id"], columns["aligned"])
        self._add_distinct(columns, daily=stat_type < 2)  # a month record puts no day on line

    def _add_findings(self, looked: Looked) -> None:
        found: FindingColumns = looked.checked.findings
        self.findings += len(found)
        traits = looked.block.traits
        rows = zip(
            traits.enterprise_id[found.item_row].tolist(), traits.item_id[found.item_row].tolist(),
            found.check_code.tolist(), found.flag.tolist(), (found.last_slot - found.first_slot + 1).tolist(),
            strict=True,
        )  # fmt: skip
        for *key, slots in rows:
            self.slots[tuple(key)] += slots  # type: ignore[index]

    def _sum(self, name: str, enterprise_ids: npt.NDArray, amounts: npt.NDArray) -> None:
        for number, amount in _by_key(enterprise_ids, amounts):
            mine = self.counts.setdefault(number, {})
            mine[name] = mine.get(name, 0) + amount

    def _add_distinct(self, columns: dict[str, npt.NDArray], *, daily: bool) -> None:
        """Count points and days once, however many series and blocks speak of them."""
        owners, items = columns["enterprise_id"], columns["data_item_id"]
        for name, told in (("points_due", columns["due"] > 0), ("points_received", columns["received"] > 0)):
            for owner, item in zip(owners[told].tolist(), items[told].tolist(), strict=True):
                self._once(name, self._points[name], item, owner)
        if not daily:
            return
        days = columns["day"].astype(np.int64)
        for name, told in (("days_due", columns["due"] > 0), ("days_online", columns["on_time"] > 0)):
            for owner, day in set(zip(owners[told].tolist(), days[told].tolist(), strict=True)):
                self._once(name, self._days[name], (owner, day), owner)

    def _once(self, name: str, seen: set, key: object, owner: int) -> None:
        if key not in seen:
            seen.add(key)
            mine = self.counts.setdefault(owner, {})
            mine[name] = mine.get(name, 0) + 1


def _by_key(keys: npt.NDArray, amounts: npt.NDArray) -> list[tuple[int, int]]:
    """Sum amounts by key."""
    if not len(keys):
        return []
    distinct, place = np.unique(keys, return_inverse=True)
    sums = np.bincount(place, weights=amounts)
    return list(zip(distinct.tolist(), sums.astype(np.int64).tolist(), strict=True))
