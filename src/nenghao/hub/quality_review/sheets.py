"""The tables of the quality pages as sheets: what the page shows, all rows of it, and by which scheme."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from nenghao.hub.monitoring.exports import Sheet
from nenghao.hub.monitoring.words import in_page_language, page_language, stat_type_word
from nenghao.hub.quality_review.findings import Problem
from nenghao.hub.quality_review.region import GroupRow, RankRow, RegionQuality
from nenghao.hub.quality_review.scoring import GOOD_ENOUGH, RegionScore
from nenghao.hub.quality_review.templatetags.quality import named, noted, status_word, verdict_word, weights
from nenghao.quality.scores import Scheme
from nenghao.reporting import Column
from nenghao.reporting.workbook import Value


def scheme_notes(scheme: Scheme) -> list[tuple[str, str]]:
    """Say by which scheme points were given, with its weights and how far it can be trusted."""
    return [
        (_("评分方案"), f"{named(scheme)} ({scheme.label})"),
        (_("权重"), weights(scheme)),
        (_("状态"), status_word("unverified" if scheme.is_unverified else scheme.status)),
        (_("说明"), noted(scheme)),
        (_("依据"), in_page_language(scheme.source)),
    ]


def ranking_sheet(found: RegionQuality, rows: Sequence[RankRow]) -> Sheet:
    """The enterprises with their scores, and the points each index lost."""
    scheme = found.scheme
    columns = [
        Column(_("名次"), "integer"), Column(_("统一社会信用代码")), Column(_("用能单位")), Column(_("地区")),
        Column(_("行业")), Column(_("得分"), "number", _("分")), Column(_("上期得分"), "number", _("分")),
        *(Column(f"{named(index)} {_('失分')}", "number", _("分")) for index in scheme.indices),
        Column(_("验收判定")), Column(_("应收记录"), "integer"), Column(_("实收记录"), "integer"),
    ]  # fmt: skip
    values: list[list[Value]] = [
        [row.rank, row.code, row.name, row.region, row.industry, row.total, row.before,
         *([None if row.total is None else part.lost for part in row.scored.score.indices]),
         verdict_word(row.verdict), row.scored.measures.records_due, row.scored.measures.records_received]
        for row in rows
    ]  # fmt: skip
    return Sheet("ranking", _("数据质量排名"), columns, values, scheme_notes(scheme))


def _group_sheet(name: str, title: str, first: str, rows: Sequence[GroupRow], found: RegionQuality) -> Sheet:
    columns = [
        Column(_("名次"), "integer"), Column(_("代码")), Column(first), Column(_("平均得分"), "number", _("分")),
        *_counts(),
    ]  # fmt: skip
    values = [[row.rank, row.code, row.name, row.scores.mean, *_count_values(row.scores)] for row in rows]
    mean = (_("平均得分"), _("所评用能单位得分的简单平均（本平台设定）"))
    return Sheet(name, title, columns, values, [mean, *scheme_notes(found.scheme)])


def _counts() -> list[Column]:
    good = _("%(points)s 分及以上") % {"points": f"{GOOD_ENOUGH:g}"}
    return [
        Column(_("用能单位数"), "integer"), Column(_("已评"), "integer"), Column(good, "integer"),
        Column(_("不能判定"), "integer"),
    ]  # fmt: skip


def _count_values(scores: RegionScore) -> list[Value]:
    return [scores.enterprises, scores.judged, scores.good_enough, scores.not_judged]


def subregion_sheet(found: RegionQuality, _rows: Sequence[RankRow]) -> Sheet:
    """The ranking of sub-regions."""
    return _group_sheet("subregions", _("地区数据质量排名"), _("地区"), found.subregions, found)


def industry_sheet(found: RegionQuality, _rows: Sequence[RankRow]) -> Sheet:
    """The ranking of industries."""
    return _group_sheet("industries", _("行业数据质量排名"), _("行业"), found.industries, found)


def trend_sheet(found: RegionQuality, _rows: Sequence[RankRow]) -> Sheet:
    """The mean score by month."""
    columns = [Column(_("月份")), Column(_("平均得分"), "number", _("分")), *_counts()]
    values = [[one.text, one.region.mean, *_count_values(one.region)] for one in found.trend]
    return Sheet("trend", _("数据质量得分趋势"), columns, values, scheme_notes(found.scheme))


REGION_SHEETS: Mapping[str, Callable[[RegionQuality, Sequence[RankRow]], Sheet]] = {
    "ranking": ranking_sheet, "subregions": subregion_sheet, "industries": industry_sheet, "trend": trend_sheet,
}  # fmt: skip


def finding_columns() -> list[Column]:
    """The columns of a list of findings."""
    return [
        Column(_("时间")), Column(_("数据项")), Column(_("数据项编码")), Column(_("统计类型")), Column(_("检查")),
        Column(_("标识")), Column(_("时段数"), "integer"), Column(_("说明")), Column(_("统计值"), "factor"),
        Column(_("限值"), "factor"), Column(_("条款")), Column(_("规则版本")), Column(_("怎么办")),
    ]  # fmt: skip


def finding_values(one: Problem) -> list[Value]:
    """One finding as a row."""
    english = page_language() == "en"
    return [
        one.when, one.item.name if one.item else "", one.item.data_code if one.item else "",
        stat_type_word(one.row.stat_type), one.check, one.flag.word, one.row.slots,
        one.finding.message_en if english else one.finding.message_zh, one.row.value, one.row.limit_value,
        one.finding.clause, one.row.rule_version, one.finding.mend_en if english else one.finding.mend_zh,
    ]  # fmt: skip


def findings_sheet(problems: Sequence[Problem]) -> Sheet:
    """A list of findings."""
    return Sheet("findings", _("数据质量问题"), finding_columns(), [finding_values(one) for one in problems])
