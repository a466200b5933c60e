"""What the comparisons hold against each other: figures of the same thing, as columns.

They come from ``quality_count``, so the blocks of the days asked for must have been looked at before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np

from nenghao.readings.quality_levels import Columns
from nenghao.readings.statements import statement
from nenghao.readings.store import ReadingStore


def day_pairs(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> Columns:
    """Give day records and complete sums of real-time slots of the same item and day, in the base unit.

    Columns: enterprise_id, data_item_id, energy_key, day, record_value, total, parts (slots in the sum).
    """
    return _columns(store, "day_pairs", enterprise_ids, start, end)


def month_pairs(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> Columns:
    """Give month records and sums of their days, for whole months in ``[start, end)`` of which every day is known.

    Columns: enterprise_id, data_item_id, energy_key, day (first of the month), record_value, total, parts (days).
    """
    return _columns(store, "month_pairs", enterprise_ids, start, end)


def scope_pairs(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> Columns:
    """Give plants and sums of their processes of the same energy and day, where all that is due of both is known.

    Columns: enterprise_id, energy_key, day, record_value (plant), total (processes).
    """
    return _columns(store, "scope_pairs", enterprise_ids, start, end)


def month_quantities(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> Columns:
    """Give what an enterprise used of an energy in each whole month of ``[start, end)``, where all of it is known.

    Columns: enterprise_id, energy_key, day (first of the month), quantity: the items that count in the total, the month
    record of each where there is one, else its complete days.
    """
    return _columns(store, "month_quantities", enterprise_ids, start, end)


def _columns(store: ReadingStore, name: str, enterprise_ids: Iterable[int], start: date, end: date) -> Columns:
    asked: dict[str, Any] = {"enterprise_ids": list(enterprise_ids), "start": start, "end": end}
    with store.cursor() as cursor:
        found = cursor.execute(statement(f"query/quality/{name}"), asked).fetchnumpy()
    columns = {name: np.ma.getdata(column) for name, column in found.items()}
    return columns | {"day": columns["day"].astype("datetime64[D]"), "energy_key": columns["energy_key"].astype(str)}
