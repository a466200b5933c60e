"""The tables behind the pages, as sheets: what the page shows, in full, with its citations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from nenghao.hub.monitoring.energies import energy_name, energy_unit
from nenghao.hub.monitoring.enterprise import EnterprisePage, SlotRow
from nenghao.hub.monitoring.enterprises import EnterpriseRow
from nenghao.hub.monitoring.exports import Sheet
from nenghao.hub.monitoring.factors import CitedFactor, cited_factors
from nenghao.hub.monitoring.overview import EnergyRow, GroupRow, RegionOverview
from nenghao.hub.monitoring.shares import Shares
from nenghao.hub.monitoring.span import Span
from nenghao.hub.monitoring.trace import FigureTrace
from nenghao.hub.monitoring.uploads import RejectedRow, UploadLog
from nenghao.hub.monitoring.words import STATE_NAMES, stat_type_word, state_words, unit_word
from nenghao.reporting import Column
from nenghao.reporting.workbook import Value


def _share_columns() -> list[Column]:
    return [Column(_("实测占比"), "percent"), Column(_("估算占比"), "percent"), Column(_("缺失占比"), "percent")]


def _share_values(shares: Shares) -> list[Value]:
    return [shares.measured, shares.estimated, shares.missing]


def cite(factor: CitedFactor) -> str:
    """Give a factor with its source on one line."""
    used = factor.factor
    return f"{used.value:.6g} {unit_word(used.unit)}, {factor.citation} ({factor.status})"


def citations(keys: Sequence[str], span: Span) -> list[tuple[str, str]]:
    """Give the factors in force in the span, one note each."""
    notes = []
    for key in keys:
        for factor in cited_factors(key):
            used = factor.factor
            began = used.valid_from is None or used.valid_from < span.end.date()
            if began and (used.valid_until is None or used.valid_until > span.start.date()):
                notes.append((_("折标系数") + " " + energy_name(key), cite(factor)))
    return notes


def energy_sheet(rows: Sequence[EnergyRow], span: Span) -> Sheet:
    """Consumption by energy."""
    columns = [
        Column(_("能源品种")), Column(_("数量"), "number"), Column(_("单位")), Column(_("折标煤"), "tce", "tce"),
        Column(_("占比"), "percent"), *_share_columns(),
    ]  # fmt: skip
    values = [
        [energy_name(row.total.energy_key), row.total.quantity, energy_unit(row.total.energy_key), row.total.tce,
         row.share, *_share_values(row.shares)]
        for row in rows
    ]  # fmt: skip
    return Sheet("energies", _("分品种能耗"), columns, values, citations([row.total.energy_key for row in rows], span))


def group_sheet(name: str, title: str, first: str, rows: Sequence[GroupRow], overview: RegionOverview) -> Sheet:
    """Consumption by industry, sub-region or enterprise."""
    columns = [
        Column(_("代码")), Column(first), Column(_("用能单位数"), "integer"), Column(_("综合能耗"), "tce", "tce"),
        Column(_("对比期综合能耗"), "tce", "tce"), Column(_("占比"), "percent"), Column(_("数据完整率"), "percent"),
    ]  # fmt: skip
    values = [[r.key, r.name, r.enterprises, r.tce, r.before_tce, r.share, r.complete] for r in rows]
    keys = [row.total.energy_key for row in overview.energies]
    compared = (_("对比期"), overview.span.before.text + (" " + _("同期") if overview.tce.partial else ""))
    return Sheet(name, title, columns, values, [compared, *citations(keys, overview.span)])


def trend_sheet(overview: RegionOverview) -> Sheet:
    """The chart's numbers: tce per slot and energy."""
    trend = overview.trend
    columns = [Column(_("时间")), *[Column(one["name"], "tce", "tce") for one in trend["series"]]]
    values = [[title, *[one["values"][i] for one in trend["series"]]] for i, title in enumerate(trend["titles"])]
    keys = [row.total.energy_key for row in overview.energies]
    return Sheet("trend", _("综合能耗趋势"), columns, values, citations(keys, overview.span))


REGION_SHEETS: dict[str, Callable[[RegionOverview], Sheet]] = {
    "trend": trend_sheet,
    "energies": lambda o: energy_sheet(o.energies, o.span),
    "industries": lambda o: group_sheet("industries", _("分行业能耗"), _("行业"), o.industries, o),
    "subregions": lambda o: group_sheet("subregions", _("下级地区能耗"), _("地区"), o.subregions, o),
    "enterprises": lambda o: group_sheet("enterprises", _("用能单位能耗"), _("用能单位"), o.ranking, o),
}


def _slot_sheet(name: str, title: str, rows: Sequence[SlotRow], page: EnterprisePage, span: Span) -> Sheet:
    columns = [Column(_("时间"))]
    columns += [Column(energy_name(key), "number", energy_unit(key)) for key in page.keys]
    columns += [Column(f"{energy_name(key)} {_('折标煤')}", "tce", "tce") for key in page.keys]
    columns += [Column(_("综合能耗"), "tce", "tce"), Column(_("状态")), *_share_columns()]
    words = state_words()
    values = [
        [
            row.span.text if row.span else row.start.strftime("%Y-%m-%d %H:%M"),
            *[cell.quantity if cell else None for cell in row.cells],
            *[cell.tce if cell else None for cell in row.cells],
            row.tce, words[row.shares.state], *_share_values(row.shares),
        ]
        for row in rows
    ]  # fmt: skip
    return Sheet(name, title, columns, values, citations(page.keys, span))


def mix_sheet(page: EnterprisePage) -> Sheet:
    """Consumption by energy with factor and citation."""
    columns = [
        Column(_("能源品种")), Column(_("数量"), "number"), Column(_("单位")), Column(_("折标系数"), "factor"),
        Column(_("系数单位")), Column(_("系数出处")), Column(_("系数状态")), Column(_("折标煤"), "tce", "tce"),
        Column(_("占比"), "percent"), *_share_columns(),
    ]  # fmt: skip
    values = [
        [
            energy_name(row.total.energy_key), row.total.quantity, energy_unit(row.total.energy_key),
            row.factor.factor.value if row.factor else None, unit_word(row.factor.factor.unit) if row.factor else "",
            row.factor.citation if row.factor else "", row.factor.status if row.factor else "", row.total.tce,
            row.share, *_share_values(row.shares),
        ]
        for row in page.mixes
    ]  # fmt: skip
    return Sheet("energies", _("能源结构"), columns, values, citations(page.keys, page.span))


ENTERPRISE_SHEETS: dict[str, Callable[[EnterprisePage], Sheet]] = {
    "energies": mix_sheet,
    "slots": lambda p: _slot_sheet("slots", _("分时段能耗"), p.slots, p, p.span),
    "months": lambda p: _slot_sheet("months", _("分月能耗"), p.months, p, Span.of(p.months[0].span.kind, p.span.start))
    if p.months and p.months[0].span else _slot_sheet("months", _("分月能耗"), [], p, p.span),
}  # fmt: skip


def load_sheet(trace: FigureTrace) -> Sheet:
    """The day's intervals, item by item, with their states."""
    columns = [
        Column(_("数据项")), Column(_("名称")), Column(_("起始"), "datetime"), Column(_("结束"), "datetime"),
        Column(_("数量"), "number"), Column(_("单位")), Column(_("状态")), Column(_("是否更正")),
    ]  # fmt: skip
    words = state_words()
    values = [
        [
            row.item.data_code, row.item.name, row.reading.period_start, row.end, row.reading.value,
            unit_word(row.item.base_unit), words[STATE_NAMES[row.reading.state]],
            words["corrected"] if row.reading.contents > 1 else "",
        ]
        for row in trace.readings
    ]  # fmt: skip
    return Sheet("load", _("实时数据"), columns, values)


def enterprise_list_sheet(rows: Sequence[EnterpriseRow], span: Span) -> Sheet:
    """The enterprise list as filtered and sorted."""
    columns = [
        Column(_("统一社会信用代码")), Column(_("用能单位")), Column(_("地区")), Column(_("行业")),
        Column(_("综合能耗"), "tce", "tce"), Column(_("数据完整率"), "percent"), Column(_("最近上传"), "datetime"),
    ]  # fmt: skip
    values = [[r.code, r.name, r.region, r.industry, r.tce, r.complete, r.last_upload_at] for r in rows]
    return Sheet("enterprises", _("用能单位"), columns, values, [(_("时段"), span.text)])


def upload_sheet(log: UploadLog) -> Sheet:
    """The upload log as filtered."""
    columns = [
        Column(_("批次"), "integer"), Column(_("接收时间"), "datetime"), Column(_("用能单位")), Column(_("设备标识")),
        Column(_("操作")), Column(_("接收"), "integer"), Column(_("被拒"), "integer"), Column(_("应答码")),
        Column(_("应答")), Column(_("大小"), "integer", "B"), Column(_("耗时"), "number", "ms"), Column(_("来源地址")),
    ]  # fmt: skip
    values = [
        [
            row.entry.id, row.entry.received_at, row.enterprise[1] if row.enterprise else _("未识别"), row.device,
            row.entry.operation, row.entry.accepted, row.entry.rejected, row.entry.response_code,
            row.entry.response_message, row.entry.size_bytes, row.entry.duration_ms, row.entry.remote_address,
        ]
        for row in log.rows
    ]  # fmt: skip
    return Sheet("uploads", _("上传日志"), columns, values)


def rejection_sheet(rows: Sequence[RejectedRow]) -> Sheet:
    """Rejected records of one upload with reason and mend."""
    columns = [
        Column(_("记录号"), "integer"), Column(_("数据项编码")), Column(_("统计类型")), Column(_("统计时间")),
        Column(_("字段")), Column(_("原因代码")), Column(_("原因")), Column(_("如何改正")),
    ]  # fmt: skip
    values = [
        [r.record.record_no, r.record.data_code, stat_word(r.record.stat_type), r.record.stat_date, r.record.field,
         r.record.code, r.message, r.mend]
        for r in rows
    ]  # fmt: skip
    return Sheet("rejections", _("被拒记录"), columns, values)


def stat_word(sent: str) -> str:
    """Name a statistic type as it was sent, which need not be a number."""
    return stat_type_word(int(sent)) if sent.isascii() and sent.isdigit() else sent
