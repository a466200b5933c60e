"""The exported workbook holds the numbers and texts it was given, and nothing that a spreadsheet would run."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.reporting import MAX_ROWS, Column, Formula, SheetTable, table_workbook, tables_workbook
from nenghao.reporting.workbook import sheet_name

COLUMNS = [
    Column("日期", "date"),
    Column("电量", "number", "kWh"),
    Column("折标煤", "tce", "tce"),
    Column("实测占比", "percent", "%"),
    Column("备注"),
]
ROW = (date(2026, 11, 20), 2629.1, 0.3231, 0.9896, "=1+1")


def opened(rows, notes=(), title="日用能"):
    return openpyxl.load_workbook(io.BytesIO(table_workbook(title, COLUMNS, rows, notes)))


def test_values_formats_and_header():
    sheet = opened([ROW])["日用能"]
    assert [cell.value for cell in sheet[1]] == ["日期", "电量\n[kWh]", "折标煤\n[tce]", "实测占比\n[%]", "备注"]
    assert [cell.value for cell in sheet[2]] == [datetime(2026, 11, 20), 2629.1, 0.3231, 0.9896, "=1+1"]
    assert [cell.number_format for cell in sheet[2]] == ["yyyy-mm-dd", "#,##0.00", "#,##0.00", "0.0%", "@"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:E2"


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_formula_like_text_stays_text(text):
    cell = opened([(*ROW[:4], text)])["日用能"]["E2"]
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)


def test_formula_like_titles_and_notes_stay_text():
    book = opened([], [("=A1", "=B1")], title="=1+1")
    notes = book["说明"]
    assert {cell.data_type for row in notes.iter_rows() for cell in row if cell.value} == {"s"}
    assert (notes["A2"].value, notes["B2"].value) == ("=A1", "=B1")


def test_missing_is_an_empty_cell():
    sheet = opened([(date(2026, 11, 20), None, float("nan"), None, None)])["日用能"]
    assert [cell.value for cell in sheet[2]][1:] == [None] * 4


def test_instants_are_written_in_beijing_time():
    content = table_workbook("t", [Column("时间", "datetime")], [(datetime(2026, 11, 20, 16, 30, tzinfo=UTC),)], [])
    assert openpyxl.load_workbook(io.BytesIO(content))["t"]["A2"].value == datetime(2026, 11, 21, 0, 30)


def test_control_characters_do_not_break_the_file():
    assert opened([(*ROW[:4], "a\x00b")])["日用能"]["E2"].value == "a\N{REPLACEMENT CHARACTER}b"


def test_too_many_rows_are_refused_with_a_mend():
    with pytest.raises(NenghaoError, match="rows") as refused:
        table_workbook("t", [Column("a")], [("x",)] * (MAX_ROWS + 1), [])
    assert refused.value.mend_en


def test_several_tables_refer_to_each_other_by_formulas():
    days = SheetTable("逐日 '26", [Column("日期", "date"), Column("应到", "integer")], [(None, 96), (None, 95)])
    total = SheetTable("评分", [Column("指标"), Column("应到", "integer")], [("=1", Formula(f"SUM({days.column(1)})"))])
    content = tables_workbook("评分 2026-10", [total, days], [("范围", "某厂")])
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["评分", "逐日 '26", "说明"]
    cells = book["评分"][2]
    assert [(cell.data_type, cell.value) for cell in cells] == [("s", "=1"), ("f", "=SUM('逐日 ''26'!$B$2:$B$3)")]
    assert cells[1].number_format == "#,##0"
    assert book.calculation.fullCalcOnLoad


def test_the_range_of_an_empty_table_is_a_range():
    assert SheetTable("逐日", [Column("应到")], []).column(0) == "'逐日'!$A$2:$A$2"


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_title_is_a_sheet_name(title):
    name = sheet_name(title)
    assert 1 <= len(name) <= 31
    assert not set(name) & set("[]:*?/\\")
