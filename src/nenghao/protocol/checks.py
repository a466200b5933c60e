"""Checks of decoded records against an enterprise's data items: what passes becomes columns, the rest rejections.

Pure: the items, the profile and the present moment are given. One pass over the records, dictionary lookups only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nenghao.periods import wall
from nenghao.protocol.alignment import aligned
from nenghao.protocol.datacode import DataCode
from nenghao.protocol.enumerations import InputType, Scope, StatType, WireState, by_wire
from nenghao.protocol.messages import EnergyRecord, Rejection
from nenghao.protocol.numbers import base_value
from nenghao.protocol.profile import Profile
from nenghao.protocol.rejections import refuse

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a gateway's clock may be ahead of ours (the standard's own figure is not known)."""
EARLIEST_YEAR = 2000

WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall time without zone, as stored
_STAT_TYPES, _SCOPES, _INPUT_TYPES = by_wire(StatType), by_wire(Scope), by_wire(InputType)
_STATES: dict[str | None, int] = {state.word: int(state) for state in WireState} | {None: 0, "": 0}
_MISSING = int(WireState.MISSING)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_MOMENT_LENGTH = 19
_STARTS = {1: "日 00:00:00 / day", 2: "月初 00:00:00 / month", 3: "年初 00:00:00 / year"}


@dataclass(frozen=True, slots=True)
class ItemRule:
    """What the intake must know of a data item. ``factor`` turns the wire's unit into the base unit."""

    item_id: int
    scope: int
    factor: float = 1.0
    realtime_s: int = 900
    may_be_negative: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """The columns of the records that passed, one row per key (item, statistic type, period start), and the rest."""

    item_id: npt.NDArray[np.int64]
    stat_type: npt.NDArray[np.int8]
    period_start: npt.NDArray[np.datetime64]
    """Beijing wall time, ``datetime64[s]``."""
    value: npt.NDArray[np.float64]
    """In base units; NaN where the state is missing."""
    state: npt.NDArray[np.uint8]
    input_type: npt.NDArray[np.uint8]
    start_offset_s: npt.NDArray[np.int32]
    """How far after (before: negative) the period's own start the record said that it starts."""
    rejections: list[Rejection]


class _RecordError(Exception):
    """One record does not pass; carries the code, the wire's field, what was sent and a detail."""

    def __init__(self, code: str, field: str, value: object = "", more: object = "") -> None:
        super().__init__(code)
        self.code, self.field, self.value, self.more = code, field, value, more


def check_records(
    records: Sequence[EnergyRecord | None], rules: Mapping[str, ItemRule], *, now: datetime, profile: Profile
) -> Checked:
    """Check records (``None`` is skipped, its index kept) at the moment ``now`` (aware)."""
    latest_s = int((wall(now + CLOCK_TOLERANCE) - WALL_EPOCH).total_seconds())
    valid = _valid_values(profile.name)
    rejections: list[Rejection] = []
    rows: dict[tuple[int, int, int], tuple[int, float, int, int, int]] = {}
    for index, record in enumerate(records):
        if record is None:
            continue
        try:
            key, content = _row(record, rules, latest_s, valid)
        except _RecordError as why:
            rejections.append(_rejection(index, record, why))
            continue
        if key in rows:
            earlier = rows.pop(key)[0]
            rejections.append(_rejection(earlier, record, _RecordError("duplicate-in-batch", "statDate")))
        rows[key] = (index, *content)
    return _columns(rows, rejections)


def _row(
    record: EnergyRecord, rules: Mapping[str, ItemRule], latest_s: int, valid: Mapping[object, bool]
) -> tuple[tuple[int, int, int], tuple[float, int, int, int]]:
    rule = rules.get(record.data_code)
    if rule is None:
        raise _code_problem(record.data_code)
    stat_type = _STAT_TYPES.get(record.stat_type)
    if stat_type is None:
        raise _RecordError("stat-type-unknown", "statType", record.stat_type)
    if _SCOPES.get(record.scope) != rule.scope:
        raise _scope_problem(record.scope, rule)
    start_s, offset_s = _start(record.stat_date, stat_type, rule, latest_s)
    input_type = _INPUT_TYPES.get(record.input_type)
    if input_type is None:
        raise _RecordError("input-type-unknown", "inputType", record.input_type)
    state = _state(record, valid)
    value = math.nan if state == _MISSING else _value(record.data_value, rule)
    return (rule.item_id, stat_type, start_s), (value, state, input_type, offset_s)


def _code_problem(data_code: str) -> _RecordError:
    known_form = DataCode.matches(data_code)
    return _RecordError("data-code-unknown" if known_form else "data-code-malformed", "dataCode", data_code)


def _scope_problem(scope: str | int, rule: ItemRule) -> _RecordError:
    known = scope in _SCOPES
    return _RecordError("scope-mismatch" if known else "scope-unknown", "scope", scope, rule.scope)


def _start(text: str, stat_type: int, rule: ItemRule, latest_s: int) -> tuple[int, int]:
    """Give the start of the record's period and how far off the sent one was [s]."""
    found = wall_moment(text)
    if found is None:
        raise _RecordError("stat-date-malformed", "statDate", text)
    start_s, grade = found
    if start_s > latest_s:
        raise _RecordError("stat-date-future", "statDate", text)
    if start_s < _EARLIEST_S:
        raise _RecordError("stat-date-too-old", "statDate", text)
    if not (start_s % rule.realtime_s if stat_type == 0 else grade < stat_type):
        return start_s, 0
    near = aligned(start_s, stat_type, rule.realtime_s)
    if near is None:
        raise _RecordError(
            "stat-date-misaligned", "statDate", text, _STARTS.get(stat_type, f"{rule.realtime_s // 60} min")
        )
    return near


def wall_moment(text: str) -> tuple[int, int] | None:
    """Read ``yyyy-MM-dd HH:mm:ss`` strictly: seconds of wall time since 1970, and the longest period it can start.

    The second number is 3 for the start of a year, 2 of a month, 1 of a day, 0 for any other moment.

    >>> wall_moment("1970-02-01 00:00:00"), wall_moment("1970-1-1 00:00:00")
    ((2678400, 2), None)
    """
    return _moment(text) if len(text) == _MOMENT_LENGTH else None  # what is remembered stays short


@lru_cache(maxsize=65536)
def _moment(text: str) -> tuple[int, int] | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    seconds = int((moment - WALL_EPOCH).total_seconds())
    if seconds % 86_400:
        return seconds, 0
    return seconds, 1 + (moment.day == 1) + (moment.day == 1 and moment.month == 1)


_EARLIEST_S = int((datetime(EARLIEST_YEAR, 1, 1) - WALL_EPOCH).total_seconds())  # noqa: DTZ001  wall time, as stored


@lru_cache(maxsize=64)
def _valid_values(profile_name: str) -> dict[object, bool]:
    """Give what ``valid`` may be → whether it means valid; JSON's true and 1 are one key; left out is valid."""
    profile = Profile.load(profile_name)
    words: dict[object, bool] = {
        word: word in profile.valid_values for word in profile.valid_values | profile.invalid_values
    }
    words[None] = True
    for number in (0, 1):
        if str(number) in words:
            words[number] = words[str(number)]
    return words


def _state(record: EnergyRecord, valid: Mapping[object, bool]) -> int:
    counts = valid.get(record.valid)
    if counts is None:
        counts = valid.get(str(record.valid).lower())
    if counts is None:
        raise _RecordError("valid-unknown", "valid", record.valid)
    state = _STATES.get(record.state)
    if state is None:
        raise _RecordError("state-unknown", "state", record.state)
    return state if counts else _MISSING


def _value(sent: str | int | float | None, rule: ItemRule) -> float:
    if sent is None:
        raise _RecordError("value-not-number", "dataValue", sent)
    try:
        value = base_value(sent, rule.factor)
    except ValueError:
        raise _value_problem(sent) from None
    if not math.isfinite(value):
        raise _RecordError("value-not-finite", "dataValue", sent)
    if value < 0 and not rule.may_be_negative:
        raise _RecordError("value-negative", "dataValue", sent)
    return value


def _value_problem(sent: str | int | float) -> _RecordError:
    """Tell ``NaN`` and ``Infinity`` from what is no number at all."""
    word = str(sent).strip().lstrip("+-").lower()
    finite = word not in {"nan", "inf", "infinity"}
    return _RecordError("value-not-number" if finite else "value-not-finite", "dataValue", sent)


def _rejection(index: int, record: EnergyRecord, why: _RecordError) -> Rejection:
    return refuse(
        why.code, index=index, data_code=record.data_code, stat_type=record.stat_type, stat_date=record.stat_date,
        field=why.field, value=why.value, more=why.more,
    )  # fmt: skip


def _columns(
    rows: dict[tuple[int, int, int], tuple[int, float, int, int, int]], rejections: list[Rejection]
) -> Checked:
    keys = np.array(list(rows), dtype=np.int64).reshape(-1, 3)
    contents = np.array(list(rows.values()), dtype=np.float64).reshape(-1, 5)
    return Checked(
        item_id=keys[:, 0],
        stat_type=keys[:, 1].astype(np.int8),
        period_start=keys[:, 2].astype("datetime64[s]"),
        value=contents[:, 1].copy(),
        state=contents[:, 2].astype(np.uint8),
        input_type=contents[:, 3].astype(np.uint8),
        start_offset_s=contents[:, 4].astype(np.int32),
        rejections=sorted(rejections, key=lambda r: r.index),
    )
