"""The words of score sheets: what a rule says, and what a fact is called, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Literal

from nenghao.errors import Language
from nenghao.reference.assessment import (
    Accrual,
    AllOrNothing,
    Bonus,
    Cases,
    Deduction,
    Judged,
    Ladder,
    Linear,
    Rule,
    SheetItem,
)

FactKind = Literal["yes_no", "ratio", "count", "number"]


@dataclass(frozen=True, slots=True)
class FactName:
    """What a fact is called, and what it is: yes or no, a ratio (shown in percent), a count, a plain number."""

    zh: str
    en: str
    kind: FactKind = "yes_no"


FACTS = {
    "total_met": FactName("总量目标完成", "total target met"),
    "intensity_met": FactName("强度（节能）目标完成", "intensity target met"),
    "intensity_fell": FactName("强度同比下降", "intensity fell against the year before"),
    "year_met": FactName("完成年度目标", "the year's target met"),
    "cumulative_met": FactName("达到累计进度", "cumulative progress kept"),
    "gdp_target_met": FactName("完成万元 GDP 能耗降低率", "drop of energy per GDP met"),
    "gdp_drop_ratio": FactName("万元 GDP 能耗降低率完成率", "actual ÷ target drop of energy per GDP", "ratio"),
    "industry_drop_ratio": FactName("工业增加值能耗降低率完成率", "actual ÷ target drop per value added", "ratio"),
    "saving_progress_met": FactName("达到节能量进度", "saving progress kept"),
    "saving_progress_ratio": FactName("节能量进度完成率", "saving reached ÷ due", "ratio"),
    "total_overrun_ratio": FactName("能耗总量超出目标的比例", "total above its target", "ratio"),
    "monthly_return_ratio": FactName("节能月报上报率", "monthly returns filed ÷ due", "ratio"),
    "monthly_returns": FactName("按时报送的月报数", "monthly returns in time", "count"),
    "missing_pieces": FactName("缺少的材料数", "pieces missing", "count"),
    "law_violations": FactName("违反法律法规的项数", "violations of laws", "count"),
    "quota_violations": FactName("超产品限额的项数", "products over their quota", "count"),
    "equipment_violations": FactName("超设备定额的项数", "equipment over its quota", "count"),
    "project_violations": FactName("未按规范建设的项目数", "projects not built by the rules", "count"),
    "national_leading": FactName("单耗国内领先", "unit consumption leads the country"),
    "advanced": FactName("单耗先进", "unit consumption is advanced"),
    "quotas_in_place": FactName("已制定定额", "quotas are in place"),
    "quotas_met": FactName("达到定额", "quotas are met"),
    "certified": FactName("能源管理体系通过认证", "management system certified"),
    "evaluated": FactName("能源管理体系通过评价", "management system evaluated"),
    "better_than_benchmark": FactName("优于标杆水平", "better than the benchmark level"),
    "meets_baseline": FactName("达到基准水平", "meets the baseline level"),
    "is_leader": FactName("能效领跑者", "is an efficiency leader"),
    "energy_report_in_time": FactName("能源利用状况报告按时上报", "energy-use report in time"),
    "design_value_met": FactName("达到设计值", "design value met"),
    "pue": FactName("全年 PUE", "PUE over a year", "number"),
    "rack_load_ratio": FactName("机架负荷使用率", "rack load", "ratio"),
}
"""What each fact is called."""


def fact_name(name: str, language: Language) -> str:
    """Give a fact's name.

    >>> fact_name("year_met", "en")
    "the year's target met"
    """
    known = FACTS[name]
    return known.zh if language == "zh" else known.en


def rule_text(item: SheetItem, language: Language) -> str:
    """Say how an item earns its points."""
    return _text(item.rule, language)


@singledispatch
def _text(rule: Rule, language: Language) -> str:  # noqa: ARG001 -- of rules without words of their own
    return "原文未读到" if language == "zh" else "the text was not reachable"


@_text.register
def _(rule: AllOrNothing, language: Language) -> str:
    name = fact_name(rule.fact, language)
    return f"{name}得满分，否则 0 分" if language == "zh" else f"all or nothing: {name}"


@_text.register
def _(rule: Ladder, language: Language) -> str:
    sign = "≥" if rule.comparison == ">=" else "≤"
    as_ratio = FACTS[rule.measure].kind == "ratio"
    steps = (f"{sign} {f'{bound * 100:g}%' if as_ratio else f'{bound:g}'} → {points:g}" for bound, points in rule.steps)
    return f"{fact_name(rule.measure, language)}: " + ("；" if language == "zh" else "; ").join(steps)


@_text.register
def _(rule: Accrual, language: Language) -> str:
    name = fact_name(rule.count, language)
    return f"{name}，每个 {rule.each:g} 分" if language == "zh" else f"{rule.each:g} for each of: {name}"


@_text.register
def _(rule: Deduction, language: Language) -> str:
    name = fact_name(rule.count, language)
    return (
        f"{name}，每个扣 {rule.each:g} 分，扣完为止" if language == "zh" else f"{rule.each:g} off for each of: {name}"
    )


@_text.register
def _(rule: Linear, language: Language) -> str:
    return f"{rule.constant:g} {rule.slope:+g} × {fact_name(rule.measure, language)}"


@_text.register
def _(rule: Cases, language: Language) -> str:
    no, join, end = ("未", "、", "；") if language == "zh" else ("not: ", ", ", "; ")
    return end.join(
        join.join(("" if wanted else no) + fact_name(name, language) for name, wanted in case.when.items())
        + f" → {case.points:g}"
        for case in rule.cases
    )


@_text.register
def _(rule: Judged, language: Language) -> str:
    word, end = ("凭材料评分", "；") if language == "zh" else ("judged on evidence", "; ")
    parts = (f"{part.title_zh if language == 'zh' else part.title_en} {part.points:g}" for part in rule.parts)
    return f"{word}: {end.join(parts)}" if rule.parts else word


def bonus_text(bonus: Bonus, language: Language) -> str:
    """Say what a bonus gives."""
    name, per, above = fact_name(bonus.measure, language), f"{bonus.per * 100:g}%", f"{bonus.above * 100:g}%"
    if language == "zh":
        return f"{name}超 {above} 后每 {per} 加 {bonus.points:g} 分，最多 {bonus.at_most:g} 分"
    return f"{name}: +{bonus.points:g} per {per} above {above}, at most {bonus.at_most:g}"
