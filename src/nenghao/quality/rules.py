"""Rule sets (规则集): which checks run, with which thresholds, since when. A rule set is data; code only applies it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CheckRule:
    """One check as a rule set wants it: suspect and fail apart, ``None`` where that grade is not given.

    ``settings`` holds what else the check needs (``{"slots": 12}``); units are in the names. ``source`` and ``status``
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
