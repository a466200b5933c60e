"""The region's page as one Excel file: a sheet for each of its tables."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

from django.http import FileResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from nenghao.hub.access_progress.overview import Overview, stage_name
from nenghao.hub.access_progress.progress import Counts, Group
from nenghao.hub.accounts.models import Account
from nenghao.hub.listing import XLSX
from nenghao.hub.monitoring.formats import moment
from nenghao.reporting import Column
from nenghao.reporting.workbook import SheetTable, Value, tables_workbook


def _count_columns(first: str) -> list[Column]:
    return [
        Column(first), Column(_("名单"), "integer", _("家")), Column(_("已建成"), "integer", _("家")),
        Column(_("建成率"), "percent"), Column(_("已接入"), "integer", _("家")), Column(_("接入率"), "percent"),
        Column(_("已验收"), "integer", _("家")), Column(_("验收率"), "percent"),
    ]  # fmt: skip


def _count_cells(counts: Counts) -> list[Value]:
    return [
        counts.listed, counts.built, counts.built_ratio, counts.connected, counts.connected_ratio, counts.accepted,
        counts.accepted_ratio,
    ]  # fmt: skip


def _groups(title: str, first: str, groups: Sequence[Group]) -> SheetTable:
    rows: list[list[Value]] = [[group.name, *_count_cells(group.counts)] for group in groups]
    return SheetTable(title, _count_columns(first), rows)


def _tables(page: Overview) -> list[SheetTable]:
    below: list[list[Value]] = [
        [row.group.name, *_count_cells(row.group.counts), row.delayed, row.schedule.left, row.schedule.per_month]
        for row in page.subregions
    ]
    pace = [Column(_("滞后"), "integer", _("家")), Column(_("未接入"), "integer", _("家")),
            Column(_("每月须接入"), "integer", _("家/月"))]  # fmt: skip
    late = [Column(_("用能单位")), Column(_("统一社会信用代码")), Column(_("地区")), Column(_("节点")),
            Column(_("应完成日期"), "date"), Column(_("滞后"), "integer", _("天")), Column(_("依据")),
            Column(_("滞后原因"))]  # fmt: skip
    late_rows: list[list[Value]] = [
        [one.row.name, one.row.code, one.row.region_name, stage_name(one.stage), one.due_on, one.days,
         _("计划") if one.by_plan else _("全部接入时限"), one.row.delay_reason]
        for one in page.delays
    ]  # fmt: skip
    months: list[list[Value]] = [[point.month, *_count_cells(point.counts), point.planned] for point in page.points]
    return [
        SheetTable(_("合计"), _count_columns(_("地区")), [[page.region.name, *_count_cells(page.counts)]]),
        SheetTable(_("下级地区"), [*_count_columns(_("地区")), *pace], below),
        _groups(_("层级"), _("层级"), page.tiers), _groups(_("阶段"), _("阶段"), page.cohorts),
        _groups(_("行业"), _("行业"), page.industries), SheetTable(_("滞后清单"), late, late_rows),
        SheetTable(_("逐月"), [*_count_columns(_("月份")), Column(_("应接入"), "integer", _("家"))], months),
    ]  # fmt: skip


def progress_workbook(page: Overview, *, account: Account, now: datetime) -> FileResponse:
    """Give all tables of the page as a download."""
    title = _("接入进展")
    notes = [
        (_("范围"), page.region.name), (_("截至"), page.on.isoformat()),
        (_("全部接入时限"), page.limits.connect_due_on.isoformat()),
        (_("口径"), _("已验收计入已接入，已接入计入已建成；接入日期以登记为准，未登记的取首次有效上传日。")),
        (_("导出账号"), account.username), (_("导出时间"), moment(now)),
    ]  # fmt: skip
    content = tables_workbook(title, _tables(page), notes, notes_title=_("说明"))
    name = f"{slugify(f'{title}-{page.region.name}', allow_unicode=True)}-{page.on:%Y%m%d}.xlsx"
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)
