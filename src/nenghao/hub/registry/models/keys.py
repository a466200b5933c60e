"""Who speaks on the wire and how it proves that: the fields that a device and a platform below have alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.seals import seal, unseal


@lru_cache(maxsize=20_000)
def unsealed(sealed: str) -> str:
    """Give a key in plain text; unsealing takes longer than all other checks of a call together."""
    return unseal(sealed)


@dataclass(frozen=True, slots=True)
class Trust:
    """What the guard of the wire must know of a sender; made by :meth:`KeyHolder.trust`, kept in the snapshot.

    ``previous_until`` [s since 1970] ends the grace of the keys before the last rotation; limits are per minute,
    ``None`` where the setting counts.
    """

    sealed_secret: str = ""
    sealed_previous_secret: str = ""
    sealed_sign: str = ""
    sealed_previous_sign: str = ""
    previous_until: float = 0.0
    must_sign: bool = False
    certificate_sha256: str = ""
    requests_per_minute: int | None = None
    records_per_minute: int | None = None

    def sign_keys(self, now: float) -> tuple[str, str]:
        """Give the key that signs now, 64 hex digits, and the one before during its grace; each may be empty."""
        return unsealed(self.sealed_sign), unsealed(self.sealed_previous_sign) if now < self.previous_until else ""

    def secret_keys(self, now: float) -> tuple[str, str]:
        """Give the SM4 key, 32 hex digits, and the one before during its grace; each may be empty."""
        return (
            unsealed(self.sealed_secret), unsealed(self.sealed_previous_secret) if now < self.previous_until else ""
        )  # fmt: skip


class KeyHolder(models.Model):
    """The keys of who calls: sealed under the hub's key file, with the ones before the last rotation and their grace.

    ``must_sign``: from the first valid signature on, or by an officer's choice; there is no way back by itself.
    ``certificate_sha256`` is the fingerprint of the bound client certificate, 64 lower-case hex digits, or nothing.
    ``register_again_until``: until then a gateway that is known by its address alone is given its identity again.
    ``keys_given`` counts how often keys went out.
    """

    sealed_secret_key = models.TextField(blank=True, editable=False)
    sealed_previous_secret_key = models.TextField(blank=True, editable=False)
    sealed_sign_key = models.TextField(blank=True, editable=False)
    sealed_previous_sign_key = models.TextField(blank=True, editable=False)
    keys_issued_at = models.DateTimeField(_("密钥签发时间"), null=True, blank=True)
    keys_rotated_at = models.DateTimeField(_("密钥更换时间"), null=True, blank=True)
    previous_keys_until = models.DateTimeField(_("旧密钥有效至"), null=True, blank=True)
    keys_given = models.PositiveIntegerField(_("密钥下发次数"), default=0)
    keys_given_at = models.DateTimeField(_("最近下发时间"), null=True, blank=True)
    register_again_until = models.DateTimeField(_("可重新注册至"), null=True, blank=True)
    must_sign = models.BooleanField(_("须签名"), default=False)
    signed_since = models.DateTimeField(_("首次有效签名"), null=True, blank=True)
    certificate_sha256 = models.CharField(_("客户端证书指纹"), max_length=64, blank=True)
    certificate_subject = models.CharField(_("证书主题"), max_length=300, blank=True)
    certificate_bound_at = models.DateTimeField(_("证书绑定时间"), null=True, blank=True)
    certificate_bound_by = models.CharField(_("证书绑定人"), max_length=150, blank=True)
    requests_per_minute = models.PositiveIntegerField(_("每分钟请求上限"), null=True, blank=True)
    records_per_minute = models.PositiveIntegerField(_("每分钟记录上限"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def secret_key(self) -> str:
        """The SM4 key, 32 hex digits, or nothing; never print or log it."""
        return unseal(self.sealed_secret_key)

    @secret_key.setter
    def secret_key(self, key: str) -> None:
        self.sealed_secret_key = seal(key)

    @property
    def sign_key(self) -> str:
        """The key of signatures, 64 hex digits, or nothing; never print or log it."""
        return unseal(self.sealed_sign_key)

    @sign_key.setter
    def sign_key(self, key: str) -> None:
        self.sealed_sign_key = seal(key)

    @property
    def has_keys(self) -> bool:
        """Whether there is anything to rotate."""
        return bool(self.sealed_secret_key or self.sealed_sign_key)

    def has_grace(self, now: datetime) -> bool:
        """Whether the keys before the last rotation still count."""
        return self.previous_keys_until is not None and now < self.previous_keys_until

    def trust(self) -> Trust:
        """Give what the guard must know."""
        until = self.previous_keys_until
        return Trust(
            sealed_secret=self.sealed_secret_key, sealed_previous_secret=self.sealed_previous_secret_key,
            sealed_sign=self.sealed_sign_key, sealed_previous_sign=self.sealed_previous_sign_key,
            previous_until=until.timestamp() if until else 0.0, must_sign=self.must_sign,
            certificate_sha256=self.certificate_sha256, requests_per_minute=self.requests_per_minute,
            records_per_minute=self.records_per_minute,
        )  # fmt: skip

    def audited_as(self) -> dict[str, str]:
        """Give ``object_type``, ``object_key`` and ``region_path`` for the audit trail."""
        raise NotImplementedError
