"""One page of readings over many data items: as many items at a time as fill the page, in the order of their keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet

from nenghao.hub.registry.models import DataItem
from nenghao.readings import ReadingStore
from nenghao.readings.exchange import BEFORE_ALL, Slots

MOST_ITEMS = 20_000
"""Items asked for in one query; a stretch of items without readings is passed in steps of this."""


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page: item, start and, among versions, its number."""

    item: int
    start: datetime
    version: int = 0

    def written(self) -> list[Any]:
        """Give it as it stands in a cursor."""
        return [self.item, self.start.isoformat(), self.version]

    @classmethod
    def read(cls, place: Sequence[Any]) -> Position:
        """Read what :meth:`written` wrote."""
        return cls(int(place[0]), datetime.fromisoformat(place[1]), int(place[2]))


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A page: its rows, what is known of their items (enterprise, data code, energy, unit), its end if more come."""

    table: pa.Table
    items: dict[int, tuple[str, str, str | None, str]]
    last: Position | None


def item_page(
    store: ReadingStore, *, items: QuerySet[DataItem], slots: Slots, ask: Callable[..., pa.Table], key: Sequence[str],
    limit: int, after: Position | None, per_item: int,
) -> Found:  # fmt: skip
    """Ask for the readings of stretches of items until the page is full or no item is left.

    ``per_item``: how many rows an item can have, so that a stretch neither reads far too much nor far too little.
    """
    place = after or Position(0, BEFORE_ALL)
    parts: list[pa.Table] = []
    known: dict[int, Any] = {}
    first, rest, size = place.item, limit + 1, max(1, -(-limit // per_item) + 1)
    while rest > 0 and (stretch := _stretch(items, first, min(size, MOST_ITEMS))):
        known |= {row[0]: (row[2], row[3], row[4] or None, row[5]) for row in stretch}
        at = place if place.item >= first else replace(place, item=first - 1)
        part = ask(
            store, enterprise_ids={row[1] for row in stretch}, data_item_ids=[row[0] for row in stretch], slots=slots,
            after=(at.item, at.start, at.version)[: len(key)], limit=rest,
        )  # fmt: skip
        parts.append(part)
        rest, first, size = rest - part.num_rows, stretch[-1][0] + 1, size * 4
    return _cut(parts, known, key, limit)


def _stretch(items: QuerySet[DataItem], first: int, size: int) -> list[Any]:
    rows = items.filter(pk__gte=first).order_by("pk")
    return list(
        rows.values_list("pk", "enterprise_id", "enterprise__code", "data_code", "energy_key", "base_unit")[:size]
    )


def _cut(parts: list[pa.Table], known: dict[int, Any], key: Sequence[str], limit: int) -> Found:
    """Put the parts together; one row more than the page was asked for, to see whether it is the last."""
    table = pa.concat_tables(parts) if parts else EMPTY
    shown = table.slice(0, limit)
    if table.num_rows <= limit:
        return Found(shown, known, None)
    last = {name: shown.column(name)[-1].as_py() for name in key}
    return Found(shown, known, Position(last["data_item_id"], last["period_start"], last.get("version", 0)))


EMPTY = pa.schema([
    ("data_item_id", pa.int64()), ("period_start", pa.timestamp("us")), ("value", pa.float64()), ("state", pa.uint8()),
    ("input_type", pa.uint8()), ("versions", pa.int64()), ("version", pa.int64()), ("stands", pa.bool_()),
    ("received_at", pa.timestamp("us")), ("source", pa.string()), ("method", pa.string()), ("reason", pa.string()),
    ("is_current", pa.bool_()),
]).empty_table()  # fmt: skip
