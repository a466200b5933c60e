"""A filled statement goes into Excel and comes back unchanged, for every form that ships; a bad cell is named."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from nenghao.errors import NenghaoError
from nenghao.reporting.statements import Document, statement_form, statement_forms
from nenghao.reporting.statements.document import without_ids
from nenghao.reporting.statements.xlsx_in import read_statement
from nenghao.reporting.statements.xlsx_out import About, cell_name, statement_workbook, top_name

from .strategies import filled

ABOUT = About("2026-10", "91370600MA3SAMPLE1", "示例水泥")
KEYS = sorted(statement_forms())
GOOD = statement_form("205-1").examples[0].contents


def book(contents, key="205-1", **options):
    return statement_workbook(Document(statement_form(key), contents), ABOUT, **options)


def changed(content, change):
    opened = load_workbook(io.BytesIO(content))
    change(opened)
    stream = io.BytesIO()
    opened.save(stream)
    return stream.getvalue()


def cell(opened, name):
    [(sheet, where)] = opened.defined_names[name].destinations
    return opened[sheet][where.replace("$", "")]


@pytest.mark.parametrize("key", KEYS)
@settings(  # shrinking would write and read files for minutes
    max_examples=8, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
@given(data=st.data())
def test_filled_statement_comes_back_unchanged(key, data):
    form = statement_form(key)
    contents = data.draw(filled(form))
    read = read_statement(book(contents, key), form)
    assert read.bad == ()
    assert without_ids(form, read.contents) == without_ids(form, contents)
    assert (read.period, read.enterprise_code, read.form_key) == ("2026-10", "91370600MA3SAMPLE1", key)


@pytest.mark.parametrize("text", ["#N/A", "#DIV/0!", "=1+1", "_x0041_", "1e5", "007", "TRUE", "2026-11-20"])
def test_text_that_looks_like_something_else_stays_what_it_is(text):
    contents = {"foot": [{"#": "-", "filled_by": text}]}
    read = read_statement(book(contents), statement_form("205-1"))
    assert (read.bad, read.contents["foot"][0]["filled_by"]) == ((), text)


@pytest.mark.parametrize("key", KEYS)
def test_empty_form_has_room_and_reads_as_nothing(key):
    form = statement_form(key)
    read = read_statement(book({}, key, with_values=False), form)
    assert all(not row.keys() - {"#"} for rows in read.contents.values() for row in rows)


def test_layout_is_the_printed_one():
    opened = load_workbook(io.BytesIO(book(GOOD)))
    sheet = opened.worksheets[0]
    top = cell(opened, top_name("energy")).row
    assert [sheet.cell(top, column).value for column in range(1, 15)] == [
        "甲", "乙", "丙", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "丁",
    ]  # fmt: skip
    assert f"G{top - 2}:K{top - 2}" in {str(merged) for merged in sheet.merged_cells.ranges}  # 消费量
    assert sheet.cell(top - 2, 7).value == "消费量"
    total = cell(opened, "nh_energy.end").row
    assert (sheet.cell(total, 1).value, sheet.cell(total, 3).value) == ("能源合计", "40")
    assert float(sheet.cell(total, 7).value) == 770.74
    assert opened["nenghao"].sheet_state == "hidden"


def test_rows_put_in_between_are_read():
    def insert(opened):
        row = cell(opened, top_name("energy")).row
        sheet = opened.worksheets[0]
        sheet.cell(row + 4, 1).value, sheet.cell(row + 4, 7).value = "柴油", 3

    read = read_statement(changed(book(GOOD), insert), statement_form("205-1"))
    assert [(row["energy"], row["consumption"]) for row in read.contents["energy"]] == [
        ("raw_coal", "820.5"), ("electricity", "150.25"), ("diesel", "3"),
    ]  # fmt: skip


def test_bad_cells_are_named_and_nothing_else_is_lost():
    def spoil(opened):
        row, sheet = cell(opened, top_name("energy")).row + 1, opened.worksheets[0]
        sheet.cell(row, 4).value = "约120"
        sheet.cell(row + 1, 1).value = "神煤"
        cell(opened, cell_name("foot", "filled_on")).value = "11月8日"

    read = read_statement(changed(book(GOOD), spoil), statement_form("205-1"))
    assert [(bad.sheet, bad.title_zh, bad.value) for bad in read.bad] == [
        ("能源购进、消费与库存", "期初库存量", "约120"), ("能源购进、消费与库存", "能源名称", "神煤"),
        ("能源购进、消费与库存", "填报日期", "11月8日"),
    ]  # fmt: skip
    assert all(bad.cell and bad.mend_zh and bad.mend_en for bad in read.bad)
    first, second = read.contents["energy"]
    assert (first["opening"], first["purchased"], second["consumption"]) == ("约120", "800", "150.25")
    problems = {(p.key, p.field) for p in Document(statement_form("205-1"), read.contents).problems()}
    assert {("bad-value", "opening"), ("bad-value", "energy"), ("bad-value", "filled_on")} <= problems


def test_formula_without_a_result_is_named():
    def compute(opened):
        opened.worksheets[0].cell(cell(opened, top_name("energy")).row + 1, 7).value = "=1+1"

    [bad] = read_statement(changed(book(GOOD), compute), statement_form("205-1")).bad
    assert bad.value == "=1+1"


def move_columns(opened):
    opened.worksheets[0].cell(cell(opened, top_name("energy")).row - 1, 8).value = "别的"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"not a workbook", "statement-unreadable"),
        (book({}, "205-2"), "statement-other-form"),
        (changed(book(GOOD), move_columns), "statement-columns"),
        (changed(book(GOOD), lambda opened: opened.__delitem__("nenghao")), "statement-other-form"),
        (changed(book(GOOD), lambda opened: opened.defined_names.pop("nh_energy.top")), "statement-columns"),
    ],
    ids=["rubbish", "other form", "moved columns", "no mark", "no names"],
)
def test_other_files_are_refused(content, code):
    with pytest.raises(NenghaoError) as refused:
        read_statement(content, statement_form("205-1"))
    assert refused.value.code == code
    assert refused.value.mend_zh


def test_document_knows_the_day_of_its_factors():
    document = Document(statement_form("205-1"), GOOD, on=date(2026, 10, 1))
    assert document.rows("energy")[1].texts["reference_factor"] == "1.229"
