"""The page ``docs/generated/reference.md``: every number of the law in the package, with citation and status."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from nenghao.reference import library, status_label
from nenghao.reference.figures import Figure, check, figures

INTRODUCTION = """# 参考数据 / Reference data

由 `scripts/pages/reference.py` 从 `src/nenghao/reference/data/` 生成, 勿手改。状态: 原文 = 已读标准原文,
转引 = 经他人转录, **待核** = 未经核实, 不得作为任何结论的唯一依据。有效期止日不含当日, 空白为未知或未废止。

Generated from the data files; do not edit. Status: 原文 published (read in the official text), 转引 secondhand,
**待核** unverified: never the sole basis of a verdict. The end of validity is exclusive; blank means unknown or open.
"""


def page() -> str:
    """Build the page."""
    parts = [INTRODUCTION, _counts()]
    for header, group in groupby(figures(library()), key=lambda figure: figure.header):
        rows = list(group)
        dates = header.dates_source or "未知 / unknown"
        parts += [
            f"## {header.citation} {header.title_zh}\n",
            f"{header.title_en}. 键 key `{header.key}`; 条款 clause: {header.clause}; 有效期 in force: "
            f"{rows[0].validity}; 日期来源 source of the dates: {dates}\n",
            _figures(rows),
        ]
    parts += [_energy_types(), _links()]
    return "\n".join(parts)


def _table(columns: str, rows: Iterable[Iterable[object]]) -> str:
    names = columns.split("|")
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("~", "\\~").replace("<", "&lt;")


def _counts() -> str:
    checked = check(library())
    rows = [(name.replace("_", " "), count) for name, count in checked.counts.items()]
    rows += [(f"figures {status_label(status)} {status}", count) for status, count in checked.statuses.items()]
    return _table("content|count", rows)


def _figures(rows: list[Figure]) -> str:
    sources = list(dict.fromkeys(row.source for row in rows))
    table = _table(
        "名称 name|项 quantity|数值 value|单位 unit|条款 clause|状态 status|来源 source|说明 note",
        (
            (r.name, r.quantity, r.value, r.unit, r.clause, status_label(r.status), sources.index(r.source) + 1, r.note)
            for r in rows
        ),
    )
    return table + "\n" + "\n".join(f"{number}. {source}" for number, source in enumerate(sources, start=1)) + "\n"


def _energy_types() -> str:
    rows = [
        (f"`{e.key}`", e.name_zh, e.name_en, e.class_code, e.type_code, "自编 ours" if e.ours else "",
         status_label(e.status), e.base_unit, e.wire_unit, e.source, e.note)
        for e in library().energy_types()
    ]  # fmt: skip
    columns = "键 key|名称|name|class|type|自编|状态 status|基本单位 base|线上单位 wire|来源 source|说明 note"
    return "## 能源品种与线上代码 / Energy types and wire codes\n\n" + _table(columns, rows)


def _links() -> str:
    rows = [
        (f"`{energy.key}`", factor.citation, factor.value, factor.unit, factor.basis, factor.clause,
         factor.valid_from or "", factor.valid_until or "", status_label(factor.status), factor.factor_id, factor.note)
        for energy in library().energy_types()
        for factor in library().coal_equivalent_factors(energy.key)
    ]  # fmt: skip
    columns = (
        "键 key|标准 standard|数值 value|单位 unit|口径 basis|条款 clause|起 from|止 until|状态 status|行 row|说明 note"
    )
    return "## 各品种的折标准煤系数 / Factors per energy type and base unit\n\n" + _table(columns, rows)
