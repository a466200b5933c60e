"""Computes the quota verdicts of the province, and lets its plants apply to be leaders; every word is made up."""

from __future__ import annotations

from datetime import date, datetime

from nenghao.cli.demo.province.load_registry import ACTOR
from nenghao.cli.demo.province.plan import PROVINCE
from nenghao.hub.energy_accounts.services import refresh as refresh_accounts
from nenghao.hub.quotas import leaders, services
from nenghao.hub.quotas.campaigns import set_flag
from nenghao.hub.quotas.models import SpanKind, Verdict
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.readings import ReadingStore

APPLICANTS = 6
"""Plants of grade 1 that apply; the first half is verified, the last one rejected."""


def load_quotas(store: ReadingStore, now: datetime) -> int:
    """Compute the verdicts of the present and the past year; gives how many there are."""
    ids = list(Enterprise.objects.values_list("pk", flat=True))
    refresh_accounts(store=store, now=now)
    made = sum(
        services.refresh(store=store, enterprise_ids=ids, year=year, now=now) for year in (now.year - 1, now.year)
    )
    _leaders(now)
    _campaign(now)
    return made


def _leaders(now: datetime) -> None:
    """Some plants apply for the year before; a list of it is published, and one plant applies for this year."""
    newest = Verdict.objects.filter(
        kind=SpanKind.CUMULATIVE, is_current=True, month=date(now.year - 1, 12, 1), grade="1", product__code="P1",
        metric_key="unit_consumption_kgce",
    ).select_related("enterprise__region").order_by("pk")  # fmt: skip
    chosen = list(newest[:APPLICANTS])
    made = [
        leaders.apply(
            actor=ACTOR, now=now, enterprise=one.enterprise, product_id=one.product_id, year=now.year - 1,
            statement="余热回收与负荷优化（合成）", declared=True,
        )
        for one in chosen
    ]  # fmt: skip
    for number, one in enumerate(made):
        if number in {0, 1, 2, len(made) - 1}:
            leaders.decide(
                actor=ACTOR, now=now, application=one, passed=number < len(made) - 1, reason="现场核验（合成）"
            )
    if any(one.enterprise for one in made[:1]) and len(made) > 1:
        leaders.publish(actor=ACTOR, now=now, region=Region.objects.get(code=PROVINCE), year=now.year - 1,
                        reason="依据上年累计单耗核验（合成）")  # fmt: skip


def _campaign(now: datetime) -> None:
    """Plants over their limit take part in the campaign."""
    over = Verdict.objects.filter(
        kind=SpanKind.CUMULATIVE, is_current=True, month__year=now.year, grade="over", limit_3__isnull=False
    ).select_related("enterprise__region", "product")  # fmt: skip
    over = over.order_by("enterprise", "-month")
    seen: set[int] = set()
    for one in over:
        if one.enterprise_id in seen or len(seen) >= APPLICANTS:
            continue
        seen.add(one.enterprise_id)
        given = {"product": one.product.code, "year": str(now.year), "step": "comparing", "target": f"{one.limit_3:g}",
                 "note": "对照限定值（合成）"}  # fmt: skip
        set_flag(actor=ACTOR, now=now, enterprise=one.enterprise, given=given)
