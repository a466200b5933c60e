"""Leaders (领跑者): an enterprise applies, an officer verifies, and a yearly list is published with its reason."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import IntegrityError, transaction

from nenghao.errors import Language, NenghaoError
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.quotas.models import LeaderApplication, LeaderList, LeaderState, SpanKind, Verdict
from nenghao.hub.quotas.services import peers_of
from nenghao.hub.registry.models import Enterprise, Region


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


def yearly_verdict(product_id: int, year: int) -> Verdict | None:
    """Give the cumulative verdict of the year's newest month, of the first metric that has a value."""
    rows = Verdict.objects.filter(product=product_id, month__year=year, kind=SpanKind.CUMULATIVE, is_current=True)
    return rows.filter(compared_value__isnull=False).order_by("-month", "pk").select_related(
        "enterprise__region", "product"
    ).first()  # fmt: skip


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
    verdict = yearly_verdict(product_id, year)
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
def decide(
    *, actor: Actor, now: datetime, application: LeaderApplication, passed: bool, reason: str
) -> LeaderApplication:
    """Verify an application, with a reason; a condition not met may be passed over only with one."""
    found = LeaderApplication.objects.select_for_update().get(pk=application.pk)
    if found.state != LeaderState.APPLIED:
        raise NenghaoError(
            "leader-decided", "该申报已核验", "the application is decided already", mend_zh="刷新页面",
            mend_en="reload the page",
        )  # fmt: skip
    if not reason.strip():
        raise NenghaoError(
            "reason-missing", "请填写核验意见", "a reason is needed", field="reason", mend_zh="写明核验的依据",
            mend_en="say what it was verified on",
        )  # fmt: skip
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
