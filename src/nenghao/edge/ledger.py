"""The edge's ledger (台账): one SQLite file, WAL with ``synchronous=FULL``; what is committed survives ``kill -9``.

All writing goes through :meth:`Ledger.transaction`. The outbox has one row per (item, statistic type, period start)
with a version; an acknowledgement counts only for the version that was sent.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from nenghao.drivers.base import Problem
from nenghao.edge.config import EdgePlan
from nenghao.errors import NenghaoError
from nenghao.findings import Finding
from nenghao.periods import PeriodKind

KINDS = (PeriodKind.QUARTER_HOUR, PeriodKind.HOUR, PeriodKind.DAY, PeriodKind.MONTH)
"""The interval kinds of the ledger; the position is the number on disk."""
PENDING, ACKNOWLEDGED, REJECTED = 0, 1, 2
NEVER_MS = 1 << 62
MAX_PROBLEMS = 1000


def _sql(name: str) -> str:
    return resources.files("nenghao.edge").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One value on its way: data code, statType, period start [epoch ms], value [base unit], state, version."""

    data_code: str
    stat_type: int
    start_ms: int
    value: float
    state: int
    version: int
    sent_version: int
    item_no: int


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
        self._fill, self._pending = _sql("fill_outbox"), _sql("pending")

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
            db.execute("DELETE FROM item_meter")
            db.execute("DELETE FROM item_kind")
            db.executemany("INSERT INTO item_meter VALUES (?, ?, ?, ?, ?)", self._relations(plan, item_no))
            realtime = 1 if plan.realtime == "hour" else 0
            kinds = {0: realtime, 1: 2, 2: 3}
            db.executemany(
                "INSERT INTO item_kind VALUES (?, ?, ?)",
                [(item_no[code], kinds[s], s) for code, item in plan.items.items() for s in item.section.stat_types],
            )

    def _relations(self, plan: EdgePlan, item_no: dict[str, int]) -> Iterator[tuple[int, int, int, int, int]]:
        for code, item in plan.items.items():
            for meter_id, sign in item.meters:
                spec = plan.meters[meter_id].spec
                removed = NEVER_MS if spec.removed_at_ms is None else spec.removed_at_ms
                yield item_no[code], self.meter_no[meter_id], sign, spec.installed_at_ms, removed

    # Words and counters --------------------------------------------------------------------------------------------

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

    def pending(self, size: int, *, newest_first: bool) -> list[OutboxRow]:
        """Give the next rows to send."""
        query = self._pending.format(direction="DESC" if newest_first else "ASC")
        return [OutboxRow(*row) for row in self.connection.execute(query, {"size": size})]

    def pending_count(self) -> int:
        """Give how many values wait to be acknowledged."""
        query = "SELECT COUNT(*) FROM outbox JOIN item_kind USING (item_no, stat_type) WHERE status = 0"
        return self.connection.execute(query).fetchone()[0]

    def has_pending(self) -> bool:
        """Tell whether any value waits to be acknowledged; cheap however many do."""
        query = "SELECT 1 FROM outbox JOIN item_kind USING (item_no, stat_type) WHERE status = 0 LIMIT 1"
        return self.connection.execute(query).fetchone() is not None

    def settle(self, rows: Sequence[OutboxRow], rejected: dict[int, str]) -> None:
        """Record an answer: ``rejected`` maps positions in ``rows`` to reasons, all others are acknowledged.

        A row that got a newer version meanwhile stays pending.
        """
        fate = [
            (REJECTED if index in rejected else ACKNOWLEDGED, row.version, rejected.get(index, ""),
             row.item_no, row.stat_type, row.start_ms, row.version)
            for index, row in enumerate(rows)
        ]  # fmt: skip
        fresh = sum(row.sent_version < row.version for row in rows)
        with self.transaction() as db:
            db.executemany(
                "UPDATE outbox SET status = ?, sent_version = ?, reason = ? "
                "WHERE item_no = ? AND stat_type = ? AND start_ms = ? AND version = ?",
                fate,
            )
            _add(db, "readings_uploaded", fresh)
            _add(db, "readings_acknowledged", len(rows) - len(rejected))

    def retry_rejected(self) -> None:
        """Let rejected rows be sent again: the configuration or the platform's dictionaries changed."""
        with self.transaction() as db:
            db.execute("UPDATE outbox SET status = 0 WHERE status = 2")

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
            db.execute("DELETE FROM outbox WHERE status = 1 AND start_ms < ?", cutoff)


def put_words(db: sqlite3.Connection, words: dict[str, str]) -> None:
    """Store words, inside a transaction."""
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(words.items()))


def _add(db: sqlite3.Connection, key: str, count: int) -> None:
    db.execute(
        "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + ?",
        (key, str(count), count),
    )


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
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    path.touch(mode=0o600, exist_ok=True)  # it holds the device's key
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(_sql("schema"))
    return connection
