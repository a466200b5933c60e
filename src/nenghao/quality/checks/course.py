"""Does a series keep its course from slot to slot? (突跳、变化率)."""

from __future__ import annotations

import numpy as np

from nenghao.quality.cells import Cells, Floats, Index, graded
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule
from nenghao.quality.view import View, per_slot

_FEWEST = 3
"""At short periods "seldom" is never less than the third largest, so that two spikes do not hide each other."""


def spike(view: View, rule: CheckRule) -> Cells:
    """One slot rises above the course of both neighbours and the series returns.

    Judged is the distance to the nearer neighbour, against the level the item works at: ``high`` or ``usual``, or what
    the series reaches itself in two days, whichever is more. The value must also exceed that level (``exceeds`` times):
    one working day between holidays is as large as any working day. And it must stand out from what this series does
    anyway (``stands_out`` times the distance that it has in the ``seldom`` part of its slots), so that an arc furnace
    which goes on and off by the quarter-hour is no row of spikes.

    Neighbours are the nearest known values; the first value after a gap is divided by the slots it spans. A dip is a
    short stop, which any machine may make; only items that may be negative are judged downwards as well. Where a
    neighbour is not known on one side (the last slot without ``after``) nobody can tell whether the series returns:
    unknown, if it left the course of the other.
    """
    base = np.nan_to_num(view.level(1.0), nan=0.0)
    first = min(grade for grade in (rule.suspect, rule.fail) if grade is not None)
    place = _candidates(view, base * first)
    distance, size, open_end = _distance(view, place)
    suspect, fail = _spike_limits(view, place, base, distance - size, rule)
    spikes = graded(place, np.where(open_end, np.nan, distance), suspect, fail)
    limit = np.fmin(suspect, fail)
    beyond = open_end & (distance > limit)
    return Cells.join(spikes, Cells.at(place[beyond], int(Flag.UNKNOWN), distance[beyond], limit[beyond]))


def rate_of_change(view: View, rule: CheckRule, spikes: Cells) -> Cells:
    """The change from one slot to the next is larger than the item's level and its own habits explain, and stays.

    The way up to a spike and down from it is told by the check of spikes. The first value after a gap is divided by the
    slots it spans. Unknown where too little history tells the item's level.
    """
    level = view.level(rule.settings["usual_factor"])
    first = level * min(grade for grade in (rule.suspect, rule.fail) if grade is not None)
    left = view.course[:, view.slots - 1 : -1]
    far = np.abs(view.value - left) > first[:, None]
    far |= np.isnan(left) & (np.abs(view.value) > first[:, None])
    place = np.setdiff1d(np.flatnonzero(far), _around(spikes, view), assume_unique=True)
    last, gap = view.gap_before(place)
    change = np.abs(per_slot(view.value.ravel()[place], gap) - last)
    steps = graded(place, change, *_step_limits(view, place, level, rule))
    nowhere = place[np.isnan(last)]
    unknown = np.flatnonzero(view.known & np.isnan(first)[:, None]) if np.isnan(first).any() else place[:0]
    return Cells.join(steps, Cells.at(np.concatenate((nowhere, unknown)), int(Flag.UNKNOWN)))


def _around(spikes: Cells, view: View) -> Index:
    """Places of spikes and the one after each, where it is in the same row."""
    spiked = spikes.place[spikes.flag > Flag.UNKNOWN]
    after = spiked[spiked % view.slots < view.slots - 1] + 1
    return np.union1d(spiked, after)


def _candidates(view: View, limit: Floats) -> Index:
    """Places farther than the limit from every neighbour they have: cheap, and never too few."""
    value = view.value
    left = view.course[:, view.slots - 1 : -1]
    right = view.ahead[:, 1 : view.slots + 1]
    if right.shape[1] < view.slots:
        right = np.concatenate((right, np.full((view.items, 1), np.nan)), axis=1)
    far = value - np.fmax(left, right) > limit[:, None]
    both_ways = np.flatnonzero(view.block.traits.may_be_negative)
    far[both_ways] |= (np.fmin(left, right) - value)[both_ways] > limit[both_ways, None]
    far |= np.isnan(left) & np.isnan(right) & view.known
    return np.flatnonzero(far)


def _distance(view: View, place: Index) -> tuple[Floats, Floats, np.ndarray]:
    """Distance from the nearer of the two neighbours, the value's own size, and whether a neighbour is not known."""
    left, gap = view.gap_before(place)
    right, _ = view.gap_after(place)
    value = per_slot(view.value.ravel()[place], gap)
    above = value - np.fmax(left, right)
    below = np.where(view.block.traits.may_be_negative[view.rows_of(place)], np.fmin(left, right) - value, -np.inf)
    return np.maximum(above, below), np.abs(value), np.isnan(left) | np.isnan(right)


def _spike_limits(
    view: View, place: Index, base: Floats, beyond_size: Floats, rule: CheckRule
) -> tuple[Floats, Floats]:
    """Suspect and fail limit of each place, in the base unit; NaN where the item's level is not known.

    ``beyond_size`` is distance − size: a size above ``exceeds`` × level is a distance above that level + it.
    """
    rows, inverse = np.unique(view.rows_of(place), return_inverse=True)
    course = view.course[rows]
    level = np.fmax(base[rows], _seldom(np.abs(course), rule))
    unknown = (base[rows] == 0) & (np.count_nonzero(~np.isnan(course), axis=1) < view.slots // 2)
    level = np.where(unknown, np.nan, level)
    least = rule.settings["exceeds"] * level[inverse] + beyond_size
    suspect, fail = _limits(level, _seldom(_distances(course), rule), rule, inverse)
    return np.maximum(suspect, least), np.maximum(fail, least)


def _step_limits(view: View, place: Index, level: Floats, rule: CheckRule) -> tuple[Floats, Floats]:
    """The limits of each place. A series' own steps are those before, not those that a wrong multiplier scales."""
    rows, inverse = np.unique(view.rows_of(place), return_inverse=True)
    steps = np.abs(np.diff(view.block.before[rows], axis=1))
    return _limits(level[rows], _seldom(steps, rule), rule, inverse)


def _limits(level: Floats, own: Floats, rule: CheckRule, inverse: Index) -> tuple[Floats, Floats]:
    own = rule.settings["stands_out"] * own
    grades = (np.nan if grade is None else grade for grade in (rule.suspect, rule.fail))
    suspect, fail = (np.maximum(level * grade, own)[inverse] for grade in grades)
    return suspect, fail


def _distances(course: Floats) -> Floats:
    """How far each slot lies above both its neighbours; zero where it does not."""
    return np.maximum(0, course[:, 1:-1] - np.maximum(course[:, :-2], course[:, 2:]))


def _seldom(rows: Floats, rule: CheckRule) -> Floats:
    """What each row reaches only in the ``seldom`` part of its slots; minus infinity where too few are known."""
    nth = max(_FEWEST, int(np.ceil(rule.settings["seldom"] * rows.shape[1])))
    if rows.shape[1] < nth:
        return np.full(rows.shape[0], -np.inf)
    known = np.where(np.isnan(rows), -np.inf, rows)
    return np.partition(known, -nth, axis=1)[:, -nth]
