"""What statements refuse, in words."""

from __future__ import annotations

from nenghao.errors import NenghaoError
from nenghao.reporting.characters import NOT_IN_WORKBOOKS


def words(text: str, most: int = 500) -> str:
    """Give what a person wrote on one line, without characters that no database and no file can hold.

    >>> words(" a\\x00\\n b ")
    'a b'
    """
    return " ".join(NOT_IN_WORKBOOKS.sub(" ", text).split())[:most]


def refused(
    code: str, zh: str, en: str, *, record: str = "", field: str = "", mend: tuple[str, str] = ("", "")
) -> NenghaoError:
    """Make a refusal with its mend in both languages."""
    return NenghaoError(code, zh, en, record=record, field=field, mend_zh=mend[0], mend_en=mend[1])


def not_a_draft(record: str) -> NenghaoError:
    """The edition was handed in: it stays as filed."""
    return refused(
        "statement-filed", "已上报的报表不能修改", "a filed statement stays as it is", record=record,
        mend=("退回或重开后另起一版", "a new edition is made after it is returned or reopened"),
    )  # fmt: skip


def no_such_cell(record: str) -> NenghaoError:
    """The address names no cell that is typed."""
    return refused("statement-cell", "没有这个单元格", "there is no such cell", record=record[:80], field="cell")
