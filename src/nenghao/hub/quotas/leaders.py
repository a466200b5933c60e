"""Leaders (领跑者): an enterprise applies, an officer verifies, and a yearly list is published with its reason."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import IntegrityError, transaction

from nenghao.errors import Language, NenghaoError
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.quotas.models import LeaderApplication, LeaderList, LeaderState, SpanKind, Verdict
from nenghao.hub.quotas.services import peers_of
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.periods import to_beijing


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, computed (``automatic``) or declared by the enterprise and confirmed by an officer."""

    key: str
    check: str
    name_zh: str
    name_en: str

    def name(self, language: Language) -> str:
        """Give the words in a language."""
        return self.name_zh if language == "zh" else self.name_en


@cache
def conditions() -> tuple[Condition, ...]:
    """Give the conditions of the file, in its order."""
    text = (files("nenghao.hub.quotas") / "data" / "leader_conditions.toml").read_text(encoding="utf-8")
    return tuple(Condition(**row) for row in tomllib.loads(text)["condition"])


def yearly_verdicts(product_ids: Iterable[int], year: int, today: date) -> dict[int, Verdict]:
    """Give the cumulative verdict of a year's newest month that is over, by product; one query.

    Of several metrics the first that has a value. The month that runs still changes, so nothing rests on it.
    """
    rows = Verdict.objects.filter(
        product__in=list(product_ids), month__year=year, month__lt=today.replace(day=1), kind=SpanKind.CUMULATIVE,
        is_current=True, compared_value__isnull=False,
    ).order_by("month", "-pk").select_related("enterprise__region", "product")  # fmt: skip
    return {row.product_id: row for row in rows}


def checked(verdict: Verdict, *, declared: bool) -> list[dict[str, Any]]:
    """Judge every condition: met, not met, or not known (no peers to compare with)."""
    peers = peers_of(verdict)
    rank = None if peers is None else verdict.compared_value is not None and (
        verdict.compared_value <= peers.quantiles[1] + 1e-9
    )  # fmt: skip
    found = {
        "grade-1": verdict.grade == "1", "verified-data": verdict.decides and not verdict.missing_ratio, "best": rank,
        "no-violation": declared,
    }  # fmt: skip
    return [{"key": one.key, "met": found[one.key]} for one in conditions()]


@transaction.atomic
def apply(
    *, actor: Actor, now: datetime, enterprise: Enterprise, product_id: int, year: int, statement: str, declared: bool
) -> LeaderApplication:
    """Apply with a product for a year; refused without a verdict, and while another application is open."""
    verdict = yearly_verdicts([product_id], year, to_beijing(now).date()).get(product_id)
    if verdict is None or verdict.enterprise_id != enterprise.pk:
        raise NenghaoError(
            "leader-no-verdict", f"{year} 年没有该产品的限额判定", f"there is no verdict on the product in {year}",
            field="product", mend_zh="先填产量并完成核算", mend_en="file outputs and complete the account first",
        )  # fmt: skip
    try:
        with transaction.atomic():
            made = LeaderApplication.objects.create(
                enterprise=enterprise, product_id=product_id, verdict=verdict, year=year, statement=statement[:2000],
                conditions=checked(verdict, declared=declared), applied_by=actor.name, applied_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise NenghaoError(
            "leader-open", "该产品本年度已有申报", "the product has an application of this year", field="product",
            mend_zh="等待核验结果", mend_en="wait for its decision",
        ) from None  # fmt: skip
    _record(actor, now, made, "leader-applied", statement)
    return made


@transaction.atomic
def withdraw(*, actor: Actor, now: datetime, application: LeaderApplication, reason: str) -> LeaderApplication:
    """Withdraw an application, with a reason, as long as it is not decided; the product may be applied with again."""
    found = _open(application)
    _need(reason, "请填写撤回的原因", "a reason is needed", "写明为什么撤回", "say why it is withdrawn")
    found.state = LeaderState.WITHDRAWN
    found.decided_by, found.decided_at, found.decision_reason = actor.name, now, reason.strip()[:500]
    found.save()
    _record(actor, now, found, "leader-withdrawn", reason)
    return found


def _open(application: LeaderApplication) -> LeaderApplication:
    """Give the application, locked; refused when it was decided or withdrawn."""
    found = LeaderApplication.objects.select_for_update().get(pk=application.pk)
    if found.state != LeaderState.APPLIED:
        raise NenghaoError(
            "leader-decided", "该申报已核验或已撤回", "the application is decided or withdrawn already",
            mend_zh="刷新页面", mend_en="reload the page",
        )  # fmt: skip
    return found


def _need(reason: str, zh: str, en: str, mend_zh: str, mend_en: str) -> None:
    if not reason.strip():
        raise NenghaoError("reason-missing", zh, en, field="reason", mend_zh=mend_zh, mend_en=mend_en)


@transaction.atomic
def decide(
    *, actor: Actor, now: datetime, application: LeaderApplication, passed: bool, reason: str
) -> LeaderApplication:
    """Verify an application, with a reason; a condition not met may be passed over only with one."""
    found = _open(application)
    _need(reason, "请填写核验意见", "a reason is needed", "写明核验的依据", "say what it was verified on")
    found.state = LeaderState.VERIFIED if passed else LeaderState.REJECTED
    found.decided_by, found.decided_at, found.decision_reason = actor.name, now, reason.strip()[:500]
    found.save()
    _record(actor, now, found, "leader-verified" if passed else "leader-rejected", reason)
    return found


@transaction.atomic
def publish(*, actor: Actor, now: datetime, region: Region, year: int, reason: str) -> LeaderList:
    """Publish the verified applications of a year in a region as a list that stays as it is."""
    rows = list(
        LeaderApplication.objects.select_for_update(of=("self",))
        .filter(year=year, state=LeaderState.VERIFIED, enterprise__region__path__startswith=region.path)
        .select_related("enterprise", "product", "verdict")
    )
    if not rows or not reason.strip():
        raise NenghaoError(
            "leader-nothing", "没有核验通过的申报，或没有写说明", "nothing is verified, or the reason is missing",
            field="reason", mend_zh="先核验申报，并写明公布的依据", mend_en="verify applications first and say why",
        )  # fmt: skip
    made = LeaderList.objects.create(
        region=region, year=year, published_at=now, published_by=actor.name, reason=reason.strip()[:500],
        rows=[_listed(one) for one in rows],
    )  # fmt: skip
    LeaderApplication.objects.filter(pk__in=[one.pk for one in rows]).update(
        state=LeaderState.PUBLISHED, listed_in=made
    )
    record(
        actor=actor, now=now, action="leaders-published", object_type="leader-list", object_key=f"{region.code}/{year}",
        region_path=region.path, after={"rows": len(rows)}, reason=reason,
    )  # fmt: skip
    return made


def _listed(one: LeaderApplication) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "enterprise": one.enterprise.name, "code": one.enterprise.code, "product": one.product.name,
        "quota_product": verdict.quota_product, "quota_condition": verdict.quota_condition, "metric": verdict.metric,
        "value": verdict.compared_value, "unit": verdict.unit, "standard": verdict.standard, "grade": verdict.grade,
        "is_unverified": verdict.is_unverified, "reason": one.decision_reason,
    }  # fmt: skip


def _record(actor: Actor, now: datetime, one: LeaderApplication, action: str, reason: str) -> None:
    record(
        actor=actor, now=now, action=action, object_type="leader-application", object_key=str(one.pk),
        region_path=one.enterprise.region.path, after={"state": one.state, "year": one.year}, reason=reason[:500],
    )  # fmt: skip


def words_of(found: Sequence[dict[str, Any]], language: Language) -> list[tuple[str, bool | None]]:
    """Give the conditions of an application with their names."""
    names = {one.key: one.name(language) for one in conditions()}
    return [(names.get(str(one["key"]), str(one["key"])), one["met"]) for one in found]
