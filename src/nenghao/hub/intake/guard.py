"""Who may speak for a device: what every call of a known device passes before its operation looks at it.

In this order: certificate, signature, nonce, first use, rate. The rate comes last, so that nobody who cannot prove to
be the device uses up what it may send. A call of a device that neither signs nor shows a certificate costs some
microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.models import Platform
from nenghao.hub.intake.limits import Pace
from nenghao.hub.intake.nonces import NonceMemory
from nenghao.hub.intake.snapshot import Sender
from nenghao.hub.proxies import ShownCertificate, shown_certificate
from nenghao.hub.registry import keys
from nenghao.hub.registry.models import Device
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.hub.registry.models.keys import KeyHolder, Trust
from nenghao.protocol import MessageError, refuse
from nenghao.protocol.signing import HEADERS, SIGNATURE, WINDOW_S, verify

OFF, OPTIONAL, REQUIRED = "off", "optional", "required"
PLATFORM_FACTOR = 10
"""A platform below sends for all its enterprises: it may send this many times what a device may."""
_IN_META = {name: "HTTP_" + name.upper().replace("-", "_") for name in HEADERS}
SIGNATURE_IN_META = _IN_META[SIGNATURE]

nonces = NonceMemory()
requests, records = Pace(), Pace()


class TooManyError(MessageError):
    """``too-many-requests``, with the time after which to come back [s]."""

    def __init__(self, limit: int, wait_s: float) -> None:
        self.retry_after_s = int(wait_s) + 1
        super().__init__(refuse("too-many-requests", value=self.retry_after_s, more=limit))


def admit(meta: Mapping[str, Any], body: bytes, sender: Sender, *, now: datetime) -> None:
    """Let a call of ``sender`` through, or raise :class:`nenghao.protocol.MessageError` with the reason.

    ``meta`` is the WSGI environment of the request, ``body`` its bytes as they came.
    """
    shown = check_certificate(meta, sender.trust)
    is_first_signature = _check_signature(meta, body, sender, now.timestamp())
    if is_first_signature:
        keys.note_first_signature(now=now, holder=holder_of(sender))
    if shown is not None and not sender.trust.certificate_sha256 and sender.status == DeviceStatus.APPROVED:
        keys.bind_certificate(
            actor=Actor(name="first use"), now=now, holder=holder_of(sender), sha256=shown.sha256,
            subject=shown.subject, only_first=True,
        )  # fmt: skip
    _keep_pace(requests, sender, 1, sender.trust.requests_per_minute, settings.NENGHAO_REQUESTS_PER_MINUTE)


def weigh(sender: Sender, count: int) -> None:
    """Count the records of a batch of ``sender``, or refuse it with ``too-many-requests``."""
    _keep_pace(records, sender, count, sender.trust.records_per_minute, settings.NENGHAO_RECORDS_PER_MINUTE)


def check_certificate(meta: Mapping[str, Any], trust: Trust) -> ShownCertificate | None:
    """Give the certificate that the call shows, if it may be the sender's; else refuse.

    Raises ``certificate-missing`` where one is bound or required, ``certificate-mismatch`` where another is bound.
    """
    mode = settings.NENGHAO_CERTIFICATES
    if mode == OFF:
        return None
    shown, bound = shown_certificate(meta), trust.certificate_sha256
    if shown is None:
        if bound or mode == REQUIRED:
            raise MessageError(refuse("certificate-missing"))
    elif shown.sha256 != (bound or shown.sha256) or not shown.sha256:
        raise MessageError(refuse("certificate-mismatch", value=shown.subject))
    return shown


def holder_of(sender: Sender) -> KeyHolder:
    """Load the device, or the platform below, whose keys these are."""
    if sender.platform_pk is not None:
        return Platform.objects.get(pk=sender.platform_pk)
    return Device.objects.get(pk=sender.device_pk)


def _check_signature(meta: Mapping[str, Any], body: bytes, sender: Sender, now: float) -> bool:
    """Refuse what is not signed as it must be; tell whether a sender that need not has signed for the first time."""
    mode, trust = settings.NENGHAO_SIGNATURES, sender.trust
    if mode == OFF:
        return False
    if SIGNATURE_IN_META not in meta:
        if trust.must_sign or REQUIRED in (mode, sender.profile.signing):
            raise MessageError(refuse("signature-missing"))
        return False
    headers = {name: meta.get(key, "") for name, key in _IN_META.items()}
    key, previous = trust.sign_keys(now)
    path = _base_path(settings.NENGHAO_BASE_URL) + meta.get("PATH_INFO", "")
    verdict = verify(key, path, body, headers, now=now, previous_key=previous)
    if not verdict.ok:
        raise MessageError(refuse(verdict.code, value=round(verdict.offset_s), more=WINDOW_S))
    if not nonces.is_new(sender.device_id, verdict.timestamp, bytes.fromhex(verdict.nonce), now=now):
        raise MessageError(refuse("nonce-replayed"))
    return not trust.must_sign


@lru_cache(maxsize=4)
def _base_path(base_url: str) -> str:
    """Give the part of the public address that a proxy takes away: a gateway signs the path that it calls."""
    return urlsplit(base_url).path.rstrip("/")


def _keep_pace(pace: Pace, sender: Sender, count: int, own: int | None, usual: int) -> None:
    limit = usual * (PLATFORM_FACTOR if sender.platform_pk is not None else 1) if own is None else own
    if limit and (wait_s := pace.wait_s(sender.device_id, count, limit)):
        raise TooManyError(limit, wait_s)
