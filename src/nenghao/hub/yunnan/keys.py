"""Secrets of dialect B: working keys, PINs, tokens, and the patience with wrong ones."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from nenghao.hub.registry.models import Device, Enterprise
from nenghao.hub.seals import seal, unseal
from nenghao.hub.yunnan.models import AccessToken, WorkingKey
from nenghao.protocol.yunnan import decrypt_pin

LIVE_TOKENS = 20
"""Tokens of one device that are good at the same time; the oldest gives way."""
REMEMBERED = 10_000


def working_key(enterprise: Enterprise, *, now: datetime) -> str:
    """Give the enterprise's working key, sixteen characters; made when first asked for."""
    found = WorkingKey.objects.filter(enterprise=enterprise).first()
    if found is None:
        made = WorkingKey(enterprise=enterprise, sealed_key=seal(secrets.token_hex(8)), issued_at=now)
        try:
            with transaction.atomic():
                made.save()
            found = made
        except IntegrityError:  # two asked at once
            found = WorkingKey.objects.get(enterprise=enterprise)
    return unseal(found.sealed_key)


def pin_digest(enterprise: Enterprise, password: str, *, now: datetime) -> str:
    """Give the keyed digest of the PIN in a password; raise ``pin-wrong`` when the working key does not open it.

    A PIN has a million values: only this hub's key, which is not in the database, keeps the digest from telling it.
    """
    pin = decrypt_pin(password, working_key=working_key(enterprise, now=now), enterprise_code=enterprise.code)
    said = f"yunnan-pin|{enterprise.code}|{pin}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()


@transaction.atomic
def issue_token(device: Device, *, now: datetime) -> tuple[str, datetime]:
    """Give a new token and its end; expired ones go."""
    token, expires_at = secrets.token_hex(32), now + timedelta(seconds=settings.NENGHAO_YUNNAN_TOKEN_S)
    tokens = AccessToken.objects.filter(device=device)
    tokens.filter(expires_at__lte=now).delete()
    for old in tokens.order_by("-issued_at", "-pk")[LIVE_TOKENS - 1 :]:
        _known.forget(old.digest)
        old.delete()
    AccessToken.objects.create(device=device, digest=_digest(token), issued_at=now, expires_at=expires_at)
    return token, expires_at


def device_of_token(token: str, *, now: datetime) -> str | None:
    """Give the identity of the device that a token was issued to; ``None`` for a bad or expired one."""
    digest = _digest(token)
    found = _known.get(digest)
    if found is None:
        row = AccessToken.objects.filter(digest=digest).select_related("device").first()
        if row is None:
            return None
        found = (row.device.device_id, row.expires_at)
        _known.put(digest, found)
    return found[0] if now < found[1] else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class _Known:
    """Tokens that were looked up before: one record per request must not cost a question to the database each."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, tuple[str, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str) -> tuple[str, datetime] | None:
        """Give what is known of a digest."""
        return self._rows.get(digest)

    def put(self, digest: str, row: tuple[str, datetime]) -> None:
        """Remember; what came first is forgotten first."""
        with self._lock:
            self._rows[digest] = row
            while len(self._rows) > REMEMBERED:
                self._rows.popitem(last=False)

    def forget(self, digest: str) -> None:
        """Forget one."""
        with self._lock:
            self._rows.pop(digest, None)


_known = _Known()


class Patience:
    """How many wrong PINs (or forms) are borne in a sliding window; in the memory of the one serving process.

    >>> patience = Patience(limit=2, window_s=60)
    >>> patience.bears("a"), patience.count("a"), patience.count("a"), patience.bears("a"), patience.bears("b")
    (True, None, None, False, True)
    """

    def __init__(self, *, limit: int, window_s: float) -> None:
        self.limit, self.window_s = limit, window_s
        self._counted: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def bears(self, key: str) -> bool:
        """Tell whether one more attempt is let through."""
        with self._lock:
            return len(self._recent(key)) < self.limit

    def count(self, key: str) -> None:
        """Count one that was borne."""
        with self._lock:
            self._counted[key] = [*self._recent(key), time.monotonic()]
            self._counted.move_to_end(key)
            while len(self._counted) > REMEMBERED:
                self._counted.popitem(last=False)

    def _recent(self, key: str) -> list[float]:
        since = time.monotonic() - self.window_s
        return [at for at in self._counted.get(key, ()) if at > since]
