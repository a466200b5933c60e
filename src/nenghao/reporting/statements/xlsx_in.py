"""Reading a statement back from its Excel file: everything that fits is kept, every bad cell is named with its mend."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell
from openpyxl.utils.cell import coordinate_from_string
from openpyxl.worksheet.worksheet import Worksheet

from nenghao.errors import NenghaoError
from nenghao.reporting.statements.definitions import Field, Form, Section
from nenghao.reporting.statements.document import ROW_ID, cleaned
from nenghao.reporting.statements.loading import SINGLE_ROW
from nenghao.reporting.statements.values import canonical
from nenghao.reporting.statements.xlsx_out import MARK_SHEET, cell_name, end_name, top_name

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED_BYTES = 60 * 1024 * 1024
MAX_ROWS = 2_000
MARK_ROWS = 4
ESCAPED = re.compile(r"_x005F_(?=x[0-9A-Fa-f]{4}_)")
"""How a workbook spells an underscore that would otherwise begin the code of a character."""


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that could not be read into its field: where it stands, what stands there, what to do."""

    sheet: str
    cell: str
    title_zh: str
    title_en: str
    value: str
    mend_zh: str
    mend_en: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds; the texts of bad cells are in the contents too, as they were typed."""

    form_key: str
    version: str
    period: str
    enterprise_code: str
    contents: dict[str, list[dict[str, str]]]
    bad: tuple[BadCell, ...]


def read_statement(content: bytes, form: Form) -> Imported:
    """Read a file of this form; refuses one that is none (``statement-unreadable``, ``statement-other-form``).

    Columns that were moved are refused too (``statement-columns``), for then no cell could be trusted.
    """
    formulas = _open(content, formulas=True)
    has_formula = any(cell.data_type == "f" for sheet in formulas for row in sheet.iter_rows() for cell in row)
    book = _open(content) if has_formula else formulas
    marks = _marks(book)
    if marks.get("form") != form.key or marks.get("version") != form.version:
        raise NenghaoError(
            "statement-other-form", f"不是《{form.zh}》现行版本的文件",
            f"not a file of the present “{form.en}”", record=marks.get("form", ""), field="file",
            mend_zh="下载本页的表格填写", mend_en="fill in this page's file",
        )  # fmt: skip
    reader = _Reader(book, formulas, form)
    contents = {section.key: list(reader.section(section)) for section in form.sections}
    return Imported(
        form.key, form.version, marks.get("period", ""), marks.get("enterprise", ""), cleaned(form, contents),
        tuple(reader.bad),
    )  # fmt: skip


def _open(content: bytes, *, formulas: bool = False) -> Workbook:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if len(content) > MAX_BYTES or sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise _unreadable("文件太大", "the file is too large")
        return load_workbook(io.BytesIO(content), data_only=not formulas)
    except NenghaoError:
        raise
    except Exception as broken:  # openpyxl raises whatever a broken part makes it stumble over
        raise _unreadable("文件读不出来", "the file cannot be read") from broken


def _unreadable(zh: str, en: str) -> NenghaoError:
    return NenghaoError(
        "statement-unreadable", zh, en, field="file", mend_zh="下载本页的表格，填写后另存为 .xlsx",
        mend_en="fill in this page's file and save it as .xlsx",
    )  # fmt: skip


def _marks(book: Workbook) -> Mapping[str, str]:
    if MARK_SHEET not in book.sheetnames:
        raise NenghaoError(
            "statement-other-form", "不是本平台导出的表格", "not a file of this platform", field="file",
            mend_zh="下载本页的表格填写", mend_en="fill in this page's file",
        )  # fmt: skip
    rows = book[MARK_SHEET].iter_rows(max_row=MARK_ROWS, max_col=2, values_only=True)
    return {str(name): str(text if text is not None else "") for name, text in rows}


class _Reader:
    """Finds the cells by the workbook's defined names."""

    def __init__(self, book: Workbook, formulas: Workbook, form: Form) -> None:
        self.book, self.formulas, self.form = book, formulas, form
        self.bad: list[BadCell] = []

    def section(self, section: Section) -> Iterator[dict[str, str]]:
        """Yield the rows of a section."""
        if not section.is_table:
            yield {ROW_ID: SINGLE_ROW} | {
                field.key: self._text(*self._place(cell_name(section.key, field.key)), field) for field in section.typed
            }
            return
        sheet, top = self._row_of(top_name(section.key))
        _, end = self._row_of(end_name(section.key))
        self._check_headings(sheet, section, top)
        ids = {texts.get(section.key_field, ""): key for key, texts in section.preset.items()}
        for number in range(top + 1, min(end, top + 1 + MAX_ROWS)):
            row = {
                field.key: self._text(sheet, self._at(sheet, number, place), field)
                for place, field in enumerate(section.fields, start=1) if field.is_typed
            }  # fmt: skip
            if section.preset:
                place = [field.key for field in section.fields].index(section.key_field) + 1
                row[ROW_ID] = ids.get(str(sheet.cell(number, place).value or "").strip(), "")
            if any(row.values()):
                yield row

    def _place(self, name: str) -> tuple[Worksheet, str]:
        if name not in self.book.defined_names:
            raise _moved(name)
        found = next(iter(self.book.defined_names[name].destinations), None)
        if found is None or found[0] not in self.book.sheetnames:
            raise _moved(name)
        return self.book[found[0]], found[1].replace("$", "").split(":")[0]

    def _row_of(self, name: str) -> tuple[Worksheet, int]:
        sheet, where = self._place(name)
        return sheet, coordinate_from_string(where)[1]

    @staticmethod
    def _at(sheet: Worksheet, row: int, column: int) -> str:
        return sheet.cell(row, column).coordinate

    def _check_headings(self, sheet: Worksheet, section: Section, top: int) -> None:
        """Refuse when a column no longer stands under its heading."""
        row = top - 1 if any(field.column for field in section.fields) else top
        depth = 1 + max(len(field.group_zh) for field in section.fields)
        for place, field in enumerate(section.fields, start=1):
            texts = [str(sheet.cell(row - up, place).value or "") for up in range(depth)]
            if field.zh not in {text.split("\n")[0] for text in texts}:
                raise NenghaoError(
                    "statement-columns", f"「{section.zh}」的列被移动或改名：{field.zh}",
                    f"columns of “{section.en}” were moved or renamed: {field.en}", record=sheet.title, field="file",
                    mend_zh="不要移动列，用下载的表格填写", mend_en="leave the columns as they are in the file",
                )  # fmt: skip

    def _text(self, sheet: Worksheet, where: str, field: Field) -> str:
        """Give a cell as a person would have typed it, and note what does not fit."""
        cell, formula = sheet[where], self.formulas[sheet.title][where]
        if cell.value is None and formula.data_type == "f":
            self._refuse(sheet, where, field, str(formula.value), "公式没有算出结果，在 Excel 中打开并保存后再导入",
                         "the formula has no result: open and save the file in Excel first")  # fmt: skip
            return ""
        text = _typed(cell)
        if cell.data_type == "e":
            self._refuse(sheet, where, field, text, "单元格出错，改成数值或文字", "the cell is in error: type a value")
            return ""
        try:
            return canonical(field, text)
        except NenghaoError as wrong:
            self._refuse(sheet, where, field, text, wrong.mend_zh, wrong.mend_en)
            return text

    def _refuse(self, sheet: Worksheet, where: str, field: Field, value: str, *mend: str) -> None:
        titles = field.full_title("zh"), field.full_title("en")
        self.bad.append(BadCell(sheet.title, where, *titles, value[:80], mend[0], mend[1]))


def _moved(name: str) -> NenghaoError:
    return NenghaoError(
        "statement-columns", "表格的结构被改动", "the structure of the file was changed", record=name, field="file",
        mend_zh="用下载的表格填写，不要删除行列和工作表", mend_en="use the file as it was handed out",
    )  # fmt: skip


def _typed(cell: Cell) -> str:
    value: Any = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value) if isinstance(value, float) else ESCAPED.sub("_", str(value))
