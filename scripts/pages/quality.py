"""``docs/generated/quality.md``: every check of the shipped rule set and every scoring scheme, with its source."""

from __future__ import annotations

from nenghao.quality.rules import CheckRule, default_rules
from nenghao.quality.scheme import Index, Scheme, formula, schemes

_STATUS = {
    "published": "原文 published", "secondhand": "转引 secondhand", "unverified": "待核 unverified",
    "ours": "本平台设定 ours",
}  # fmt: skip
_EMPTY = {"exclude": "不计 left out", "zero": "0 分 zero", "full": "满分 full"}
_CITED = ("条款 clause", "来源 source", "状态 status")


def page() -> str:
    """Give the page."""
    rules = default_rules()
    lines = [
        "# 检查与评分 Checks and scores",
        "",
        "由 `src/nenghao/quality/rules/default.toml` 和 `src/nenghao/quality/schemes/*.toml` 生成。",
        "Generated from the data files; do not edit. What is ours (本平台设定) or unverified (待核) may be changed by "
        "an officer's edition; how checks and scores work: [quality.md](../quality.md), [scores.md](../scores.md).",
        "",
        f"## 检查规则 Check rules `{rules.key}`",
        "",
        f"按时时限 on-time term: {rules.on_time_hours:g} h",
        "",
        *_heading("检查 check", "code", "可疑 suspect", "不合格 fail", "单位 unit", "参数 settings", *_CITED),
    ]
    lines += [_check(rule) for rule in rules.checks.values()]
    for scheme in schemes():
        lines += _scheme(scheme)
    return "\n".join(lines)


def _check(rule: CheckRule) -> str:
    settings = ", ".join(f"{name} = {value:g}" for name, value in rule.settings.items())
    cells = (
        f"{rule.name_zh} {rule.name_en}", f"`{rule.code}`", _number(rule.suspect), _number(rule.fail), rule.unit,
        settings, rule.clause, rule.source, _STATUS[rule.status],
    )  # fmt: skip
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _scheme(scheme: Scheme) -> list[str]:
    kind = f"{scheme.total:g} 分 points" if scheme.kind == "points" else "判定 verdict"
    weights = "; 权重为本平台设定 weights are ours" if scheme.weights_ours else ""
    status = _STATUS["unverified" if scheme.is_unverified else scheme.status]
    return [
        "",
        f"## {scheme.name_zh} {scheme.name_en} `{scheme.label}`",
        "",
        f"{kind}; {status}{weights}; 来源 source: {scheme.source}",
        "",
        scheme.note_zh,
        scheme.note_en,
        "",
        *_heading(
            "指标 index",
            "code",
            "公式 formula",
            "权重 weight",
            "限值 threshold",
            "分母为 0 when empty",
            *_CITED,
        ),
        *(_index(index, scheme) for index in scheme.indices),
    ]


def _index(index: Index, scheme: Scheme) -> str:
    limit = f"{index.threshold.comparison} {index.threshold.value * 100:g} %" if index.threshold else ""
    cells = (
        f"{index.name_zh} {index.name_en}", f"`{index.code}`", f"{formula(index)}; {formula(index, 'en')}",
        f"{index.weight:g}" if scheme.kind == "points" else "", limit, _EMPTY[index.when_empty],
        index.clause, index.source, _STATUS[index.status] + (" 本平台设定 ours" if index.ours else ""),
    )  # fmt: skip
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _heading(*titles: str) -> list[str]:
    return [f"| {' | '.join(titles)} |", "|" + " --- |" * len(titles)]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
