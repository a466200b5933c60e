"""The list as a file (名单导入): Excel or CSV, read row by row; every bad row is named with its mend.

Columns are found by their heading, in any order; ``template()`` gives the file to fill in. Nothing is written when a
row is bad, unless it is asked to take the good rows alone.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.models import AccessPlan, Tier
from nenghao.hub.access_progress.plans import check_plan
from nenghao.hub.registry.models import Enterprise
from nenghao.reporting import Column, table_workbook

MAX_BYTES = 5_000_000
MAX_ROWS = 20_000
TIERS = {
    "百家": Tier.HUNDRED, "千家": Tier.THOUSAND, "万家": Tier.TEN_THOUSAND, **{tier.value: tier for tier in Tier},
}  # fmt: skip
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
YES = frozenset({"是", "有", "yes", "y", "true", "1"})
NO = frozenset({"", "否", "无", "no", "n", "false", "0"})


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """One column of the file: field, headings it is known by, whether a row needs it, and how a cell is read."""

    field: str
    headings: tuple[str, ...]
    required: bool
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken: its line in the file, what it says of itself, and why."""

    line: int
    code: str
    error: NenghaoError


@dataclass(frozen=True, slots=True)
class ReadFile:
    """What a file holds: rows that can be taken, in its order, and rows that cannot."""

    good: Sequence[tuple[Enterprise, Mapping[str, Any]]]
    bad: Sequence[BadRow]


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _tier(value: Any) -> str:
    word = _text(value)
    return str(TIERS.get(word, TIERS.get(word.removesuffix("企业"), word)))


def _day(value: Any) -> date | None:
    """Read a date cell, or a text such as 2026-03-04, 2026/3/4 or 2026年3月4日; empty is ``None``."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    word = _text(value)
    if not word:
        return None
    found = _DATE.fullmatch(word.removesuffix(" 00:00:00"))
    if found is None:
        raise ValueError(word)
    return date(int(found[1]), int(found[2]), int(found[3]))


def _yes(value: Any) -> bool:
    word = _text(value).lower()
    if word not in YES | NO:
        raise ValueError(word)
    return word in YES


COLUMNS = (
    ImportColumn("code", ("统一社会信用代码", "code"), True, _text),
    ImportColumn("name", ("单位名称", "name"), False, _text),
    ImportColumn("tier", ("层级", "tier"), True, _tier),
    ImportColumn("batch", ("批次", "batch"), False, _text),
    ImportColumn("listed_on", ("列入名单日期", "listed on"), True, _day),
    ImportColumn("planned_build_on", ("计划建成日期", "planned build"), False, _day),
    ImportColumn("planned_connect_on", ("计划接入日期", "planned connection"), False, _day),
    ImportColumn("planned_accept_on", ("计划验收日期", "planned acceptance"), False, _day),
    ImportColumn("has_control_centre", ("已建能源管控中心", "control centre"), False, _yes),
    ImportColumn("remark", ("备注", "remark"), False, _text),
)


def template() -> bytes:
    """Give an empty Excel file with the headings and, on its second sheet, how to fill it in."""
    notes = [
        ("统一社会信用代码", "18 位，须已登记且在本节点辖区内"),
        ("层级", "百家、千家或万家"),
        ("日期", "2026-03-04，或 Excel 的日期单元格；计划日期可以空着，按建成、接入、验收的先后"),
        ("已建能源管控中心", "是或否"),
        ("单位名称", "可以空着；填写时须与登记的名称一致"),
    ]
    return table_workbook("重点用能单位名单", [Column(column.headings[0]) for column in COLUMNS], [], notes)


def read_file(*, content: bytes, file_name: str, enterprises: QuerySet[Enterprise]) -> ReadFile:
    """Read a list; ``enterprises`` are those that may be put on it, and no others are known here."""
    if len(content) > MAX_BYTES:
        raise NenghaoError(
            "import-size", f"文件超过 {MAX_BYTES // 1_000_000} MB", "the file is too large", field="file",
            mend_zh="分成几个文件导入", mend_en="split it into several files",
        )  # fmt: skip
    table = _csv_rows(content) if file_name.lower().endswith(".csv") else _excel_rows(content)
    places = _places(next(table, (0, ()))[1])
    rows = [(line, cells) for line, cells in table if any(_text(cell) for cell in cells)]
    if not rows or len(rows) > MAX_ROWS:
        raise NenghaoError(
            "import-rows", "文件没有数据行" if not rows else f"超过 {MAX_ROWS} 行", "no rows, or too many",
            field="file", mend_zh="下载模板，从第二行起填写", mend_en="fill in the template from its second line on",
        )  # fmt: skip
    known = {one.code: one for one in enterprises.select_related("region").filter(active=True)}
    return _sorted_out(rows, places, known)


def _sorted_out(
    rows: Sequence[tuple[int, Sequence[Any]]], places: Mapping[str, int], known: Mapping[str, Enterprise]
) -> ReadFile:
    good: list[tuple[Enterprise, Mapping[str, Any]]] = []
    bad: list[BadRow] = []
    seen: dict[str, int] = {}
    for line, cells in rows:
        code = _text(cells[places["code"]]) if places["code"] < len(cells) else ""
        try:
            facts = _facts(cells, places, line)
            good.append((_enterprise(facts, known, seen, line), _plan_facts(facts)))
        except NenghaoError as error:
            bad.append(BadRow(line, code, error))
    return ReadFile(good, bad)


def _facts(cells: Sequence[Any], places: Mapping[str, int], line: int) -> dict[str, Any]:
    facts = {}
    for column in COLUMNS:
        place = places.get(column.field)
        if place is None:
            continue
        cell = cells[place] if place < len(cells) else None
        try:
            facts[column.field] = column.read(cell)
        except ValueError as bad:
            raise _bad(line, column, f"读不懂: {_text(cell)[:30]}", f"cannot be read: {_text(cell)[:30]}") from bad
        if column.required and not facts[column.field]:
            raise _bad(line, column, "没有填写", "is empty")
    return facts


def _bad(line: int, column: ImportColumn, zh: str, en: str) -> NenghaoError:
    mend = {"_day": ("写成 2026-03-04", "write 2026-03-04"), "_yes": ("填是或否", "write yes or no")}
    mend_zh, mend_en = mend.get(column.read.__name__, ("补上该列", "fill in the column"))
    heading = column.headings[0]
    return NenghaoError(
        "import-cell", f"「{heading}」{zh}", f"{column.headings[1]} {en}", record=str(line), field=heading,
        mend_zh=mend_zh, mend_en=mend_en,
    )  # fmt: skip


def _enterprise(
    facts: Mapping[str, Any], known: Mapping[str, Enterprise], seen: dict[str, int], line: int
) -> Enterprise:
    """Find the enterprise of a row; refuse an unknown one, a second row of the same, and a name that does not fit."""
    code, name = facts["code"], facts.get("name", "")
    found = known.get(code)
    if found is None:
        raise NenghaoError(
            "import-unknown", "没有登记或不在您的辖区内", "is not registered, or lies outside your node",
            record=str(line), field="统一社会信用代码", mend_zh="先登记该单位，或核对代码",
            mend_en="register it first, or check the code",
        )  # fmt: skip
    if (first := seen.setdefault(code, line)) != line:
        raise NenghaoError(
            "import-twice", f"与第 {first} 行重复", f"is in line {first} already", record=str(line),
            field="统一社会信用代码", mend_zh="留下一行", mend_en="keep one of them",
        )  # fmt: skip
    if name and name != found.name:
        raise NenghaoError(
            "import-name", f"登记的名称是「{found.name}」", f"is registered as {found.name}", record=str(line),
            field="单位名称", mend_zh="核对代码与名称", mend_en="check code and name",
        )  # fmt: skip
    check_plan(AccessPlan(**_plan_facts(facts)), str(line))
    return found


def _plan_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in ("code", "name")}


def _places(headings: Sequence[Any]) -> dict[str, int]:
    """Find the columns by their headings; a unit or a star behind a heading does no harm."""
    words = [re.sub(r"[\s*＊]|\[.*?\]", "", _text(cell)).lower() for cell in headings]
    places = {}
    for column in COLUMNS:
        wanted = {heading.replace(" ", "").lower() for heading in column.headings}
        if (place := next((i for i, word in enumerate(words) if word in wanted), None)) is not None:
            places[column.field] = place
    missing = [column.headings[0] for column in COLUMNS if column.required and column.field not in places]
    if missing:
        raise NenghaoError(
            "import-headings", f"缺少列: {'、'.join(missing)}", f"columns are missing: {', '.join(missing)}",
            field="file", mend_zh="第一行须是模板的列名", mend_en="the first line must have the template's headings",
        )  # fmt: skip
    return places


def _csv_rows(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        reader = csv.reader(io.StringIO(text))
        return ((reader.line_num, row) for row in reader)
    raise _unreadable()


def _excel_rows(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    from openpyxl import load_workbook  # noqa: PLC0415 -- loaded when a file is read: few processes ever read one
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True, max_row=MAX_ROWS + 2, max_col=50))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError) as bad:
        raise _unreadable() from bad
    return enumerate(rows, start=1)


def _unreadable() -> NenghaoError:
    return NenghaoError(
        "import-file", "文件无法读取", "the file cannot be read", field="file",
        mend_zh="用 .xlsx 或 UTF-8/GB18030 编码的 .csv", mend_en="use .xlsx, or .csv in UTF-8 or GB18030",
    )  # fmt: skip
