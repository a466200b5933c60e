"""The difference report as Excel files: figures filed and now, and the batches behind the differences."""

from __future__ import annotations

from django.utils.translation import gettext as _

from nenghao.hub.corrections.differences import Difference, Report
from nenghao.hub.corrections.models import Method
from nenghao.hub.monitoring.energies import energy_name, energy_unit
from nenghao.hub.monitoring.exports import Sheet
from nenghao.hub.monitoring.words import stat_type_word, unit_word
from nenghao.periods import to_beijing
from nenghao.reporting import Column
from nenghao.reporting.workbook import Value


def _notes(report: Report) -> list[tuple[str, str]]:
    closed = report.closed
    notes = [
        (_("版次"), str(closed.edition)),
        (_("封账"), f"{to_beijing(closed.closed_at):%Y-%m-%d %H:%M} {closed.closed_by.username} {closed.reason}"),
        (_("截至批次"), str(closed.last_batch_id)),
    ]
    if closed.reopened_at and closed.reopened_by:
        words = f"{to_beijing(closed.reopened_at):%Y-%m-%d %H:%M} {closed.reopened_by.username} {closed.reopen_reason}"
        notes.append((_("重开"), words))
    return notes


def difference_sheet(report: Report) -> Sheet:
    """Give every figure as filed and as it would be now."""
    columns = [
        Column(_("能源品种")), Column(_("数据项编码")), Column(_("名称")), Column(_("单位")),
        Column(_("封账数量"), "number"), Column(_("现算数量"), "number"), Column(_("差异"), "number"),
        Column(_("封账折标煤"), "tce", "tce"), Column(_("现算折标煤"), "tce", "tce"),
        Column(_("折标煤差异"), "tce", "tce"), Column(_("封账缺失占比"), "percent"),
        Column(_("现缺失占比"), "percent"), Column(_("折标系数有变")),
    ]  # fmt: skip
    rows = [_row(row) for row in (*report.energies, *report.items)]
    total: list[Value] = [_("综合能耗"), "", "", "", None, None, None, report.closed.tce, report.tce_now,
                          report.tce_change, None, None, ""]  # fmt: skip
    return Sheet("differences", _("封账差异报告"), columns, [total, *rows], _notes(report))


def _row(row: Difference) -> list[Value]:
    return [
        energy_name(row.energy_key), row.data_code or _("合计"), row.name,
        unit_word(row.base_unit or energy_unit(row.energy_key)),
        row.filed.quantity, row.now.quantity, row.quantity, row.filed.tce, row.now.tce, row.tce,
        row.filed.missing_ratio, row.now.missing_ratio, _("是") if row.factor_changed else "",
    ]  # fmt: skip


def cause_sheet(report: Report) -> Sheet:
    """Give the batches after the closing that changed something."""
    columns = [
        Column(_("批次"), "integer"), Column(_("接收时间"), "datetime"), Column(_("来源")), Column(_("方法")),
        Column(_("录入人")), Column(_("审批人")), Column(_("理由")), Column(_("数据项")), Column(_("统计类型")),
        Column(_("时段数"), "integer"), Column(_("其中新到"), "integer"), Column(_("数量变化"), "number"),
        Column(_("单位")), Column(_("补正编号"), "integer"),
    ]  # fmt: skip
    methods = {method.value: str(method.label) for method in Method}
    rows: list[list[Value]] = [
        [
            one.change.batch_id, one.change.received_at, one.change.source,
            methods.get(one.change.method, one.change.method), one.change.author, one.change.approved_by,
            one.change.reason, one.item.name if one.item else "", stat_type_word(one.change.stat_type),
            one.change.slots, one.change.slots_new, one.change.change,
            unit_word(one.item.base_unit) if one.item else "", one.correction_id,
        ]
        for one in report.causes
    ]  # fmt: skip
    return Sheet("causes", _("封账后变动"), columns, rows, _notes(report))
