"""Plans and targets: made, set and read. Every change is a next version with its reason, and audited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises, visible_regions
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.targets.errors import reason_of, refused
from nenghao.hub.targets.frames import load_frame
from nenghao.hub.targets.grading import rules_for
from nenghao.hub.targets.models import WHOLE_PLAN, Plan, RegionSource, Target, TargetKind
from nenghao.hub.targets.owners import Owner
from nenghao.hub.targets.progress import Moment, Standing, standings
from nenghao.hub.targets.statistics import load_statistics
from nenghao.periods import month_after
from nenghao.readings import ReadingStore

FACTS = ("drop_ratio", "cap_tce", "base_tce", "base_value_yuan", "planned_value_yuan", "document")
LONGEST_PLAN = 10


def plans_over(region_path: str) -> QuerySet[Plan]:
    """Give the plans that apply to a place: its own and those of the regions above it, the newest first."""
    return Plan.objects.filter(region__in=region_path.rstrip("/").split("/")).select_related("region")


def plan_for(region_path: str, year: int) -> Plan | None:
    """Give the plan that applies to a place in a year: of the nearest region upward."""
    found = plans_over(region_path).filter(first_year__lte=year, last_year__gte=year)
    return max(found, key=lambda plan: (len(plan.region.path), plan.pk), default=None)


@transaction.atomic
def make_plan(*, actor: Actor, now: datetime, region: Region, facts: Mapping[str, Any]) -> Plan:
    """Make a plan of a region: name, base_year, first_year, last_year, form, basis, value_kind, source."""
    name = str(facts["name"]).strip()
    if not name:
        raise refused("plan-name", "请填写规划期名称", "the plan needs a name", field="name")
    if not 0 <= facts["last_year"] - facts["first_year"] < LONGEST_PLAN:
        raise refused("plan-years", "末年须不早于首年，且不超过十年", "from one to ten years", field="last_year")
    if facts["base_year"] >= facts["first_year"]:
        raise refused("plan-base", "基期年须早于首年", "the base year lies before the first year", field="base_year")
    if Plan.objects.filter(region=region, name=name).exists():
        raise refused("plan-twice", "该地区已有同名规划期", "the region has a plan of this name", field="name")
    plan = Plan.objects.create(**(dict(facts) | {"name": name}), region=region, created_by=actor.name, created_at=now)
    record(
        actor=actor, now=now, action="plan-made", object_type="plan", object_key=f"{region.code} {name}",
        region_path=region.path, after={key: str(value) for key, value in facts.items()},
    )  # fmt: skip
    return plan


@transaction.atomic
def choose_region_source(*, actor: Actor, now: datetime, plan: Plan, source: RegionSource, reason: str) -> None:
    """Choose on which figures the targets of a plan's regions are judged; grades that were issued stay as they are."""
    before = Plan.objects.select_for_update().get(pk=plan.pk).region_source
    if before == source:
        return
    why = reason_of(reason)
    Plan.objects.filter(pk=plan.pk).update(region_source=source)
    record(
        actor=actor, now=now, action="plan-source-chosen", object_type="plan",
        object_key=f"{plan.region.code} {plan.name}", region_path=plan.region.path, reason=why,
        before={"region_source": str(before)}, after={"region_source": str(source)},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What one target says; see :class:`~nenghao.hub.targets.models.Target`."""

    owner: Owner
    kind: TargetKind
    year: int = WHOLE_PLAN
    drop_ratio: float | None = None
    cap_tce: float | None = None
    base_tce: float | None = None
    base_value_yuan: float | None = None
    planned_value_yuan: float | None = None
    document: str = ""

    @property
    def key(self) -> tuple[str, str, int]:
        """What names the target within its plan."""
        return self.owner.key, str(self.kind), self.year

    @property
    def is_empty(self) -> bool:
        """Whether it sets nothing: an empty row of a form."""
        return self.drop_ratio is None and self.cap_tce is None


@transaction.atomic
def set_targets(*, actor: Actor, now: datetime, plan: Plan, targets: Iterable[TargetFacts], reason: str = "") -> int:
    """Set targets of one plan; give how many were new or changed. A change of a target needs a reason.

    A target that was set and is given as empty is withdrawn.
    """
    Plan.objects.select_for_update().get(pk=plan.pk)
    present = {(row.owner_key, row.kind, row.year): row for row in current_targets(plan)}
    changed = 0
    for facts in targets:
        _check(plan, facts)
        before = present.get(facts.key)
        if (before is None and facts.is_empty) or (before is not None and _same(before, facts)):
            continue
        _write(actor, now, plan, facts, before, reason_of(reason) if before is not None else reason.strip()[:200])
        changed += 1
    return changed


def _check(plan: Plan, facts: TargetFacts) -> None:
    who = f"{facts.owner.name} {facts.kind.label}"
    if facts.year != WHOLE_PLAN and not plan.first_year <= facts.year <= plan.last_year:
        raise refused("target-year", "年份不在规划期内", "the year is not of the plan", record=who, field="year")
    if facts.drop_ratio is not None and not -1 < facts.drop_ratio < 1:
        raise refused(
            "target-drop", "降低率须在 −100% 与 100% 之间", "a drop lies between -100 % and 100 %", record=who,
            field="drop_ratio", mend=("填百分数，如 13.5", "give percent, such as 13.5"),
        )  # fmt: skip
    for name in ("cap_tce", "base_tce", "base_value_yuan", "planned_value_yuan"):
        value = getattr(facts, name)
        if value is not None and not value > 0:
            raise refused("target-positive", "须大于 0", "must be above 0", record=who, field=name)


def _same(before: Target, facts: TargetFacts) -> bool:
    return all(getattr(before, name) == getattr(facts, name) for name in FACTS)


def _write(  # noqa: PLR0917 -- one row of one table, made in one place
    actor: Actor, now: datetime, plan: Plan, facts: TargetFacts, before: Target | None, reason: str
) -> None:  # fmt: skip
    if before is not None:
        Target.objects.filter(pk=before.pk).update(is_current=False)
    said = {name: getattr(facts, name) for name in FACTS}
    Target.objects.create(
        plan=plan, owner_key=facts.owner.key, **facts.owner.link, kind=facts.kind, year=facts.year, **said,
        version=before.version + 1 if before else 1, withdrawn=facts.is_empty, entered_by=actor.name, entered_at=now,
        change_reason=reason,
    )  # fmt: skip
    record(
        actor=actor, now=now, action="target-withdrawn" if facts.is_empty else "target-set", object_type="target",
        object_key=f"{facts.owner.key} {facts.kind} {facts.year or plan.name}", region_path=facts.owner.region_path,
        before={name: getattr(before, name) for name in FACTS} if before else None, after=said, reason=reason,
    )  # fmt: skip


def current_targets(plan: Plan, owner_keys: Iterable[str] | None = None) -> QuerySet[Target]:
    """Give the targets in force of a plan, of some owners or of all."""
    found = Target.objects.filter(plan=plan, is_current=True, withdrawn=False)
    return found if owner_keys is None else found.filter(owner_key__in=list(owner_keys))


def visible_targets(account: Account) -> QuerySet[Target]:
    """Give the targets of the account's node and below it."""
    mine = Q(region__in=visible_regions(account)) | Q(enterprise__in=visible_enterprises(account))
    return Target.objects.filter(mine, is_current=True, withdrawn=False).select_related("plan", "region", "enterprise")


@dataclass(frozen=True, slots=True)
class Progress:
    """How targets stand, and the figures that it was judged by."""

    moment: Moment
    standings: list[Standing]


def target_progress(*, store: ReadingStore, plan: Plan, owners: Sequence[Owner], month: date) -> list[Standing]:
    """Give how the owners' targets of a plan stand at the end of ``month`` (its first day); see :func:`progress`."""
    return progress(store=store, plan=plan, owners=owners, month=month).standings


def progress(*, store: ReadingStore, plan: Plan, owners: Sequence[Owner], month: date) -> Progress:
    """Give how the owners' targets of a plan stand at the end of ``month`` (its first day), with the figures.

    A handful of queries, however many owners; an owner without a target is left out.
    """
    moment = moment_of(store=store, plan=plan, owners=owners, month=month)
    return Progress(moment, standing_of(moment, owners, list(current_targets(plan, [owner.key for owner in owners]))))


def moment_of(*, store: ReadingStore, plan: Plan, owners: Sequence[Owner], month: date) -> Moment:
    """Load the figures by which a plan's owners are judged at the end of ``month`` (its first day)."""
    members = sorted({pk for owner in owners for pk in owner.members})
    frame = load_frame(store=store, plan=plan, enterprise_ids=members, until=month_after(month))
    return Moment(plan, frame, month, load_statistics(plan, [owner.code for owner in owners if owner.is_region]))


def standing_of(moment: Moment, owners: Sequence[Owner], targets: Sequence[Target]) -> list[Standing]:
    """Give how targets stand at a moment, graded by the rules of each owner's place; in the owners' order."""
    by_path: dict[str, list[Owner]] = {}
    for owner in owners:
        by_path.setdefault(owner.region_path, []).append(owner)
    found: list[Standing] = []
    rules = rules_for(list(by_path), moment.month)
    for path, here in by_path.items():
        found += standings(moment, owners=here, targets=targets, rules=rules[path])
    order = {owner.key: place for place, owner in enumerate(owners)}
    return sorted(found, key=lambda one: (order[one.owner.key], one.kind))


def enterprises_in(account: Account, region: Region) -> list[Enterprise]:
    """Give the active enterprises of a region that the account sees, with their region."""
    found = visible_enterprises(account).filter(region__path__startswith=region.path, active=True)
    return list(found.select_related("region", "industry").order_by("code"))
