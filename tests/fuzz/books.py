"""What the hub acknowledged, held against what it holds: a block of examples at a time, all of it in a few queries."""

from __future__ import annotations

import re
import threading
from collections import Counter
from datetime import datetime
from typing import Any

from .driver import Outcome

PLAIN = re.compile(r"\d{1,15}(\.\d{1,15})?")
DIGITS = ("0", "1", "2", "3")
UNSURE = "as the platform reads it"
Key = tuple[int, int, str]
MOST_LINES = 20


class Ledger:
    """What the platform acknowledged of one enterprise, key by key, as the sender knows it.

    Uploads are on their way at the same time: the number of the batch, which the answer tells, says which is newer.
    """

    def __init__(self, items: dict[str, int]) -> None:
        self.items = items
        self.newest: dict[Key, tuple[tuple[int, int], float | str]] = {}
        self.vague: set[tuple[int, str]] = set()

    def note(self, rows: list[Any], answer: dict[str, Any]) -> None:
        """Enter the rows of an upload that the answer does not reject."""
        rejected = {one.get("index") for one in answer.get("rejected") or ()}
        if answer.get("responseCode") != "0":
            return
        for index, row in enumerate(rows):
            if index not in rejected and isinstance(row, dict):
                self._enter((int(answer.get("batch") or 0), index), row)

    def _enter(self, place: tuple[int, int], row: dict[str, Any]) -> None:
        item, stat_type, start = (self.items.get(str(row.get("dataCode"))), str(row.get("statType")), row["statDate"])
        start = str(start)
        if item is None:
            return
        if not (stat_type in DIGITS and is_aligned(start, stat_type)):
            self.vague.add((item, start[:10]))  # which slot it is was the platform's to say: leave that day out
            return
        key, value = (item, int(stat_type), start), str(row.get("dataValue"))
        plain = row.get("valid", "1") in ("1", 1) and "state" not in row and PLAIN.fullmatch(value)
        if key not in self.newest or self.newest[key][0] < place:
            self.newest[key] = (place, float(value) if plain else UNSURE)

    def compare(self, stored: dict[Key, float | None]) -> list[str]:
        """Give every key whose stored value is not the newest one acknowledged, or that is not there at all."""
        return [
            f"{key}: acknowledged {value}, stored {stored.get(key, 'nothing')}"
            for key, (_place, value) in self.newest.items()
            if (key not in stored or stored[key] != value != UNSURE) and (key[0], key[2][:10]) not in self.vague
        ]


def is_aligned(start: str, stat_type: str) -> bool:
    """Tell whether a text is the beginning of a period, written as the protocol does."""
    try:
        at = datetime.strptime(start, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        return False
    whole = at.minute % 15 == 0 and at.second == 0
    day = at.hour == at.minute == at.second == 0
    return (
        str(at) == start
        and {"0": whole, "1": day, "2": day and at.day == 1, "3": day and at.timetuple().tm_yday == 1}[stat_type]
    )


class Uploads:
    """The entries of a block in the upload log, and the readings that they brought.

    Every call of dialect A and B makes exactly one entry; an entry holds as many readings as were acknowledged.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.since = 0
        self.total = 0
        self._begin()

    def _begin(self) -> None:
        self.calls, self.batches, self.without_number = 0, Counter[int](), 0
        self.ledgers: dict[int, Ledger] = {}
        self.values: dict[Key, set[float | str]] = {}

    def start(self) -> None:
        """Begin a target: what was logged before is not its."""
        self.since = _last_batch()
        self._begin()

    def called(self) -> None:
        """Count a call that makes an entry."""
        with self.lock:
            self.calls += 1

    def note(self, answer: dict[str, Any], facts: dict[str, Any] | None = None, rows: list[Any] | None = None) -> None:
        """Enter the answer to ``uploadEnergyData`` of dialect A, with the rows where they are known."""
        with self.lock:
            if answer.get("accepted"):
                self.batches[int(answer["batch"])] += int(answer["accepted"])
            if facts is not None and rows is not None:
                self.ledgers.setdefault(facts["pk"], Ledger(facts["items"])).note(rows, answer)

    def note_one(self, key: Key | None, value: float | str) -> None:
        """Enter one acknowledged record whose answer tells no number (dialect B)."""
        with self.lock:
            self.without_number += 1
            if key is not None:
                self.values.setdefault(key, set()).add(value)

    def check(self, outcome: Outcome) -> list[str]:
        """Compare the block with the store; what is wrong, in words."""
        rows, logged = _rows(self.since)
        counts, stored = _counts(self.since), {(row[0], row[1], str(row[2])): row[3] for row in rows}
        wrong = [line for ledger in self.ledgers.values() for line in ledger.compare(stored)]
        wrong += [
            f"{key}: acknowledged {sorted(map(str, told))}, stored {stored.get(key, 'nothing')}"
            for key, told in self.values.items()
            if key not in stored or (stored[key] not in told and UNSURE not in told)
        ]
        wrong += [
            f"batch {number}: {count} records acknowledged, {counts.get(number, 0)} stored"
            for number, count in self.batches.items()
            if counts.get(number, 0) != count
        ]
        acknowledged, held = self.batches.total() + self.without_number, sum(counts.values())
        if acknowledged != held:
            wrong.append(f"{acknowledged} records acknowledged in this block, {held} stored")
        if logged != self.calls:
            wrong.append(f"{self.calls} calls in this block, {logged} in the upload log")
        outcome.add(acknowledged=acknowledged, present=held if not wrong else min(held, acknowledged))
        self.total += acknowledged
        self.since = _last_batch()
        self._begin()
        return wrong[:MOST_LINES]


def _last_batch() -> int:
    from nenghao.hub.store import get_store

    return get_store().last_batch_id


def _rows(since: int) -> tuple[list[Any], int]:
    """Give the newest value of every key of the batches after ``since``, and how many batches are in the log."""
    from nenghao.hub.store import get_store

    with get_store().cursor() as cursor:
        rows = cursor.execute(
            """SELECT data_item_id, stat_type, period_start, arg_max_null(value, version)
            FROM reading WHERE batch_id > $since GROUP BY ALL""",
            {"since": since},
        ).fetchall()
        (logged,) = cursor.execute(
            "SELECT count(*) FROM batch WHERE id > $since AND source = 'upload'", {"since": since}
        ).fetchone()
    return rows, logged


def _counts(since: int) -> dict[int, int]:
    from nenghao.hub.store import get_store

    with get_store().cursor() as cursor:
        return dict(
            cursor.execute(
                "SELECT batch_id, count(*) FROM reading WHERE batch_id > $since GROUP BY 1", {"since": since}
            ).fetchall()
        )


class Kept:
    """Rows of the hub's database that answers acknowledged, by the text that names them."""

    def __init__(self, model: str, field: str, **only: Any) -> None:
        self.model, self.field, self.only = model, field, only
        self.lock = threading.Lock()
        self.told: dict[str, set[Any]] = {}

    def note(self, name: str, *said: Any) -> None:
        """Enter one; ``said`` is what must be in it, if that is known: one of all that was said of it in a block."""
        with self.lock:
            self.told.setdefault(name, set()).update(said)

    def check(self, outcome: Outcome, column: str = "", read: Any = None) -> list[str]:
        """Look for all of a block at once, and compare a column of them where asked."""
        from django.apps import apps

        with self.lock:
            told, self.told = self.told, {}
        rows = apps.get_model(self.model).objects.filter(**self.only, **{f"{self.field}__in": list(told)})
        found = dict(rows.values_list(self.field, column or self.field))
        wrong = [f"{self.model} {name}: acknowledged and not there" for name in told if name not in found]
        if column:
            wrong += [
                f"{self.model} {name}: acknowledged {list(said)[:3]}, kept {read(found[name])}"
                for name, said in told.items()
                if said and UNSURE not in said and name in found and read(found[name]) not in said
            ]
        outcome.add(acknowledged=len(told), present=len(told) - len(wrong))
        return wrong[:MOST_LINES]
