"""The names of the checks (检查代码): a contract between rules, findings, pages and stored rows."""

from __future__ import annotations

COMPLETENESS = "completeness"
TIMELINESS = "timeliness"
TIME_ALIGNMENT = "time-alignment"
RANGE = "range"
RATE_OF_CHANGE = "rate-of-change"
SPIKE = "spike"
FLAT_LINE = "flat-line"
NEGATIVE = "negative"
DUPLICATE_CONFLICT = "duplicate-conflict"
REPEATED_SERIES = "repeated-series"
CONSTANT_RATIO = "constant-ratio"
DAY_AGAINST_HOURS = "day-against-hours"
MONTH_AGAINST_DAYS = "month-against-days"
PLANT_AGAINST_PROCESSES = "plant-against-processes"
STOCK_BALANCE = "stock-balance"
SUPPLIER_AGAINST_OWN = "supplier-against-own"
METER_VALIDITY = "meter-validity"
FACTOR_RANGE = "factor-range"

SERIES_CODES = (
    COMPLETENESS, TIMELINESS, TIME_ALIGNMENT, RANGE, SPIKE, RATE_OF_CHANGE, FLAT_LINE, NEGATIVE, DUPLICATE_CONFLICT,
    REPEATED_SERIES, CONSTANT_RATIO,
)  # fmt: skip
"""Checks that look at one block of series (:func:`nenghao.quality.run_checks`), in this order: the change
of a spike is told by the check of spikes, which therefore runs before that of the rate of change."""

COMPARISON_CODES = (
    DAY_AGAINST_HOURS, MONTH_AGAINST_DAYS, PLANT_AGAINST_PROCESSES, STOCK_BALANCE, SUPPLIER_AGAINST_OWN,
    METER_VALIDITY, FACTOR_RANGE,
)  # fmt: skip
"""Checks that hold two figures against each other (:mod:`nenghao.quality.comparisons`)."""

CHECK_CODES = SERIES_CODES + COMPARISON_CODES
"""Every check, in the order in which pages list them."""
