"""Words for the fields of rules and schemes: labels, units, statuses, and how a value is written."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from nenghao.hub.monitoring.words import unit_word as symbol_word

NOTHING = "–"


def unit_word(unit: str) -> str:
    """Name the unit of a threshold."""
    return {
        "h": _("小时"), "s": _("秒"), "d": _("天"), "slots": _("个时段"), "values": _("个不同的值"),
        "share": _("份额 0–1"), "x level": _("倍高位水平"), "base unit": _("存储单位"),
    }.get(unit) or symbol_word(unit)  # fmt: skip


def setting_word(name: str) -> tuple[str, str]:
    """Name a setting of a check, and its unit."""
    return {
        "month_s": (_("月数据允许偏差"), _("秒")),
        "usual_factor": (_("无量程时: 中位数的倍数"), _("倍")),
        "exceeds": (_("数值须超过高位水平的"), _("倍")),
        "chance": (_("偶然出现的期望次数超过此数不判"), _("次")),
        "stands_out": (_("须超过自身常见跳动的倍数"), _("倍")),
        "seldom": (_("自身常见跳动取前"), _("份额 0–1")),
        "ticks": (_("分辨率低于此刻度数不判"), _("个刻度")),
        "tick": (_("记录的末位"), _("存储单位")),
        "telling": (_("至少有效时段"), _("份额 0–1")),
        "same_ratio": (_("视为同一比值的偏差"), _("份额 0–1")),
        "known": (_("至少已知时段"), _("份额 0–1")),
        "variation": (_("序列本身至少变动"), _("份额 0–1")),
    }.get(name, (name, ""))


def field_word(field: str) -> str:
    """Name a field of an edition, as a difference shows it."""
    if field.startswith("settings."):
        return setting_word(field.removeprefix("settings."))[0]
    return {
        "enabled": _("启用"), "suspect": _("可疑限值"), "fail": _("不合格限值"), "on_time_hours": _("按时时限"),
        "weight": _("权重"), "threshold.value": _("限值"), "when_empty": _("分母为 0 时"), "status": _("状态"),
        "weight_status": _("权重状态"), "source": _("来源"), "clause": _("条款"), "total": _("满分"),
        "numerator": _("分子"), "denominator": _("分母"),
    }.get(field, field)  # fmt: skip


def value_word(field: str, value: Any) -> str:
    """Write the value of a field: a threshold of a scheme as a percentage, a status in words."""
    if field in ("status", "weight_status") and value is not None:
        return status_word(str(value))
    return f"{value * 100:.12g} %" if field == "threshold.value" and value is not None else plain(value)


def status_word(status: str) -> str:
    """Say how far a figure can be trusted."""
    return {
        "published": _("原文"), "secondhand": _("转引"), "unverified": _("待核"), "ours": _("本平台设定"),
    }.get(status, status)  # fmt: skip


def empty_word(choice: str, *, verdict: bool = False) -> str:
    """Say what a denominator of 0 means, in a scheme of points or of a verdict."""
    if verdict:
        return {"exclude": _("不能判定"), "zero": _("视为未达限值"), "full": _("视为达到限值")}[choice]
    return {"exclude": _("不计，权重分摊到其余指标"), "zero": _("计 0 分"), "full": _("计满分")}[choice]


def stat_types_word(stat_types: Any) -> str:
    """Name the statistic types a check looks at."""
    words = {0: _("实时"), 1: _("日"), 2: _("月"), 3: _("年")}
    return _("、").join(words[number] for number in stat_types)


def plain(value: Any) -> str:
    """Write a value of an edition: numbers with the digits they have, nothing as a dash."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, int | float):
        return f"{value:.12g}"
    return {"exclude": empty_word("exclude"), "zero": empty_word("zero"), "full": empty_word("full")}.get(
        value, str(value)
    )


def flag_word(flag: int) -> str:
    """Name a flag."""
    return {1: _("合格"), 2: _("未判定"), 3: _("可疑"), 4: _("不合格"), 9: _("缺失")}[flag]


def verdict_word(verdict: str | None) -> str:
    """Name a verdict; nothing where the scheme gives points."""
    return {"pass": _("通过"), "fail": _("未通过"), "cannot_judge": _("不能判定")}.get(verdict or "", "")
