"""The document as Word and Excel, from its texts and figures alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nenghao.hub.bulletins.models import DocumentKind, QuarterlyDocument
from nenghao.hub.bulletins.texts import percent
from nenghao.periods import to_beijing
from nenghao.reporting import Column, SheetTable, tables_workbook
from nenghao.reporting.documents import Form, form, paragraphs, word_document
from nenghao.reporting.workbook import Kind

Row = Mapping[str, Any]
SYNTHETIC = "本文件含模拟或合成数据，仅供演示。"
STAGES = {"build": "建设", "connect": "接入", "accept": "验收"}
_REGIONS: tuple[tuple[str, str, Kind, str], ...] = (
    ("rank", "排名", "integer", ""), ("name", "地区", "text", ""), ("listed", "重点用能单位", "integer", "家"),
    ("built", "接入端已建", "integer", "家"), ("built_ratio", "建成率", "percent", ""),
    ("connected", "已接入", "integer", "家"), ("connected_ratio", "接入率", "percent", ""),
    ("daily", "每日上传", "integer", "家"), ("daily_ratio", "每日上传率", "percent", ""),
    ("online_ratio", "在线率", "percent", ""), ("completeness", "数据完整率", "percent", ""),
)  # fmt: skip
_CONNECTED: tuple[tuple[str, str, Kind, str], ...] = (
    ("code", "统一社会信用代码", "text", ""), ("name", "单位名称", "text", ""), ("region_name", "地区", "text", ""),
    ("industry_name", "行业", "text", ""), ("connected_on", "接入日期", "text", ""),
)  # fmt: skip
_DELAYS: tuple[tuple[str, str, Kind, str], ...] = (
    ("code", "统一社会信用代码", "text", ""), ("name", "单位名称", "text", ""), ("region_name", "地区", "text", ""),
    ("stage", "环节", "text", ""), ("due_on", "应完成日期", "text", ""), ("days", "逾期", "integer", "天"),
    ("reason", "原因", "text", ""),
)  # fmt: skip


def tables(document: QuarterlyDocument) -> list[SheetTable]:
    """Give the tables behind the document: ranking, connected enterprises, delays."""
    figures = document.figures
    delays = [late | {"stage": STAGES[late["stage"]]} for late in figures["delays"]]
    chosen = (
        ("各地区情况", _REGIONS, figures["regions"]),
        ("已接入重点用能单位名单", _CONNECTED, figures["connected"]),
        ("逾期未完成名单", _DELAYS, delays),
    )
    return [
        SheetTable(
            title, [Column(name, kind, unit) for _key, name, kind, unit in columns],
            [[row[key] for key, *_rest in columns] for row in rows],
        )
        for title, columns, rows in chosen
    ]  # fmt: skip


def annexes(document: QuarterlyDocument) -> list[SheetTable]:
    """Give the tables that go with the Word document: the bulletin names no enterprises."""
    every = tables(document)
    return every[:1] if document.kind == DocumentKind.BULLETIN else every


def word_file(document: QuarterlyDocument, *, is_synthetic: bool) -> bytes:
    """Give the .docx file."""
    about = form(DocumentKind(document.kind).form_name)
    issued = to_beijing(document.issued_at) if document.issued_at else None
    return word_document(about.template, {
        "number": document.number, "title": about.title_zh, "region": document.region.name,
        "quarter": document.quarter.label, "issuer": document.issuer,
        "issued_on": f"{issued.year}年{issued.month}月{issued.day}日" if issued else "（草稿）",
        "sections": [
            {"title": section.title_zh, "paragraphs": paragraphs(document.texts.get(section.key, "")) or ["（无）"]}
            for section in about.sections
        ],
        "annexes": [_annex(table) for table in annexes(document)],
        "note": (SYNTHETIC if is_synthetic else "") + provenance(document, about),
    })  # fmt: skip


def excel_file(document: QuarterlyDocument, *, is_synthetic: bool) -> bytes:
    """Give the .xlsx file: a sheet for each table, and the texts among the notes."""
    about = form(DocumentKind(document.kind).form_name)
    notes = [
        ("地区", document.region.name), ("季度", document.quarter.label), ("文号", document.number),
        *((section.title_zh, document.texts.get(section.key, "")) for section in about.sections),
        ("说明", (SYNTHETIC if is_synthetic else "") + provenance(document, about)),
    ]  # fmt: skip
    return tables_workbook(about.title_zh, tables(document), notes)


def provenance(document: QuarterlyDocument, about: Form) -> str:
    """Say on what the document rests and when its figures were taken."""
    taken = to_beijing(document.figures_at)
    return f"依据：{about.source}。{about.note}。数据取自平台，取数时间 {taken:%Y-%m-%d %H:%M}。"


def _annex(table: SheetTable) -> dict[str, Any]:
    return {
        "title": table.title, "columns": [f"{c.title}（{c.unit}）" if c.unit else c.title for c in table.columns],
        "rows": text_rows(table) or [["（无）", *[""] * (len(table.columns) - 1)]],
    }  # fmt: skip


def _text(value: Any, kind: Kind) -> str:
    if value is None:
        return "—"
    return percent(value) if kind == "percent" else str(value)


def text_rows(table: SheetTable) -> Sequence[Sequence[str]]:
    """Give the cells as the document shows them, for the page."""
    return [[_text(value, column.kind) for value, column in zip(row, table.columns, strict=True)] for row in table.rows]
