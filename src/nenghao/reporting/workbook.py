"""One renderer for every table that a page exports: an Excel workbook with its tables and where they come from.

Every page with a table imports this module, few processes ever write a file: openpyxl, which takes longer to load than
most commands take to run, is imported when a file is written (:mod:`nenghao.reporting.workbook_file`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from nenghao.errors import NenghaoError


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
        from openpyxl.utils import get_column_letter  # noqa: PLC0415 -- see the top of this module

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
    from nenghao.reporting.workbook_file import written  # noqa: PLC0415 -- see the top of this module

    for table in tables:
        _refuse_too_long(len(table.rows))
    return written(title, tables, list(notes), sheet_name(notes_title))


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
