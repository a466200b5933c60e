"""The findings that the arithmetic of registers can make, in one place."""

from __future__ import annotations

from nenghao.findings import Finding, Severity
from nenghao.periods import from_ms

RULE = "docs/intervals.md"

_TEXTS: dict[str, tuple[Severity, str, str]] = {
    "register-reset": (Severity.SUSPECT, "表底无故下降，其间能耗未知", "the register fell without a cause"),
    "register-jump": (Severity.SUSPECT, "表底无故跃升且未回落，其间能耗未知", "the register leapt and stayed"),
    "sample-rejected-rate": (Severity.SUSPECT, "采样超出额定速率，已剔除", "a sample implies an impossible rate"),
    "sample-rejected-course": (
        Severity.SUSPECT, "采样偏离走势后恢复，已剔除", "the register returned to its course after this sample",
    ),
    "sample-invalid": (
        Severity.FAIL, "采样值不可能（非数、负数或不小于模数），已剔除",
        "not a number, negative, or not below the modulus",
    ),
    "sample-before-install": (Severity.SUSPECT, "采样早于安装时间，已忽略", "samples before installation are ignored"),
    "sample-after-removal": (Severity.SUSPECT, "采样晚于拆除时间，已忽略", "samples after removal are ignored"),
    "sample-from-future": (
        Severity.FAIL, "采样时间晚于接收时间一天以上，已忽略", "sampled more than a day after it was received; ignored",
    ),
    "duplicate-conflict": (
        Severity.SUSPECT, "同一时刻同时收到不同表底，取较大者", "two registers for one instant, received together",
    ),
    "rollover-ambiguous": (
        Severity.INFO, "间隔内可能多次翻转，按最少能耗计",
        "the register may have rolled over more often; least energy taken",
    ),
    "event-register-mismatch": (
        Severity.SUSPECT, "换表或变比时刻的采样与登记表底不符，以登记为准",
        "the sample at the event differs from the recorded registers, which are used",
    ),
}  # fmt: skip


def note(code: str, *, at_ms: int | None = None, **evidence: str | int | float | bool | None) -> Finding:
    """Make the finding ``code``, with the instant it concerns and the registers as evidence.

    >>> note("register-reset", at_ms=0, register_before=120.0, register_after=3.0).evidence["register_after"]
    3.0
    """
    severity, zh, en = _TEXTS[code]
    at = {} if at_ms is None else {"at": from_ms(at_ms).isoformat()}
    return Finding(code, severity, zh, en, {**at, **evidence}, RULE)


CODES = tuple(_TEXTS)
"""Every code, in the order of docs/intervals.md."""
