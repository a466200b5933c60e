"""Register samples in DuckDB, and their way to stored consumption (表底采样库).

A hub or an energy control centre that receives raw registers instead of interval values keeps them here: ``sample`` is
append-only, and :func:`compute_stored` turns a span of it into hourly consumption per meter, hourly consumption per
enterprise and energy, and daily coal equivalent, in one transaction. What arrives late is taken in by
:mod:`nenghao.readings.sample_repair`.
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


def load_meters(
    connection: duckdb.DuckDBPyConnection, only: np.ndarray | None = None
) -> tuple[list[MeterSpec], np.ndarray]:
    """Read every meter, or those with an id in ``only``, with its events; give also the ids, ascending."""
    wanted = {"only": None if only is None else only.tolist()}
    events: dict[int, list[ReplaceEvent]] = defaultdict(list)
    for meter_id, at_ms, final, initial, multiplier in connection.execute(
        statement("samples/select_events"), wanted
    ).fetchall():
        events[meter_id].append(ReplaceEvent(at_ms, final, initial, multiplier))
    meters = [
        MeterSpec(
            str(row[0]), row[1], row[2], row[3], multiplier=row[4], modulus=row[5], max_rate_per_hour=row[6],
            installed_at_ms=row[7], removed_at_ms=row[8], events=tuple(events.get(row[0], ())),
        )
        for row in connection.execute(statement("samples/select_meters"), wanted).fetchall()
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
    """Compute ``[start, end)`` (midnights, epoch ms) from stored samples, and store all three results durably.

    What was stored for the span before is replaced where it comes out differently.
    """
    meters, ids = load_meters(connection)
    index, samples = load_samples(connection, ids, start_ms, end_ms)
    result = compute_many(meters, index, samples, PeriodKind.HOUR, start_ms=start_ms, end_ms=end_ms)
    connection.begin()
    try:
        store_intervals(connection, ids[result.meter_index], result, keep_missing=True)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return result


def store_intervals(
    connection: duckdb.DuckDBPyConnection, meter_ids: np.ndarray, rows: ManyResult, *, keep_missing: bool
) -> int:
    """Store hourly consumption and sum again exactly the totals that it changes; give the number of changed hours.

    ``meter_ids`` has the meter of each row; ``keep_missing`` stores also hours of which nothing is known yet. The
    caller owns the transaction.
    """
    fresh = pa.table({
        "meter_id": meter_ids.astype(np.int32),
        "period_start": wall_from_ms(rows.period_start_ms).astype("datetime64[us]"),
        "quantity": pa.array(rows.value, from_pandas=True), "state": rows.state,
    })  # fmt: skip
    connection.register("fresh", fresh)
    connection.execute(statement("samples/changed_intervals"), {"keep_missing": keep_missing})
    connection.unregister("fresh")
    for name in _REPLACE:
        connection.execute(statement(f"samples/{name}"))
    counted = connection.execute("SELECT count(*) FROM changed").fetchall()
    return counted[0][0]


_REPLACE = (
    "drop_changed_intervals", "insert_changed_intervals", "touched_totals", "drop_touched_hours",
    "insert_interval_enterprise", "drop_touched_days", "insert_consumption_day",
)  # fmt: skip
