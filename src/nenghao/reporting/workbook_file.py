"""Writing a workbook with openpyxl: what the tables of :mod:`nenghao.reporting.workbook` look like in Excel."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import datetime
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from nenghao.periods import to_beijing
from nenghao.reporting.characters import NOT_IN_WORKBOOKS
from nenghao.reporting.workbook import FORMULA_START, Column, Formula, Kind, SheetTable, Value

FORMATS: dict[Kind, str] = {
    "text": "@",
    "number": "#,##0.00",
    "tce": "#,##0.00",
    "integer": "#,##0",
    "percent": "0.0%",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
    "factor": "0.######",
}
HEADER_FONT = Font(bold=True, color="FFFFFF")
HEADER_FILL = PatternFill("solid", fgColor="14263D")
HEADER_ALIGN = Alignment(horizontal="center", vertical="center", wrap_text=True)
TITLE_FONT = Font(bold=True, size=14)
LINE = Border(bottom=Side("thin", color="DFE4EB"))
WIDTH_RANGE = (9, 48)


def written(title: str, tables: Sequence[SheetTable], notes: Sequence[tuple[str, str]], notes_name: str) -> bytes:
    """Write the tables, a sheet each, and the notes on the last sheet, which is named ``notes_name``."""
    book = Workbook(write_only=True)
    for table in tables:
        _write_table(book.create_sheet(table.name), table.columns, table.rows)
    _write_notes(book.create_sheet(notes_name), title, notes)
    book.calculation.fullCalcOnLoad = True
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write_table(sheet: Worksheet, columns: Sequence[Column], rows: Sequence[Sequence[Value]]) -> None:
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for index, column in enumerate(columns):
        sheet.column_dimensions[get_column_letter(index + 1)].width = _width(column, [row[index] for row in rows[:500]])
    sheet.row_dimensions[1].height = 32
    sheet.append([_header(sheet, column) for column in columns])
    for row in rows:
        sheet.append([_cell(sheet, value, column.kind) for value, column in zip(row, columns, strict=True)])


def _write_notes(sheet: Worksheet, title: str, notes: Sequence[tuple[str, str]]) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 90
    heading = WriteOnlyCell(sheet, _clean(title))
    heading.font = TITLE_FONT
    heading.data_type = "s"
    sheet.append([heading])
    for label, text in notes:
        cells = [_cell(sheet, label, "text"), _cell(sheet, text, "text")]
        cells[0].font = Font(bold=True)
        cells[1].alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append(cells)


def _header(sheet: Worksheet, column: Column) -> Cell:
    cell = WriteOnlyCell(sheet, _clean(column.heading))
    cell.data_type = "s"
    cell.font, cell.fill, cell.alignment = HEADER_FONT, HEADER_FILL, HEADER_ALIGN
    return cell


def _cell(sheet: Worksheet, value: Value, kind: Kind) -> Cell:
    if isinstance(value, datetime) and value.tzinfo:
        value = to_beijing(value).replace(tzinfo=None)
    if isinstance(value, float) and math.isnan(value):
        value = None
    cell = WriteOnlyCell(sheet)
    if isinstance(value, Formula):
        cell.value, cell.data_type = value.text, "f"
    else:
        cell.value = _clean(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"  # a text that starts with "=" must not become a formula
        cell.quotePrefix = value.startswith(FORMULA_START)
    cell.number_format = FORMATS["text" if isinstance(value, str) else kind]
    cell.border = LINE
    return cell


def _clean(text: str) -> str:
    return NOT_IN_WORKBOOKS.sub("\N{REPLACEMENT CHARACTER}", text)


def _text_width(text: str) -> int:
    return max((sum(2 if east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n")), default=0)


def _width(column: Column, values: Sequence[Value]) -> int:
    """Characters the widest value needs; a number counts with its separators and decimals."""
    needed = [_text_width(column.heading) + 2]
    for value in values:
        if isinstance(value, float | int) and not isinstance(value, bool):
            needed.append(len(f"{value:,.2f}") + 2)
        elif isinstance(value, datetime | Formula):
            needed.append(18 if isinstance(value, datetime) else 12)
        elif value is not None:
            needed.append(_text_width(str(value)) + 2)
    low, high = WIDTH_RANGE
    return min(max(low, *needed), high)
