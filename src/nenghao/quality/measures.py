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


def total_measures(parts: Iterable[Measures]) -> Measures:
    """Add the measures of several items."""
    added = dict.fromkeys(MEASURE_NAMES, 0.0)
    for part in parts:
        for name in MEASURE_NAMES:
            added[name] += getattr(part, name)
    return Measures(**added)  # type: ignore[arg-type]
