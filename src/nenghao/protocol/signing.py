"""Signatures of requests, ours: HMAC-SM3 over method, path, time, nonce and the digest of the body; no clock, no IO.

The canonical string has five lines, joined by line feeds, without one at the end::

    POST
    /nhjc/uploadEnergyData
    1772571960
    00112233445566778899aabbccddeeff
    66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0

SM3 is GB/T 32905-2016, HMAC is RFC 2104 with its block of 64 bytes, the key the 32 bytes of ``signKey``. Vectors for
other implementers: ``tests/protocol/signing_vectors.csv``; the words for a gateway maker: ``docs/protocol.md``.

>>> sm3_hex(b"abc")[:16]
'66c7f0f462eeedd9'
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC

from nenghao.errors import NenghaoError

TIMESTAMP, NONCE, SIGNATURE = "X-Nenghao-Timestamp", "X-Nenghao-Nonce", "X-Nenghao-Signature"
HEADERS = (TIMESTAMP, NONCE, SIGNATURE)
HMAC_SM3 = "hmac-sm3"
"""What a gateway sends as ``signing`` with its registration."""
WINDOW_S = 300
"""How far the time of a signature may be from the receiver's clock, either way [s]."""
KEY_BYTES, NONCE_BYTES = 32, 16
_HEX_64 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_NONCE = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a signature is worth. ``code`` is empty when it holds, else the reason in ``rejections.toml``.

    ``timestamp`` [s since 1970] and ``nonce`` are the signature's own, for who keeps nonces; ``offset_s`` says how far
    the signer's clock is ahead of the receiver's [s]; ``is_previous`` that the key before the last rotation signed.
    """

    code: str = ""
    timestamp: int = 0
    nonce: str = ""
    offset_s: float = 0.0
    is_previous: bool = False

    @property
    def ok(self) -> bool:
        """Whether the signature holds."""
        return not self.code


def signed_headers(
    sign_key: str, path: str, body: bytes, *, now: float, nonce: str, method: str = "POST"
) -> dict[str, str]:
    """Give the three headers that sign a request.

    ``sign_key`` is the registration's ``signKey`` (64 hexadecimal digits), ``path`` the path of the address called,
    without host and query, ``body`` the bytes as sent, ``now`` seconds since 1970, ``nonce`` 32 random hexadecimal
    digits, never used twice. Raises ``sign-key-malformed`` or ``nonce-malformed``.
    """
    if not _NONCE.fullmatch(nonce):
        raise NenghaoError(
            "nonce-malformed", "nonce 应为 32 位十六进制数字", "a nonce has 32 hexadecimal digits", field=NONCE,
            mend_zh="每次请求用 secrets.token_hex(16) 新生成", mend_en="make a new one with secrets.token_hex(16)",
        )  # fmt: skip
    timestamp = str(int(now))
    text = canonical_text(method, path, timestamp, nonce, sm3_hex(body))
    return {TIMESTAMP: timestamp, NONCE: nonce, SIGNATURE: hmac_sm3_hex(_key(sign_key), text)}


def verify(
    sign_key: str,
    path: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    now: float,
    previous_key: str = "",
    method: str = "POST",
) -> Verdict:
    """Judge the signature of a request: ``signature-missing``, ``timestamp-off``, ``signature-wrong`` or nothing.

    ``headers`` are looked up under the names in :data:`HEADERS`; ``previous_key`` is tried after ``sign_key``. Whether
    the nonce was seen before is for the caller to say, who keeps them: only of a signature that holds.
    """
    timestamp, nonce, signature = (headers.get(name) or "" for name in HEADERS)
    if not (timestamp or nonce or signature):
        return Verdict("signature-missing")
    if not (_TIMESTAMP.fullmatch(timestamp) and _NONCE.fullmatch(nonce) and _HEX_64.fullmatch(signature)):
        return Verdict("signature-wrong")
    at = int(timestamp)
    if abs(at - now) > WINDOW_S:  # the cheap question first: the digest of the body costs most
        return Verdict("timestamp-off", at, nonce, at - now)
    text = canonical_text(method, path, timestamp, nonce, sm3_hex(body))
    for key in filter(None, (sign_key, previous_key)):
        if hmac.compare_digest(hmac_sm3_hex(_key(key), text), signature.lower()):
            return Verdict("", at, nonce, at - now, is_previous=key != sign_key)
    return Verdict("signature-wrong", at, nonce, at - now)


def canonical_text(method: str, path: str, timestamp: str, nonce: str, body_sm3_hex: str) -> bytes:
    """Give the bytes that are signed: five lines, the texts exactly as they stand in request and headers."""
    return "\n".join((method, path, timestamp, nonce, body_sm3_hex)).encode()


def sm3_hex(content: bytes) -> str:
    """Give the SM3 digest as 64 lower-case hexadecimal digits."""
    digest = Hash(SM3())
    digest.update(content)
    return digest.finalize().hex()


def hmac_sm3_hex(key: bytes, content: bytes) -> str:
    """Give the HMAC-SM3 as 64 lower-case hexadecimal digits."""
    code = HMAC(key, SM3())
    code.update(content)
    return code.finalize().hex()


def _key(sign_key: str) -> bytes:
    if not _HEX_64.fullmatch(sign_key):
        raise NenghaoError(
            "sign-key-malformed", "signKey 应为 64 位十六进制数字", "a signKey has 64 hexadecimal digits",
            field="signKey", mend_zh="重新注册以取得 signKey", mend_en="register again to get a signKey",
        )  # fmt: skip
    return bytes.fromhex(sign_key)
