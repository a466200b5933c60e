"""One renderer for every table that a page exports: an Excel workbook with its tables and where they come from."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from nenghao.errors import NenghaoError
from nenghao.periods import to_beijing


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that the spreadsheet computes: the text as Excel writes it, with the functions' English names.

    Only the program makes formulas; a text that a person or a gateway sent stays text, whatever it starts with.

    >>> Formula("SUM(C2:C32)").text
    '=SUM(C2:C32)'
    """

    body: str

    @property
    def text(self) -> str:
        """The formula with its equals sign."""
        return f"={self.body}"


Value = str | float | int | bool | date | datetime | Formula | None
Kind = Literal["text", "number", "tce", "integer", "percent", "date", "datetime", "factor"]

MAX_ROWS = 1_048_000
"""Rows a sheet can hold, with room for the header [rows]."""

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
FORMULA_START = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, how its values are shown, and their unit, which stands under the title.

    Values: ``percent`` takes a ratio (0.985 shows 98.5%), ``datetime`` an aware or a Beijing wall time, ``None`` in any
    column is an empty cell: what is missing is never written as zero.
    """

    title: str
    kind: Kind = "text"
    unit: str = ""

    @property
    def heading(self) -> str:
        """Title and unit, as the header cell shows them."""
        return f"{self.title}\n[{self.unit}]" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class SheetTable:
    """One table on a sheet of its own; ``title`` becomes the sheet's name."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]

    @property
    def name(self) -> str:
        """The sheet's name as Excel takes it."""
        return sheet_name(self.title)

    def column(self, index: int) -> str:
        """Give the range of a column's values as a formula names it, at least one row long; ``index`` from 0.

        >>> SheetTable("逐日", [Column("日期", "date"), Column("应到", "integer")], [(None, 1), (None, 2)]).column(1)
        "'逐日'!$B$2:$B$3"
        """
        letter, quoted = get_column_letter(index + 1), self.name.replace("'", "''")
        return f"'{quoted}'!${letter}$2:${letter}${max(2, len(self.rows) + 1)}"


def table_workbook(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    notes: Iterable[tuple[str, str]],
    *,
    notes_title: str = "说明",
) -> bytes:
    """Render a table as an .xlsx file: one sheet with the table, one with ``notes`` (label, text) on its provenance.

    The header row stays in sight and filters; numbers are numbers with their format, and text that starts like a
    formula stays text. Raises ``export-too-long`` above :data:`MAX_ROWS` rows.
    """
    return tables_workbook(title, [SheetTable(title, columns, rows)], notes, notes_title=notes_title)


def tables_workbook(
    title: str, tables: Sequence[SheetTable], notes: Iterable[tuple[str, str]], *, notes_title: str = "说明"
) -> bytes:
    """Render several tables as one .xlsx file, a sheet each, and the notes on the last one.

    Cells that are a :class:`Formula` are computed by the spreadsheet when the file is opened, so that a reader sees how
    a number follows from the others. The tables' titles must differ. Raises ``export-too-long`` as above.
    """
    book = Workbook(write_only=True)
    for table in tables:
        _refuse_too_long(len(table.rows))
        _write_table(book.create_sheet(table.name), table.columns, table.rows)
    _write_notes(book.create_sheet(sheet_name(notes_title)), title, list(notes))
    book.calculation.fullCalcOnLoad = True
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _refuse_too_long(rows: int) -> None:
    if rows > MAX_ROWS:
        raise NenghaoError(
            "export-too-long", f"导出 {rows} 行，超过 {MAX_ROWS} 行", f"{rows} rows are more than {MAX_ROWS}",
            mend_zh="缩短时段或加筛选条件", mend_en="shorten the period or add a filter",
        )  # fmt: skip


def sheet_name(title: str) -> str:
    """Give a name that Excel accepts: no ``[]:*?/\\``, at most 31 characters.

    >>> sheet_name("日用能 2026/11")
    '日用能 2026-11'
    """
    return re.sub(r"[\[\]:*?/\\]", "-", title).strip("'")[:31] or "Sheet1"


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


def _write_notes(sheet: Worksheet, title: str, notes: list[tuple[str, str]]) -> None:
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
    return ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)


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
