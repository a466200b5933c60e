"""Two enterprises in two cities of one province, with a device, a data item and accounts of every role for each."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from nenghao.hub.access_progress.tests.sample import fill_access
from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.tests.sample import fill_chain
from nenghao.hub.corrections.drafts import draft
from nenghao.hub.corrections.services import Grounds, propose
from nenghao.hub.quality_rules.editing import create_draft
from nenghao.hub.registry import credit_code
from nenghao.hub.registry.codes import seed_codes
from nenghao.hub.registry.configuration import (
    put_data_items,
    put_equipment,
    put_meters,
    put_process_units,
    put_processes,
)
from nenghao.hub.registry.models import Process, Region
from nenghao.hub.registry.services import create_enterprise, find_industry, find_region, register_device
from nenghao.hub.registry.sync import refresh
from nenghao.hub.statements.drafting import save_cells, start
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.hub.store import close_store, get_store
from nenghao.hub.targets.tests.sample import fill_targets
from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch, RejectedRecord

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=ZoneInfo("UTC"))
PASSWORD = "Luzhou-1234-blast"
ELECTRICITY = {
    "data_code": "00-00-0000-023300-10", "energy_key": "electricity", "class_code": "02", "type_code": "3300",
    "usage_code": "10", "wire_unit": "万kWh", "base_unit": "kWh", "wire_to_base": 10000.0, "counts_in_total": True,
}  # fmt: skip


@pytest.fixture(scope="session")
def _codes_once(django_db_setup, django_db_blocker):
    """Leave the 5,000 rows in the test database: putting them anew for every test would take most of the time."""
    with django_db_blocker.unblock():
        seed_codes()


@pytest.fixture
def codes(_codes_once, db):
    if not Region.objects.exists():  # a test that flushes the database ran before
        seed_codes()


@pytest.fixture
def store(db, settings, tmp_path):
    settings.NENGHAO_DATA_DIR = tmp_path
    yield get_store()
    close_store()


def place(city, name, body):
    """Make an enterprise with everything that pages show of it; every text contains its name."""
    actor, code = Actor.command("test"), body + credit_code.check_character(body)
    enterprise = create_enterprise(
        actor=actor, now=NOW, code=code, name=f"{name}钢铁", region=find_region(city), industry=find_industry("C31")
    )
    owner = {"actor": actor, "now": NOW, "enterprise": enterprise}
    put_data_items(**owner, rows=[ELECTRICITY | {"name": f"{name}总电"}])
    put_processes(**owner, rows=[{"code": "04", "name": f"{name}高炉"}])
    process = Process.objects.get(enterprise=enterprise)
    put_process_units(**owner, rows=[{"process_id": process.pk, "code": "01", "name": f"{name}一号"}])
    put_equipment(**owner, rows=[{"process_unit_id": None, "type_code": "01", "number": "01", "name": f"{name}风机"}])
    put_meters(**owner, rows=[{"manage_code": "E-1", "name": f"{name}关口表"}])
    device = register_device(**owner, name=f"{name}网关", with_secret_key=True)
    officer = create_account(
        actor=actor, now=NOW, username=f"officer{city}", password=PASSWORD, role="officer", region=find_region(city)
    )
    manager = create_account(
        actor=actor, now=NOW, username=f"manager{city}", password=PASSWORD, role="energy_manager", enterprise=enterprise
    )
    edition = create_draft(actor=actor, now=NOW, region=find_region(city), kind="rules", title=f"{name}规则")
    fill_access(**owner, name=name)
    words = (f"{name}", code, device.device_id, manager.username)
    batch_id = upload(enterprise, device, name)
    upstream, platform = fill_chain(actor=actor, now=NOW, enterprise=enterprise, name=name)
    plan, round_ = fill_targets(actor=actor, now=NOW, enterprise=enterprise, name=name)
    return SimpleNamespace(
        enterprise=enterprise, device=device, officer=officer, manager=manager, words=words,
        edition=edition, batch_id=batch_id, correction=correct(enterprise, manager, name), upstream=upstream,
        platform=platform, plan=plan, round=round_, filing=file_statement(enterprise, name),
    )  # fmt: skip


def file_statement(enterprise, name):
    """Start a statement of February, in which the name stands."""
    made = start(
        actor=Actor.command("test"), now=NOW, store=get_store(), enterprise=enterprise, form_key="205-1",
        period=FilingPeriod.parse("2026-02"),
    )  # fmt: skip
    save_cells(actor=Actor.command("test"), now=NOW, filing_id=made.pk, cells={"foot:-:filled_by": f"{name}填报人"})
    return made


def correct(enterprise, manager, name):
    """Propose that the uploaded day record be confirmed."""
    day = datetime(2026, 3, 4, tzinfo=BEIJING)
    made = draft(
        store=get_store(), item=enterprise.data_items.get(), stat_type=1, start=day, end=day + timedelta(days=1),
        method="confirm",
    )  # fmt: skip
    return propose(
        actor=Actor.command("test"), account=manager, now=NOW + timedelta(days=2), draft=made,
        grounds=Grounds(reason=f"{name}属实"),
    )  # fmt: skip


def upload(enterprise, device, name):
    """Put an upload with a reading and a rejection into the store, and roll it up; give its number."""
    refresh()
    store, item = get_store(), enterprise.data_items.get()
    number = store.submit(ReadingBatch(
        received_at=timezone.now(), device_id=device.pk, enterprise_id=enterprise.pk, remote_address=f"{name}地址",
        response_message=f"{name}答复", data_item_id=[item.pk], stat_type=[1], value=[123.0], state=[0], input_type=[4],
        period_start=["2026-03-04"], rejections=[RejectedRecord(1, "bad", f"{name}坏值", name, data_code=name)],
    )).result(30)  # fmt: skip
    store.rollup_pending()
    return number


@pytest.fixture
def yantai(codes, store):
    return place("370600", "芝罘", "91370600M000100Y4")


@pytest.fixture
def jinan(codes, store):
    return place("370100", "历城", "91370100M000200Y4")


@pytest.fixture
def account(codes):
    """Make an account: ``account("officer", "370000")``."""

    def make(role, region, **facts):
        return create_account(
            actor=Actor.command("test"), now=NOW, username=f"{role}-{region}", password=PASSWORD, role=role,
            region=find_region(region), **facts,
        )  # fmt: skip

    return make


@pytest.fixture
def password():
    return PASSWORD


@pytest.fixture
def browse():
    """Give a browser in which an account is signed in."""

    def make(account, **options):
        client = Client(**options)
        client.force_login(account)
        return client

    return make
