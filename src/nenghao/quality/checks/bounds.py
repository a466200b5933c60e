"""Can a reading be as large, or below zero? (量程与合理范围、负值)."""

from __future__ import annotations

import numpy as np

from nenghao.quality.cells import Cells, Floats, Index, graded
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule
from nenghao.quality.view import View

_ROUNDING = 1e-9
"""A bound that was converted between units may differ from itself in the last digits."""


def value_range(view: View, rule: CheckRule) -> Cells:
    """Beyond a configured bound or the rating: failed. Far above the level that the item works at: suspect, failed.

    Elapsed time counts: the first value after a gap may hold the gap's energy, so that upper limits are multiplied by
    the slots it spans; where nothing is known before it, nobody knows how many: unknown. A negative reading below a
    lower bound of zero or more is told by the check of negatives.
    """
    traits = view.block.traits
    rated = np.fmin(traits.value_max, traits.max_rate)
    level = view.level(rule.settings["usual_factor"])
    suspect, fail = (level * (np.nan if grade is None else grade) for grade in (rule.suspect, rule.fail))
    fail = np.fmin(rated, fail)
    above = _above(view, suspect, fail)
    below = _below(view, np.fmax(traits.value_min, np.where(traits.may_be_negative, -fail, np.nan)))
    nothing = np.isnan(traits.value_min) & np.isnan(suspect) & np.isnan(fail)
    unknown = Cells.none()
    if nothing.any():
        unknown = Cells.at(np.flatnonzero(view.known & nothing[:, None]), int(Flag.UNKNOWN))
    return Cells.join(above, below, unknown)


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
