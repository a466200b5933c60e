"""What the hub knows of the facts that a region's score sheet asks for: its own targets, and sums over its enterprises.

Only what the sheet asks is computed. A region is judged by the plan of whoever assesses it: a plan that it made for
itself does not count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from nenghao.hub.quotas import services as quotas
from nenghao.hub.quotas.models import GradeWord, SpanKind, Verdict
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.statements.services import Kept, kept_terms
from nenghao.hub.targets.known import DECEMBER, Facts, Known
from nenghao.hub.targets.models import Plan, RegionSource, ValueKind
from nenghao.hub.targets.owners import Owner, region_owner
from nenghao.hub.targets.progress import Standing
from nenghao.hub.targets.services import plan_for, plans_over, target_progress
from nenghao.hub.targets.target_facts import facts_of, known_by, year_standings
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore

RATIO_DECIMALS = 8
"""What a form shows of a ratio and reads back unchanged."""


@dataclass(frozen=True, slots=True)
class RegionsAsked:
    """Of which regions, by whom (``assessor_path``), for which year, and which facts (``names``) are asked."""

    store: ReadingStore
    regions: Sequence[Region]
    enterprises: Sequence[Enterprise]
    assessor_path: str
    year: int
    now: datetime
    names: frozenset[str]

    @property
    def owners(self) -> list[Owner]:
        """The regions with their enterprises."""
        return [region_owner(one, self.enterprises) for one in self.regions]


Found = Mapping[str, Facts]
"""Facts by the code of the region."""


def known_of_regions(
    *, store: ReadingStore, regions: Sequence[Region], assessor_path: str, year: int, now: datetime,
    names: frozenset[str],
) -> dict[str, Facts]:  # fmt: skip
    """Give what the hub says about each region's year, by its code; nothing is assumed."""
    asked = RegionsAsked(store, regions, _enterprises(regions), assessor_path, year, now, names)
    found: dict[str, Facts] = {one.code: {} for one in regions}
    for told, provider in PROVIDERS:
        if names & told:
            for code, facts in provider(asked).items():
                found[code].update(facts)
    return found


def _enterprises(regions: Sequence[Region]) -> list[Enterprise]:
    paths = tuple(one.path for one in regions)
    every = Enterprise.objects.filter(active=True).select_related("region").order_by("code")
    return [one for one in every if one.region.path.startswith(paths)]


def _targets(asked: RegionsAsked) -> Found:
    """How the targets of total and intensity stood at the end of the year."""
    plan, found = plan_for(asked.assessor_path, asked.year), defaultdict[str, Facts](dict)
    if plan is None:
        return found
    month = date(asked.year, DECEMBER, 1)
    for one in target_progress(store=asked.store, plan=plan, owners=asked.owners, month=month):
        if one.by_statistics or one.covered:
            found[one.owner.code].update(facts_of(one, asked.year))
    return found


def _drops(asked: RegionsAsked) -> Found:
    """How far the year's drop of energy per GDP, and per value added of industry, was reached: actual ÷ target."""
    found = defaultdict[str, Facts](dict)
    for fact, plan in (("gdp", _gdp_plan(asked)), ("industry", _industry_plan(asked))):
        if plan is None or not asked.names & {f"{fact}_drop_ratio", f"{fact}_target_met"}:
            continue
        for one in year_standings(store=asked.store, plan=plan, owners=asked.owners, year=asked.year):
            found[one.owner.code].update(_drop_facts(one, fact, asked.year))
    return found


def _gdp_plan(asked: RegionsAsked) -> Plan | None:
    return _nearest(asked, lambda plan: plan.region_source == RegionSource.GDP)


def _industry_plan(asked: RegionsAsked) -> Plan | None:
    """Give the plan judged by published value added; else one whose enterprises' value added is summed."""
    return _nearest(asked, lambda plan: plan.region_source == RegionSource.INDUSTRY) or _nearest(
        asked,
        lambda plan: plan.region_source == RegionSource.ENTERPRISES and plan.value_kind == ValueKind.VALUE_ADDED,
    )


def _nearest(asked: RegionsAsked, fits: Callable[[Plan], bool]) -> Plan | None:
    plans = plans_over(asked.assessor_path).filter(first_year__lte=asked.year, last_year__gte=asked.year)
    return max(filter(fits, plans), key=lambda plan: (len(plan.region.path), plan.pk), default=None)


def _drop_facts(one: Standing, fact: str, year: int) -> Facts:
    if one.reached is None or not (one.by_statistics or one.covered):
        return {}
    zh = f"：降低 {one.reached:.2%}，目标 {one.due:.2%}"
    en = f": drop {one.reached:.2%}, target {one.due:.2%}"
    said: dict[str, float | bool] = {f"{fact}_target_met": bool(one.progress.met)}
    if one.due > 0:  # of a target that allows a rise, no part can be reached
        said[f"{fact}_drop_ratio"] = round(one.reached / one.due, RATIO_DECIMALS)
    found = {name: known_by(one, value, year, zh, en) for name, value in said.items()}
    if fact == "industry" and not one.by_statistics:  # the platform's enterprises are not all of industry
        return {name: _doubt(known) for name, known in found.items()}
    return found


def _doubt(known: Known) -> Known:
    zh, en = f"{known.zh}；仅平台用能单位汇总", f"{known.en}; sum of the platform's enterprises only"
    return Known(known.value, zh, en, known.url, is_unverified=True)


def _returns(asked: RegionsAsked) -> Found:
    """Statements of the enterprises: monthly returns filed ÷ due, and whether every yearly report was in time."""
    today = to_beijing(asked.now).date()
    kept = kept_terms(enterprises=asked.enterprises, year=asked.year, today=today)
    return {
        owner.code: _of_returns([kept[pk] for pk in owner.members], len(owner.members), asked.year)
        for owner in asked.owners
    }


def _of_returns(kept: Sequence[Kept], members: int, year: int) -> Facts:
    found: Facts = {}
    url = reverse("statements") + f"?period={year}"
    due, filed = sum(one.due for one in kept), sum(one.handed_in for one in kept)
    if due:
        zh = f"{members} 户用能单位 {year} 年到期月报 {due} 份，已报 {filed} 份"
        en = f"monthly returns of {year} of {members} enterprises: {due} due, {filed} filed"
        found["monthly_return_ratio"] = Known(round(filed / due, RATIO_DECIMALS), zh, en, f"{url}-{DECEMBER}")
    settled = [one.report_in_time for one in kept if one.report_in_time is not None]
    if settled:
        zh = f"{year} 年能源利用状况报告：{len(settled)} 户到期，{sum(settled)} 户按时"
        en = f"energy-use reports of {year}: {len(settled)} due, {sum(settled)} in time"
        found["energy_report_in_time"] = Known(all(settled), zh, en, url)
    return found


def _quotas(asked: RegionsAsked) -> Found:
    """Products over their quota in the year, where every product of the region's enterprises could be judged."""
    ids = [one.pk for one in asked.enterprises]
    month = date(asked.year, DECEMBER, 1)
    rows = quotas.verdicts(enterprise_ids=ids, kind=SpanKind.CUMULATIVE, month=month)
    by_enterprise: dict[int, list[Verdict]] = {}
    for row in rows.filter(product__active=True).exclude(standard=""):
        by_enterprise.setdefault(row.enterprise_id, []).append(row)
    found = {}
    for owner in asked.owners:
        own = [row for pk in owner.members for row in by_enterprise.get(pk, ())]
        if own and all(row.grade != GradeWord.CANNOT_JUDGE for row in own):
            found[owner.code] = {"quota_violations": _of_verdicts(own, owner.code, asked.year)}
    return found


def _of_verdicts(rows: Sequence[Verdict], code: str, year: int) -> Known:
    over, products = ({row.product_id for row in some} for some in (
        [row for row in rows if row.grade == GradeWord.OVER], rows,
    ))  # fmt: skip
    return Known(
        float(len(over)), f"{year} 年限额判定 {len(products)} 个产品，超限额 {len(over)} 个",
        f"quota verdicts of {year}: {len(products)} products, {len(over)} over their quota",
        reverse("quotas-region", args=[code]) + f"?period={year}-{DECEMBER}", any(row.is_unverified for row in rows),
    )  # fmt: skip


PROVIDERS: Sequence[tuple[frozenset[str], Callable[[RegionsAsked], Found]]] = (
    (frozenset({"total_met", "total_overrun_ratio", "intensity_met", "cumulative_met", "year_met", "intensity_fell"}),
     _targets),
    (frozenset({"gdp_target_met", "gdp_drop_ratio", "industry_drop_ratio"}), _drops),
    (frozenset({"monthly_return_ratio", "energy_report_in_time"}), _returns),
    (frozenset({"quota_violations"}), _quotas),
)  # fmt: skip
"""Which facts a provider tells."""
