"""What a correction does to the limits: one function per kind, over columns, so that one verdict and a ranking agree.

Limits are ``float64[n, 3]`` (grade 1, 2, 3; NaN is “—”), parameters ``float64[n]`` (NaN is not given).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.reference.corrections import PRESSURE, Correction

Numbers = npt.NDArray[np.float64]
ALTITUDE_FROM_M = 1500.0
ALTITUDE_FACTOR = (1.179, 0.211, 101325.0)
"""GB 16780-2021: above 1500 m the limit is multiplied by 1.179 − 0.211 × P / 101325 (secondhand)."""
_OUTSIDE = np.inf
"""What a parameter that is no number, or no word of the list, becomes."""


class State(IntEnum):
    """What became of a correction."""

    APPLIED = 0
    NO_EFFECT = 1
    """The parameter is given and changes nothing."""
    NOT_GIVEN = 2
    """Not given, and could only have relaxed the limit: the printed limit stands."""
    MISSING = 3
    """Not given, and could have made the limit stricter: nothing can be said."""
    OUTSIDE = 4
    """Given, but outside what the rule covers."""
    NOT_HELD = 5
    """The standard has it, this library does not: the verdict does not decide."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Limits after a correction, the values compared (a rule may change those instead), and what became of it."""

    limits: Numbers
    values: Numbers
    state: npt.NDArray[np.uint8]


def parameter_column(correction: Correction, name: str, given: Sequence[Mapping[str, Any]]) -> Numbers:
    """Give one parameter as numbers: yes is 1, a word is its place in the list, nothing is NaN, nonsense is inf."""
    return np.array([_number(correction, name, parameters.get(name)) for parameters in given], dtype=np.float64)


def _number(correction: Correction, name: str, value: Any) -> float:
    if value is None or value == "":
        return np.nan
    if correction.kind == "choice" and name == correction.parameter:
        words = [choice.key for choice in correction.choices]
        return float(words.index(value)) if value in words else _OUTSIDE
    try:
        number = float(value)
    except (TypeError, ValueError):
        return _OUTSIDE
    return number if np.isfinite(number) else _OUTSIDE


def apply(correction: Correction, limits: Numbers, values: Numbers, columns: Mapping[str, Numbers]) -> Applied:
    """Apply one correction to all rows."""
    count = len(values)
    if correction.kind == "not_held":
        return Applied(limits, values, np.full(count, State.NOT_HELD, dtype=np.uint8))
    given = columns[correction.parameter]
    absent = np.isnan(given)
    safe = np.where(np.isfinite(given), given, 0.0)
    outside = np.isinf(given)
    if correction.kind == "value_factor":
        outside |= ~absent & (safe <= 0)
        factor = np.where(absent | outside, 1.0, safe)
        return Applied(limits, values * factor, _state(correction, absent, outside, factor != 1.0))
    offsets, factors, beyond = _KINDS[correction.kind](correction, safe, columns)
    outside |= beyond & ~absent
    used = ~(absent | outside)
    mask = np.zeros(3, dtype=bool)
    mask[[grade - 1 for grade in correction.grades]] = True
    where = used[:, None] & mask[None, :]
    changed = np.where(where, limits * factors + offsets, limits)
    effect = (where & ((offsets != 0) | (factors != 1))).any(axis=1)
    return Applied(changed, values, _state(correction, absent, outside, effect))


def _state(
    correction: Correction, absent: npt.NDArray[np.bool_], outside: npt.NDArray[np.bool_],
    effect: npt.NDArray[np.bool_],
) -> npt.NDArray[np.uint8]:  # fmt: skip
    missing = State.MISSING if correction.missing == "cannot_judge" else State.NOT_GIVEN
    state = np.where(effect, State.APPLIED, State.NO_EFFECT)
    return np.where(outside, State.OUTSIDE, np.where(absent, missing, state)).astype(np.uint8)


_Effect = tuple[Numbers, Numbers, npt.NDArray[np.bool_]]
"""What is added [n, 3], what is multiplied by [n, 3], and which rows lie outside the rule [n]."""


def _effect(correction: Correction, amounts: Numbers, outside: npt.NDArray[np.bool_] | None = None) -> _Effect:
    """Give amounts [n, 3] as what is added or as what is multiplied by."""
    none = np.zeros(len(amounts), dtype=bool) if outside is None else outside
    if correction.operation == "multiply":
        return np.zeros_like(amounts), amounts, none
    return amounts, np.ones_like(amounts), none


def _by_grade(correction: Correction) -> Numbers:
    """Give the amounts of the three grades; 0 where a grade is not touched (it is masked anyway)."""
    return np.array([correction.amount(grade) if grade in correction.grades else 0.0 for grade in (1, 2, 3)])


def _linear(correction: Correction, given: Numbers, _columns: Mapping[str, Numbers]) -> _Effect:
    part = correction.part
    least = -np.inf if part.least is None else part.least
    most = np.inf if part.most is None else part.most
    steps = np.clip(given - part.base, least, most)
    return _effect(correction, steps[:, None] * _by_grade(correction)[None, :])


def _table(correction: Correction, given: Numbers, _columns: Mapping[str, Numbers]) -> _Effect:
    """Interpolate between the printed points; beyond the first and the last nothing is extrapolated."""
    points = np.array(correction.part.points, dtype=np.float64)
    found = np.interp(given, points[:, 0], points[:, 1])
    outside = (given < points[0, 0]) | (given > points[-1, 0])
    return _effect(correction, np.repeat(found[:, None], 3, axis=1), outside)


def _band(correction: Correction, given: Numbers, _columns: Mapping[str, Numbers]) -> _Effect:
    nothing = 1.0 if correction.operation == "multiply" else 0.0
    found = np.full(len(given), nothing)
    for band in correction.bands:
        above = -np.inf if band.above is None else band.above
        until = np.inf if band.until is None else band.until
        found = np.where((given > above) & (given <= until), band.amount, found)
    return _effect(correction, np.repeat(found[:, None], 3, axis=1))


def _flag(correction: Correction, given: Numbers, _columns: Mapping[str, Numbers]) -> _Effect:
    nothing = 1.0 if correction.operation == "multiply" else 0.0
    amounts = np.where((given != 0)[:, None], _by_grade(correction)[None, :], nothing)
    return _effect(correction, amounts, ~np.isin(given, (0.0, 1.0)))


def _choice(correction: Correction, given: Numbers, _columns: Mapping[str, Numbers]) -> _Effect:
    added = np.array([one.amount if one.operation == "add" else 0.0 for one in correction.choices])
    times = np.array([one.amount if one.operation == "multiply" else 1.0 for one in correction.choices])
    place = given.astype(np.int64)
    return np.repeat(added[place][:, None], 3, axis=1), np.repeat(times[place][:, None], 3, axis=1), place < 0


def _factor(_correction: Correction, given: Numbers, _columns: Mapping[str, Numbers]) -> _Effect:
    times = np.repeat(given[:, None], 3, axis=1)
    return np.zeros_like(times), times, given <= 0


def _altitude(_correction: Correction, given: Numbers, columns: Mapping[str, Numbers]) -> _Effect:
    """Above 1500 m multiply by the factor of the ambient pressure; without the pressure the printed limit stands."""
    pressure = columns[PRESSURE]
    high = given > ALTITUDE_FROM_M
    base, slope, sea_level = ALTITUDE_FACTOR
    known = np.isfinite(pressure)
    factor = np.where(high & known, base - slope * np.where(known, pressure, 0.0) / sea_level, 1.0)
    times = np.repeat(factor[:, None], 3, axis=1)
    return np.zeros_like(times), times, (high & ~known) | (known & (pressure <= 0))


_KINDS: Mapping[str, Callable[[Correction, Numbers, Mapping[str, Numbers]], _Effect]] = {
    "linear": _linear, "table": _table, "band": _band, "flag": _flag, "choice": _choice, "factor": _factor,
    "altitude": _altitude,
}  # fmt: skip
