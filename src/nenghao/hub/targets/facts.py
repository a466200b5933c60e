"""Facts of a score sheet that the platform itself knows (自动取数), with the sentence that says where from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from nenghao.accounting.score_sheets import fact_names
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.targets.assessing import answers_of, prefill
from nenghao.hub.targets.assessors import sheet_of
from nenghao.hub.targets.known import DECEMBER, Asked, Facts, Known, ask_all
from nenghao.hub.targets.models import Assessment, AssessmentAnswer, AssessmentRound
from nenghao.hub.targets.owners import enterprise_owner
from nenghao.hub.targets.region_facts import known_of_regions
from nenghao.hub.targets.services import plan_for, target_progress
from nenghao.hub.targets.target_facts import facts_of
from nenghao.readings import ReadingStore

TYPED = ("typed", "officer")
"""Sources of a fact that a person gave; the platform's own are what :meth:`Known.source` gives."""


def known_facts(
    *, store: ReadingStore, enterprises: Sequence[Enterprise], region_path: str, year: int, now: datetime
) -> dict[int, Facts]:
    """Give what the hub says about each enterprise's year, by its id; nothing is assumed."""
    found = ask_all(Asked(store, enterprises, year, now))
    plan = plan_for(region_path, year)
    if plan is None:
        return found
    owners = [enterprise_owner(one) for one in enterprises]
    for one in target_progress(store=store, plan=plan, owners=owners, month=date(year, DECEMBER, 1)):
        if one.owner.enterprise is not None and one.covered:
            found[one.owner.enterprise.pk].update(facts_of(one, year))
    return found


def fill_in(*, store: ReadingStore, assessments: Sequence[Assessment], now: datetime) -> int:
    """Fill in the facts that the platform knows of assessments of one round; what a person typed stays.

    A fact that it filled in before and knows no more goes. Gives how many items were changed. The assessments come
    with their round's region, and with whom they assess.
    """
    if not assessments:
        return 0
    round_ = assessments[0].round
    wanted = {
        item.key: set(fact_names(item)) | ({item.bonus.measure} if item.bonus else set())
        for item in sheet_of(round_).items
    }
    known = _known(store, round_, assessments, frozenset().union(*wanted.values()), now)
    rows = [row for one in assessments for row in _rows(one, wanted, known.get(one.subject.code, {}))]
    prefill(rows)
    return len(rows)


def _known(
    store: ReadingStore, round_: AssessmentRound, assessments: Sequence[Assessment], names: frozenset[str],
    now: datetime,
) -> Mapping[str, Facts]:  # fmt: skip
    """Give what is known of everybody assessed, by code."""
    if sheet_of(round_).is_of_regions:
        regions = [one.region for one in assessments if one.region is not None]
        return known_of_regions(
            store=store, regions=regions, assessor_path=round_.region.path, year=round_.year, now=now, names=names
        )
    enterprises = [one.enterprise for one in assessments if one.enterprise is not None]
    found = known_facts(store=store, enterprises=enterprises, region_path=round_.region.path, year=round_.year, now=now)
    return {one.code: found[one.pk] for one in enterprises}


def _rows(assessment: Assessment, wanted: Mapping[str, set[str]], known: Facts) -> list[AssessmentAnswer]:
    present = answers_of(assessment)
    rows = (present.get(key) or AssessmentAnswer(assessment=assessment, item_key=key) for key in wanted)
    return [row for row in rows if _refill(row, {name: known.get(name) for name in wanted[row.item_key]})]


def _refill(row: AssessmentAnswer, known: Mapping[str, Known | None]) -> bool:
    """Put what is known now in the place of what the platform said before; what it knows no more is taken away."""
    filled = {name for name, source in row.fact_sources.items() if source not in TYPED}
    fresh = {name: one for name, one in known.items() if one and (name in filled or name not in row.fact_sources)}
    gone = {name for name in filled & known.keys() if known[name] is None}
    row.facts = {name: value for name, value in row.facts.items() if name not in gone}
    row.facts |= {name: one.value for name, one in fresh.items()}
    row.fact_sources = {name: source for name, source in row.fact_sources.items() if name not in gone}
    row.fact_sources |= {name: one.source() for name, one in fresh.items()}
    return bool(fresh or gone)
