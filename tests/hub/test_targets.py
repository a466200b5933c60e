"""Targets on pages and in services: plans, decomposition, grading, issue, assessment, and who may do what."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from nenghao.errors import NenghaoError
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.models import Region
from nenghao.hub.targets import assessing, grading, services
from nenghao.hub.targets.models import (
    Assessment,
    AssessmentState,
    MonthGrade,
    Plan,
    Target,
    TargetKind,
)
from nenghao.hub.targets.owners import enterprise_owner, parts_of, region_owner
from nenghao.hub.targets.services import TargetFacts
from nenghao.reference.library import library

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=ZoneInfo("UTC"))
ACTOR = Actor.command("officer")
YEARS = {"base_year": 2025, "first_year": 2026, "last_year": 2030}


def make_plan(place, **facts):
    said = {
        "name": "十五五",
        "form": "fifths",
        "basis": "calorific",
        "value_kind": "value_added_constant",
        "source": "",
    }
    return services.make_plan(actor=ACTOR, now=NOW, region=place, facts=said | YEARS | facts)


def rows(plan):
    """Give the target rows of a plan; the place itself brings another plan with a target."""
    return Target.objects.filter(plan=plan)


@pytest.fixture
def city(yantai):
    return yantai.enterprise.region


@pytest.fixture
def plan(city):
    return make_plan(city)


def set_total(plan, owner, cap, **facts):
    said = TargetFacts(owner, TargetKind.TOTAL, cap_tce=cap)
    return services.set_targets(actor=ACTOR, now=NOW, plan=plan, targets=[said], **facts)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"last_year": 2025}, "last_year"),
        ({"last_year": 2040}, "last_year"),
        ({"base_year": 2026}, "base_year"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(city, facts, field):
    with pytest.raises(NenghaoError) as refused:
        make_plan(city, **facts)
    assert refused.value.field == field


def test_the_nearest_region_decides_the_plan(city):
    province = Region.objects.get(code="370000")
    Plan.objects.filter(region=city).delete()
    above = make_plan(province)
    assert services.plan_for(city.path, 2027) == above
    own = make_plan(city)
    assert (services.plan_for(city.path, 2027), services.plan_for(city.path, 2031)) == (own, None)


def test_a_change_is_a_version_with_a_reason(plan, yantai):
    owner = enterprise_owner(yantai.enterprise)
    assert set_total(plan, owner, 1000.0) == 1
    assert set_total(plan, owner, 1000.0) == 0
    with pytest.raises(NenghaoError, match="reason"):
        set_total(plan, owner, 900.0)
    assert set_total(plan, owner, 900.0, reason="调减") == 1
    assert [(row.version, row.cap_tce, row.is_current) for row in rows(plan).order_by("version")] == [
        (1, 1000.0, False), (2, 900.0, True),
    ]  # fmt: skip
    entry = AuditEntry.objects.filter(action="target-set").order_by("-pk")[0]
    assert (entry.before["cap_tce"], entry.after["cap_tce"], entry.reason) == (1000.0, 900.0, "调减")


def test_an_emptied_target_is_withdrawn(plan, yantai):
    owner = enterprise_owner(yantai.enterprise)
    set_total(plan, owner, 1000.0)
    set_total(plan, owner, None, reason="撤回")
    assert not services.current_targets(plan).exists()
    assert rows(plan).count() == 2


@pytest.mark.parametrize("facts", [{"cap_tce": -1.0}, {"drop_ratio": 1.0}, {"year": 2031, "cap_tce": 1.0}])
def test_impossible_targets_are_refused_and_nothing_is_kept(plan, yantai, facts):
    owner = enterprise_owner(yantai.enterprise)
    good = TargetFacts(owner, TargetKind.TOTAL, cap_tce=5.0)
    with pytest.raises(NenghaoError):
        services.set_targets(
            actor=ACTOR, now=NOW, plan=plan, targets=[good, TargetFacts(owner, TargetKind.INTENSITY, **facts)]
        )
    assert not rows(plan).exists()


def test_a_region_is_decomposed_to_those_just_below_it(yantai, jinan):
    province = Region.objects.get(code="370000")
    members = [yantai.enterprise, jinan.enterprise]
    assert [one.key for one in parts_of(province, members)] == ["region/370100", "region/370600"]
    assert [one.key for one in parts_of(yantai.enterprise.region, members)] == [f"enterprise/{yantai.enterprise.code}"]
    assert set(region_owner(province, members).members) == {yantai.enterprise.pk, jinan.enterprise.pk}


def test_grades_are_issued_kept_and_superseded_with_a_reason(plan, yantai, city, store):
    owner = enterprise_owner(yantai.enterprise)
    set_total(plan, owner, 1000.0)
    month = date(2026, 2, 1)
    found = services.target_progress(store=store, plan=plan, owners=[owner], month=month)
    assert [one.why for one in found] == ["no-figures"]
    issue = {
        "actor": ACTOR, "now": NOW, "region": city, "plan": plan, "month": month, "found": found,
        "rules": grading.rules_for([city.path], month),
    }  # fmt: skip
    assert grading.issue_grades(**issue) == 1
    with pytest.raises(NenghaoError, match="reason"):
        grading.issue_grades(**issue)
    grading.issue_grades(**issue, reason="数据更正")
    assert [(row.is_current, row.severity) for row in MonthGrade.objects.order_by("pk")] == [
        (False, None),
        (True, None),
    ]


def test_a_region_chooses_its_rule_from_a_month_on(city):
    rule = library().grading_rules["city-completion-2010"]
    grading.choose_rule(
        actor=ACTOR,
        now=NOW,
        region=city,
        kind=TargetKind.INTENSITY,
        from_month=date(2026, 3, 1),
        rule=rule,
        reason="地方规定",
    )
    before, after = (grading.rules_for([city.path], date(2026, month, 1))[city.path] for month in (2, 3))
    assert (before[TargetKind.INTENSITY].key, after[TargetKind.INTENSITY].key) == (
        "national-barometer-2021",
        "city-completion-2010",
    )
    assert after[TargetKind.TOTAL].key == "national-barometer-2021"
    with pytest.raises(NenghaoError):
        grading.choose_rule(
            actor=ACTOR, now=NOW, region=city, kind=TargetKind.TOTAL, from_month=date(2026, 3, 1), rule=rule, reason="x"
        )


@pytest.mark.parametrize("key", sorted(library().grading_rules))
def test_a_stored_rule_is_read_back_equal(key):
    rule = library().grading_rules[key]
    assert grading.rule_from(grading.rule_content(rule)) == rule


@pytest.fixture
def assessed(yantai, city):
    assessing.open_round(
        actor=ACTOR, now=NOW, region=city, year=2025, sheet_key="shanghai-2024", title="", self_due_on=None,
        enterprises=[yantai.enterprise],
    )  # fmt: skip
    return Assessment.objects.get(round__year=2025)


def fill_everything(account, assessment):
    sheet = library().score_sheets["shanghai-2024"]
    said = {}
    for item in sheet.items:
        parts = getattr(item.rule, "parts", ())
        said[item.key] = assessing.Said(points={part.key: part.points for part in parts} or {item.key: item.points})
    return assessing.say(actor=ACTOR, now=NOW, account=account, assessment=assessment, said=said)


def test_from_self_score_to_confirmation(yantai, assessed):
    common = {"actor": ACTOR, "now": NOW, "assessment": assessed}
    assert fill_everything(yantai.manager, assessed).points == 100
    with pytest.raises(NenghaoError):
        assessing.confirm(**common, account=yantai.officer)
    assessing.submit(**common, account=yantai.manager)
    with pytest.raises(NenghaoError):
        fill_everything(yantai.manager, assessed)
    said = {"audit": assessing.Said(points={"audit": 0, "measures": 0, "contract": 0}, basis="未提供报告")}
    assert assessing.say(account=yantai.officer, said=said, **common).points == 90
    said = {"total_target": assessing.Said(override=10, override_reason="核定超 5%")}
    assert assessing.say(account=yantai.officer, said=said, **common).points == 85
    done = assessing.confirm(**common, account=yantai.officer, note="同意")
    assert (done.state, done.points, done.grade_zh) == (AssessmentState.CONFIRMED, 85, "完成")
    again = assessing.give_back(**common, account=yantai.officer, reason="补材料")
    assert (again.state, again.points, again.grade_zh) == (AssessmentState.RETURNED, None, "")


def test_an_open_item_keeps_the_sheet_from_being_confirmed(yantai, assessed):
    assessing.submit(actor=ACTOR, now=NOW, account=yantai.manager, assessment=assessed)
    with pytest.raises(NenghaoError, match="not decided"):
        assessing.confirm(actor=ACTOR, now=NOW, account=yantai.officer, assessment=assessed)


def test_a_wrong_answer_keeps_nothing(yantai, assessed):
    said = {"audit": assessing.Said(points={"audit": 2}), "carbon": assessing.Said(points={"carbon": 99})}
    with pytest.raises(NenghaoError) as refused:
        assessing.say(actor=ACTOR, now=NOW, account=yantai.manager, assessment=assessed, said=said)
    assert refused.value.record == "carbon"
    assert not assessed.answers.exists()


def test_what_the_platform_knew_keeps_its_source_until_somebody_changes_it(yantai, assessed):
    from nenghao.hub.targets.models import AssessmentAnswer

    AssessmentAnswer.objects.create(
        assessment=assessed, item_key="energy_report", facts={"energy_report_in_time": True},
        fact_sources={"energy_report_in_time": "statements"},
    )  # fmt: skip
    common = {"actor": ACTOR, "now": NOW, "account": yantai.manager, "assessment": assessed}
    assessing.say(**common, said={"energy_report": assessing.Said(facts={"energy_report_in_time": True})})
    assert assessed.answers.get().fact_sources == {"energy_report_in_time": "statements"}
    assessing.say(**common, said={"energy_report": assessing.Said(facts={"energy_report_in_time": False})})
    assert assessed.answers.get().fact_sources == {"energy_report_in_time": "typed"}


def test_the_officers_pages(client, yantai, plan, city, store):
    set_total(plan, enterprise_owner(yantai.enterprise), 1000.0)
    client.force_login(yantai.officer)
    page = client.get(f"/targets/regions/{city.code}/?period=2026-02").content.decode()
    assert yantai.enterprise.name in page
    assert "缺能耗或产值" in page
    posted = {"period": "2026-02", "reason": ""}
    assert client.post(f"/targets/regions/{city.code}/issue/", posted).status_code == 302
    assert "不能判定" in client.get("/targets/grades/").content.decode()
    assert client.get(f"/targets/regions/{city.code}/?period=2026-02&format=xlsx").status_code == 200


def test_decomposition_on_the_page(client, yantai, plan, city, store):
    client.force_login(yantai.officer)
    url = f"/targets/plans/{plan.pk}/regions/{city.code}/"
    own, part = f"region/{city.code}", f"enterprise/{yantai.enterprise.code}"
    bad = client.post(url, {f"{part}/cap_tce": "abc", f"{own}/cap_tce": "500", "year": "0"})
    assert bad.status_code == 400
    assert 'value="abc"' in bad.content.decode()
    assert not rows(plan).exists()
    good = {f"{own}/cap_tce": "500", f"{part}/cap_tce": "600", f"{part}/drop_ratio": "13.5", "year": "0"}
    assert client.post(url, good).status_code == 302
    assert rows(plan).get(kind="intensity").drop_ratio == 0.135
    assert "下级总量目标之和超过上级目标" in client.get(url).content.decode()


def test_a_rule_with_other_bounds(client, yantai, city):
    client.force_login(yantai.officer)
    url = f"/targets/regions/{city.code}/grading/"
    form = {
        "kind": "total",
        "rule": "national-barometer-2021",
        "from_month": "2026-03",
        "bounds": "0,0.05",
        "reason": "从严",
    }
    assert client.post(url, form).status_code == 302
    rule = grading.rules_for([city.path], date(2026, 3, 1))[city.path][TargetKind.TOTAL]
    assert [(level.lower, level.upper) for level in rule.levels] == [(None, 0.0), (0.0, 0.05), (0.05, None)]
    refused = client.post(url, form | {"bounds": "0"})
    assert refused.status_code == 200
    assert "2" in refused.content.decode()


def test_assessment_pages(client, yantai, assessed, store):
    url = f"/assessments/{assessed.round_id}/{yantai.enterprise.code}/"
    client.force_login(yantai.manager)
    assert "组织保障体系" in client.get(url).content.decode()
    refused = client.post(url, {"carbon/self/carbon": "many"})
    assert refused.status_code == 400
    assert "碳管理" in refused.content.decode()
    assert client.post(url, {"carbon/self/carbon": "1.5", "carbon/basis": "碳盘查报告"}).status_code == 302
    assert assessed.answers.get(item_key="carbon").self_points == {"carbon": 1.5}
    assert client.post(f"{url}submit/").status_code == 302
    client.force_login(yantai.officer)
    assert (
        client.post(url, {"carbon/review/carbon": "1", "carbon/override": "", "carbon/override_reason": ""}).status_code
        == 302
    )
    assert "碳盘查报告" in client.get(url).content.decode()


def test_another_citys_officer_sees_nothing(client, jinan, yantai, plan, assessed, store):
    client.force_login(jinan.officer)
    for url in (
        f"/targets/regions/{yantai.enterprise.region_id}/", f"/targets/enterprises/{yantai.enterprise.code}/",
        f"/targets/plans/{plan.pk}/regions/{yantai.enterprise.region_id}/", f"/assessments/{assessed.round_id}/",
        f"/assessments/{assessed.round_id}/{yantai.enterprise.code}/",
        f"/targets/plans/{plan.pk}/regions/{jinan.enterprise.region_id}/",
    ):  # fmt: skip
        assert client.get(url).status_code == 404, url
    assert Plan.objects.filter(region=yantai.enterprise.region).count() == 2
