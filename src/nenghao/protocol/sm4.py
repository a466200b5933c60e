"""SM4 field encryption (GB/T 32907-2016) as Shandong uses it: ECB, PKCS#7, UTF-8, lower-case hexadecimal.

Every field is padded by itself, so the ciphertexts of a whole batch can go through the cipher in one call: ECB treats
each 16-byte block alone. ECB also shows which plaintexts are equal; the format leaves no choice.

>>> sm4_encrypt_field("1", "0123456789abcdeffedcba9876543210")
'b265308ec733dc5cd02ea745329dc5f9'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

from nenghao.errors import NenghaoError

BLOCK = 16
_CIPHERTEXT = re.compile(r"(?:[0-9a-fA-F]{32})+")


def looks_encrypted(text: str) -> bool:
    """Tell whether a field can be ciphertext: whole blocks of hexadecimal, which no plain field of a record is."""
    return _CIPHERTEXT.fullmatch(text) is not None


def sm4_encrypt_fields(texts: Sequence[str], key_hex: str) -> list[str]:
    """Encrypt each text by itself; ``key_hex`` is the ``secretKey`` of the registration, 32 hexadecimal digits."""
    padded = [_pad(text.encode()) for text in texts]
    encryptor = _cipher(key_hex).encryptor()
    whole = (encryptor.update(b"".join(padded)) + encryptor.finalize()).hex()
    cuts = accumulate((2 * len(block) for block in padded), initial=0)
    return [whole[start:end] for start, end in pairwise(cuts)]


def sm4_decrypt_fields(texts: Sequence[str], key_hex: str) -> list[str | None]:
    """Decrypt each text by itself; ``None`` stands where the key does not open it (padding or UTF-8 is wrong)."""
    for text in texts:
        if not looks_encrypted(text):
            raise ValueError("not SM4 ciphertext: give only texts that look_encrypted")
    decryptor = _cipher(key_hex).decryptor()
    whole = decryptor.update(bytes.fromhex("".join(texts))) + decryptor.finalize()
    cuts = accumulate((len(text) // 2 for text in texts), initial=0)
    return [_unpad(whole[start:end]) for start, end in pairwise(cuts)]


def sm4_encrypt_field(text: str, key_hex: str) -> str:
    """Encrypt one field."""
    return sm4_encrypt_fields([text], key_hex)[0]


def sm4_decrypt_field(text: str, key_hex: str) -> str:
    """Decrypt one field; raise ``decrypt-failed`` when the key does not open it."""
    plain = sm4_decrypt_fields([text], key_hex)[0] if looks_encrypted(text) else None
    if plain is None:
        raise NenghaoError(
            "decrypt-failed", "解密失败！", "decryption failed",
            mend_zh="核对注册时得到的 secretKey", mend_en="check the secretKey of the registration",
        )  # fmt: skip
    return plain


def _cipher(key_hex: str) -> Cipher:
    try:
        return Cipher(SM4(bytes.fromhex(key_hex)), ECB())  # noqa: S305  the protocol prescribes ECB
    except ValueError:
        raise NenghaoError(
            "key-malformed", "SM4 密钥格式不对", "malformed SM4 key", field="secretKey",
            mend_zh="应为 32 位十六进制", mend_en="write 32 hexadecimal digits",
        ) from None  # fmt: skip


def _pad(plain: bytes) -> bytes:
    size = BLOCK - len(plain) % BLOCK
    return plain + bytes([size]) * size


def _unpad(padded: bytes) -> str | None:
    size = padded[-1]
    if not 1 <= size <= BLOCK or padded[-size:] != bytes([size]) * size:
        return None
    try:
        return padded[:-size].decode()
    except UnicodeDecodeError:
        return None
