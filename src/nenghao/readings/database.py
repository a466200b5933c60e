"""Opens the DuckDB file and brings its schema forward."""

from __future__ import annotations

from pathlib import Path

import duckdb

from nenghao.errors import NenghaoError
from nenghao.readings.statements import migrations

THREADS = 2
CHECKPOINT_NEVER = "64GB"
"""The rollup thread checkpoints; a commit must not stop for it."""


def open_database(path: Path, memory_mb: int) -> duckdb.DuckDBPyConnection:
    """Open or create the file and migrate it; refuse one that another process holds or a newer program wrote.

    ``memory_mb``: what DuckDB may use [MB].
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    config = {"memory_limit": f"{memory_mb}MB", "threads": THREADS, "checkpoint_threshold": CHECKPOINT_NEVER}
    try:
        connection = duckdb.connect(str(path), config=config)
    except duckdb.IOException as error:
        raise NenghaoError(
            "store-locked", f"无法打开读数库 {path}: {error}", f"the reading store {path} cannot be opened: {error}",
            mend_zh="检查是否有另一个平台进程正在使用该文件", mend_en="see whether another hub process holds the file",
        ) from error  # fmt: skip
    try:
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied_at TIMESTAMPTZ)")
    present = schema_version(connection)
    steps = migrations()
    if present > steps[-1][0]:
        raise NenghaoError(
            "store-newer", f"读数库版本 {present} 比程序新", f"the store has version {present}, newer than the program",
            mend_zh="升级程序", mend_en="upgrade the program",
        )  # fmt: skip
    for version, script in steps:
        if version > present:
            connection.begin()
            connection.execute(script)
            connection.execute("INSERT INTO schema_version VALUES ($version, now())", {"version": version})
            connection.commit()


def schema_version(connection: duckdb.DuckDBPyConnection) -> int:
    """Give the version of the schema in the file; 0 for an empty one."""
    # All rows are fetched: a result left half read keeps its transaction open, and DuckDB every row deleted since.
    return int(connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchall()[0][0])
