"""`conformance serve` judging gateways: the real edge, the independent one, and ones broken in one place each."""

import json
import signal
import subprocess
import sys
import urllib.error
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from nenghao.cli.conformance.faults import Faults
from nenghao.cli.conformance.national_platform import NationalPlatform
from nenghao.cli.conformance.national_verdict import judge_gateway
from nenghao.cli.conformance.server import serving
from nenghao.protocol import Profile

from .gateway_a import ALL, ALL_BUT_UPLOAD_DATE, NONE, Disagreement, Gateway, Item, configuration, instrument
from .gateway_a import records_of as plain_records
from .test_edge_a import run_edge

ENTERPRISE, REGION = "91370600MA0000001X", "370600"
DAY = date(2026, 6, 1)
POWER = Item("00-00-0000-023300-10", tuple(f"{hour / 8:.3f}" for hour in range(24)), "34.500", "34.500")
RESENDS = {"resend-refusal", "resend-error", "resend-timeout", "resend-lost"}
LOST = (Disagreement, urllib.error.URLError, OSError, ValueError)


@contextmanager
def watching(profile="national", *, faults=False, upload_time="00:30:00", now=None, hold_s=1):
    clock = now or (lambda: datetime.now(UTC))
    platform = NationalPlatform(Profile.load(profile), upload_time, clock, faults=Faults(enabled=faults))
    with serving(platform, host="127.0.0.1", port=0, hold_s=hold_s):
        yield platform


def verdict_of(platform):
    report = judge_gateway(platform, platform.register_url)
    return {step.kind.id: step.verdict for step in report.in_order()}, report


def those(verdicts, wanted):
    return {step_id for step_id, verdict in verdicts.items() if verdict == wanted}


def beijing_now():
    return datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=8)


def records(**changes):
    return [{**record, **changes} for record in plain_records(POWER, DAY, now=beijing_now())]


def introduced(platform, encryption=NONE):
    """An independent gateway that did everything before data as it should."""
    gateway = Gateway(platform.register_url, ENTERPRISE, REGION, encryption=encryption)
    gateway.accepted(gateway.register())
    gateway.version_check()
    gateway.download_base_data()
    gateway.accepted(gateway.upload_config(configuration(ENTERPRISE, REGION, [POWER])))
    gateway.accepted(gateway.upload_metering([instrument(POWER.data_code)]))
    return gateway


def test_the_real_edge_passes_with_faults(tmp_path):
    with watching("shandong", faults=True, hold_s=6) as platform:
        done = run_edge(tmp_path, (platform, "shandong", "batch_size = 100\n"))
        assert done.returncode == 0, done.stderr
        verdicts, report = verdict_of(platform)
    assert [(step.kind.id, step.answered) for step in report.failed] == []
    assert those(verdicts, "warn") == set()
    assert those(verdicts, "not run") == {"slot"}
    assert RESENDS | {"signature", "encryption"} <= those(verdicts, "pass")


@pytest.mark.parametrize(
    ("profile", "encryption"),
    [("national", NONE), ("shandong", ALL), ("shandong-plain-upload-date", ALL_BUT_UPLOAD_DATE)],
)
def test_the_independent_gateway_passes(profile, encryption):
    with watching(profile) as platform:
        gateway = introduced(platform, encryption)
        gateway.accepted(gateway.upload_energy(records()))
        verdicts, report = verdict_of(platform)
    assert those(verdicts, "fail") == those(verdicts, "warn") == set()
    assert those(verdicts, "not run") == {"slot"} | RESENDS
    assert those(verdicts, "not offered") == {"signature"}
    assert report.facts["records"] == "26"


def test_nobody_called():
    with watching() as platform:
        verdicts, _ = verdict_of(platform)
    assert set(verdicts.values()) == {"not run"}


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"statDate": "2026-06-01"}, {"energy-fields"}),
        ({"inputType": "9"}, {"energy-fields"}),
        ({"uploadDate": ""}, {"energy-fields"}),
        ({"statType": "1", "statDate": "2026-06-01 05:00:00"}, {"periods"}),
        ({"dataCode": "01-00-0000-023300-10"}, {"scope-codes", "config-complete"}),
        ({"dataCode": "00-00-0000-023300-11"}, {"config-complete"}),
        ({"statType": "3", "statDate": "2026-01-01 00:00:00"}, {"config-complete"}),
        ({"dataValue": "12,5"}, {"energy-fields"}),
    ],
    # A set is written in another order by every process, and processes that share the tests must agree on their names.
    ids=lambda value: "-".join(sorted(value)) if isinstance(value, set) else str(value),
)
def test_what_is_wrong_with_records_is_named(changes, failed):
    with watching() as platform:
        gateway = introduced(platform)
        gateway.accepted(gateway.upload_energy(records(**changes)))
        verdicts, _ = verdict_of(platform)
    assert those(verdicts, "fail") == failed


def test_a_late_clock_warns():
    with watching() as platform:
        gateway = introduced(platform)
        gateway.accepted(gateway.upload_energy(records(uploadDate="2026-06-02 00:30:00")))
        verdicts, _ = verdict_of(platform)
    assert those(verdicts, "warn") == {"upload-date"}


def test_plain_text_where_ciphertext_is_due_and_the_other_way_round():
    with watching("shandong") as platform:
        gateway = replace(introduced(platform, ALL), encryption=NONE)
        assert gateway.upload_energy(records())["responseMessage"] == "解密失败！"
        assert "encryption" in those(verdict_of(platform)[0], "fail")
    with watching() as platform:
        gateway = replace(introduced(platform), encryption=ALL, secret_key="00" * 16)
        assert gateway.upload_energy(records())["responseCode"] == "1"
        assert "encryption" in those(verdict_of(platform)[0], "fail")


def test_data_before_configuration_and_strange_addresses():
    with watching() as platform:
        gateway = Gateway(platform.register_url, ENTERPRISE, REGION)
        gateway.register()
        gateway.upload_energy(records())
        gateway.upload_config(configuration(ENTERPRISE, REGION, [POWER]))
        with suppress(ValueError, Disagreement):
            gateway.post(platform.base + "/nhjc/heartbeat", {})
        replace(gateway, device_id="0" * 32).version_check()
        verdicts, _ = verdict_of(platform)
    assert those(verdicts, "fail") == {"order", "addresses", "identity"}
    assert those(verdicts, "warn") == {"base-data", "metering"} | ({"version-check"} & those(verdicts, "warn"))


def test_a_gateway_that_never_sends_again_loses_data_and_is_told():
    with watching(faults=True) as platform:
        gateway = introduced(platform)
        for number in range(14):
            with suppress(*LOST):
                gateway.upload_energy(
                    [record for record in records() if record["statType"] == "0"][number : number + 1]
                )
        verdicts, _ = verdict_of(platform)
    assert those(verdicts, "fail") == RESENDS


def test_yesterday_before_the_slot():
    morning = datetime(2026, 6, 1, 16, 10, tzinfo=UTC)  # 00:10 of 2 June in Beijing
    for at, verdict in ((morning, "warn"), (morning + timedelta(hours=1), "pass")):
        with watching(now=lambda at=at: at) as platform:
            gateway = introduced(platform)
            sent_at = (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S")
            gateway.upload_energy(records(uploadDate=sent_at))
            assert verdict_of(platform)[0]["slot"] == verdict


def test_the_command_prints_and_writes_on_an_interrupt(tmp_path):
    command = [sys.executable, "-m", "nenghao.cli", "conformance", "serve", "--port", "0", "--language", "zh"]
    process = subprocess.Popen(
        [*command, "--json", str(tmp_path / "report.json")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    url = process.stderr.readline().split(": ", 1)[1].strip()
    gateway = Gateway(url, ENTERPRISE, REGION)
    gateway.accepted(gateway.register())
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1, err  # it never uploaded anything
    assert "✗ 不符" in out
    written = json.loads((tmp_path / "report.json").read_text())
    assert (written["role"], written["ok"]) == ("platform", False)
