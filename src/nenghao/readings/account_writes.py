"""Computes and stores month accounts: gathered in one query, replaced where they differ, in one transaction.

An account is a pure function of rollups, ledgers, stated rules and rates. What is computed anew and comes out the same
is not written: its ``mark`` stays, so that whoever rests on it need not look again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from nenghao.periods import wall
from nenghao.readings.accounts import AccountMonth
from nenghao.readings.statements import statement
from nenghao.readings.store import ReadingStore

STATED = pa.schema([
    ("data_item_id", pa.int64()), ("from_month", pa.date32()), ("until_month", pa.date32()), ("flow", pa.string()),
    ("unit_code", pa.string()),
])  # fmt: skip
"""Flows that somebody stated for items: from a month until another (exclusive, NULL: open)."""
FIGURES = pa.schema([
    ("enterprise_id", pa.int64()), ("month", pa.date32()), ("energy_key", pa.string()), ("kind", pa.string()),
    ("flow", pa.string()), ("quantity", pa.float64()),
])  # fmt: skip
"""Figures of the ledgers; ``flow`` is empty where a kind is no flow."""
OUTSIDE = pa.schema([("enterprise_id", pa.int64()), ("month", pa.date32()), ("unit_code", pa.string())])
"""Processes that lie outside the boundary in a month."""
_TABLES = ("line", "energy", "month")


@dataclass(frozen=True, slots=True)
class Stored:
    """How many accounts were computed, how many came out different, and the rows written for these."""

    computed: int = 0
    changed: int = 0
    rows: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(self.computed + other.computed, self.changed + other.changed, self.rows + other.rows)


class Rewriting:
    """One transaction over the accounts of some months: what they are made of, and the door to store them."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, asked: Sequence[AccountMonth]) -> None:
        self._cursor, self._asked = cursor, asked
        _register(cursor, "asked", {
            "enterprise_id": pa.array([row[0] for row in asked], pa.int64()),
            "month": pa.array([row[1] for row in asked], pa.date32()),
        })  # fmt: skip

    def gather(self, *, stated: pa.Table, figures: pa.Table, outside: pa.Table) -> pa.Table:
        """Give every flow of the months, by enterprise, month, energy, part of the plant and flow, in this order.

        Columns: enterprise_id, month, unit_code, energy_key, flow, quantity, measured_ratio, missing_ratio, sources.
        """
        _register(self._cursor, "stated", stated)
        _register(self._cursor, "figure", figures)
        _register(self._cursor, "outside", outside)
        months = [month for _, month in self._asked]
        span = {"start": min(months), "until": max(months).replace(day=2)}
        return self._cursor.sql(statement("accounts/gather"), params=span).to_arrow_table()

    def put(self, *, lines: pa.Table, energies: pa.Table, months: pa.Table, now: datetime) -> Stored:
        """Replace the accounts that differ from what is stored; every month asked for is known to be fresh then."""
        for name, rows in zip(_TABLES, (lines, energies, months), strict=True):
            columns = [row[0] for row in self._cursor.execute(f"DESCRIBE account_{name}").fetchall()]
            _register(self._cursor, f"new_{name}", rows.select([c for c in columns if c in rows.column_names]))
        self._cursor.execute(statement("accounts/changed"))
        changed = self._count("changed")
        for name in _TABLES if changed else ():
            self._cursor.execute(statement(f"accounts/drop_{name}"))
            self._cursor.execute(statement(f"accounts/add_{name}"), self._given(name, now))
        self._cursor.execute(statement("accounts/forget_stale"))
        written = sum(self._count(f"new_{name} JOIN changed USING (enterprise_id, month)") for name in _TABLES)
        return Stored(len(self._asked), changed, written if changed else 0)

    def _given(self, name: str, now: datetime) -> dict[str, Any] | None:
        if name != "month":
            return None
        mark = self._cursor.execute("SELECT nextval('account_mark')").fetchall()[0][0]
        return {"mark": mark, "now": wall(now)}

    def _count(self, table: str) -> int:
        return self._cursor.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]  # noqa: S608 -- our own names


@contextmanager
def rewriting(store: ReadingStore, asked: Sequence[AccountMonth]) -> Iterator[Rewriting]:
    """Compute the accounts of some months again, as of one instant; marks that come meanwhile stay.

    Nothing is stored when the block raises. One rewriting at a time.
    """
    with store.account_lock, store.cursor() as cursor:
        cursor.begin()
        try:
            yield Rewriting(cursor, asked)
            cursor.commit()
        except BaseException:
            cursor.rollback()
            raise


def _register(cursor: duckdb.DuckDBPyConnection, name: str, rows: pa.Table | dict[str, pa.Array]) -> None:
    """Copy rows into a temporary table: a registered Arrow table is read anew by every query that names it."""
    cursor.register("given_rows", pa.table(rows) if isinstance(rows, dict) else rows)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given_rows")  # noqa: S608 -- our own names
    cursor.unregister("given_rows")
