"""That accounts stay fresh: by the thread of the serving hub, after other factors came, product by product."""

from __future__ import annotations

import time
from datetime import date

import numpy as np
import pytest
from django.db import connection, transaction

from nenghao.hub.energy_accounts import computing, stale
from nenghao.hub.energy_accounts.background import AccountKeeper
from nenghao.hub.energy_accounts.services import month_totals, product_energy
from nenghao.hub.energy_accounts.tests.conftest import APRIL, GRID, MARCH, Plant
from nenghao.hub.production.models import Product, ProductOutput
from nenghao.readings.accounts import note_reference, stale_months

YEAR = {"start": date(2026, 1, 1), "end": date(2027, 1, 1)}
DEADLINE_S = 60.0


def wait_for(told):
    give_up = time.monotonic() + DEADLINE_S
    while not told() and time.monotonic() < give_up:
        time.sleep(0.02)
    assert told()


@pytest.mark.django_db(transaction=True)
def test_the_thread_computes_what_arrives_and_what_is_entered(store, plant, monkeypatch):
    monkeypatch.setattr(AccountKeeper, "gather_s", 0.05)
    monkeypatch.setattr(AccountKeeper, "rest_share", 0.0)

    def total():
        found = month_totals(store=store, enterprise_ids=[plant.pk], **YEAR)
        return found.tce_calorific.tolist()

    keeper = AccountKeeper(store)
    try:
        plant.send(MARCH, GRID=1000.0)
        wait_for(lambda: total() == [pytest.approx(0.1229)])
        plant.file(MARCH, energy="electricity", exported=200.0)
        wait_for(lambda: total() == [pytest.approx(0.09832)])
    finally:
        keeper.close()
    assert not stale_months(store)


def test_a_mark_is_undone_with_its_change(plant):
    class Refused(Exception):
        pass

    woken = []
    end = stale.on_stale(lambda: woken.append(1))
    with pytest.raises(Refused), transaction.atomic():
        stale.mark([plant.pk], [(MARCH, APRIL)])
        raise Refused
    end()
    assert not stale.stale_spans()
    assert not woken


def test_other_factors_touch_only_the_accounts_with_their_energy(store, plant, fresh):
    other = Plant(store, "370612", 2, codes=(GRID,))
    plant.send(MARCH, COAL=50.0)
    other.send(MARCH, GRID=1000.0)
    assert computing.check_reference(store) == ()
    fresh()
    before = dict(computing._digests())
    assert note_reference(store, before | {"raw_coal": "another"}) == ("raw_coal",)
    assert stale_months(store) == [(plant.pk, MARCH)]
    assert fresh().changed == 0  # the library itself has not changed: the account comes out the same


def test_products_bear_their_process_and_their_share_of_the_rest(store, plant, fresh):
    plant.send(MARCH, GRID=1000.0, KILN=600.0, MILL=300.0)
    fresh()
    for code, process, quantity in (("clinker", "02", 30.0), ("meal", "01", 10.0)):
        product = Product.objects.create(
            enterprise=plant.enterprise, code=code, name=code, unit="t", process_code=process
        )
        ProductOutput.objects.create(
            product=product, enterprise=plant.enterprise, month=MARCH, quantity=quantity, entered_by="x",
            entered_at=plant.owner["now"],
        )  # fmt: skip
    asked = {"store": store, "enterprise_ids": [plant.pk], **YEAR}
    assert product_energy(**asked).quantity.tolist() == [675.0, 325.0]  # 600 + ¾ of 100, 300 + ¼ of 100
    assert product_energy(**asked).tce_calorific.sum() == pytest.approx(0.1229)
    plant.rule("allocation", MARCH, {"method": "ratio", "shares": {"clinker": 0.5, "meal": 0.5}}, subject="/")
    assert product_energy(**asked).quantity.tolist() == [650.0, 350.0]
    ProductOutput.objects.all().delete()
    plant.rule("allocation", MARCH, {"method": "output"}, subject="/")
    assert np.isnan(product_energy(**asked).quantity).all()  # never in equal parts


def test_many_accounts_cost_a_fixed_number_of_queries(store, plant, fresh, django_assert_max_num_queries):
    others = [Plant(store, "370612", number, codes=(GRID,)) for number in range(2, 6)]
    for one in (plant, *others):
        for month in (MARCH, APRIL):
            one.send(month, GRID=1000.0)
    with django_assert_max_num_queries(8):
        assert fresh().changed == 10
    assert connection.vendor in {"sqlite", "postgresql"}
