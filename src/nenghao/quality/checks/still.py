"""Is the meter stuck? (恒值)."""

from __future__ import annotations

import numpy as np

from nenghao.quality.cells import Cells, Floats, Index
from nenghao.quality.checks.arrival import at_least
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule
from nenghao.quality.view import View


def flat_line(view: View, rule: CheckRule) -> Cells:
    """The same value other than zero over so many slots in a row; the run may have begun before the block.

    A machine that stands still at zero is not flat. Where the value is only a few ticks of the item's own resolution
    (``ticks``; the smallest step that its two days show) it may stand still by rounding: unknown. A missing slot ends a
    run. Every slot of the run that lies in the block is told, the early ones too.
    """
    shortest = int(min(grade for grade in (rule.suspect, rule.fail) if grade is not None))
    rows = _rows_with_runs(view, shortest)
    if not rows.size:
        return Cells.none()
    course = view.course[rows]
    length = _run_lengths(course)[:, view.slots :]
    inside = course[:, view.slots :]
    where, slot = np.nonzero((length >= shortest) & (inside != 0))
    place: Index = rows[where] * view.slots + slot
    cells = at_least(place, length[where, slot].astype(np.float64), rule)
    coarse = (np.abs(inside) < rule.settings["ticks"] * _resolution(course)[:, None])[where, slot]
    flag = np.where(coarse, np.uint8(Flag.UNKNOWN), cells.flag)
    return Cells(cells.place, flag, cells.value, cells.limit, cells.other_row)


def _rows_with_runs(view: View, shortest: int) -> Index:
    """Rows that repeat a value often enough to hold such a run: most rows do not, and are left alone."""
    course = view.course
    repeats = (course[:, 1:] == course[:, :-1]) & (course[:, 1:] != 0)
    return np.flatnonzero(np.count_nonzero(repeats, axis=1) >= shortest - 1)


def _run_lengths(course: Floats) -> Index:
    """The length of the run of equal values that each place belongs to; what is missing equals nothing."""
    changes = np.ones(course.shape, dtype=bool)
    changes[:, 1:] = course[:, 1:] != course[:, :-1]
    start = np.flatnonzero(changes)
    lengths = np.diff(start, append=changes.size)
    return np.repeat(lengths, lengths).reshape(course.shape)


def _resolution(course: Floats) -> Floats:
    """The smallest step between two slots other than none; zero where a row takes no step."""
    steps = np.abs(np.diff(course, axis=1))
    smallest = np.where(steps > 0, steps, np.inf).min(axis=1)
    return np.where(np.isfinite(smallest), smallest, 0.0)
