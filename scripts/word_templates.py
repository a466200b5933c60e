"""Make the Word templates of the forms anew: ``word_templates.py``. An office may change them in Word afterwards."""

from __future__ import annotations

from pathlib import Path

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.text.paragraph import Paragraph

FORMS = Path(__file__).resolve().parent.parent / "src" / "nenghao" / "reporting" / "forms"


def _write(paragraph: Paragraph, text: str, font: str, size: float, *, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.name, run.bold = Pt(size), "Times New Roman", bold
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _line(document: Document, text: str, font: str = "仿宋_GB2312", size: float = 16, **facts: bool) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.line_spacing = Pt(28)
    paragraph.paragraph_format.space_after = Pt(0)
    _write(paragraph, text, font, size, **facts)
    return paragraph


def quarterly() -> None:
    """Lay out the quarterly report and bulletin in the manner of official documents: A4, 小标宋, 仿宋 三号."""
    document = docx.Document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Cm(3.7), Cm(3.5), Cm(2.8), Cm(2.6)
    _line(document, "{{ number }}").alignment = WD_ALIGN_PARAGRAPH.CENTER
    _line(document, "{{ title }}", "方正小标宋简体", 22).alignment = WD_ALIGN_PARAGRAPH.CENTER
    _line(document, "（{{ region }} {{ quarter }}）").alignment = WD_ALIGN_PARAGRAPH.CENTER
    _line(document, "{%p for section in sections %}")
    _line(document, "{{ section.title }}", "黑体")
    _line(document, "{%p for text in section.paragraphs %}")
    _line(document, "{{ text }}").paragraph_format.first_line_indent = Pt(32)
    _line(document, "{%p endfor %}")
    _line(document, "{%p endfor %}")
    _line(document, "{{ issuer }}").alignment = WD_ALIGN_PARAGRAPH.RIGHT
    signed = _line(document, "{{ issued_on }}")
    signed.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _landscape_after(document, signed)
    _line(document, "{%p for annex in annexes %}")
    _line(document, "附件{{ loop.index }}  {{ annex.title }}", "黑体").paragraph_format.page_break_before = True
    _table(document)
    _line(document, "{%p endfor %}")
    _line(document, "{{ note }}", size=10.5)
    document.save(str(FORMS / "quarterly" / "template.docx"))


def _landscape_after(document: Document, paragraph: Paragraph) -> None:
    """End the upright section with a paragraph; what follows, the annexes, lies on its side: their tables are wide."""
    page = document.add_section(WD_SECTION.NEW_PAGE)
    carrier = paragraph._p.getnext()
    assert carrier is not None
    paragraph._p.get_or_add_pPr().append(carrier.pPr.sectPr)  # not in an empty line of its own, which may want a page
    document.element.body.remove(carrier)
    page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, Cm(29.7), Cm(21)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Cm(2.6), Cm(2.2), Cm(2), Cm(2)


def _table(document: Document) -> None:
    """One table of any number of columns: the cells of the heading and of every row are repeated.

    Widths, alignment and the size of the type are set when the texts are known: ``nenghao.reporting.word_tables``.
    """
    table = document.add_table(rows=4, cols=3, style="Table Grid")
    cells = [
        ["{%tc for name in annex.columns %}", "{{ name }}", "{%tc endfor %}"],
        ["{%tr for row in annex.rows %}", "", ""],
        ["{%tc for cell in row %}", "{{ cell }}", "{%tc endfor %}"],
        ["{%tr endfor %}", "", ""],
    ]
    for row, texts in zip(table.rows, cells, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            _write(cell.paragraphs[0], text, "仿宋_GB2312", 9)


if __name__ == "__main__":
    quarterly()
