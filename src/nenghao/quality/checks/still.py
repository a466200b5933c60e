"""Is the meter stuck? (恒值)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nenghao.quality.cells import Cells, Floats, Index
from nenghao.quality.checks.arrival import at_least
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule
from nenghao.quality.view import View


def flat_line(view: View, rule: CheckRule) -> Cells:
    """The same value other than zero over so many slots in a row; the run may have begun before the block.

    A machine that stands still at zero is not flat. A small load on a coarse register stands still by rounding; so the
    answer is unknown where the value is less than ``ticks`` of its resolution (the smallest step of its two days), or
    where the series repeats values of that size so often that such a run happens by ``chance``: with a share p of equal
    neighbours among n, a run of L is expected n × p^(L − 1) times. A missing slot ends a run. Every slot of
    the run that lies in the block is told, the early ones too.
    """
    shortest = int(min(grade for grade in (rule.suspect, rule.fail) if grade is not None))
    rows = _rows_with_runs(view, shortest)
    course = view.course[rows]
    run = _long_runs(course, shortest)
    habit = _coarse(course, run, rule.settings["ticks"]) | (_expected(course, run) > rule.settings["chance"])
    first = np.maximum(run.start, view.slots)
    inside = run.start + run.length - first
    kept = inside > 0
    place = _ranges(rows[run.row[kept]] * view.slots + first[kept] - view.slots, inside[kept])
    cells = at_least(place, np.repeat(run.length[kept], inside[kept]).astype(np.float64), rule)
    flag = np.where(np.repeat(habit[kept], inside[kept]), np.uint8(Flag.UNKNOWN), cells.flag)
    return Cells(cells.place, flag, cells.value, cells.limit, cells.other_row)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Runs of equal values other than zero: row and column of the first, how many, and the value."""

    row: Index
    start: Index
    length: Index
    value: Floats


def _rows_with_runs(view: View, shortest: int) -> Index:
    """Rows that repeat a value often enough to hold such a run: most rows do not, and are left alone."""
    course = view.course
    repeats = (course[:, 1:] == course[:, :-1]) & (course[:, 1:] != 0)
    return np.flatnonzero(np.count_nonzero(repeats, axis=1) >= shortest - 1)


def _long_runs(course: Floats, shortest: int) -> _Runs:
    """The runs of at least so many slots; what is missing equals nothing."""
    changes = np.ones(course.shape, dtype=bool)
    changes[:, 1:] = course[:, 1:] != course[:, :-1]
    start = np.flatnonzero(changes)
    length = np.diff(start, append=changes.size)
    value = course.ravel()[start]
    long = (length >= shortest) & (value != 0)
    row, column = np.divmod(start[long], course.shape[1])
    return _Runs(row, column, length[long], value[long])


def _coarse(course: Floats, run: _Runs, ticks: float) -> npt.NDArray[np.bool_]:
    """Say of each run whether its value is only a few of the smallest steps that its row takes."""
    steps = np.abs(np.diff(course, axis=1))
    smallest = np.where(steps > 0, steps, np.inf).min(axis=1, initial=np.inf)
    smallest = np.where(np.isfinite(smallest), smallest, 0.0)
    return np.abs(run.value) < ticks * smallest[run.row]


def _expected(course: Floats, run: _Runs) -> Floats:
    """How often such a run is expected by what its row does elsewhere, with values up to twice as large."""
    mine = np.abs(course[run.row])
    comparable = (mine[:, 1:] > 0) & (mine[:, 1:] <= 2 * np.abs(run.value)[:, None]) & ~np.isnan(mine[:, :-1])
    equal = comparable & (mine[:, 1:] == mine[:, :-1])
    pairs = np.count_nonzero(comparable, axis=1)
    others = np.maximum(pairs - run.length, 0)
    share = np.maximum(np.count_nonzero(equal, axis=1) - (run.length - 1), 0) / np.maximum(others, 1)
    return pairs * np.minimum(share, 1.0) ** (run.length - 1)


def _ranges(start: Index, length: Index) -> Index:
    """The numbers of all ranges, one after the other.

    >>> _ranges(np.array([3, 10]), np.array([2, 3])).tolist()
    [3, 4, 10, 11, 12]
    """
    ends = np.cumsum(length)
    return np.arange(ends[-1] if ends.size else 0) + np.repeat(start - (ends - length), length)
