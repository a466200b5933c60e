"""What the page of one device shows: identity, keys, signature, certificate, rates, calls, refusals, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.intake.registration import source_digest
from nenghao.hub.registry.models import Device
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore
from nenghao.readings.uploads import (
    BatchEntry,
    DeviceRefusals,
    DeviceSummary,
    batch_page,
    device_refusals,
    device_summaries,
)

REFUSALS_DAYS = 30
CALLS, HISTORY = 10, 20
NOTHING_SENT = DeviceSummary(0, None, 0, 0, 0, 0, 0, 0, None, None)  # type: ignore[arg-type]
"""What the upload log knows of a device that has not called yet."""
ACTIONS = {
    "device-registered": _("注册"), "device-approved": _("批准"), "device-refused": _("拒绝"),
    "device-revoked": _("撤销"), "device-sign-key-issued": pgettext_lazy("event", "签发签名密钥"),
    "device-keys-rotated": _("更换密钥"),
    "device-grace-ended": _("旧密钥立即作废"),
    "device-signature-required": pgettext_lazy("event", "要求签名"),
    "device-signature-waived": pgettext_lazy("event", "不再要求签名"),
    "device-certificate-bound": pgettext_lazy("event", "绑定证书"),
    "device-certificate-unbound": _("解除证书绑定"),
    "device-rates-limited": _("调整速率上限"), "device-registration-opened": _("开放重新注册"),
}  # fmt: skip
MODES = {
    "off": pgettext_lazy("signatures", "关闭"), "optional": pgettext_lazy("signatures", "可选"),
    "required": pgettext_lazy("signatures", "必须"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One entry of the audit trail about the device, in words."""

    at: datetime
    action: object
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class DevicePage:
    """Everything on the page; times are aware."""

    device: Device
    summary: DeviceSummary
    calls: Sequence[BatchEntry]
    call_count: int
    refusals: Sequence[DeviceRefusals]
    refused_calls: int
    history: Sequence[HistoryRow]
    is_known_by_address: bool
    may_register_again_until: datetime | None
    has_grace: bool
    signature_mode: object
    certificate_mode: object
    requests_per_minute: int
    records_per_minute: int
    logged_per_minute: int


def device_page(*, store: ReadingStore, device: Device, now: datetime) -> DevicePage:
    """Gather the page of a device that the asker may see."""
    own = [device.enterprise_id]
    calls = batch_page(store, enterprise_ids=own, device_id=device.pk, limit=CALLS)
    refusals = device_refusals(
        store, enterprise_ids=own, device_id=device.pk, start=to_beijing(now - timedelta(days=REFUSALS_DAYS)).date()
    )  # fmt: skip
    summaries = device_summaries(store, enterprise_ids=own, day=to_beijing(now).date())
    summary = next((entry for entry in summaries if entry.id == device.pk), NOTHING_SENT)
    return DevicePage(
        device=device, summary=summary, calls=calls.entries, call_count=calls.count, refusals=refusals,
        refused_calls=sum(row.calls for row in refusals),
        history=_history(device), is_known_by_address=_is_known_by_address(device),
        may_register_again_until=_register_until(device), has_grace=device.has_grace(now),
        signature_mode=MODES[settings.NENGHAO_SIGNATURES], certificate_mode=MODES[settings.NENGHAO_CERTIFICATES],
        requests_per_minute=_limit(device.requests_per_minute, settings.NENGHAO_REQUESTS_PER_MINUTE),
        records_per_minute=_limit(device.records_per_minute, settings.NENGHAO_RECORDS_PER_MINUTE),
        logged_per_minute=settings.NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE,
    )  # fmt: skip


def _history(device: Device) -> list[HistoryRow]:
    return history("device", device.device_id, ACTIONS)


def history(object_type: str, object_key: str, words: Mapping[str, object]) -> list[HistoryRow]:
    """Give the newest entries of the audit trail about one holder of keys, in words."""
    entries = AuditEntry.objects.filter(object_type=object_type, object_key=object_key)[:HISTORY]
    return [
        HistoryRow(entry.at, words.get(entry.action, entry.action), entry.account_name, entry.reason)
        for entry in entries
    ]  # fmt: skip


def _is_known_by_address(device: Device) -> bool:
    """Tell whether the device registered without a ``clientId``."""
    address = device.remote_address or ""
    return bool(device.source_digest) and device.source_digest == source_digest(device.enterprise.code, "", address)


def _register_until(device: Device) -> datetime | None:
    """Until when a gateway of the same address is given the identity again; ``None``: always."""
    if settings.NENGHAO_REGISTER_AGAIN_MINUTES < 0:
        return None
    until = device.registered_at + timedelta(minutes=settings.NENGHAO_REGISTER_AGAIN_MINUTES)
    return max(until, device.register_again_until or until)


def _limit(own: int | None, usual: int) -> int:
    return usual if own is None else own
