"""Data items and factors of the store: what changed, and which cells must be rolled up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa

from nenghao.errors import NenghaoError
from nenghao.readings.batches import FactorRow, ItemRow
from nenghao.readings.statements import statement

_ITEM = pa.schema([
    ("id", pa.int64()), ("data_code", pa.string()), ("enterprise_id", pa.int64()), ("energy_key", pa.string()),
    ("base_unit", pa.string()), ("scope", pa.uint8()), ("counts_in_total", pa.bool_()),
    ("realtime_minutes", pa.uint8()), ("stat_types", pa.string()), ("value_min", pa.float64()),
    ("value_max", pa.float64()), ("may_be_negative", pa.bool_()), ("active", pa.bool_()),
])  # fmt: skip
_FACTOR = pa.schema([
    ("factor_id", pa.string()), ("energy_key", pa.string()), ("valid_from", pa.date32()),
    ("valid_until", pa.date32()), ("kgce_per_unit", pa.float64()),
])  # fmt: skip


def put_items(cursor: duckdb.DuckDBPyConnection, rows: Sequence[ItemRow]) -> None:
    """Insert or replace items by id and mark the cells of those that changed."""
    latest = {row.id: asdict(row) for row in rows}
    cursor.register("given", pa.Table.from_pylist(list(latest.values()), schema=_ITEM))
    _in_one_transaction(cursor, ("write/changed_items", "write/dirty_items", "write/drop_items", "write/add_items"))


def put_factors(cursor: duckdb.DuckDBPyConnection, rows: Sequence[FactorRow]) -> None:
    """Replace the factors of the energies in ``rows`` and mark the cells in the validity of those that changed."""
    _refuse_overlap(rows)
    cursor.register("given", pa.Table.from_pylist([asdict(row) for row in rows], schema=_FACTOR))
    _in_one_transaction(
        cursor, ("write/changed_factors", "write/dirty_factors", "write/drop_factors", "write/add_factors")
    )


def copy_to(cursor: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Copy the whole database into a new file, as of one instant."""
    if target.exists():
        raise NenghaoError("backup-exists", f"文件已存在: {target}", f"the file exists already: {target}")
    source = cursor.execute("SELECT current_database()").fetchall()[0][0]
    cursor.execute(f"""ATTACH '{str(target).replace("'", "''")}' AS backup""")  # ATTACH takes no parameters
    try:
        cursor.execute(f'COPY FROM DATABASE "{source}" TO backup')
    finally:
        cursor.execute("DETACH backup")


def _refuse_overlap(rows: Sequence[FactorRow]) -> None:
    ordered = sorted(rows, key=lambda row: (row.energy_key, row.valid_from))
    for earlier, later in pairwise(ordered):
        if earlier.energy_key == later.energy_key and (
            earlier.valid_until is None or earlier.valid_until > later.valid_from
        ):
            raise NenghaoError(
                "factor-overlap", "折标系数有效期重叠", "two factors hold on the same day",
                record=f"{earlier.factor_id}, {later.factor_id}", field="valid_until",
                mend_zh="前一系数的失效日期须不晚于后一系数的生效日期",
                mend_en="end the earlier one by the day the later one begins",
            )  # fmt: skip


def _in_one_transaction(cursor: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    cursor.begin()
    try:
        for name in names:
            cursor.execute(statement(name))
        cursor.commit()
    except BaseException:
        cursor.rollback()
        raise
