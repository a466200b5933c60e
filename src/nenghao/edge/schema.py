"""The ledger's tables: made when the file is new, brought up to date when it was written by an earlier edition."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from importlib import resources
from pathlib import Path

from nenghao.errors import NenghaoError

SCHEMA = 2
"""Stands in ``meta`` as ``schema``. Schema 1 had no such word, and one platform only."""


@lru_cache(maxsize=32)
def sql(name: str) -> str:
    """Give a statement of ``edge/sql``."""
    return resources.files("nenghao.edge").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def upgrade(connection: sqlite3.Connection) -> None:
    """Make the tables, or bring them to :data:`SCHEMA`, in one transaction: killed on the way, nothing has changed."""
    found = _schema(connection)
    if found == SCHEMA:
        return
    if found > SCHEMA:
        raise NenghaoError(
            "ledger-newer", f"台账由更新的版本写成（schema {found}）", f"the ledger is of a newer edition ({found})",
            field="edge.ledger", mend_zh="升级 nenghao，或换一个台账", mend_en="upgrade nenghao",
        )  # fmt: skip
    steps = ("from_version_1", "schema", "from_version_1_rows") if found == 1 else ("schema",)
    try:
        connection.executescript("BEGIN IMMEDIATE;\n" + "\n".join(sql(step) for step in steps) + "\nCOMMIT;")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def require_current(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse to read a ledger that this edition has not opened for work yet."""
    if _schema(connection) != SCHEMA:
        raise NenghaoError(
            "ledger-older", f"台账 {path} 由其他版本写成", f"ledger {path} is of another edition",
            field="edge.ledger", mend_zh="先启动一次接入端，它会升级台账",
            mend_en="start the edge once: it brings the ledger up to date",
        )  # fmt: skip


def _schema(connection: sqlite3.Connection) -> int:
    """Give the file's schema: 0 for a new file."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "outbox" not in tables:
        return 0
    row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    return int(row[0]) if row else 1
