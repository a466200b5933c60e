"""Scores of enterprises, items and regions (评分): the store's measures put through a scheme, for many at once.

A fixed number of queries, however many enterprises there are. What had nothing due is "cannot be judged"
(:attr:`Scored.total` is None), never 0: an enterprise that owes nothing has lost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from nenghao.hub.monitoring.span import Span
from nenghao.hub.quality_review.indicators import required_sets
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import PeriodKind
from nenghao.quality.indicators import RequiredSet
from nenghao.quality.scores import MEASURE_NAMES, Measures, Scheme, Score, Verdict, score
from nenghao.readings import ReadingStore
from nenghao.readings.quality import MonthMeasures, item_measures, measures, month_measures

GOOD_ENOUGH = 90.0
"""Points from which on data count as good enough on these pages (本平台设定: no text fixes a figure)."""

TREND_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Scored:
    """Measures of an enterprise or an item, and what a scheme makes of them."""

    key: int
    measures: Measures
    score: Score

    @property
    def is_judged(self) -> bool:
        """Whether anything was due, so that there is something to judge."""
        return self.measures.records_due > 0

    @property
    def total(self) -> float | None:
        """Points, or None where nothing was due or the scheme gives none."""
        return self.score.total if self.is_judged else None

    @property
    def verdict(self) -> Verdict:
        """Verdict of a verdict scheme; cannot judge where nothing was due."""
        return (self.score.verdict or "cannot_judge") if self.is_judged else "cannot_judge"

    @property
    def lost(self) -> float | None:
        """Points lost."""
        return self.score.lost if self.is_judged else None

    def under(self, scheme: Scheme) -> Scored:
        """Give the same measures under another scheme."""
        return replace(self, score=score(scheme, self.measures))


@dataclass(frozen=True, slots=True)
class RegionScore:
    """A set of enterprises: how many there are, how many could be judged and are good enough, and their plain mean."""

    enterprises: int
    judged: int
    good_enough: int
    mean: float | None

    @property
    def not_judged(self) -> int:
        """Enterprises of which nothing was due."""
        return self.enterprises - self.judged


@dataclass(frozen=True, slots=True)
class MonthScore:
    """One month of a trend."""

    month: datetime
    region: RegionScore

    @property
    def text(self) -> str:
        """The month as it stands in the URL."""
        return f"{self.month:%Y-%m}"


def enterprise_scores(
    *, store: ReadingStore, enterprises: QuerySet[Enterprise], span: Span, scheme: Scheme, now: datetime
) -> Mapping[int, Scored]:
    """Score every enterprise over a span, by its key; one that has nothing due is there, and not judged."""
    ids = list(enterprises.values_list("pk", flat=True))
    start, end = bounds(span, now)
    if span.kind is PeriodKind.MONTH:
        rows = month_measures(
            store, enterprise_ids=ids, start=start, end=span.end.date(), settled_before=_running(now)
        )  # fmt: skip
    else:
        rows = measures(store, enterprise_ids=ids, start=start, end=end)
    found = {row.enterprise_id: row for row in rows}
    required = _required(scheme, store, ids, start, end)
    return {key: _scored(key, found.get(key), scheme, required) for key in ids}


def item_scores(
    *, store: ReadingStore, enterprise: Enterprise, span: Span, scheme: Scheme, now: datetime
) -> Mapping[int, Scored]:
    """Score every data item of an enterprise as if it were alone; what only an enterprise has is left out."""
    start, end = bounds(span, now)
    rows = item_measures(store, enterprise_ids=[enterprise.pk], start=start, end=end)
    return {row.data_item_id: _scored(row.data_item_id, row, scheme, {}) for row in rows}


def region_scores(scores: Iterable[Scored]) -> RegionScore:
    """Sum up the enterprises of a region or an industry: the plain mean of those that could be judged (本平台设定)."""
    everyone = list(scores)
    totals = [one.total for one in everyone if one.total is not None]
    return RegionScore(
        len(everyone), sum(1 for one in everyone if one.is_judged),
        sum(1 for total in totals if total >= GOOD_ENOUGH), sum(totals) / len(totals) if totals else None,
    )  # fmt: skip


def score_trend(
    *, store: ReadingStore, enterprises: QuerySet[Enterprise], span: Span, scheme: Scheme, now: datetime
) -> Sequence[MonthScore]:
    """Give the months up to the end of ``span`` (twelve of them), each with the score of the enterprises together."""
    ids = list(enterprises.values_list("pk", flat=True))
    months = trend_months(span, now)
    rows = month_measures(
        store, enterprise_ids=ids, start=months[0].date(), end=_after(months[-1]).date(),
        settled_before=_running(now),
    )  # fmt: skip
    by_month: dict[date, list[MonthMeasures]] = {}
    for row in rows:
        by_month.setdefault(row.month, []).append(row)
    return [
        MonthScore(month, replace(_month_score(scheme, tuple(by_month.get(month.date(), ()))), enterprises=len(ids)))
        for month in months
    ]


@lru_cache(maxsize=512)
def _month_score(scheme: Scheme, rows: tuple[MonthMeasures, ...]) -> RegionScore:
    """Score a month; the rows of a month that is over are the same at every view, so the answer is remembered."""
    return region_scores(_scored(row.enterprise_id, row, scheme, {}) for row in rows)


def _running(now: datetime) -> date:
    """Give the first day of the running month: what ends by then receives no more uploads."""
    return PeriodKind.MONTH.floor(now).date()


def trend_months(span: Span, now: datetime) -> list[datetime]:
    """Give the starts of the twelve months up to the last one of ``span`` that has begun."""
    last = PeriodKind.MONTH.floor(min(span.end - timedelta(seconds=1), max(now, span.start)))
    number = last.year * 12 + last.month - 1
    return [
        last.replace(year=n // 12, month=n % 12 + 1) for n in range(number - TREND_MONTHS + 1, number + 1)
    ]  # fmt: skip


def _after(month: datetime) -> datetime:
    return PeriodKind.MONTH.next(month)


def bounds(span: Span, now: datetime) -> tuple[date, date]:
    """Give the days of a span that have begun, half-open: what lies ahead cannot be due."""
    tomorrow = PeriodKind.DAY.next(PeriodKind.DAY.floor(now))
    return span.start.date(), max(span.start, min(span.end, tomorrow)).date()


def _scored(key: int, row: Any, scheme: Scheme, required: Mapping[int, RequiredSet]) -> Scored:
    found = measures_of(row)
    if key in required:
        found = found.plus({"indicators_required": required[key].required, "indicators_present": required[key].present})
    return Scored(key, found, score(scheme, found))


def measures_of(row: Any) -> Measures:
    """Turn a row of the store into measures; what the row does not count stays 0."""
    counts = {name: getattr(row, name, None) or 0 for name in MEASURE_NAMES}
    if row is not None and hasattr(row, "data_item_id"):
        counts |= _of_point(row)
    return Measures(**counts)


def _of_point(row: Any) -> dict[str, int]:
    """Count a data item as one point, as the enterprise's measures count it among others."""
    return {
        "points_due": int(row.records_due > 0), "points_received": int(row.records_received > 0),
        "points_with_meter": int(row.records_due > 0 and row.meter_valid is not None),
        "points_meter_valid": int(row.records_due > 0 and bool(row.meter_valid)),
    }  # fmt: skip


def _required(
    scheme: Scheme, store: ReadingStore, ids: Sequence[int], start: date, end: date
) -> Mapping[int, RequiredSet]:
    """Give the required indicators of the enterprises, where the scheme asks for them at all."""
    asked = any("indicators_required" in index.denominator for index in scheme.indices)
    return required_sets(store=store, enterprise_ids=ids, start=start, end=end) if asked else {}
