"""Reasons for refusing a record or a message: the catalogue ``rejections.toml``, and how one is written down.

>>> refuse("value-negative", index=3, field="dataValue", value=-1).message_en
"this item cannot be negative: '-1'"
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from nenghao.protocol.messages import Rejection

WHOLE = -1
"""The ``index`` of a rejection that concerns the message as a whole."""
SHOWN = 60
"""How many characters of what was sent are repeated in a message."""


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Give every reason: code → ``message_zh``, ``message_en``, ``mend_zh``, ``mend_en``."""
    text = resources.files("nenghao.protocol").joinpath("rejections.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def refuse(
    code: str,
    *,
    index: int = WHOLE,
    data_code: object = "",
    stat_type: object = "",
    stat_date: object = "",
    field: str = "",
    value: object = "",
    more: object = "",
) -> Rejection:
    """Write one rejection; ``code`` must stand in the catalogue. What was sent is made safe to store and show."""
    said = {"value": safe_text(value), "more": safe_text(more)}
    return Rejection(
        index=index, code=code, data_code=safe_text(data_code), stat_type=safe_text(stat_type),
        stat_date=safe_text(stat_date), field=field,
        **{key: text.format(**said) for key, text in catalogue()[code].items()},
    )  # fmt: skip


def safe_text(value: object) -> str:
    """Give a short text that every store and encoding takes: no lone surrogates, no NUL, at most ``SHOWN`` long."""
    if isinstance(value, (list, dict)):
        return type(value).__name__
    text = value[: SHOWN + 1] if isinstance(value, str) else str(value)
    text = text.encode("utf-8", "replace").decode().replace("\x00", "?")
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
