"""What quota standards say of an enterprise's products in a period (单耗与限额): one row per product and metric."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.urls import reverse

from nenghao.errors import NenghaoError
from nenghao.hub.production.models import Product
from nenghao.hub.quotas import services as quotas
from nenghao.hub.quotas.computing import ACCOUNT_FACTORS, KGOE_FACTOR
from nenghao.hub.quotas.models import SpanKind, Verdict
from nenghao.reference.quota_metrics import output_in, quota_unit

if TYPE_CHECKING:
    from nenghao.hub.statements.facts import Facts

GENERAL = "unit_consumption_kgce"
"""The metric of all energy of a product."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One metric of one product over a period.

    ``verdict`` is the newest of the year up to the period's end, in whose unit everything is: ``numerator`` [the
    unit's, before the slash] and ``denominator`` [after it] are summed over the months, None unless every one is known.
    ``is_unverified``: the value or a limit rests on something unverified (待核).
    """

    verdict: Verdict
    numerator: float | None
    denominator: float | None
    is_unverified: bool

    @property
    def value(self) -> float | None:
        """Consumption of the period."""
        return None if self.numerator is None or not self.denominator else self.numerator / self.denominator

    @property
    def source(self) -> str:
        """The standard and where in it."""
        return " ".join(part for part in (self.verdict.standard, self.verdict.clause) if part)

    @property
    def url(self) -> str:
        """The page on which the verdict unfolds."""
        return reverse("quotas-verdict", args=[self.verdict.pk])

    @property
    def has_unverified_limits(self) -> bool:
        """Whether the limits themselves are unverified, and not only the value held against them."""
        return bool(set(self.verdict.detail.get("unverified", ())) - {ACCOUNT_FACTORS, KGOE_FACTOR})

    @property
    def required(self) -> float | None:
        """The limit of the grade that the product has to reach."""
        own = self.verdict
        return (own.limit_1, own.limit_2, own.limit_3)[own.required_grade - 1]


def indicator_name(product: str, metric_key: str = GENERAL, metric: str = "") -> str:
    """Name an indicator as rows of statements do: all energy shortly, other metrics as their standard prints them."""
    return f"{product}综合能耗" if metric_key == GENERAL else f"{product} {metric}"


def judged_products(facts: Facts) -> Mapping[str, Judged]:
    """Give every metric for which a standard has limits, by the indicator's name; verdicts are brought up to date."""
    own, start, end = facts.enterprise, facts.period.start, facts.period.end
    quotas.refresh(store=facts.store, enterprise_ids=[own.pk], year=start.year, now=facts.now)
    rows = Verdict.objects.filter(
        enterprise=own, product__active=True, is_current=True, month__gte=start, month__lt=end
    ).exclude(standard="").select_related("product").order_by("product__code", "metric_key", "month")  # fmt: skip
    newest: dict[tuple[int, str], Verdict] = {}
    months: dict[tuple[int, str], list[Verdict]] = {}
    for row in rows:
        key = (row.product_id, row.metric_key)
        if row.kind == SpanKind.CUMULATIVE:
            newest[key] = row
        else:
            months.setdefault(key, []).append(row)
    wanted = facts.period.months
    return {
        indicator_name(one.product.name, one.metric_key, one.metric): _judged(one, months.get(key, ()), wanted)
        for key, one in newest.items()
    }


def _judged(newest: Verdict, months: Iterable[Verdict], wanted: Iterable[date]) -> Judged:
    """Add up the months; another unit in between (an edition that changed) leaves the sum unknown."""
    parts = {one.month: _parts(one) for one in months if one.unit == newest.unit}
    known = [parts.get(month) for month in wanted]
    whole = [one for one in known if one is not None]
    unverified = newest.is_unverified or any(one.is_unverified for one in months)
    if len(whole) < len(known):
        return Judged(newest, None, None, unverified)
    return Judged(newest, math.fsum(one[0] for one in whole), math.fsum(one[1] for one in whole), unverified)


def _parts(one: Verdict) -> tuple[float, float] | None:
    """Give numerator and denominator of a month in the parts of the metric's unit."""
    if one.value is None or one.output_quantity is None:
        return None
    product: Product = one.product
    unit = quota_unit(one.unit)
    try:
        output = output_in(one.output_quantity, product.unit, unit.denominator) / unit.size
    except NenghaoError:
        return None
    return one.value * output, output
