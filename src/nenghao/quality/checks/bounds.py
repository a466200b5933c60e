"""Can a reading be as large, or below zero? (量程与合理范围、负值)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nenghao.quality.cells import Cells, Floats, Index, graded
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule
from nenghao.quality.view import View

_ROUNDING = 1e-9
"""A bound that was converted between units may differ from itself in the last digits."""


def value_range(view: View, rule: CheckRule) -> Cells:
    """Beyond a configured bound or the rating: failed. Far above the level that the item works at: suspect, failed.

    Where history tells no level, a value can still be impossible by what the slots before the block reached
    (``usual_factor`` × the fail threshold); everything else of such an item is unknown unless it has bounds.

    Elapsed time counts: the first value after a gap may hold the gap's energy, so that upper limits are multiplied by
    the slots it spans; where nothing is known before it, nobody knows how many: unknown. A negative reading below a
    lower bound of zero or more is told by the check of negatives.
    """
    traits = view.block.traits
    factor = rule.settings["usual_factor"]
    level = view.level(factor)
    suspect, fail = (level * (np.nan if grade is None else grade) for grade in (rule.suspect, rule.fail))
    new = np.flatnonzero(np.isnan(level))
    fail[new] = view.reached_before(new) * factor * (np.nan if rule.fail is None else rule.fail)
    fail = np.fmin(np.fmin(traits.value_max, traits.max_rate), fail)
    above = _above(view, suspect, fail)
    below = _below(view, np.fmax(traits.value_min, np.where(traits.may_be_negative, -fail, np.nan)))
    bounds = (traits.value_min, traits.value_max, traits.max_rate, level)
    return Cells.join(above, below, _unknown(view, np.logical_and.reduce(np.isnan(bounds)), above, below))


def _unknown(view: View, nothing: npt.NDArray[np.bool_], *told: Cells) -> Cells:
    """Every value of the items of which nothing is known, except those already told."""
    if not nothing.any():
        return Cells.none()
    place = np.flatnonzero(view.known & nothing[:, None])
    return Cells.at(
        np.setdiff1d(place, np.concatenate([cells.place for cells in told]), assume_unique=True), int(Flag.UNKNOWN)
    )


def _above(view: View, suspect: Floats, fail: Floats) -> Cells:
    first = np.fmin(suspect, fail)
    place = np.flatnonzero(view.value > first[:, None] * (1 + _ROUNDING))
    row = view.rows_of(place)
    value = view.value.ravel()[place]
    last, gap = view.gap_before(place)
    margin = (1 + gap) * (1 + _ROUNDING)
    cells = graded(place, value, suspect[row] * margin, fail[row] * margin)
    unbounded = np.isnan(last)[np.searchsorted(place, cells.place)]
    flag = np.where(unbounded, np.uint8(Flag.UNKNOWN), cells.flag)
    return Cells(cells.place, flag, cells.value, cells.limit / (1 + _ROUNDING), cells.other_row)


def _below(view: View, low: Floats) -> Cells:
    place = np.flatnonzero(view.value < low[:, None] - _ROUNDING * np.abs(low[:, None]))
    row = view.rows_of(place)
    value = view.value.ravel()[place]
    told_by_negative = (value < 0) & (low[row] >= 0) & ~view.block.traits.may_be_negative[row]
    place, row, value = (column[~told_by_negative] for column in (place, row, value))
    return Cells.at(place, int(Flag.FAIL), value, low[row])


def negative(view: View, rule: CheckRule) -> Cells:
    """Below zero by more than the limit, where the item may not be."""
    grades = [grade for grade in (rule.suspect, rule.fail) if grade is not None]
    place: Index = np.flatnonzero(view.value < -min(grades))
    place = place[~view.block.traits.may_be_negative[view.rows_of(place)]]
    value = view.value.ravel()[place]
    suspect, fail = (np.nan if grade is None else grade for grade in (rule.suspect, rule.fail))
    cells = graded(place, -value, suspect, fail)
    return Cells(cells.place, cells.flag, -cells.value, -cells.limit, cells.other_row)
