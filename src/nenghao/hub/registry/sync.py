"""Keeps the reading store's copy of data items and factors up to the registry.

The registry may change in this process (a page, a configuration upload) or in another one (``nenghao hub
create-enterprise`` while the hub runs). Both are seen by the registry's version number: :func:`refresh` looks at it and
pushes only what is newer than the last push. The intake calls it before it uses a newer registry,
:mod:`nenghao.hub.registry.watch` every second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import structlog

from nenghao.hub.registry.models import DataItem
from nenghao.hub.registry.models.versions import current_version
from nenghao.hub.store import open_store
from nenghao.readings import FactorRow, ItemRow
from nenghao.reference import Factor, library

if TYPE_CHECKING:
    from nenghao.readings import ReadingStore

OPEN_START = date(1900, 1, 1)
"""Start of a factor whose source gives no date."""

_ITEM_COLUMNS = (
    "id", "data_code", "enterprise_id", "energy_key", "base_unit", "scope", "counts_in_total", "realtime_minutes",
    "stat_types", "value_min", "value_max", "may_be_negative", "active", "wire_to_base",
)  # fmt: skip

log = structlog.get_logger("nenghao.hub.registry.sync")

_lock = threading.Lock()
_pushed: dict[int, int] = {}
_listeners: list[Callable[[], None]] = []


def on_change(tell: Callable[[], None]) -> Callable[[], None]:
    """Have ``tell`` called when this process learns of a newer registry; it must return at once. Give its end."""
    _listeners.append(tell)
    return lambda: _listeners.remove(tell)


def refresh() -> int:
    """Push what changed since the last push, if the store is open here; give the registry's version.

    The intake calls it before it uses a newer registry, so that no reading reaches the store before its data item.
    """
    version = current_version()
    store = open_store()
    if store is not None:
        _push_items(store, version)
    return version


def push_all(store: ReadingStore) -> None:
    """Push every factor and every data item to a store that was just opened."""
    store.put_factors(factor_rows())
    with _lock:
        _pushed.pop(id(store), None)
    _push_items(store, current_version())


def _push_items(store: ReadingStore, version: int) -> None:
    with _lock:
        seen = _pushed.get(id(store), -1)
        if seen >= version:
            return
        # Rows may carry a version committed after `version` was read: pushing them early or twice does no harm.
        rows = [_item_row(values) for values in DataItem.objects.filter(version__gt=seen).values(*_ITEM_COLUMNS)]
        if rows:
            store.put_items(rows)
            log.info("data items reach the store", count=len(rows), registry_version=version)
        _pushed.clear()
        _pushed[id(store)] = version
    for tell in tuple(_listeners):
        tell()


def _item_row(values: dict[str, Any]) -> ItemRow:
    """Give an item with its alarm limits in the base unit, as the store keeps all values."""
    facts = dict(values)
    scale = facts.pop("wire_to_base")
    for name in ("value_min", "value_max"):
        facts[name] = None if facts[name] is None else facts[name] * scale
    return ItemRow(**facts)


def factor_rows() -> list[FactorRow]:
    """Give the coal-equivalent factors of every energy type as the store wants them: one on any day."""
    reference = library()
    keys = [energy.key for energy in reference.energy_types()]
    return [row for key in keys for row in _without_overlap(reference.coal_equivalent_factors(key))]


def _without_overlap(factors: Sequence[Factor]) -> Iterator[FactorRow]:
    """Cut the validity of an energy's factors so that on every day the first one in force holds, as the library says.

    A statistical convention stands behind GB/T 2589 and fills only the days that it leaves open.
    """
    starts = {factor.valid_from or OPEN_START for factor in factors}
    ends = {factor.valid_until for factor in factors if factor.valid_until}
    borders: list[date | None] = [*sorted(starts | ends), None]
    for start, end in pairwise(borders):
        assert start is not None
        found = next((factor for factor in factors if factor.in_force(start)), None)
        if found is not None:
            yield FactorRow(
                factor_id=found.factor_id, energy_key=found.key, valid_from=start, valid_until=end,
                kgce_per_unit=found.value,
            )  # fmt: skip
