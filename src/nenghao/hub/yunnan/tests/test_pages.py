"""What officers see of dialect B, limited to their node."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.models import Region
from nenghao.hub.yunnan.models import Application, KeptRecord
from nenghao.hub.yunnan.tests.gateway import LICENCE, record
from nenghao.hub.yunnan.tests.test_records import GAUGE


@pytest.fixture
def browse():
    def make(region):
        account = create_account(
            actor=Actor.command("test"), now=timezone.now(),
            username=f"officer{region}", password="Luzhou-1234-blast", role="officer",
            region=Region.objects.get(code=region),
        )  # fmt: skip
        browser = Client()
        browser.force_login(account)
        return browser

    return make


@pytest.fixture
def told(gateway, enterprise):
    """Give the addresses of everything that the gateway told."""
    contact = gateway.good("companyCalculater", {"calculaterName": "王五", "certificate": LICENCE})["dataIndex"]
    gateway.good("gaugeConfigure/add", GAUGE)
    gateway.good("dataEnterpriseEnergy", record(convertRation="0.404"))
    form = Application.objects.get(device__enterprise=enterprise).data_index
    return {
        "lists": ["/yunnan/", "/yunnan/records/", "/yunnan/coefficients/"],
        "pages": [f"/yunnan/applications/{form}/", f"/yunnan/records/{contact}/"],
        "pictures": [f"/yunnan/pictures/{form}/license/", f"/yunnan/pictures/{contact}/certificate/"],
    }


def test_an_officer_sees_what_its_enterprises_told(told, browse):
    own = browse("370600")
    for path in told["lists"] + told["pages"]:
        page = own.get(path)
        assert page.status_code == 200, path
        assert "示范钢铁" in page.content.decode(), path
    assert "0.404" in own.get("/yunnan/coefficients/?agrees=False").content.decode()
    assert "0.404" not in own.get("/yunnan/coefficients/?agrees=True").content.decode()
    book = own.get("/yunnan/records/?format=xlsx")
    assert b"".join(book.streaming_content)[:2] == b"PK"
    for path in told["pictures"]:
        picture = own.get(path)
        assert picture.content.startswith(b"\x89PNG")
        assert picture["Content-Disposition"].startswith("attachment")
        assert picture["Content-Type"] == "image/png"
    assert "/yunnan/" in own.get("/devices/").content.decode()


def test_an_officer_of_another_city_sees_none_of_it(told, stranger, browse):
    other = browse("370100")
    for path in told["lists"]:
        assert "示范钢铁" not in other.get(path).content.decode()
    for path in told["pages"] + told["pictures"]:
        assert other.get(path).status_code == 404
    assert KeptRecord.objects.count() == 3
