"""What a gateway says of itself with its uploads, backlog and time, and what the devices page makes of it."""

import io
from datetime import datetime, timedelta

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.services import Actor
from nenghao.hub.intake.tests.gateway import record
from nenghao.periods import BEIJING
from nenghao.readings.uploads import device_summaries


@pytest.fixture
def said(store, enterprise):
    """Ask the store what the one device last said: (backlog, clock offset [s])."""

    def ask():
        (device,) = device_summaries(store, enterprise_ids=[enterprise.pk], day=timezone.localdate())
        return device.backlog, device.clock_offset_s

    return ask


@pytest.fixture
def officer(enterprise):
    account = create_account(
        actor=Actor.command("test"), now=timezone.now(), username="officer", password="Luzhou-1234-blast",
        role="officer", region=enterprise.region,
    )  # fmt: skip
    client = Client()
    client.force_login(account)
    return client


def wire(moment: datetime) -> str:
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def test_backlog_and_the_newest_time_of_sending_are_kept(gateway, said):
    now = timezone.now()
    old, new = record(uploadDate=wire(now - timedelta(days=3))), record(uploadDate=wire(now + timedelta(seconds=90)))
    assert gateway.upload(old, new, backlog=1234)["accepted"] == 1
    backlog, offset_s = said()
    assert backlog == 1234
    assert 30 < offset_s <= 90
    gateway.upload(record(uploadDate=None))
    assert said() == (backlog, offset_s)  # silence changes nothing
    gateway.upload(record(), backlog="0")
    assert said()[0] == 0


@pytest.mark.parametrize("backlog", [-1, "many", "", None, True, 1.5, 2**63, "9" * 400, [1], {"a": 1}, 10**30])
@pytest.mark.parametrize("broken", [{}, {"valid": []}])
def test_a_backlog_of_any_kind_refuses_nothing(gateway, said, backlog, broken):
    answer = gateway.upload(record(), record(when="2026-03-04 00:15:00") | broken, backlog=backlog)
    assert answer["accepted"] == 2 - bool(broken)
    assert said()[0] is None


@pytest.mark.parametrize("sent", ["yesterday", "", "2026-13-01 00:00:00", "２026-03-05 09:00:00", "x" * 5000])
def test_a_time_of_sending_that_cannot_be_read_refuses_nothing(gateway, said, sent):
    assert gateway.upload(record(uploadDate=sent))["accepted"] == 1
    assert said()[1] is None


@pytest.mark.parametrize("extreme", ["0001-01-01 00:00:00", "9999-12-31 23:59:59"])
def test_an_extreme_clock_is_kept_and_shown(gateway, said, officer, extreme):
    assert gateway.upload(record(uploadDate=extreme))["accepted"] == 1
    assert abs(said()[1]) > 1e10
    assert officer.get("/devices/").status_code == 200


@pytest.mark.parametrize(("ahead_s", "word"), [(300, "时钟快"), (-300, "时钟慢"), (0, None)])
def test_the_devices_page_and_its_workbook_show_both(gateway, officer, ahead_s, word):
    gateway.upload(record(uploadDate=wire(timezone.now() + timedelta(seconds=ahead_s))), backlog=54_321)
    page = officer.get("/devices/").content.decode()
    assert "54,321" in page
    assert {found for found in ("时钟快", "时钟慢") if found in page} == ({word} if word else set())
    answer = officer.get("/devices/?format=xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active.values)
    header = next(index for index, row in enumerate(rows) if "积压" in row)
    shown = dict(zip(rows[header], rows[header + 1], strict=True))
    assert shown["积压"] == 54_321
    (offset_s,) = [value for title, value in shown.items() if str(title).startswith("时钟偏差")]
    assert offset_s == pytest.approx(ahead_s, abs=60)
