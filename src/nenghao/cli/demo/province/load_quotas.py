"""Computes the quota verdicts of the province, and lets its plants apply to be leaders; every word is made up."""

from __future__ import annotations

from datetime import datetime

from nenghao.cli.demo.province.load_registry import ACTOR
from nenghao.cli.demo.province.plan import PROVINCE
from nenghao.hub.energy_accounts.services import refresh as refresh_accounts
from nenghao.hub.quotas import leaders, services
from nenghao.hub.quotas.campaigns import set_flag
from nenghao.hub.quotas.models import LeaderApplication, SpanKind, Verdict
from nenghao.hub.registry.models import Region
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore

APPLICANTS = 6
"""Plants of grade 1 that apply for last year; the second is refused."""
REFUSED = "现场核验时产量凭证与上传不符，退回（合成）"


def load_quotas(store: ReadingStore, now: datetime) -> int:
    """Compute the verdicts of the present and the past year; gives how many there are."""
    refresh_accounts(store=store, now=now)
    made = services.refresh_all(store=store, now=now)
    _leaders(now)
    _campaign(now)
    return made


def _leaders(now: datetime) -> None:
    """Applications of both years in every state, and last year's list."""
    before = _candidates(now, now.year - 1)
    for number, verdict in enumerate(before[:APPLICANTS]):
        one = _applied(verdict, now)
        passed = number != 1
        leaders.decide(actor=ACTOR, now=now, application=one, passed=passed,
                       reason="现场核验，单耗与凭证相符（合成）" if passed else REFUSED)  # fmt: skip
    if len(before) > 1:
        leaders.publish(actor=ACTOR, now=now, region=Region.objects.get(code=PROVINCE), year=now.year - 1,
                        reason="依据上年累计单耗核验（合成）")  # fmt: skip
    for number, verdict in enumerate(_candidates(now, now.year)[: 2 * APPLICANTS]):
        one = _applied(verdict, now)
        if number % 4 == 1:
            leaders.decide(actor=ACTOR, now=now, application=one, passed=True, reason="现场核验（合成）")
        elif number % 4 == 2:
            leaders.decide(actor=ACTOR, now=now, application=one, passed=False, reason=REFUSED)
        elif number % 4 == 3:
            leaders.withdraw(actor=ACTOR, now=now, application=one, reason="产量凭证未备齐（合成）")


def _candidates(now: datetime, year: int) -> list[Verdict]:
    """Give the cumulative verdicts of grade 1 of a year, one of each enterprise."""
    today = to_beijing(now).date()
    graded = Verdict.objects.filter(kind=SpanKind.CUMULATIVE, is_current=True, grade="1", month__year=year)
    found = leaders.yearly_verdicts(graded.values_list("product_id", flat=True), year, today).values()
    best = [one for one in found if one.grade == "1" and one.metric_key in services.ENERGY_METRICS]
    return list({one.enterprise_id: one for one in sorted(best, key=lambda one: -one.pk)}.values())


def _applied(verdict: Verdict, now: datetime) -> LeaderApplication:
    return leaders.apply(
        actor=ACTOR, now=now, enterprise=verdict.enterprise, product_id=verdict.product_id, year=verdict.month.year,
        statement="余热回收与负荷优化（合成）", declared=True,
    )  # fmt: skip


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
