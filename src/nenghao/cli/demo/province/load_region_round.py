"""Lets the province assess its cities for last year: a plan of that year, a round of a region sheet, one self score.

The sheet is one for the counties of a city: the regions just below the one that assesses. Plan, targets and scores are
the generator's own and marked as simulated; all go through the services that the pages use.
"""

from __future__ import annotations

from datetime import datetime

from nenghao.cli.demo.province.load_evidence import DOCUMENT
from nenghao.cli.demo.province.load_registry import ACTOR
from nenghao.cli.demo.province.plan import PROVINCE
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.registry.models import Region
from nenghao.hub.targets import assessing, services
from nenghao.hub.targets.assessors import WITH_PLACES, sheet_of
from nenghao.hub.targets.facts import fill_in
from nenghao.hub.targets.models import (
    AccountBasis,
    Assessment,
    AssessmentRound,
    ProgressForm,
    RegionSource,
    TargetKind,
    ValueKind,
)
from nenghao.hub.targets.owners import region_owner
from nenghao.hub.targets.services import TargetFacts
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore
from nenghao.reference.assessment import Judged

SHEET = "county-government-11th"
DROP_RATIO = 0.03
"""Drop of energy per GDP that the made-up plan asks of every city in the year."""


def load_region_round(store: ReadingStore, now: datetime) -> int:
    """Open the round for the cities with the facts that the platform knows; gives their number."""
    province, year = Region.objects.get(code=PROVINCE), to_beijing(now).year - 1
    cities = list(Region.objects.filter(parent=province).order_by("code"))
    _plan(province, cities, year, now)
    made = assessing.open_round(
        actor=ACTOR, now=now, region=province, year=year, sheet_key=SHEET, title=f"{year} 年度设区的市考核（模拟）",
        self_due_on=None, regions=cities,
    )  # fmt: skip
    rows = Assessment.objects.filter(round=made).select_related(*WITH_PLACES).prefetch_related("answers")
    fill_in(store=store, assessments=list(rows), now=now)
    _score_one(made, now)
    return len(cities)


def _plan(province: Region, cities: list[Region], year: int, now: datetime) -> None:
    plan = services.make_plan(
        actor=ACTOR, now=now, region=province,
        facts={
            "name": f"{year} 年度合成目标（模拟）", "base_year": year - 1, "first_year": year, "last_year": year,
            "form": ProgressForm.FIFTHS, "basis": AccountBasis.EQUIVALENT, "value_kind": ValueKind.VALUE_ADDED,
            "region_source": RegionSource.GDP, "source": DOCUMENT,
        },
    )  # fmt: skip
    owners = [region_owner(one, ()) for one in (province, *cities)]
    targets = [TargetFacts(one, TargetKind.INTENSITY, year=year, drop_ratio=DROP_RATIO) for one in owners]
    services.set_targets(actor=ACTOR, now=now, plan=plan, targets=targets)


def _score_one(round_: AssessmentRound, now: datetime) -> None:
    """Let the first city that has an officer score itself and submit, so that the province has one to review."""
    found = Assessment.objects.filter(round=round_).select_related(*WITH_PLACES).order_by("region")
    officers = {one.region_id: one for one in Account.objects.filter(role=Role.OFFICER).select_related("region")}
    for one in found:
        account = officers.get(one.region_id)
        if account is not None:
            said = {
                item.key: assessing.Said(
                    points={part.key: round(part.points * 0.75, 1) for part in item.rule.parts},
                    basis=f"{item.title_zh}自评（模拟）", evidence=DOCUMENT,
                )
                for item in sheet_of(round_).items if isinstance(item.rule, Judged)
            }  # fmt: skip
            common = {"actor": ACTOR, "now": now, "account": account, "assessment": one}
            assessing.say(**common, said=said)
            assessing.submit(**common)
            return
