"""The Chinese sentences that follow from the figures; a person edits them before the document is issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]
SHOWN = 10


def generated_texts(kind: str, figures: Figures) -> dict[str, str]:
    """Give the text of every section that can be written from the figures; the others are empty."""
    makers = _REPORT if kind == "report" else _BULLETIN
    return {key: make(figures) for key, make in makers.items()}


def percent(ratio: float | None) -> str:
    """Write a ratio for a document; what cannot be computed is said, never 0.

    >>> percent(0.98765), percent(None)
    ('98.8%', '无应报')
    """
    return "无应报" if ratio is None else f"{ratio * 100:.1f}%"


def _platform(figures: Figures) -> str:
    duty = figures["duty"]
    if not duty:
        return f"{figures['region_name']}牵头部门和建设单位信息尚未登记。"
    plan = f"\n建设计划：{duty['platform_plan']}" if duty["platform_plan"] else ""
    return f"牵头部门为{duty['lead_department']}，建设单位为{duty['builder']}。{plan}"


def _access(figures: Figures) -> str:
    counts = figures["counts"]
    if not counts["listed"]:
        return "尚未登记重点用能单位名单。"
    tiers = "；".join(
        f"{t['name']} {t['listed']} 家，已建 {t['built']} 家，已接入 {t['connected']} 家" for t in figures["tiers"]
    )
    delays = figures["delays"]
    late = f"逾期未完成的 {len(delays)} 家{_named(delays)}。" if delays else "没有逾期未完成的单位。"
    return (
        f"{_as_of(figures)}列入名单的重点用能单位 {counts['listed']} 家，接入端系统已建成 {counts['built']} 家，"
        f"建成率 {percent(counts['built_ratio'])}。{tiers}。\n{late}"
    )


def _connected(figures: Figures) -> str:
    counts = figures["counts"]
    return (
        f"{_as_of(figures)}已接入 {counts['connected']} 家，接入率 {percent(counts['connected_ratio'])}；"
        f"通过验收 {counts['accepted']} 家。名单见附件。\n{_upload_text(figures)}"
    )


def _supervision(figures: Figures) -> str:
    found = figures["supervision"]
    return (
        f"本季度登记接入端故障 {found['faults']} 起，已修复 {found['faults_repaired']} 起，超过 3 个工作日 "
        f"{found['faults_over_term']} 起，报备 {found['faults_filed']} 起。\n信用管理方面：告知 "
        f"{found['credit_noticed']} 户，认定 {found['credit_confirmed']} 户，整改后移出 {found['credit_removed']} 户。"
    )


def _overview(figures: Figures) -> str:
    counts = figures["counts"]
    return (
        f"{_as_of(figures)}{figures['region_name']}列入名单的重点用能单位 {counts['listed']} 家，接入端已建成 "
        f"{counts['built']} 家（{percent(counts['built_ratio'])}），已接入 {counts['connected']} 家"
        f"（{percent(counts['connected_ratio'])}）。"
    )


def _ranking(figures: Figures) -> str:
    ranked = [row for row in figures["regions"] if row["rank"] is not None]
    if not ranked:
        return "下级地区尚未登记名单，不排名。"
    first = "、".join(row["name"] for row in ranked if row["rank"] == ranked[0]["rank"])
    last = "、".join(row["name"] for row in ranked if row["rank"] == ranked[-1]["rank"])
    place = f"排名第一的是{first}" + (f"，末位是{last}" if last != first else "")
    return f"按接入率、每日上传率、数据完整率依次比较（口径由本平台设定），{place}。各地区情况见附件。"


def _quality(figures: Figures) -> str:
    behind = [row for row in figures["regions"] if row["completeness"] is not None and row["completeness"] < 0.9]
    named = "、".join(f"{row['name']}（{percent(row['completeness'])}）" for row in behind[:SHOWN])
    tail = f"\n数据完整率低于 90% 的地区：{named}。" if behind else ""
    return _upload_text(figures) + tail


def _upload_text(figures: Figures) -> str:
    upload = figures["upload"]
    return (
        f"应上传数据的单位 {upload['sending']} 家，每日均按时上传的 {upload['daily']} 家"
        f"（{percent(upload['daily_ratio'])}）；在线率 {percent(upload['online_ratio'])}，"
        f"数据完整率 {percent(upload['completeness'])}。"
    )


def _named(delays: Sequence[Figures]) -> str:
    named = "、".join(f"{late['name']}（{late['days']} 天）" for late in delays[:SHOWN])
    return f"，其中{named}" + ("等" if len(delays) > SHOWN else "")


def _as_of(figures: Figures) -> str:
    year, month, day = figures["on"].split("-")
    return f"截至 {year} 年 {int(month)} 月 {int(day)} 日，"


def _by_hand(_figures: Figures) -> str:
    return ""


_REPORT = {
    "platform": _platform, "access": _access, "connected": _connected, "supervision": _supervision,
    "problems": _by_hand,
}  # fmt: skip
_BULLETIN = {"overview": _overview, "ranking": _ranking, "quality": _quality, "requirements": _by_hand}
