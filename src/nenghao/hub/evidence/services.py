"""What other apps ask of the ledgers: monthly figures, measured heating values, validity of meters.

All questions are about many enterprises at once and take a handful of queries, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.hub.evidence.models import FigureKind, HeatingValue, MonthlyFigure
from nenghao.hub.evidence.validity import ItemValidity, item_validity

Ids = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """One row per enterprise, energy and month with at least one figure, in the energy's base unit; NaN: not filed.

    ``month`` is ``datetime64[M]``. ``supplier`` is the supplier's settled quantity (供能单位结算量), ``purchase`` what
    the enterprise books as bought, the stocks those at the two ends of the month, ``consumption`` what it books as
    used; ``purchase + opening_stock - closing_stock`` should be ``consumption`` plus what was exported or lost. The
    others are flows of the energy account; ``purchase_amount`` is in yuan.
    """

    enterprise_id: Ids
    energy_key: npt.NDArray[np.str_]
    month: Days
    supplier: Numbers
    purchase: Numbers
    opening_stock: Numbers
    closing_stock: Numbers
    consumption: Numbers
    produced: Numbers
    recovered: Numbers
    exported: Numbers
    lost: Numbers
    transformed: Numbers
    feedstock: Numbers
    non_industrial: Numbers
    transport: Numbers
    purchase_amount: Numbers

    def __len__(self) -> int:
        return len(self.enterprise_id)


@dataclass(frozen=True, slots=True)
class HeatingValues:
    """Measured net calorific values: each holds on the days [``from_day``, ``until_day``), ``datetime64[D]``.

    ``until_day`` is the day of the next value, NaT while there is none. ``value`` is in ``unit``: kJ/kg or kJ/m3.
    """

    enterprise_id: Ids
    energy_key: npt.NDArray[np.str_]
    from_day: Days
    until_day: Days
    value: Numbers
    unit: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.enterprise_id)


def figures(*, enterprise_ids: Iterable[int], months: Iterable[date]) -> MonthFigures:
    """Give the current monthly figures of the enterprises for these months (any day of a month names it).

    Withdrawn figures are not filed. Rows are in the order of enterprise, energy and month; one query.
    """
    rows = MonthlyFigure.objects.filter(
        enterprise__in=list(enterprise_ids), month__in={month.replace(day=1) for month in months}, is_current=True,
        withdrawn=False,
    )  # fmt: skip
    found: dict[tuple[int, str, date], dict[str, float]] = {}
    for enterprise_id, energy_key, month, kind, quantity in rows.values_list(
        "enterprise_id", "energy_key", "month", "kind", "quantity"
    ):
        found.setdefault((enterprise_id, energy_key, month), {})[kind] = quantity
    keys = sorted(found)
    columns = {
        kind.value: np.array([found[key].get(kind.value, np.nan) for key in keys], dtype=np.float64)
        for kind in FigureKind
    }
    ids, energies, starts = _columns(keys, 3)
    return MonthFigures(
        np.array(ids, dtype=np.int64), np.array(energies, dtype=np.str_), np.array(starts, dtype="datetime64[M]"),
        **columns,
    )  # fmt: skip


def heating_values(*, enterprise_ids: Iterable[int], start: date, end: date) -> HeatingValues:
    """Give the measured heating values that hold on some day of [start, end); one query.

    Rows are in the order of enterprise, energy and day. Before the first measurement there is none: the table counts.
    """
    rows = HeatingValue.objects.filter(enterprise__in=list(enterprise_ids), is_current=True, withdrawn=False).order_by(
        "enterprise_id", "energy_key", "from_day"
    )
    known = list(rows.values_list("enterprise_id", "energy_key", "from_day", "value", "unit"))
    later: list[Any] = [*known, (None,) * 5][1:]
    untils = [
        after[2] if (after[0], after[1]) == (row[0], row[1]) else None for row, after in zip(known, later, strict=True)
    ]
    kept = [
        (*row, until) for row, until in zip(known, untils, strict=True)
        if row[2] < end and (until is None or until > start)
    ]  # fmt: skip
    ids, energies, starts, values, units, ends = _columns(kept, 6)
    return HeatingValues(
        np.array(ids, dtype=np.int64), np.array(energies, dtype=np.str_), np.array(starts, dtype="datetime64[D]"),
        np.array(ends, dtype="datetime64[D]"), np.array(values, dtype=np.float64), np.array(units, dtype=np.str_),
    )  # fmt: skip


def meter_validity(
    *, enterprise_ids: Iterable[int], start: date, end: date, item_ids: Iterable[int] | None = None
) -> ItemValidity:
    """Give per active data item of the enterprises (or only ``item_ids``) and day of [start, end) its meters' validity.

    A meter feeds the item of its enterprise whose data code it carries; of several meters the worst counts. Four
    queries, however many items.
    """
    return item_validity(enterprise_ids=enterprise_ids, start=start, end=end, item_ids=item_ids)


def _columns(rows: Sequence[Sequence[Any]], count: int) -> list[list[Any]]:
    """Turn rows into ``count`` columns, also where there are no rows."""
    return [[row[place] for row in rows] for place in range(count)]
