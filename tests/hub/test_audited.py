"""Every administrative act on devices and their keys stands in the audit trail: pages and commands."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.urls import reverse
from typer.testing import CliRunner

from nenghao.cli.device_commands import COMMANDS
from nenghao.cli.hub_command import app
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.devices import urls
from nenghao.hub.devices.acts import ACTS
from nenghao.hub.registry.models import Device

FINGERPRINT, OTHER = "ab" * 32, "cd" * 32
FORMS = {
    "issue": {"reason": "首次签发"},
    "rotate": {"grace_hours": "24", "reason": "一年一换"},
    "end-grace": {"reason": "旧密钥泄露"},
    "require-signature": {},
    "waive-signature": {"reason": "旧网关"},
    "bind-certificate": {"certificate": FINGERPRINT},
    "unbind-certificate": {"reason": "换证"},
    "limit-rates": {"requests_per_minute": "100", "records_per_minute": ""},
    "open-registration": {"reason": "网关更换"},
}
ENTRIES = {
    "issue": "device-sign-key-issued", "end-grace": "device-grace-ended",
    "rotate": "device-keys-rotated", "require-signature": "device-signature-required",
    "waive-signature": "device-signature-waived", "bind-certificate": "device-certificate-bound",
    "unbind-certificate": "device-certificate-unbound", "limit-rates": "device-rates-limited",
    "open-registration": "device-registration-opened",
}  # fmt: skip

HUB = Path(urls.__file__).parent.parent
WITHOUT_ENTRY = {
    "audit/services.py:record": "writes it",
    "evidence/entry.py:_row": "a part of a service that writes it",
    "evidence/standing.py:follow_configuration": "follows an audited upload; keeps the actor's name",
    "statements/deciding.py:comment": "kept with its author beside the cell; returning or accepting writes it",
    "statements/drafting.py:_changed": "a part of a service that writes it",
    "targets/assessing.py:_touch": "a part of a service that writes it",
    "targets/grading.py:_grade": "a part of a service that writes it",
    "quality_rules/trial.py:run_trial": "changes nothing; the trial is kept with its author",
}
"""Functions that are told who acts and neither write an entry nor hand the actor on, and why."""


def acts():
    """Give every function of the hub that is told who acts."""
    for path in sorted(HUB.glob("*/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and "actor" in [
                a.arg for a in (*node.args.args, *node.args.kwonlyargs)
            ]:
                yield f"{path.parent.name}/{path.name}:{node.name}", node


def hands_on(function):
    """Whether the actor goes on to another function: to ``record``, or to one that must do so in turn."""
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        given += [value for one in given if isinstance(one, ast.Dict) for value in one.values]
        if any(isinstance(value, ast.Name) and value.id == "actor" for value in given):
            return True
    return False


def test_every_service_of_the_hub_that_is_told_who_acts_writes_it_down():
    found = dict(acts())
    assert len(found) > 90
    assert {name for name, function in found.items() if not hands_on(function)} == set(WITHOUT_ENTRY)


def newest():
    return AuditEntry.objects.order_by("-pk").first()


def test_every_act_on_the_page_is_audited_with_account_address_and_reason(yantai, browse):
    assert set(FORMS) == set(ACTS) == set(ENTRIES)
    client, device_id = browse(yantai.officer), yantai.device.device_id
    for action, form in FORMS.items():
        answer = client.post(reverse("device-act", args=[device_id, action]), form)
        assert answer.status_code == 302, action
        entry = newest()
        assert (entry.action, entry.object_key) == (ENTRIES[action], device_id)
        assert (entry.account_name, entry.address) == (yantai.officer.username, "127.0.0.1")
        assert entry.reason == form.get("reason", "")
        assert entry.region_path == yantai.enterprise.region.path
        text = str(entry.before) + str(entry.after)
        device = Device.objects.get(pk=yantai.device.pk)
        assert device.secret_key not in text
        assert device.sealed_secret_key not in text
    page = client.get(reverse("device", args=[device_id])).content.decode()
    assert page.count("一年一换") == 1
    assert FINGERPRINT not in page


def test_every_post_address_of_the_devices_is_one_that_is_walked():
    changing = {pattern.name for pattern in urls.urlpatterns} - {"devices", "device"}
    assert changing == {"device-act", "decide-device"}


@pytest.mark.parametrize(("status", "reason"), [("approved", ""), ("refused", "不认识")])
def test_decisions_are_audited(yantai, browse, status, reason):
    address = reverse("decide-device", args=[yantai.device.device_id])
    answer = browse(yantai.officer).post(address, {"status": status, "reason": reason, "next": "device"})
    assert answer["Location"] == reverse("device", args=[yantai.device.device_id])
    assert (newest().action, newest().reason) == (f"device-{status}", reason)


def test_every_command_on_a_device_is_audited_under_its_name(yantai):
    device_id = yantai.device.device_id
    lines = {
        "approve-device": [device_id],
        "issue-key": [device_id],
        "rotate-key": [device_id, "--grace-hours", "1", "--reason", "泄露"],
        "end-grace": [device_id, "--reason", "泄露"],
        "require-signature": [device_id],
        "bind-certificate": [device_id, OTHER],
        "unbind-certificate": [device_id, "--reason", "换证"],
        "revoke-device": [device_id, "--reason", "停用"],
    }
    assert {command.__name__.replace("_", "-") for command in COMMANDS} == set(lines) - {"approve-device"}
    for command, line in lines.items():
        before = AuditEntry.objects.count()
        done = CliRunner().invoke(app, [command, *line])
        assert done.exit_code == 0, (command, done.output, done.exception)
        assert AuditEntry.objects.count() == before + 1, command
        assert (newest().account_name, newest().object_key) == (f"nenghao hub {command}", device_id)
    device = Device.objects.get(device_id=device_id)
    assert device.status == "revoked"
    assert not device.certificate_sha256


@pytest.mark.parametrize(("action", "form", "words"), [
    ("end-grace", {}, "请填写理由"), ("end-grace", {"reason": "x"}, "没有仍有效的旧密钥"),
    ("waive-signature", {}, "请填写理由"), ("unbind-certificate", {"reason": "  "}, "请填写理由"),
    ("rotate", {"grace_hours": "100000"}, "宽限时间不对"), ("rotate", {"grace_hours": "many"}, "请填写整数"),
    ("bind-certificate", {"certificate": "xyz"}, "指纹格式不对"),
    ("bind-certificate", {"certificate": "-----BEGIN CERTIFICATE-----"}, "证书无法读取"),
    ("limit-rates", {"requests_per_minute": "-1"}, "请填写整数"),
    ("limit-rates", {"records_per_minute": "9999999999"}, "每分钟上限不对"),
])  # fmt: skip
def test_what_is_wrong_is_said_and_changes_nothing(yantai, browse, action, form, words):
    client, before = browse(yantai.officer), Device.objects.filter(pk=yantai.device.pk).values().get()
    entries = AuditEntry.objects.count()
    answer = client.post(reverse("device-act", args=[yantai.device.device_id, action]), form, follow=True)
    assert words in answer.content.decode()
    assert Device.objects.filter(pk=yantai.device.pk).values().get() == before
    assert AuditEntry.objects.count() == entries


def test_only_officers_and_operators_act(yantai, browse):
    address = reverse("device-act", args=[yantai.device.device_id, "require-signature"])
    assert browse(yantai.manager).post(address).status_code == 403
    assert browse(yantai.officer).get(address).status_code == 405
    assert browse(yantai.officer).post(address.replace("require-signature", "dropped")).status_code == 404
    assert not Device.objects.get(pk=yantai.device.pk).must_sign
    page = browse(yantai.manager).get(reverse("device", args=[yantai.device.device_id])).content.decode()
    assert '<form method="post"' not in page.replace(' class="row g-2', "")
    assert "更换密钥</button>" not in page
