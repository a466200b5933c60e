"""Puts a year before the readings into the ledgers, and a plan with targets, grades and an assessment on top of it.

The year before is what a plant would have filed by hand: this year's months, a little worse. Everything is the
generator's own; targets go through the services that the pages use.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction

from nenghao.cli.demo.province.generate import Province
from nenghao.cli.demo.province.load_evidence import DOCUMENT
from nenghao.cli.demo.province.load_registry import ACTOR, Registered
from nenghao.cli.demo.province.plan import PROVINCE
from nenghao.hub.accounts.models import Account
from nenghao.hub.energy_accounts.computing import refresh
from nenghao.hub.energy_accounts.stale import mark
from nenghao.hub.evidence.models import FigureKind, MonthlyFigure, Via
from nenghao.hub.production.models import EconomicFigure, EconomicKind
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.targets import assessing, grading, services
from nenghao.hub.targets.assessors import WITH_PLACES
from nenghao.hub.targets.facts import fill_in
from nenghao.hub.targets.frames import Frame, load_frame
from nenghao.hub.targets.models import Assessment, Plan, TargetKind
from nenghao.hub.targets.owners import Owner, parts_of, region_owner
from nenghao.hub.targets.progress import whole_sum
from nenghao.hub.targets.services import TargetFacts
from nenghao.periods import PeriodKind, month_after, to_beijing
from nenghao.readings import ReadingStore

_STREAM = 17
_CHUNK = 1000
DROP_RATIO = 0.13
"""Drop of the made-up plan over five years."""
SHEET = "shanghai-2024"
ASSESSED = 6


@transaction.atomic
def load_year_before(province: Province, registered: Registered, now: datetime) -> int:
    """File consumption and value of the months of last year that lie before the readings; gives the number of rows."""
    entered: dict[str, Any] = {"entered_by": ACTOR.name, "entered_at": now, "via": Via.IMPORT, "document": DOCUMENT}
    filed = list(_consumption(province, registered, entered))
    mark(  # bulk inserts tell nobody
        sorted({row.enterprise_id for row in filed}), {(row.month, month_after(row.month)) for row in filed}
    )
    return _put(MonthlyFigure, iter(filed)) + _put(EconomicFigure, _values(province, registered, entered))


def _put(model: type[Any], rows: Iterator[Any]) -> int:
    return len(model._default_manager.bulk_create(list(rows), batch_size=_CHUNK))


def months_before(months: Sequence[date]) -> list[tuple[int, date]]:
    """Pair each month that a year earlier lay before the readings with its place among the months."""
    if not months:
        return []
    first = min(months)
    earlier = [(place, month.replace(year=month.year - 1)) for place, month in enumerate(months)]
    return [(place, month) for place, month in earlier if month < first]


def _consumption(province: Province, registered: Registered, entered: dict[str, Any]) -> Iterator[MonthlyFigure]:
    for sent in province.sent:
        rng = np.random.default_rng([province.plan.seed, _STREAM, sent.enterprise.number])
        worse = float(rng.uniform(0.99, 1.07))
        months = months_before([month for _, _, month in sent.months])
        for row, item in enumerate(sent.enterprise.items):
            if not (item.plant and item.metered and item.energy_key):
                continue
            for place, month in months:
                quantity = round(float(sent.series.month[row, place]) * worse * float(rng.uniform(0.97, 1.03)), 3)
                yield MonthlyFigure(
                    enterprise=registered.enterprises[sent.enterprise.code], energy_key=item.energy_key, month=month,
                    kind=FigureKind.CONSUMPTION, quantity=quantity, entered_quantity=quantity,
                    entered_unit=item.base_unit, **entered,
                )  # fmt: skip


def _values(province: Province, registered: Registered, entered: dict[str, Any]) -> Iterator[EconomicFigure]:
    for sent in province.sent:
        rng = np.random.default_rng([province.plan.seed, _STREAM, sent.enterprise.number, 1])
        smaller, added = float(rng.uniform(0.94, 1.03)), float(rng.uniform(0.2, 0.34))
        row = sent.enterprise.rows(kind="value")[0]
        for place, month in months_before([month for _, _, month in sent.months]):
            value = float(sent.series.month[row, place]) * 1e4 * smaller
            kinds = {
                EconomicKind.OUTPUT_VALUE_CURRENT: value, EconomicKind.OUTPUT_VALUE_CONSTANT: value,
                EconomicKind.VALUE_ADDED_CONSTANT: value * added, EconomicKind.VALUE_ADDED_CURRENT: value * added,
            }  # fmt: skip
            for kind, amount in kinds.items():
                yield EconomicFigure(
                    enterprise=registered.enterprises[sent.enterprise.code], month=month, kind=kind,
                    amount_yuan=round(amount, 2), price_year=month.year, **entered,
                )  # fmt: skip


def load_targets(store: ReadingStore, now: datetime) -> int:
    """Make the plan, its targets down to the enterprises, and the last month's grades."""
    refresh(store=store, now=now)
    province = Region.objects.get(code=PROVINCE)
    year = to_beijing(now).year
    plan = services.make_plan(
        actor=ACTOR, now=now, region=province,
        facts={
            "name": "合成五年规划（模拟）", "base_year": year - 1, "first_year": year, "last_year": year + 4,
            "form": "fifths", "basis": "calorific", "value_kind": EconomicKind.OUTPUT_VALUE_CONSTANT,
            "source": DOCUMENT,
        },
    )  # fmt: skip
    members = list(Enterprise.objects.filter(active=True).select_related("region", "industry").order_by("code"))
    frame = load_frame(
        store=store, plan=plan, enterprise_ids=[one.pk for one in members], until=PeriodKind.MONTH.floor(now).date()
    )
    set_count = _set(plan, frame, _owners(province, members), now)
    _grade(store, plan, province, members, now)
    return set_count


def _owners(place: Region, members: Sequence[Enterprise]) -> list[Owner]:
    """Give a region, all regions below it that have enterprises, and the enterprises."""
    found, waiting = [], [region_owner(place, members)]
    while waiting:
        owner = waiting.pop()
        found.append(owner)
        if owner.region is not None:
            waiting += parts_of(owner.region, [one for one in members if one.pk in set(owner.members)])
    return found


def _set(plan: Plan, frame: Frame, owners: Sequence[Owner], now: datetime) -> int:
    """Cap everybody a little below last year, with drops around the plan's; none where last year is unknown.

    Caps are rounded down, so that rounded parts never come to more than their whole.
    """
    facts = []
    for owner in owners:
        used = whole_sum(frame.tce[frame.rows(owner.members)][:, frame.months(plan.base_year)])
        if used:
            drop = DROP_RATIO if owner.is_region else round(DROP_RATIO * (0.7 + 0.1 * (len(owner.name) % 7)), 4)
            facts += [
                TargetFacts(owner, TargetKind.TOTAL, cap_tce=math.floor(used * 98.5) / 100, base_tce=round(used, 2)),
                TargetFacts(owner, TargetKind.INTENSITY, drop_ratio=drop),
            ]
    return services.set_targets(actor=ACTOR, now=now, plan=plan, targets=facts)


def _grade(store: ReadingStore, plan: Plan, province: Region, members: Sequence[Enterprise], now: datetime) -> None:
    month = month_after(to_beijing(now).date(), -1)
    if month.year < plan.first_year:
        return
    owners = [region_owner(province, members), *parts_of(province, members)]
    found = services.target_progress(store=store, plan=plan, owners=owners, month=month)
    grading.issue_grades(
        actor=ACTOR, now=now, region=province, plan=plan, month=month, found=found,
        rules=grading.rules_for([owner.region_path for owner in owners], month),
    )  # fmt: skip


def load_assessments(store: ReadingStore, now: datetime) -> int:
    """Open last year's round for some enterprises, with the facts that the platform knows; gives their number."""
    province, year = Region.objects.get(code=PROVINCE), to_beijing(now).year - 1
    members = list(Enterprise.objects.filter(active=True).select_related("region", "industry").order_by("code"))
    manager = Account.objects.filter(role="energy_manager").select_related("enterprise").order_by("pk").first()
    own = [manager.enterprise] if manager is not None and manager.enterprise is not None else []
    chosen = [*own, *[one for one in members if one not in own][: ASSESSED - len(own)]]
    made = assessing.open_round(
        actor=ACTOR, now=now, region=province, year=year, sheet_key=SHEET, title=f"{year} 年度合成考核（模拟）",
        self_due_on=None, enterprises=chosen,
    )  # fmt: skip
    rows = Assessment.objects.filter(round=made).select_related(*WITH_PLACES).prefetch_related("answers")
    fill_in(store=store, assessments=list(rows), now=now)
    return len(chosen)
