"""A finding in words (检查结果的文字): numbers with their unit, the clause, and what to do about it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from nenghao.errors import Language, NenghaoError
from nenghao.findings import Finding, Severity
from nenghao.quality.codes import CHECK_CODES, NEGATIVE, RANGE, RATE_OF_CHANGE, SPIKE
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule, RuleSet, default_rules
from nenghao.units import unit_text

_SEVERITIES = {
    Flag.GOOD: Severity.INFO, Flag.UNKNOWN: Severity.INFO, Flag.SUSPECT: Severity.SUSPECT, Flag.FAIL: Severity.FAIL,
    Flag.MISSING: Severity.FAIL,
}  # fmt: skip
IN_BASE_UNIT = (RANGE, RATE_OF_CHANGE, SPIKE, NEGATIVE)
"""Checks whose findings hold value and limit in the item's base unit."""
_UNIT_WORDS: Mapping[Language, Mapping[str, str]] = {
    "zh": {"h": " 小时", "s": " 秒", "d": " 天", "slots": " 个时段", "values": " 个", "%": " %"},
    "en": {"h": " h", "s": " s", "d": " days", "slots": " slots", "values": " values", "%": " %"},
}
_EVIDENCE_UNITS = {"%": "pct", "values": "count"}


def describe(
    check_code: str,
    flag: int,
    value: float | None,
    limit: float | None,
    rules: RuleSet | None = None,
    *,
    unit: str = "",
) -> Finding:
    """Put what a check found into words of both languages, with clause, evidence and what to do.

    ``value`` and ``limit`` are those of the stored finding (``None`` or NaN: none), ``unit`` the item's base unit
    (range, rate of change, spike and negative are judged in it). A rule set that does not hold the check falls back to
    the shipped one. Raises ``check-unknown`` for a code that is no check.

    >>> finding = describe("spike", 3, 240.0, 80.0, unit="kWh")
    >>> finding.message_en
    'left the course of its neighbours by 240 kWh, more than 80 kWh, and returned'
    >>> finding.clause
    '发改办环资〔2019〕424号 三、切实提高数据质量'
    """
    rule, words, kind = _rule(check_code, rules), _words()[check_code], Flag(flag)
    value, limit = (math.nan if number is None else number for number in (value, limit))
    shown = unit if check_code in IN_BASE_UNIT else rule.unit
    prefix = "unknown_" if kind is Flag.UNKNOWN else "low_" if value < limit and "low_zh" in words else ""
    mend = {"mend_zh": "", "mend_en": ""} if kind is Flag.GOOD else {f: words[f] for f in ("mend_zh", "mend_en")}
    texts: dict[Language, str] = {"zh": "合格", "en": "nothing wrong"}
    if kind is not Flag.GOOD:
        for language in texts:
            numbers = {"value": _figure(value, shown, language), "limit": _figure(limit, shown, language)}
            texts[language] = words[prefix + language].format(**numbers)
    pair = {f"value{_suffix(shown)}": value, f"limit{_suffix(shown)}": limit}
    evidence = {name: number for name, number in pair.items() if math.isfinite(number)}
    return Finding(check_code, _SEVERITIES[kind], texts["zh"], texts["en"], evidence, rule.clause, **mend)


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("nenghao.quality").joinpath("rules/words.toml").read_text(encoding="utf-8"))


def _rule(code: str, rules: RuleSet | None) -> CheckRule:
    shipped = default_rules()
    rule = (rules or shipped).checks.get(code) or shipped.checks.get(code)
    if rule is None:
        raise NenghaoError(
            "check-unknown", "没有这项检查", "there is no such check", record=code,
            mend_zh="可用: " + "、".join(CHECK_CODES), mend_en="known: " + ", ".join(CHECK_CODES),
        )  # fmt: skip
    return rule


def _figure(value: float, unit: str, language: Language) -> str:
    """Write a number with its unit: five digits at most, thousands apart, no exponent.

    >>> _figure(12345.678, "kWh", "en"), _figure(0.9973, "share", "en"), _figure(12, "slots", "zh")
    ('12,346 kWh', '99.73 %', '12 个时段')
    """
    if math.isnan(value):
        return "—"
    if unit == "share":
        value, unit = 100 * value, "%"
    digits = 5 if value == 0 or not math.isfinite(value) else max(0, 4 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{min(digits, 9)}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text + _UNIT_WORDS[language].get(unit, f" {unit_text(unit, language)}" if unit else "")


def _suffix(unit: str) -> str:
    name = _EVIDENCE_UNITS.get(unit, unit.lower())
    return f"_{name}" if name else ""
