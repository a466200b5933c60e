"""The check of an upload without any fault: the short way of :func:`nenghao.protocol.checks.check_records`.

Most uploads have nothing to refuse and nothing to move into place. A large one is checked here column by column, in C
as far as possible: a quarter of the time that a full look at each record takes. For a small one each step in C costs
more than it saves: its records are passed one by one, with a look-up for each question. Whatever is odd about any
record, and be it allowed, ends this way with ``None``; the records are then looked at in full. All ways give the same
(property tests).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import repeat
from operator import add, attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.protocol.enumerations import InputType, Scope, StatType, WireState, by_wire
from nenghao.protocol.messages import EnergyRecord, Rejection
from nenghao.protocol.moments import EARLIEST_S, wall_moment
from nenghao.protocol.numbers import LONGEST, base_value, exponent_suffix
from nenghao.protocol.profile import Profile

STAT_TYPES, SCOPES, INPUT_TYPES = by_wire(StatType), by_wire(Scope), by_wire(InputType)
STATES: dict[str | None, int] = {state.word: int(state) for state in WireState} | {None: 0, "": 0}
MISSING = int(WireState.MISSING)
SMALL = 24
"""Up to so many records an upload is small: about here both ways take the same time."""
MAX_SHAPES = 20_000
"""Combinations of words remembered per profile; there are about so many that are right."""

_CODE, _DATE, _VALUE = attrgetter("data_code"), attrgetter("stat_date"), attrgetter("data_value")
_SHAPE = attrgetter("stat_type", "scope", "input_type", "valid", "state")
_SECONDS = np.dtype("datetime64[s]")
_ODD = (KeyError, ValueError, TypeError, AttributeError, OverflowError)


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


class ItemRules(dict[str, ItemRule]):
    """The data items of an enterprise by data code, never changed once made, and what of them can be said in columns.

    >>> ItemRules({"00-00-0000-023300-10": ItemRule(7, scope=1)}).table.item_id
    array([7])
    """

    @cached_property
    def table(self) -> _ItemTable:
        """The columns, made when they are first asked for."""
        return _ItemTable.of(self)


@dataclass(frozen=True, slots=True)
class _ItemTable:
    row: Callable[[str], int]
    """Data code → row of the columns; ``KeyError`` for an item that is unknown."""
    item_id: npt.NDArray[np.int64]
    scope: npt.NDArray[np.int64]
    realtime_s: npt.NDArray[np.int64]
    may_be_negative: npt.NDArray[np.bool_]
    factors: list[float]
    suffixes: list[str]
    suffix: str | None
    """The suffix of all items, if they have one in common."""

    @classmethod
    def of(cls, rules: Mapping[str, ItemRule]) -> _ItemTable:
        # An item whose factor is no power of ten has no suffix: it is looked at record by record.
        told = {code: (rule, exponent_suffix(rule.factor)) for code, rule in rules.items()}
        known = {code: (rule, suffix) for code, (rule, suffix) in told.items() if suffix is not None}
        items, suffixes = [rule for rule, _ in known.values()], [suffix for _, suffix in known.values()]
        return cls(
            row={code: row for row, code in enumerate(known)}.__getitem__,
            item_id=np.array([rule.item_id for rule in items], dtype=np.int64),
            scope=np.array([rule.scope for rule in items], dtype=np.int64),
            realtime_s=np.array([rule.realtime_s for rule in items], dtype=np.int64),
            may_be_negative=np.array([rule.may_be_negative for rule in items], dtype=np.bool_),
            factors=[rule.factor for rule in items], suffixes=suffixes,
            suffix=suffixes[0] if len(set(suffixes)) == 1 else None,
        )  # fmt: skip


class _Shapes(dict[tuple[Any, ...], int]):
    """The words of a record without its item, period and value → its numbers, packed; ``KeyError`` for odd ones.

    Bits: statistic type 0–1, scope 2–4, input type 5–7, state 8–9.
    """

    def __init__(self, valid: Mapping[object, bool]) -> None:
        super().__init__()
        self._valid = valid

    def __missing__(self, words: tuple[Any, ...]) -> int:
        stat_type, scope, input_type, valid, state = words
        # Only what is a word of the profile as it stands: true and 1 are one key here, and need not mean the same.
        if not self._valid.get(valid) or STATES[state] == MISSING:
            raise KeyError(valid)
        packed = STAT_TYPES[stat_type] | SCOPES[scope] << 2 | INPUT_TYPES[input_type] << 5 | STATES[state] << 8
        if len(self) < MAX_SHAPES:
            self[words] = packed
        return packed


@lru_cache(maxsize=64)
def _shapes(profile_name: str) -> _Shapes:
    return _Shapes(valid_values(profile_name))


@lru_cache(maxsize=64)
def valid_values(profile_name: str) -> dict[object, bool]:
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


def clean_columns(
    records: Sequence[EnergyRecord | None], rules: ItemRules, *, latest_s: int, profile_name: str
) -> Checked | None:
    """Give the columns of records of which none is odd; ``None`` when one is. ``latest_s``: see ``check_records``."""
    way = _by_rows if len(records) <= SMALL else _by_columns
    return way(records, rules, latest_s, _shapes(profile_name))


def _by_rows(
    records: Sequence[EnergyRecord | None], rules: ItemRules, latest_s: int, shapes: _Shapes
) -> Checked | None:
    rows: dict[tuple[int, int, int], tuple[float, int]] = {}
    try:
        for record in records:
            key, content = _clean_row(record, rules, latest_s, shapes)
            rows[key] = content
    except _ODD:
        return None
    if len(rows) != len(records):  # a key came twice
        return None
    item_id, stat_type, start_s = zip(*rows, strict=True) if rows else ((), (), ())
    value, shape = zip(*rows.values(), strict=True) if rows else ((), ())
    return Checked(
        item_id=np.array(item_id, np.int64), stat_type=np.array(stat_type, np.int8),
        period_start=np.array(start_s, np.int64).view(_SECONDS), value=np.array(value, np.float64),
        state=np.array([words >> 8 for words in shape], np.uint8),
        input_type=np.array([(words >> 5) & 7 for words in shape], np.uint8),
        start_offset_s=np.zeros(len(rows), np.int32), rejections=[],
    )  # fmt: skip


def _clean_row(
    record: EnergyRecord | None, rules: ItemRules, latest_s: int, shapes: _Shapes
) -> tuple[tuple[int, int, int], tuple[float, int]]:
    """Give key, value and packed words of a record; one of the errors in ``_ODD`` where it is odd."""
    rule, shape, found = rules[_CODE(record)], shapes[_SHAPE(record)], wall_moment(_DATE(record))
    if found is None:
        raise ValueError
    start_s, grade = found
    stat_type = shape & 3
    value = base_value(_VALUE(record), rule.factor)
    if (
        rule.scope != (shape >> 2) & 7
        or not EARLIEST_S <= start_s <= latest_s
        or (grade < stat_type if stat_type else start_s % rule.realtime_s)
        or not math.isfinite(value)
        or (value < 0 and not rule.may_be_negative)
    ):
        raise ValueError
    return (rule.item_id, stat_type, start_s), (value, shape)


def _by_columns(
    records: Sequence[EnergyRecord | None], rules: ItemRules, latest_s: int, shapes: _Shapes
) -> Checked | None:
    items, count = rules.table, len(records)
    try:
        row = np.fromiter(map(items.row, map(_CODE, records)), np.int64, count)
        shape = np.fromiter(map(shapes.__getitem__, map(_SHAPE, records)), np.int64, count)
        start = _starts(list(map(_DATE, records)), latest_s)
        value = _values(list(map(_VALUE, records)), row, items)
    except _ODD:
        return None
    stat_type, start_s = shape & 3, start >> 2
    if (
        (items.scope[row] != (shape >> 2) & 7).any()
        or not _on_time(start_s, start & 3, stat_type, items.realtime_s[row])
        or not np.isfinite(value).all()
        or ((value < 0) & ~items.may_be_negative[row]).any()
        or len(set((row << 38 | start_s << 2 | stat_type).tolist())) != count
    ):
        return None
    return Checked(
        item_id=items.item_id[row], stat_type=stat_type.astype(np.int8), period_start=start_s.view(_SECONDS),
        value=value, state=(shape >> 8).astype(np.uint8), input_type=((shape >> 5) & 7).astype(np.uint8),
        start_offset_s=np.zeros(count, np.int32), rejections=[],
    )  # fmt: skip


def _starts(texts: list[str], latest_s: int) -> npt.NDArray[np.int64]:
    """Give the moments in seconds, and in the lowest two bits the longest period that each can start."""
    known: dict[str, int] = {}
    for text in set(texts):
        found = wall_moment(text)
        if found is None or not EARLIEST_S <= found[0] <= latest_s:
            raise ValueError(text)
        known[text] = found[0] << 2 | found[1]
    return np.fromiter(map(known.__getitem__, texts), np.int64, len(texts))


def _on_time(
    start_s: npt.NDArray[np.int64], grade: npt.NDArray[np.int64], stat_type: npt.NDArray[np.int64],
    realtime_s: npt.NDArray[np.int64],
) -> bool:  # fmt: skip
    off = start_s % realtime_s
    if stat_type.any():
        off = np.where(stat_type == 0, off, grade < stat_type)
    return not off.any()


def _values(sent: list[Any], row: npt.NDArray[np.int64], items: _ItemTable) -> npt.NDArray[np.float64]:
    """Read the values in base units, exactly as :func:`base_value` reads each."""
    try:
        joined = "".join(sent)
    except TypeError:  # some are numbers
        sent = [value if isinstance(value, str) else repr(value) for value in sent]
        joined = "".join(sent)
    if "e" in joined or "E" in joined or "_" in joined or not joined.isascii() or max(map(len, sent)) > LONGEST:
        return np.array([base_value(text, items.factors[at]) for text, at in zip(sent, row.tolist(), strict=True)])
    suffixes = repeat(items.suffix) if items.suffix is not None else map(items.suffixes.__getitem__, row.tolist())
    texts = map(add, sent, suffixes) if items.suffix != "" else sent
    return np.fromiter(map(float, texts), np.float64, len(sent))
