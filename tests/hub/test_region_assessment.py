"""Regions assessed by the region above: who scores, who reviews, who sees; and a sheet's points worked by hand."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from nenghao.errors import NenghaoError
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.entry import enter
from nenghao.hub.production.models import Product
from nenghao.hub.quotas.models import Verdict
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.targets import assessing, assessors, services
from nenghao.hub.targets.facts import fill_in
from nenghao.hub.targets.models import Assessment, AssessmentState, TargetKind
from nenghao.hub.targets.owners import region_owner
from nenghao.hub.targets.region_facts import known_of_regions
from nenghao.hub.targets.services import TargetFacts
from nenghao.hub.targets.statistic_entry import STATISTICS
from nenghao.reference.library import library

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=ZoneInfo("UTC"))
ACTOR = Actor.command("officer")
YEAR, SHEET = 2025, "county-government-11th"
PROVINCE, CITY, OTHER = "370000", "370600", "370100"


@pytest.fixture
def shandong(account):
    return account("officer", PROVINCE)


def place(code):
    return Region.objects.get(code=code)


def open_round(region=PROVINCE, codes=(CITY, OTHER), sheet=SHEET, **facts):
    said = {"title": "山东地区考核", "self_due_on": None, "regions": [place(code) for code in codes]} | facts
    return assessing.open_round(actor=ACTOR, now=NOW, region=place(region), year=YEAR, sheet_key=sheet, **said)


def of(code):
    return Assessment.objects.select_related(*assessors.WITH_PLACES).get(region=code, round__year=YEAR)


@pytest.fixture
def assessed(yantai, jinan):
    open_round()
    return of(CITY)


def judged(**fewer):
    """Full points of everything that is judged, less what is named."""
    said = {}
    for item in library().score_sheets[SHEET].items:
        parts = getattr(item.rule, "parts", ())
        if parts:
            said[item.key] = assessing.Said(points={part.key: fewer.get(part.key, part.points) for part in parts})
    return said


def gdp_plan(region, drop, *, cities=(CITY,), year=YEAR, name="单年目标", source="gdp", first_year=YEAR):
    plan = services.make_plan(
        actor=ACTOR, now=NOW, region=place(region),
        facts={"name": name, "base_year": 2024, "first_year": first_year, "last_year": first_year + 4,
               "form": "fifths", "basis": "equivalent", "value_kind": "value_added_constant",
               "region_source": source, "source": ""},
    )  # fmt: skip
    targets = [
        TargetFacts(region_owner(place(code), ()), TargetKind.INTENSITY, year=year, drop_ratio=drop) for code in cities
    ]
    services.set_targets(actor=ACTOR, now=NOW, plan=plan, targets=targets)
    return plan


def publish(code, year, energy_wan_tce, gdp_yi_yuan, state="final"):
    """Publish a year: energy in 万tce, GDP in 亿元 at prices of 2025."""
    both = (("energy_equivalent", energy_wan_tce, 1e4, "万tce", 0), ("gdp_constant", gdp_yi_yuan, 1e8, "亿yuan", 2025))
    rows = [
        {"kind": kind, "year": year, "first_month": 1, "last_month": 12, "price_year": price, "amount": amount * factor,
         "entered_amount": amount, "entered_unit": unit, "state": state, "document": "统计年鉴"}
        for kind, amount, factor, unit, price in both
    ]  # fmt: skip
    enter(actor=ACTOR, now=NOW, region=place(code), ledger=STATISTICS, rows=rows)


def fill(assessment, store):
    fill_in(store=store, assessments=[assessment], now=NOW)
    return assessing.scored(assessors.sheet_of(assessment.round), assessing.answers_of(of(assessment.region_id)))


# What the sheet gives, by hand: 40 for the drop of energy per GDP by steps of actual ÷ target, +3 for every 10 points
# above 100 % and at most 9; 44 are judged (2, 3, 20, 10, 9), 16 were not reached by the source.


@pytest.mark.parametrize(
    ("energy", "ratio", "points", "bonus", "vetoed"),
    [
        # 2024: 200 万tce per 100 亿元, 2.00 tce per 10,000 yuan. 2025: 105 亿元, so that …
        (203.7, 0.75, 28.0, 0.0, True),  # … 203.7 / 105 = 1.94: 3 % less, of 4 % due: the step from 70 %
        (201.6, 1.0, 40.0, 0.0, False),  # … 1.92: 4 % less
        (199.5, 1.25, 46.0, 6.0, False),  # … 1.90: 5 % less; two whole steps above 100 %
        (210.0, 0.0, 0.0, 0.0, True),  # … 2.00: nothing
    ],
)
def test_the_drop_of_a_region_by_hand(assessed, store, energy, ratio, points, bonus, vetoed):
    gdp_plan(PROVINCE, 0.04)
    publish(CITY, 2024, 200, 100)
    publish(CITY, 2025, energy, 105)
    result = fill(assessed, store)
    answer = assessed.answers.get(item_key="gdp_drop")
    assert answer.facts["gdp_drop_ratio"] == pytest.approx(ratio)
    source = answer.fact_sources["gdp_drop_ratio"]
    assert source["unverified"] is False
    assert source["url"].startswith(f"/targets/regions/{CITY}/?period=2025-12&plan=")
    item = result.items[0]
    assert (item.final, item.bonus) == (points, bonus)
    assert (result.open_points, result.unreachable_points, result.vetoed_by == ("gdp_drop",)) == (44, 16, vetoed)


def test_a_whole_plans_target_counts_with_its_years_part(assessed, store, yantai, browse):
    # 15 % over five years by fifths: 3 % by the end of the first year. 194 / 100 is 3 % less than 200 / 100.
    gdp_plan(PROVINCE, 0.15, year=0)
    publish(CITY, 2024, 200, 100)
    publish(CITY, 2025, 194, 100, state="preliminary")
    result = fill(assessed, store)
    assert result.items[0].final == 40
    source = assessed.answers.get(item_key="gdp_drop").fact_sources["gdp_drop_ratio"]
    assert source["unverified"] is True
    assert "初步数" in source["zh"]
    assert "preliminary" in source["en"]
    page = browse(yantai.officer).get(f"/assessments/{assessed.round_id}/{CITY}/").content.decode()
    badge = re.search(r'badge-unverified" tabindex="0" title="([^"]*)">待核', page)
    assert badge
    assert "初步数" in badge[1]  # beside the result, and named


def test_the_assessors_plan_counts_and_not_one_of_the_assessed(assessed, store):
    gdp_plan(CITY, 0.01, name="自定目标")  # nearer, and easier
    publish(CITY, 2024, 200, 100)
    publish(CITY, 2025, 198, 100)  # 1 % less
    assert fill(assessed, store).items[0].final is None
    gdp_plan(PROVINCE, 0.04)
    assert fill(assessed, store).items[0].final == 0  # a quarter of what is due: below the last step


def test_what_was_not_published_is_not_known(assessed, store):
    gdp_plan(PROVINCE, 0.04)
    publish(CITY, 2025, 198, 100)
    assert fill(assessed, store).items[0].final is None
    assert not assessed.answers.exists()


def test_the_other_sheet_asks_whether_the_target_was_met(yantai, jinan, store):
    open_round(sheet="district-government-11th")
    gdp_plan(PROVINCE, 0.04)
    publish(CITY, 2024, 200, 100)
    publish(CITY, 2025, 199.5, 105)
    one = of(CITY)
    result = fill(one, store)
    # 30 for a target that was met, +1 for every 10 points above 100 %; of industry nothing is known.
    assert (result.items[0].final, result.items[1].final) == (32.0, None)


def test_sums_over_the_enterprises_are_computed_where_a_sheet_asks(yantai, jinan, store):
    plant = yantai.enterprise
    Enterprise.objects.filter(pk=plant.pk).update(created_at=datetime(2024, 12, 1, tzinfo=ZoneInfo("Asia/Shanghai")))
    for number, grade in enumerate(("over", "1", "over")):
        product = Product.objects.create(enterprise=plant, code=f"Q{number}", name=f"Q{number}", unit="t")
        Verdict.objects.create(
            enterprise=plant, product=product, kind="cumulative", month=date(YEAR, 12, 1), metric_key="unit", version=1,
            quota_product="x", standard="GB 16780", metric="综合能耗", grade=grade, required_grade=3, fingerprint="x",
            inputs="x", computed_at=NOW, is_unverified=number == 1,
        )  # fmt: skip
    names = frozenset({"quota_violations", "monthly_return_ratio"})
    regions = [place(CITY), place(OTHER)]
    asked = {"store": store, "regions": regions, "assessor_path": place(PROVINCE).path, "year": YEAR, "now": NOW}
    found = known_of_regions(**asked, names=names)
    over = found[CITY]["quota_violations"]
    assert (over.value, over.is_unverified) == (2.0, True)
    assert over.url == f"/quotas/regions/{CITY}/?period=2025-12"
    assert "3 个产品" in over.zh
    assert found[CITY]["monthly_return_ratio"].value == 0.0  # three returns of twelve months, none filed
    assert "到期月报 36 份" in found[CITY]["monthly_return_ratio"].zh
    assert "quota_violations" not in found[OTHER]  # nothing was judged there
    assert not known_of_regions(**asked, names=frozenset({"gdp_drop_ratio"}))[CITY]  # what is not asked is left alone
    Verdict.objects.filter(product__code="Q1").update(grade="cannot_judge")
    assert "quota_violations" not in known_of_regions(**asked, names=names)[CITY]


# Who may do what


def test_from_self_score_to_confirmation(yantai, jinan, shandong, assessed, store):
    gdp_plan(PROVINCE, 0.04)
    publish(CITY, 2024, 200, 100)
    publish(CITY, 2025, 199.5, 105)
    fill(assessed, store)
    common = {"actor": ACTOR, "now": NOW, "assessment": assessed}
    assert assessing.say(**common, account=yantai.officer, said=judged()).points == 46 + 44
    for nobody in (shandong, jinan.officer, yantai.manager):
        with pytest.raises(NenghaoError):
            assessing.submit(**common, account=nobody)
    assessing.submit(**common, account=yantai.officer)
    own = {"account": yantai.officer}
    for refused in (
        lambda: assessing.say(**common, **own, said=judged()),
        lambda: assessing.confirm(**common, **own),
        lambda: assessing.give_back(**common, **own, reason="x"),
        lambda: assessing.confirm(**common, account=jinan.officer),
    ):  # nobody reviews the own region, and no neighbour does
        with pytest.raises(NenghaoError):
            refused()
    said = {"structure": judged(outdated=5)["structure"]}
    assert assessing.say(**common, account=shandong, said=said).points == 87
    with pytest.raises(NenghaoError):
        assessing.say(**common, account=shandong, said={"gdp_drop": assessing.Said(override=0)})  # without a reason
    said = {"gdp_drop": assessing.Said(override=0, override_reason="能耗数据失实")}
    result = assessing.say(**common, account=shandong, said=said)
    assert (result.points, result.vetoed_by) == (41, ("gdp_drop",))
    done = assessing.confirm(**common, account=shandong, note="同意")
    assert (done.state, done.points, done.open_points) == (AssessmentState.CONFIRMED, 41, 16)
    trail = AuditEntry.objects.filter(object_type="assessment", object_key=f"{CITY} {YEAR}")
    assert {row.action for row in trail} == {"assessment-filled", "assessment-submitted", "assessment-confirmed"}
    assert {row.region_path for row in trail} == {place(CITY).path}
    assert trail.filter(reason="能耗数据失实").get().after["overrides"] == "{'gdp_drop': 0}"
    assert assessing.give_back(**common, account=shandong, reason="补材料").state == AssessmentState.RETURNED


def test_a_region_above_the_assessor_may_review_too(yantai, account, assessed):
    nation = account("officer", "000000")
    assert assessors.is_reviewer(nation, assessed)
    assert not assessors.is_own(nation, assessed)
    assert not assessors.is_reviewer(account("operator", PROVINCE), assessed)
    county = account("officer", "370602")
    assert not assessors.is_own(county, assessed)
    assert assessed not in assessors.visible_assessments(county)
    assert assessed.round not in assessors.visible_rounds(county)


@pytest.mark.parametrize(
    ("region", "codes", "sheet", "code"),
    [
        (PROVINCE, (), SHEET, "round-empty"),
        (PROVINCE, (PROVINCE,), SHEET, "round-region"),
        (PROVINCE, ("370602",), SHEET, "round-region"),  # two levels below
        (PROVINCE, ("130100",), SHEET, "round-region"),
        (CITY, (OTHER,), SHEET, "round-region"),
        (PROVINCE, (CITY,), "shanghai-2024", "round-empty"),  # a sheet for enterprises
        (PROVINCE, (CITY,), "huairou-departments", "sheet-unknown"),
    ],
)
def test_a_round_that_makes_no_sense_is_refused(codes, region, sheet, code, db, request):
    request.getfixturevalue("yantai")
    with pytest.raises(NenghaoError) as refused:
        open_round(region, codes, sheet)
    assert refused.value.code == code
    assert not Assessment.objects.filter(round__year=YEAR).exists()


def test_a_sheet_is_for_regions_or_for_enterprises(yantai):
    with pytest.raises(NenghaoError) as refused:
        open_round(enterprises=[yantai.enterprise])
    assert refused.value.code == "round-mixed"


def test_the_level_that_a_sheet_names(yantai):
    import msgspec

    sheet = library().score_sheets[SHEET]
    below = assessors.assessable_regions(place(PROVINCE), sheet)
    assert {one.level for one in below} == {"city"}
    named = assessors.assessable_regions(place(PROVINCE), msgspec.structs.replace(sheet, region_level="county"))
    assert {one.level for one in named} == {"county"}
    assert {"370602", "370102"} <= {one.code for one in named}


def test_an_assessment_is_of_one_subject(yantai, assessed):
    both = Assessment(round=assessed.round, enterprise=yantai.enterprise, region=place("370700"))
    for wrong in (both, Assessment(round=assessed.round)):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong.save()


# Pages


def test_a_round_on_the_pages(browse, yantai, jinan, shandong, store):
    above = browse(shandong)
    page = above.get("/assessments/new/?of=regions").content.decode()
    assert "县区政府计分表" in page
    assert "烟台市" in page
    assert "shanghai-2024" not in page
    form = {"year": "2025", "sheet_key": SHEET, "title": "山东地区考核", "regions": [CITY, OTHER]}
    answer = above.post("/assessments/new/?of=regions", form)
    assert answer.status_code == 302
    listed = answer["Location"]
    page = above.get(listed).content.decode()
    assert "烟台市" in page
    assert "济南市" in page
    assert above.get(f"{listed}?format=xlsx")["Content-Type"].startswith("application/vnd.openxmlformats")
    sheet = f"{listed}{CITY}/"
    assert "提交自评" not in above.get(sheet).content.decode()
    own = browse(yantai.officer)
    page = own.get(sheet).content.decode()
    assert "提交自评" in page
    assert "目标分解与进度" in page
    assert "确认得分" not in page
    posted = {"organisation/self/first": "1", "organisation/self/second": "0.5", "organisation/basis": "成立文件",
              "organisation/evidence": "烟政发〔2025〕1号", "gdp_drop/fact/gdp_drop_ratio": "95",
              "gdp_drop/override": "40", "gdp_drop/override_reason": "自行改判"}  # fmt: skip
    assert own.post(sheet, posted).status_code == 302
    kept = {row.item_key: row for row in of(CITY).answers.all()}
    assert kept["organisation"].self_points == {"first": 1, "second": 0.5}
    assert (kept["gdp_drop"].facts, kept["gdp_drop"].override) == ({"gdp_drop_ratio": 0.95}, None)
    own.post(f"{sheet}submit/")
    own.post(f"{sheet}confirm/")
    own.post(f"{sheet}return/", {"note": "x"})
    assert of(CITY).state == "submitted"
    page = above.get(sheet).content.decode()
    assert "烟政发〔2025〕1号" in page
    assert "确认得分" in page
    assert "自评填报" in page
    assert above.post(sheet, {"organisation/review/first": "1", "organisation/review/second": "1"}).status_code == 302
    assert of(CITY).answers.get(item_key="organisation").review_points == {"first": 1, "second": 1}
    assert own.post(f"{listed}close/").status_code == 404  # the round is the province's
    above.post("/language/", {"language": "en"})
    page = above.get("/assessments/").content.decode()
    assert "Sub-regions" in page
    assert above.post(f"{listed}close/").status_code == 302
    assert own.get(sheet).status_code == 200


def test_a_neighbour_sees_its_own_row_alone(browse, yantai, jinan, assessed, account):
    listed = f"/assessments/{assessed.round_id}/"
    neighbour = browse(jinan.officer)
    for query in ("", "?format=xlsx"):
        assert neighbour.get(listed + query).status_code == 200
    page = neighbour.get(listed).content.decode()
    assert "济南市" in page
    assert "烟台市" not in page
    for address in (f"{listed}{CITY}/", f"{listed}{CITY}/submit/", f"{listed}{CITY}/confirm/", f"{listed}{CITY}/fill/"):
        assert neighbour.post(address, {"note": "x"}).status_code == 404
    assert neighbour.get(f"{listed}{CITY}/").status_code == 404
    for nobody in (
        yantai.manager,
        account("officer", "130000"),
        account("institution", CITY),
        account("officer", "370602"),
    ):
        assert browse(nobody).get(listed).status_code == 404
        assert browse(nobody).get(f"{listed}{CITY}/").status_code == 404
