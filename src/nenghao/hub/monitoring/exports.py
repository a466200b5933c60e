"""Tables as Excel files: what a page shows, with a sheet that says where the numbers come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import FileResponse
from django.utils.translation import gettext as _

from nenghao.hub.accounts.models import Account
from nenghao.hub.listing import workbook
from nenghao.reporting import Column
from nenghao.reporting.workbook import Value


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of a page: its name in the address, its title, columns and rows, and notes of its own."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    notes: Sequence[tuple[str, str]] = ()


def excel_response(
    sheet: Sheet,
    *,
    account: Account,
    now: datetime,
    place: str,
    period: str = "",
    filters: Sequence[tuple[str, str]] = (),
) -> FileResponse:
    """Give the table as a download; its notes say for whom, which part of the tree, which period and filters."""
    notes = [
        (_("范围"), place),
        *([(_("时段"), period)] if period else []),
        *filters,
        (_("行数"), str(len(sheet.rows))),
        *sheet.notes,
        (_("导出账号"), account.username),
        (_("约定"), _("空单元格表示缺失或未知，不是零；占比按时间计。")),
    ]
    return workbook(title=sheet.title, columns=sheet.columns, rows=sheet.rows, notes=notes, now=now)
