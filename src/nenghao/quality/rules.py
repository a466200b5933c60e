"""Rule sets (规则集): which checks run, with which thresholds, since when. A rule set is data; code only applies it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from nenghao.quality import rule_fields


@dataclass(frozen=True, slots=True)
class CheckRule:
    """One check as a rule set wants it: suspect and fail apart, ``None`` where that grade is not given.

    ``settings`` holds what else the check needs (``{"ticks": 10}``); units are in the names. ``source`` and ``status``
    tell where the thresholds come from; ``ours`` ones are a proposal that an officer may change.
    """

    code: str
    name_zh: str
    name_en: str
    enabled: bool
    suspect: float | None
    fail: float | None
    unit: str
    settings: Mapping[str, float]
    clause: str
    source: str
    status: str
    stat_types: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A named version of all rules, in force from a day on."""

    name: str
    version: int
    effective_from: date
    checks: Mapping[str, CheckRule]
    on_time_hours: float
    """A day's records that arrive within so many hours after the end of the day count as on line (在线)."""

    @property
    def key(self) -> str:
        """Name and version as they are stored with a finding: ``default/1``."""
        return f"{self.name}/{self.version}"

    def check(self, code: str) -> CheckRule | None:
        """Give the rule of a check, nothing where it is not enabled."""
        rule = self.checks.get(code)
        return rule if rule is not None and rule.enabled else None


@cache
def default_rules() -> RuleSet:
    """Give the rule set shipped with the platform (``rules/default.toml``), parsed once."""
    return _build(_shipped(), _shipped())


def rules_from(mapping: Mapping[str, Any]) -> RuleSet:
    """Read an officer's edition: the form of ``rules/default.toml`` as a mapping, dates also as ISO text.

    A check that is not named does not run. Texts, unit, clause, source, status, statistic types and settings that a
    named check leaves out are the shipped ones; its thresholds are exactly those given. Raises
    :class:`~nenghao.errors.NenghaoError` that names the check, the field and the mend for an unknown check or field, a
    number that cannot be, or a suspect threshold beyond fail.

    >>> rules = rules_from({"name": "city", "version": 2, "effective_from": "2026-01-01", "on_time_hours": 12,
    ...                     "checks": {"flat-line": {"suspect": 8, "fail": 40}}})
    >>> rules.checks["flat-line"].suspect, rules.checks["flat-line"].unit, rules.key
    (8.0, 'slots', 'city/2')
    """
    return _build(mapping, _shipped())


def rules_to(rules: RuleSet) -> dict[str, Any]:
    """Give a rule set as it is stored (plain values only, JSON can hold it); :func:`rules_from` reads it back."""
    return {
        "name": rules.name,
        "version": rules.version,
        "effective_from": rules.effective_from.isoformat(),
        "on_time_hours": rules.on_time_hours,
        "checks": {code: _check_to(rule) for code, rule in rules.checks.items()},
    }


def _check_to(rule: CheckRule) -> dict[str, Any]:
    grades = {name: grade for name in ("suspect", "fail") if (grade := getattr(rule, name)) is not None}
    texts = {name: getattr(rule, name) for name in rule_fields.TEXTS}
    return {
        "enabled": rule.enabled, **texts, **grades,
        "settings": dict(rule.settings), "stat_types": list(rule.stat_types),
    }  # fmt: skip


@cache
def _shipped() -> dict[str, Any]:
    text = files("nenghao.quality").joinpath("rules/default.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _build(mapping: Mapping[str, Any], shipped: Mapping[str, Any]) -> RuleSet:
    head = rule_fields.head(mapping)
    checks = {
        code: CheckRule(**rule_fields.check(code, given, shipped["checks"]))
        for code, given in rule_fields.checks_of(mapping).items()
    }
    return RuleSet(checks=checks, **head)
