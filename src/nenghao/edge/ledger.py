"""The edge's ledger (台账): one SQLite file, WAL with ``synchronous=FULL``; what is committed survives ``kill -9``.

All writing goes through :meth:`Ledger.transaction`. The outbox has one row per (item, interval kind, period start) with
a version; what became of it at each destination stands in ``delivery`` (:mod:`nenghao.edge.book`).
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from nenghao.drivers.base import Problem
from nenghao.edge.book import Book, activate
from nenghao.edge.config import EdgePlan
from nenghao.edge.schema import require_current, sql, upgrade
from nenghao.errors import NenghaoError
from nenghao.findings import Finding
from nenghao.periods import PeriodKind

KINDS = (PeriodKind.QUARTER_HOUR, PeriodKind.HOUR, PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.YEAR)
"""The interval kinds of the ledger; the position is the number on disk."""
YEAR = 4
NEVER_MS = 1 << 62
MAX_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class SampleRows:
    """Samples of one meter as columns, in order of time."""

    ts_ms: npt.NDArray[np.int64]
    received_at_ms: npt.NDArray[np.int64]
    register: npt.NDArray[np.float64]
    segment: npt.NDArray[np.int64]


class Ledger:
    """The open file. One thread, one connection; transactions are short, so the event loop calls them directly."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._lock = None if read_only else _locked(path)
        try:
            self.connection = _connect(path, read_only=read_only)
        except sqlite3.Error as error:
            raise NenghaoError(
                "ledger-unusable", f"台账 {path} 不能打开（{error}）",
                f"ledger {path} cannot be opened ({error})",
                field="edge.ledger", mend_zh="检查路径、权限和磁盘空间", mend_en="check path, permissions and disk",
            ) from None  # fmt: skip
        self.meter_no: dict[str, int] = dict(self.connection.execute("SELECT meter_id, meter_no FROM meter"))
        self._fill, self._years = sql("fill_outbox"), sql("fill_years")

    def close(self) -> None:
        """Close the file and let others have it."""
        self.connection.close()
        if self._lock is not None:
            self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit all that the block writes, or nothing."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    # Configuration -------------------------------------------------------------------------------------------------

    def apply(self, plan: EdgePlan) -> None:
        """Bring meters, items and their relation to the configuration."""
        with self.transaction() as db:
            db.executemany("INSERT OR IGNORE INTO meter (meter_id) VALUES (?)", [(m,) for m in plan.meters])
            db.executemany("INSERT OR IGNORE INTO item (data_code) VALUES (?)", [(code,) for code in plan.items])
            self.meter_no = dict(db.execute("SELECT meter_id, meter_no FROM meter"))
            item_no = dict(db.execute("SELECT data_code, item_no FROM item"))
            for table in ("item_meter", "item_kind", "destination_kind"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - a table of ours
            db.executemany("INSERT INTO item_meter VALUES (?, ?, ?, ?, ?)", self._relations(plan, item_no))
            numbers = activate(db, list(plan.destinations))
            db.executemany(
                "INSERT INTO destination_kind VALUES (?, ?, ?, ?)",
                [
                    (numbers[destination.id], item_no[code], kind, stat_type)
                    for destination in plan.destinations.values() for kind, stat_type in destination.kinds.items()
                    for code, item in plan.items.items() if stat_type in item.section.stat_types
                ],
            )  # fmt: skip
            db.execute("INSERT INTO item_kind SELECT DISTINCT item_no, kind FROM destination_kind")
            db.execute(sql("activate"))

    def _relations(self, plan: EdgePlan, item_no: dict[str, int]) -> Iterator[tuple[int, int, int, int, int]]:
        for code, item in plan.items.items():
            for meter_id, sign in item.meters:
                spec = plan.meters[meter_id].spec
                removed = NEVER_MS if spec.removed_at_ms is None else spec.removed_at_ms
                yield item_no[code], self.meter_no[meter_id], sign, spec.installed_at_ms, removed

    def book(self, destination_id: str) -> Book:
        """Give the part of the ledger that belongs to one destination."""
        return Book(self, destination_id)

    # Words ---------------------------------------------------------------------------------------------------------

    def word(self, key: str, default: str = "") -> str:
        """Give a stored word."""
        row = self.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else default

    def set_words(self, **words: str) -> None:
        """Store words, durable on return."""
        with self.transaction() as db:
            put_words(db, words)

    # Samples -------------------------------------------------------------------------------------------------------

    def put_samples(self, meter_id: str, rows: SampleRows) -> None:
        """Add samples, inside a transaction; the same instant may come again with a later arrival."""
        meter_no = self.meter_no[meter_id]
        columns = (rows.ts_ms.tolist(), rows.received_at_ms.tolist(), rows.register.tolist(), rows.segment.tolist())
        self.connection.executemany(
            f"INSERT OR REPLACE INTO sample VALUES ({meter_no}, ?, ?, ?, ?)",  # noqa: S608 - an integer of ours
            zip(*columns, strict=True),
        )

    def samples(self, meter_id: str, from_ms: int, to_ms: int, *, around: int = 0) -> SampleRows:
        """Give the samples in ``[from_ms, to_ms]`` and ``around`` more on each side."""
        meter_no = self.meter_no[meter_id]
        low, high = self.nearest(meter_no, from_ms, -around), self.nearest(meter_no, to_ms, around)
        found = self.connection.execute(
            "SELECT ts_ms, received_at_ms, register, segment FROM sample WHERE meter_no = ? AND ts_ms BETWEEN ? AND ?",
            (meter_no, low, high),
        ).fetchall()
        ts, received, register, segment = zip(*found, strict=True) if found else ((), (), (), ())
        return SampleRows(
            np.array(ts, dtype=np.int64), np.array(received, dtype=np.int64),
            np.array(register, dtype=np.float64), np.array(segment, dtype=np.int64),
        )  # fmt: skip

    def nearest(self, meter_no: int, at_ms: int, steps: int) -> int:
        """Give the instant ``steps`` samples after (before, when negative) ``at_ms``, or the last one there is."""
        if steps == 0:
            return at_ms
        query = (
            "SELECT ts_ms FROM sample WHERE meter_no = ? AND ts_ms > ? GROUP BY ts_ms ORDER BY ts_ms LIMIT ?"
            if steps > 0
            else "SELECT ts_ms FROM sample WHERE meter_no = ? AND ts_ms < ? GROUP BY ts_ms ORDER BY ts_ms DESC LIMIT ?"
        )
        found = self.connection.execute(query, (meter_no, at_ms, abs(steps))).fetchall()
        return found[-1][0] if found else at_ms

    def newest_ms(self, meter_id: str) -> int:
        """Give the instant of the newest sample (0 when there is none)."""
        query = "SELECT MAX(ts_ms) FROM sample WHERE meter_no = ?"
        return self.connection.execute(query, (self.meter_no[meter_id],)).fetchone()[0] or 0

    def last_segment(self, meter_id: str) -> int:
        """Give the continuity label of the newest sample (0 when there is none)."""
        row = self.connection.execute(
            "SELECT segment FROM sample WHERE meter_no = ? ORDER BY ts_ms DESC LIMIT 1", (self.meter_no[meter_id],)
        ).fetchone()
        return row[0] if row else 0

    # Intervals and outbox ------------------------------------------------------------------------------------------

    def put_intervals(self, meter_id: str, kind: int, rows: Iterable[tuple[int, int, float | None, int]]) -> None:
        """Write ``(start_ms, end_ms, value, state)`` rows of one kind, inside a transaction."""
        self.connection.executemany(
            f"INSERT OR REPLACE INTO interval VALUES ({self.meter_no[meter_id]}, {kind}, ?, ?, ?, ?)",  # noqa: S608
            rows,
        )

    def fill_outbox(self, meter_id: str, kind: int, from_ms: int, to_ms: int) -> None:
        """Bring the outbox up to the intervals of ``kind`` with start in ``[from_ms, to_ms)``, inside a transaction."""
        values = {"meter_no": self.meter_no[meter_id], "kind": kind, "from_ms": from_ms, "to_ms": to_ms}
        self.connection.execute(self._fill, values)

    def span(self, meter_id: str, kind: int, from_ms: int, to_ms: int) -> tuple[int, int] | None:
        """Give the first and the last start of the intervals of a kind in ``[from_ms, to_ms)``; none, ``None``."""
        query = (
            "SELECT MIN(start_ms), MAX(start_ms) FROM interval "
            "WHERE meter_no = ? AND kind = ? AND start_ms >= ? AND start_ms < ?"
        )
        first, last = self.connection.execute(query, (self.meter_no[meter_id], kind, from_ms, to_ms)).fetchone()
        return None if first is None else (first, last)

    def fill_year(self, meter_id: str, start_ms: int, end_ms: int, months: int) -> None:
        """Write the year in ``[start_ms, end_ms)`` when all its ``months`` in service have a value; transacted."""
        values = {"meter_no": self.meter_no[meter_id], "start_ms": start_ms, "end_ms": end_ms, "months": months}
        self.connection.execute(self._years, values)

    # Sources, problems, pruning ------------------------------------------------------------------------------------

    def source(self, meter_id: str) -> tuple[str | None, int, bool]:
        """Give the cursor of a meter's history, the rows read and whether it is finished."""
        row = self.connection.execute(
            "SELECT cursor, rows_read, done FROM source WHERE meter_no = ?", (self.meter_no[meter_id],)
        ).fetchone()
        return (row[0] or None, row[1], bool(row[2])) if row else (None, 0, False)

    def put_source(self, meter_id: str, cursor: str, rows_read: int, *, done: bool) -> None:
        """Store the cursor, inside a transaction."""
        values = (self.meter_no[meter_id], cursor, rows_read, done)
        self.connection.execute("INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?)", values)

    def put_problems(self, at_ms: int, problems: Iterable[Problem]) -> None:
        """Keep problems for a person to read, inside a transaction; the oldest go when there are too many."""
        self.connection.executemany(
            "INSERT INTO problem (at_ms, place, message_zh, message_en) VALUES (?, ?, ?, ?)",
            [(at_ms, p.where, p.message_zh, p.message_en) for p in problems],
        )
        self.connection.execute(
            "DELETE FROM problem WHERE problem_no <= (SELECT MAX(problem_no) FROM problem) - ?", (MAX_PROBLEMS,)
        )

    def put_findings(self, meter_id: str, at_ms: int, findings: Iterable[Finding]) -> None:
        """Keep what the interval engine found, each once, inside a transaction."""
        self.connection.executemany(
            "INSERT OR IGNORE INTO finding VALUES (?, ?, ?, ?, ?, ?)",
            [
                (meter_id, f.code, json.dumps(dict(f.evidence), sort_keys=True), at_ms, f.message_zh, f.message_en)
                for f in findings
            ],
        )

    def prune(self, keep_days: int) -> None:
        """Forget what is older than ``keep_days`` before the newest sample, except what was never acknowledged."""
        newest = self.connection.execute("SELECT MAX(ts_ms) FROM sample").fetchone()[0]
        if newest is None:
            return
        cutoff = (newest - keep_days * 86_400_000,)
        with self.transaction() as db:
            db.execute("DELETE FROM sample WHERE ts_ms < ?", cutoff)
            db.execute("DELETE FROM interval WHERE end_ms < ?", cutoff)
            db.execute(sql("prune_outbox"), cutoff)


def put_words(db: sqlite3.Connection, words: dict[str, str]) -> None:
    """Store words, inside a transaction."""
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(words.items()))


def _locked(path: Path) -> IO[bytes]:
    """Hold the ledger for this process alone: two edges on one ledger would read every meter twice."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.with_name(path.name + ".lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise NenghaoError(
            "ledger-in-use", f"台账 {path} 正被另一个接入端使用", f"ledger {path} is in use by another edge",
            field="edge.ledger", mend_zh="先停止另一个进程，或换一个台账", mend_en="stop the other process",
        ) from None  # fmt: skip
    return file


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    if read_only:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        require_current(connection, path)
        return connection
    path.touch(mode=0o600, exist_ok=True)  # it holds the device's key
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    upgrade(connection)
    return connection
