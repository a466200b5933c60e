"""A hub with an open store, and a platform below that talks to it in plain dictionaries."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.models import Platform
from nenghao.hub.chain.platforms import decide_platform
from nenghao.hub.intake.tests.conftest import enterprise, readings, store  # noqa: F401 -- fixtures
from nenghao.hub.registry.models import Industry, Region

NOW = datetime(2026, 3, 5, tzinfo=ZoneInfo("UTC"))
NEW = "91370600NEW0000001"


class Below:
    """A platform below: registers, configures, sends."""

    def __init__(self, client):
        self.client, self.device_id = client, ""

    def post(self, operation, message):
        raw = json.dumps(message).encode()
        answer = self.client.post(f"/nhjc/{operation}", raw, content_type="application/json")
        assert answer.status_code == 200
        return answer.json()

    def register(self, region="370000", client_id="secret of the province"):
        got = self.post("registerPlatform", {"region": region, "name": "省平台", "clientId": client_id})
        self.device_id = got.get("deviceId", "")
        return got

    def approve(self):
        decide_platform(actor=Actor.command("test"), now=NOW, platform_id=self.device_id, status="approved")

    def configure(self, code=NEW, items=(), **facts):
        told = {
            "code": code, "name": "新企业", "regionCode": "370600", "industryCode": "C31", "isSimulated": "false",
            "active": "true",
        } | facts  # fmt: skip
        return self.post("uploadConfigData", {
            "deviceId": self.device_id, "enterpriseCode": code, "enterprise": told, "collectItemConfig": list(items),
        })  # fmt: skip

    def send(self, *records, code=NEW):
        return self.post(
            "uploadEnergyData", {"deviceId": self.device_id, "enterpriseCode": code, "data": list(records)}
        )


@pytest.fixture
def regions(store):  # noqa: F811
    rows = {
        "000000": ("nation", "000000/"), "370000": ("province", "000000/370000/"),
        "370600": ("city", "000000/370000/370600/"), "130000": ("province", "000000/130000/"),
        "130100": ("city", "000000/130000/130100/"),
    }  # fmt: skip
    for code, (level, path) in rows.items():
        Region.objects.get_or_create(code=code, defaults={"name": code, "level": level, "path": path})
    Industry.objects.get_or_create(code="C31", defaults={"name": "黑色金属冶炼", "level": "division"})


@pytest.fixture
def newcomer(client, regions):
    return Below(client)


@pytest.fixture
def below(newcomer):
    newcomer.register()
    newcomer.approve()
    return newcomer


@pytest.fixture
def platform(below):
    return Platform.objects.get()
