"""Quota verdicts of enterprises: kept up to date, asked for by span, ranked, and held against peers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

import numpy as np
from django.db.models import Count, Max, QuerySet

from nenghao.hub.energy_accounts.services import month_totals
from nenghao.hub.production.models import Product, ProductOutput
from nenghao.hub.quotas.computing import compute
from nenghao.hub.quotas.models import SpanKind, Verdict, VerdictState
from nenghao.readings import ReadingStore

RULES = "2"
"""Raised when the same inputs come to other verdicts, so that all are computed again."""
SLICE = 100
"""Enterprises computed in one transaction."""


def refresh(*, store: ReadingStore, enterprise_ids: Iterable[int], year: int, now: datetime) -> int:
    """Compute the verdicts of a year for exactly the enterprises whose accounts, outputs or products changed.

    Gives how many verdicts are new or different. Safe to repeat: without a change nothing is computed.
    """
    stale = stale_enterprises(store=store, enterprise_ids=enterprise_ids, year=year)
    made = 0
    ids = sorted(stale)
    for place in range(0, len(ids), SLICE):
        some = ids[place : place + SLICE]
        made += compute(store=store, enterprise_ids=some, year=year, now=now)
        VerdictState.objects.bulk_create(
            [VerdictState(enterprise_id=pk, year=year, mark=stale[pk], computed_at=now) for pk in some],
            update_conflicts=True, unique_fields=["enterprise", "year"], update_fields=["mark", "computed_at"],
        )  # fmt: skip
    return made


def stale_enterprises(*, store: ReadingStore, enterprise_ids: Iterable[int], year: int) -> dict[int, str]:
    """Give the enterprises whose verdicts of a year are not those of their inputs, with the mark of the inputs."""
    ids = list(enterprise_ids)
    marks = _marks(store, ids, year)
    known = dict(VerdictState.objects.filter(enterprise__in=ids, year=year).values_list("enterprise_id", "mark"))
    return {pk: mark for pk, mark in marks.items() if known.get(pk) != mark}


def _marks(store: ReadingStore, ids: Sequence[int], year: int) -> dict[int, str]:
    """Give a mark of the inputs of each enterprise that has products: accounts, outputs, products, rules."""
    start, end = date(year, 1, 1), date(year + 1, 1, 1)
    parts: dict[int, list[str]] = {}
    products = Product.objects.filter(enterprise__in=ids).order_by("enterprise", "pk")
    for row in products.values_list(
        "enterprise_id", "pk", "unit", "process_code", "quota_product", "quota_condition", "is_new_capacity",
        "data_item_id", "active",
    ):  # fmt: skip
        parts.setdefault(row[0], []).append(repr(row))
    filed = ProductOutput.objects.filter(enterprise__in=ids, month__gte=start, month__lt=end)
    for pk, newest, count in filed.values_list("enterprise_id").annotate(Max("pk"), Count("pk")).order_by():
        parts.setdefault(pk, []).append(f"{newest}/{count}")
    totals = month_totals(store=store, enterprise_ids=ids, start=start, end=end)
    for row in range(len(totals.enterprise_id)):
        parts.setdefault(int(totals.enterprise_id[row]), []).append(str(int(totals.mark[row])))
    return {pk: sha256("|".join([RULES, *found]).encode()).hexdigest() for pk, found in parts.items()}


def verdicts(*, enterprise_ids: Iterable[int], kind: SpanKind, month: date) -> QuerySet[Verdict]:
    """Give the current verdicts of a span of some enterprises."""
    return Verdict.objects.filter(
        enterprise__in=enterprise_ids, kind=kind, month=month, is_current=True
    ).select_related("enterprise__region", "enterprise__industry", "product")  # fmt: skip


def last_month(enterprise_ids: Iterable[int], *, year: int | None = None) -> date | None:
    """Give the newest month with a verdict, of a year or of all."""
    rows = Verdict.objects.filter(enterprise__in=enterprise_ids, is_current=True)
    if year is not None:
        rows = rows.filter(month__year=year)
    return rows.aggregate(newest=Max("month"))["newest"]


LEAST_PEERS = 5
"""Fewer than so many others, and a distribution would tell who they are (ours)."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Where a value stands among those of the same product, condition and metric: nobody is named.

    ``quantiles`` are the 0, 25, 50, 75 and 100 % points; ``rank`` counts from the best (lowest). ``gap`` is the value
    less the best one, ``saving_tce`` the gap times the output in coal equivalent, where the metric is one of energy.
    """

    count: int
    rank: int
    quantiles: tuple[float, float, float, float, float]
    gap: float
    saving_tce: float | None

    @property
    def best(self) -> float:
        """The best value."""
        return self.quantiles[0]


def peers_of(verdict: Verdict) -> Peers | None:
    """Hold a verdict against its peers in the province; nothing with fewer than five others."""
    if verdict.compared_value is None or not verdict.standard:
        return None
    province = "/".join(verdict.enterprise.region.ancestor_codes[:2]) + "/"
    values = list(
        Verdict.objects.filter(
            quota_product=verdict.quota_product, quota_condition=verdict.quota_condition,
            metric_key=verdict.metric_key, unit=verdict.unit, kind=verdict.kind, month=verdict.month, is_current=True,
            compared_value__isnull=False, enterprise__region__path__startswith=province,
        ).values_list("compared_value", flat=True)
    )  # fmt: skip
    if len(values) <= LEAST_PEERS:
        return None
    ordered = np.sort(np.array(values, dtype=np.float64))
    quantiles = tuple(float(one) for one in np.quantile(ordered, (0, 0.25, 0.5, 0.75, 1)))
    gap = max(0.0, verdict.compared_value - quantiles[0])
    rank = int((ordered < verdict.compared_value - 1e-9).sum()) + 1
    return Peers(len(values), rank, quantiles, gap, _saving(verdict, gap))  # type: ignore[arg-type]


def _saving(verdict: Verdict, gap: float) -> float | None:
    """Give gap × output in tce: the share of the energy that the best would not have used."""
    if not verdict.value or verdict.value <= 0 or verdict.tce is None or verdict.metric_key not in ENERGY_METRICS:
        return None
    return verdict.tce * gap / (verdict.compared_value or verdict.value)


ENERGY_METRICS = frozenset({"unit_consumption_kgce", "whole_process_kgce", "ingot_kgce"})
"""Metrics whose numerator is all energy of the product."""
