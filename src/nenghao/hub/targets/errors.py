"""Refusals of this app."""

from __future__ import annotations

from nenghao.errors import NenghaoError


def refused(
    code: str, zh: str, en: str, *, field: str = "", record: str = "", mend: tuple[str, str] = ("", "")
) -> NenghaoError:
    """Make a refusal with its field and mend."""
    return NenghaoError(code, zh, en, field=field, record=record, mend_zh=mend[0], mend_en=mend[1])


def reason_of(text: str) -> str:
    """Give a reason, cut to its column; an empty one is refused."""
    if not text.strip():
        raise refused("reason-missing", "请填写理由", "a reason is needed", field="reason",
                      mend=("写明原因", "say why"))  # fmt: skip
    return text.strip()[:200]
