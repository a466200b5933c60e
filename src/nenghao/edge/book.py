"""A destination's part of the ledger: its words (device, keys, addresses, versions), and what became of every value.

Every destination has its own state for every value, so that one that is slow, refuses or is away holds up no other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from nenghao.edge.schema import sql

if TYPE_CHECKING:
    from nenghao.edge.ledger import Ledger

PENDING, ACKNOWLEDGED, REJECTED = 0, 1, 2
_END_OF_TIME_MS = 1 << 62


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One value on its way: data code, statType, period start [epoch ms], value [base unit], state, version.

    ``sent_version`` is the last version that this destination answered, 0 for none.
    """

    data_code: str
    stat_type: int
    start_ms: int
    value: float
    state: int
    version: int
    sent_version: int
    item_no: int
    kind: int


@dataclass(frozen=True, slots=True)
class Due:
    """What is due: real-time and day rows that start before ``day_ms``, months before ``month_ms``, years likewise."""

    day_ms: int = _END_OF_TIME_MS
    month_ms: int = _END_OF_TIME_MS
    year_ms: int = _END_OF_TIME_MS


ALL = Due()
"""Everything is due."""


class Book:
    """What the ledger holds for one destination; the destination must be known to the ledger (``Ledger.apply``)."""

    def __init__(self, ledger: Ledger, destination_id: str) -> None:
        self.ledger = ledger
        self.destination_id = destination_id
        found = ledger.connection.execute(
            "SELECT destination_no FROM destination WHERE destination_id = ?", (destination_id,)
        ).fetchone()
        self.destination_no: int = found[0] if found else 0

    # Words ---------------------------------------------------------------------------------------------------------

    def word(self, key: str, default: str = "") -> str:
        """Give a stored word."""
        row = self.ledger.connection.execute(
            "SELECT value FROM destination_word WHERE destination_no = ? AND key = ?", (self.destination_no, key)
        ).fetchone()
        return row[0] if row else default

    def words(self, prefix: str) -> dict[str, str]:
        """Give the stored words whose key begins with ``prefix``, by key."""
        query = (
            "SELECT key, value FROM destination_word WHERE destination_no = ? AND substr(key, 1, ?) = ? ORDER BY key"
        )
        return dict(self.ledger.connection.execute(query, (self.destination_no, len(prefix), prefix)))

    def set_words(self, **words: str) -> None:
        """Store words, durable on return."""
        with self.ledger.transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO destination_word VALUES (?, ?, ?)",
                [(self.destination_no, key, value) for key, value in words.items()],
            )

    def count(self, key: str) -> int:
        """Give a persistent counter: ``readings_uploaded`` or ``readings_acknowledged``."""
        return int(self.word(key, "0"))

    # What waits ----------------------------------------------------------------------------------------------------

    def pending(self, size: int, *, newest_first: bool, due: Due = ALL) -> list[OutboxRow]:
        """Give the next rows to send: day by day, the newest or the oldest day first, and within a day in order."""
        query = sql("pending").format(direction="DESC" if newest_first else "ASC")
        return [OutboxRow(*row) for row in self.ledger.connection.execute(query, {"size": size, **self._of(due)})]

    def pending_count(self, due: Due = ALL) -> int:
        """Give how many values wait to be acknowledged."""
        return self.ledger.connection.execute(sql("pending_count"), self._of(due)).fetchone()[0]

    def has_pending(self) -> bool:
        """Tell whether any value waits to be acknowledged; cheap however many do."""
        query = (
            "SELECT 1 FROM delivery JOIN destination_kind USING (item_no, kind, destination_no) "
            "WHERE status = 0 AND destination_no = ? LIMIT 1"
        )
        return self.ledger.connection.execute(query, (self.destination_no,)).fetchone() is not None

    def rejected_count(self) -> int:
        """Give how many values the platform refused, as they stand."""
        query = "SELECT COUNT(*) FROM delivery WHERE status = 2 AND destination_no = ?"
        return self.ledger.connection.execute(query, (self.destination_no,)).fetchone()[0]

    def acknowledged_sample(self) -> OutboxRow | None:
        """Give some value that the platform has acknowledged as it stands, to ask whether it takes data at all."""
        row = self.ledger.connection.execute(sql("acknowledged"), {"destination_no": self.destination_no}).fetchone()
        return OutboxRow(*row) if row else None

    # Answers -------------------------------------------------------------------------------------------------------

    def settle(self, rows: Sequence[OutboxRow], rejected: Mapping[int, str]) -> None:
        """Record an answer: ``rejected`` maps positions in ``rows`` to reasons, all others are acknowledged.

        A row that got a newer version meanwhile stays pending.
        """
        answers = [
            (row.item_no, row.kind, row.start_ms, row.version,
             REJECTED if index in rejected else ACKNOWLEDGED, rejected.get(index, ""))
            for index, row in enumerate(rows)
        ]  # fmt: skip
        fresh = sum(row.sent_version < row.version for row in rows)
        with self.ledger.transaction() as db:
            db.execute(
                sql("settle"),
                {"answers": json.dumps(answers, ensure_ascii=False), "destination_no": self.destination_no},
            )
            self._add(db, "readings_uploaded", fresh)
            self._add(db, "readings_acknowledged", len(rows) - len(rejected))
            taken = [row.start_ms for index, row in enumerate(rows) if index not in rejected]
            self.raise_word(db, "newest_acknowledged_ms", max(taken, default=0))

    def retry_rejected(self) -> None:
        """Let rejected rows be sent again: the configuration or the platform's dictionaries changed."""
        with self.ledger.transaction() as db:
            db.execute("UPDATE delivery SET status = 0 WHERE status = 2 AND destination_no = ?", (self.destination_no,))

    def resend(self, start_ms: int, end_ms: int) -> int:
        """Let everything that starts in ``[start_ms, end_ms)`` be sent again: the platform lost it. Gives how many."""
        with self.ledger.transaction() as db:
            return db.execute(
                "UPDATE delivery SET status = 0, reason = '' "
                "WHERE destination_no = ? AND start_ms >= ? AND start_ms < ? AND status <> 0",
                (self.destination_no, start_ms, end_ms),
            ).rowcount

    def _add(self, db: sqlite3.Connection, key: str, count: int) -> None:
        db.execute(
            "INSERT INTO destination_word VALUES (?, ?, ?) "
            "ON CONFLICT (destination_no, key) DO UPDATE SET value = CAST(value AS INTEGER) + excluded.value",
            (self.destination_no, key, str(count)),
        )

    def raise_word(self, db: sqlite3.Connection, key: str, value: int) -> None:
        """Let a word that is a number be at least ``value``, inside a transaction."""
        db.execute(
            "INSERT INTO destination_word VALUES (?, ?, ?) ON CONFLICT (destination_no, key) "
            "DO UPDATE SET value = MAX(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
            (self.destination_no, key, str(value)),
        )

    def _of(self, due: Due) -> dict[str, int]:
        return {"destination_no": self.destination_no, **asdict(due)}


def activate(db: sqlite3.Connection, destination_ids: Sequence[str]) -> dict[str, int]:
    """Make exactly these destinations active, inside a transaction; give the number of each.

    A ledger of schema 1 has one destination without a name: the first of the list takes its state over.
    """
    db.execute("UPDATE destination SET destination_id = ? WHERE destination_id = ''", (destination_ids[0],))
    db.execute("UPDATE destination SET active = 0")
    db.executemany(
        "INSERT INTO destination (destination_id, active) VALUES (?, 1) "
        "ON CONFLICT (destination_id) DO UPDATE SET active = 1",
        [(one,) for one in destination_ids],
    )
    return dict(db.execute("SELECT destination_id, destination_no FROM destination WHERE active"))
