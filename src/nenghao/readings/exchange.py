"""Questions of other systems: pages of readings and rollups as Arrow tables, each after a place in a fixed order.

Readings are asked "as they stood after batch ``mark``": whatever arrives while somebody fetches page after page, the
pages together are one state of the store, complete and without doubles, and ``since=mark`` later gives what came after.

Every function takes the enterprises that the asker may see (``enterprise_ids``) and answers about nothing else. Times
in the tables are Beijing wall time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from nenghao.periods import PeriodKind
from nenghao.readings.batches import STANDS
from nenghao.readings.results import Border, stored_kind, wall_border
from nenghao.readings.statements import statement
from nenghao.readings.store import ReadingStore

BEFORE_ALL = datetime(1, 1, 1)  # noqa: DTZ001 -- wall time


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """Which readings: of one statistic type, in a range of time, as of a batch; ``states`` empty: in any state."""

    stat_type: int
    start: Border
    end: Border
    mark: int
    since: int = 0
    states: tuple[int, ...] = ()

    def parameters(self) -> dict[str, Any]:
        """Give them as the statements bind them."""
        return {
            "stat_type": self.stat_type, "start": wall_border(self.start), "end": wall_border(self.end),
            "mark": self.mark, "stands": STANDS,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangedMonth:
    """A month (its first day) of an enterprise of which something came."""

    enterprise_id: int
    month: date


@dataclass(frozen=True, slots=True)
class _Number:
    value: int


def current_readings(
    store: ReadingStore, *, enterprise_ids: Iterable[int], data_item_ids: Sequence[int], slots: Slots,
    after: tuple[int, datetime] = (0, BEFORE_ALL), limit: int,
) -> pa.Table:  # fmt: skip
    """Give the current readings by item and time; with ``slots.since`` only those of which a version came after it.

    Columns: data_item_id, period_start, value, state, input_type, versions, version, stands, received_at, source.
    """
    asked = slots.parameters() | {
        "data_item_ids": list(data_item_ids), "enterprise_ids": list(enterprise_ids), "after_item": after[0],
        "after_start": after[1], "limit": limit, "states": list(slots.states),
    }  # fmt: skip
    if slots.since:
        return _table(store, "exchange/changed", asked | {"since": slots.since})
    return _table(store, "exchange/current", asked)


def versions_of_readings(
    store: ReadingStore, *, enterprise_ids: Iterable[int], data_item_ids: Sequence[int], slots: Slots,
    after: tuple[int, datetime, int] = (0, BEFORE_ALL, 0), limit: int,
) -> pa.Table:  # fmt: skip
    """Give every version of readings by item, time and version; ``is_current`` marks the one that counts."""
    return _table(store, "exchange/versions", slots.parameters() | {
        "data_item_ids": list(data_item_ids), "enterprise_ids": list(enterprise_ids), "after_item": after[0],
        "after_start": after[1], "after_version": after[2], "limit": limit,
    })  # fmt: skip


def rollup_rows(
    store: ReadingStore, *, enterprise_ids: Iterable[int], kind: PeriodKind, start: Border, end: Border,
    energy_keys: Iterable[str] = (), after: tuple[int, str, datetime] = (0, "", BEFORE_ALL), limit: int,
) -> pa.Table:  # fmt: skip
    """Give the energies of enterprises by period; columns as :class:`nenghao.readings.energy.EnergyCell`."""
    return _table(store, "exchange/rollups", _range(enterprise_ids, kind, start, end) | {
        "energy_keys": list(energy_keys), "after_enterprise": after[0], "after_energy": after[1],
        "after_start": after[2], "limit": limit,
    })  # fmt: skip


def group_totals(
    store: ReadingStore, *, members: Sequence[tuple[int, str]], kind: PeriodKind, start: Border, end: Border,
    energy_keys: Iterable[str] = (), after: tuple[str, str, datetime] = ("", "", BEFORE_ALL), limit: int,
) -> pa.Table:  # fmt: skip
    """Give the totals of groups by energy and period; ``members`` are (enterprise, group), an enterprise in several.

    ``factor_ids`` lists the factors behind ``tce``; the empty word stands for "several in one cell".
    """
    return _table(store, "exchange/totals", _range([key for key, _group in members], kind, start, end) | {
        "group_codes": [group for _key, group in members], "energy_keys": list(energy_keys),
        "after_group": after[0], "after_energy": after[1], "after_start": after[2], "limit": limit,
    })  # fmt: skip


def changed_months(
    store: ReadingStore, *, enterprise_ids: Iterable[int], since: int, start: Border, end: Border
) -> frozenset[tuple[int, date]]:
    """Give the enterprises and months in the range of which a reading came after batch ``since``."""
    rows = store.rows(
        "exchange/changed_months", ChangedMonth, enterprise_ids=list(enterprise_ids), since=since,
        start=wall_border(start), end=wall_border(end),
    )  # fmt: skip
    return frozenset((row.enterprise_id, row.month) for row in rows)


def mark_at(store: ReadingStore, moment: datetime) -> int:
    """Give the newest batch that was received before an (aware) moment, 0 for none."""
    return store.rows("exchange/mark_at", _Number, moment=wall_border(moment))[0].value


def _table(store: ReadingStore, query: str, parameters: dict[str, Any]) -> pa.Table:
    with store.cursor() as cursor:
        return cursor.sql(statement(f"query/{query}"), params=parameters).to_arrow_table()


def _range(enterprise_ids: Iterable[int], kind: PeriodKind, start: Border, end: Border) -> dict[str, Any]:
    return {
        "enterprise_ids": list(enterprise_ids), "kind": stored_kind(kind), "start": wall_border(start),
        "end": wall_border(end),
    }  # fmt: skip
