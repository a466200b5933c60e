"""Enterprises of two counties with devices and uploads at chosen times; the dates are those of the tests."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from nenghao.hub.access_progress.models import AccessPlan
from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.codes import seed_codes
from nenghao.hub.registry.models import DataItem, Device, Enterprise, Region
from nenghao.hub.registry.sync import refresh
from nenghao.hub.store import close_store, get_store
from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch

NOW = datetime(2026, 10, 12, 9, 30, tzinfo=BEIJING)
TODAY = NOW.date()
ACTOR = Actor.command("test")
PASSWORD = "Luzhou-1234-blast"


@pytest.fixture(scope="session")
def _codes_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        seed_codes()


@pytest.fixture
def codes(_codes_once, db):
    if not Region.objects.exists():
        seed_codes()


@pytest.fixture
def store(codes, settings, tmp_path):
    settings.NENGHAO_DATA_DIR = tmp_path
    yield get_store()
    close_store()


class Province:
    """Makes enterprises, plans and uploads; numbers them so that codes and names are known."""

    def __init__(self, store):
        self.store, self.count = store, 0

    def enterprise(self, county="370612", level=None, industry="C3110", device=True, **plan):
        self.count += 1
        found = Enterprise.objects.create(
            code=f"91370612MA3TEST{self.count:03d}", name=f"试验{self.count}厂", region_id=county, industry_id=industry,
            energy_consume_level=level, created_at=NOW,
        )  # fmt: skip
        if device:
            Device.objects.create(
                device_id=f"{self.count:032x}", enterprise=found, name=f"网关{self.count}", status="approved",
                upload_time="02:00", registered_at=NOW, software_version="edge 1.2",
            )  # fmt: skip
        DataItem.objects.create(
            enterprise=found, data_code="00-00-0000-023300-10", name="总电", energy_key="electricity", class_code="02",
            type_code="3300", usage_code="10", wire_unit="kWh", base_unit="kWh", counts_in_total=True,
        )  # fmt: skip
        if plan:
            AccessPlan.objects.create(enterprise=found, **({"tier": "thousand", "listed_on": date(2026, 1, 1)} | plan))
        return found

    def upload(self, enterprise, at, **facts):
        """Put one upload of the enterprise's device that was received at ``at``, with one day's reading."""
        refresh()
        item, device = enterprise.data_items.get(), enterprise.devices.first()
        day = (at - timedelta(days=1)).date().isoformat()
        readings = {"data_item_id": [item.pk], "stat_type": [1], "value": [10.0], "state": [0], "input_type": [1],
                    "period_start": [day]}  # fmt: skip
        self.store.submit(ReadingBatch(
            received_at=at, device_id=device.pk, enterprise_id=enterprise.pk, **({**readings, **facts})
        )).result(30)  # fmt: skip


@pytest.fixture
def province(store):
    return Province(store)


@pytest.fixture
def account(codes):
    def make(role, node):
        where = {"enterprise": node} if isinstance(node, Enterprise) else {"region": Region.objects.get(code=node)}
        name = f"{role}-{node.code if isinstance(node, Enterprise) else node}"
        return create_account(actor=ACTOR, now=NOW, username=name, password=PASSWORD, role=role, **where)

    return make


@pytest.fixture
def browse():
    def make(account):
        client = Client()
        client.force_login(account)
        return client

    return make
