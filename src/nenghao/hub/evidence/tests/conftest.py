"""Two plants in two counties with meters, data items, processes and equipment; the day is 2026-11-21."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from django.test import Client

from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence import views
from nenghao.hub.evidence.entry import CERTIFICATES, EVENTS, enter
from nenghao.hub.registry.codes import seed_codes
from nenghao.hub.registry.configuration import put_data_items, put_meters
from nenghao.hub.registry.models import DataItem, Enterprise, Equipment, Meter, Process, Region
from nenghao.periods import BEIJING

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=BEIJING)
TODAY = NOW.date()
ACTOR = Actor.command("test")
ELECTRICITY = {
    "energy_key": "electricity", "class_code": "02", "type_code": "3300", "usage_code": "10", "wire_unit": "kWh",
    "base_unit": "kWh",
}  # fmt: skip
COAL = {
    "energy_key": "raw_coal", "class_code": "01", "type_code": "0100", "usage_code": "10", "wire_unit": "t",
    "base_unit": "t",
}  # fmt: skip
GRID, FURNACE, COAL_IN = "00-00-0000-023300-10", "04-00-0000-023300-10", "00-00-0000-010100-10"


@pytest.fixture(scope="session")
def _codes_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        seed_codes()


@pytest.fixture
def codes(_codes_once, db, monkeypatch):
    monkeypatch.setattr(views, "beijing_now", lambda: NOW)
    if not Region.objects.exists():
        seed_codes()


class Plant:
    """One enterprise: the grid meter E-1, the furnace meter E-2 (no certificate), coal without a meter."""

    def __init__(self, county, number):
        self.enterprise = Enterprise.objects.create(
            code=f"91370612MA3EVID{number:03d}", name=f"凭证{number}厂", region_id=county, industry_id="C3110",
            created_at=datetime(2026, 1, 5, tzinfo=BEIJING),
        )  # fmt: skip
        owner = {"actor": ACTOR, "now": NOW, "enterprise": self.enterprise}
        self.owner = owner
        process = Process.objects.create(enterprise=self.enterprise, code="04", name=f"{number}号高炉工序")
        put_data_items(**owner, rows=[
            ELECTRICITY | {"data_code": GRID, "name": "总电"},
            ELECTRICITY | {"data_code": FURNACE, "name": "高炉电", "scope": 2, "process_id": process.pk},
            COAL | {"data_code": COAL_IN, "name": "原煤"},
        ])  # fmt: skip
        put_meters(**owner, rows=[
            {"manage_code": "E-1", "name": f"{number}号关口表", "level": 1, "data_code": GRID, "accuracy_class": "0.2S",
             "verified_on": date(2025, 12, 1), "verify_next_on": date(2026, 11, 30)},
            {"manage_code": "E-2", "name": f"{number}号高炉表", "level": 2, "data_code": FURNACE,
             "accuracy_class": "1.0"},
        ])  # fmt: skip

    def meter(self, code="E-1"):
        return Meter.objects.get(enterprise=self.enterprise, manage_code=code)

    def item(self, code=GRID):
        return DataItem.objects.get(enterprise=self.enterprise, data_code=code)

    def certificate(self, meter="E-1", now=NOW, **facts):
        """Enter a certificate as a form would."""
        row = {
            "meter_id": self.meter(meter).pk, "kind": "verification", "number": "LD-1",
            "verified_on": date(2026, 11, 18), "valid_until": date(2027, 11, 17), "institution": "烟台市计量所",
            "result": "passed", "serial_number": "", "document": "",
        } | facts  # fmt: skip
        return enter(actor=ACTOR, now=now, enterprise=self.enterprise, ledger=CERTIFICATES, rows=[row])

    def event(self, meter="E-1", now=NOW, **facts):
        """Enter an event as a form would."""
        row = {
            "meter_id": self.meter(meter).pk, "kind": "replacement", "at": datetime(2026, 11, 10, 14, tzinfo=BEIJING),
            "final_register": 900.0, "initial_register": 0.0, "multiplier": None, "serial_number": "",
            "reason": "到期更换", "document": "",
        } | facts  # fmt: skip
        return enter(actor=ACTOR, now=now, enterprise=self.enterprise, ledger=EVENTS, rows=[row])

    def motor(self, number, power_kw):
        return Equipment.objects.create(
            enterprise=self.enterprise, type_code="01", number=number, name=f"{number}号风机", rated_power_kw=power_kw
        )


@pytest.fixture
def plant(codes):
    return Plant("370612", 1)


@pytest.fixture
def other(codes):
    return Plant("370211", 2)


@pytest.fixture
def account(codes):
    def make(role, node):
        where = {"enterprise": node} if isinstance(node, Enterprise) else {"region": Region.objects.get(code=node)}
        name = f"{role}-{node.code if isinstance(node, Enterprise) else node}"
        return create_account(actor=ACTOR, now=NOW, username=name, password="Luzhou-1234-blast", role=role, **where)

    return make


@pytest.fixture
def browse(account):
    """Give a browser in which a new account of this role and node is signed in."""

    def make(role, node):
        client = Client()
        client.force_login(account(role, node))
        return client

    return make
