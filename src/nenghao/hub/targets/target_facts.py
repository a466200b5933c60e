"""What the standing of a target says for a score sheet, of an enterprise or of a region, with its origin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse

from nenghao.accounting.targets import IntensityProgress, TotalProgress, year_drop
from nenghao.hub.targets.known import DECEMBER, Facts, Known
from nenghao.hub.targets.models import WHOLE_PLAN, Plan, Target, TargetKind
from nenghao.hub.targets.owners import Owner
from nenghao.hub.targets.progress import Standing
from nenghao.hub.targets.services import current_targets, moment_of, standing_of
from nenghao.hub.targets.statistics import is_preliminary
from nenghao.readings import ReadingStore


def facts_of(one: Standing, year: int) -> Facts:
    """Give what a target's standing at the end of a year says; nothing where it cannot be told."""
    progress = one.progress
    if progress.met is None:
        return {}
    if isinstance(progress, TotalProgress):
        said: dict[str, float | bool] = {
            "total_met": progress.met, "total_overrun_ratio": progress.overrun_ratio or 0.0
        }  # fmt: skip
    else:
        said = _intensity_facts(progress, whole_plan=one.target.year == WHOLE_PLAN)
    return {name: known_by(one, value, year) for name, value in said.items()}


def _intensity_facts(progress: IntensityProgress, *, whole_plan: bool) -> dict[str, float | bool]:
    met = bool(progress.met)
    if whole_plan:
        return {"intensity_met": met, "cumulative_met": met}
    return {"intensity_met": met, "year_met": met, "intensity_fell": (progress.reached or 0) > 0}


def known_by(one: Standing, value: float | bool, year: int, zh: str = "", en: str = "") -> Known:
    """Give a fact that a standing tells, with what makes it uncertain and the page of the owner's targets."""
    plan, owner = one.target.plan, one.owner
    page = "targets-region" if owner.is_region else "targets-enterprise"
    url = reverse(page, args=[owner.code]) + "?" + urlencode({"period": f"{year}-{DECEMBER}", "plan": plan.pk})
    doubts = _doubts(one)
    return Known(
        value, "；".join((f"{plan.name} {year}{zh}", *(word for word, _ in doubts))),
        "; ".join((f"{plan.name} {year}{en}", *(word for _, word in doubts))), url, bool(doubts),
    )  # fmt: skip


def _doubts(one: Standing) -> list[tuple[str, str]]:
    """Say why a standing is not certain, in both languages; an enterprise's own gaps are told before."""
    found = []
    if is_preliminary(one.figures):
        found.append(("统计数据为初步数", "preliminary statistics"))
    if one.owner.is_region and not one.by_statistics and one.covered < len(one.owner.members):
        covered = f"{one.covered} / {len(one.owner.members)}"
        found.append((f"数据齐全的用能单位 {covered} 户", f"enterprises with every figure: {covered}"))
    if one.is_unverified:
        found.append(("所用系数待核", "factors unverified"))
    return found


def year_standings(*, store: ReadingStore, plan: Plan, owners: Sequence[Owner], year: int) -> list[Standing]:
    """Give how the owners stand against the drop of intensity of one year, at its end.

    The target is the year's own, else the year's part of the whole plan's; what was reached is against the year before.
    """
    moment = moment_of(store=store, plan=plan, owners=owners, month=date(year, DECEMBER, 1))
    rows: dict[str, dict[int, Target]] = {}
    for row in current_targets(plan, [owner.key for owner in owners]).filter(kind=TargetKind.INTENSITY):
        rows.setdefault(row.owner_key, {})[row.year] = row
    targets = [found for key, known in rows.items() if (found := _of_year(plan, key, known, year)) is not None]
    return standing_of(moment, owners, targets)


def _of_year(plan: Plan, key: str, known: dict[int, Target], year: int) -> Target | None:
    own, whole = known.get(year), known.get(WHOLE_PLAN)
    if own is not None or whole is None or whole.drop_ratio is None:
        return own
    drop = year_drop(whole.drop_ratio, plan.year_no(year), plan.years, plan.form)  # type: ignore[arg-type]
    return Target(plan=plan, owner_key=key, kind=TargetKind.INTENSITY, year=year, drop_ratio=drop)
