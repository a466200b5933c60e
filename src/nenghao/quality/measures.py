"""Measures (度量): what is counted of one enterprise, or of one data item, over a span; the only input of a score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Counts over a span of days; what is not counted stays 0, and a score says that it had nothing to judge by.

    Counts of several items of one enterprise may be added (``+``) except the days, which belong to the enterprise.

    >>> (Measures(records_due=24, records_received=20) + Measures(records_due=24)).records_due
    48
    """

    days_due: int = 0
    """Days of the span on which the enterprise should have been on line."""
    days_online: int = 0
    """Days on line: its data came by gateway within the rule set's term; filled in on a later day does not count."""
    points_due: int = 0
    """Points (采集数据项) that should upload."""
    points_received: int = 0
    """Points that uploaded at least one value in the span."""
    points_with_meter: int = 0
    """Points whose meter is known."""
    points_meter_valid: int = 0
    """Points whose meter was inside a valid verification or calibration on every day of the span."""
    records_due: int = 0
    records_received: int = 0
    """Records with a value, whenever it came and whoever entered it."""
    records_on_time: int = 0
    """Records sent by a gateway within the rule set's term."""
    records_good: int = 0
    records_unknown: int = 0
    records_suspect: int = 0
    records_fail: int = 0
    records_missing: int = 0
    records_estimated: int = 0
    """Received records whose value is an estimate (by the gateway or by hand)."""
    records_by_hand: int = 0
    """Received records that a person entered, corrected or estimated."""
    records_rejected: int = 0
    """Records that the intake refused."""
    records_accepted: int = 0
    """Records that the intake kept."""
    plant_tce: float = 0.0
    """Consumption of the whole plant [tce] of the energies that the processes are metered for as well."""
    process_tce: float = 0.0
    """Sum of the processes [tce] of the same energies and periods."""
    months_compared: int = 0
    """Months of points with day records and a month record, so that the two can be compared."""
    months_consistent: int = 0
    """Of these, those whose day records add up to the month record within the rule set's limit."""
    indicators_required: int = 0
    indicators_present: int = 0
    """Required indicators (indicators.py), and those of them that are configured and have data."""
    day_starts_compared: int = 0
    """Day records received, and (next) those whose sent start lay within the limit of 00:00."""
    day_starts_aligned: int = 0
    month_starts_compared: int = 0
    """Month records received, and (next) those whose sent start lay within the limit of the 1st, 00:00."""
    month_starts_aligned: int = 0

    def __add__(self, other: Measures) -> Measures:
        return self.plus(other.counts())

    def plus(self, change: Mapping[str, float]) -> Measures:
        """Give these measures with some counts changed."""
        values = self.counts()
        for name, amount in change.items():
            values[name] += amount
        return Measures(**values)  # type: ignore[arg-type]

    def counts(self) -> dict[str, float]:
        """Give every count by name."""
        return {name: getattr(self, name) for name in MEASURE_NAMES}


MEASURE_NAMES = tuple(field.name for field in fields(Measures))
"""The words a formula may use, in their order."""

_LABELS: Mapping[str, tuple[str, str]] = {
    "days_due": ("应在线天数", "days due"),
    "days_online": ("在线天数", "days on line"),
    "points_due": ("应传采集点", "points due"),
    "points_received": ("有数据的采集点", "points received"),
    "points_with_meter": ("有计量器具的采集点", "points with a meter"),
    "points_meter_valid": ("计量器具在检定有效期内的采集点", "points with a validly verified meter"),
    "records_due": ("应收记录", "records due"),
    "records_received": ("实收记录", "records received"),
    "records_on_time": ("按时收到的记录", "records on time"),
    "records_good": ("合格记录", "records found good"),
    "records_unknown": ("未判定记录", "records not judged"),
    "records_suspect": ("可疑记录", "suspect records"),
    "records_fail": ("不合格记录", "failed records"),
    "records_missing": ("缺失记录", "missing records"),
    "records_estimated": ("估算记录", "estimated records"),
    "records_by_hand": ("人工记录", "records by hand"),
    "records_rejected": ("被拒记录", "records refused"),
    "records_accepted": ("接收记录", "records accepted"),
    "plant_tce": ("全厂能耗 [tce]", "whole plant [tce]"),
    "process_tce": ("各工序能耗之和 [tce]", "sum of processes [tce]"),
    "months_compared": ("可比对的数据项·月", "item-months compared"),
    "months_consistent": ("日月一致的数据项·月", "item-months consistent"),
    "indicators_required": ("必备指标数", "indicators required"),
    "indicators_present": ("已有必备指标数", "indicators present"),
    "day_starts_compared": ("日数据条数", "day records"),
    "day_starts_aligned": ("起点对准的日数据", "day records that start in time"),
    "month_starts_compared": ("月数据条数", "month records"),
    "month_starts_aligned": ("起点对准的月数据", "month records that start in time"),
}


def measure_label(name: str, language: str = "zh") -> str:
    """Name a measure for a person; KeyError for a word that is none."""
    return _LABELS[name][1 if language == "en" else 0]


def total_measures(parts: Iterable[Measures]) -> Measures:
    """Add the measures of several items."""
    added = dict.fromkeys(MEASURE_NAMES, 0.0)
    for part in parts:
        for name in MEASURE_NAMES:
            added[name] += getattr(part, name)
    return Measures(**added)  # type: ignore[arg-type]
