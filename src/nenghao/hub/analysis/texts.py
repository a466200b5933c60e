"""The Chinese sentences of a situation report that follow from its figures; a person edits them before it is issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nenghao.reporting.charts import BarChart, Series

Figures = Mapping[str, Any]
SHOWN = 8
RATES = (("on_year", "同比"), ("on_month", "环比"))
AGAINST = {"year": "同比", "month": "环比"}
TREND, CAUSES = "各月综合能耗", "变化的因素分解"


def generated_texts(figures: Figures) -> dict[str, str]:
    """Give the text of every section that can be written from the figures; the outlook is left to people."""
    return {
        "overview": _overview(figures), "energies": _groups(figures["energies"], "品种"),
        "industries": _groups(figures["industries"], "行业"), "regions": _groups(figures["regions"], "地区"),
        "causes": _causes(figures), "enterprises": _movers(figures), "outlook": "",
    }  # fmt: skip


def charts(figures: Figures) -> list[BarChart]:
    """Give the charts that the texts name."""
    year, month = (int(part) for part in figures["month"].split("-")[:2])
    both = (
        Series(f"{year - 1}年", "9AA1AD", figures["months_before"]),
        Series(f"{year}年", "14508C", figures["months"]),
    )
    made = [
        BarChart(
            TREND, f"吨标准煤，{basis_of(figures)}", [f"{n}月" for n in range(1, month + 1)],
            [one for one in both if any(value is not None for value in one.values)],
        )
    ]  # fmt: skip
    if figures["effects"]:
        rows = [{"label": "合计", **figures["effects"]}, *_moved(figures["industries"])[:SHOWN]]
        names = (
            ("activity", "产出增减", "0072B2"),
            ("structure", "结构变化", "8C6D1F"),
            ("intensity", "强度变化", "009E73"),
        )
        series = [Series(name, colour, [row[key] for row in rows]) for key, name, colour in names]
        made.append(
            BarChart(CAUSES, f"吨标准煤，{basis_of(figures)}", [row["label"] for row in rows], series, True, True, 9.0)
        )
    return made


def tce(value: float | None) -> str:
    """Write tonnes of coal equivalent for a document: in 万吨 from ten thousand on; what is not known is said.

    >>> tce(123456.7), tce(1234.5), tce(None)
    ('12.35 万吨标准煤', '1234.50 吨标准煤', '（缺数据）')
    """
    if value is None:
        return "（缺数据）"
    return f"{value / 10_000:.2f} 万吨标准煤" if abs(value) >= 10_000 else f"{value:.2f} 吨标准煤"


def moved(rate: float | None, word: str) -> str:
    """Write a rate of change.

    >>> moved(0.0123, "同比"), moved(-0.2, "环比"), moved(None, "同比")
    ('同比增长 1.2%', '环比下降 20.0%', '同比无可比数据')
    """
    if rate is None:
        return f"{word}无可比数据"
    return f"{word}{'增长' if rate >= 0 else '下降'} {abs(rate) * 100:.1f}%"


def basis_of(figures: Figures) -> str:
    """Name the basis of coal equivalent of a report; those drafted before there was a choice are calorific.

    >>> basis_of({"basis": "equivalent"}), basis_of({})
    ('等价值', '当量值')
    """
    return "等价值" if figures.get("basis") == "equivalent" else "当量值"


def _overview(figures: Figures) -> str:
    year, month = figures["month"].split("-")[:2]
    unverified = "所用折标准煤系数含待核数据，结果仅供参考。" if figures["is_unverified"] else ""
    untold = f"另有 {figures['untold']} 家没有给定等价值，未计入。" if figures.get("untold") else ""
    return (
        f"{year}年{int(month)}月，{figures['region_name']}纳入监测的用能单位 {figures['enterprises']} 家，其中 "
        f"{figures['known']} 家有核算数据，综合能耗 {tce(figures['tce'])}（{basis_of(figures)}），"
        f"{moved(figures['on_year'], '同比')}（可比 {figures['compared_year']} 家），"
        f"{moved(figures['on_month'], '环比')}（可比 {figures['compared_month']} 家）。\n"
        f"1—{int(month)}月累计 {tce(figures['cumulative'])}，{moved(figures['cumulative_on_year'], '累计同比')}"
        f"（可比 {figures['compared_cumulative']} 家）。{untold}{unverified}\n【图：{TREND}】"
    )


def _groups(rows: Sequence[Figures], word: str) -> str:
    known = [row for row in rows if row["month"] is not None]
    if not known:
        return "本月没有核算数据。"
    parts = [
        f"{row['label']} {tce(row['month'])}"
        + ("" if row["share"] is None else f"，占 {row['share'] * 100:.1f}%")
        + "".join(f"，{moved(row[key], word)}" for key, word in RATES if row[key] is not None)
        for row in known[:SHOWN]
    ]
    rest = f"；其余 {len(known) - SHOWN} 个{word}见附件" if len(known) > SHOWN else ""
    return "；".join(parts) + rest + "。"


def _moved(rows: Sequence[Figures]) -> list[Figures]:
    return sorted((row for row in rows if row["effect"] is not None), key=lambda row: -abs(row["effect"]))


def _causes(figures: Figures) -> str:
    found = figures["effects"]
    if not found:
        return "没有两期都有的产值或增加值，不能分解变化原因。"
    words = {"activity": "产出增减", "structure": "结构变化", "intensity": "强度变化"}
    parts = "，".join(f"{name}使其{_signed(found[key])}" for key, name in words.items())
    before, now = found["intensity_before"], found["intensity_now"]
    rate = now / before - 1 if before else None
    return (
        f"以{found['activity_name']}衡量产出，可分解的用能单位占综合能耗 {found['coverage'] * 100:.1f}%，其能耗"
        f"{AGAINST[figures['against']]}{_signed(found['change'])}：{parts}。单位能耗由 {before:.4f} 变为 "
        f"{now:.4f} 吨标准煤/万元，{moved(rate, AGAINST[figures['against']])}。\n【图：{CAUSES}】"
    )


def _signed(value: float) -> str:
    return ("增加 " if value >= 0 else "减少 ") + tce(abs(value))


def _movers(figures: Figures) -> str:
    rows = figures["movers"]
    if not rows:
        return "没有两期可比的用能单位。"
    up = [row for row in rows if row["effect"] > 0][:5]
    down = [row for row in rows if row["effect"] < 0][:5]
    texts = []
    for word, chosen in (("增加", up), ("减少", down)):
        if chosen:
            named = "、".join(f"{row['label']}（{tce(abs(row['effect']))}）" for row in chosen)
            texts.append(f"{AGAINST[figures['against']]}{word}较多的有：{named}。")
    return "\n".join(texts) + "\n名单见附件。"
