"""The situation report as Word, with its charts, and Excel: from its texts and figures alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nenghao.hub.analysis.models import FORM, SituationReport
from nenghao.hub.analysis.texts import basis_of, charts
from nenghao.periods import to_beijing
from nenghao.reporting import Column, SheetTable, tables_workbook
from nenghao.reporting.charts import with_charts
from nenghao.reporting.documents import form, paragraphs, word_document
from nenghao.reporting.workbook import Kind

SYNTHETIC = "本文件含模拟或合成数据，仅供演示。"
_COLUMNS: tuple[tuple[str, str, Kind, str], ...] = (
    ("label", "", "text", ""), ("month", "本月", "tce", "tce"), ("share", "占比", "percent", ""),
    ("on_month", "环比", "percent", ""), ("on_year", "同比", "percent", ""), ("cumulative", "累计", "tce", "tce"),
    ("cumulative_on_year", "累计同比", "percent", ""), ("effect", "因素合计", "tce", "tce"),
    ("activity", "产出", "tce", "tce"), ("structure", "结构", "tce", "tce"), ("intensity", "强度", "tce", "tce"),
)  # fmt: skip
_TABLES = (
    ("regions", "各地区综合能耗", "地区", 11), ("industries", "各行业综合能耗", "行业", 11),
    ("energies", "各品种综合能耗", "能源品种", 7), ("movers", "对变化影响较大的用能单位", "用能单位", 11),
)  # fmt: skip


def tables(report: SituationReport) -> list[SheetTable]:
    """Give the tables behind the report."""
    return [
        SheetTable(
            title, [Column(name or first, kind, unit) for _key, name, kind, unit in _COLUMNS[:width]],
            [[row[key] for key, *_rest in _COLUMNS[:width]] for row in report.figures[source]],
        )
        for source, title, first, width in _TABLES
    ]  # fmt: skip


def word_file(report: SituationReport, *, is_synthetic: bool) -> bytes:
    """Give the .docx file with native charts where the texts name them."""
    about = form(FORM)
    issued = to_beijing(report.issued_at) if report.issued_at else None
    filled = word_document(about.template, {
        "number": report.number, "title": about.title_zh, "region": report.region.name, "quarter": report.label,
        "issuer": report.issuer,
        "issued_on": f"{issued.year}年{issued.month}月{issued.day}日" if issued else "（草稿）",
        "sections": [
            {"title": section.title_zh, "paragraphs": paragraphs(report.texts.get(section.key, "")) or ["（无）"]}
            for section in about.sections
        ],
        "annexes": [_annex(table) for table in tables(report)], "note": provenance(report, is_synthetic),
    })  # fmt: skip
    return with_charts(filled, charts(report.figures))


def excel_file(report: SituationReport, *, is_synthetic: bool) -> bytes:
    """Give the .xlsx file: a sheet for each table, and the texts among the notes."""
    about = form(FORM)
    notes = [
        ("地区", report.region.name), ("月份", report.label), ("口径", basis_of(report.figures)),
        ("文号", report.number),
        *((section.title_zh, report.texts.get(section.key, "")) for section in about.sections),
        ("说明", provenance(report, is_synthetic)),
    ]  # fmt: skip
    return tables_workbook(about.title_zh, tables(report), notes)


def provenance(report: SituationReport, is_synthetic: bool) -> str:
    """Say on what the report rests and when its figures were taken."""
    about, taken = form(FORM), to_beijing(report.figures_at)
    unverified = "折标准煤系数含待核数据。" if report.figures["is_unverified"] else ""
    basis = f"综合能耗为{basis_of(report.figures)}；"
    source = about.source.split(" / ")[0]  # the report is Chinese
    words = f"{source}。{basis}{about.note}。{unverified}数据取自平台，取数时间 {taken:%Y-%m-%d %H:%M}。"
    return (SYNTHETIC if is_synthetic else "") + words


def text_rows(table: SheetTable) -> Sequence[Sequence[str]]:
    """Give the cells as the document shows them."""
    return [[_text(value, column.kind) for value, column in zip(row, table.columns, strict=True)] for row in table.rows]


def _annex(table: SheetTable) -> Mapping[str, Any]:
    return {
        "title": table.title, "columns": [f"{c.title}（{c.unit}）" if c.unit else c.title for c in table.columns],
        "rows": text_rows(table) or [["（无）", *[""] * (len(table.columns) - 1)]],
    }  # fmt: skip


def _text(value: Any, kind: Kind) -> str:
    if value is None:
        return "—"
    return {"percent": lambda v: f"{v * 100:.1f}%", "tce": lambda v: f"{v:,.2f}"}.get(kind, str)(value)
