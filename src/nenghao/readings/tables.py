"""Turns a group of batches into the Arrow tables that one transaction inserts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from operator import attrgetter

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nenghao.periods import wall
from nenghao.readings.batches import STANDS, ReadingBatch
from nenghao.readings.marks import DAY_BITS, STAT_BITS, Marks

_BATCH = pa.schema([
    ("id", pa.int64()), ("device_id", pa.int64()), ("enterprise_id", pa.int64()), ("received_at", pa.timestamp("us")),
    ("source", pa.string()), ("operation", pa.string()), ("remote_address", pa.string()), ("accepted", pa.int32()),
    ("rejected", pa.int32()), ("response_code", pa.string()), ("response_message", pa.string()),
    ("size_bytes", pa.int64()), ("duration_ms", pa.float64()), ("author", pa.string()), ("reason", pa.string()),
    ("last_version", pa.int64()), ("backlog", pa.int64()), ("clock_offset_s", pa.float64()),
    ("method", pa.string()), ("approved_by", pa.string()), ("platform_id", pa.int64()),
])  # fmt: skip
_REJECTION = pa.schema([
    ("batch_id", pa.int64()), ("record_no", pa.int32()), ("data_code", pa.string()), ("stat_type", pa.string()),
    ("stat_date", pa.string()), ("code", pa.string()), ("field", pa.string()), ("message_zh", pa.string()),
    ("message_en", pa.string()), ("mend_zh", pa.string()), ("mend_en", pa.string()),
])  # fmt: skip
_COPIED = ("device_id", "enterprise_id", "source", "operation", "remote_address", "response_code", "response_message",
           "size_bytes", "duration_ms", "author", "reason", "backlog", "clock_offset_s", "method",
           "approved_by", "platform_id")  # fmt: skip
_ALL_COPIED = attrgetter(*_COPIED)


def wall_time(instant: datetime) -> datetime:
    """Give Beijing wall time of an aware instant; wall time stays as it is."""
    return instant if instant.tzinfo is None else wall(instant)


def group_tables(
    batches: Sequence[ReadingBatch], first_batch_id: int, last_version: int, marks: Marks
) -> dict[str, pa.Table]:
    """Give the rows of ``reading``, ``dirty_cell``, ``unchecked_cell``, ``rejection``, ``batch``, without empty ones.

    Batches are numbered from ``first_batch_id``, readings from ``last_version + 1``, both in the order given. What
    waits in ``marks`` is not marked again.
    """
    ids = np.arange(first_batch_id, first_batch_id + len(batches))
    lengths = np.array([len(batch) for batch in batches])
    versions = last_version + np.cumsum(lengths)
    tables = {"batch": _batch_table(batches, ids, versions)}
    if any(batch.rejections for batch in batches):
        tables["rejection"] = _rejection_table(batches, ids)
    if lengths.sum():
        columns = {name: np.concatenate([batch.columns[name] for batch in batches]) for name in batches[0].columns}
        tables["reading"] = _reading_table(columns, np.repeat(ids, lengths), last_version)
        tables |= _mark_tables(columns, int(versions[-1]), marks)
    return {name: table for name, table in tables.items() if len(table)}


def _reading_table(columns: dict[str, npt.NDArray], batch_ids: npt.NDArray[np.int64], last_version: int) -> pa.Table:
    version = np.arange(last_version + 1, last_version + 1 + len(batch_ids))
    table = {
        "data_item_id": columns["data_item_id"], "stat_type": columns["stat_type"],
        "period_start": columns["period_start"], "version": version + columns["stands"] * STANDS,
        "value": pa.array(columns["value"], from_pandas=True), "state": columns["state"],
        "input_type": columns["input_type"], "batch_id": batch_ids,
    }  # fmt: skip
    offsets = columns["start_offset_s"]
    if offsets.any():
        table["start_offset_s"] = pa.array(offsets, mask=offsets == 0)
    return pa.table(table)


def _mark_tables(columns: dict[str, npt.NDArray], version: int, marks: Marks) -> dict[str, pa.Table]:
    """Give the distinct cells that the readings touch: (item, day) for rollups, by statistic type for checks."""
    days = columns["period_start"].astype("datetime64[D]").astype(np.int64)
    places = (columns["data_item_id"] << DAY_BITS) | days
    touched = np.unique((places << STAT_BITS) | columns["stat_type"])
    dirty = marks.dirty.unmarked(np.unique(touched >> STAT_BITS))
    unchecked = marks.unchecked.unmarked(touched)
    stat_type = (unchecked & ((1 << STAT_BITS) - 1)).astype(np.uint8)
    return {
        "dirty_cell": pa.table(_place_columns(dirty, version)),
        "unchecked_cell": pa.table(_place_columns(unchecked >> STAT_BITS, version) | {"stat_type": stat_type}),
    }


def _place_columns(places: npt.NDArray[np.int64], version: int) -> dict[str, npt.NDArray]:
    day = (places & ((1 << DAY_BITS) - 1)).astype("datetime64[D]")
    return {"data_item_id": places >> DAY_BITS, "day": day, "version": np.full(len(places), version)}


def _batch_table(batches: Sequence[ReadingBatch], ids: npt.NDArray, versions: npt.NDArray) -> pa.Table:
    copied = dict(zip(_COPIED, zip(*map(_ALL_COPIED, batches), strict=True), strict=True))
    given = {
        "id": ids, "last_version": versions, "accepted": [len(batch) for batch in batches],
        "rejected": [len(batch.rejections) for batch in batches],
        "received_at": [wall_time(batch.received_at) for batch in batches],
    }  # fmt: skip
    return pa.table(copied | given, schema=_BATCH)


def _rejection_table(batches: Sequence[ReadingBatch], ids: npt.NDArray) -> pa.Table:
    rows = [
        {"batch_id": int(batch_id), **asdict(record)}
        for batch_id, batch in zip(ids, batches, strict=True)
        for record in batch.rejections
    ]
    return pa.Table.from_pylist(rows, schema=_REJECTION)
