"""Strict TOML files: unknown keys, wrong types and absent keys are refused with file, key and mend.

Shared by device templates, the edge's and the simulator's configuration.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from nenghao.errors import NenghaoError

T = TypeVar("T")

_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_CHINESE = (
    (re.compile(r"^Object missing required field `(.+)`$"), r"缺少必填项 \1", "补上 {0}", "add {0}"),
    (re.compile(r"^Object contains unknown field `(.+)`$"), r"不认识的键 \1", "删去或改正 {0}", "correct {0}"),
    (re.compile(r"^Expected (.+), got (.+)$"), r"应为 \1，实为 \2", "改为 {0}", "write {0}"),
    (re.compile(r"^Invalid enum value (.+)$"), r"不允许的取值 \1", "改用文档所列的值", "use a documented value"),
)  # fmt: skip


class ConfigError(NenghaoError):
    """A configuration file that cannot be used; names the file, the key and the mend."""


def config_error(path: Path, key: str, zh: str, en: str, *, mend_zh: str = "", mend_en: str = "") -> ConfigError:
    """Make a refusal of ``key`` in the file ``path``."""
    return ConfigError(
        "config-invalid", f"配置文件 {path.name}: {zh}", f"configuration {path.name}: {en}",
        record=str(path), field=key, mend_zh=mend_zh, mend_en=mend_en,
    )  # fmt: skip


def load_toml(path: Path, kind: type[T]) -> T:
    """Read ``path`` into ``kind`` (a msgspec struct); raise :class:`ConfigError` for anything that does not fit."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8-sig")), kind, strict=True)
    except OSError as error:
        raise config_error(
            path, "", f"不能读取（{error.strerror}）", f"cannot be read ({error.strerror})",
            mend_zh="检查路径和权限", mend_en="check the path and its permissions",
        ) from None  # fmt: skip
    except UnicodeDecodeError:
        raise config_error(
            path, "", "不是 UTF-8 文本", "is not UTF-8 text",
            mend_zh="另存为 UTF-8", mend_en="save it as UTF-8",
        ) from None  # fmt: skip
    except tomllib.TOMLDecodeError as error:
        raise config_error(
            path, "", f"不是合法的 TOML: {error}", f"is not valid TOML: {error}",
            mend_zh="改正所指的行", mend_en="mend the line named",
        ) from None  # fmt: skip
    except msgspec.ValidationError as error:
        raise _translated(path, str(error)) from None


def _translated(path: Path, text: str) -> ConfigError:
    at = _AT.search(text)
    key, text = (at["path"], text[: at.start()]) if at else ("", text)
    for pattern, chinese, mend_zh, mend_en in _CHINESE:
        found = pattern.match(text)
        if found:
            word = found.group(1)
            return config_error(
                path, key, found.expand(chinese), text, mend_zh=mend_zh.format(word), mend_en=mend_en.format(word)
            )
    return config_error(path, key, text, text)
