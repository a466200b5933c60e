"""What a reverse proxy in front of the hub may say of its caller: the address, and the client certificate it verified.

Headers can be sent by anyone; they are believed only from the addresses in ``NENGHAO_TRUSTED_PROXIES``. The server
itself verifies client certificates (``--client-ca``) but does not tell the program which one it saw.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings

MAX_HOPS = 10
_FINGERPRINT = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """A client certificate that the proxy verified: its SHA-256 fingerprint, 64 lower-case hex digits, and subject.

    A header that cannot be read has an empty fingerprint: it is no certificate that could be bound to anything.
    """

    sha256: str
    subject: str = ""


def client_address(meta: Mapping[str, Any]) -> str:
    """Give the caller's address, or nothing: the peer's, or what a trusted proxy says in ``X-Forwarded-For``.

    Read from the right: of a chain of trusted proxies the address before the first of them counts; everything further
    left was written by the caller.
    """
    peer = meta.get("REMOTE_ADDR") or ""
    networks = tuple(settings.NENGHAO_TRUSTED_PROXIES)
    if not networks or not _is_trusted(peer, networks):
        return peer
    for hop in reversed((meta.get("HTTP_X_FORWARDED_FOR") or "").split(",")[-MAX_HOPS:]):
        address = _address(hop.strip())
        if not address:
            break
        peer = address
        if not _is_trusted(address, networks):
            break
    return peer


def shown_certificate(meta: Mapping[str, Any]) -> ShownCertificate | None:
    """Give the client certificate that a trusted proxy hands over; ``None`` where there is none."""
    networks = tuple(settings.NENGHAO_TRUSTED_PROXIES)
    if not networks or not _is_trusted(meta.get("REMOTE_ADDR") or "", networks):
        return None
    name = "HTTP_" + settings.NENGHAO_CERTIFICATE_HEADER.upper().replace("-", "_")
    text = (meta.get(name) or "").strip()
    return _certificate(text, (meta.get(f"{name}_SUBJECT") or "").strip()[:300]) if text else None


@lru_cache(maxsize=4096)
def _certificate(text: str, subject: str) -> ShownCertificate:
    """Read the forms in use: RFC 9440 (``:base64 DER:``), an escaped PEM (nginx), a fingerprint (Caddy, HAProxy)."""
    bare = text.replace(":", "").lower()
    if _FINGERPRINT.fullmatch(bare):
        return ShownCertificate(bare, subject)
    try:
        if text.startswith(":"):
            loaded = x509.load_der_x509_certificate(base64.b64decode(text.strip(":"), validate=True))
        else:
            loaded = x509.load_pem_x509_certificate(unquote(text).encode())
    except (ValueError, binascii.Error):
        return ShownCertificate("")
    return ShownCertificate(loaded.fingerprint(SHA256()).hex(), loaded.subject.rfc4514_string()[:300])


@lru_cache(maxsize=4096)
def _is_trusted(address: str, networks: tuple[str, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in ip_network(network, strict=False) for network in networks)


@lru_cache(maxsize=4096)
def _address(text: str) -> str:
    """Give an address in its usual form, without a port; nothing for anything else."""
    bare = text[1 : text.find("]")] if text.startswith("[") else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ip_address(bare))
    except ValueError:
        return ""
