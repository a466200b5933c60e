"""Reading an uploaded table: Excel (.xlsx) or CSV, as rows of text; what is no table is refused with what to do."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime, time

from nenghao.errors import NenghaoError

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED_BYTES = 60 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 40
"""What an upload may cost (ours): far above a year of one enterprise's entries."""

Sheet = list[tuple[int, list[str]]]
"""Row number as the person sees it in the file, and its cells."""


def read_sheet(name: str, content: bytes) -> Sheet:
    """Read the first sheet of a workbook, or a CSV in UTF-8 or GB 18030; empty rows are left out.

    Refuses with ``import-too-large``, ``import-too-long`` or ``import-unreadable``.
    """
    if len(content) > MAX_BYTES:
        raise _too_large()
    rows = _xlsx_rows(content) if content[:2] == b"PK" else _csv_rows(name, content)
    kept: Sheet = []
    for row_number, cells in rows:
        texts = [_text(cell) for cell in cells[:MAX_COLUMNS]]
        if any(texts):
            kept.append((row_number, texts))
        if len(kept) > MAX_ROWS + 1:
            raise NenghaoError(
                "import-too-long", f"超过 {MAX_ROWS} 行", f"more than {MAX_ROWS} rows", record=name,
                mend_zh="分成几个文件导入", mend_en="split it into several files",
            )  # fmt: skip
    return kept


def _too_large() -> NenghaoError:
    limit = MAX_BYTES // 1024**2
    return NenghaoError(
        "import-too-large", f"文件超过 {limit} MB", f"the file is larger than {limit} MB", field="file",
        mend_zh="删去图片和多余的工作表，或分成几个文件", mend_en="remove pictures and other sheets, or split it",
    )  # fmt: skip


def _unreadable(name: str) -> NenghaoError:
    return NenghaoError(
        "import-unreadable", "文件读不出来", "the file cannot be read", record=name, field="file",
        mend_zh="用下载的模板填写，另存为 .xlsx 或 .csv（UTF-8）",
        mend_en="fill in the template and save it as .xlsx or .csv (UTF-8)",
    )  # fmt: skip


def _xlsx_rows(content: bytes) -> Iterator[tuple[int, tuple]]:
    from openpyxl import load_workbook  # noqa: PLC0415 -- loaded when a file is read: few processes ever read one

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED_BYTES:
                raise _too_large()
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        yield from enumerate(book.worksheets[0].iter_rows(values_only=True), start=1)
    except NenghaoError:
        raise
    except Exception as broken:  # openpyxl raises whatever a broken part makes it stumble over
        raise _unreadable("xlsx") from broken


def _csv_rows(name: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            decoded = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _unreadable(name)
    reader = csv.reader(io.StringIO(decoded, newline=""))
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as broken:
        raise _unreadable(name) from broken


def _text(cell: object) -> str:
    """Give a cell as a person would have typed it: 12 rather than 12.0, a date without its midnight."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()
