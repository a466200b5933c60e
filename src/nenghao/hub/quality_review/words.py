"""Words and signs of the flags on every page: a letter and a shape always stand beside the colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from nenghao.hub.corrections.models import Method
from nenghao.quality.flags import Flag

NAMES: Mapping[int, str] = {
    Flag.GOOD: "good", Flag.UNKNOWN: "unknown", Flag.SUSPECT: "suspect", Flag.FAIL: "fail", Flag.MISSING: "missing",
}  # fmt: skip
"""Flags as they stand in URLs, style classes and charts."""

NUMBERS: Mapping[str, int] = {name: number for number, name in NAMES.items()}


@dataclass(frozen=True, slots=True)
class FlagWord:
    """How one flag is written."""

    number: int
    name: str
    letter: str
    word: str


def flag_word(number: int) -> FlagWord:
    """Give the words of a flag; ``KeyError`` for a number that is none.

    >>> flag_word(9).name
    'missing'
    """
    words = {
        Flag.GOOD: (pgettext("flag", "合"), _("合格")),
        Flag.UNKNOWN: (pgettext("flag", "未"), _("未判定")),
        Flag.SUSPECT: (pgettext("flag", "疑"), _("可疑")),
        Flag.FAIL: (pgettext("flag", "错"), _("不合格")),
        Flag.MISSING: (pgettext("flag", "缺"), _("缺失")),
    }
    letter, word = words[Flag(number)]
    return FlagWord(number, NAMES[number], letter, word)


def flag_words() -> list[FlagWord]:
    """Give all flags, the gravest first."""
    return [flag_word(number) for number in sorted(NAMES, reverse=True)]


def measure_word(name: str) -> str:
    """Name a measure (度量) of a scheme's formula; ``KeyError`` for a word that is none."""
    return _measure_words()[name]


def _measure_words() -> Mapping[str, str]:
    return {
        "days_due": _("应在线天数"), "days_online": _("在线天数"), "points_due": _("应传采集点"),
        "points_received": _("有数据的采集点"), "points_with_meter": _("有计量器具的采集点"),
        "points_meter_valid": _("计量器具在检定有效期内的采集点"), "records_due": _("应收记录"),
        "records_received": _("实收记录"), "records_on_time": _("按时收到的记录"), "records_good": _("合格记录"),
        "records_unknown": _("未判定记录"), "records_suspect": _("可疑记录"), "records_fail": _("不合格记录"),
        "records_missing": _("缺失记录"), "records_estimated": _("估算记录"), "records_by_hand": _("人工记录"),
        "records_rejected": _("被拒记录"), "records_accepted": _("接收记录"), "plant_tce": _("全厂能耗 [tce]"),
        "process_tce": _("各工序能耗之和 [tce]"), "months_compared": _("可比对的数据项·月"),
        "months_consistent": _("日月一致的数据项·月"), "indicators_required": _("必备指标数"),
        "indicators_present": _("已有必备指标数"), "day_starts_compared": _("日数据条数"),
        "day_starts_aligned": _("起点对准的日数据"), "month_starts_compared": _("月数据条数"),
        "month_starts_aligned": _("起点对准的月数据"),
    }  # fmt: skip


def reason_word(reason: str) -> str:
    """Say what must be mended; a check's code is given back as it is."""
    return {
        "missing": _("补齐缺失的记录"), "fail": _("更正不合格的记录"), "suspect": _("核实可疑的记录"),
        "unknown": _("补足依据，使记录可以判定"), "meter-unknown": _("登记计量器具"),
        "meter-invalid": _("送检超期的计量器具"), "month-inconsistent": _("核对日数据与月数据"),
        "day-start": _("对准日数据的统计起点"), "month-start": _("对准月数据的统计起点"),
        "imbalance": _("核对各工序之和与全厂用能"), "indicator-absent": _("补齐必备指标"),
    }.get(reason, reason)  # fmt: skip


def method_word(method: str) -> str:
    """Name how the value of a correction came about; an unknown one is given back as it is."""
    return str(Method(method).label) if method in Method.values else method


def weekday_words() -> list[str]:
    """Name the days of the week, Monday first, as a calendar's head."""
    return [_("一"), _("二"), _("三"), _("四"), _("五"), _("六"), _("日")]
