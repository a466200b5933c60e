"""What an officer or operator does to a device, or a platform below, beyond the decision on it: keys, signature,
certificate, rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry import keys
from nenghao.hub.registry.models.keys import KeyHolder

OPEN_MINUTES = 24 * 60
Act = Callable[..., Any]


def rotate(*, actor: Actor, now: datetime, holder: KeyHolder, form: Mapping[str, str]) -> None:
    """Make new keys; ``grace_hours`` defaults to the setting."""
    hours = _number(form, "grace_hours")
    keys.rotate_keys(
        actor=actor, now=now, holder=holder, reason=form.get("reason", ""),
        grace_hours=settings.NENGHAO_KEY_GRACE_HOURS if hours is None else hours,
    )  # fmt: skip


def issue(*, actor: Actor, now: datetime, holder: KeyHolder, form: Mapping[str, str]) -> None:
    """Make a key of signatures for who has none; it goes out with the next registration that asks for it."""
    keys.issue_sign_key(actor=actor, now=now, holder=holder, reason=form.get("reason", ""))


def end_grace(*, actor: Actor, now: datetime, holder: KeyHolder, form: Mapping[str, str]) -> None:
    """Let the keys before the last rotation count no more; needs a reason."""
    keys.end_grace(actor=actor, now=now, holder=holder, reason=form.get("reason", ""))


def require_signature(*, actor: Actor, now: datetime, holder: KeyHolder, form: Mapping[str, str]) -> None:
    """Refuse unsigned calls from now on."""
    keys.require_signature(actor=actor, now=now, holder=holder, required=True, reason=form.get("reason", ""))


def waive_signature(*, actor: Actor, now: datetime, holder: KeyHolder, form: Mapping[str, str]) -> None:
    """Take unsigned calls again, until the next valid signature; needs a reason."""
    keys.require_signature(actor=actor, now=now, holder=holder, required=False, reason=form.get("reason", ""))


def bind_certificate(*, actor: Actor, now: datetime, holder: KeyHolder, form: Mapping[str, str]) -> None:
    """Bind a certificate, given as a PEM text or by its SHA-256 fingerprint."""
    sha256, subject = certificate_of(form.get("certificate", ""))
    keys.bind_certificate(actor=actor, now=now, holder=holder, sha256=sha256, subject=subject)


def unbind_certificate(*, actor: Actor, now: datetime, holder: KeyHolder, form: Mapping[str, str]) -> None:
    """Forget the bound certificate; needs a reason."""
    keys.unbind_certificate(actor=actor, now=now, holder=holder, reason=form.get("reason", ""))


def limit_rates(*, actor: Actor, now: datetime, holder: KeyHolder, form: Mapping[str, str]) -> None:
    """Set limits of its own; empty fields let the setting count."""
    keys.limit_rates(
        actor=actor, now=now, holder=holder, requests_per_minute=_number(form, "requests_per_minute"),
        records_per_minute=_number(form, "records_per_minute"),
    )  # fmt: skip


def open_registration(*, actor: Actor, now: datetime, holder: KeyHolder, form: Mapping[str, str]) -> None:
    """Let the gateway register again from its address for a day."""
    keys.open_registration(actor=actor, now=now, holder=holder, minutes=OPEN_MINUTES, reason=form.get("reason", ""))


ACTS: Mapping[str, Act] = {
    "issue": issue,
    "rotate": rotate,
    "end-grace": end_grace,
    "require-signature": require_signature,
    "waive-signature": waive_signature,
    "bind-certificate": bind_certificate,
    "unbind-certificate": unbind_certificate,
    "limit-rates": limit_rates,
    "open-registration": open_registration,
}


def _number(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 11):
        raise NenghaoError(
            "not-a-number", "请填写整数", "give a whole number", record=text[:40], field=name,
            mend_zh="0 以上的整数，或留空", mend_en="a whole number from 0, or nothing",
        )  # fmt: skip
    return int(text)


def certificate_of(text: str) -> tuple[str, str]:
    """Give fingerprint and subject of a PEM text; anything else is taken for a fingerprint.

    Raises ``certificate-malformed``.
    """
    if "BEGIN CERTIFICATE" not in text:
        return text.strip(), ""
    try:
        loaded = x509.load_pem_x509_certificate(text.encode())
    except ValueError as broken:
        raise NenghaoError(
            "certificate-malformed", "证书无法读取", "the certificate cannot be read", field="certificate",
            mend_zh="粘贴 PEM 格式的证书全文，或 SHA-256 指纹",
            mend_en="paste the whole PEM text, or the SHA-256 fingerprint",
        ) from broken  # fmt: skip
    return loaded.fingerprint(SHA256()).hex(), loaded.subject.rfc4514_string()
