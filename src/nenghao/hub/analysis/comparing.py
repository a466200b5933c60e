"""Comparisons and contributions, pure: month on month (环比), year on year (同比), cumulative (累计), LMDI.

Changes are like for like: only rows (enterprises) that are known in both periods are compared, so that who joins or
falls silent moves no rate. Totals add all that is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from nenghao.accounting.decomposition import Groups, intensity_change, lmdi
from nenghao.hub.analysis.facts import Facts, Flags, Numbers


class Against(StrEnum):
    """With what the month is compared."""

    YEAR = "year"
    """同比: the same month of the year before."""
    MONTH = "month"
    """环比: the month before."""
    CUMULATIVE = "cumulative"
    """累计同比: January to the month, with the same months of the year before."""


@dataclass(frozen=True, slots=True)
class Change:
    """A sum [tce] of all that is known, and its change over those known in both periods [ratio]."""

    now: float | None
    change: float | None
    compared: int


@dataclass(frozen=True, slots=True)
class Line:
    """One group of rows: its sums and changes, and what it contributed [tce] where that can be decomposed."""

    key: str
    month: float | None
    share: float | None
    on_month: float | None
    on_year: float | None
    cumulative: float | None
    cumulative_on_year: float | None
    activity: float | None
    structure: float | None
    intensity: float | None
    is_unverified: bool
    label: str = ""
    url: str = ""

    @property
    def effect(self) -> float | None:
        """All three effects together: the change of those that could be decomposed."""
        if self.activity is None or self.structure is None or self.intensity is None:
            return None
        return self.activity + self.structure + self.intensity


@dataclass(frozen=True, slots=True)
class Effects:
    """The decomposition of the change of the rows in ``used``; ``coverage`` is their share of all consumption now.

    ``intensity_now`` and ``intensity_before`` [tce/万元]; the effects on it are ``by_structure`` and ``by_intensity``.
    """

    used: Flags
    by_row: Numbers
    change: float
    activity: float
    structure: float
    intensity: float
    intensity_now: float
    intensity_before: float
    by_structure: float
    by_intensity: float
    coverage: float


def columns(facts: Facts, against: Against) -> tuple[list[int], list[int]]:
    """Give the columns of the two periods; the second is empty where it lies before the facts."""
    last = len(facts.months) - 1
    if against is Against.CUMULATIVE:
        first = int(facts.month.astype(np.int64) % 12)
        now = list(range(last - first, last + 1))
        return now, [column - 12 for column in now]
    return [last], [last - (12 if against is Against.YEAR else 1)]


def change(facts: Facts, against: Against, rows: Flags | None = None) -> Change:
    """Compare the sum of some rows, or all, between the two periods."""
    now, before = columns(facts, against)
    tce = facts.tce if rows is None else facts.tce[rows]
    here, there = tce[:, now].sum(axis=1), tce[:, before].sum(axis=1)  # a row with an unknown month is NaN
    known = tce[:, now]
    both = ~np.isnan(here) & ~np.isnan(there)
    base = there[both].sum()
    rate = float(here[both].sum() / base - 1) if both.any() and base > 0 else None
    return Change(None if np.isnan(known).all() else float(np.nansum(known)), rate, int(both.sum()))


def effects(facts: Facts, against: Against) -> Effects | None:
    """Decompose the change over the rows that are known, with activity, in both periods; ``None`` where none are."""
    now, before = columns(facts, against)
    sides = [
        (facts.tce[:, side].sum(axis=1), facts.activity[:, side].sum(axis=1)) for side in (before, now)
    ]  # fmt: skip
    used = np.all([(side[0] >= 0) & (side[1] > 0) for side in sides], axis=0)
    if not used.any():
        return None
    first, second = (Groups(tce[used], activity[used]) for tce, activity in sides)
    found, moved = lmdi(first, second), intensity_change(first, second)
    by_row = np.full((len(used), 3), np.nan)
    by_row[used] = found.by_group
    known = float(np.nansum(facts.tce[:, now]))
    return Effects(
        used, by_row, found.change, found.activity, found.structure, found.intensity,
        float(second.energy.sum() / second.activity.sum()), float(first.energy.sum() / first.activity.sum()),
        moved.structure, moved.intensity, float(second.energy.sum()) / known if known > 0 else 0.0,
    )  # fmt: skip


def lines(facts: Facts, groups: Sequence[str], found: Effects | None) -> list[Line]:
    """Give a line for every group (a word for each row), the greatest of the month first."""
    words = np.asarray(groups, dtype=np.str_)
    total = change(facts, Against.YEAR).now
    made = [_line(facts, str(word), words == word, found, total) for word in np.unique(words)]
    return sorted(made, key=lambda line: (line.month is None, -(line.month or 0.0), line.key))


def _line(facts: Facts, key: str, rows: Flags, found: Effects | None, total: float | None) -> Line:
    by: Mapping[Against, Change] = {against: change(facts, against, rows) for against in Against}
    month = by[Against.YEAR].now
    own = found.by_row[rows & found.used] if found is not None else np.empty((0, 3))
    activity, structure, intensity = (float(v) for v in own.sum(axis=0)) if len(own) else (None, None, None)
    return Line(
        key, month, month / total if month is not None and total else None, by[Against.MONTH].change,
        by[Against.YEAR].change, by[Against.CUMULATIVE].now, by[Against.CUMULATIVE].change, activity,
        structure, intensity, bool(facts.is_unverified[rows, -1].any()),
    )  # fmt: skip


def by_month(facts: Facts) -> tuple[list[float | None], list[float | None]]:
    """Give the sums of the months of this year so far, and of all twelve of the year before."""
    known = (~np.isnan(facts.tce)).sum(axis=0).tolist()
    sums = [float(value) if k else None for value, k in zip(np.nansum(facts.tce, axis=0), known, strict=True)]
    return sums[12:], sums[:12]
