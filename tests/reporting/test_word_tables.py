"""Tables in Word: numbers stay whole at any length, judged by the metrics of a real typeface."""

from __future__ import annotations

import io

import docx
import pytest
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.shared import Cm
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase.pdfmetrics import stringWidth

from nenghao.reporting.word_tables import CELL_MARGIN_PT, LARGEST_PT, fitted, with_fitted_tables

LANDSCAPE_PT, PORTRAIT_PT = 728.0, 442.0
figures = st.floats(-1e10, 1e10).map(lambda value: f"{value:,.2f}") | st.just("—")
names = st.sampled_from(
    ["济南市", "Jinan", "石油、煤炭及其他燃料加工业", "Petroleum and coal processing", "91370600MA3SAMPLE1"]
)


@given(st.lists(st.tuples(names, *[figures] * 10), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_every_number_has_its_line_and_the_table_its_page(body):
    heading = ("地区", *["因素合计（tce）"] * 10)
    plan = fitted([heading, *body], LANDSCAPE_PT)
    assert sum(plan.widths) <= LANDSCAPE_PT + 1e-6
    assert plan.size <= LARGEST_PT
    for row in body:
        for place, text in enumerate(row[1:], 1):
            needed = stringWidth(text, "Times-Roman", plan.size) + 2 * CELL_MARGIN_PT
            assert plan.widths[place] >= needed, (text, plan)


def test_the_type_becomes_smaller_only_where_the_page_is_narrow():
    rows = [["行业", *["累计（tce）"] * 10], ["化学原料和化学制品制造业", *["12,345,678.90"] * 10]]
    assert fitted(rows, PORTRAIT_PT).size < fitted(rows, LANDSCAPE_PT).size <= LARGEST_PT
    assert fitted([row[:3] for row in rows], LANDSCAPE_PT).size == LARGEST_PT


def test_codes_and_dates_are_text_and_stay_whole():
    code = "913706001234567890"
    plan = fitted([["代码", "日期", "家数"], [code, "2026-03-04", "12"], ["", "", "—"]], 200.0)
    assert plan.numeric == (False, False, True)
    assert plan.widths[0] >= stringWidth(code, "Times-Roman", plan.size) + 2 * CELL_MARGIN_PT


@pytest.mark.parametrize("count", [1, 40])
def test_no_column_vanishes_where_nothing_fits(count):
    plan = fitted([["名称"] * count, ["一二三四五六七八", *["1,234,567,890,123,456.00"] * (count - 1)]], 300.0)
    assert sum(plan.widths) == pytest.approx(300.0)
    assert min(plan.widths) > 0


def test_a_table_is_fitted_to_the_page_it_stands_on_and_merged_cells_stay():
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    lying = document.add_section(WD_SECTION.NEW_PAGE)
    lying.orientation, lying.page_width, lying.page_height = WD_ORIENT.LANDSCAPE, Cm(29.7), Cm(21)
    document.add_table(rows=3, cols=4)
    merged = document.add_table(rows=2, cols=3)
    merged.cell(0, 0).merge(merged.cell(0, 1)).text = "两列"
    table.cell(1, 0).text = "1.5"
    stream = io.BytesIO()
    document.save(stream)
    found = docx.Document(io.BytesIO(with_fitted_tables(stream.getvalue())))
    first, second, third = found.tables
    for one, section in zip((first, second), found.sections, strict=True):
        room = section.page_width - section.left_margin - section.right_margin
        assert sum(cell.width for cell in one.rows[0].cells) == pytest.approx(room, abs=4 * 635)
        assert [len(row._tr.xpath("w:trPr/w:tblHeader")) for row in one.rows] == [1, *[0] * (len(one.rows) - 1)]
        assert all(row._tr.xpath("w:trPr/w:cantSplit") for row in one.rows)
    assert not third._tbl.xpath(".//w:tblHeader")
    again = docx.Document(io.BytesIO(with_fitted_tables(with_fitted_tables(stream.getvalue()))))
    assert again.element.xml == found.element.xml
