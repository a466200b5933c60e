"""A plan with a target, and a round of assessment, for the tests of other apps; every text names its place."""

from __future__ import annotations

from datetime import datetime

from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.entry import enter
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.targets import assessing, services
from nenghao.hub.targets.models import AssessmentRound, Plan, TargetKind
from nenghao.hub.targets.owners import enterprise_owner
from nenghao.hub.targets.services import TargetFacts
from nenghao.hub.targets.statistic_entry import STATISTICS

REGION_SHEET = "county-government-11th"


def fill_targets(*, actor: Actor, now: datetime, enterprise: Enterprise, name: str) -> tuple[Plan, AssessmentRound]:
    """Make them for an enterprise's region, and a round of the regions below it; gives the plan and the first round."""
    plan = services.make_plan(
        actor=actor, now=now, region=enterprise.region,
        facts={"name": f"{name}规划", "base_year": 2025, "first_year": 2026, "last_year": 2030, "form": "fifths",
               "basis": "calorific", "value_kind": "value_added_constant", "source": f"{name}文件"},
    )  # fmt: skip
    statistic = {
        "kind": "gdp_constant", "year": 2025, "first_month": 1, "last_month": 12, "price_year": 2025, "amount": 1e10,
        "entered_amount": 100.0, "entered_unit": "亿yuan", "state": "final", "document": f"{name}统计公报",
    }  # fmt: skip
    enter(actor=actor, now=now, region=enterprise.region, ledger=STATISTICS, rows=[statistic])
    target = TargetFacts(enterprise_owner(enterprise), TargetKind.TOTAL, cap_tce=123_456.0, document=f"{name}文号")
    services.set_targets(actor=actor, now=now, plan=plan, targets=[target])
    round_ = assessing.open_round(
        actor=actor, now=now, region=enterprise.region, year=2024, sheet_key="huairou-14th", title=f"{name}考核",
        self_due_on=None, enterprises=[enterprise],
    )  # fmt: skip
    assessing.open_round(
        actor=actor, now=now, region=enterprise.region, year=2024, sheet_key=REGION_SHEET, title=f"{name}县区考核",
        self_due_on=None, regions=list(Region.objects.filter(parent=enterprise.region)),
    )  # fmt: skip
    return plan, round_
