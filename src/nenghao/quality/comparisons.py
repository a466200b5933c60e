"""Two figures of the same thing held against each other (比对): arrays in, arrays out, one function per check.

Deviations are in per cent of a stated denominator, always the figure of the longer period or the other party. Where a
figure, or one of the parts of a sum, is not known, the answer is ``UNKNOWN``: a sum of some of the hours says nothing
about the day. A difference that comes from rounding every figure to ``tick`` of its base unit is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from nenghao.errors import NenghaoError
from nenghao.quality import codes
from nenghao.quality.cells import Floats, Index
from nenghao.quality.flags import Flag, FlagArray
from nenghao.quality.rules import CheckRule
from nenghao.reference import library

MOST_PCT = 99_999.0
"""Deviations are cut off here: something against nothing is infinitely much, which no table or page can show."""
MJ_PER_KGCE = 29.3076
"""Heat of a kilogram of coal equivalent (GB/T 2589: 29,307.6 kJ/kg)."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The answer to a comparison, one entry per pair: flag, statistic, and the limit it was held against.

    Where the flag is ``GOOD`` the limit is the first one, not reached; where it is ``UNKNOWN`` value and limit are NaN.
    """

    code: str
    flags: FlagArray
    value: Floats
    limit: Floats


def day_against_hours(day: Floats, hours: Floats, rule: CheckRule) -> Compared:
    """Hold day records [n] against the sums of their hours or quarter-hours [n, slots], in % of the day record.

    >>> from nenghao.quality.rules import default_rules
    >>> rule = default_rules().checks["day-against-hours"]
    >>> found = day_against_hours(np.array([240.0, 240.0]), np.array([[10.0] * 24, [9.0] * 24]), rule)
    >>> found.flags.tolist(), found.value.tolist()
    ([1, 4], [0.0, 10.0])
    """
    return _of_sum(codes.DAY_AGAINST_HOURS, day, hours.sum(axis=1), hours.shape[1], rule)


def month_against_days(month: Floats, days: Floats, in_month: npt.NDArray[np.bool_], rule: CheckRule) -> Compared:
    """Hold month records [n] against the sums of their days [n, 31], in % of the month record.

    ``in_month`` says which of the columns are days of the month; the others are left out.
    """
    total = np.where(in_month, days, 0.0).sum(axis=1)
    return _of_sum(codes.MONTH_AGAINST_DAYS, month, total, np.count_nonzero(in_month, axis=1), rule)


def plant_against_processes(plant: Floats, process: Floats, owner: Index, rule: CheckRule) -> Compared:
    """Hold plants [n] against the sums of their processes, in % of the plant.

    ``process`` [m] holds every process that should be known of any plant, NaN where it is not, and ``owner`` [m] the
    plant (an index into ``plant``) that it belongs to. A plant without processes is unknown.
    """
    parts = np.bincount(owner, minlength=plant.size)
    total = np.bincount(owner, weights=process, minlength=plant.size)
    total = np.where(parts == 0, np.nan, total)
    return _of_sum(codes.PLANT_AGAINST_PROCESSES, plant, total, parts, rule)


def stock_balance(
    purchase: Floats, opening_stock: Floats, closing_stock: Floats, consumption: Floats, rule: CheckRule
) -> Compared:
    """Hold purchase + opening stock − closing stock against consumption, in % of consumption; all in one unit."""
    used = purchase + opening_stock - closing_stock
    return _of_sum(codes.STOCK_BALANCE, consumption, used, 3, rule)


def supplier_against_own(supplier: Floats, own: Floats, rule: CheckRule) -> Compared:
    """Hold an enterprise's own figure against its supplier's, in % of the supplier's."""
    return _of_sum(codes.SUPPLIER_AGAINST_OWN, supplier, own, 1, rule)


def meter_validity(day: npt.NDArray, valid_from: npt.NDArray, valid_until: npt.NDArray, rule: CheckRule) -> Compared:
    """Tell by how many days a day lies outside the validity of its meter's certificate; 0 on the days of validity.

    All are ``datetime64[D]``; ``valid_until`` is the last day of validity, NaT where no certificate is known;
    ``valid_from`` may be NaT, which leaves that end open.
    """
    one_day = np.timedelta64(1, "D")
    after = (day - valid_until) / one_day
    before = np.where(np.isnat(valid_from), 0.0, (valid_from - day) / one_day)
    outside = np.where(np.isnat(valid_until) | np.isnat(day), np.nan, np.maximum(np.maximum(after, before), 0.0))
    return _judged(codes.METER_VALIDITY, outside, rule)


def factor_range(factor: Floats, printed_low: Floats, printed_high: Floats, rule: CheckRule) -> Compared:
    """Tell by how many per cent a factor or heating value lies outside the printed range, NaN bounds are unknown.

    Above, value ÷ upper end − 1; below, lower end ÷ value − 1: half is as far away as double. All in one unit.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        above = factor / printed_high - 1
        below = np.where(factor > 0, printed_low / factor - 1, np.inf)
    known = ~(np.isnan(factor) | np.isnan(printed_low) | np.isnan(printed_high))
    outside = np.where(known, np.maximum(np.maximum(above, below), 0.0), np.nan)
    return _judged(codes.FACTOR_RANGE, 100 * outside, rule)


def printed_factors(energy_keys: Sequence[str], on: Sequence[date]) -> tuple[Floats, Floats]:
    """Give the printed range of coal-equivalent factors [kgce per base unit], of each energy on its day.

    NaN where no edition in force prints one, and where its figure is 待核: an unverified figure decides nothing.
    """
    found = [_printed(key, day) for key, day in zip(energy_keys, on, strict=True)]
    low, high = np.array(found, dtype=np.float64).reshape(-1, 2).T
    return low, high


def printed_heating_values(energy_keys: Sequence[str], on: Sequence[date]) -> tuple[Floats, Floats]:
    """Give the printed range of net heating values [MJ per base unit], of each energy on its day; MJ/t is kJ/kg.

    GB/T 2589 prints both; its factors are the heating values over 29,307.6 kJ/kgce, and the range is taken from them.
    """
    low, high = printed_factors(energy_keys, on)
    return low * MJ_PER_KGCE, high * MJ_PER_KGCE


def _printed(key: str, day: date) -> tuple[float, float]:
    try:
        factor = library().coal_equivalent_factor(key, day)
    except NenghaoError:
        return np.nan, np.nan
    if factor.status == "unverified" or factor.basis == "equivalent":
        return np.nan, np.nan
    return factor.value_low, factor.value_high


def _of_sum(code: str, record: Floats, total: Floats, parts: int | Index, rule: CheckRule) -> Compared:
    """Judge the deviation of a sum of so many parts from its record, in % of the record."""
    difference = np.abs(total - record)
    rounding = rule.settings["tick"] / 2 * (np.asarray(parts) + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.where(difference <= rounding, 0.0, 100 * difference / np.abs(record))
    return _judged(code, np.where(np.isnan(difference), np.nan, deviation), rule)


def _judged(code: str, value: Floats, rule: CheckRule) -> Compared:
    suspect, fail = (np.inf if grade is None else grade for grade in (rule.suspect, rule.fail))
    value = np.minimum(value, MOST_PCT)
    flags = np.full(value.shape, int(Flag.GOOD), dtype=np.uint8)
    flags[value > suspect] = Flag.SUSPECT
    flags[value > fail] = Flag.FAIL
    flags[np.isnan(value)] = Flag.UNKNOWN
    limit = np.where(value > fail, fail, min(suspect, fail))
    return Compared(code, flags, value, np.where(np.isnan(value), np.nan, limit))
