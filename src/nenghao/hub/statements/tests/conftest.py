"""A plant in Yantai with metered electricity and coal in store over October 2026, its people and an officer."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace

import pytest
from django.test import Client

from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.models import MonthlyFigure
from nenghao.hub.production.models import EconomicFigure, Product, ProductOutput
from nenghao.hub.registry import credit_code
from nenghao.hub.registry.codes import seed_codes
from nenghao.hub.registry.configuration import put_data_items
from nenghao.hub.registry.models import Region
from nenghao.hub.registry.services import create_enterprise, find_industry, find_region
from nenghao.hub.registry.sync import refresh
from nenghao.hub.statements import deciding, drafting
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.hub.store import close_store, get_store
from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=BEIJING)
OCTOBER = FilingPeriod.parse("2026-10")
BODY = "91370600M000300Y4"
CODE = BODY + credit_code.check_character(BODY)
PASSWORD = "Statements-2026"
ITEMS = [
    {"data_code": "00-00-0000-023300-10", "name": "全厂用电", "energy_key": "electricity", "class_code": "02",
     "type_code": "3300", "usage_code": "10", "wire_unit": "万kWh", "base_unit": "kWh", "wire_to_base": 10000.0,
     "counts_in_total": True},
    {"data_code": "00-00-0000-010100-10", "name": "原煤消费", "energy_key": "raw_coal", "class_code": "01",
     "type_code": "0100", "usage_code": "10", "wire_unit": "t", "base_unit": "t", "wire_to_base": 1.0,
     "counts_in_total": True},
]  # fmt: skip
ACTOR = Actor.command("test")
ENTERED = {"entered_by": "王工", "entered_at": NOW}


@pytest.fixture
def store(db, settings, tmp_path):
    settings.NENGHAO_DATA_DIR = tmp_path
    yield get_store()
    close_store()


@pytest.fixture
def plant(store):
    """A plant that used 1,500,000 kWh and 820.5 t of coal in October, as its meters say."""
    if not Region.objects.exists():
        seed_codes()
    own = create_enterprise(
        actor=ACTOR, now=NOW, code=CODE, name="示例建材", region=find_region("370600"), industry=find_industry("C31")
    )
    put_data_items(actor=ACTOR, now=NOW, enterprise=own, rows=ITEMS)
    items = {item.energy_key: item.pk for item in own.data_items.all()}
    refresh()
    store.submit(ReadingBatch(
        received_at=NOW, device_id=None, enterprise_id=own.pk, data_item_id=[items["electricity"], items["raw_coal"]],
        stat_type=[2, 2], value=[1_500_000.0, 820.5], state=[0, 0], input_type=[4, 4],
        period_start=["2026-10-01", "2026-10-01"],
    )).result(30)  # fmt: skip
    store.rollup_pending()
    for kind, quantity in (("opening_stock", 120.0), ("purchase", 800.0), ("closing_stock", 100.0)):
        MonthlyFigure.objects.create(
            enterprise=own, energy_key="raw_coal", month=date(2026, 10, 1), kind=kind, quantity=quantity,
            entered_quantity=quantity, entered_unit="t", **ENTERED,
        )  # fmt: skip
    product = Product.objects.create(enterprise=own, code="cement", name="水泥", unit="t", annual_capacity=1e6)
    ProductOutput.objects.create(product=product, enterprise=own, month=date(2026, 10, 1), quantity=9000.0, **ENTERED)
    EconomicFigure.objects.create(
        enterprise=own, month=date(2026, 10, 1), kind="output_value_current", amount_yuan=12_340_000.0, **ENTERED
    )
    return own


def person(username, role, **facts):
    account = create_account(actor=ACTOR, now=NOW, username=username, password=PASSWORD, role=role, **facts)
    client = Client()
    client.force_login(account)
    return SimpleNamespace(account=account, client=client, actor=Actor(username, account))


@pytest.fixture
def manager(plant):
    return person("manager", "energy_manager", enterprise=plant)


@pytest.fixture
def officer(plant):
    return person("officer", "officer", region=find_region("370600"))


@pytest.fixture
def draft(plant, store):
    """October's 205-1, prefilled."""
    return drafting.start(actor=ACTOR, now=NOW, store=store, enterprise=plant, form_key="205-1", period=OCTOBER)


def mended(filing):
    """Give the cells that make a prefilled 205-1 right."""
    coal = next(row["#"] for row in filing.contents["energy"] if row["energy"] == "raw_coal")
    return {f"energy:{coal}:closing": "99.5", "foot:-:filled_by": "王工", "foot:-:filled_on": "2026-11-03"}


@pytest.fixture
def filed(draft):
    """October's 205-1, handed in."""
    drafting.save_cells(actor=ACTOR, now=NOW, filing_id=draft.pk, cells=mended(draft))
    return deciding.submit(actor=ACTOR, now=NOW, filing_id=draft.pk)
