"""A block as the checks look at it: what is known, the slots before, the level an item works at; each computed once."""

from __future__ import annotations

from calendar import monthrange
from datetime import timedelta
from functools import cached_property

import numpy as np
import numpy.typing as npt

from nenghao.quality.block import Block, Matrix
from nenghao.quality.cells import Floats, Index

_MISSING_STATE = 2
"""``nenghao.intervals.State.MISSING``; the same number in every store."""


class View:
    """A block with what several checks need of it. Nothing here loops over items."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.items, self.slots = block.shape

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """Places that hold a value."""
        return ~(np.isnan(self.block.value) | (self.block.state == _MISSING_STATE))

    @cached_property
    def value(self) -> Matrix:
        """The values, NaN wherever nothing is known."""
        known = self.known
        doubtful = np.isnan(self.block.value) == known
        return np.where(known, self.block.value, np.nan) if doubtful.any() else self.block.value

    @cached_property
    def course(self) -> Matrix:
        """Before and block side by side: items × twice the slots."""
        return np.concatenate((self.block.before, self.value), axis=1)

    @cached_property
    def ahead(self) -> Matrix:
        """Block and what is known after it, side by side."""
        after = self.block.after
        return self.value if after is None else np.concatenate((self.value, after), axis=1)

    @cached_property
    def previous_period(self) -> Matrix:
        """The period before, place by place: yesterday, last month (by day of the month), last year; NaN if unknown."""
        if self.block.stat_type != 1:
            return self.block.before
        last_month = self.block.start - timedelta(days=1)
        skip = self.slots - monthrange(last_month.year, last_month.month)[1]
        aligned = np.full(self.block.shape, np.nan)
        if skip >= 0:
            aligned[:, : self.slots - skip] = self.block.before[:, skip:]
        else:
            aligned[:, -skip:] = self.block.before[:, : self.slots + skip]
        return aligned

    @cached_property
    def telling(self) -> npt.NDArray[np.bool_]:
        """Places that say something about a curve: known, not zero, and other than the slot before them."""
        value, left = self.value, self.course[:, self.slots - 1 : -1]
        return self.known & (value != 0) & (value != left) & ~np.isnan(left)

    def level(self, usual_factor: float) -> Floats:
        """The level each item works at: ``high``, or so many times ``usual`` where only that is known; else NaN."""
        traits = self.block.traits
        usual = np.abs(traits.usual) * usual_factor
        high = usual if traits.high is None else np.abs(traits.high)
        level = np.where(np.isnan(high), usual, high)
        return np.where(level > 0, level, np.nan)

    def reached_before(self, rows: Index) -> Floats:
        """What rows reached at least three times in the slots before the block; NaN if fewer than half are known."""
        sizes = np.abs(self.block.before[rows])
        known = ~np.isnan(sizes)
        reached = np.sort(np.where(known, sizes, -np.inf), axis=1)[:, -3:].min(axis=1, initial=np.inf)
        enough = np.count_nonzero(known, axis=1) >= self.slots / 2
        return np.where(enough & (reached > 0) & np.isfinite(reached), reached, np.nan)

    def rows_of(self, place: Index) -> Index:
        """Rows of places."""
        return place // self.slots

    def gap_before(self, place: Index) -> tuple[Floats, Floats]:
        """For each place the last known value before it (NaN: none) and how many slots without a value lie between.

        A value that itself follows a gap is given per slot: it may hold the energy of the slots it spans.
        """
        row, slot = np.divmod(place, self.slots)
        end = slot + self.slots
        found, gap = _last_known(self.course, row, end)
        column = (end - 1 - gap).astype(np.int64)
        spanned = np.flatnonzero((column > 0) & np.isnan(self.course[row, np.maximum(column - 1, 0)]))
        _, gap_there = _last_known(self.course, row[spanned], column[spanned])
        found[spanned] = per_slot(found[spanned], gap_there)
        return found, gap

    def gap_after(self, place: Index) -> tuple[Floats, Floats]:
        """For each place the next known value (NaN: none), per slot, and how many slots lie between."""
        row, slot = np.divmod(place, self.slots)
        ahead = self.ahead
        found, gap = _last_known(ahead[:, ::-1], row, ahead.shape[1] - 1 - slot)
        return per_slot(found, gap), gap


def per_slot(value: Floats, gap: Floats) -> Floats:
    """Share a value among the slots it spans: its own and those of the gap before it. Nothing is shared below zero.

    >>> per_slot(np.array([32.0, -4.0]), np.array([3.0, 3.0])).tolist()
    [8.0, -4.0]
    """
    return np.where(value > 0, value / (1 + gap), value)


def _last_known(rows: Matrix, row: Index, end: Index) -> tuple[Floats, Floats]:
    """The last known value left of column ``end`` of each row asked for, and the columns between; NaN and 0 if none."""
    found, gap = np.full(row.size, np.nan), np.zeros(row.size)
    inside = end > 0
    found[inside] = rows[row[inside], end[inside] - 1]
    far = np.flatnonzero(np.isnan(found))
    if far.size:
        some, where = np.unique(row[far], return_inverse=True)
        columns = np.arange(1, rows.shape[1] + 1, dtype=np.int32)
        last = np.maximum.accumulate(np.where(np.isnan(rows[some]), 0, columns), axis=1)
        column = np.where(end[far] > 0, last[where, end[far] - 1], 0).astype(np.int64)
        found[far] = np.where(column > 0, rows[row[far], column - 1], np.nan)
        gap[far] = np.where(column > 0, end[far] - column, 0)
    return found, gap
