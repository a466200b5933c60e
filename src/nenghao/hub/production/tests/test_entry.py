"""Products, grids and imports: what is typed comes out as a version, what cannot be read is named."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from nenghao.hub.accounts.services import create_account
from nenghao.hub.energy_accounts.tests.conftest import (  # noqa: F401
    ACTOR,
    MARCH,
    NOW,
    Plant,
    _codes_once,
    codes,
    store,
)
from nenghao.hub.evidence.imports import import_file
from nenghao.hub.production import views
from nenghao.hub.production.models import EconomicFigure, Product, ProductOutput
from nenghao.hub.production.products import standard_rows
from nenghao.hub.production.services import outputs


@pytest.fixture
def plant(store, monkeypatch):  # noqa: F811
    monkeypatch.setattr(views, "beijing_now", lambda: NOW)
    made = Plant(store, "370612", 1)
    made.product = Product.objects.create(
        enterprise=made.enterprise, code="P1", name="水泥", unit="t", quota_product="水泥"
    )
    account = create_account(actor=ACTOR, now=NOW, username="manager", password="Sample-Plant-2026",
                             role="energy_manager", enterprise=made.enterprise)  # fmt: skip
    made.client = Client()
    made.client.force_login(account)
    made.page = f"/production/enterprises/{made.enterprise.code}/"
    return made


def current(plant):
    return ProductOutput.objects.get(product=plant.product, month=MARCH, is_current=True)


def test_a_grid_enters_what_changed_and_names_what_cannot_be_read(plant):
    cells = {"form": "outputs", f"o-{plant.product.pk}-2026-03": "1,200.5", f"o-{plant.product.pk}-2026-04": "many"}
    answer = plant.client.post(plant.page + "?year=2026", cells)
    assert answer.status_code == 400
    assert 'value="many"' in answer.content.decode()
    assert current(plant).quantity == 1200.5
    same = {"form": "outputs", f"o-{plant.product.pk}-2026-03": "1200.5"}
    assert plant.client.post(plant.page + "?year=2026", same).status_code == 302
    assert current(plant).version == 1
    plant.client.post(plant.page + "?year=2026", same | {f"o-{plant.product.pk}-2026-03": "1300", "reason": "更正"})
    assert (current(plant).version, current(plant).change_reason) == (2, "更正")


def test_figures_are_typed_in_ten_thousand_yuan(plant):
    cells = {"form": "economics", "price_year": "2025", "e-output_value_constant-2026-03": "120.5",
             "e-revenue-2026-03": "-1", "e-profit_and_tax-2026-03": "-3"}  # fmt: skip
    assert plant.client.post(plant.page + "?year=2026", cells).status_code == 400  # a revenue below zero
    found = {row.kind: (row.amount_yuan, row.price_year) for row in EconomicFigure.objects.all()}
    assert found == {"output_value_constant": (1_205_000.0, 2025), "profit_and_tax": (-30_000.0, None)}


def test_parameters_are_asked_by_the_standard_of_the_month(plant):
    page = f"{plant.page}products/P1/2026-03/"
    text = plant.client.get(page).content.decode()
    assert "clinker_ratio_pct" in text
    assert "altitude_m" in text
    old = plant.client.get(f"{plant.page}products/P1/2021-03/").content.decode()
    assert "clinker_ratio_pct" not in old  # GB 16780-2012 held no such rule here
    bad = plant.client.post(page, {"form": "output", "quantity": "1000", "clinker_ratio_pct": "many"})
    assert bad.status_code == 400
    assert not ProductOutput.objects.exists()
    plant.client.post(page, {"form": "output", "quantity": "1000", "clinker_ratio_pct": "76.5"})
    assert current(plant).parameters == {"clinker_ratio_pct": 76.5}
    found = outputs(store=plant.store, enterprise_ids=[plant.pk], start=MARCH, end=date(2026, 4, 1))
    assert found.parameters == ({"clinker_ratio_pct": 76.5},)
    plant.client.post(page, {"form": "withdraw", "row": current(plant).pk, "reason": "误填"})
    assert current(plant).withdrawn


def test_an_import_keeps_good_rows_and_names_bad_ones(plant):
    text = "产品,月份,产量,修正参数\nP1,2026-03,900,熟料比例=76.5\nP1,2026-04,x,\nP9,2026-03,5,\nP1,2026-05,8,湿度=3\n"
    report = import_file(
        actor=ACTOR, now=NOW, enterprise=plant.enterprise, kind="outputs", name="a.csv", content=text.encode()
    )
    assert (report.entered.created, [bad.row for bad in report.bad]) == (1, [3, 4, 5])
    assert current(plant).parameters == {"clinker_ratio_pct": 76.5}
    economics = "月份,类别,金额,可比价基年\n2026-03,主营业务收入,5000000,\n2026-03,工业总产值（可比价）,1,\n"
    report = import_file(
        actor=ACTOR, now=NOW, enterprise=plant.enterprise, kind="economics", name="b.csv", content=economics.encode()
    )
    assert (report.entered.created, [bad.row for bad in report.bad]) == (1, [3])


def test_a_product_is_held_against_a_row_that_exists(plant):
    page = f"{plant.page}products/new/"
    given = {"code": "P2", "name": "熟料", "unit": "t", "active": "on", "standard": "水泥熟料|"}
    assert plant.client.post(page, given | {"standard": "水泥熟料|没有"}).status_code == 400
    assert plant.client.post(page, given).status_code == 302
    assert Product.objects.get(code="P2").quota_product == "水泥熟料"
    assert plant.client.post(page, given).status_code == 400  # the code is taken
    rows = standard_rows(NOW.date(), "gb16780 水泥熟料")
    assert [row.product for row in rows] == ["水泥熟料"]
    assert len(rows[0].limits) == 3


def test_nobody_else_sees_or_types(plant, store):  # noqa: F811
    other = Plant(store, "370612", 2)
    account = create_account(actor=ACTOR, now=NOW, username="other", password="Sample-Plant-2026",
                             role="energy_manager", enterprise=other.enterprise)  # fmt: skip
    client = Client()
    client.force_login(account)
    for address in (plant.page, f"{plant.page}products/P1/", f"{plant.page}products/P1/2026-03/"):
        assert client.get(address).status_code == 404
        assert client.post(address, {"form": "outputs", f"o-{plant.product.pk}-2026-03": "5"}).status_code == 404
    foreign = {"form": "outputs", f"o-{plant.product.pk}-2026-03": "5"}
    client.post(f"/production/enterprises/{other.enterprise.code}/?year=2026", foreign)
    assert not ProductOutput.objects.exists()
