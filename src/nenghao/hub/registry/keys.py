"""Keys, signatures, certificates and rates of who calls: every change locked, in one transaction with its audit entry.

``holder`` is a :class:`KeyHolder`: a device, or a platform below.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models.keys import KeyHolder

Holder = TypeVar("Holder", bound=KeyHolder)
SECRET_KEY_BYTES, SIGN_KEY_BYTES = 16, 32
MAX_GRACE_HOURS = 30 * 24
MAX_PER_MINUTE = 2_000_000_000
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@transaction.atomic
def give_sign_key(*, actor: Actor, now: datetime, holder: Holder) -> Holder:
    """Give the holder a key of signatures unless it has one."""
    holder = _locked(holder)
    if not holder.sealed_sign_key:
        holder.sign_key = secrets.token_hex(SIGN_KEY_BYTES)
        holder.keys_issued_at = now
        holder.save()
        _record(actor, now, holder, "sign-key-issued", after={"issued_at": now})
    return holder


@transaction.atomic
def issue_sign_key(*, actor: Actor, now: datetime, holder: Holder, reason: str = "") -> Holder:
    """Make a key of signatures for a holder that has none, as an officer: it goes out with its next registration that
    asks for one. Raises ``keys-exist``.
    """
    holder = _locked(holder)
    if holder.sealed_sign_key:
        raise NenghaoError(
            "keys-exist", "已有签名密钥", "there is a key of signatures already", field="keys",
            mend_zh="需要新密钥时用「更换密钥」", mend_en="rotate the keys for a new one",
        )  # fmt: skip
    holder.sign_key = secrets.token_hex(SIGN_KEY_BYTES)
    holder.keys_issued_at = now
    holder.save()
    _record(actor, now, holder, "sign-key-issued", after={"issued_at": now}, reason=reason)
    return holder


def note_handed_out(*, now: datetime, holder: KeyHolder) -> None:
    """Count that keys went out with an answer to ``register``; the registry's version stays as it is."""
    type(holder)._meta.base_manager.filter(pk=holder.pk).update(keys_given=F("keys_given") + 1, keys_given_at=now)


@transaction.atomic
def rotate_keys(*, actor: Actor, now: datetime, holder: Holder, grace_hours: int, reason: str = "") -> Holder:
    """Make new keys; the ones before count for ``grace_hours`` more (0 [h]: they end now).

    The version of the registration changes, so that the gateway registers again and gets the new ones; a gateway that
    is known by its address alone may do so during the grace. Raises ``keys-none`` and ``grace-range``.
    """
    if not 0 <= grace_hours <= MAX_GRACE_HOURS:
        raise NenghaoError(
            "grace-range", "旧密钥的宽限时间不对", "the grace of the old keys is out of range", record=str(grace_hours),
            field="grace_hours", mend_zh=f"0 至 {MAX_GRACE_HOURS} 小时", mend_en=f"0 to {MAX_GRACE_HOURS} hours",
        )  # fmt: skip
    holder = _locked(holder)
    if not holder.has_keys:
        raise NenghaoError(
            "keys-none", "该设备没有密钥", "the device has no keys", field="keys",
            mend_zh="设备注册时附 signing: hmac-sm3 才签发",
            mend_en="it gets one when it registers with signing: hmac-sm3",
        )  # fmt: skip
    holder.sealed_previous_sign_key, holder.sealed_previous_secret_key = (
        holder.sealed_sign_key,
        holder.sealed_secret_key,
    )
    if holder.sealed_sign_key:
        holder.sign_key = secrets.token_hex(SIGN_KEY_BYTES)
    if holder.sealed_secret_key:
        holder.secret_key = secrets.token_hex(SECRET_KEY_BYTES)
    holder.keys_rotated_at, holder.previous_keys_until = now, now + timedelta(hours=grace_hours)
    holder.register_again_until = now + timedelta(hours=max(grace_hours, 1))
    holder.save()
    _record(actor, now, holder, "keys-rotated", after={"old_valid_until": holder.previous_keys_until}, reason=reason)
    return holder


@transaction.atomic
def end_grace(*, actor: Actor, now: datetime, holder: Holder, reason: str) -> Holder:
    """Let the keys before the last rotation count no more, before their grace is over. Raises ``grace-over``."""
    _require_reason(reason)
    holder = _locked(holder)
    if not holder.has_grace(now):
        raise NenghaoError(
            "grace-over", "没有仍有效的旧密钥", "no old keys are valid any more", field="keys",
            mend_zh="现用密钥泄露时更换密钥，宽限填 0", mend_en="after a leak, rotate the keys with a grace of 0",
        )  # fmt: skip
    before, holder.previous_keys_until = holder.previous_keys_until, now
    holder.save()
    _record(
        actor, now, holder, "grace-ended", before={"old_valid_until": before}, after={"old_valid_until": now},
        reason=reason,
    )  # fmt: skip
    return holder


@transaction.atomic
def require_signature(*, actor: Actor, now: datetime, holder: Holder, required: bool, reason: str = "") -> Holder:
    """Say whether calls must be signed; to take that back needs a reason, since it opens the way for who cannot."""
    holder = _locked(holder)
    if not required:
        _require_reason(reason)
    before, holder.must_sign = holder.must_sign, required
    if not required:
        holder.signed_since = None
    if before != required:
        holder.save()
        _record(
            actor, now, holder, "signature-required" if required else "signature-waived",
            before={"must_sign": before}, after={"must_sign": required}, reason=reason,
        )  # fmt: skip
    return holder


@transaction.atomic
def note_first_signature(*, now: datetime, holder: Holder) -> Holder:
    """From the first valid signature on, every call must be signed: nobody can fall back to none."""
    holder = _locked(holder)
    if holder.signed_since is None:
        holder.signed_since, before, holder.must_sign = now, holder.must_sign, True
        holder.save()
        _record(
            Actor(name="first valid signature"), now, holder, "signature-required", before={"must_sign": before},
            after={"must_sign": True},
        )  # fmt: skip
    return holder


@transaction.atomic
def bind_certificate(
    *, actor: Actor, now: datetime, holder: Holder, sha256: str, subject: str = "", only_first: bool = False
) -> Holder:
    """Bind a client certificate by its fingerprint; with ``only_first`` one that is bound already stays.

    ``sha256``: 64 hexadecimal digits, colons allowed. Raises ``fingerprint-malformed``.
    """
    fingerprint = sha256.replace(":", "").replace(" ", "").lower()
    if not _SHA256.fullmatch(fingerprint):
        raise NenghaoError(
            "fingerprint-malformed", "证书指纹格式不对", "malformed fingerprint of a certificate", record=sha256[:80],
            field="sha256", mend_zh="64 位十六进制：openssl x509 -noout -fingerprint -sha256 -in 证书",
            mend_en="64 hexadecimal digits: openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE",
        )  # fmt: skip
    holder = _locked(holder)
    if holder.certificate_sha256 and (only_first or holder.certificate_sha256 == fingerprint):
        return holder
    before = _certificate(holder)
    holder.certificate_sha256, holder.certificate_subject = fingerprint, subject[:300]
    holder.certificate_bound_at, holder.certificate_bound_by = now, actor.name
    holder.save()
    _record(actor, now, holder, "certificate-bound", before=before, after=_certificate(holder))
    return holder


@transaction.atomic
def unbind_certificate(*, actor: Actor, now: datetime, holder: Holder, reason: str) -> Holder:
    """Forget the bound certificate; the next one that is shown after approval is bound. Needs a reason."""
    _require_reason(reason)
    holder = _locked(holder)
    if holder.certificate_sha256:
        before = _certificate(holder)
        holder.certificate_sha256 = holder.certificate_subject = holder.certificate_bound_by = ""
        holder.certificate_bound_at = None
        holder.save()
        _record(actor, now, holder, "certificate-unbound", before=before, after=_certificate(holder), reason=reason)
    return holder


@transaction.atomic
def limit_rates(
    *, actor: Actor, now: datetime, holder: Holder, requests_per_minute: int | None, records_per_minute: int | None
) -> Holder:
    """Set limits of the holder's own; ``None`` lets the setting count, 0 means no limit."""
    after = {"requests_per_minute": requests_per_minute, "records_per_minute": records_per_minute}
    for name, value in after.items():
        if value is not None and not 0 <= value <= MAX_PER_MINUTE:
            raise NenghaoError(
                "rate-range", "每分钟上限不对", "the limit per minute is out of range", record=str(value), field=name,
                mend_zh="填 0 以上的整数，留空用平台设置",
                mend_en="a whole number from 0; empty for the platform's setting",
            )  # fmt: skip
    holder = _locked(holder)
    before = {name: getattr(holder, name) for name in after}
    if before != after:
        holder.requests_per_minute, holder.records_per_minute = requests_per_minute, records_per_minute
        holder.save()
        _record(actor, now, holder, "rates-limited", before=before, after=after)
    return holder


@transaction.atomic
def open_registration(*, actor: Actor, now: datetime, holder: Holder, minutes: int, reason: str = "") -> Holder:
    """Let a gateway that is known by its address alone register again for ``minutes``: it lost its identity."""
    holder = _locked(holder)
    holder.register_again_until = now + timedelta(minutes=minutes)
    holder.save()
    _record(
        actor, now, holder, "registration-opened", after={"until": holder.register_again_until}, reason=reason
    )  # fmt: skip
    return holder


def _locked(holder: Holder) -> Holder:
    """Give the row as it is now, locked until the transaction ends."""
    return type(holder)._meta.base_manager.select_for_update(of=("self",)).get(pk=holder.pk)


def _certificate(holder: KeyHolder) -> dict[str, Any]:
    return {"certificate": holder.certificate_sha256, "subject": holder.certificate_subject}


def _record(actor: Actor, now: datetime, holder: KeyHolder, action: str, **facts: Any) -> None:
    reason = str(facts.pop("reason", "")).strip()[:200]
    record(actor=actor, now=now, action=f"{holder.audited_as()['object_type']}-{action}", **holder.audited_as(),
           reason=reason, **facts)  # fmt: skip


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise NenghaoError(
            "reason-missing", "请填写理由", "a reason is needed", field="reason",
            mend_zh="写明原因，记入操作日志", mend_en="say why; it stands in the audit trail",
        )  # fmt: skip
