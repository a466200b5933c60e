"""Values sealed with a key file: devices' SM4 keys, so that a dump of the database alone gives none away."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from nenghao.errors import NenghaoError
from nenghao.hub.secret_files import read_or_create

SEAL_FILE = "seal.key"


@lru_cache
def _cipher(data_dir: Path) -> Fernet:
    return Fernet(read_or_create(data_dir / SEAL_FILE, lambda: Fernet.generate_key().decode()))


def seal(text: str) -> str:
    """Encrypt ``text`` (AES-128-CBC with HMAC) under the key file of this hub; the empty text stays empty."""
    return _cipher(settings.NENGHAO_DATA_DIR).encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """Give back what :func:`seal` took; ``seal-broken`` when the key file is not the one it was sealed with."""
    if not sealed:
        return ""
    try:
        return _cipher(settings.NENGHAO_DATA_DIR).decrypt(sealed.encode()).decode()
    except InvalidToken as broken:
        raise NenghaoError(
            "seal-broken", "设备密钥无法解封", "a device key cannot be unsealed", field=SEAL_FILE,
            mend_zh=f"恢复数据目录中与数据库同期备份的 {SEAL_FILE}",
            mend_en=f"restore the {SEAL_FILE} that was backed up with the database",
        ) from broken  # fmt: skip
