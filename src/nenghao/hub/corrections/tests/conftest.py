"""Two plants in two cities of one province with five weeks of quarter-hours, and persons of every kind."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.test import Client

from nenghao.hub.accounts.models import Account
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.models import DataItem, Enterprise, Industry, Process, Region
from nenghao.hub.registry.sync import factor_rows, push_all
from nenghao.hub.store import FILE_NAME, close_store, get_store
from nenghao.periods import BEIJING
from nenghao.readings import ItemRow, ReadingBatch, ReadingStore

NOW = datetime(2026, 11, 20, 10, tzinfo=BEIJING)
FIRST = datetime(2026, 10, 12, tzinfo=BEIJING)
UNTIL = datetime(2026, 11, 20, tzinfo=BEIJING)
DAY = timedelta(days=1)
SHIFT = np.repeat([1.0, 10.0, 1.0], 32)
"""A plant that works by day: 10 kWh a quarter from 8 to 16 o'clock, else 1; 344 kWh for a process a day."""
PLANTS = {
    9001: ("91370600MA3TESTXA1", "芝罘钢铁", "370600"),
    9002: ("91370100MA3TESTXB2", "历城钢铁", "370100"),
}
REGIONS = (
    ("000000", "全国", "nation", None), ("370000", "山东省", "province", "000000"),
    ("370100", "济南市", "city", "370000"), ("370600", "烟台市", "city", "370000"),
)  # fmt: skip


def regions():
    for code, name, level, parent in REGIONS:
        above = Region.objects.filter(code=parent).first()
        path = (above.path if above else "") + f"{code}/"
        Region.objects.get_or_create(code=code, defaults={"name": name, "level": level, "parent": above, "path": path})
    Industry.objects.get_or_create(code="C31", defaults={"name": "钢铁", "level": "division"})


def plant(key, code, name, city):
    """An enterprise with a plant item and two processes of electricity; keys as in the prepared store."""
    enterprise = Enterprise.objects.create(
        pk=key, code=code, name=name, region_id=city, industry_id="C31", created_at=NOW, is_simulated=True
    )
    facts = {
        "enterprise": enterprise, "energy_key": "electricity", "class_code": "02", "type_code": "3300",
        "usage_code": "10", "wire_unit": "万kWh", "base_unit": "kWh", "wire_to_base": 10000.0, "stat_types": "01",
    }  # fmt: skip
    whole = DataItem.objects.create(
        pk=10 * key, data_code="00-00-0000-023300-10", name="全厂用电", counts_in_total=True, **facts
    )
    parts = []
    for number in ("04", "05"):
        process = Process.objects.create(enterprise=enterprise, code=number, name=f"工序{number}")
        name = f"工序{number}用电"
        parts.append(DataItem.objects.create(
            pk=10 * key + int(number), data_code=f"{number}-00-0000-023300-10", name=name, scope=2, process=process,
            **facts,
        ))  # fmt: skip
    return SimpleNamespace(enterprise=enterprise, whole=whole, parts=parts)


def person(name, role, **node):
    return Account.objects.create(username=name, role=role, **node)


def send(store, item, start, values, *, stat_type=0, received_at=None, source="upload", step=timedelta(minutes=15)):
    """Put values in as a gateway does, from ``start`` on; NaN is left out."""
    number = put(store, item.pk, item.enterprise_id, start, values, stat_type, received_at or NOW, source, step)
    store.rollup_pending()
    return number


def put(store, item_id, enterprise_id, start, values, stat_type=0, received_at=FIRST, source="upload",
        step=timedelta(minutes=15)):  # fmt: skip
    values = np.asarray(values, dtype=float)
    kept = np.flatnonzero(~np.isnan(values))
    starts = np.datetime64(start.replace(tzinfo=None), "s") + kept * np.timedelta64(int(step.total_seconds()), "s")
    return store.submit(ReadingBatch(
        received_at=received_at, enterprise_id=enterprise_id, source=source,
        data_item_id=np.full(len(kept), item_id), stat_type=np.full(len(kept), stat_type), period_start=starts,
        value=values[kept], state=np.zeros(len(kept)), input_type=np.full(len(kept), 4),
    )).result(30)  # fmt: skip


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A store's file with the five weeks of both plants, rolled up: made once, copied for each test."""
    path, days = tmp_path_factory.mktemp("filled") / FILE_NAME, (UNTIL - FIRST).days
    with ReadingStore.open(path) as store:
        store.put_factors(factor_rows())
        for key in PLANTS:
            for number, share in ((0, 2.0), (4, 1.0), (5, 1.0)):
                item = 10 * key + number
                store.put_items([ItemRow(
                    id=item, data_code="", enterprise_id=key, energy_key="electricity", base_unit="kWh",
                    scope=2 if number else 1, counts_in_total=not number,
                )])  # fmt: skip
                put(store, item, key, FIRST, np.tile(SHIFT * share, days))
        store.rollup_pending()
    return path


def build(store):
    regions()
    yantai, jinan = (plant(key, *facts) for key, facts in PLANTS.items())
    push_all(store)
    province, city, other = (Region.objects.get(code=code) for code in ("370000", "370600", "370100"))
    return SimpleNamespace(
        store=store, yantai=yantai, jinan=jinan, item=yantai.whole, now=NOW,
        officer=person("officer", "officer", region=city, full_name="王监测"),
        second=person("second", "officer", region=province), foreign=person("foreign", "officer", region=other),
        operator=person("operator", "operator", region=city),
        manager=person("manager", "energy_manager", enterprise=yantai.enterprise),
    )  # fmt: skip


@pytest.fixture
def store(db, settings, tmp_path, filled):
    shutil.copy(filled, tmp_path / FILE_NAME)
    settings.NENGHAO_DATA_DIR = tmp_path
    yield get_store()
    close_store()


@pytest.fixture
def world(store):
    return build(store)


@pytest.fixture
def act():
    """Say who acts, for a service: ``**act(world.officer)``."""

    def who(account, now=NOW):
        return {"actor": Actor(account.username, account), "account": account, "now": now}

    return who


@pytest.fixture
def browse():
    def signed_in(account):
        client = Client()
        client.force_login(account)
        return client

    return signed_in
