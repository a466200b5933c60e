"""What ``nenghao hub check`` looks at beyond Django's own checks."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from django.conf import settings

from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.registry.models import Region
from nenghao.hub.seals import SEAL_FILE

KEY_FILES = ("django.key", SEAL_FILE)


def problems() -> list[str]:
    """Give one line for each thing that is wrong, in both languages."""
    return [*_keys(), *_rows()]


def _keys() -> Iterator[str]:
    for name in KEY_FILES:
        path = settings.NENGHAO_DATA_DIR / name
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"{path}: 其他用户可读，请 chmod 600 / readable by others, chmod 600 it"


def _rows() -> Iterator[str]:
    if not Region.objects.exists():
        yield "没有行政区划，请运行 nenghao hub init / no regions, run nenghao hub init"
    if not Account.objects.filter(role=Role.OPERATOR, is_active=True).exists():
        yield "没有运维账号，请运行 nenghao hub create-account --role operator / no operator account yet"
