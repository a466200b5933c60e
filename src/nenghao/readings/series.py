"""Series as matrices (items × slots), and what happened to readings after a batch: for corrections and closed months.

The caller has made sure that the items are the asker's to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from nenghao.readings.batches import MISSING, STANDS
from nenghao.readings.results import Border, wall_border
from nenghao.readings.store import ReadingStore

NO_ROW = 255
"""State of a slot for which there is no reading at all."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Current readings, items × slots; NaN where there is no value.

    ``starts`` is Beijing wall time. ``state`` is :data:`NO_ROW` where nothing came, ``batch_id`` 0 there.
    ``from_gateway`` tells where a gateway has ever sent a value, whatever is current.
    """

    item_ids: npt.NDArray[np.int64]
    starts: npt.NDArray[np.datetime64]
    value: npt.NDArray[np.float64]
    state: npt.NDArray[np.uint8]
    input_type: npt.NDArray[np.uint8]
    batch_id: npt.NDArray[np.int64]
    from_gateway: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LateValue:
    """A value that a gateway sent for a slot after a decision that stands, and that was not known then."""

    data_item_id: int
    stat_type: int
    period_start: datetime
    decision_batch_id: int
    decided_value: float | None
    sent_value: float
    sent_batch_id: int
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What one batch changed of one item's series after a mark: slots, of which new, and the sum of the differences."""

    batch_id: int
    data_item_id: int
    stat_type: int
    slots: int
    first_start: datetime
    last_start: datetime
    slots_new: int
    change: float
    received_at: datetime
    source: str
    author: str
    reason: str
    method: str
    approved_by: str


def slot_starts(stat_type: int, start: Border, end: Border, minutes: int = 15) -> npt.NDArray[np.datetime64]:
    """Give the starts of the slots in ``[start, end)``: quarter-hours (or ``minutes``), days, or months.

    >>> from datetime import date
    >>> [str(month) for month in slot_starts(2, date(2026, 1, 1), date(2026, 3, 1)).astype("datetime64[M]")]
    ['2026-01', '2026-02']
    """
    first, last = (np.datetime64(wall_border(border), "s") for border in (start, end))
    if stat_type == 0:
        return np.arange(first, last, np.timedelta64(minutes * 60, "s"))
    unit = {1: "D", 2: "M", 3: "Y"}[stat_type]
    rounded = first.astype(f"datetime64[{unit}]")
    starts = np.arange(rounded, last.astype(f"datetime64[{unit}]") + 1).astype("datetime64[s]")
    return starts[(starts >= first) & (starts < last)]


def read_series(
    store: ReadingStore,
    *,
    data_item_ids: Sequence[int],
    stat_type: int,
    start: Border,
    end: Border,
    minutes: int = 15,
) -> Series:
    """Give the current readings of items as matrices; ``minutes`` is the length of their real-time slots."""
    ids, starts = np.array(sorted(set(data_item_ids)), dtype=np.int64), slot_starts(stat_type, start, end, minutes)
    found = store.columns(
        "series", data_item_ids=ids.tolist(), stat_type=stat_type, start=wall_border(start), end=wall_border(end)
    )
    at = found["period_start"].astype("datetime64[s]")
    column = np.minimum(np.searchsorted(starts, at), max(0, len(starts) - 1))
    fits = starts[column] == at if len(starts) else np.zeros(len(at), dtype=bool)
    place = np.searchsorted(ids, found["data_item_id"])[fits], column[fits]

    def matrix(name: str, nothing: float, kind: npt.DTypeLike) -> npt.NDArray:
        made = np.full((len(ids), len(starts)), nothing, dtype=kind)
        made[place] = np.ma.filled(found[name], np.nan if name == "value" else nothing)[fits]
        return made

    state = matrix("state", NO_ROW, np.uint8)
    value = matrix("value", np.nan, np.float64)
    value[state == MISSING] = np.nan
    return Series(
        item_ids=ids, starts=starts, value=value, state=state, input_type=matrix("input_type", 0, np.uint8),
        batch_id=matrix("batch_id", 0, np.int64), from_gateway=matrix("from_gateway", 0, np.bool_),
    )  # fmt: skip


def values_after_decisions(
    store: ReadingStore, *, data_item_ids: Iterable[int], start: Border, end: Border
) -> tuple[LateValue, ...]:
    """Give what gateways sent for slots after a decision that stands: only what was new to the deciding persons."""
    return store.rows(
        "after_decisions", LateValue, data_item_ids=list(data_item_ids), stands=STANDS, start=wall_border(start),
        end=wall_border(end),
    )  # fmt: skip


def changed_since(
    store: ReadingStore, *, data_item_ids: Iterable[int], mark: int, start: Border, end: Border
) -> tuple[Change, ...]:
    """Give what is current now and was not after batch ``mark``, by batch, item and statistic type."""
    return store.rows(
        "changed_since", Change, data_item_ids=list(data_item_ids), mark=mark, start=wall_border(start),
        end=wall_border(end),
    )  # fmt: skip


def slot_end(stat_type: int, start: datetime, minutes: int = 15) -> datetime:
    """Give the first instant after a slot."""
    if stat_type == 0:
        return start + timedelta(minutes=minutes)
    if stat_type == 1:
        return start + timedelta(days=1)
    months = start.year * 12 + start.month - 1 + (1 if stat_type == 2 else 12)
    return start.replace(year=months // 12, month=months % 12 + 1)
