"""All checks over one block: flags place by place, results by check, findings as columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nenghao.quality import codes
from nenghao.quality.block import Block, Matrix
from nenghao.quality.cells import Cells, Floats, Index
from nenghao.quality.checks import arrival, bounds, copies, course, still
from nenghao.quality.flags import Flag, FlagArray
from nenghao.quality.rules import CheckRule, RuleSet
from nenghao.quality.view import View

_SERIES: Mapping[str, Callable[[View, CheckRule], Cells]] = {
    codes.COMPLETENESS: arrival.completeness,
    codes.TIMELINESS: arrival.timeliness,
    codes.TIME_ALIGNMENT: arrival.time_alignment,
    codes.RANGE: bounds.value_range,
    codes.SPIKE: course.spike,
    codes.FLAT_LINE: still.flat_line,
    codes.NEGATIVE: bounds.negative,
    codes.DUPLICATE_CONFLICT: arrival.duplicate_conflict,
    codes.REPEATED_SERIES: copies.repeated_series,
    codes.CONSTANT_RATIO: copies.constant_ratio,
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check says of a block: a flag per slot, the statistic it judged by and the limit it was held against.

    Held are only the cells that are not good; ``flags``, ``value`` and ``limit`` are made of them when asked for, items
    × slots, ``value`` and ``limit`` NaN wherever nothing was to be said.
    """

    code: str
    shape: tuple[int, int]
    cells: Cells

    @property
    def flags(self) -> FlagArray:
        """A flag per slot."""
        return self._spread(np.full(self.shape, int(Flag.GOOD), dtype=np.uint8), self.cells.flag)

    @property
    def value(self) -> Matrix:
        """The statistic judged by."""
        return self._spread(np.full(self.shape, np.nan), self.cells.value)

    @property
    def limit(self) -> Matrix:
        """The limit it was held against."""
        return self._spread(np.full(self.shape, np.nan), self.cells.limit)

    def _spread(self, matrix: npt.NDArray, column: npt.NDArray) -> npt.NDArray:
        matrix.ravel()[self.cells.place] = column
        return matrix


@dataclass(frozen=True, slots=True)
class FindingColumns:
    """Findings as columns of one length: runs of slots of one row that a check did not find good.

    ``first_slot`` and ``last_slot`` are both within the run; ``value`` and ``limit_value`` are those of the slot
    farthest beyond its limit. ``other_row`` is the row of the block compared with, -1 for none.
    """

    item_row: Index
    first_slot: Index
    last_slot: Index
    check_code: npt.NDArray[np.str_]
    flag: FlagArray
    value: Floats
    limit_value: Floats
    other_row: Index

    def __len__(self) -> int:
        return self.item_row.size


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to :func:`run_checks`: the worst flag of each place, what each check said, and its findings.

    Places that are neither known nor due are ``GOOD``: nothing is wrong there; count with ``known`` and ``due``.
    """

    flags: FlagArray
    results: Mapping[str, CheckResult]
    findings: FindingColumns


def run_checks(block: Block, rules: RuleSet) -> Checked:
    """Look at a block with every enabled series check that applies to its statistic type.

    Places marked ``accepted`` are ``GOOD`` whatever a check says, except that nothing makes a missing value good.
    Runs of equal flags of one check become one finding each, in the order of checks, rows and slots. Costs a few
    passes over memory per check; a block of 10,000 × 96 is a good size.
    """
    view = View(block)
    results = {
        code: CheckResult(code, block.shape, _unless_accepted(cells, block))
        for code, cells in _looked_at(view, rules).items()
    }
    flags = np.full(block.shape, int(Flag.GOOD), dtype=np.uint8)
    places = flags.ravel()
    for result in results.values():
        cells = result.cells
        places[cells.place] = np.maximum(places[cells.place], cells.flag)
    return Checked(flags, results, _findings(results, view.slots))


def _looked_at(view: View, rules: RuleSet) -> dict[str, Cells]:
    found: dict[str, Cells] = {}
    for code in codes.SERIES_CODES:
        rule = rules.check(code)
        if rule is None or view.block.stat_type not in rule.stat_types:
            continue
        if code == codes.RATE_OF_CHANGE:
            found[code] = course.rate_of_change(view, rule, found.get(codes.SPIKE, Cells.none()))
        else:
            found[code] = _SERIES[code](view, rule)
    return found


def _unless_accepted(cells: Cells, block: Block) -> Cells:
    accepted = block.accepted.ravel()[cells.place] & (cells.flag != Flag.MISSING)
    return cells.take(~accepted) if accepted.any() else cells


def _findings(results: Mapping[str, CheckResult], slots: int) -> FindingColumns:
    parts = [(code, _runs(result.cells, slots)) for code, result in results.items() if result.cells.place.size]
    if not parts:
        parts = [("", _runs(Cells.none(), slots))]
    columns = [np.concatenate([runs[column] for _, runs in parts]) for column in range(7)]
    code = np.repeat([code for code, _ in parts], [runs[0].size for _, runs in parts])
    row, first, last, flag, value, limit, other = columns
    return FindingColumns(row, first, last, code, flag, value, limit, other)


def _runs(cells: Cells, slots: int) -> tuple[npt.NDArray, ...]:
    """Row, first slot, last slot, flag, value, limit, other row of each run."""
    row, slot = np.divmod(cells.place, slots)
    follows = (row[1:] == row[:-1]) & (slot[1:] == slot[:-1] + 1) & (cells.flag[1:] == cells.flag[:-1])
    follows &= cells.other_row[1:] == cells.other_row[:-1]
    start = np.flatnonzero(np.concatenate((np.ones(min(row.size, 1), dtype=bool), ~follows)))
    last = np.append(start[1:], row.size)[: start.size] - 1
    worst = _farthest(np.abs(cells.value - cells.limit), start, last)
    return row[start], slot[start], slot[last], cells.flag[start], cells.value[worst], cells.limit[worst], \
        cells.other_row[start]  # fmt: skip


def _farthest(beyond: Floats, start: Index, last: Index) -> Index:
    """The cell of each run that lies farthest beyond its limit, the first of several."""
    if not start.size:
        return start
    run = np.repeat(np.arange(start.size), last - start + 1)
    order = np.lexsort((-np.nan_to_num(beyond, nan=-1.0), run))
    return order[start]
