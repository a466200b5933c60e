"""Why a correction, a decision or the closing of a month is refused, for people."""

from __future__ import annotations

from nenghao.errors import NenghaoError


def refused(code: str, zh: str, en: str, *, field: str = "", record: str = "", mend: tuple[str, str] = ("", "")) -> (
    NenghaoError
):  # fmt: skip
    """Make the error; ``mend`` is what to do, in both languages."""
    return NenghaoError(code, zh, en, field=field, record=record, mend_zh=mend[0], mend_en=mend[1])


def reason_needed() -> NenghaoError:
    """Say that a reason must be written."""
    return refused("reason-needed", "请填写理由", "a reason is needed", field="reason")


def month_closed(month: str, name: str) -> NenghaoError:
    """Say that the month is closed and who can open it again."""
    return refused(
        "month-closed", f"{name} {month} 已封账，不能补正", f"{month} of {name} is closed and cannot be corrected",
        field="from", record=month,
        mend=("请主管部门先在“封账”页重开该月", "an officer must reopen the month on the closing page first"),
    )  # fmt: skip


def must(text: str, error: NenghaoError, longest: int = 200) -> str:
    """Give a text without its margins; ``error`` when there is none, ``text-too-long`` above ``longest`` characters."""
    text = text.strip()
    if not text:
        raise error
    if len(text) > longest:
        raise refused(
            "text-too-long", f"文字超过 {longest} 字", f"the text has more than {longest} characters",
            field=error.field, mend=("写得短些", "shorten it"),
        )  # fmt: skip
    return text
