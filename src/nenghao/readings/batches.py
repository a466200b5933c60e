"""What goes into the store: batches of readings, and the dimension rows that the rollups need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.errors import NenghaoError

STANDS = 1 << 60
"""Added to the version of a reading that a person decided on against a gateway's: no later upload outranks it."""
MISSING = 2
"""State of a reading without value; the numbers are those of :class:`nenghao.intervals.State`."""


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """One record of an upload that was not kept, and why, in two languages (被拒记录).

    ``stat_type`` and ``stat_date`` are the words as sent, which need not be well-formed.
    """

    record_no: int
    code: str
    message_zh: str
    message_en: str
    data_code: str = ""
    stat_type: str = ""
    stat_date: str = ""
    field: str = ""
    mend_zh: str = ""
    mend_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingBatch:
    """One upload: columns of readings of one length, and the log entry.

    ``period_start`` is Beijing wall time, ``value`` is in the energy's base unit. NaN and state 2 (missing) mean the
    same and are made to agree. A batch without readings is allowed: it is an entry of the upload log.

    >>> batch = ReadingBatch(received_at=datetime(2026, 3, 4, 8), data_item_id=[7], stat_type=[0],
    ...                      period_start=["2026-03-04T07:45"], value=[12.5], state=[0], input_type=[1])
    >>> len(batch)
    1
    """

    received_at: datetime
    """Aware, or Beijing wall time."""
    device_id: int | None = None
    platform_id: int | None = None
    """The platform below that sent it, instead of a device."""
    enterprise_id: int | None = None
    source: str = "upload"
    operation: str = "uploadEnergyData"
    remote_address: str = ""
    response_code: str = "0"
    response_message: str = ""
    size_bytes: int = 0
    duration_ms: float = 0.0
    author: str = ""
    reason: str = ""
    method: str = ""
    """Of a correction: how its values came about (``manual``, ``linear``, ``weekday-profile`` …)."""
    approved_by: str = ""
    """Of a correction: the second person."""
    stands: npt.ArrayLike = False
    """Per reading, or for all: it stays current whatever a gateway sends later (:data:`STANDS`)."""
    backlog: int | None = None
    """How many records still waited at the gateway, where it said so."""
    clock_offset_s: float | None = None
    """How far the gateway's clock was ahead of the hub's [s], where it told its time."""
    rejections: Sequence[RejectedRecord] = ()
    data_item_id: npt.ArrayLike = ()
    stat_type: npt.ArrayLike = ()
    period_start: npt.ArrayLike = ()
    value: npt.ArrayLike = ()
    state: npt.ArrayLike = ()
    input_type: npt.ArrayLike = ()
    start_offset_s: npt.ArrayLike | None = None
    """How far the start that was sent lay from ``period_start`` [s], per reading; ``None``: none of them was off."""
    columns: dict[str, npt.NDArray] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Give every column its type; refuse columns of different length and infinite values."""
        columns = {name: np.asarray(getattr(self, name), dtype=kind) for name, kind in COLUMN_TYPES.items()}
        value, state = columns["value"], columns["state"]
        if len({column.shape for column in columns.values()}) != 1 or value.ndim != 1:
            raise NenghaoError("batch-columns", "批次各列长度不一致", "the columns of a batch differ in length")
        is_missing = state == MISSING
        if np.count_nonzero(is_missing) or np.count_nonzero(np.isfinite(value)) < len(value):  # .any() takes longer
            if np.isinf(value).any():
                raise NenghaoError("batch-infinite", "数值为无穷大", "a value is infinite", field="value")
            is_missing |= np.isnan(value)
            columns["value"] = np.where(is_missing, np.nan, value)
            columns["state"] = np.where(is_missing, np.uint8(MISSING), state)
        columns["stands"] = self._standing(len(value))
        columns["start_offset_s"] = self._offsets(len(value))
        object.__setattr__(self, "columns", columns)

    def __len__(self) -> int:
        return len(self.columns["value"])

    def _standing(self, length: int) -> npt.NDArray[np.bool_]:
        if self.stands is False:  # as with every upload
            return np.zeros(length, np.bool_)
        return np.broadcast_to(np.asarray(self.stands, dtype=np.bool_), length)

    def _offsets(self, length: int) -> npt.NDArray[np.int32]:
        """Give the offsets as a column, 0 where a start was exact (stored as NULL)."""
        if self.start_offset_s is None:
            return np.zeros(length, np.int32)
        offsets = np.asarray(self.start_offset_s, dtype=np.int32)
        if offsets.shape != (length,):
            raise NenghaoError("batch-columns", "批次各列长度不一致", "the columns of a batch differ in length")
        return offsets


COLUMN_TYPES: dict[str, np.dtype[Any]] = {
    "data_item_id": np.dtype(np.int64),
    "stat_type": np.dtype(np.uint8),
    "period_start": np.dtype("datetime64[s]"),
    "value": np.dtype(np.float64),
    "state": np.dtype(np.uint8),
    "input_type": np.dtype(np.uint8),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """What rollups and checks must know of a data item (采集数据项); ``id`` is the registry's key."""

    id: int
    data_code: str
    enterprise_id: int
    energy_key: str
    base_unit: str
    scope: int = 1
    counts_in_total: bool = True
    realtime_minutes: int = 15
    """Length of its real-time periods (statType 0): 15, 30 or 60."""
    stat_types: str = "01"
    """Digits of the statistic types that must be sent."""
    value_min: float | None = None
    """Bounds of one value in the base unit; ``None``: none."""
    value_max: float | None = None
    may_be_negative: bool = False
    active: bool = True
    """Nothing is due of an item that is switched off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRow:
    """A coal-equivalent factor (折标准煤系数) [kgce per base unit], valid from a day until the day before another."""

    factor_id: str
    energy_key: str
    valid_from: date
    kgce_per_unit: float
    valid_until: date | None = None
    """Exclusive; ``None`` while in force."""
