"""That verdicts stay fresh: what is computed again, what takes another's place, and the thread."""

from __future__ import annotations

import time
from datetime import date, datetime

import pytest
from django.db import OperationalError

from nenghao.hub.energy_accounts.background import AccountKeeper
from nenghao.hub.energy_accounts.tests.conftest import ACTOR, APRIL, MARCH, NOW
from nenghao.hub.production.products import FACTS, save_product
from nenghao.hub.quotas import computing, services
from nenghao.hub.quotas.background import VerdictKeeper
from nenghao.hub.quotas.models import Verdict, VerdictState
from nenghao.hub.registry.models import DataItem
from nenghao.periods import BEIJING

MONTH = {"kwh": 400_000.0, "coal_t": 1000.0, "clinker_t": 7000.0}
JUNE = date(2026, 6, 1)
LATER = datetime(2026, 7, 2, 8, 0, tzinfo=BEIJING)
DEADLINE_S = 60.0


def refresh(plant, now=NOW):
    return services.refresh_all(store=plant.store, now=now)


def of_month(month, metric="unit_consumption_kgce"):
    return Verdict.objects.filter(kind="month", month=month, metric_key=metric).order_by("version")


def test_only_the_spans_that_a_change_touches_are_judged_again(plants, monkeypatch):
    plant = plants[0]
    for month in (MARCH, APRIL):
        plant.month(month, **MONTH)
    assert refresh(plant) == 12  # three metrics, two months, alone and cumulative
    judged = []
    whole = computing.judge
    monkeypatch.setattr(computing, "judge", lambda **asked: judged.append(asked["on"]) or whole(**asked))
    plant.month(APRIL, **MONTH | {"clinker_t": 8000.0})
    assert refresh(plant) == 6
    assert judged == [APRIL] * 6
    services.forget(years=[2026])
    assert refresh(plant) == 0  # judged anew, and the same: no new versions
    assert len(judged) == 18


def test_the_running_month_is_overwritten_and_what_is_over_has_versions(plants):
    plant = plants[0]
    plant.month(JUNE, **MONTH)
    refresh(plant)
    plant.month(JUNE, **MONTH | {"clinker_t": 8000.0})
    assert refresh(plant) == 6
    (only,) = of_month(JUNE)
    assert (only.version, only.is_current, only.output_quantity) == (1, True, 8000.0)
    plant.month(JUNE, **MONTH | {"clinker_t": 9000.0})
    refresh(plant, LATER)
    first, second = of_month(JUNE)
    assert (first.pk, first.is_current, first.output_quantity) == (only.pk, False, 8000.0)
    assert (second.version, second.is_current, second.output_quantity) == (2, True, 9000.0)


def test_an_uploaded_output_and_a_rule_make_verdicts_stale(plants):
    plant = plants[0]
    plant.month(MARCH, **MONTH | {"clinker_t": None})
    item = DataItem.objects.get(enterprise=plant.enterprise, data_code__startswith="09")  # any item will do
    plant.product.data_item = item
    plant.product.save()
    plant.send(MARCH, OWN_POWER=7000.0)
    refresh(plant)
    assert of_month(MARCH).get(is_current=True).output_quantity == 7000.0
    assert refresh(plant) == 0
    plant.send(MARCH, OWN_POWER=7700.0)
    assert services.stale_enterprises(store=plant.store, enterprise_ids=[plant.pk], year=2026)
    refresh(plant)
    assert of_month(MARCH).get(is_current=True).output_quantity == 7700.0
    plant.rule("allocation", MARCH, {"method": "ratio", "shares": {"P1": 1.0}}, subject="/")
    assert services.stale_enterprises(store=plant.store, enterprise_ids=[plant.pk], year=2026)


def test_whoever_has_no_products_costs_one_question(store, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert services.refresh_all(store=store, now=NOW) == 0


def wait_for(told):
    give_up = time.monotonic() + DEADLINE_S
    while time.monotonic() < give_up:
        try:
            if told():
                return
        except OperationalError:  # the tests' SQLite lies in memory, where a reader does not wait for a writer
            pass
        time.sleep(0.02)
    pytest.fail("nothing came of it")


@pytest.mark.django_db(transaction=True)
def test_the_thread_follows_accounts_outputs_and_products(plants, monkeypatch):
    for keeper in (AccountKeeper, VerdictKeeper):
        monkeypatch.setattr(keeper, "gather_s", 0.02)
        monkeypatch.setattr(keeper, "rest_share", 0.0)
        monkeypatch.setattr(keeper, "retry_s", 0.02)
    plant = plants[0]
    keepers = [AccountKeeper(plant.store), VerdictKeeper(plant.store)]

    def grade():
        return list(of_month(MARCH).filter(is_current=True).values_list("grade", flat=True))

    try:
        wait_for(lambda: plant.month(MARCH, **MONTH) or True)
        wait_for(lambda: grade() == ["3"])
        wait_for(lambda: plant.month(MARCH, **MONTH | {"clinker_t": 6000.0}) or True)
        wait_for(lambda: grade() == ["over"])
        facts = {name: getattr(plant.product, name) for name in FACTS} | {"quota_product": ""}
        saved = {"actor": ACTOR, "now": NOW, "enterprise": plant.enterprise, "product": plant.product, "facts": facts}
        wait_for(lambda: save_product(**saved))
        wait_for(lambda: grade() == [])
    finally:
        for keeper in keepers:
            keeper.close()
    assert VerdictState.objects.filter(enterprise=plant.enterprise, year=2026).exists()
