"""Register samples in DuckDB, and their way to stored consumption (表底采样库).

A hub or an energy control centre that receives raw registers instead of interval values keeps them here: ``sample`` is
append-only, and :func:`compute_stored` turns a span of it into hourly consumption per meter, hourly consumption per
enterprise and energy, and daily coal equivalent, in one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from nenghao.intervals import ManyResult, MeterSpec, ReplaceEvent, SampleColumns, compute_many
from nenghao.periods import PeriodKind, wall_from_ms
from nenghao.readings.statements import statement

CONTEXT_MS = 6 * 3_600_000
"""Samples this long before and after the span are read too: they bound its first and last periods."""


def open_samples(path: Path) -> duckdb.DuckDBPyConnection:
    """Open the file of samples, creating its tables when it is new."""
    connection = duckdb.connect(str(path))
    known = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'sample'").fetchall()
    if known == [(0,)]:
        connection.execute(statement("samples/schema"))
    return connection


def append(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, Any]) -> None:
    """Append columns (arrays of one length, NaN meaning NULL in floats) to ``table``, in the order of its columns."""
    rows = pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
    connection.register("rows_to_append", rows)
    connection.table("rows_to_append").insert_into(table)
    connection.unregister("rows_to_append")


def load_meters(connection: duckdb.DuckDBPyConnection) -> tuple[list[MeterSpec], np.ndarray]:
    """Read every meter with its events; give also the ids, in the same (ascending) order."""
    events: dict[int, list[ReplaceEvent]] = defaultdict(list)
    for meter_id, at_ms, final, initial, multiplier in connection.execute(
        statement("samples/select_events")
    ).fetchall():
        events[meter_id].append(ReplaceEvent(at_ms, final, initial, multiplier))
    meters = [
        MeterSpec(
            str(row[0]), row[1], row[2], row[3], multiplier=row[4], modulus=row[5], max_rate_per_hour=row[6],
            installed_at_ms=row[7], removed_at_ms=row[8], events=tuple(events.get(row[0], ())),
        )
        for row in connection.execute(statement("samples/select_meters")).fetchall()
    ]  # fmt: skip
    return meters, np.array([int(meter.meter_id) for meter in meters], dtype=np.int64)


def load_samples(
    connection: duckdb.DuckDBPyConnection, ids: np.ndarray, start_ms: int, end_ms: int
) -> tuple[np.ndarray, SampleColumns]:
    """Read the samples of ``[start, end)`` and its context; give the meters' positions in ``ids`` and the samples."""
    span = {"from_ms": start_ms - CONTEXT_MS, "until_ms": end_ms + CONTEXT_MS}
    found = connection.execute(statement("samples/select_samples"), span).fetchnumpy()
    index = np.searchsorted(ids, found["meter_id"])
    return index, SampleColumns.of(found["ts_ms"], found["register"], found["received_at_ms"])


def compute_stored(connection: duckdb.DuckDBPyConnection, start_ms: int, end_ms: int) -> ManyResult:
    """Compute ``[start, end)`` (midnights, epoch ms) from stored samples, and store all three results durably."""
    meters, ids = load_meters(connection)
    index, samples = load_samples(connection, ids, start_ms, end_ms)
    result = compute_many(meters, index, samples, PeriodKind.HOUR, start_ms=start_ms, end_ms=end_ms)
    connection.begin()
    append(
        connection, "interval_meter",
        {
            "meter_id": ids[result.meter_index].astype(np.int32),
            "period_start": wall_from_ms(result.period_start_ms).astype("datetime64[us]"),
            "quantity": result.value, "state": result.state,
        },
    )  # fmt: skip
    connection.execute(statement("samples/insert_interval_enterprise"))
    connection.execute(statement("samples/insert_consumption_day"))
    connection.commit()
    return result
