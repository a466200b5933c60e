"""Facts of a score sheet that the platform itself knows (自动取数), with the sentence that says where from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nenghao.accounting.score_sheets import fact_names
from nenghao.accounting.targets import IntensityProgress, TotalProgress
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.targets.assessing import answers_of, prefill, sheet_of
from nenghao.hub.targets.models import WHOLE_PLAN, Assessment, AssessmentAnswer
from nenghao.hub.targets.owners import enterprise_owner
from nenghao.hub.targets.progress import Standing
from nenghao.hub.targets.services import plan_for, target_progress
from nenghao.readings import ReadingStore

DECEMBER = 12


@dataclass(frozen=True, slots=True)
class Known:
    """One fact and where it comes from."""

    value: float | bool
    source: str


def known_facts(
    *, store: ReadingStore, enterprises: Sequence[Enterprise], region_path: str, year: int
) -> dict[int, dict[str, Known]]:
    """Give what targets and accounts of a year say about each enterprise, by its id; nothing is assumed."""
    plan = plan_for(region_path, year)
    if plan is None:
        return {}
    owners = [enterprise_owner(one) for one in enterprises]
    found: dict[int, dict[str, Known]] = {}
    for one in target_progress(store=store, plan=plan, owners=owners, month=date(year, DECEMBER, 1)):
        if one.owner.enterprise is not None and one.covered:
            found.setdefault(one.owner.enterprise.pk, {}).update(_facts(one, year))
    return found


def _facts(one: Standing, year: int) -> dict[str, Known]:
    source = f"{one.target.plan.name} {year}"
    progress = one.progress
    if progress.met is None:
        return {}
    if isinstance(progress, TotalProgress):
        over = progress.overrun_ratio
        return {"total_met": Known(progress.met, source), "total_overrun_ratio": Known(over or 0.0, source)}
    return _intensity_facts(progress, source, whole_plan=one.target.year == WHOLE_PLAN)


def _intensity_facts(progress: IntensityProgress, source: str, *, whole_plan: bool) -> dict[str, Known]:
    met = bool(progress.met)
    said = {"intensity_met": Known(met, source)}
    if whole_plan:
        return said | {"cumulative_met": Known(met, source)}
    return said | {"year_met": Known(met, source), "intensity_fell": Known((progress.reached or 0) > 0, source)}


def fill_in(*, store: ReadingStore, assessments: Sequence[Assessment], region_path: str, year: int) -> int:
    """Fill in the facts that the platform knows; what a person typed stays. Gives how many items were filled."""
    if not assessments:
        return 0
    sheet = sheet_of(assessments[0].round)
    wanted = {item.key: set(fact_names(item)) | ({item.bonus.measure} if item.bonus else set()) for item in sheet.items}
    known = known_facts(
        store=store, enterprises=[one.enterprise for one in assessments], region_path=region_path, year=year
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
        typed = {name for name, source in row.fact_sources.items() if source in {"typed", "officer"}}
        fresh = {name: known[name] for name in names & known.keys() - typed}
        if fresh:
            row.facts = dict(row.facts) | {name: one.value for name, one in fresh.items()}
            row.fact_sources = dict(row.fact_sources) | {name: one.source for name, one in fresh.items()}
            found.append(row)
    return found
