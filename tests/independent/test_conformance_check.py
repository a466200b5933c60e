"""`conformance check` against platforms that do well, and against ones each broken in one place."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from nenghao.cli.conformance.run_check import run_check
from nenghao.cli.conformance.talk import CheckPlan
from nenghao.protocol import Profile

from .certificates import self_signed
from .platform_a import ALL, ALL_BUT_UPLOAD_DATE, FOREIGN_DEVICE, NONE, Platform, Refused, serving
from .platform_b import YunnanPlatform

ENTERPRISE, REGION = "91370600MA0000001X", "370600"
NOT_CIPHERED = {"register-secret-key", "energy-upper-hex", "energy-broken-cipher"}
CIPHERED = {"energy-numbers", "energy-number-codes"}
ALWAYS_WARNED = {"tls-version", "register-unknown-enterprise", "energy-bad-record"}


def quiet(_zh, _en):
    pass


def plan_for(platform, profile="national", **more):
    return CheckPlan(platform.register_url, Profile.load(profile), ENTERPRISE, REGION, big_batch=50, **more)


def verdicts(report):
    return {step.kind.id: step.verdict for step in report.in_order()}


def by_verdict(report, verdict):
    return {key for key, found in verdicts(report).items() if found == verdict}


@pytest.mark.parametrize(
    ("profile", "encryption", "not_run", "warned"),
    [
        ("national", NONE, NOT_CIPHERED, {"energy-number-codes"}),
        ("shandong", ALL, CIPHERED, set()),
        ("shandong-plain-upload-date", ALL_BUT_UPLOAD_DATE, CIPHERED, set()),
    ],
)
def test_the_independent_platform_gives_the_expected_table(profile, encryption, not_run, warned):
    with serving(Platform(encryption=encryption, approve_at_once=False)) as platform:
        report = run_check(plan_for(platform, profile, wait_s=5), tell=lambda *_: platform.approve())
    assert by_verdict(report, "fail") == set()
    assert by_verdict(report, "not run") == not_run
    assert by_verdict(report, "not offered") == {"tls-certificate", "signature", "replay"}
    assert by_verdict(report, "warn") == ALWAYS_WARNED | warned
    assert verdicts(report)["unapproved"] == "pass"
    assert {key[1] for key in platform.kept} == {"00-00-0000-023300-99"}
    assert all(key[3] < "2016" for key in platform.kept)  # nobody takes it for real data


def test_a_platform_without_the_optional_addresses():
    with serving(Platform(optional_urls=False)) as platform:
        report = run_check(plan_for(platform), tell=quiet)
    missing = {"base-data", "config", "config-loose", "metering", "load-config", "energy-nothing-lost"}
    assert by_verdict(report, "not offered") == missing | {"tls-certificate", "signature", "replay"}
    assert by_verdict(report, "fail") == set()


def test_without_approval_the_rest_is_not_run_and_the_run_fails():
    with serving(Platform(approve_at_once=False)) as platform:
        report = run_check(plan_for(platform), tell=quiet)
    assert by_verdict(report, "fail") == {"config"}
    assert {"energy", "energy-resend", "energy-big-batch"} <= by_verdict(report, "not run")


def test_a_dry_run_sends_no_energy_data():
    with serving(Platform()) as platform:
        report = run_check(plan_for(platform, dry_run=True), tell=quiet)
        sent = [body for operation, body in platform.requests if operation == "uploadEnergyData" and body]
    assert by_verdict(report, "fail") == set()
    assert all(body["data"] == [] for body in sent)
    assert verdicts(report)["energy"] == "not run"


def test_items_only_leaves_the_enterprise_alone():
    with serving(Platform()) as platform:
        run_check(plan_for(platform, items_only=True, dry_run=True), tell=quiet)
        assert "enterprise" not in platform.configuration[ENTERPRISE]


class NumericCodes(Platform):
    def answer(self, path, body, authorization=""):
        found = super().answer(path, body, authorization)
        return found and {**found, "responseCode": int(found["responseCode"])}


class NoSlot(Platform):
    def _register(self, body):
        return {**super()._register(body), "uploadTime": "at night"}


class NoKey(Platform):
    def _register(self, body):
        return {name: value for name, value in super()._register(body).items() if name != "secretKey"}


class NoVersions(Platform):
    def _version_check(self, body):
        return {}


class EmptyDictionary(Platform):
    def _base_data(self, body):
        return {"data": {}}


class TakesForeign(Platform):
    def _energy(self, body):
        known = self.devices.get(body["deviceId"])
        return super()._energy({**body, "enterpriseCode": known.enterprise_code} if known else body)


class OtherWords(Platform):
    def answer(self, path, body, authorization=""):
        found = super().answer(path, body, authorization)
        return found and {**found, "responseMessage": found["responseMessage"].replace(FOREIGN_DEVICE, "no")}


class RefusesAgain(Platform):
    def _energy(self, body):
        keys = {(body["enterpriseCode"], r["dataCode"], r["statType"], r["statDate"]) for r in body["data"]}
        if keys & set(self.kept):
            raise Refused("重复数据")
        return super()._energy(body)


class Strict(Platform):
    def _energy(self, body):
        if any("status" in record for record in body["data"]):
            raise Refused("未知字段")
        return super()._energy(body)


class TextOnly(Platform):
    def _energy(self, body):
        if any(isinstance(record["dataValue"], float) for record in body["data"]):
            raise Refused("dataValue")
        return super()._energy(body)


class OnlyOne(Platform):
    def _energy(self, body):
        if any(record["valid"] is True for record in body["data"]):
            raise Refused("valid")
        return super()._energy(body)


class TakesNoise(Platform):
    def _plain(self, device, record):
        try:
            return super()._plain(device, record)
        except Refused:
            return {}

    def _energy(self, body):
        try:
            return super()._energy(body)
        except Refused as refusal:
            if "格式" in str(refusal):
                return {}
            raise


class FallsOver(Platform):
    def answer(self, path, body, authorization=""):
        if not isinstance(body, dict):
            raise RuntimeError("broken")
        return super().answer(path, body, authorization)


class Forgets(Platform):
    def _energy(self, body):
        answer = super()._energy(body)
        self.kept.clear()
        return answer


@pytest.mark.parametrize(
    ("kind", "failed"),
    [
        (NumericCodes, {"answer-form"}),
        (NoSlot, {"register"}),
        (NoVersions, {"version-check"}),
        (EmptyDictionary, {"base-data"}),
        (TakesForeign, {"energy-foreign"}),
        (OtherWords, {"energy-foreign"}),
        (RefusesAgain, {"energy-resend"}),
        (Strict, {"energy-extra-fields"}),
        (TextOnly, {"energy-numbers"}),
        (OnlyOne, {"energy-valid-words"}),
        (FallsOver, {"broken-json"}),
    ],
)
def test_exactly_what_is_broken_is_named(kind, failed, capfd):
    with serving(kind()) as platform:
        report = run_check(plan_for(platform), tell=quiet)
    assert by_verdict(report, "fail") == failed
    assert not report.to_json()["ok"]


def test_a_platform_that_takes_noise_for_ciphertext():
    with serving(TakesNoise(encryption=ALL)) as platform:
        report = run_check(plan_for(platform, "shandong"), tell=quiet)
    assert by_verdict(report, "fail") == {"energy-broken-cipher"}


def test_a_platform_that_gives_no_key_where_one_is_needed():
    with serving(NoKey(encryption=ALL)) as platform:
        report = run_check(plan_for(platform, "shandong"), tell=quiet)
    assert "register-secret-key" in by_verdict(report, "fail")
    assert verdicts(report)["energy"] == "not run"


def test_what_is_acknowledged_and_not_kept_is_told():
    with serving(Forgets()) as platform:
        report = run_check(plan_for(platform), tell=quiet)
    assert verdicts(report)["energy-nothing-lost"] == "warn"


def test_nobody_there():
    report = run_check(
        CheckPlan("http://127.0.0.1:9/register", Profile.load("national"), ENTERPRISE, REGION), tell=quiet
    )
    assert by_verdict(report, "fail") == {"register"}


def test_tls_and_the_certificate(tmp_path):
    certificate, key = self_signed(tmp_path)
    with serving(Platform(), certificate=(certificate, key)) as platform:
        unknown = run_check(plan_for(platform, dry_run=True), tell=quiet)
        known = run_check(replace(plan_for(platform, dry_run=True), ca_file=str(certificate)), tell=quiet)
    assert (verdicts(unknown)["tls-version"], verdicts(unknown)["tls-certificate"]) == ("pass", "warn")
    assert verdicts(known)["tls-certificate"] == "pass"


class NoIndex(YunnanPlatform):
    def _configure(self, operation, body):
        return {**super()._configure(operation, body), "dataIndex": ""}


class LongVersions(YunnanPlatform):
    def _check_version(self, operation, body):
        return {**super()._check_version(operation, body), "dicVersion": "2026-06-01T00:00"}


class AnyToken(YunnanPlatform):
    def _authorise(self, body, authorization):
        pass


class AnyPin(YunnanPlatform):
    def _pin(self, code, body):
        super()._pin(code, body)
        return "135246"


class NoTime(YunnanPlatform):
    def _energy(self, operation, body):
        super()._energy(operation, body)
        return {}


@pytest.mark.parametrize(
    ("kind", "failed"),
    [
        (YunnanPlatform, set()),
        (NoIndex, {"configuration", "item"}),
        (LongVersions, {"versions"}),
        (AnyToken, {"no-token", "bad-token", "foreign-enterprise"}),
        (AnyPin, {"wrong-pin"}),
        (NoTime, {"energy"}),
    ],
)
def test_dialect_b_names_exactly_what_is_broken(kind, failed):
    with serving(kind()) as platform:
        plan = CheckPlan(platform.base, Profile.load("yunnan"), ENTERPRISE, REGION)
        report = run_check(plan, tell=quiet)
    assert by_verdict(report, "fail") == failed
    assert by_verdict(report, "warn") == {"tls-version"}
    assert {key[3][:4] for key in platform.kept} == {"2015"}


APPROVE = """
for device in Device.objects.filter(status="pending"):
    decide_device(actor=actor, now=now, device_id=device.device_id, status="approved")
"""


@pytest.mark.xdist_group("live-hub")
@pytest.mark.parametrize("profile", ["national", "shandong"])
def test_our_hub_passes(new_hub, profile, tmp_path):
    hub = new_hub(NENGHAO_PROFILE=profile)
    hub.command(
        "create-enterprise", ENTERPRISE, "--name", "核对厂", "--region", REGION, "--industry", "C31", "--any-code"
    )
    hub.start()
    url = hub.url + Profile.load(profile).address("register")
    plan = CheckPlan(url, Profile.load(profile), ENTERPRISE, REGION, client_id="ab" * 16, wait_s=60)
    report = run_check(plan, tell=lambda *_: hub.script(APPROVE))
    assert [(step.kind.id, step.answered) for step in report.failed] == []
    assert by_verdict(report, "warn") == {"tls-version"}
    if profile == "national":
        plan = CheckPlan(hub.url, Profile.load("yunnan"), ENTERPRISE, REGION, wait_s=60)
        report = run_check(plan, tell=lambda *_: hub.script(APPROVE))
        assert [(step.kind.id, step.answered) for step in report.failed] == []
        assert by_verdict(report, "warn") == {"tls-version"}
        passes_by_command(url, tmp_path)


def passes_by_command(url, folder):
    done = subprocess.run(
        [
            sys.executable, "-m", "nenghao.cli", "conformance", "check", url, "--enterprise",
            ENTERPRISE, "--region", REGION, "--client-id", "ab" * 16, "--json", str(folder / "report.json"),
            "--language", "en",
        ],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ pass" in done.stdout
    written = json.loads((folder / "report.json").read_text())
    assert written["ok"] is True
    assert {step["confidence"] for step in written["steps"]} == {"known", "secondhand", "ours"}
