"""The page of grading rules and assessment score sheets."""

from __future__ import annotations

from nenghao.accounting.sheet_words import bonus_text, rule_text
from nenghao.reference.assessment import Sheet, SheetItem
from nenghao.reference.grading import GradingRule, LevelPart
from nenghao.reference.library import library
from nenghao.reference.model import status_label

HEAD = """# Grading rules and assessment score sheets (预警分级、考核评分表)

Generated from `src/nenghao/reference/data/grading` and `…/assessment` by `make docs`. A sheet is what its source
prints: what could not be reached is said, and such a sheet gives no grade by itself. How they are used:
[targets.md](../targets.md).
"""


def page() -> str:
    """Give the page."""
    parts = [HEAD, "## Grading rules\n", *(_rule(rule) for rule in library().grading_rules.values())]
    parts += ["## Score sheets\n", *(_sheet(sheet) for sheet in library().score_sheets.values())]
    return "\n".join(parts)


def _rule(rule: GradingRule) -> str:
    rows = "\n".join(
        f"| {level.severity} | {level.colour} | {level.name_zh} | {_interval(level)} |" for level in rule.levels
    )
    worst = " An intensity that rose is the worst level." if rule.rise_is_worst else ""
    return (
        f"### {rule.title_zh}\n\n"
        f"`{rule.key}` · measure `{rule.measure}` · {status_label(rule.status)} · {rule.source}.{worst}\n\n"
        f"| severity | colour | name | measure |\n| --- | --- | --- | --- |\n{rows}\n"
    )


def _interval(level: LevelPart) -> str:
    left = "(−∞" if level.lower is None else f"{'[' if level.lower_inclusive else '('}{level.lower:g}"
    right = "+∞)" if level.upper is None else f"{level.upper:g}{']' if level.upper_inclusive else ')'}"
    return f"{left}, {right}"


def _sheet(sheet: Sheet) -> str:
    rows = "\n".join(
        f"| {item.no} | {item.title_zh} | {item.points:g} | {rule_text(item, 'en')} | {_marks(item)} |"
        for item in sheet.items
    )
    grades = "；".join(f"≥ {grade.from_points:g} {grade.name_zh}" for grade in sheet.grades)
    return (
        f"### {sheet.title_zh}\n\n`{sheet.key}` · {sheet.level} · total {sheet.total:g} · {sheet.source}"
        f"{'. Grades: ' + grades if grades else ''}\n\n"
        f"| no | item | points | how | |\n| --- | --- | --- | --- | --- |\n{rows}\n"
    )


def _marks(item: SheetItem) -> str:
    marks = [status_label("unverified")] if item.status == "unverified" else []
    marks += ["veto"] if item.veto else []
    marks += ["may not apply"] if item.may_not_apply else []
    marks += [bonus_text(item.bonus, "en")] if item.bonus else []
    return ", ".join(marks)
