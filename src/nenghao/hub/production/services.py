"""What other apps ask of production: outputs and economic figures of many enterprises, in a few queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import CharField
from django.db.models.functions import Cast

from nenghao.hub.production.models import EconomicFigure, Product, ProductOutput
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import item_quantities

Ids = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Months = npt.NDArray[np.datetime64]
FILED, MEASURED = "filed", "measured"


@dataclass(frozen=True, slots=True)
class Outputs:
    """One row per product and month with an output, in the product's unit, in the order of product and month.

    ``month`` is ``datetime64[M]``. ``source`` is ``filed`` (a person's entry, which outranks) or ``measured`` (the
    uploaded output item of the product). ``parameters`` holds what corrections need, empty where nothing was filed.
    """

    product_id: Ids
    enterprise_id: Ids
    month: Months
    quantity: Numbers
    source: npt.NDArray[np.str_]
    parameters: tuple[Mapping[str, Any], ...]

    def __len__(self) -> int:
        return len(self.product_id)


@dataclass(frozen=True, slots=True)
class Economics:
    """One row per enterprise, month and kind, in this order; ``month`` is ``datetime64[M]``, amounts are in yuan."""

    enterprise_id: Ids
    month: Months
    kind: npt.NDArray[np.str_]
    amount_yuan: Numbers

    def __len__(self) -> int:
        return len(self.enterprise_id)


def outputs(*, store: ReadingStore, enterprise_ids: Iterable[int], start: date, end: date) -> Outputs:
    """Give the outputs of the months that start in [start, end): what was filed, else what was uploaded.

    Two queries and one of the store, however many enterprises.
    """
    ids = list(enterprise_ids)
    filed = {
        (product, month): (enterprise, quantity, FILED, parameters)
        for product, enterprise, month, quantity, parameters in ProductOutput.objects.filter(
            enterprise__in=ids, month__gte=start, month__lt=end, is_current=True, withdrawn=False
        ).values_list("product_id", "enterprise_id", "month", "quantity", "parameters")
    }
    found = _measured(store, ids, start, end) | filed
    keys = sorted(found)
    rows = [found[key] for key in keys]
    return Outputs(
        np.array([product for product, _ in keys], dtype=np.int64), np.array([row[0] for row in rows], dtype=np.int64),
        np.array([month for _, month in keys], dtype="datetime64[M]"), np.array([row[1] for row in rows], dtype=float),
        np.array([row[2] for row in rows], dtype=np.str_), tuple(row[3] for row in rows),
    )  # fmt: skip


def _measured(
    store: ReadingStore, enterprise_ids: list[int], start: date, end: date
) -> dict[tuple[int, date], tuple[int, float, str, Mapping[str, Any]]]:
    products = Product.objects.filter(enterprise__in=enterprise_ids, active=True, data_item__isnull=False)
    of = {item: (product, owner) for product, owner, item in products.values_list("pk", "enterprise_id", "data_item")}
    if not of:
        return {}
    found = item_quantities(
        store, enterprise_ids={owner for _, owner in of.values()}, data_item_ids=of, kind=PeriodKind.MONTH,
        start=start, end=end,
    )  # fmt: skip
    months = found.period_start.astype("datetime64[D]").tolist()
    return {
        (of[item][0], month): (of[item][1], quantity, MEASURED, {})
        for item, month, quantity in zip(found.data_item_id.tolist(), months, found.quantity.tolist(), strict=True)
    }


def economics(
    *, enterprise_ids: Iterable[int], start: date, end: date, kinds: Iterable[str] | None = None
) -> Economics:
    """Give the economic figures, or those of some kinds, of the months that start in [start, end); one query."""
    rows = EconomicFigure.objects.filter(
        enterprise__in=list(enterprise_ids), month__gte=start, month__lt=end, is_current=True, withdrawn=False
    ).order_by("enterprise_id", "month", "kind")
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    # As text, which numpy reads at once: to make a date of each takes longer than the query.
    known = list(rows.values_list("enterprise_id", Cast("month", CharField()), "kind", "amount_yuan"))
    days = np.array([row[1] for row in known], dtype="datetime64[D]")
    return Economics(
        np.array([row[0] for row in known], dtype=np.int64), days.astype("datetime64[M]"),
        np.array([row[2] for row in known], dtype=np.str_), np.array([row[3] for row in known], dtype=float),
    )  # fmt: skip
