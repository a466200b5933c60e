"""What score sheets ask and the hub knows: offered with its origin, left out where it is not certain."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from nenghao.hub.audit.services import Actor
from nenghao.hub.production.models import Product
from nenghao.hub.quotas.models import LeaderApplication, LeaderList, Verdict
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.statements.models import Filing
from nenghao.hub.statements.services import kept_terms
from nenghao.hub.targets import assessing
from nenghao.hub.targets.facts import fill_in, known_facts
from nenghao.hub.targets.models import Assessment

BEIJING = ZoneInfo("Asia/Shanghai")
NOW = datetime(2027, 5, 20, 9, 0, tzinfo=BEIJING)
ACTOR = Actor.command("officer")
YEAR = 2026


@pytest.fixture
def plant(yantai):
    own = yantai.enterprise
    Filing.objects.filter(enterprise=own).delete()  # the fixture's own
    Enterprise.objects.filter(pk=own.pk).update(created_at=datetime(2025, 12, 1, tzinfo=BEIJING))
    return Enterprise.objects.select_related("region").get(pk=own.pk)


def file(plant, key, kind, start, at, edition=1):
    submitted = datetime(*at, 10, 0, tzinfo=BEIJING)
    Filing.objects.create(
        enterprise=plant, form_key=key, form_version="1", period_kind=kind, period_start=start, state="accepted",
        edition=edition, is_current=edition == 1, created_at=submitted, created_by="x", changed_at=submitted,
        changed_by="x", submitted_at=submitted,
    )  # fmt: skip


def kept(plant, today=date(2027, 5, 20)):
    return kept_terms(enterprises=[plant], year=YEAR, today=today)[plant.pk]


def test_a_year_of_returns(plant):
    # Three monthly forms: January whole and in time, February one of three a day late, the rest of the year not filed.
    for key in ("205-1", "205-2", "economy-monthly"):
        file(plant, key, "month", date(2026, 1, 1), (2026, 2, 5))
        file(plant, key, "month", date(2026, 2, 1), (2026, 3, 11) if key == "205-1" else (2026, 3, 10))
    found = kept(plant)
    assert (found.due, found.handed_in, found.months_due, found.months_in_time) == (36, 6, 12, 1)
    assert found.ratio == pytest.approx(6 / 36)
    assert found.report_in_time is False


def test_a_correction_does_not_make_it_late(plant):
    file(plant, "energy-use-report", "year", date(2026, 1, 1), (2027, 3, 1), edition=2)
    file(plant, "energy-use-report", "year", date(2026, 1, 1), (2027, 5, 19))
    assert kept(plant).report_in_time is True


def test_what_is_not_due_yet_or_was_before_joining_is_not_said(plant):
    assert kept(plant, date(2026, 2, 1)).ratio is None
    assert kept(plant, date(2026, 2, 1)).report_in_time is None
    Enterprise.objects.filter(pk=plant.pk).update(created_at=datetime(2027, 5, 1, tzinfo=BEIJING))
    late = Enterprise.objects.select_related("region").get(pk=plant.pk)
    file(late, "205-1", "month", date(2026, 1, 1), (2026, 2, 5))
    assert (kept(late).ratio, kept(late).months_due) == (None, 0)


def verdict(plant, code, grade, standing="", **facts):
    product = Product.objects.create(enterprise=plant, code=code, name=code, unit="t")
    return Verdict.objects.create(
        enterprise=plant, product=product, kind="cumulative", month=date(2026, 12, 1), metric_key="unit", version=1,
        quota_product=code, standard="GB 16780", metric="综合能耗", grade=grade, required_grade=3, standing=standing,
        fingerprint="x", inputs="x", computed_at=NOW, **facts,
    )  # fmt: skip


def facts_of(plant, store):
    found = known_facts(store=store, enterprises=[plant], region_path=plant.region.path, year=YEAR, now=NOW)
    return found[plant.pk]


def test_verdicts_of_the_year(plant, store):
    verdict(plant, "Q1", "over", "below_baseline", is_unverified=True)
    verdict(plant, "Q2", "1", "benchmark")
    found = facts_of(plant, store)
    assert (found["quota_violations"].value, found["meets_baseline"].value) == (1.0, False)
    assert found["better_than_benchmark"].value is False
    assert found["quota_violations"].is_unverified
    assert found["quota_violations"].url == f"/quotas/enterprises/{plant.code}/?period=2026-12"
    verdict(plant, "Q3", "cannot_judge")
    assert "quota_violations" not in facts_of(plant, store)  # a product that nobody could judge is not within limits


def test_leaders_are_known_once_a_list_is_published(plant, store):
    assert "is_leader" not in facts_of(plant, store)
    other = Region.objects.get(code="370100")
    LeaderList.objects.create(region=other, year=YEAR, published_at=NOW, published_by="x", reason="x")
    assert "is_leader" not in facts_of(plant, store)
    own = LeaderList.objects.create(region=plant.region, year=YEAR, published_at=NOW, published_by="x", reason="x")
    assert facts_of(plant, store)["is_leader"].value is False
    row = verdict(plant, "Q1", "1")
    LeaderApplication.objects.create(
        enterprise=plant, product=row.product, verdict=row, year=YEAR, state="published", statement="x",
        applied_by="x", applied_at=NOW, decided_at=NOW, listed_in=own,
    )  # fmt: skip
    assert facts_of(plant, store)["is_leader"].value is True


def test_facts_reach_the_sheet_with_a_link_and_give_way_to_a_person(client, yantai, plant, store):
    file(plant, "energy-use-report", "year", date(2026, 1, 1), (2027, 3, 1))
    assessing.open_round(
        actor=ACTOR, now=NOW, region=plant.region, year=YEAR, sheet_key="shanghai-2024", title="", self_due_on=None,
        enterprises=[plant],
    )  # fmt: skip
    one = Assessment.objects.select_related("round", "enterprise__region").get(round__year=YEAR)
    fill_in(store=store, assessments=[one], now=NOW)
    address = f"/assessments/{one.round_id}/{plant.code}/"
    client.force_login(yantai.manager)
    page = client.get(address).content.decode()
    assert f'<a href="/statements/?q={plant.code}">2026 年能源利用状况报告的报送记录</a>' in page
    assert "设备档案" in page  # what helps to judge 高耗能设备淘汰
    client.post("/language/", {"language": "en"})
    assert "filing of the energy-use report of 2026" in client.get(address).content.decode()
    client.post(address, {"energy_report/fact/energy_report_in_time": "no"})
    assert client.post(f"{address}fill/").status_code == 302  # the manager may ask anew; what was typed stays
    answer = one.answers.get(item_key="energy_report")
    assert answer.facts == {"energy_report_in_time": False}
    assert answer.fact_sources == {"energy_report_in_time": "typed"}


def test_nobody_fills_in_at_anothers_step(client, yantai, plant, store):
    assessing.open_round(
        actor=ACTOR, now=NOW, region=plant.region, year=YEAR, sheet_key="key-units-11th", title="", self_due_on=None,
        enterprises=[plant],
    )  # fmt: skip
    one = Assessment.objects.get(round__year=YEAR)
    verdict(plant, "Q1", "over")
    client.force_login(yantai.officer)
    client.post(f"/assessments/{one.round_id}/{plant.code}/fill/")  # the enterprise has not submitted yet
    assert not one.answers.exists()
    client.force_login(yantai.manager)
    client.post(f"/assessments/{one.round_id}/{plant.code}/fill/")
    assert any(row.facts.get("quota_violations") == 1.0 for row in one.answers.all())


def test_what_the_platform_knows_no_more_goes_and_what_was_typed_stays(plant, store):
    assessing.open_round(
        actor=ACTOR, now=NOW, region=plant.region, year=YEAR, sheet_key="key-units-11th", title="", self_due_on=None,
        enterprises=[plant],
    )  # fmt: skip
    one = Assessment.objects.select_related("round__region", "enterprise__region").get(round__year=YEAR)
    row = verdict(plant, "Q1", "over")

    def facts():
        one.refresh_from_db()
        fill_in(store=store, assessments=[one], now=NOW)
        return {name: value for answer in one.answers.all() for name, value in answer.facts.items()}

    assert facts()["quota_violations"] == 1.0
    answer = next(answer for answer in one.answers.all() if "quota_violations" in answer.facts)
    Verdict.objects.filter(pk=row.pk).update(grade="cannot_judge")
    assert "quota_violations" not in facts()  # and no points are given for what nobody can judge
    answer.refresh_from_db()
    assert "quota_violations" not in answer.fact_sources
    answer.facts, answer.fact_sources = {"quota_violations": 0.0}, {"quota_violations": "typed"}
    answer.save()
    assert facts()["quota_violations"] == 0.0
