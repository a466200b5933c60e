"""What must be looked at: the writer's marks, turned into blocks of enterprises, newest first.

The writer marks (item, statistic type, day) in the transaction that stores the readings. :func:`note_marks` turns the
marks into blocks and remembers since when an item has data; :func:`next_block` gives one to look at, and whoever
stores what the checks found removes it in the same transaction. A killed process repeats a block, and loses none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from nenghao.periods import wall
from nenghao.readings.marks import begin_seeing
from nenghao.readings.statements import statement
from nenghao.readings.store import ReadingStore

_NOTE = ("mark_blocks", "mark_spans", "drop_spans", "add_spans", "forget_marks")


@dataclass(frozen=True, slots=True)
class MarkedBlock:
    """One block with marks: a statistic type, the day on which it starts, and the enterprises to look at."""

    stat_type: int
    start: date
    enterprise_ids: tuple[int, ...]
    version: int
    """Marks that are newer than this stay when the block is stored."""


def note_marks(store: ReadingStore, *, now: datetime) -> int:
    """Turn the marks of readings into blocks, in one transaction; give the number of items that were marked.

    ``now`` is aware. Marks of items that the store does not know yet wait for ``put_items``.
    """
    with store.quality_lock, store.cursor() as cursor:
        with store.marks.lock:
            store.marks.unchecked.clear()  # what the transaction cannot see any more is marked again
            begin_seeing(cursor)
        try:
            cursor.execute(statement("quality/mark_days"))
            marked = cursor.execute("SELECT count(*) FROM noted").fetchall()[0][0]
            for name in _NOTE if marked else ():
                cursor.execute(statement(f"quality/{name}"), {"now": wall(now)} if name == "mark_blocks" else None)
            forgotten = cursor.fetchall()[0][0] if marked else 0
            cursor.commit()
            store.housekeeping.deleted(forgotten)
        except BaseException:
            cursor.rollback()
            raise
    return marked


def note_silence(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> None:
    """Say that every day of ``[start, end)`` is looked at now, for everybody; days left out before become blocks."""
    last = date.fromordinal(end.toordinal() - 1)
    asked = {"enterprise_ids": list(enterprise_ids), "last": last}
    with store.quality_lock, store.cursor() as cursor:
        cursor.begin()
        try:
            cursor.execute(statement("quality/widen_silent"), asked)
            cursor.execute(statement("quality/mark_silent"), {"first": start})
            cursor.execute(statement("quality/drop_silent"))
            cursor.execute(statement("quality/add_silent"), {"last": last})
            cursor.commit()
        except BaseException:
            cursor.rollback()
            raise


def next_block(store: ReadingStore, *, items: int = 10_000) -> MarkedBlock | None:
    """Give the newest block with marks, for enterprises of about so many items; ``None`` when nothing waits."""
    with store.cursor() as cursor:
        found = cursor.execute(statement("quality/next_block")).fetchall()
    if not found:
        return None
    stat_type, start, version, enterprise_ids = found[0]
    return MarkedBlock(
        stat_type, start, next(enterprise_slices(store, enterprise_ids, items), tuple(enterprise_ids)), version
    )


def marked_version(store: ReadingStore) -> int:
    """Give the newest version of the marks; newer ones stay when a block that was read before is stored."""
    with store.cursor() as cursor:
        return cursor.execute("SELECT coalesce(max(version), 0) FROM unchecked_block").fetchall()[0][0]


def enterprise_slices(store: ReadingStore, enterprise_ids: Iterable[int], items: int) -> Iterator[tuple[int, ...]]:
    """Part enterprises into slices of about so many items each; an enterprise is never split."""
    asked = {"enterprise_ids": list(enterprise_ids)}
    with store.cursor() as cursor:
        rows = cursor.execute(statement("quality/items_per_enterprise"), asked).fetchall()
    slice_, total = [], 0
    for number, count in rows:
        if slice_ and total + count > items:
            yield tuple(slice_)
            slice_, total = [], 0
        slice_.append(number)
        total += count
    if slice_:
        yield tuple(slice_)
