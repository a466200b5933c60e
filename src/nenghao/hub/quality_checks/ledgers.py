"""Comparisons with the ledgers of evidence: bills, stocks, certificates and heating values, month by month."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from nenghao.hub.evidence.services import MonthFigures, figures, heating_values, meter_validity
from nenghao.hub.quality_checks.compared import findings_of
from nenghao.quality import codes, comparisons
from nenghao.quality.flags import Flag
from nenghao.quality.rules import CheckRule, RuleSet
from nenghao.readings import ReadingStore
from nenghao.readings.quality_levels import Columns
from nenghao.readings.quality_pairs import month_quantities
from nenghao.readings.quality_writes import Comparison

LEDGER_CODES = (codes.STOCK_BALANCE, codes.SUPPLIER_AGAINST_OWN, codes.METER_VALIDITY, codes.FACTOR_RANGE)
LOOK_BACK_DAYS = 400
"""A meter out of validity for longer than this is out of it for "at least" so long: enough for a year's grade."""
SLICE_ENTERPRISES = 500
"""Enterprises whose meters are looked at in one piece: a byte is needed for every item and day looked back on."""
_MJ_PER_KJ = {"kJ/m3": 1e-3}
"""Heating values by volume are in kJ/m3, the printed range in MJ/m3; by mass kJ/kg and MJ/t are the same number."""


def compare_ledgers(
    *, store: ReadingStore, enterprise_ids: Sequence[int], start: date, end: date, today: date, rules: RuleSet
) -> list[Comparison]:  # fmt: skip
    """Hold the whole months of ``[start, end)`` against what the enterprises filed and certified, as of ``today``."""
    months = [day.item() for day in np.arange(np.datetime64(start, "M"), np.datetime64(end, "M")).astype("M8[D]")]
    filed = figures(enterprise_ids=enterprise_ids, months=months)
    found: list[Comparison] = []
    if len(filed):
        used = _used(store, enterprise_ids, start, end, filed)
        found += _stock_balance(filed, used, rules) + _supplier(filed, used, rules)
    if (rule := rules.check(codes.FACTOR_RANGE)) is not None:
        found += _factor_range(enterprise_ids, months, rule, rules)
    if (rule := rules.check(codes.METER_VALIDITY)) is not None:
        slices = range(0, len(enterprise_ids), SLICE_ENTERPRISES)
        for first, month in itertools.product(slices, months):
            some = enterprise_ids[first : first + SLICE_ENTERPRISES]
            found += _meter_validity(some, month, today, rule, rules)
    return found


def _used(
    store: ReadingStore, enterprise_ids: Sequence[int], start: date, end: date, filed: MonthFigures
) -> npt.NDArray[np.float64]:  # fmt: skip
    """Give what the readings say was used, for every row filed; NaN where they do not tell all of the month."""
    own = month_quantities(store, enterprise_ids=enterprise_ids, start=start, end=end)
    keys = zip(
        own["enterprise_id"].tolist(), own["energy_key"].tolist(), own["day"].astype("M8[M]").tolist(), strict=True
    )
    known = dict(zip(keys, own["quantity"].tolist(), strict=True))
    rows = zip(filed.enterprise_id.tolist(), filed.energy_key.tolist(), filed.month.tolist(), strict=True)
    return np.array([known.get(row, np.nan) for row in rows], dtype=np.float64)


def _filed_columns(filed: MonthFigures) -> Columns:
    return {
        "enterprise_id": filed.enterprise_id, "energy_key": filed.energy_key, "day": filed.month.astype("M8[D]"),
    }  # fmt: skip


def _stock_balance(filed: MonthFigures, used: npt.NDArray[np.float64], rules: RuleSet) -> list[Comparison]:
    """Hold purchase and stocks against the consumption that was filed, else against what the readings say."""
    rule = rules.check(codes.STOCK_BALANCE)
    if rule is None:
        return []
    consumption = np.where(np.isnan(filed.consumption), used, filed.consumption)
    compared = comparisons.stock_balance(filed.purchase, filed.opening_stock, filed.closing_stock, consumption, rule)
    return findings_of(compared, _filed_columns(filed), rules, monthly=True)


def _supplier(filed: MonthFigures, used: npt.NDArray[np.float64], rules: RuleSet) -> list[Comparison]:
    """Hold the supplier's settled quantity against what the readings say."""
    rule = rules.check(codes.SUPPLIER_AGAINST_OWN)
    if rule is None:
        return []
    compared = comparisons.supplier_against_own(filed.supplier, used, rule)
    return findings_of(compared, _filed_columns(filed), rules, monthly=True)


def _factor_range(
    enterprise_ids: Sequence[int], months: Sequence[date], rule: CheckRule, rules: RuleSet
) -> list[Comparison]:  # fmt: skip
    """Hold measured heating values against the printed range, in every month in which they hold."""
    found: list[Comparison] = []
    for month in months:
        end = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        measured = heating_values(enterprise_ids=enterprise_ids, start=month, end=end)
        if not len(measured):
            continue
        scale = np.array([_MJ_PER_KJ.get(unit, 1.0) for unit in measured.unit.tolist()])
        low, high = comparisons.printed_heating_values(measured.energy_key.tolist(), [month] * len(measured))
        columns = {
            "enterprise_id": measured.enterprise_id, "energy_key": measured.energy_key,
            "day": np.full(len(measured), np.datetime64(month, "D")),
        }  # fmt: skip
        found += findings_of(
            comparisons.factor_range(measured.value * scale, low, high, rule), columns, rules, monthly=True
        )
    return found


def _meter_validity(
    enterprise_ids: Sequence[int], month: date, today: date, rule: CheckRule, rules: RuleSet
) -> list[Comparison]:  # fmt: skip
    """Say of items whose meters were out of validity in a month, up to ``today``, for how many days at the worst."""
    following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    end = min(following, today + timedelta(days=1))
    if end <= month:
        return []
    known = meter_validity(enterprise_ids=enterprise_ids, start=month - timedelta(days=LOOK_BACK_DAYS), end=end)
    inside = (end - month).days
    rows = np.flatnonzero((known.flags[:, -inside:] == Flag.FAIL).any(axis=1))  # few: runs take much memory
    days, at = _longest(known.flags[rows] == Flag.FAIL, inside)
    last_day = np.datetime64(month, "D") + at
    never = np.full(len(rows), np.datetime64("NaT", "D"))
    compared = comparisons.meter_validity(last_day, never, last_day - days, rule)
    columns = {
        "enterprise_id": known.enterprise_id[rows], "data_item_id": known.item_id[rows],
        "energy_key": np.full(len(rows), "", dtype=np.str_), "day": np.full(len(rows), np.datetime64(month, "D")),
    }  # fmt: skip
    return findings_of(compared, columns, rules, monthly=True)


def _longest(failed: npt.NDArray[np.bool_], inside: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Give, by row, the longest run of failed days that ends on one of the last ``inside`` days, and on which of them.

    >>> longest, at = _longest(np.array([[True, True, True, False], [False, False, True, False]]), 2)
    >>> longest.tolist(), at.tolist()
    ([3, 1], [0, 0])
    """
    days = np.arange(failed.shape[1])
    last_good = np.maximum.accumulate(np.where(failed, -1, days), axis=1)
    runs = (days - last_good)[:, failed.shape[1] - inside :]
    at = np.argmax(runs, axis=1)
    return runs[np.arange(len(runs)), at], at
