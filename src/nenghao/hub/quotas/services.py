"""Quota verdicts of enterprises: kept up to date, asked for by span, ranked, and held against peers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from threading import Lock

import numpy as np
from django.db.models import Max, QuerySet

from nenghao.hub.energy_accounts.models import RuleKind
from nenghao.hub.energy_accounts.services import month_totals
from nenghao.hub.energy_accounts.sources import stated_rules
from nenghao.hub.production.models import Product, ProductOutput
from nenghao.hub.production.services import outputs
from nenghao.hub.quotas.computing import RULES, compute, limits_digest
from nenghao.hub.quotas.models import SpanKind, Verdict, VerdictState
from nenghao.readings import ReadingStore
from nenghao.readings.accounts import account_years

SLICE = 100
"""Enterprises computed in one transaction."""

_one_at_a_time = Lock()
"""The thread that keeps verdicts fresh and a person's button may come together; the store has one process."""


def refresh(
    *, store: ReadingStore, enterprise_ids: Iterable[int], year: int, now: datetime,
    go_on: Callable[[], bool] = lambda: True,
) -> int:  # fmt: skip
    """Compute the verdicts of a year for exactly the enterprises whose accounts, outputs or products changed.

    Gives how many verdicts are new or different. Safe to repeat, and to stop between slices (``go_on``): without a
    change nothing is computed.
    """
    with _one_at_a_time:
        stale = stale_enterprises(store=store, enterprise_ids=enterprise_ids, year=year)
        made = 0
        ids = sorted(stale)
        for place in range(0, len(ids), SLICE):
            if not go_on():
                break
            some = ids[place : place + SLICE]
            made += compute(store=store, enterprise_ids=some, year=year, now=now)
            VerdictState.objects.bulk_create(
                [VerdictState(enterprise_id=pk, year=year, mark=stale[pk], computed_at=now) for pk in some],
                update_conflicts=True, unique_fields=["enterprise", "year"], update_fields=["mark", "computed_at"],
            )  # fmt: skip
    return made


def refresh_all(
    *, store: ReadingStore, now: datetime, years: Sequence[int] = (), go_on: Callable[[], bool] = lambda: True
) -> int:
    """Refresh whoever has products, in the years named or in every year with an account or an output, newest first."""
    ids = sorted(Product.objects.order_by().values_list("enterprise_id", flat=True).distinct())
    if not ids:
        return 0
    wanted = years or years_known(store)
    return sum(refresh(store=store, enterprise_ids=ids, year=year, now=now, go_on=go_on) for year in wanted)


def years_known(store: ReadingStore) -> list[int]:
    """Give the years with an account or a filed output, the newest first."""
    filed = ProductOutput.objects.filter(is_current=True).dates("month", "year")
    return sorted({day.year for day in filed}.union(account_years(store)), reverse=True)


def stale_enterprises(*, store: ReadingStore, enterprise_ids: Iterable[int], year: int) -> dict[int, str]:
    """Give the enterprises whose verdicts of a year are not those of their inputs, with the mark of the inputs."""
    ids = list(enterprise_ids)
    marks = _marks(store, ids, year)
    known = dict(VerdictState.objects.filter(enterprise__in=ids, year=year).values_list("enterprise_id", "mark"))
    return {pk: mark for pk, mark in marks.items() if known.get(pk) != mark}


def forget(*, years: Iterable[int]) -> None:
    """Have all verdicts of these years computed again; what comes out the same stays the version it is."""
    wanted = list(years)
    VerdictState.objects.filter(year__in=wanted).delete()
    Verdict.objects.filter(month__year__in=wanted, is_current=True).update(inputs="")


def computed_at(*, enterprise_ids: Iterable[int], year: int) -> datetime | None:
    """Give when verdicts of a year were last computed for one of the enterprises."""
    rows = VerdictState.objects.filter(enterprise__in=list(enterprise_ids), year=year)
    return rows.aggregate(newest=Max("computed_at"))["newest"]


def _marks(store: ReadingStore, ids: Sequence[int], year: int) -> dict[int, str]:
    """Give a mark of the inputs of each enterprise that has products: accounts, outputs, products, rules, limits."""
    start, end = date(year, 1, 1), date(year + 1, 1, 1)
    parts: dict[int, list[str]] = {}
    products = Product.objects.filter(enterprise__in=ids).order_by("enterprise", "pk")
    for row in products.values_list(
        "enterprise_id", "pk", "unit", "process_code", "quota_product", "quota_condition", "is_new_capacity",
        "data_item_id", "active",
    ):  # fmt: skip
        parts.setdefault(row[0], []).append(repr(row))
    owners = sorted(parts)
    for rule in stated_rules(owners, [RuleKind.ALLOCATION]):
        parts[rule.enterprise_id].append(f"rule {rule.pk}")
    made = outputs(store=store, enterprise_ids=owners, start=start, end=end)
    for owner, *facts in zip(
        made.enterprise_id.tolist(), made.product_id.tolist(), made.month.astype(int).tolist(), made.quantity.tolist(),
        made.source.tolist(), made.parameters, strict=True,
    ):  # fmt: skip
        parts[owner].append(repr(facts))
    totals = month_totals(store=store, enterprise_ids=owners, start=start, end=end)
    for owner, mark in zip(totals.enterprise_id.tolist(), totals.mark.tolist(), strict=True):
        parts[owner].append(str(mark))
    begin = f"{RULES} {limits_digest()}"
    return {pk: sha256("|".join([begin, *found]).encode()).hexdigest() for pk, found in parts.items()}


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
    return peers_of_all([verdict])[0]


def peers_of_all(verdicts: Sequence[Verdict]) -> list[Peers | None]:
    """Hold verdicts of one span and province against their peers, in their order; one query."""
    known = [one for one in verdicts if one.compared_value is not None and one.standard]
    values: dict[tuple[str, ...], list[float]] = {}
    if known:
        province = "/".join(known[0].enterprise.region.ancestor_codes[:2]) + "/"
        rows = Verdict.objects.filter(
            quota_product__in={one.quota_product for one in known}, metric_key__in={one.metric_key for one in known},
            kind=known[0].kind, month=known[0].month, is_current=True, compared_value__isnull=False,
            enterprise__region__path__startswith=province,
        )  # fmt: skip
        for *key, value in rows.order_by().values_list(*PEER_KEY, "compared_value"):
            values.setdefault(tuple(key), []).append(value)
    return [_among(one, values.get(tuple(getattr(one, name) for name in PEER_KEY), [])) for one in verdicts]


PEER_KEY = ("quota_product", "quota_condition", "metric_key", "unit")
"""What verdicts must have in common to be compared."""


def _among(verdict: Verdict, values: Sequence[float]) -> Peers | None:
    if verdict.compared_value is None or not verdict.standard or len(values) <= LEAST_PEERS:
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
