"""A hub with two enterprises in two cities, an open store, and gateways that talk to it in dialect B."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nenghao.hub.audit.services import Actor
from nenghao.hub.intake.tests.conftest import CURRENT_READINGS
from nenghao.hub.registry.models import Industry, Region
from nenghao.hub.registry.services import create_enterprise
from nenghao.hub.store import close_store, get_store
from nenghao.hub.yunnan import coefficients, identity
from nenghao.hub.yunnan.keys import Patience
from nenghao.hub.yunnan.tests.gateway import CODE, Gateway
from nenghao.readings.uploads import batch_page, rejections

OTHER = "91370100MA3C000025"


@pytest.fixture
def store(db, settings, tmp_path, monkeypatch):
    settings.NENGHAO_DATA_DIR = tmp_path
    settings.NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE = settings.NENGHAO_REGISTRATIONS_PER_MINUTE = 10_000
    for name in ("per_address", "per_enterprise", "applications"):
        before = getattr(identity, name)
        monkeypatch.setattr(identity, name, Patience(limit=before.limit, window_s=before.window_s))
    coefficients.forget_seen()
    yield get_store()
    close_store()


def make_enterprise(code, region, name):
    place = Region.objects.filter(code=region).first() or Region.objects.create(
        code=region, name=f"{name}市", level="city", path=f"000000/370000/{region}/"
    )
    industry = Industry.objects.filter(code="C31").first() or Industry.objects.create(
        code="C31", name="黑色金属冶炼", level="division"
    )
    return create_enterprise(
        actor=Actor.command("test"), now=datetime(2020, 1, 1, tzinfo=ZoneInfo("UTC")), code=code, name=name,
        region=place, industry=industry, check_code=False,
    )  # fmt: skip


@pytest.fixture
def enterprise(store):
    return make_enterprise(CODE, "370600", "示范钢铁")


@pytest.fixture
def other_enterprise(store):
    return make_enterprise(OTHER, "370100", "历城化工")


@pytest.fixture
def newcomer(client, enterprise):
    """A gateway that has done nothing yet."""
    return Gateway(client)


@pytest.fixture
def gateway(newcomer):
    """A gateway with a token that has configured its electricity."""
    newcomer.enrol()
    newcomer.configure()
    return newcomer


@pytest.fixture
def stranger(client, other_enterprise):
    """An approved gateway of another enterprise."""
    return Gateway(client, code=OTHER, pin="999999").enrol()


@pytest.fixture
def readings(store):
    def ask():
        with store._connection.cursor() as cursor:
            return cursor.execute(CURRENT_READINGS).fetchall()

    return ask


@pytest.fixture
def log(store, enterprise):
    """Ask the upload log: its newest entry, and the reasons in it."""

    def ask():
        seen = {"enterprise_ids": [enterprise.pk], "unidentified": True}
        entry = batch_page(store, **seen, limit=1).entries[0]
        return entry, [r.code for r in rejections(store, **seen, batch_id=entry.id)]

    return ask
