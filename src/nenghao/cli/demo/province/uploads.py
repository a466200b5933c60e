"""Turns what the gateways sent into the platform's batches: one upload a night and plant, resends, late ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.cli.demo.province.profiles import QUARTERS
from nenghao.cli.demo.province.sent import DAY, MONTH, REALTIME, Resent, Sent
from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch

BYTES_A_RECORD = 118
_DAY = np.timedelta64(1, "D")
_QUARTER = np.timedelta64(900, "s")


@dataclass(frozen=True, slots=True)
class Keys:
    """The registry's keys of one enterprise: itself, its device, its items by row."""

    enterprise_id: int
    device_id: int
    item_ids: npt.NDArray[np.int64]


Columns = dict[str, Any]
"""Arrays of one length by name."""


@dataclass(frozen=True, slots=True)
class _Nights:
    """Everything that one gateway sends, by the day it speaks of; day ``d`` is ``borders[d]:borders[d + 1]``."""

    columns: Columns
    borders: npt.NDArray[np.int64]

    def of(self, day: int) -> Columns:
        """Give what is sent of one day."""
        night = slice(self.borders[day], self.borders[day + 1])
        return {name: column[night] for name, column in self.columns.items()}


def batches(sent: Sequence[Sent], keys: Mapping[str, Keys], *, now: datetime) -> Iterator[ReadingBatch]:
    """Yield every upload that has arrived by ``now``, in the order of arrival.

    A night of which nothing is left (an outage) has no upload, so that nothing stands in the upload log.
    """
    nights = [_nights(one, keys[one.enterprise.code]) for one in sent]
    at = np.concatenate([*(one.delivered for one in sent), *(
        np.array([again.at for again in one.resent], dtype="datetime64[s]") for one in sent
    )])  # fmt: skip
    what = [(place, day, None) for place, one in enumerate(sent) for day in range(one.days)]
    what += [(place, -1, again) for place, one in enumerate(sent) for again in one.resent]
    border = np.datetime64(now.astimezone(BEIJING).replace(tzinfo=None), "s")
    for turn in np.argsort(at, kind="stable"):
        place, day, again = what[turn]
        one = sent[place]
        key = keys[one.enterprise.code]
        columns = nights[place].of(day) if again is None else _again(one, key, again)
        if at[turn] <= border and len(columns["value"]):
            spoken_on = day if again is None else min(int((at[turn] - one.first) / _DAY), one.days - 1)
            yield _batch(columns, one, key, datetime.fromisoformat(str(at[turn])), spoken_on)


def _nights(one: Sent, key: Keys) -> _Nights:
    """Lay out a gateway's day records, quarter-hours and month records as columns, by day; what is NaN is not sent."""
    days = np.arange(one.days)
    fine_days = days[one.fine_first :]
    fine_rows = np.array(one.enterprise.fine_rows, dtype=np.int64)
    quarters = one.instant(REALTIME, 0) + np.arange(len(fine_days) * QUARTERS) * _QUARTER
    ends = np.array([end - 1 for _, end, _ in one.months], dtype=np.int64)
    months = np.array([month for *_, month in one.months], dtype="datetime64[s]")
    every = np.arange(len(one.enterprise.items))
    parts = [
        _part(every, DAY, days, one.first + days * _DAY, one.day),
        _part(fine_rows, REALTIME, np.repeat(fine_days, QUARTERS), quarters, one.fine),
        _part(every, MONTH, ends, months, one.month),
    ]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    joined["offset"] = np.where(joined["stat_type"] == MONTH, 0, one.offset_s[joined["day"]])
    order = np.flatnonzero(~np.isnan(joined["value"]))
    order = order[np.argsort(joined["day"][order], kind="stable")]
    borders = np.searchsorted(joined["day"][order], np.arange(one.days + 1))
    return _Nights(_named(one, key, {name: column[order] for name, column in joined.items()}), borders)


def _part(rows: npt.NDArray, stat_type: int, days: npt.NDArray, starts: npt.NDArray, values: npt.NDArray) -> Columns:
    """Give items × slots of one statistic type as columns."""
    return {
        "row": np.repeat(rows, len(days)), "stat_type": np.full(values.size, stat_type, dtype=np.uint8),
        "day": np.tile(days, len(rows)), "start": np.tile(starts, len(rows)), "value": values.ravel(),
    }  # fmt: skip


def _named(one: Sent, key: Keys, columns: Columns) -> Columns:
    """Give the columns as a batch wants them."""
    input_types = np.array([item.input_type for item in one.enterprise.items], dtype=np.uint8)
    rows = columns["row"]
    return {
        "data_item_id": key.item_ids[rows], "stat_type": columns["stat_type"],
        "period_start": columns["start"].astype("datetime64[s]"), "value": columns["value"],
        "state": np.zeros(len(rows), dtype=np.uint8), "input_type": input_types[rows],
        "start_offset_s": columns["offset"].astype(np.int32),
    }  # fmt: skip


def _again(one: Sent, key: Keys, again: Resent) -> Columns:
    slots = len(again.slots)
    return _named(one, key, {
        "row": np.full(slots, again.row), "stat_type": np.full(slots, again.stat_type, dtype=np.uint8),
        "start": np.array([one.instant(again.stat_type, int(slot)) for slot in again.slots]), "value": again.values,
        "offset": np.zeros(slots),
    })  # fmt: skip


def _batch(columns: Columns, one: Sent, key: Keys, at: datetime, day: int) -> ReadingBatch:
    records, number = len(columns["value"]), one.enterprise.number
    offsets = columns.pop("start_offset_s")
    return ReadingBatch(
        received_at=at, device_id=key.device_id, enterprise_id=key.enterprise_id,
        remote_address=f"10.{number // 250}.{number % 250}.8", response_message="成功",
        size_bytes=420 + BYTES_A_RECORD * records, duration_ms=round(3.0 + 0.02 * records, 2),
        backlog=int(one.backlog[day]), clock_offset_s=float(one.clock_s[day]),
        start_offset_s=offsets if offsets.any() else None, **columns,
    )  # fmt: skip
