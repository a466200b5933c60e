"""Turns what the gateways sent into the platform's batches: one upload a night and plant, resends, late ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from nenghao.cli.demo.province.profiles import QUARTERS
from nenghao.cli.demo.province.sent import DAY, MONTH, REALTIME, Resent, Sent
from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch

BYTES_A_RECORD = 118


@dataclass(frozen=True, slots=True)
class Keys:
    """The registry's keys of one enterprise: itself, its device, its items by row."""

    enterprise_id: int
    device_id: int
    item_ids: np.ndarray


@dataclass(slots=True)
class _Columns:
    rows: list[np.ndarray]
    stat_types: list[np.ndarray]
    starts: list[np.ndarray]
    values: list[np.ndarray]
    offsets: list[np.ndarray]

    def add(self, rows: np.ndarray, stat_type: int, starts: np.ndarray, values: np.ndarray, offset_s: int) -> None:
        """Add readings of one statistic type; what is NaN was not sent."""
        there = ~np.isnan(values)
        self.rows.append(rows[there])
        self.stat_types.append(np.full(there.sum(), stat_type, dtype=np.uint8))
        self.starts.append(starts[there])
        self.values.append(values[there])
        self.offsets.append(np.full(there.sum(), offset_s, dtype=np.int32))


def batches(sent: Sequence[Sent], keys: Mapping[str, Keys], *, now: datetime) -> Iterator[ReadingBatch]:
    """Yield every upload that has arrived by ``now``, in the order of arrival."""
    order: list[tuple[np.datetime64, int, int, int]] = []
    for place, one in enumerate(sent):
        order += [(at, place, day, -1) for day, at in enumerate(one.delivered)]
        order += [(again.at, place, -1, number) for number, again in enumerate(one.resent)]
    border = np.datetime64(now.astimezone(BEIJING).replace(tzinfo=None), "s")
    for at, place, day, number in sorted(order):
        if at > border:
            return
        one = sent[place]
        key = keys[one.enterprise.code]
        columns = _Columns([], [], [], [], [])
        if number >= 0:
            again = one.resent[number]
            _add_resent(columns, one, again)
        else:
            _add_day(columns, one, day)
        if not any(len(rows) for rows in columns.rows):
            continue  # an outage: nothing is sent, so that nothing stands in the upload log
        sent_on = int((at - one.first) / np.timedelta64(1, "D"))
        yield _batch(columns, one, key, at, day if number < 0 else min(sent_on, one.days - 1))


def _add_day(columns: _Columns, one: Sent, day: int) -> None:
    """Add the records of a day: the day's, its quarter-hours, and the month's when it ends with this day."""
    offset = int(one.offset_s[day])
    rows = np.arange(len(one.enterprise.items))
    columns.add(rows, DAY, np.full(len(rows), one.instant(DAY, day)), one.day[:, day], offset)
    if day >= one.fine_first and one.enterprise.fine_rows:
        first = one.quarter(day)
        starts = one.instant(REALTIME, first) + np.arange(QUARTERS) * np.timedelta64(900, "s")
        fine_rows = np.array(one.enterprise.fine_rows)
        columns.add(
            np.repeat(fine_rows, QUARTERS), REALTIME, np.tile(starts, len(fine_rows)),
            one.fine[:, first : first + QUARTERS].ravel(), offset,
        )  # fmt: skip
    for place, (_, end, month) in enumerate(one.months):
        if end == day + 1:
            columns.add(rows, MONTH, np.full(len(rows), np.datetime64(month, "s")), one.month[:, place], 0)


def _add_resent(columns: _Columns, one: Sent, again: Resent) -> None:
    starts = np.array([one.instant(again.stat_type, int(slot)) for slot in again.slots])
    columns.add(np.full(len(starts), again.row), again.stat_type, starts, again.values, 0)


def _batch(columns: _Columns, one: Sent, key: Keys, at: np.datetime64, day: int) -> ReadingBatch:
    rows = np.concatenate(columns.rows)
    offsets = np.concatenate(columns.offsets)
    return ReadingBatch(
        received_at=datetime.fromisoformat(str(at)), device_id=key.device_id, enterprise_id=key.enterprise_id,
        remote_address=f"10.{one.enterprise.number // 250}.{one.enterprise.number % 250}.8", response_message="成功",
        size_bytes=420 + BYTES_A_RECORD * len(rows), duration_ms=round(3.0 + 0.02 * len(rows), 2),
        backlog=int(one.backlog[day]), clock_offset_s=float(one.clock_s[day]),
        data_item_id=key.item_ids[rows], stat_type=np.concatenate(columns.stat_types),
        period_start=np.concatenate(columns.starts).astype("datetime64[s]"), value=np.concatenate(columns.values),
        state=np.zeros(len(rows), dtype=np.uint8),
        input_type=np.array([item.input_type for item in one.enterprise.items], dtype=np.uint8)[rows],
        start_offset_s=offsets if offsets.any() else None,
    )  # fmt: skip
