"""Is a series a copy? (曲线重复、固定比例): of the period before, or a constant multiple of another series."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nenghao.quality.cells import Cells, Floats, Index
from nenghao.quality.checks.arrival import at_least
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule
from nenghao.quality.view import View

_PROJECTIONS = 4
_NEXT = 6
"""Each row is compared with so many rows beside it in the order of a projection."""
_REACH = 4.0
"""Copies lie within so many times the distance to be expected along each projection."""
_EQUAL = 1e-6
"""Yesterday times one is no multiple but a repetition, which has its own check."""
_CHUNK = 20_000


def repeated_series(view: View, rule: CheckRule) -> Cells:
    """The telling slots equal those of the period before, place by place.

    A slot tells something when it is known, not zero, and other than the slot before it: a machine that stands still
    or idles at a constant repeats nothing. At least ``telling`` of all slots must tell and be known in both periods;
    where they would tell today and the period before is not known, the answer is unknown.
    """
    previous = view.previous_period
    needed = max(2, int(np.ceil(rule.settings["telling"] * view.slots)))
    equal = np.count_nonzero((view.value == previous) & (view.value != 0), axis=1)
    first = min(grade for grade in (rule.suspect, rule.fail) if grade is not None)
    strange = np.count_nonzero(~np.isnan(previous), axis=1) < needed
    rows = np.flatnonzero((equal >= first * needed) | strange)
    telling = view.telling[rows]
    both = telling & ~np.isnan(previous[rows])
    told = np.count_nonzero(both, axis=1)
    share = np.count_nonzero(both & (view.value[rows] == previous[rows]), axis=1) / np.maximum(told, 1)
    repeats = told >= needed
    unknown = (np.count_nonzero(telling, axis=1) >= needed) & ~repeats & strange[rows]
    cells = _whole_rows(view, rows[repeats], share[repeats], rule)
    if unknown.any():
        cells = Cells.join(cells, Cells.at(_places(view, rows[unknown])[0], int(Flag.UNKNOWN)))
    return cells


def constant_ratio(view: View, rule: CheckRule) -> Cells:
    """A day's series is a constant multiple of another of the same enterprise and energy, or of yesterday's.

    Agreement is 1 − residual ÷ own variation, where the residual is what remains of a series after the best multiple of
    the other is taken away (root of the mean square) and its own variation is its standard deviation. Not judged: days
    known by less than ``known``, series that vary by less than ``variation`` of their mean, and multiples within
    ``same_ratio`` of one between two series: a plant with one process, or one meter under two names, equals itself. Of
    two series the smaller one carries the finding, because a part is apportioned from a whole and seldom the reverse.
    """
    rows = _varied_rows(view, rule)
    if not rows.size:
        return Cells.none()
    grade = min(entry for entry in (rule.suspect, rule.fail) if entry is not None)
    agreement = np.full(view.items, -np.inf)
    other = np.full(view.items, -1, dtype=np.int64)
    _against_yesterday(view, rows, agreement)
    _against_each_other(view, rows, rule, (agreement, other), 1.0 - grade)
    hit = np.flatnonzero(agreement >= grade)
    return _whole_rows(view, hit, agreement[hit], rule, other[hit])


def _varied_rows(view: View, rule: CheckRule) -> Index:
    """Rows that are known well enough, vary, and change often: only those have a shape."""
    needed = int(np.ceil(rule.settings["known"] * view.slots))
    count = np.count_nonzero(view.known, axis=1)
    filled = np.where(view.known, view.value, 0.0)
    mean = filled.sum(axis=1) / np.maximum(count, 1)
    square = np.einsum("ij,ij->i", filled, filled) / np.maximum(count, 1)
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    shaped = np.count_nonzero(view.telling, axis=1) >= view.slots // 4
    return np.flatnonzero((count >= needed) & (mean > 0) & (deviation >= rule.settings["variation"] * mean) & shaped)


def _agreement(series: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Agreement and best multiple of pairs of rows, over the slots that both know."""
    both = ~(np.isnan(series) | np.isnan(other))
    count = np.maximum(np.count_nonzero(both, axis=1), 1)
    left, right = np.where(both, series, 0.0), np.where(both, other, 0.0)
    cross, square_right, square_left = (
        np.einsum("ij,ij->i", a, b) / count for a, b in ((left, right), (right, right), (left, left))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = cross / square_right
        residual = np.sqrt(np.mean(np.square(left - ratio[:, None] * right), axis=1) * series.shape[1] / count)
        variation = np.sqrt(np.maximum(square_left - np.square(left.sum(axis=1) / count), 0.0))
        agreement = 1.0 - residual / variation
    return np.nan_to_num(agreement, nan=-np.inf, neginf=-np.inf), ratio


def _against_yesterday(view: View, rows: Index, agreement: Floats) -> None:
    """Note the agreement of rows with their own period before."""
    for chunk in _chunks(rows):
        previous = view.previous_period[chunk]
        enough = np.count_nonzero(~np.isnan(previous), axis=1) >= view.slots // 2
        found, ratio = _agreement(view.value[chunk], previous)
        agreement[chunk] = np.where(enough & (np.abs(ratio - 1) > _EQUAL), found, -np.inf)


def _against_each_other(view: View, rows: Index, rule: CheckRule, best: tuple[Floats, Index], residual: float) -> None:
    """Note for the smaller row of each pair the best partner found: it is the one that was apportioned."""
    agreement, other = best
    left, right = _neighbours(view, rows, residual)
    for chunk in _chunks(np.arange(left.size)):
        one, two = left[chunk], right[chunk]
        found, ratio = _agreement(view.value[one], view.value[two])
        with np.errstate(invalid="ignore", divide="ignore"):
            found[np.abs(np.log(ratio)) <= np.log1p(rule.settings["same_ratio"])] = -np.inf
        smaller, larger = np.where(ratio < 1, one, two), np.where(ratio < 1, two, one)
        np.maximum.at(agreement, smaller, found)
        won = np.isfinite(found) & (agreement[smaller] == found)
        other[smaller[won]] = larger[won]


def _neighbours(view: View, rows: Index, residual: float) -> tuple[Index, Index]:
    """Pairs of rows of one enterprise and energy whose shapes may be the same.

    Shapes (rows over their sum) are projected on a few fixed directions; equal shapes lie side by side in each order,
    so that only rows beside each other are held against each other: rows × log(rows), never rows × rows.
    """
    value = np.nan_to_num(view.value[rows], nan=0.0)
    shape = value / value.sum(axis=1, keepdims=True)
    directions = np.random.default_rng(0).choice((-1.0, 1.0), size=(view.slots, _PROJECTIONS))
    features = shape @ directions
    reach = _REACH * residual * shape.std(axis=1) * np.sqrt(view.slots)
    group = _groups(view, rows)
    pairs = [_beside(group, features, reach, direction) for direction in range(2)]
    code = np.unique(np.concatenate([np.minimum(a, b) * rows.size + np.maximum(a, b) for a, b in pairs]))
    return rows[code // rows.size], rows[code % rows.size]


def _beside(group: Index, features: Floats, reach: Floats, direction: int) -> tuple[Index, Index]:
    """Pairs that stand near each other in the order of one projection and agree in all of them."""
    order = np.lexsort((features[:, direction], group))
    found: list[tuple[Index, Index]] = []
    for step in range(1, _NEXT + 1):
        one, two = order[:-step], order[step:]
        near = (group[one] == group[two]) & (np.abs(features[one, direction] - features[two, direction]) <= reach[one])
        one, two = one[near], two[near]
        close = (np.abs(features[one] - features[two]) <= reach[one, None]).all(axis=1)
        found.append((one[close], two[close]))
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _groups(view: View, rows: Index) -> Index:
    """One number per enterprise and energy."""
    traits = view.block.traits
    enterprise = np.unique(traits.enterprise_id[rows], return_inverse=True)[1]
    energy, energy_index = np.unique(traits.energy_key[rows], return_inverse=True)
    return (enterprise * energy.size + energy_index).astype(np.int64)


def _whole_rows(view: View, rows: Index, value: Floats, rule: CheckRule, other: Index | None = None) -> Cells:
    """Grade rows as wholes: every known slot of a row carries the row's value."""
    place, index = _places(view, rows)
    cells = at_least(place, value[index], rule)
    if other is None:
        return cells
    kept = np.isin(place, cells.place, assume_unique=True)
    return Cells(cells.place, cells.flag, cells.value, cells.limit, other[index][kept])


def _places(view: View, rows: Index) -> tuple[Index, Index]:
    """Known places of rows, and which of the rows each belongs to."""
    index, slot = np.nonzero(view.known[rows])
    return rows[index] * view.slots + slot, index


def _chunks(rows: npt.NDArray[np.int64]) -> list[Index]:
    return [rows[start : start + _CHUNK] for start in range(0, rows.size, _CHUNK)]
