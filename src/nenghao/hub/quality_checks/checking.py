"""Runs the checks: over a span of days for everybody, or over one block for whom something arrived.

Both ways look at the same blocks with the same rules, so that they leave the same tables behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from nenghao.hub.quality_checks import comparing
from nenghao.hub.quality_checks.loaders import RuleBook, confirmed_spans, excused_items, meters_of
from nenghao.hub.quality_checks.report import CheckReport
from nenghao.periods import to_beijing
from nenghao.quality.rules import RuleSet
from nenghao.quality.run import run_checks
from nenghao.readings import ReadingStore
from nenghao.readings.quality_blocks import blocks
from nenghao.readings.quality_marks import MarkedBlock, enterprise_slices, marked_version, note_marks, note_silence
from nenghao.readings.quality_periods import block_period, block_periods
from nenghao.readings.quality_writes import Looked, put_quality

SLICE_ITEMS = 50_000
"""Items whose confirmations and meters are held in memory at once."""
STAT_TYPES = (0, 1, 2)


def check_span(
    *, store: ReadingStore, enterprise_ids: Iterable[int], start: date, end: date, now: datetime,
    rules: RuleSet | None = None, keep: bool = True, go_on: Callable[[], bool] = lambda: True,
) -> CheckReport:  # fmt: skip
    """Look at every block that overlaps ``[start, end)``, also at what never arrived, and hold figures together.

    ``start`` and ``end`` are days of Beijing (or aware instants on them); what lies after ``now`` is left out.
    ``rules`` judge instead of those in force (a trial run). ``keep=False`` stores nothing. The counts of a day record
    rest on its month, those of a month record on its year, so these are replaced as a whole. ``go_on`` is asked between
    blocks; once it says no, the run ends early.
    """
    today = to_beijing(now).date()
    first, last = _day(start), min(_day(end), today + timedelta(days=1))
    report = CheckReport(first, max(first, last))
    if first >= last:
        return report
    note_marks(store, now=now)
    book = RuleBook(rules)
    for ids in enterprise_slices(store, enterprise_ids, SLICE_ITEMS):
        report.enterprises += len(ids)
        for stat_type in STAT_TYPES:
            for period in block_periods(stat_type, first, last):
                if not go_on():
                    return report
                mark = MarkedBlock(stat_type, period.start.date(), ids, marked_version(store))
                _check_block(store, mark, now=now, book=book, report=report, keep=keep)
        if keep:
            note_silence(store, enterprise_ids=ids, start=first, end=last)
            comparing.compare(store=store, enterprise_ids=ids, start=first, end=last, now=now, book=book)
    return report


def check_arrived(*, store: ReadingStore, mark: MarkedBlock, now: datetime, book: RuleBook | None = None) -> None:
    """Look at one block for whom something arrived, and hold together what rests on it.

    Everything that was found, and the removal of the mark, is one transaction.
    """
    book = book or RuleBook()
    found = [one for group in _looked(store, mark, now=now, book=book) for one in group]
    put_quality(store, found, now=now, mark=mark)
    period = block_period(mark.stat_type, mark.start, 15)
    span = {"store": store, "enterprise_ids": mark.enterprise_ids, "now": now, "book": book}
    if mark.stat_type < 2:
        last = min(period.end.date(), to_beijing(now).date() + timedelta(days=1))
        comparing.compare_days(start=mark.start, end=last, **span)
    first, last = comparing.whole_months(mark.start, period.end.date())
    comparing.compare_months(start=first, end=last, with_ledgers=False, **span)


def _check_block(
    store: ReadingStore, mark: MarkedBlock, *, now: datetime, book: RuleBook, report: CheckReport, keep: bool
) -> None:  # fmt: skip
    """Look at one block, some ten thousand items at a time; the mark goes when all of them are stored."""
    for group in _looked(store, mark, now=now, book=book):
        for one in group:
            report.add(one)
            if keep:
                put_quality(store, [one], now=now)
    if keep:
        put_quality(store, [], now=now, mark=mark)


def _looked(store: ReadingStore, mark: MarkedBlock, *, now: datetime, book: RuleBook) -> Iterator[Iterator[Looked]]:
    """Give the chunks of a block with what the checks say of them, by rule set."""
    period = block_period(mark.stat_type, mark.start, 15)
    on = min(period.end.date() - timedelta(days=1), to_beijing(now).date())
    for rules, ids in book.groups(mark.enterprise_ids, on):
        yield _judged(store, mark, ids, rules, now=now, book=book)


def _judged(
    store: ReadingStore, mark: MarkedBlock, ids: Sequence[int], rules: RuleSet, *, now: datetime, book: RuleBook
) -> Iterator[Looked]:  # fmt: skip
    period = block_period(mark.stat_type, mark.start, 15)
    on = min(period.end.date() - timedelta(days=1), to_beijing(now).date())
    for block in blocks(
        store, enterprise_ids=ids, start=mark.start, end=mark.start + timedelta(days=1), now=now,
        stat_types=(mark.stat_type,), confirmed=confirmed_spans(ids, period.start, period.end),
        excused_item_ids=excused_items(ids, on),
    ):  # fmt: skip
        meters = meters_of(block, book.validity(ids, period.start.date())) if mark.stat_type < 2 else None
        yield Looked(block, run_checks(block, rules), rules, meters)


def _day(border: date) -> date:
    return to_beijing(border).date() if isinstance(border, datetime) else border
