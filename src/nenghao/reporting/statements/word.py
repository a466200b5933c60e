"""A statement as a Word document: a title page, then every sheet with its tables.

The tables have as many columns as the form says, which a template cannot know: the document is made with python-docx,
the library under :mod:`nenghao.reporting.documents`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from docx import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from nenghao.reporting.statements.blocks import Block, Leaf

FONT = "宋体"
WIDTH_CM = 25.0


def word_file(*, title: str, facts: Sequence[tuple[str, str]], leaves: Sequence[Leaf], remark: str = "") -> bytes:
    """Render a statement; ``facts`` stand on the title page, ``remark`` under them."""
    document = WordDocument()
    _style(document)
    heading = document.add_heading(title, level=0)
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for label, text in facts:
        line = document.add_paragraph(f"{label}：{text}")
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if remark:
        document.add_paragraph(remark)
    for leaf in leaves:
        document.add_page_break()
        document.add_heading(leaf.title, level=1)
        for block in leaf.blocks:
            _block(document, block)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _style(document: Any) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21.0)
    section.left_margin = section.right_margin = Cm(2.0)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = document.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    document.styles["Normal"].font.size = Pt(10.5)


def _block(document: Any, block: Block) -> None:
    document.add_heading(block.heading, level=2)
    columns = len(block.numeric)
    if block.rows or block.titles:
        table = document.add_table(rows=0, cols=columns)
        table.style = "Table Grid"
        table.autofit = False
        if block.titles:
            cells = table.add_row().cells
            for cell, text in zip(cells, block.titles, strict=True):
                _write(cell, text, bold=True, centre=True)
            _repeat(table.rows[0])
        for row in block.rows:
            for cell, text, is_number in zip(table.add_row().cells, row, block.numeric, strict=True):
                _write(cell, text, right=is_number)
        total = sum(block.weights)
        for column, weight in zip(table.columns, block.weights, strict=True):
            for cell in column.cells:
                cell.width = Cm(WIDTH_CM * weight / total)
    if block.titles and not block.rows:
        document.add_paragraph("无")
    note = document.add_paragraph(block.note)
    note.runs[0].font.size = Pt(8)


def _write(cell: Any, text: str, *, bold: bool = False, centre: bool = False, right: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    run = paragraph.add_run(text)
    run.font.size, run.font.bold = Pt(8.5), bold
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _repeat(row: Any) -> None:
    """Print the heading row again on every page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)
