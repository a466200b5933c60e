"""The score as a workbook that computes it again (评分工作簿): live formulas from the daily counts up to the total.

Sheets: 评分 (each index), 验收 (each threshold), 度量 (each measure), 数据项, 逐日, 在线天, 日月核对, 工序平衡,
必备指标, 问题, 说明. Every number of 评分 is a formula on 度量, those on the sums of the other sheets, down to the
counts of a day; the value that the page shows stands beside, and a difference would be seen.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.http import FileResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from nenghao.hub.accounts.models import Account
from nenghao.hub.listing import XLSX
from nenghao.hub.monitoring.energies import energy_name
from nenghao.hub.monitoring.words import page_language, stat_type_word, unit_word
from nenghao.hub.quality_review.enterprise import EnterpriseQuality
from nenghao.hub.quality_review.findings import problems
from nenghao.hub.quality_review.formulas import acceptance_table, measure_cells, score_table
from nenghao.hub.quality_review.scoring import bounds
from nenghao.hub.quality_review.sheets import finding_columns, finding_values, scheme_notes
from nenghao.hub.quality_review.words import measure_word
from nenghao.readings import ReadingStore
from nenghao.readings.quality import (
    MONTH_LIMIT_RATIO,
    ComparedMonth,
    ItemDayMeasures,
    ScopeBalance,
    compared_months,
    findings,
    item_day_measures,
    scope_balance,
)
from nenghao.reporting import Column, Formula, SheetTable, tables_workbook
from nenghao.reporting.workbook import Value

FINDINGS_EXPORTED = 20_000

COUNTS = (
    "records_due", "records_received", "records_on_time", "records_good", "records_unknown", "records_suspect",
    "records_fail", "records_missing", "records_estimated", "records_by_hand",
)  # fmt: skip
"""Counts of the daily table, in the order of its columns."""

DAY_LEAD = 5
"""Columns of the daily table before the counts: day, code, name, statistic type, its word."""

ITEM_LEAD = 4
"""Columns of the item table before the counts: code, name, unit, meter."""


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """Everything the workbook is made of."""

    found: EnterpriseQuality
    days: Sequence[ItemDayMeasures]
    months: Sequence[ComparedMonth]
    balance: Sequence[ScopeBalance]
    start: date
    end: date


def load_facts(found: EnterpriseQuality, *, store: ReadingStore, now: datetime) -> ScoreFacts:
    """Read the daily counts and the pairs behind the measures."""
    start, end = bounds(found.span, now)
    ids = [found.enterprise.pk]
    return ScoreFacts(
        found, item_day_measures(store, enterprise_ids=ids, start=start, end=end),
        compared_months(store, enterprise_ids=ids, start=start, end=end),
        scope_balance(store, enterprise_ids=ids, start=start, end=end), start, end,
    )  # fmt: skip


def score_workbook(found: EnterpriseQuality, *, store: ReadingStore, account: Account, now: datetime) -> bytes:
    """Render the workbook of an enterprise's score."""
    facts = load_facts(found, store=store, now=now)
    days, items = _day_table(facts), _item_table(facts)
    online, months, balance = _online_table(facts, days), _month_table(facts), _balance_table(facts)
    required = _indicator_table(facts)
    measures = _measure_table(facts, items=items, online=online, months=months, balance=balance, required=required)
    tables = [
        score_table(found.scored, measure_cells(measures)),
        acceptance_table(found.accepted, measure_cells(measures)),
        measures, items, days, online, months, balance, required, _finding_table(facts, store),
    ]  # fmt: skip
    return tables_workbook(
        f"{found.enterprise.name} {found.span.text} {_('数据质量评分')}", tables, _notes(facts, account, now),
        notes_title=_("说明"),
    )  # fmt: skip


def score_workbook_response(
    found: EnterpriseQuality, *, store: ReadingStore, account: Account, now: datetime
) -> FileResponse:
    """Give the workbook as a download."""
    name = f"{_('数据质量评分')}-{found.enterprise.code}-{found.span.text}.xlsx"
    content = score_workbook(found, store=store, account=account, now=now)
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)


def _day_table(facts: ScoreFacts) -> SheetTable:
    names = facts.found.names
    columns = [
        Column(_("日期"), "date"), Column(_("数据项编码")), Column(_("数据项")), Column("statType", "integer"),
        Column(_("统计类型")), *(Column(measure_word(name), "integer") for name in COUNTS),
        Column(_("已知值之和"), "number"), Column(_("单位")),
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [row.day, item.data_code, item.name, row.stat_type, stat_type_word(row.stat_type),
         *(getattr(row, name) for name in COUNTS), row.value_sum, unit_word(item.base_unit)]
        for row in facts.days if (item := names.get(row.data_item_id))
    ]  # fmt: skip
    return SheetTable(_("逐日"), columns, rows)


def _item_table(facts: ScoreFacts) -> SheetTable:
    """One row per item: sums of its days, and what it is as a point."""
    days = _day_table(facts)
    columns = [
        Column(_("数据项编码")), Column(_("数据项")), Column(_("单位")), Column(_("检定")),
        *(Column(measure_word(name), "integer") for name in COUNTS),
        *(Column(measure_word(name), "integer")
          for name in ("points_due", "points_received", "points_with_meter", "points_meter_valid")),
    ]  # fmt: skip
    words = {"valid": _("有效"), "invalid": _("超期或未检"), "unknown": _("未登记")}
    rows: list[list[Value]] = []
    for number, row in enumerate(facts.found.items, start=2):
        sums = [
            Formula(f"SUMIFS({days.column(DAY_LEAD + place)},{days.column(1)},$A{number})")
            for place in range(len(COUNTS))
        ]
        due, received = f"$E{number}", f"$F{number}"
        rows.append([
            row.item.data_code, row.item.name, unit_word(row.item.base_unit), words[row.meter], *sums,
            Formula(f"IF({due}>0,1,0)"), Formula(f"IF({received}>0,1,0)"),
            Formula(f'IF(AND({due}>0,$D{number}<>"{words["unknown"]}"),1,0)'),
            Formula(f'IF(AND({due}>0,$D{number}="{words["valid"]}"),1,0)'),
        ])  # fmt: skip
    return SheetTable(_("数据项"), columns, rows)


def _online_table(facts: ScoreFacts, days: SheetTable) -> SheetTable:
    """One row per day: whether something was due, and whether a gateway sent some of it in time."""
    columns = [Column(_("日期"), "date"), Column(_("应在线"), "integer"), Column(_("在线"), "integer")]

    def any_of(place: int, number: int) -> Formula:
        """Records of the day and not of the month (statType below 2) that one column counts."""
        counted = f"{days.column(DAY_LEAD + place)},{days.column(0)},$A{number},{days.column(3)}"
        return Formula(f'IF(SUMIFS({counted},"<2")>0,1,0)')

    rows = [
        [day, any_of(0, number), any_of(2, number)]
        for number, day in enumerate(sorted({row.day for row in facts.days}), start=2)
    ]  # fmt: skip
    return SheetTable(_("在线天"), columns, rows)


def _month_table(facts: ScoreFacts) -> SheetTable:
    """One row per item and month of which both sides are known."""
    names = facts.found.names
    columns = [
        Column(_("月份"), "date"), Column(_("数据项编码")), Column(_("数据项")), Column(_("月数据"), "number"),
        Column(_("日数据之和"), "number"), Column(_("偏差"), "percent"), Column(_("一致"), "integer"),
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [row.month, item.data_code, item.name, row.record_value, row.days_value,
         Formula(f"IF(D{number}=0,0,ABS(E{number}-D{number})/ABS(D{number}))"),
         Formula(f"IF(ABS(E{number}-D{number})<={MONTH_LIMIT_RATIO}*ABS(D{number}),1,0)")]
        for number, (row, item) in enumerate(
            ((row, names[row.data_item_id]) for row in facts.months if row.data_item_id in names), start=2
        )
    ]  # fmt: skip
    return SheetTable(_("日月核对"), columns, rows)


def _balance_table(facts: ScoreFacts) -> SheetTable:
    """One row per energy and day of which plant and processes are wholly known."""
    columns = [
        Column(_("日期"), "date"), Column(_("能源品种")), Column(_("全厂"), "tce", "tce"),
        Column(_("各工序之和"), "tce", "tce"),
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [row.day, energy_name(row.energy_key), row.plant_tce, row.process_tce]
        for row in facts.balance
        if row.plant_tce is not None and row.process_tce is not None
    ]
    return SheetTable(_("工序平衡"), columns, rows)


def _indicator_table(facts: ScoreFacts) -> SheetTable:
    """The required indicators; one that the known codes cannot tell counts neither way."""
    english = page_language() == "en"
    columns = [Column(_("必备指标")), Column(_("计入"), "integer"), Column(_("已有"), "integer"), Column(_("说明"))]
    rows: list[list[Value]] = [
        [one.name_en if english else one.name_zh, int(one.present is not None), int(bool(one.present)),
         one.reason_en if english else one.reason_zh]
        for one in facts.found.required.indicators
    ]  # fmt: skip
    return SheetTable(_("必备指标"), columns, rows)


def _measure_table(
    facts: ScoreFacts, *, items: SheetTable, online: SheetTable, months: SheetTable, balance: SheetTable,
    required: SheetTable,
) -> SheetTable:  # fmt: skip
    """One row per measure: how it is summed, and what the page used."""
    summed = {name: items.column(ITEM_LEAD + place) for place, name in enumerate(COUNTS)}
    points = ("points_due", "points_received", "points_with_meter", "points_meter_valid")
    summed |= {name: items.column(ITEM_LEAD + len(COUNTS) + place) for place, name in enumerate(points)}
    summed |= {
        "days_due": online.column(1), "days_online": online.column(2), "months_consistent": months.column(6),
        "plant_tce": balance.column(2), "process_tce": balance.column(3),
        "indicators_required": required.column(1), "indicators_present": required.column(2),
    }  # fmt: skip
    formulas = {name: Formula(f"SUM({place})") for name, place in summed.items()}
    formulas["months_compared"] = Formula(f"COUNT({months.column(3)})")
    columns = [
        Column(_("度量")), Column(_("名称")), Column(_("由本簿计算"), "factor"), Column(_("系统采用"), "factor"),
        Column(_("差"), "factor"), Column(_("说明")),
    ]  # fmt: skip
    log = _("取自上传日志和时间对准检查，本簿不含其明细")
    rows: list[list[Value]] = [
        [name, measure_word(name), formulas.get(name, used), used, Formula(f"C{number}-D{number}"),
         "" if name in formulas else log]
        for number, (name, used) in enumerate(facts.found.accepted.measures.counts().items(), start=2)
    ]  # fmt: skip
    return SheetTable(_("度量"), columns, rows)


def _finding_table(facts: ScoreFacts, store: ReadingStore) -> SheetTable:
    found = facts.found
    rows = findings(
        store, enterprise_ids=[found.enterprise.pk], start=facts.start, end=facts.end, limit=FINDINGS_EXPORTED
    )
    words = problems(rows, enterprise=found.enterprise, items=found.names, rules=found.rules)
    return SheetTable(_("问题"), finding_columns(), [finding_values(one) for one in words])


def _notes(facts: ScoreFacts, account: Account, now: datetime) -> list[tuple[str, str]]:
    found = facts.found
    formula = _("指标值 = 分子 ÷ 分母（平衡: 小者 ÷ 大者；不含: 1 − 分子 ÷ 分母），限于 0–1；"
                "满分 = 方案总分 × 权重 ÷ 计入权重之和；得分 = 满分 × 指标值")  # fmt: skip
    return [
        (_("用能单位"), f"{found.enterprise.code} {found.enterprise.name}"),
        (_("时段"), f"{found.span.text} ({facts.start} … {facts.end})"),
        *scheme_notes(found.scheme),
        (_("计算"), formula),
        (_("不能判定"), _("没有应收记录的用能单位不评分，不按 0 分计。")),
        (_("验收方案"), f"{found.accepted.score.scheme.label} · {found.accepted.score.scheme.clause}"),
        (_("规则集"), found.rules.key),
        (_("约定"), _("公式在打开时由表格软件计算；“系统显示”一列是导出时页面上的值。")),
        (_("导出账号"), account.username),
        (_("导出时间"), f"{localtime(now):%Y-%m-%d %H:%M}"),
    ]
