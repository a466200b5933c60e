"""The enterprises and accounts of the hub's tests, for the tests of this app."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.services import Actor
from nenghao.hub.quality_rules.editing import activate, create_draft, save_draft
from nenghao.hub.registry.codes import seed_codes
from nenghao.hub.registry.models import Enterprise, Industry, Region

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=ZoneInfo("UTC"))
ACTOR = Actor.command("test")
SHANDONG, YANTAI, ZHIFU, JINAN = "370000", "370600", "370602", "370100"


@pytest.fixture(scope="session")
def _codes_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        seed_codes()


@pytest.fixture
def regions(_codes_once, db):
    if not Region.objects.exists():  # a test that flushes the database ran before
        seed_codes()
    return {code: Region.objects.get(code=code) for code in (SHANDONG, YANTAI, ZHIFU, JINAN)}


@pytest.fixture
def enterprise(regions):
    """Make an enterprise in a region: ``enterprise("370602")``."""

    def make(region_code, number=1):
        return Enterprise.objects.create(
            code=f"91{region_code}MA3RULES{number:02d}"[:18], name=f"{region_code}厂{number}", created_at=NOW,
            region=regions[region_code], industry=Industry.objects.get(code="C31"),
        )  # fmt: skip

    return make


@pytest.fixture
def officer(regions):
    """Make an officer, an operator or an energy manager: ``officer("370600")``."""

    def make(region_code, role="officer", enterprise=None):
        return create_account(
            actor=ACTOR, now=NOW, username=f"{role}-{region_code}", password="Luzhou-1234-blast", role=role,
            region=None if enterprise else regions[region_code], enterprise=enterprise,
        )  # fmt: skip

    return make


@pytest.fixture
def browse(client):
    """Give a browser in which an account is signed in."""

    def make(account):
        client.force_login(account)
        return client

    return make


@pytest.fixture
def edition(regions):
    """Make an edition in which a flat line fails after so many slots: in force from a day, or a draft."""

    def make(region_code, day=None, *, fail=50.0, kind="rules", key="rules", change=None):
        draft = create_draft(actor=ACTOR, now=NOW, region=regions[region_code], kind=kind, key=key)
        content = dict(draft.content)
        if kind == "rules":
            content["checks"] = content["checks"] | {"flat-line": content["checks"]["flat-line"] | {"fail": fail}}
        draft = save_draft(
            actor=ACTOR, now=NOW, edition=draft, title=f"{region_code} 版", content=content | (change or {})
        )
        if day is None:
            return draft
        return activate(
            actor=ACTOR, now=NOW, edition=draft, effective_from=date.fromisoformat(day), reason="试运行通过"
        )

    return make
