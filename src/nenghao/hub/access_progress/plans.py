"""Changes of the list and its plan: each in one transaction, with who, when and why in the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.models import AccessPlan, Stage, Tier
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import to_beijing

PLAN_FIELDS = (
    "tier", "batch", "listed_on", "has_control_centre", "planned_build_on", "planned_connect_on", "planned_accept_on",
    "remark",
)  # fmt: skip
ACTUAL = {Stage.BUILD: "built_on", Stage.CONNECT: "connected_on", Stage.ACCEPT: "accepted_on"}


@transaction.atomic
def put_plans(
    *, actor: Actor, now: datetime, rows: Iterable[tuple[Enterprise, Mapping[str, Any]]], reason: str
) -> tuple[int, int]:
    """Put enterprises on the list or change their plans, all or nothing; gives how many were new and how many changed.

    A row's facts map names of :data:`PLAN_FIELDS` to values; what is not named stays. A change needs a reason, the
    first entry does not.
    """
    wanted = list(rows)
    known = {
        plan.enterprise_id: plan
        for plan in AccessPlan.objects.select_for_update().filter(enterprise__in=[one for one, _facts in wanted])
    }
    new, changed = [], []
    for enterprise, facts in wanted:
        plan = known.get(enterprise.pk)
        before = {name: getattr(plan, name) for name in facts} if plan else {}
        if before == dict(facts):
            continue
        (changed if plan else new).append(_planned(plan, enterprise, facts, reason))
        record(
            actor=actor, now=now, action="access-plan-changed" if plan else "access-plan-listed",
            object_type="access-plan", object_key=enterprise.code, region_path=enterprise.region.path, before=before,
            after=dict(facts), reason=reason.strip()[:200],
        )  # fmt: skip
    AccessPlan.objects.bulk_create(new)
    AccessPlan.objects.bulk_update(changed, PLAN_FIELDS, batch_size=500)
    return len(new), len(changed)


def _planned(plan: AccessPlan | None, enterprise: Enterprise, facts: Mapping[str, Any], reason: str) -> AccessPlan:
    """Give the plan with its new facts, not yet saved."""
    if plan is not None and not reason.strip():
        raise NenghaoError(
            "reason-missing", "修改计划须填写理由", "a change of the plan needs a reason", record=enterprise.code,
            field="reason",
        )  # fmt: skip
    plan = plan or AccessPlan(enterprise=enterprise)
    for name, value in facts.items():
        setattr(plan, name, value)
    check_plan(plan, enterprise.code)
    return plan


def check_plan(plan: AccessPlan, code: str) -> None:
    """Refuse a tier that is none, and planned dates that are not in the order build, connect, accept."""
    if plan.tier not in Tier.values:
        raise NenghaoError(
            "plan-tier", f"没有这个层级: {plan.tier or '空'}", f"there is no such tier: {plan.tier or 'empty'}",
            record=code, field="tier", mend_zh="填百家、千家或万家", mend_en="write hundred, thousand or ten_thousand",
        )  # fmt: skip
    dates = [("planned_build_on", plan.planned_build_on), ("planned_connect_on", plan.planned_connect_on),
             ("planned_accept_on", plan.planned_accept_on)]  # fmt: skip
    known = [(name, day) for name, day in dates if day is not None]
    for (_earlier, first), (name, second) in pairwise(known):
        if second < first:
            raise NenghaoError(
                "plan-order", "计划日期须按建成、接入、验收的先后", "the planned dates are not in order", record=code,
                field=name, mend_zh=f"{second} 早于 {first}", mend_en=f"{second} lies before {first}",
            )  # fmt: skip


@transaction.atomic
def enter_actual(
    *, actor: Actor, now: datetime, enterprise: Enterprise, stage: str, on: date | None, reason: str
) -> AccessPlan:
    """Enter the day a milestone was reached (``None`` takes an entry back); needs a reason or a document's number."""
    plan = _locked(enterprise)
    if stage not in ACTUAL:
        raise NenghaoError("plan-stage", "没有这个节点", "there is no such milestone", field="stage")
    if not reason.strip():
        raise NenghaoError(
            "reason-missing", "请填写依据或理由", "a reason is needed", record=enterprise.code, field="reason"
        )
    if on is not None and on > to_beijing(now).date():
        raise NenghaoError(
            "plan-future", "实际日期在将来", "the actual date lies in the future", record=enterprise.code, field="on"
        )
    name = ACTUAL[Stage(stage)]
    before = getattr(plan, name)
    setattr(plan, name, on)
    plan.entries = plan.entries | {
        stage: {"by": actor.name, "at": to_beijing(now).isoformat(timespec="minutes"), "reason": reason.strip()[:200]}
    }
    plan.save(update_fields=[name, "entries"])
    record(
        actor=actor, now=now, action="access-milestone-entered", object_type="access-plan", object_key=enterprise.code,
        region_path=enterprise.region.path, before={name: before}, after={name: on}, reason=reason.strip()[:200],
    )  # fmt: skip
    return plan


@transaction.atomic
def explain_delay(*, actor: Actor, now: datetime, enterprise: Enterprise, reason: str) -> AccessPlan:
    """Enter why an enterprise is late; an empty text takes it back."""
    plan = _locked(enterprise)
    before = plan.delay_reason
    plan.delay_reason, plan.delay_reason_by = reason.strip()[:200], actor.name
    plan.save(update_fields=["delay_reason", "delay_reason_by"])
    record(
        actor=actor, now=now, action="access-delay-explained", object_type="access-plan", object_key=enterprise.code,
        region_path=enterprise.region.path, before={"delay_reason": before},
        after={"delay_reason": plan.delay_reason},
    )  # fmt: skip
    return plan


def _locked(enterprise: Enterprise) -> AccessPlan:
    plan = AccessPlan.objects.select_for_update().filter(enterprise=enterprise).first()
    if plan is None:
        raise NenghaoError(
            "plan-missing", "该单位不在名单中", "the enterprise is not on the list", record=enterprise.code,
            mend_zh="先把它加入重点用能单位名单", mend_en="put it on the list of key enterprises first",
        )  # fmt: skip
    return plan
