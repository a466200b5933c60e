"""The password of dialect B: a six-digit PIN in one SM4-CBC block, under the enterprise's working key.

1. The PIN becomes eight bytes: ``06`` (its length), three bytes of BCD, four bytes ``FF``; written as sixteen
   upper-case hexadecimal characters (:func:`pin_block`).
2. Those sixteen *characters* are one block of SM4-CBC. The key is the working key's sixteen ASCII characters, the IV
   the first sixteen characters of the enterprise code. The result is 32 upper-case hexadecimal characters.

Nothing in it changes from call to call, so whoever reads a password can use it again: it needs TLS around it.

>>> encrypt_pin("123456", working_key="0123456789abcdef", enterprise_code="91000000MA000000XX")
'73BE99D743BF9C0E5AAC06C5AF41C6F6'
>>> decrypt_pin(
...     "73BE99D743BF9C0E5AAC06C5AF41C6F6", working_key="0123456789abcdef", enterprise_code="91000000MA000000XX"
... )
'123456'
"""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC

from nenghao.errors import NenghaoError

BLOCK = 16
PIN_DIGITS = 6
_PIN = re.compile(r"\d{6}", re.ASCII)
_BLOCK = re.compile(r"06(\d{6})FFFFFFFF", re.ASCII)
_PASSWORD = re.compile(r"(?:[0-9A-Fa-f]{32}){1,2}")


def pin_block(pin: str) -> str:
    """Write the PIN's block.

    >>> pin_block("123456")
    '06123456FFFFFFFF'
    """
    if not _PIN.fullmatch(pin):
        raise NenghaoError(
            "pin-malformed", "PIN 须为 6 位数字", "the PIN must be six digits", field="pin",
            mend_zh="核对平台发放的 PIN", mend_en="check the PIN that the platform gave out",
        )  # fmt: skip
    return f"{PIN_DIGITS:02d}{pin}FFFFFFFF"


def encrypt_pin(pin: str, *, working_key: str, enterprise_code: str) -> str:
    """Give the field ``password``: 32 upper-case hexadecimal characters."""
    encryptor = _cipher(working_key, enterprise_code).encryptor()
    return (encryptor.update(pin_block(pin).encode("ascii")) + encryptor.finalize()).hex().upper()


def decrypt_pin(password: str, *, working_key: str, enterprise_code: str) -> str:
    """Give the PIN of a field ``password``; raise ``pin-wrong`` when the working key does not open it.

    Some ciphers append a block of padding: of 64 characters the first 32 count.
    """
    if _PASSWORD.fullmatch(password):
        decryptor = _cipher(working_key, enterprise_code).decryptor()
        plain = decryptor.update(bytes.fromhex(password[: 2 * BLOCK])) + decryptor.finalize()
        found = _BLOCK.fullmatch(plain.decode("ascii", "replace"))
        if found:
            return found[1]
    raise NenghaoError(
        "pin-wrong", "口令不对", "the password is wrong", field="password",
        mend_zh="用 enterpriseInfo/rwk 返回的工作密钥加密 PIN",
        mend_en="encrypt the PIN with the working key that enterpriseInfo/rwk gives",
    )  # fmt: skip


def _cipher(working_key: str, enterprise_code: str) -> Cipher:
    """Make the cipher; one block, so there is no padding."""
    key, vector = (text.encode("ascii", "replace")[:BLOCK] for text in (working_key, enterprise_code))
    if len(working_key) != BLOCK or len(vector) != BLOCK:
        raise NenghaoError(
            "key-malformed", "工作密钥须为 16 个 ASCII 字符，统一社会信用代码须为 18 位",
            "the working key must be 16 ASCII characters and the enterprise code 18", field="secretKey",
            mend_zh="重新调用 enterpriseInfo/rwk", mend_en="call enterpriseInfo/rwk again",
        )  # fmt: skip
    return Cipher(SM4(key), CBC(vector))
