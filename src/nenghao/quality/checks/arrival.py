"""Did it come, in time, with the right stamp, and once? (完整性、时效、时间偏差、重复)."""

from __future__ import annotations

import numpy as np

from nenghao.quality.cells import Cells, graded
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule
from nenghao.quality.view import View

_HOUR_S = 3600.0
_DAY_S = 86400.0
_MONTH = 2


def completeness(view: View, rule: CheckRule) -> Cells:  # noqa: ARG001 - every check has the same form
    """Due and not there: missing. What is not due yet is nobody's fault."""
    return Cells.at(np.flatnonzero(view.block.due & ~view.known), int(Flag.MISSING))


def timeliness(view: View, rule: CheckRule) -> Cells:
    """Arrived so many hours after the end of the record's day.

    A quarter-hour at one in the morning may wait for the daily upload as long as one at eleven at night.
    """
    late_s = view.block.delay_s
    to_end_s = _seconds_to_end_of_day(view)
    first = min((grade for grade in (rule.suspect, rule.fail) if grade is not None), default=np.inf)
    place = np.flatnonzero(late_s > first * _HOUR_S + to_end_s)
    hours = (late_s.ravel()[place] - to_end_s[place % view.slots]) / _HOUR_S
    unknown = np.flatnonzero(view.known & np.isnan(late_s))
    return Cells.join(graded(place, hours, _or_nan(rule.suspect), _or_nan(rule.fail)), _unknown(unknown))


def time_alignment(view: View, rule: CheckRule) -> Cells:
    """The sent start lies too far from the start of the period; month records may be a day off (``month_s``)."""
    offset = view.block.start_offset_s
    suspect, fail = _or_nan(rule.suspect), _or_nan(rule.fail)
    if view.block.stat_type == _MONTH:
        suspect, fail = np.nan, rule.settings["month_s"]
    place = np.flatnonzero(np.abs(offset) > np.nanmin((suspect, fail)))
    off = graded(place, np.abs(offset.ravel()[place]), suspect, fail)
    unknown = np.flatnonzero(np.isnan(offset) & view.known & ~view.block.by_hand)
    return Cells.join(off, _unknown(unknown))


def duplicate_conflict(view: View, rule: CheckRule) -> Cells:
    """Gateways sent different values for one slot; settled where a person has entered the current one."""
    first = min(grade for grade in (rule.suspect, rule.fail) if grade is not None)
    place = np.flatnonzero((view.block.contents >= first) & ~view.block.by_hand)
    contents = view.block.contents.ravel()[place].astype(np.float64)
    return at_least(place, contents, rule)


def at_least(place: np.ndarray, value: np.ndarray, rule: CheckRule) -> Cells:
    """Like :func:`graded` for counts and shares, where the limit itself is already too much."""
    cells = graded(
        place, value, np.nextafter(_or_nan(rule.suspect), -np.inf), np.nextafter(_or_nan(rule.fail), -np.inf)
    )
    limit = np.where(cells.flag == Flag.FAIL, _or_nan(rule.fail), _or_nan(rule.suspect))
    return Cells(cells.place, cells.flag, cells.value, limit, cells.other_row)


def _seconds_to_end_of_day(view: View) -> np.ndarray:
    """From the end of each slot to the end of its day; day records end with it."""
    if view.block.stat_type:
        return np.zeros(view.slots)
    return _DAY_S * (1 - np.arange(1, view.slots + 1) / view.slots)


def _or_nan(grade: float | None) -> float:
    return np.nan if grade is None else grade


def _unknown(place: np.ndarray) -> Cells:
    return Cells.at(place, int(Flag.UNKNOWN))
