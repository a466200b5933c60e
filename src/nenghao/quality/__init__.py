"""Data quality (数据质量): flags, checks, rule sets, scores, estimates. Pure: no clock, no store."""

from nenghao.quality.block import Block, Traits
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule, RuleSet, default_rules, rules_from, rules_to
from nenghao.quality.run import Checked, CheckResult, FindingColumns, run_checks
from nenghao.quality.words import describe

__all__ = [
    "Block", "CheckResult", "CheckRule", "Checked", "FindingColumns", "Flag", "RuleSet", "Traits", "default_rules",
    "describe", "rules_from", "rules_to", "run_checks",
]  # fmt: skip
