"""Rows of scores and findings."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from nenghao.hub.open_api.rows import Row, told

FLAGS = {2: "unknown", 3: "suspect", 4: "fail", 9: "missing"}
FlagWord = Literal["unknown", "suspect", "fail", "missing"]
CODE = "91370600M000100Y4X"


class ScoreRow(Row):
    """The data-quality score of an enterprise (数据质量得分)."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", CODE)
    period: str = told("时段", "period", "2026-03")
    scheme: str = told("评分方案", "scoring scheme", "provincial")
    score_points: float | None = told("得分；无应报数据为 null", "points; null when nothing was due", 93.4)
    verdict: Literal["pass", "fail", "cannot_judge"] | None = told("合格判断", "verdict, for a scheme that gives one")
    is_unverified: bool = told("方案含待核项，须注明「待核」", "the scheme holds unverified parts: show 待核", True)
    records_due: int = told("应报记录数", "records due", 2976)
    records_received: int = told("收到记录数", "records received", 2950)
    records_on_time: int = told("及时记录数", "records on time", 2900)
    records_good: int = told("合格记录数", "records found good", 2890)
    records_estimated: int = told("估算记录数", "records estimated", 12)
    records_missing: int = told("缺失记录数", "records missing", 26)


class RegionScoreRow(Row):
    """The score of a region: the plain mean of its enterprises that could be judged."""

    region_code: str = told("行政区划代码", "region", "370600")
    period: str = told("时段", "period", "2026-03")
    scheme: str = told("评分方案", "scoring scheme", "provincial")
    mean_score_points: float | None = told("平均得分", "mean of the points", 91.2)
    is_unverified: bool = told("方案含待核项，须注明「待核」", "the scheme holds unverified parts: show 待核", True)
    enterprises: int = told("单位数", "enterprises", 42)
    judged: int = told("可评分的单位数", "enterprises that could be judged", 40)
    good_enough: int = told("90 分及以上的单位数（本平台设定）", "enterprises with 90 points or more", 31)


class FindingRow(Row):
    """A run of slots that a check did not find good (质量问题)."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", CODE)
    data_code: str | None = told("数据项编码；null 为全单位", "data item; null: the enterprise", "00-00-0000-023300-10")
    stat_type: Literal["realtime", "day", "month", "year"] = told("统计类型", "statistic type", "realtime")
    period_start: datetime = told("起点", "from", "2026-03-04T13:15:00+08:00")
    period_end: datetime = told("止点（不含）", "until, exclusive", "2026-03-04T14:00:00+08:00")
    slots: int = told("时段数", "periods in it", 3)
    check_code: str = told("检查", "check", "spike")
    flag: FlagWord = told("判断", "flag", "suspect")
    value: float | None = told("检查的统计量", "what the check measured", 12.3)
    limit_value: float | None = told("界限", "what it was held against", 9.0)
    message_zh: str = told("问题（中文）", "in Chinese", "跳变")
    message_en: str = told("问题（英文）", "in English", "a spike")
    rule_version: str = told("规则版本", "edition of the rules")
    checked_at: datetime = told("检查时间", "when it was checked", "2026-03-05T02:30:00+08:00")
