"""The rule by which gaps are filled (补数规则, 本平台设定): of the nearest region upward, else the default."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.corrections.errors import refused
from nenghao.hub.corrections.models import FillRule, Method
from nenghao.hub.registry.models import Region

BY_RULE = (Method.LINEAR, Method.WEEKDAY_PROFILE, Method.SUB_METERS)
"""Methods that need nobody to choose anything."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which methods are tried in which order, and what is too long; the default is ours."""

    methods: tuple[str, ...] = (Method.LINEAR, Method.WEEKDAY_PROFILE, Method.SUB_METERS)
    linear_max_minutes: int = 60
    max_gap_hours: int = 72
    region_name: str = ""


def rule_for(region_path: str) -> Rule:
    """Give the rule of the nearest region upward that has one, or the default."""
    codes = region_path.rstrip("/").split("/")
    found = {row.region_id: row for row in FillRule.objects.filter(region__in=codes).select_related("region")}
    for code in reversed(codes):
        if row := found.get(code):
            return Rule(tuple(row.methods), row.linear_max_minutes, row.max_gap_hours, row.region.name)
    return Rule()


@transaction.atomic
def put_rule(*, actor: Actor, account: Account, now: datetime, region: Region, rule: Rule) -> FillRule:
    """Keep the rule of the officer's own region."""
    if account.role != Role.OFFICER or account.region_id != region.pk:
        raise refused("rule-role", "只能修改本级主管部门的规则", "an officer changes the rule of the own region")
    if not rule.methods or set(rule.methods) - set(BY_RULE):
        raise refused("rule-methods", "请至少选一种可用的方法", "choose at least one of the methods", field="methods")
    before = FillRule.objects.filter(region=region).values("methods", "linear_max_minutes", "max_gap_hours").first()
    after = {
        "methods": list(rule.methods), "linear_max_minutes": rule.linear_max_minutes,
        "max_gap_hours": rule.max_gap_hours,
    }  # fmt: skip
    kept, _new = FillRule.objects.update_or_create(
        region=region, defaults=after | {"changed_by": account.username, "changed_at": now}
    )
    record(actor=actor, now=now, action="fill-rule-changed", object_type="fill-rule", object_key=region.code,
           region_path=region.path, before=before, after=after)  # fmt: skip
    return kept
