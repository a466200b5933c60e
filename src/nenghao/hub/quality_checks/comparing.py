"""Runs the comparisons: figures of the same thing from different series, months and ledgers.

Only what is suspect or failed is stored; where a part is not known nothing is said. Day-level comparisons are stored on
their day, month-level ones on the first of their month; a run replaces exactly the days and months it looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from nenghao.hub.quality_checks import ledgers
from nenghao.hub.quality_checks.compared import findings_of
from nenghao.hub.quality_checks.loaders import RuleBook
from nenghao.periods import to_beijing
from nenghao.quality import codes, comparisons
from nenghao.quality.comparisons import Compared
from nenghao.quality.rules import CheckRule, RuleSet
from nenghao.readings import ReadingStore
from nenghao.readings.quality_levels import Columns
from nenghao.readings.quality_pairs import day_pairs, month_pairs, scope_pairs
from nenghao.readings.quality_writes import Comparison, put_comparisons

DAY_CODES = (codes.DAY_AGAINST_HOURS, codes.PLANT_AGAINST_PROCESSES)
MONTH_CODES = (codes.MONTH_AGAINST_DAYS,)
Pairs = Callable[..., Columns]


def compare(
    *, store: ReadingStore, enterprise_ids: Sequence[int], start: date, end: date, now: datetime, book: RuleBook
) -> None:  # fmt: skip
    """Run every comparison over the days of ``[start, end)`` and the months that they lie in."""
    compare_days(store=store, enterprise_ids=enterprise_ids, start=start, end=end, now=now, book=book)
    first, last = whole_months(start, end)
    compare_months(store=store, enterprise_ids=enterprise_ids, start=first, end=last, now=now, book=book)


def compare_days(
    *, store: ReadingStore, enterprise_ids: Sequence[int], start: date, end: date, now: datetime, book: RuleBook
) -> None:  # fmt: skip
    """Hold readings of days against each other: day against hours, plant against processes."""
    for rules, ids in book.groups(enterprise_ids, _judged_on(end, now)):
        span = {"enterprise_ids": ids, "start": start, "end": end}
        found = [
            *_compared(rules.check(codes.DAY_AGAINST_HOURS), day_pairs, store, span, rules),
            *_compared(rules.check(codes.PLANT_AGAINST_PROCESSES), scope_pairs, store, span, rules),
        ]
        put_comparisons(store, found, check_codes=DAY_CODES, now=now, **span)


def compare_months(
    *, store: ReadingStore, enterprise_ids: Sequence[int], start: date, end: date, now: datetime, book: RuleBook,
    with_ledgers: bool = True,
) -> None:  # fmt: skip
    """Hold the whole months of ``[start, end)`` against their days and, ``with_ledgers``, against what was filed."""
    for rules, ids in book.groups(enterprise_ids, _judged_on(end, now)):
        span = {"enterprise_ids": ids, "start": start, "end": end}
        found = _compared(rules.check(codes.MONTH_AGAINST_DAYS), month_pairs, store, span, rules)
        put_comparisons(store, found, check_codes=MONTH_CODES, now=now, **span)
        if with_ledgers:
            found = ledgers.compare_ledgers(store=store, today=to_beijing(now).date(), rules=rules, **span)
            put_comparisons(store, found, check_codes=ledgers.LEDGER_CODES, now=now, **span)


def _judged_on(end: date, now: datetime) -> date:
    return min(end - timedelta(days=1), to_beijing(now).date())


def whole_months(start: date, end: date) -> tuple[date, date]:
    """Give the borders of the whole months that ``[start, end)`` lies in."""
    last = (end - timedelta(days=1)).replace(day=28) + timedelta(days=4)
    return start.replace(day=1), last.replace(day=1)


def _compared(
    rule: CheckRule | None, pairs: Pairs, store: ReadingStore, span: dict[str, Any], rules: RuleSet
) -> list[Comparison]:  # fmt: skip
    if rule is None:
        return []
    columns = pairs(store, **span)
    return findings_of(_judge(columns, rule), columns, rules, monthly=rule.code in MONTH_CODES)


def _judge(columns: Columns, rule: CheckRule) -> Compared:
    """Hold records against totals. A total of n parts is handed over as n equal parts: n tells what rounding may do."""
    record, total = columns["record_value"], columns["total"]
    if rule.code == codes.PLANT_AGAINST_PROCESSES:
        return comparisons.plant_against_processes(record, total, np.arange(len(record)), rule)
    parts = columns["parts"]
    width = int(parts.max(initial=1))
    inside = np.arange(width) < parts[:, None]
    shares = np.where(inside, (total / parts)[:, None], 0.0)
    if rule.code == codes.MONTH_AGAINST_DAYS:
        return comparisons.month_against_days(record, shares, inside, rule)
    return comparisons.day_against_hours(record, shares, rule)
