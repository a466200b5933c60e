"""A statement as an Excel file in the printed layout: empty, prefilled or as filed.

Every sheet of the form is one of the file. What a reader needs to find the cells again, whatever rows were put in
between, are the workbook's defined names, and a hidden sheet that says which form, period and enterprise it is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from nenghao.reference import library
from nenghao.reporting.statements.definitions import Field, Section, Sheet
from nenghao.reporting.statements.document import Document, Row
from nenghao.reporting.statements.values import energy_keys, shown
from nenghao.reporting.workbook import FORMULA_START, sheet_name

MARK_SHEET = "nenghao"
"""The hidden sheet that says what the file is."""
SPARE_ROWS = 12
LEAST_COLUMNS = 8
_THIN = Side("thin", color="808080")
_BOX = Border(_THIN, _THIN, _THIN, _THIN)
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
_RIGHT = Alignment(horizontal="right", vertical="center")
_HEAD_FILL = PatternFill("solid", fgColor="E9EEF5")
_FIXED_FILL = PatternFill("solid", fgColor="F3F3F3")
_HEAD_FONT = Font(bold=True, size=10)
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True, slots=True)
class About:
    """What stands in the hidden sheet."""

    period: str
    enterprise_code: str
    enterprise_name: str = ""
    state: str = ""


def cell_name(section: str, field: str) -> str:
    """Name the cell of a single field in the workbook."""
    return f"nh_{section}.{field}"


def top_name(section: str) -> str:
    """Name the last heading row of a table."""
    return f"nh_{section}.top"


def end_name(section: str) -> str:
    """Name the row after the last row of a table."""
    return f"nh_{section}.end"


def statement_workbook(
    document: Document, about: About, *, with_values: bool = True, doubts: Mapping[str, str] | None = None
) -> bytes:
    """Render a statement; without values it is the empty form with spare rows.

    ``doubts`` are the cells (``section/row/field``) that rest on something unverified, with its source: a note on the
    cell says so, and the value stays as it is.
    """
    book = Workbook()
    del book[book.sheetnames[0]]
    for sheet in document.form.sheets:
        _SheetWriter(book, document, sheet, about, with_values=with_values, doubts=doubts or {}).write()
    _mark(book, document, about)
    book.active = 0
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _mark(book: Workbook, document: Document, about: About) -> None:
    sheet = book.create_sheet(MARK_SHEET)
    facts = (
        ("form", document.form.key), ("version", document.form.version), ("period", about.period),
        ("enterprise", about.enterprise_code), ("state", about.state),
    )  # fmt: skip
    for row in facts:
        sheet.append(row)
    for key in energy_keys():
        sheet.append(["energy", library().energy_type(key).name_zh])
    sheet.sheet_state = "hidden"


class _SheetWriter:
    """Writes one sheet from the top down."""

    def __init__(
        self, book: Workbook, document: Document, told: Sheet, about: About, *, with_values: bool,
        doubts: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.book, self.document, self.told, self.about = book, document, told, about
        self.with_values, self.doubts = with_values, doubts
        self.sheet: Worksheet = book.create_sheet(sheet_name(told.title))
        self.sections = [document.form.section(name) for name in told.sections]
        tables = [len(one.fields) for one in self.sections if one.is_table]
        self.width = max([LEAST_COLUMNS, *tables])
        self.row = 1

    def write(self) -> None:
        """Write the title, then each section."""
        self._widths()
        self._title()
        for section in self.sections:
            if section.is_table:
                self._table(section)
            else:
                self._single_fields(section)
        self._page()

    def _widths(self) -> None:
        table = next((one for one in self.sections if one.is_table), None)
        for number in range(self.width):
            field = table.fields[number] if table and number < len(table.fields) else None
            self.sheet.column_dimensions[get_column_letter(number + 1)].width = field.width if field else 12

    def _title(self) -> None:
        form = self.document.form
        unverified = form.is_unverified and any(one.status == "unverified" for one in self.sections)
        title = form.zh if len(form.sheets) == 1 else self.told.title
        self._merged(
            1, self.width, title + ("（待核）" if unverified else ""), font=Font(bold=True, size=16), align=_CENTRE
        )
        self.sheet.row_dimensions[self.row].height = 30
        self.row += 1
        left, right = f"报告期：{self.about.period}", f"表号：{self.told.code}" if self.told.code else ""
        self._merged(1, self.width - 2, f"{left}　　{self.about.enterprise_name}", align=_LEFT)
        self._merged(self.width - 1, self.width, right, align=_RIGHT)
        self.row += 1

    def _single_fields(self, section: Section) -> None:
        """Write labels and values, two pairs on a line."""
        half = self.width // 2
        label = max(1, half // 2)
        row = self.document.rows(section.key)[0]
        for number, field in enumerate(section.fields):
            start = 1 if number % 2 == 0 else half + 1
            last = half if number % 2 == 0 else self.width
            unit = f"（{field.unit}）" if field.unit else ""
            self._merged(start, start + label - 1, f"{field.zh}{unit}", fill=_HEAD_FILL, align=_LEFT, box=True)
            cell = self._merged(start + label, last, None, align=_LEFT, box=True)
            self._value(cell, section, field, row)
            self._name(cell_name(section.key, field.key), cell)
            self._validate(field, cell.coordinate)
            if number % 2 == 1 or number == len(section.fields) - 1:
                self.row += 1
        self._note(section)

    def _table(self, section: Section) -> None:
        if sum(one.is_table for one in self.sections) > 1:
            self._merged(
                1, self.width, section.zh + ("（待核）" if section.status == "unverified" else ""), font=Font(bold=True)
            )
            self.row += 1
        self._headings(section)
        rows = list(self.document.rows(section.key)) if self.with_values or section.preset else []
        spare = 0 if section.preset else SPARE_ROWS
        first = self.row
        for row in [*rows, *[None] * spare]:
            for number, field in enumerate(section.fields, start=1):
                cell = self.sheet.cell(self.row, number)
                cell.border = _BOX
                self._value(cell, section, field, row)
            self.row += 1
        for number, field in enumerate(section.fields, start=1):
            letter = get_column_letter(number)
            self._validate(field, f"{letter}{first}:{letter}{max(first, self.row - 1)}")
        self._end(section)
        self._note(section)

    def _headings(self, section: Section) -> None:
        """Write the headings with the groups above them merged, and the printed numbers of the columns."""
        depth = 1 + max(len(one.group_zh) for one in section.fields)
        for number, field in enumerate(section.fields, start=1):
            texts = [*field.group_zh, field.zh + (f"\n（{field.unit}）" if field.unit else "")]
            for level in range(depth):
                cell = self.sheet.cell(self.row + level, number, texts[level] if level < len(texts) else None)
                cell.font, cell.fill, cell.alignment, cell.border = _HEAD_FONT, _HEAD_FILL, _CENTRE, _BOX
            if len(texts) < depth:
                self.sheet.merge_cells(
                    start_row=self.row + len(texts) - 1, end_row=self.row + depth - 1, start_column=number,
                    end_column=number,
                )  # fmt: skip
        self._merge_groups(section, depth)
        self.sheet.row_dimensions[self.row + depth - 1].height = 32
        self.row += depth
        if any(field.column for field in section.fields):
            for number, field in enumerate(section.fields, start=1):
                cell = self.sheet.cell(self.row, number, field.column or None)
                cell.alignment, cell.border, cell.fill = _CENTRE, _BOX, _HEAD_FILL
            self.row += 1
        self._name(top_name(section.key), self.sheet.cell(self.row - 1, 1))

    def _merge_groups(self, section: Section, depth: int) -> None:
        fields = section.fields
        for level in range(depth - 1):
            start = 0
            for number in range(1, len(fields) + 1):
                same = (
                    number < len(fields) and fields[number].group_zh[: level + 1] == fields[start].group_zh[: level + 1]
                )
                if same:
                    continue
                if number - start > 1 and len(fields[start].group_zh) > level:
                    self.sheet.merge_cells(
                        start_row=self.row + level, end_row=self.row + level, start_column=start + 1, end_column=number
                    )
                start = number

    def _end(self, section: Section) -> None:
        """Write the row of totals, or a thin line that ends the table."""
        self._name(end_name(section.key), self.sheet.cell(self.row, 1))
        if section.total is None:
            self._merged(
                1, self.width, "以上各行之间可插入行" if not section.preset else "", font=Font(size=8, color="808080")
            )
            self.row += 1
            return
        numbers = self.document.totals[section.key] if self.with_values else {}
        for number, field in enumerate(section.fields, start=1):
            total = numbers.get(field.key)
            cell = self.sheet.cell(
                self.row, number, total if total is not None else section.total.labels.get(field.key)
            )
            cell.border, cell.fill, cell.font = _BOX, _FIXED_FILL, _HEAD_FONT
            cell.alignment = _RIGHT if total is not None else _CENTRE
            if total is not None:
                cell.number_format = "#,##0.00"
        self.row += 1

    def _note(self, section: Section) -> None:
        status = "（待核）" if section.status == "unverified" else ""
        text = f"出处{status}：{section.source}" + (f"。{section.note}" if section.note else "")
        cell = self._merged(1, self.width, text, font=Font(size=8, color="606060"), align=_LEFT)
        self.sheet.row_dimensions[cell.row].height = 24
        self.row += 2

    def _value(self, cell: Any, section: Section, field: Field, row: Row | None) -> None:
        """Put a value into a cell: numbers as numbers, names for keys, a text that looks like a formula as text."""
        text = row.texts.get(field.key, "") if row is not None and self.with_values else ""
        if row is not None and field.locked:
            text = row.texts.get(field.key, "")
        cell.alignment = _RIGHT if field.is_number else _LEFT
        if not field.is_typed:
            cell.fill = _FIXED_FILL
        else:
            cell.protection = Protection(locked=False)
        if field.type in ("text", "long_text") and not field.is_number:
            cell.number_format = "@"
        if text:
            self._put(cell, field, row, text)
        if text and row is not None and (source := self.doubts.get(f"{section.key}/{row.id}/{field.key}")):
            cell.comment = Comment(f"待核：{source}", "nenghao", width=260, height=80)

    def _put(self, cell: Any, field: Field, row: Row | None, text: str) -> None:
        value = row.values.get(field.key) if row is not None else None
        if isinstance(value, Decimal):
            cell.value = Decimal(text)
            cell.number_format = "General" if field.type in ("integer", "year") else "#,##0.##########"
        elif field.type == "date" and value is not None:
            cell.value, cell.number_format = date.fromisoformat(text), "yyyy-mm-dd"
        else:
            cell.value = _ESCAPED.sub("_x005F_", shown(field, text))
            cell.data_type = "s"  # neither a formula nor an error (#N/A), whatever it looks like
            cell.quotePrefix = text.startswith(FORMULA_START)

    def _validate(self, field: Field, where: str) -> None:
        """Offer the words that a field takes."""
        if not field.is_typed:
            return
        if field.type == "energy":
            words = f"={quote_sheetname(MARK_SHEET)}!$B$6:$B${5 + len(energy_keys())}"
        elif field.type == "bool":
            words = '"是,否"'
        elif field.type == "choice":
            words = '"' + ",".join(one.zh for one in field.choices) + '"'
        else:
            return
        if len(words) <= 255:
            told = DataValidation(type="list", formula1=words, allow_blank=True)
            self.sheet.add_data_validation(told)
            told.add(where)

    def _merged(
        self, first: int, last: int, value: str | None, *, font: Font | None = None, fill: PatternFill | None = None,
        align: Alignment | None = None, box: bool = False,
    ) -> Any:  # fmt: skip
        for column in range(first, last + 1):
            if box:
                self.sheet.cell(self.row, column).border = _BOX
        cell: Any = self.sheet.cell(self.row, first)
        cell.value = value
        if font:
            cell.font = font
        if fill:
            cell.fill = fill
        if align:
            cell.alignment = align
        if last > first:
            self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=first, end_column=last)
        return cell

    def _name(self, name: str, cell: Any) -> None:
        letter = get_column_letter(cell.column)
        where = f"{quote_sheetname(self.sheet.title)}!${letter}${cell.row}"
        self.book.defined_names[name] = DefinedName(name, attr_text=where)

    def _page(self) -> None:
        self.sheet.page_setup.orientation = "landscape" if self.told.landscape else "portrait"
        self.sheet.page_setup.paperSize = 9
        self.sheet.page_setup.fitToHeight = 0
        self.sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        footer: Any = self.sheet.oddFooter
        footer.center.text = "&P / &N"


def sheet_titles(sheets: Sequence[Sheet]) -> list[str]:
    """Give the names of the sheets as Excel shows them."""
    return [sheet_name(one.title) for one in sheets]
