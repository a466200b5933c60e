"""The fields of a rule set, validated one by one: what a person typed wrong is named with its check, field and mend."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from nenghao.errors import NenghaoError
from nenghao.quality.codes import CHECK_CODES

TEXTS = ("name_zh", "name_en", "unit", "clause", "source", "status")
"""Fields of a check that are words."""
STATUSES = ("published", "secondhand", "unverified", "ours")
"""Where a threshold comes from: read in the official text, from another who read it, to be verified, or our own."""
_HEAD = ("name", "version", "effective_from", "on_time_hours", "checks")
_FIELDS = (*TEXTS, "enabled", "suspect", "fail", "settings", "stat_types")
_UNGRADED = "completeness"
_COUNTED: Final = ("slots", "values")
_MISSING = object()


def refused(record: str, field: str, zh: str, en: str, mend_zh: str, mend_en: str) -> NenghaoError:  # noqa: PLR0917 - a place and two pairs of words
    """Make the error for one field of a rule set; ``record`` is the check, or the rule set's name."""
    return NenghaoError("rule-refused", zh, en, record=record, field=field, mend_zh=mend_zh, mend_en=mend_en)


def head(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Read what stands above the checks."""
    _known(mapping, _HEAD, record="")
    name, version = mapping.get("name"), mapping.get("version")
    if not isinstance(name, str) or not name.strip() or "/" in name:
        raise refused(
            "", "name", "规则集须有名称", "a rule set needs a name",
            "填写不含“/”的名称", "give a name without a slash",
        )  # fmt: skip
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise refused(
            name, "version", "版本须为正整数", "the version must be a whole number from 1",
            "例如 1", "for example 1",
        )  # fmt: skip
    hours = number(name, "on_time_hours", mapping.get("on_time_hours"))
    return {"name": name, "version": version, "on_time_hours": hours, "effective_from": _day(name, mapping)}


def checks_of(mapping: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """Give the checks of a rule set, each a mapping; refuses names that are no check."""
    checks = mapping.get("checks")
    if not isinstance(checks, Mapping):
        raise refused(
            "", "checks", "规则集须有检查项", "a rule set needs its checks",
            "从默认规则集复制一份再修改", "start from a copy of the default rule set",
        )  # fmt: skip
    for code, given in checks.items():
        if code not in CHECK_CODES:
            raise refused(
                str(code), "checks", "没有这项检查", "there is no such check",
                "可用: " + "、".join(CHECK_CODES), "known: " + ", ".join(CHECK_CODES),
            )  # fmt: skip
        if not isinstance(given, Mapping):
            raise refused(
                code, "checks", "检查项须为一组字段", "a check must be a set of fields",
                "写成 [checks.<检查代码>] 一节", "write it as a section [checks.<code>]",
            )  # fmt: skip
    return checks


def check(code: str, given: Mapping[str, Any], shipped: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Read one check; what it leaves out besides thresholds is the shipped one."""
    base = shipped[code]
    _known(given, _FIELDS, record=code)
    enabled = given.get("enabled", True)
    if not isinstance(enabled, bool):
        raise refused(
            code, "enabled", "只能是或否", "must be true or false",
            "填 true 或 false", "write true or false",
        )  # fmt: skip
    return {
        "code": code, "enabled": enabled, **_texts(code, given, base), **_grades(code, given, base["unit"]),
        "settings": _settings(code, given.get("settings", {}), base.get("settings", {})),
        "stat_types": _stat_types(code, given.get("stat_types", base["stat_types"]), base["stat_types"]),
    }  # fmt: skip


def number(record: str, field: str, value: object) -> float:
    """Read a finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise refused(
            record, field, f"须为不小于 0 的数, 现为 {value!r}", f"must be a number not below 0, is {value!r}",
            "填写 0 或正数", "give 0 or a positive number",
        )  # fmt: skip
    return float(value)


def _day(record: str, mapping: Mapping[str, Any]) -> date:
    day = mapping.get("effective_from")
    try:
        return day if type(day) is date else date.fromisoformat(str(day))
    except ValueError:
        raise refused(
            record, "effective_from", "生效日期读不懂", "the effective date cannot be read",
            "写成 2026-01-01", "write it as 2026-01-01",
        ) from None  # fmt: skip


def _known(given: Mapping[str, Any], fields: tuple[str, ...], *, record: str) -> None:
    for field in given:
        if field not in fields:
            raise refused(
                record, str(field), "没有这个字段", "there is no such field",
                "可用: " + "、".join(fields), "known: " + ", ".join(fields),
            )  # fmt: skip


def _texts(code: str, given: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, str]:
    texts = {field: given.get(field, base[field]) for field in TEXTS}
    for field, text in texts.items():
        if not isinstance(text, str):
            raise refused(code, field, "须为文字", "must be text", "填写文字", "give text")
    if texts["status"] not in STATUSES:
        raise refused(
            code, "status", "来源状态不认识", "the status is not known",
            "可用: " + "、".join(STATUSES), "known: " + ", ".join(STATUSES),
        )  # fmt: skip
    if texts["unit"] != base["unit"]:
        raise refused(
            code, "unit", f"单位须为「{base['unit']}」", f"the unit must be {base['unit']!r}",
            "单位不可更改, 请换算数值", "the unit cannot be changed, convert the number",
        )  # fmt: skip
    return texts


def _grades(code: str, given: Mapping[str, Any], unit: str) -> dict[str, float | None]:
    grades = {field: _grade(code, field, given.get(field, _MISSING), unit) for field in ("suspect", "fail")}
    suspect, fail = grades["suspect"], grades["fail"]
    if code != _UNGRADED and suspect is None and fail is None:
        raise refused(
            code, "suspect", "可疑与不合格阈值至少给一个", "give a suspect or a fail threshold",
            "填写阈值, 或停用这项检查", "give one, or disable the check",
        )  # fmt: skip
    if suspect is not None and fail is not None and suspect > fail:
        raise refused(
            code, "suspect", f"可疑阈值 {suspect:g} 超过不合格阈值 {fail:g}",
            f"the suspect threshold {suspect:g} is beyond the fail threshold {fail:g}",
            "可疑阈值不大于不合格阈值", "let suspect be at most fail",
        )  # fmt: skip
    return grades


def _grade(code: str, field: str, value: object, unit: str) -> float | None:
    if value is _MISSING or value is None:
        return None
    if code == _UNGRADED:
        raise refused(
            code, field, "这项检查没有阈值", "this check has no thresholds",
            "删去阈值: 应有而没有的就是缺失", "remove it: what is due and not there is missing",
        )  # fmt: skip
    grade = number(code, field, value)
    if unit == "share" and grade > 1:
        raise refused(
            code, field, f"份额不超过 1, 现为 {grade:g}", f"a share is at most 1, is {grade:g}",
            "95 % 写成 0.95", "write 95 % as 0.95",
        )  # fmt: skip
    if unit in _COUNTED and (grade < 2 or grade != int(grade)):
        raise refused(
            code, field, f"须为不小于 2 的整数, 现为 {grade:g}", f"must be a whole number from 2, is {grade:g}",
            "例如 12", "for example 12",
        )  # fmt: skip
    return grade


def _settings(code: str, given: object, base: Mapping[str, Any]) -> dict[str, float]:
    if not isinstance(given, Mapping):
        raise refused(
            code, "settings", "参数须为一组字段", "settings must be a set of fields",
            "写成 { 名称 = 数值 }", "write { name = number }",
        )  # fmt: skip
    for name in given:
        if name not in base:
            known = tuple(base)
            raise refused(
                code, f"settings.{name}", "没有这个参数", "there is no such setting",
                "可用: " + ("、".join(known) or "无"), "known: " + (", ".join(known) or "none"),
            )  # fmt: skip
    return {name: number(code, f"settings.{name}", given.get(name, base[name])) for name in base}


def _stat_types(code: str, given: object, allowed: list[int]) -> tuple[int, ...]:
    if not isinstance(given, list | tuple) or not given or any(entry not in allowed for entry in given):
        names = ", ".join(str(entry) for entry in allowed)
        raise refused(
            code, "stat_types", f"统计类型只能取 {names}", f"statistic types can only be {names}",
            "0 实时、1 日、2 月", "0 real time, 1 day, 2 month",
        )  # fmt: skip
    return tuple(dict.fromkeys(int(entry) for entry in given))
