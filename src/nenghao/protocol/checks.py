"""Checks of decoded records against an enterprise's data items: what passes becomes columns, the rest rejections.

Pure: the items, the profile and the present moment are given. An upload without any fault is checked in columns
(:mod:`nenghao.protocol.clean_uploads`), any other record by record, with dictionary lookups only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from nenghao.protocol.alignment import aligned
from nenghao.protocol.clean_uploads import (
    INPUT_TYPES,
    MISSING,
    SCOPES,
    STAT_TYPES,
    STATES,
    Checked,
    ItemRule,
    ItemRules,
    clean_columns,
    valid_values,
)
from nenghao.protocol.datacode import DataCode
from nenghao.protocol.messages import EnergyRecord, Rejection
from nenghao.protocol.moments import EARLIEST_S, wall_moment, wall_seconds
from nenghao.protocol.numbers import base_value
from nenghao.protocol.profile import Profile
from nenghao.protocol.rejections import refuse

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a gateway's clock may be ahead of ours (the standard's own figure is not known)."""
_STARTS = {1: "日 00:00:00 / day", 2: "月初 00:00:00 / month", 3: "年初 00:00:00 / year"}


class _RecordError(Exception):
    """One record does not pass; carries the code, the wire's field, what was sent and a detail."""

    def __init__(self, code: str, field: str, value: object = "", more: object = "") -> None:
        super().__init__(code)
        self.code, self.field, self.value, self.more = code, field, value, more


def check_records(
    records: Sequence[EnergyRecord | None], rules: Mapping[str, ItemRule], *, now: datetime, profile: Profile
) -> Checked:
    """Check records (``None`` is skipped, its index kept) at the moment ``now`` (aware).

    ``rules`` given as :class:`ItemRules` are prepared once for many uploads.
    """
    latest_s = int(wall_seconds(now)) + int(CLOCK_TOLERANCE.total_seconds())
    known = rules if isinstance(rules, ItemRules) else ItemRules(rules)
    clean = clean_columns(records, known, latest_s=latest_s, profile_name=profile.name)
    return _one_by_one(records, known, latest_s, profile) if clean is None else clean


def _one_by_one(
    records: Sequence[EnergyRecord | None], rules: Mapping[str, ItemRule], latest_s: int, profile: Profile
) -> Checked:
    valid = valid_values(profile.name)
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
    stat_type = STAT_TYPES.get(record.stat_type)
    if stat_type is None:
        raise _RecordError("stat-type-unknown", "statType", record.stat_type)
    if SCOPES.get(record.scope) != rule.scope:
        raise _scope_problem(record.scope, rule)
    start_s, offset_s = _start(record.stat_date, stat_type, rule, latest_s)
    input_type = INPUT_TYPES.get(record.input_type)
    if input_type is None:
        raise _RecordError("input-type-unknown", "inputType", record.input_type)
    state = _state(record, valid)
    value = math.nan if state == MISSING else _value(record.data_value, rule)
    return (rule.item_id, stat_type, start_s), (value, state, input_type, offset_s)


def _code_problem(data_code: str) -> _RecordError:
    known_form = DataCode.matches(data_code)
    return _RecordError("data-code-unknown" if known_form else "data-code-malformed", "dataCode", data_code)


def _scope_problem(scope: str | int, rule: ItemRule) -> _RecordError:
    known = scope in SCOPES
    return _RecordError("scope-mismatch" if known else "scope-unknown", "scope", scope, rule.scope)


def _start(text: str, stat_type: int, rule: ItemRule, latest_s: int) -> tuple[int, int]:
    """Give the start of the record's period and how far off the sent one was [s]."""
    found = wall_moment(text)
    if found is None:
        raise _RecordError("stat-date-malformed", "statDate", text)
    start_s, grade = found
    if start_s > latest_s:
        raise _RecordError("stat-date-future", "statDate", text)
    if start_s < EARLIEST_S:
        raise _RecordError("stat-date-too-old", "statDate", text)
    if not (start_s % rule.realtime_s if stat_type == 0 else grade < stat_type):
        return start_s, 0
    near = aligned(start_s, stat_type, rule.realtime_s)
    if near is None:
        raise _RecordError(
            "stat-date-misaligned", "statDate", text, _STARTS.get(stat_type, f"{rule.realtime_s // 60} min")
        )
    return near


def _state(record: EnergyRecord, valid: Mapping[object, bool]) -> int:
    counts = valid.get(record.valid)
    if counts is None:
        counts = valid.get(str(record.valid).lower())
    if counts is None:
        raise _RecordError("valid-unknown", "valid", record.valid)
    state = STATES.get(record.state)
    if state is None:
        raise _RecordError("state-unknown", "state", record.state)
    return state if counts else MISSING


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
