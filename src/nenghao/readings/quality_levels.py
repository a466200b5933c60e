"""The scale of "much" of an item: the median (usual) and the 95th percentile (high) of its recent known values.

Values of zero are left out, and signs too: the level of a net supply is as large as that of a consumption. Real-time
series take six values a day of the four weeks that end with the block, each day at other hours, so that four days in a
row tell of every hour; records take the block and the one before. A short history tells no level: it may be a holiday.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from nenghao.readings.quality_periods import BlockPeriod
from nenghao.readings.statements import statement

LEVEL_DAYS = 28
SAMPLES_PER_DAY = 6
FEWEST_KNOWN = {0: LEVEL_DAYS * SAMPLES_PER_DAY // 2, 1: 14, 2: 6}
"""Fewer known values than this (two weeks, half a year) tell no level …"""
FEWEST_TOLD = {0: 12, 1: 5, 2: 3}
"""… nor do fewer other than zero."""
HIGH_SHARE = 0.95

Matrix = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]


def sampled_levels(cursor: duckdb.DuckDBPyConnection, period: BlockPeriod, rows: int) -> tuple[Matrix, Matrix]:
    """Give usual and high of the registered items (``wanted``) for a real-time block; NaN where too little is known."""
    start, slots = period.end - timedelta(days=LEVEL_DAYS), LEVEL_DAYS * SAMPLES_PER_DAY
    asked = {"slots": slots, "from": start, "until": period.end}
    columns = version_columns(cursor, "quality/level_rows", asked, rows * slots)
    values = np.full(rows * slots, np.nan)
    values[columns["place"]] = columns["value"]
    return levels(values.reshape(rows, slots), 0)


def version_columns(cursor: duckdb.DuckDBPyConnection, name: str, asked: dict[str, Any], places: int) -> Columns:
    """Run a query that gives versions of readings; give its columns, in the order of versions where that matters.

    It matters where a place has several; a day on which nothing was sent twice need not be sorted.
    """
    table = cursor.sql(statement(name), params=asked).to_arrow_table()
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    counts = np.bincount(columns["place"], minlength=places)
    if counts.max(initial=0) > 1 and np.any(np.diff(columns["version"]) < 0):
        order = np.argsort(columns["version"], kind="stable")
        columns = {name: column[order] for name, column in columns.items()}
    return columns


def levels(values: Matrix, stat_type: int) -> tuple[Matrix, Matrix]:
    """Give the median and the 95th percentile (nearest rank) of each row's known values other than zero.

    >>> usual, high = levels(np.array([[0.0] * 10 + [1.0, 2.0, -3.0, 4.0, np.nan, 5.0]]), 1)
    >>> usual.tolist(), high.tolist()
    ([3.0], [5.0])
    """
    sizes = np.abs(values)
    told = sizes > 0  # False for NaN
    ordered = np.sort(np.where(told, sizes, np.inf), axis=1)
    count, row = told.sum(axis=1), np.arange(len(values))
    enough = (count >= FEWEST_TOLD[stat_type]) & ((~np.isnan(values)).sum(axis=1) >= FEWEST_KNOWN[stat_type])
    last = np.maximum(count - 1, 0)
    usual = (ordered[row, last // 2] + ordered[row, (last + 1) // 2]) / 2
    high = ordered[row, np.maximum(np.ceil(HIGH_SHARE * count).astype(np.int64) - 1, 0)]
    return np.where(enough, usual, np.nan), np.where(enough, high, np.nan)
