"""A statement as PDF, without another program and without fonts of this machine.

The font is Adobe's STSong-Light, which a PDF names without carrying it: every reader has it or a Song typeface in its
place. ReportLab sets it, with the lengths of its characters.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import LongTable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from nenghao.reporting.statements.blocks import Block, Leaf

FONT = "STSong-Light"
MARGIN = 1.5 * cm
WIDTH = landscape(A4)[0] - 2 * MARGIN
_GRID = TableStyle([
    ("GRID", (0, 0), (-1, -1), 0.5, colors.HexColor("#808080")), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 2),
    ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
])  # fmt: skip
_HEAD = TableStyle([("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#E9EEF5"))])
SMALLEST, LARGEST = 5.0, 9.0


def pdf_file(*, title: str, facts: Sequence[tuple[str, str]], leaves: Sequence[Leaf], remark: str = "") -> bytes:
    """Render a statement; ``facts`` stand on the title page, ``remark`` under them."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    stream = io.BytesIO()
    story: list[Any] = [Spacer(1, 3 * cm), _text(title, 24, TA_CENTER), Spacer(1, 1 * cm)]
    story += [_text(f"{label}：{text}", 13, TA_CENTER) for label, text in facts]
    story += [Spacer(1, 0.6 * cm), _text(remark, 9)] if remark else []
    for leaf in leaves:
        story += [PageBreak(), _text(leaf.title, 15)]
        for block in leaf.blocks:
            story += _block(block)
    document = SimpleDocTemplate(
        stream, pagesize=landscape(A4), leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=title, author="nenghao", lang="zh-CN",
    )  # fmt: skip
    document.build(story, onFirstPage=_numbered, onLaterPages=_numbered)
    return stream.getvalue()


def _numbered(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawCentredString(landscape(A4)[0] / 2, 0.8 * cm, f"第 {document.page} 页")


def _text(text: str, size: float, align: Any = 0) -> Paragraph:
    style = ParagraphStyle(
        "text", fontName=FONT, fontSize=size, leading=size * 1.4, alignment=align, wordWrap="CJK", spaceAfter=size * 0.4
    )
    return Paragraph(escape(text).replace("\n", "<br/>"), style)


def _block(block: Block) -> list[Any]:
    size = max(SMALLEST, min(LARGEST, 100 / len(block.numeric)))
    rows = [[_text(text, size, TA_CENTER) for text in block.titles]] if block.titles else []
    rows += [
        [_text(text, size, TA_RIGHT if is_number else 0) for text, is_number in zip(row, block.numeric, strict=True)]
        for row in block.rows
    ]
    made: list[Any] = [_text(block.heading, 11)]
    if rows:
        total = sum(block.weights)
        widths = [WIDTH * weight / total for weight in block.weights]
        table = LongTable(rows, colWidths=widths, repeatRows=1 if block.titles else 0)
        table.setStyle(_GRID)
        if block.titles:
            table.setStyle(_HEAD)
        made.append(table)
    if block.titles and not block.rows:
        made.append(_text("无", 9))
    return [*made, _text(block.note, 7), Spacer(1, 0.3 * cm)]
