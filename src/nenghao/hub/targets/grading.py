"""Grading of months (月度定级): which rule a region uses, and the grades as an officer issues them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet

from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises, visible_regions
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Region
from nenghao.hub.targets.errors import reason_of, refused
from nenghao.hub.targets.models import GradingEdition, MonthGrade, Plan, TargetKind
from nenghao.hub.targets.progress import Rules, Standing
from nenghao.hub.targets.statistics import as_kept
from nenghao.reference.grading import GradingFile, GradingRule, rule_of
from nenghao.reference.library import library
from nenghao.reference.refusals import ReferenceDataError

DEFAULT_RULE = "national-barometer-2021"


def shipped_rules(kind: TargetKind) -> list[GradingRule]:
    """Give the rules that ship with the platform and suit a kind of target."""
    return [rule for rule in library().grading_rules.values() if rule.applies_to in {"both", str(kind)}]


def rule_from(content: Mapping[str, Any]) -> GradingRule:
    """Read a stored rule; what is wrong with it is said."""
    try:
        return rule_of(msgspec.convert(dict(content), GradingFile), str(content.get("key", "")))
    except msgspec.ValidationError as error:
        raise ReferenceDataError(
            "grading-shape", "规则缺项或类型不对", f"a part of the rule is missing or mistyped: {error}", field="rule"
        ) from None


def rule_content(rule: GradingRule) -> dict[str, Any]:
    """Give a rule as it is stored in an edition."""
    said = msgspec.to_builtins(rule)
    return {key: value for key, value in said.items() if value is not None} | {"kind": "grading"}


def editions_over(paths: Sequence[str], month: date) -> list[GradingEdition]:
    """Give the editions in force in a month of the regions on the paths, the nearest and newest last."""
    codes = {code for path in paths for code in path.rstrip("/").split("/")}
    found = GradingEdition.objects.filter(region__in=codes, from_month__lte=month).select_related("region")
    return sorted(found, key=lambda one: (len(one.region.path), one.from_month, one.pk))


def rules_for(paths: Sequence[str], month: date) -> dict[str, Rules]:
    """Give the rule by kind of target for each region path: of the nearest region upward, else the national one."""
    editions = editions_over(paths, month)
    known = {one.pk: rule_from(one.rule) for one in editions}
    found: dict[str, Rules] = {}
    for path in paths:
        rules: dict[TargetKind, GradingRule] = dict.fromkeys(TargetKind, library().grading_rules[DEFAULT_RULE])
        for one in editions:
            if path.startswith(one.region.path):
                rules[TargetKind(one.kind)] = known[one.pk]
        found[path] = rules
    return found


@transaction.atomic
def choose_rule(
    *, actor: Actor, now: datetime, region: Region, kind: TargetKind, from_month: date, rule: GradingRule, reason: str
) -> GradingEdition:
    """Choose the rule of a region for a kind of target from a month on."""
    if rule.applies_to not in {"both", str(kind)}:
        raise refused("rule-kind", "该规则不适用于此类目标", "the rule does not suit this kind of target", field="rule")
    why = reason_of(reason)
    made = GradingEdition.objects.create(
        region=region, kind=kind, from_month=from_month.replace(day=1), rule=rule_content(rule), reason=why,
        set_by=actor.name, set_at=now,
    )  # fmt: skip
    record(
        actor=actor, now=now, action="grading-chosen", object_type="grading",
        object_key=f"{region.code} {kind} {from_month:%Y-%m}", region_path=region.path, after={"rule": rule.key},
        reason=why,
    )  # fmt: skip
    return made


@transaction.atomic
def issue_grades(
    *, actor: Actor, now: datetime, region: Region, plan: Plan, month: date, found: Sequence[Standing],
    rules: Mapping[str, Rules], reason: str = "",
) -> int:  # fmt: skip
    """Issue the grades of a month for the owners of a region; issuing again supersedes and needs a reason."""
    keys = [one.owner.key for one in found]
    before = MonthGrade.objects.filter(plan=plan, owner_key__in=keys, month=month, is_current=True)
    if before.exists():
        reason = reason_of(reason)
        before.update(is_current=False)
    MonthGrade.objects.bulk_create(
        [_grade(actor, now, plan, month, one, rules[one.owner.region_path]) for one in found], batch_size=500
    )
    record(
        actor=actor, now=now, action="grades-issued", object_type="grading", object_key=f"{region.code} {month:%Y-%m}",
        region_path=region.path, reason=reason[:200],
        after={"grades": len(found), "not_told": sum(one.level is None for one in found)},
    )  # fmt: skip
    return len(found)


def _grade(  # noqa: PLR0917 -- one row of one table, made in one place
    actor: Actor, now: datetime, plan: Plan, month: date, one: Standing, rules: Rules
) -> MonthGrade:  # fmt: skip
    level = one.level
    said = (
        {"severity": level.severity, "colour": level.colour, "name_zh": level.name_zh, "name_en": level.name_en}
        if level is not None else {}
    )  # fmt: skip
    return MonthGrade(
        plan=plan, owner_key=one.owner.key, **one.owner.link, kind=one.kind, month=month, due=one.due,
        reached=one.reached, rule_key=rules[one.kind].key, is_unverified=one.is_unverified,
        figures=as_kept(one.figures), issued_by=actor.name, issued_at=now, **said,
    )  # fmt: skip


def visible_grades(account: Account) -> QuerySet[MonthGrade]:
    """Give the grades in force of the account's node and below it."""
    mine = Q(region__in=visible_regions(account)) | Q(enterprise__in=visible_enterprises(account))
    return MonthGrade.objects.filter(mine, is_current=True).select_related("plan", "region", "enterprise")
