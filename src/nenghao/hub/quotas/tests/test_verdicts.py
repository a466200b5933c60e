"""Verdicts of real accounts: by hand, kept with their inputs, computed again only for what changed."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.energy_accounts.tests.conftest import ACTOR, APRIL, MARCH, NOW
from nenghao.hub.quotas import leaders, services
from nenghao.hub.quotas.inputs import Gathered, MonthInput, gather
from nenghao.hub.quotas.models import LeaderApplication, LeaderState, SpanKind, Verdict
from nenghao.hub.registry.models import Region

# 1000 t of raw coal are 714.3 tce, 400 000 kWh are 49.16 tce: 763.46 tce for 7 000 t of clinker, 109.066 kgce/t.
MONTH = {"kwh": 400_000.0, "coal_t": 1000.0, "clinker_t": 7000.0}


def refresh(*plants):
    return services.refresh(store=plants[0].store, enterprise_ids=[p.pk for p in plants], year=2026, now=NOW)


def verdict(plant, metric, month=MARCH, kind=SpanKind.MONTH):
    return Verdict.objects.get(product=plant.product, metric_key=metric, month=month, kind=kind, is_current=True)


def test_a_month_is_judged_as_by_hand(plants):
    plant = plants[0]
    plant.month(MARCH, **MONTH)
    refresh(plant)
    whole, power, coal = (verdict(plant, key) for key in ("unit_consumption_kgce", "power_kwh", "coal_kgce"))
    assert whole.value == pytest.approx(763.46 / 7, rel=1e-6)
    assert (whole.grade, whole.standard, whole.meets) == ("3", "GB 16780-2021", True)
    assert whole.margin == pytest.approx(117 - 763.46 / 7, rel=1e-6)
    assert power.value == pytest.approx(400 / 7)
    assert power.grade == "3"  # 57.14 kWh/t is above 57 and below 61
    assert coal.value == pytest.approx(714.3 / 7)
    assert (coal.grade, coal.limit_3) == ("3", 109.0)
    assert whole.standing == "between"


def test_a_missing_energy_is_never_zero(plants):
    plant = plants[0]
    for number in (1, 2, 3):
        plant.month(date(2026, number, 1), **MONTH)
    plant.send(APRIL, GRID=400_000.0)
    plant.month(APRIL, kwh=400_000.0, coal_t=float("nan"), clinker_t=7000.0)
    refresh(plant)
    found = verdict(plant, "unit_consumption_kgce", APRIL)
    assert (found.value, found.grade, found.meets) == (None, "cannot_judge", None)
    assert found.detail["findings"][0]["code"] == "quota-energy-missing"


def test_no_output_is_no_verdict(plants):
    plants[0].month(MARCH, **MONTH | {"clinker_t": None})
    refresh(plants[0])
    found = verdict(plants[0], "unit_consumption_kgce")
    assert found.grade == "cannot_judge"
    assert found.detail["findings"][0]["code"] == "quota-output-missing"


def test_only_what_changed_is_computed_and_the_old_verdict_stays(plants):
    for plant in plants:
        plant.month(MARCH, **MONTH)
    assert refresh(*plants) == 12  # two plants, three metrics, month and cumulative
    assert refresh(*plants) == 0
    plants[0].month(MARCH, kwh=400_000.0, coal_t=1000.0, clinker_t=6000.0)
    assert services.stale_enterprises(
        store=plants[0].store, enterprise_ids=[p.pk for p in plants], year=2026
    ).keys() == {plants[0].pk}
    assert refresh(*plants) == 6
    before, now = Verdict.objects.filter(
        product=plants[0].product, metric_key="unit_consumption_kgce", kind="month"
    ).order_by("version")  # fmt: skip
    assert (before.is_current, now.is_current, now.version) == (False, True, 2)
    assert before.detail["months"][0]["output"] == 7000.0
    assert now.grade == "over"
    assert now.decides
    assert (now.detail["findings"][0]["code"], now.detail["findings"][0]["severity"]) == ("quota-over", "fail")


def test_an_account_in_doubt_makes_a_suspicion_and_never_decides(plants, monkeypatch):
    monkeypatch.setattr(Gathered, "is_unverified", True)
    plants[0].month(MARCH, **MONTH | {"clinker_t": 6000.0})
    refresh(plants[0])
    found = verdict(plants[0], "unit_consumption_kgce")
    over = found.detail["findings"][0]
    assert (found.grade, found.is_unverified, found.decides) == ("over", True, False)
    assert (over["code"], over["severity"], over["evidence"]["decides"]) == ("quota-over", "suspect", False)


def test_cumulative_adds_up_energy_and_output(plants):
    plant = plants[0]
    plant.month(MARCH, **MONTH)
    plant.month(APRIL, kwh=400_000.0, coal_t=1000.0, clinker_t=9000.0)
    refresh(plant)
    found = verdict(plant, "unit_consumption_kgce", APRIL, SpanKind.CUMULATIVE)
    assert found.value == pytest.approx(2 * 763.46 / 16, rel=1e-6)
    assert [one["month"] for one in found.detail["months"]] == ["2026-03", "2026-04"]


def test_parameters_of_a_span_are_weighed_by_output():
    months = [
        MonthInput(MARCH, 1000.0, "filed", {"clinker_ratio_pct": 70, "flag": True, "word": "a", "once": 1}),
        MonthInput(APRIL, 3000.0, "filed", {"clinker_ratio_pct": 78, "flag": True, "word": "b"}),
    ]
    assert gather(months).parameters == {"clinker_ratio_pct": 76.0, "flag": True}


def test_peers_are_counted_and_never_named(store):
    from nenghao.hub.quotas.tests.conftest import ClinkerPlant

    plants = [ClinkerPlant(store, "370612", number) for number in range(1, 7)]
    for number, plant in enumerate(plants):
        plant.send(MARCH, GRID=400_000.0, COAL=1000.0)
        plant.month(MARCH, kwh=400_000.0, coal_t=1000.0, clinker_t=7000.0 - 200 * number)
    refresh(*plants)
    found = services.peers_of(verdict(plants[-1], "unit_consumption_kgce"))
    assert found is not None
    assert (found.count, found.rank) == (6, 6)
    assert found.best == pytest.approx(763.46 / 7)
    assert found.saving_tce == pytest.approx(763.46 - 763.46 / 7 * 6)
    assert services.peers_of(verdict(plants[0], "unit_consumption_kgce")).gap == 0
    Verdict.objects.filter(product=plants[1].product).delete()
    assert services.peers_of(verdict(plants[0], "unit_consumption_kgce")) is None  # five in all, itself among them


def test_a_leader_applies_is_verified_and_published_once(plants):
    plant = plants[0]
    plant.month(MARCH, kwh=300_000.0, coal_t=800.0, clinker_t=7000.0)
    refresh(plant)
    made = leaders.apply(actor=ACTOR, now=NOW, enterprise=plant.enterprise, product_id=plant.product.pk, year=2026,
                         statement="余热", declared=True)  # fmt: skip
    assert {one["key"]: one["met"] for one in made.conditions}["best"] is None
    with pytest.raises(NenghaoError):
        leaders.apply(actor=ACTOR, now=NOW, enterprise=plant.enterprise, product_id=plant.product.pk, year=2026,
                      statement="again", declared=True)  # fmt: skip
    leaders.decide(actor=ACTOR, now=NOW, application=made, passed=True, reason="现场核验")
    region = Region.objects.get(code="370000")
    published = leaders.publish(actor=ACTOR, now=NOW, region=region, year=2026, reason="年度名单")
    assert [row["code"] for row in published.rows] == [plant.enterprise.code]
    assert LeaderApplication.objects.get().state == LeaderState.PUBLISHED
    with pytest.raises(NenghaoError):
        leaders.publish(actor=ACTOR, now=NOW, region=region, year=2026, reason="again")


def test_an_application_is_withdrawn_until_it_is_decided(plants, browse):
    plant = plants[0]
    plant.month(MARCH, **MONTH)
    refresh(plant)
    asked = {"actor": ACTOR, "now": NOW, "enterprise": plant.enterprise, "product_id": plant.product.pk, "year": 2026,
             "statement": "余热", "declared": True}  # fmt: skip
    first = leaders.apply(**asked)
    manager, other = browse("manager", enterprise=plant.enterprise), browse("other", enterprise=plants[1].enterprise)
    officer = browse("officer", region=Region.objects.get(code="370000"))
    withdrawal = {"decision": "withdrawn", "reason": "产量有误"}
    assert "撤回原因" in manager.get("/quotas/leaders/?year=2026").content.decode()
    assert "撤回原因" not in officer.get("/quotas/leaders/?year=2026").content.decode()
    assert officer.post(f"/quotas/leaders/{first.pk}/", withdrawal).status_code == 403
    assert other.post(f"/quotas/leaders/{first.pk}/", withdrawal).status_code == 404
    manager.post(f"/quotas/leaders/{first.pk}/", withdrawal | {"reason": " "})
    first.refresh_from_db()
    assert first.state == LeaderState.APPLIED
    assert manager.post(f"/quotas/leaders/{first.pk}/", withdrawal).status_code == 302
    first.refresh_from_db()
    assert (first.state, first.decision_reason, first.decided_by) == (LeaderState.WITHDRAWN, "产量有误", "manager")
    told = AuditEntry.objects.get(action="leader-withdrawn")
    assert (told.object_key, told.reason) == (str(first.pk), "产量有误")
    with pytest.raises(NenghaoError):
        leaders.decide(actor=ACTOR, now=NOW, application=first, passed=True, reason="x")
    second = leaders.apply(**asked)  # the product may be applied with again
    leaders.decide(actor=ACTOR, now=NOW, application=second, passed=False, reason="现场核验")
    with pytest.raises(NenghaoError):
        leaders.withdraw(actor=ACTOR, now=NOW, application=second, reason="x")


def test_nobody_applies_on_a_month_that_still_runs(plants):
    plant = plants[0]
    plant.month(date(2026, 6, 1), **MONTH)
    refresh(plant)
    assert leaders.yearly_verdicts([plant.product.pk], 2026, NOW.date()) == {}
    assert leaders.yearly_verdicts([plant.product.pk], 2026, date(2026, 7, 1))[plant.product.pk].month.month == 6


@pytest.fixture
def browse():
    def signed_in(username, **options):
        role = "energy_manager" if "enterprise" in options else "officer"
        account = create_account(actor=ACTOR, now=NOW, username=username, password="Sample-Plant-2026", role=role,
                                 **options)  # fmt: skip
        client = Client()
        client.force_login(account)
        return client

    return signed_in


def test_pages_show_the_verdict_to_its_node_alone(plants, browse):
    for plant in plants:
        plant.month(MARCH, **MONTH)
    refresh(*plants)
    manager = browse("manager", enterprise=plants[0].enterprise)
    other = browse("other", enterprise=plants[1].enterprise)
    officer = browse("officer", region=Region.objects.get(code="370000"))
    own = f"/quotas/enterprises/{plants[0].enterprise.code}/?period=2026-03&span=month"
    assert "109.07" in manager.get(own).content.decode()
    assert other.get(own).status_code == 404
    one = verdict(plants[0], "unit_consumption_kgce")
    assert "7,000.00" in manager.get(f"/quotas/verdicts/{one.pk}/").content.decode()
    assert other.get(f"/quotas/verdicts/{one.pk}/").status_code == 404
    for address in ("/quotas/regions/370000/", "/quotas/regions/370000/ranking/"):
        text = officer.get(address + "?period=2026-03&span=month").content.decode()
        assert plants[0].enterprise.name in text
        assert other.get(address).status_code in (403, 404)
        assert officer.get(address + "?period=2026-03&span=month&format=xlsx")["Content-Type"].endswith("sheet")
    bench = f"/quotas/enterprises/{plants[0].enterprise.code}/benchmarking/?period=2026-03&span=month"
    given = {"product": "P1", "year": "2026", "step": "comparing", "target": "100"}
    assert manager.post(bench, given).status_code == 302
    assert other.post(bench, given).status_code == 404
    assert "对标比较" in manager.get(bench).content.decode()
    assert manager.post("/quotas/leaders/", {"year": "2026", "product": plants[0].product.pk, "reason": "好"}).url
    made = LeaderApplication.objects.get()
    assert plants[0].enterprise.name not in other.get("/quotas/leaders/?year=2026").content.decode()
    assert manager.post(f"/quotas/leaders/{made.pk}/", {"decision": "passed", "reason": "x"}).status_code == 403
    assert officer.post(f"/quotas/leaders/{made.pk}/", {"decision": "passed", "reason": "x"}).status_code == 302
