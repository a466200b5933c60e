"""A hub in this process forwards, turn by turn, to real hubs above it: surplus, a wider policy, refusals, the way of an
ordinary gateway, and client certificates."""

from __future__ import annotations

import json
import secrets
import shutil
import ssl
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from nenghao.cli.bench.chain_hubs import ChainHub
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.chain import upstreams
from nenghao.hub.chain.forwarder import Forwarder
from nenghao.hub.chain.models import ForwardedDay, Refusal
from nenghao.hub.chain.tests.conftest import regions  # noqa: F401 -- fixture
from nenghao.hub.intake.snapshot import LOOK_EVERY_S
from nenghao.hub.intake.tests.conftest import store  # noqa: F401 -- fixture
from nenghao.hub.intake.tests.gateway import Gateway, item, record
from nenghao.hub.registry.models import DataItem, Industry, Region
from nenghao.hub.registry.services import create_enterprise
from nenghao.hub.store import close_store, get_store
from nenghao.periods import BEIJING
from nenghao.protocol.recovery import build_data_download, parse_data_download
from nenghao.protocol.signing import signed_headers

from .tls import TlsProxy, issue

pytestmark = pytest.mark.xdist_group("chain-forwarding")
CLIENT_ID = "the secret of the province"
TODAY = datetime.now(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
DAY, BEFORE = TODAY - timedelta(days=2), TODAY - timedelta(days=3)
ELECTRICITY, GAS = "00-00-0000-023300-10", "00-00-0000-011500-10"
ITEMS = (item(), item(stat_type="1"), item("011500", stat_type="1"))


def wire(day, value, stat_type="1", code=ELECTRICITY, minute=0, **extra):
    when = f"{day + timedelta(minutes=minute):%Y-%m-%d %H:%M:%S}"
    return record(value, when, stat_type, code, **extra)


def seen_above():
    """Wait until the nation, however late its watch, answers by what a command has just changed."""
    time.sleep(2 * LOOK_EVERY_S + 0.1)


class Lower:
    """The hub in this process with one enterprise and its gateway, and the forwarder whose turns a test takes."""

    def __init__(self, client, code):
        self.client, self.code = client, code
        self.by, self.now = Actor.command("test"), timezone.now()
        self.enterprise = create_enterprise(
            actor=self.by, now=self.now, code=code, name=f"单位 {code[-1]}", region=Region.objects.get(pk="370600"),
            industry=Industry.objects.get(pk="C31"), check_code=False,
        )  # fmt: skip
        self.gateway = Gateway(client)
        self.gateway.code = code
        self.gateway.register()
        self.gateway.approve()
        assert self.gateway.configure(*ITEMS)["responseCode"] == "0"

    def send(self, *records):
        answer = self.gateway.upload(*records)
        assert (answer["responseCode"], answer["accepted"]) == ("0", len(records)), answer

    def forward(self, url, *, client_id=CLIENT_ID, **options):
        self.upstream = upstreams.add_upstream(
            actor=self.by,
            now=self.now,
            name="上级",
            register_url=url,
            region=Region.objects.get(pk="370000"),
            **options,
        )
        self.upstream.client_id = client_id
        self.upstream.save()
        self.forwarder = Forwarder(get_store(), self.upstream.pk)

    def turn(self):
        """Take one turn of the forwarder; give the state of the link."""
        self.forwarder.turn()
        self.upstream.refresh_from_db()
        return self.upstream.state

    def turn_and_compare(self):
        upstreams.ask_comparison(
            actor=self.by, now=self.now, upstream=self.upstream, start=BEFORE.date(), end=TODAY.date()
        )
        assert self.turn() == "connected", self.upstream.error_en

    def days(self):
        return {row.day: row.state for row in ForwardedDay.objects.all()}

    def held(self, operation="downloadData"):
        """Give what the platform above holds, by its own words: {(data code, statistic type, start): value}."""
        body = build_data_download(self.upstream.device_id, self.code, start=BEFORE, end=TODAY, limit=5000)
        link = self.forwarder._courier.link
        url = self.upstream.urls["readings"].replace("uploadEnergyData", operation)
        signed = signed_headers(
            self.upstream.sign_key, urlsplit(url).path, body, now=time.time(), nonce=secrets.token_hex(16)
        )
        got = parse_data_download(link._post(url, body, signed), link.profile, self.upstream.secret_key)
        assert not got.next_cursor
        return {
            (row.data_code, int(row.stat_type), row.stat_date): float(row.data_value)
            for row in got.data
            if row.state != "missing"
        }


def register_platform(hub):
    """Have a nation know the province by its secret, and approve it."""
    hub.post("registerPlatform", {"region": "370000", "name": "山东省", "clientId": CLIENT_ID, "signing": "hmac-sm3"})
    assert hub.approve_waiting() == 1
    return hub


@pytest.fixture(scope="module")
def nation(new_hub):
    hub = register_platform(new_hub(ChainHub, "nation").start())
    yield hub
    hub.stop()


@pytest.fixture
def lower(client, store, regions, settings, request):  # noqa: F811
    settings.NENGHAO_CHAIN_COMPARE_AT = "00:00"
    settings.NENGHAO_LEVEL = "province"
    number = sum(map(ord, request.node.name)) % 1000
    made = Lower(client, f"91370600CHAIN{number:05d}")
    yield made
    made.forwarder.close()


@pytest.fixture
def officer(client, regions):  # noqa: F811
    create_account(
        actor=Actor.command("test"), now=timezone.now(), username="officer", password="Luzhou-1234-blast",
        role=Role.OFFICER, region=Region.objects.get(pk="370000"),
    )  # fmt: skip
    client.login(username="officer", password="Luzhou-1234-blast")
    return client


def test_surplus_above_after_a_loss_below_is_withdrawn_by_an_officer_alone(lower, nation, officer, tmp_path):
    lower.send(wire(DAY, "1.5"))
    close_store()
    shutil.copy(tmp_path / "readings.duckdb", tmp_path / "backup")
    lower.forward(f"{nation.url}/nhjc/registerPlatform", realtime_enterprises=[lower.code])
    slots = [wire(BEFORE, "0.25", "0", minute=15 * slot) for slot in range(96)]
    lower.send(wire(DAY, "7", code=GAS), *slots)
    assert lower.turn() == "connected", lower.upstream.error_en
    assert set(lower.days().values()) == {"equal"}
    assert len(lower.held()) == 98

    # The store below is set back to a backup: one day is gone altogether, of the other one record.
    lower.forwarder.close()
    close_store()
    shutil.copy(tmp_path / "backup", tmp_path / "readings.duckdb")
    lower.forwarder = Forwarder(get_store(), lower.upstream.pk)
    assert lower.turn() == "connected"
    assert lower.days() == {DAY.date(): "surplus", BEFORE.date(): "surplus"}
    assert len(lower.held()) == 98  # nothing is withdrawn by itself

    page = officer.get("/chain/reconciliation/", {"month": f"{DAY:%Y-%m}"}).content.decode()
    assert "撤回" in page
    for day in (DAY, BEFORE):
        address = f"/chain/days/{lower.upstream.pk}/{lower.code}/{day:%Y-%m-%d}/"
        officer.post(address, {"withdraw": "1", "reason": " "})
        assert lower.turn() == "connected"
        assert lower.days()[day.date()] == "surplus"  # not without a reason
        officer.post(address, {"withdraw": "1", "reason": "下级恢复备份后重算"})
        assert lower.turn() == "connected"
        assert lower.days()[day.date()] == "equal"
    assert lower.held() == {(ELECTRICITY, 1, f"{DAY:%Y-%m-%d} 00:00:00"): 1.5}
    assert AuditEntry.objects.filter(action="chain-withdrawn", reason="下级恢复备份后重算").count() == 2


def test_a_wider_policy_sends_the_past_and_a_narrower_one_takes_nothing_back(lower, nation):
    lower.forward(f"{nation.url}/nhjc/registerPlatform")
    for day in (BEFORE, DAY):
        lower.send(wire(day, "24"), *(wire(day, "0.25", "0", minute=15 * slot) for slot in range(96)))
    lower.turn_and_compare()
    assert {key[1] for key in lower.held()} == {1}
    for stat_types, listed in (("123", [lower.code]), ("0123", []), ("123", [])):
        upstreams.set_policy(
            actor=lower.by, now=lower.now, upstream=lower.upstream, stat_types=stat_types, realtime_level=None,
            realtime_enterprises=listed, batch_records=50,
        )  # fmt: skip
        lower.turn_and_compare()
        assert len(lower.held()) == 2 * 97
        assert set(lower.days().values()) == {"equal"}, stat_types


def test_real_time_of_all_enterprises_is_compared_as_such(lower, nation):
    """Statistic type 0 for all means real-time slots of every enterprise, on both sides of the comparison."""
    lower.forward(f"{nation.url}/nhjc/registerPlatform", stat_types="0123")
    lower.send(wire(DAY, "24"), *(wire(DAY, "0.25", "0", minute=15 * slot) for slot in range(96)))
    lower.turn_and_compare()
    (row,) = ForwardedDay.objects.all()
    assert (row.state, row.own_count, row.other_count, row.attempts) == ("equal", 97, 97, 0)


def test_what_was_refused_above_is_shown_once_and_sent_again_once_mended(lower, nation, officer):
    for one in DataItem.objects.filter(enterprise=lower.enterprise):
        one.may_be_negative = True
        one.save()
    lower.forward(f"{nation.url}/nhjc/registerPlatform")
    assert lower.turn() == "connected"
    nation.script(f"""
for item in DataItem.objects.filter(enterprise__code="{lower.code}"):
    item.may_be_negative = False
    item.save()
""")
    seen_above()
    lower.send(wire(BEFORE, "-0.5"), wire(DAY, "-0.75"), wire(DAY, "3", code=GAS))
    assert lower.turn() == "connected"
    lower.send(wire(BEFORE, "-0.6"))  # a second time, for the same reason
    lower.turn_and_compare()
    (refusal,) = Refusal.objects.all()
    assert (refusal.code, refusal.records) == ("value-negative", 2)
    assert (refusal.first_day, refusal.last_day) == (BEFORE.date(), DAY.date())
    (row,) = ForwardedDay.objects.filter(day=DAY.date())
    assert [(code, own[0], other[0]) for code, _type, own, other in row.items] == [(ELECTRICITY, 1, 0)]
    (told,) = nation.ask(
        "SELECT d.items FROM chain_receivedday d JOIN registry_enterprise e ON e.id = d.enterprise_id "
        "WHERE e.code = ? AND d.day = ?", lower.code, f"{DAY:%Y-%m-%d}",
    )  # fmt: skip
    assert json.loads(told[0]) == [[code, kind, other, own] for code, kind, own, other in row.items]
    page = officer.get("/chain/").content.decode()
    assert "被上级拒绝" in page
    assert refusal.message_zh in page
    assert refusal.mend_zh in page
    assert lower.held() == {(GAS, 1, f"{DAY:%Y-%m-%d} 00:00:00"): 3.0}

    officer.post(f"/chain/upstreams/{lower.upstream.pk}/retry/")  # its configuration goes first, with the right to it
    lower.turn_and_compare()
    assert not Refusal.objects.exists()
    assert lower.held() == {
        (ELECTRICITY, 1, f"{BEFORE:%Y-%m-%d} 00:00:00"): -0.6, (ELECTRICITY, 1, f"{DAY:%Y-%m-%d} 00:00:00"): -0.75,
        (GAS, 1, f"{DAY:%Y-%m-%d} 00:00:00"): 3.0,
    }  # fmt: skip
    assert set(lower.days().values()) == {"equal"}


def test_keys_of_a_platform_below_are_rotated_and_revoked_above(lower, nation):
    lower.forward(f"{nation.url}/nhjc/registerPlatform", client_id="another secret of the province")
    assert lower.turn() == "waiting"
    assert nation.approve_waiting() == 1
    seen_above()
    assert lower.turn() == "connected"
    identity, first = lower.upstream.device_id, lower.upstream.sign_key
    nation.command("rotate-key", identity, "--grace-hours", "1", "--reason", "yearly")
    seen_above()
    lower.send(wire(DAY, "1"))
    assert lower.turn() == "connected"  # the old key still counts …
    assert lower.upstream.sign_key == first
    nation.command("end-grace", identity, "--reason", "it leaked")
    seen_above()
    lower.send(wire(DAY, "2"))
    assert lower.turn() == "failing"
    assert lower.turn() == "connected"  # … and now this hub has registered again
    assert lower.upstream.device_id == identity
    assert lower.upstream.sign_key != first
    assert lower.held() == {(ELECTRICITY, 1, f"{DAY:%Y-%m-%d} 00:00:00"): 2.0}
    nation.command("revoke-platform", identity, "--reason", "closed")
    seen_above()
    lower.send(wire(DAY, "3"))
    assert lower.turn() == "failing"
    assert lower.turn() == "failing"


def test_a_hub_registers_as_an_ordinary_gateway(lower, nation):
    """The platform above knows dialect A alone: the hub speaks as a device of one enterprise."""
    facts = ("--name", "上级所知名称", "--region", "370600", "--industry", "C31", "--any-code")
    nation.command("create-enterprise", lower.code, *facts)
    seen_above()
    lower.send(wire(DAY, "1.25"), wire(BEFORE, "0.5", code=GAS))
    lower.forward(f"{nation.url}/nhjc/register", client_id="a gateway's secret", enterprise=lower.enterprise)
    assert lower.turn() == "waiting"
    assert nation.approve_waiting("暂时直接上传") == 1
    seen_above()
    assert lower.turn() == "connected", lower.upstream.error_en
    assert "digest" not in {name for name, url in lower.upstream.urls.items() if url}
    lower.send(wire(DAY, "1.75"))
    assert lower.turn() == "connected"
    assert lower.held() == {
        (ELECTRICITY, 1, f"{DAY:%Y-%m-%d} 00:00:00"): 1.75, (GAS, 1, f"{BEFORE:%Y-%m-%d} 00:00:00"): 0.5,
    }  # fmt: skip
    assert nation.ask("SELECT name FROM registry_enterprise WHERE code = ?", lower.code) == [("上级所知名称",)]
    (refusal,) = Refusal.objects.all()  # a gateway must say more of its enterprise than a platform must
    assert (refusal.kind, refusal.code, refusal.field) == ("configuration", "field-missing", "enterprise.typeCode")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    authority = issue(folder, "ca")
    for name in ("server", "province", "neighbour"):
        issue(folder, name, authority)
    issue(folder, "stranger")
    return folder


def shown(folder, name, ca="ca"):
    return {
        "ca_file": str(folder / f"{ca}.pem"), "client_cert": str(folder / f"{name}.pem") if name else "",
        "client_key": str(folder / f"{name}.key") if name else "",
    }  # fmt: skip


def show(lower, folder, name, ca="ca"):
    """Have the link use another certificate from the next turn on."""
    type(lower.upstream).objects.filter(pk=lower.upstream.pk).update(**shown(folder, name, ca))
    lower.forwarder._disconnect()


def test_a_hub_above_that_takes_connections_with_a_certificate_only(lower, new_hub, certificates):
    hub = new_hub(ChainHub, "nation")
    hub.context = _client_context(certificates)
    files = [str(certificates / name) for name in ("server.pem", "server.key", "ca.pem")]
    hub.start("--tls-certificate", files[0], "--tls-key", files[1], "--client-ca", files[2])
    try:
        register_platform(hub)
        lower.send(wire(DAY, "1.5"))
        lower.forward(f"{hub.url}/nhjc/registerPlatform", **shown(certificates, ""))
        for name, ca in (("", "ca"), ("stranger", "ca"), ("province", "stranger")):
            show(lower, certificates, name, ca)
            assert lower.turn() == "failing", (name, ca)
            assert "cannot be reached" in lower.upstream.error_en
        show(lower, certificates, "province")
        assert lower.turn() == "connected", lower.upstream.error_en
        assert lower.held() == {(ELECTRICITY, 1, f"{DAY:%Y-%m-%d} 00:00:00"): 1.5}
    finally:
        hub.stop()


def test_a_certificate_that_a_proxy_verifies_is_bound_to_the_platform(lower, new_hub, certificates):
    hub = new_hub(ChainHub, "nation", NENGHAO_TRUSTED_PROXIES="127.0.0.1")
    proxy = TlsProxy(certificates, hub.port)
    hub.environment["NENGHAO_BASE_URL"] = f"https://127.0.0.1:{proxy.port}"
    hub.start()
    try:
        register_platform(hub)
        lower.send(wire(DAY, "1.5"))
        lower.forward(f"https://127.0.0.1:{proxy.port}/nhjc/registerPlatform", **shown(certificates, "province"))
        assert lower.turn() == "connected", lower.upstream.error_en
        bound = "SELECT certificate_subject, certificate_bound_by FROM chain_platform"
        assert hub.ask(bound) == [("CN=province", "first use")]
        for name, word in (("neighbour", "not the one bound"), ("", "must show a client certificate")):
            show(lower, certificates, name)
            lower.send(wire(DAY, "9"))
            assert lower.turn() == "failing", name
            assert word in lower.upstream.error_en
        show(lower, certificates, "province")
        assert lower.turn() == "connected"
        assert lower.held() == {(ELECTRICITY, 1, f"{DAY:%Y-%m-%d} 00:00:00"): 9.0}
    finally:
        hub.stop()
        proxy.close()


def _client_context(folder):
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context
