"""Facts of a score sheet that the platform itself knows (自动取数), with the sentence that says where from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.urls import reverse

from nenghao.accounting.score_sheets import fact_names
from nenghao.accounting.targets import IntensityProgress, TotalProgress
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.targets.assessing import answers_of, prefill, sheet_of
from nenghao.hub.targets.known import DECEMBER, Asked, Known, ask_all
from nenghao.hub.targets.models import WHOLE_PLAN, Assessment, AssessmentAnswer
from nenghao.hub.targets.owners import enterprise_owner
from nenghao.hub.targets.progress import Standing
from nenghao.hub.targets.services import plan_for, target_progress
from nenghao.readings import ReadingStore

TYPED = ("typed", "officer")
"""Sources of a fact that a person gave; the platform's own are what :meth:`Known.source` gives."""


def known_facts(
    *, store: ReadingStore, enterprises: Sequence[Enterprise], region_path: str, year: int, now: datetime
) -> dict[int, dict[str, Known]]:
    """Give what the hub says about each enterprise's year, by its id; nothing is assumed."""
    found = ask_all(Asked(store, enterprises, year, now))
    plan = plan_for(region_path, year)
    if plan is None:
        return found
    owners = [enterprise_owner(one) for one in enterprises]
    for one in target_progress(store=store, plan=plan, owners=owners, month=date(year, DECEMBER, 1)):
        if one.owner.enterprise is not None and one.covered:
            found[one.owner.enterprise.pk].update(_facts(one, year))
    return found


def _facts(one: Standing, year: int) -> dict[str, Known]:
    source, progress = f"{one.target.plan.name} {year}", one.progress
    url = reverse("targets-enterprise", args=[one.owner.code]) + f"?period={year}-{DECEMBER}"
    if progress.met is None:
        return {}
    if isinstance(progress, TotalProgress):
        over = progress.overrun_ratio
        said: dict[str, float | bool] = {"total_met": progress.met, "total_overrun_ratio": over or 0.0}
    else:
        said = _intensity_facts(progress, whole_plan=one.target.year == WHOLE_PLAN)
    return {name: Known(value, source, url=url) for name, value in said.items()}


def _intensity_facts(progress: IntensityProgress, *, whole_plan: bool) -> dict[str, float | bool]:
    met = bool(progress.met)
    if whole_plan:
        return {"intensity_met": met, "cumulative_met": met}
    return {"intensity_met": met, "year_met": met, "intensity_fell": (progress.reached or 0) > 0}


def fill_in(
    *, store: ReadingStore, assessments: Sequence[Assessment], region_path: str, year: int, now: datetime
) -> int:
    """Fill in the facts that the platform knows; what a person typed stays. Gives how many items were filled."""
    if not assessments:
        return 0
    sheet = sheet_of(assessments[0].round)
    wanted = {item.key: set(fact_names(item)) | ({item.bonus.measure} if item.bonus else set()) for item in sheet.items}
    known = known_facts(
        store=store, enterprises=[one.enterprise for one in assessments], region_path=region_path, year=year, now=now
    )
    rows = [
        row
        for one in assessments
        for row in _rows(one, wanted, known.get(one.enterprise_id, {}))
    ]  # fmt: skip
    prefill(rows)
    return len(rows)


def _rows(assessment: Assessment, wanted: Mapping[str, set[str]], known: Mapping[str, Known]) -> list[AssessmentAnswer]:
    present = answers_of(assessment)
    found = []
    for key, names in wanted.items():
        row = present.get(key) or AssessmentAnswer(assessment=assessment, item_key=key)
        typed = {name for name, source in row.fact_sources.items() if source in TYPED}
        fresh = {name: known[name] for name in names & known.keys() - typed}
        if fresh:
            row.facts = dict(row.facts) | {name: one.value for name, one in fresh.items()}
            row.fact_sources = dict(row.fact_sources) | {name: one.source() for name, one in fresh.items()}
            found.append(row)
    return found
