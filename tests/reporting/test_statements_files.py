"""Word and PDF of the whole report: every table with its heading and figures, in Chinese that can be read back."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document as WordDocument
from pdfminer.high_level import extract_text

from nenghao.reporting.statements import Document, statement_form
from nenghao.reporting.statements.blocks import leaves
from nenghao.reporting.statements.pdf import pdf_file
from nenghao.reporting.statements.word import word_file

REPORT = statement_form("energy-use-report")
FILLED = {
    **REPORT.examples[0].contents,
    "projects": [
        {"#": "1", "name": "余热发电 <改造> & 扩容", "kind": "waste_heat", "investment": "1200", "saving": "3500"}
    ],
    "equipment": [
        {"#": str(number), "name": f"{number}号风机", "since": "2012", "eliminated": "1"} for number in range(60)
    ],
}
FACTS = [("单位名称", "示例水泥"), ("报告期", "2025")]


def parts():
    return {
        "title": REPORT.zh, "facts": FACTS, "leaves": list(leaves(Document(REPORT, FILLED))), "remark": REPORT.note
    }  # fmt: skip


@pytest.fixture(scope="module")
def pdf_text():
    return extract_text(io.BytesIO(pdf_file(**parts()))).replace("\n", "")


def test_pdf_has_every_table_and_figures_as_text(pdf_text):
    for section in REPORT.sections:
        assert section.zh in pdf_text, section.zh
    for words in (
        "能源利用状况报告",
        "571.44",
        "原煤",
        "余热发电 <改造> & 扩容",
        "余热余压利用",
        "59号风机",
        "（待核）",
        "第 1 页",
    ):
        assert words in pdf_text, words


def test_word_has_every_table_and_figures():
    document = WordDocument(io.BytesIO(word_file(**parts())))
    headings = [one.text for one in document.paragraphs if one.style.name.startswith("Heading")]
    assert {section.zh for section in REPORT.sections} <= {text.removesuffix("（待核）") for text in headings}
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert {"571.44", "原煤", "余热余压利用", "余热发电 <改造> & 扩容", "能源合计"} <= cells


def test_filed_totals_stand_in_for_computed_ones():
    found = list(leaves(Document(REPORT, FILLED), {"structure": {"consumption": "999.99"}}))
    rows = {row for leaf in found for block in leaf.blocks for row in block.rows if "能源合计" in row}
    assert any("999.99" in row for row in rows)


def test_table_without_rows_says_so():
    with zipfile.ZipFile(io.BytesIO(word_file(**parts()))) as packed:
        assert "无" in packed.read("word/document.xml").decode()
