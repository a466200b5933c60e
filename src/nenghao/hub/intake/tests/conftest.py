"""A hub with one enterprise and an open store, and a gateway that talks to it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nenghao.hub.audit.services import Actor
from nenghao.hub.intake.tests.gateway import CODE, Gateway, item
from nenghao.hub.registry.models import Industry, Region
from nenghao.hub.registry.services import create_enterprise
from nenghao.hub.store import close_store, get_store
from nenghao.readings.uploads import batch_page, rejections


@pytest.fixture
def store(db, settings, tmp_path):
    settings.NENGHAO_DATA_DIR = tmp_path
    settings.NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE = settings.NENGHAO_REGISTRATIONS_PER_MINUTE = 10_000
    yield get_store()
    close_store()


@pytest.fixture
def enterprise(store):
    region = Region.objects.filter(code="370600").first() or Region.objects.create(
        code="370600", name="烟台市", level="city", path="000000/370000/370600/"
    )
    industry = Industry.objects.filter(code="C31").first() or Industry.objects.create(
        code="C31", name="黑色金属冶炼", level="division"
    )
    return create_enterprise(
        actor=Actor.command("test"), now=datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")), code=CODE, name="示范钢铁",
        region=region, industry=industry, check_code=False,
    )  # fmt: skip


@pytest.fixture
def newcomer(client, enterprise):
    """A gateway that has not registered."""
    return Gateway(client)


@pytest.fixture
def gateway(newcomer):
    """A gateway that is registered, approved and has configured its electricity."""
    newcomer.register()
    newcomer.approve()
    assert newcomer.configure(item(), item(stat_type="1"))["responseCode"] == "0"
    return newcomer


@pytest.fixture
def readings(store):
    """Ask the store: the current readings as (data code, statistic type, period start, value, state)."""

    def ask():
        with store._connection.cursor() as cursor:
            return cursor.execute(CURRENT_READINGS).fetchall()

    return ask


CURRENT_READINGS = """
SELECT item.data_code, reading.stat_type, strftime(reading.period_start, '%Y-%m-%d %H:%M'), reading.value, reading.state
FROM reading JOIN data_item AS item ON item.id = reading.data_item_id
QUALIFY row_number() OVER (PARTITION BY data_item_id, stat_type, period_start ORDER BY version DESC) = 1
ORDER BY ALL
"""


@pytest.fixture
def log(store, enterprise):
    """Ask the upload log: its newest entry, and the reasons in it as (place of the record, code)."""

    def ask():
        seen = {"enterprise_ids": [enterprise.pk], "unidentified": True}
        entry = batch_page(store, **seen, limit=1).entries[0]
        return entry, [(r.record_no, r.code) for r in rejections(store, **seen, batch_id=entry.id)]

    return ask
