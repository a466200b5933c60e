"""Findings as people read them (问题清单): words, clause and mend, the item, and where the readings are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from nenghao.findings import Finding
from nenghao.hub.monitoring.span import Span
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.quality_review.window import slot_title
from nenghao.hub.quality_review.words import FlagWord, flag_word
from nenghao.hub.quality_rules.services import rules_for
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.quality.codes import CHECK_CODES, COMPARISON_CODES
from nenghao.quality.rules import CheckRule, RuleSet, default_rules
from nenghao.quality.words import describe
from nenghao.readings.quality import FindingRow


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding with its words; ``item`` is None for one about the enterprise as a whole."""

    row: FindingRow
    finding: Finding
    rule: CheckRule
    item: DataItem | None
    other: DataItem | None
    enterprise_code: str

    @property
    def check(self) -> str:
        """Name of the check in the page's language."""
        return check_name(self.rule)

    @property
    def flag(self) -> FlagWord:
        """Its flag."""
        return flag_word(self.row.flag)

    @property
    def when(self) -> str:
        """The intervals it covers."""
        return slot_title(self.row.stat_type, self.row.period_start, self.row.period_end)

    @property
    def interval_url(self) -> str:
        """Where the readings around it are; empty for a finding about the enterprise as a whole."""
        if self.item is None:
            return ""
        return interval_url(self.enterprise_code, self.item.data_code, self.row)

    @property
    def comparison_url(self) -> str:
        """Where both sides of a comparison stand; empty for a finding about one series alone."""
        if not self.row.is_comparison and self.row.check_code not in COMPARISON_CODES:
            return ""
        address = reverse("quality-comparison", args=[self.enterprise_code, self.row.check_code])
        query = {"period": f"{self.row.period_start:%Y-%m}"}
        if self.item:
            query["item"] = self.item.data_code
        if self.row.energy_key:
            query["energy"] = self.row.energy_key
        return f"{address}?{urlencode(query)}"

    @property
    def url(self) -> str:
        """Where a reader goes on."""
        return self.comparison_url if self.item is None or self.row.is_comparison else self.interval_url


def interval_url(enterprise_code: str, data_code: str, row: FindingRow) -> str:
    """Give the address of the page of the first interval that a finding covers."""
    address = reverse("quality-interval", args=[enterprise_code, data_code])
    return f"{address}?{urlencode({'stat_type': row.stat_type, 'at': f'{row.period_start:%Y-%m-%dT%H:%M}'})}"


def rules_on(enterprise: Enterprise, on: date) -> RuleSet:
    """Give the rule set in force for an enterprise on a day."""
    return rules_for(enterprise.region.path, on)


def rules_of(enterprise: Enterprise, span: Span) -> RuleSet:
    """Give the rule set in force for an enterprise at the end of a span."""
    return rules_on(enterprise, (span.end - timedelta(days=1)).date())


def check_rule(rules: RuleSet, code: str) -> CheckRule:
    """Give the rule of a check, also of one that is switched off by now; the shipped one where the set has none."""
    return rules.checks.get(code) or default_rules().checks[code]


def check_name(rule: CheckRule) -> str:
    """Name a check in the page's language."""
    return rule.name_en if page_language() == "en" else rule.name_zh


def check_choices(rules: RuleSet) -> Sequence[tuple[str, str]]:
    """Give every check with its name, for a filter."""
    return [(code, check_name(check_rule(rules, code))) for code in CHECK_CODES]


def problems(
    rows: Iterable[FindingRow], *, enterprise: Enterprise, items: Mapping[int, DataItem], rules: RuleSet
) -> list[Problem]:
    """Put findings into words."""
    return [problem(row, enterprise=enterprise, items=items, rules=rules) for row in rows]


def problem(row: FindingRow, *, enterprise: Enterprise, items: Mapping[int, DataItem], rules: RuleSet) -> Problem:
    """Put one finding into words."""
    item = items.get(row.data_item_id)
    unit = item.base_unit if item else ""
    found = describe(row.check_code, row.flag, _number(row.value), _number(row.limit_value), rules, unit=unit)
    return Problem(
        row, found, check_rule(rules, row.check_code), item, items.get(row.other_item_id or 0), enterprise.code
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else value
