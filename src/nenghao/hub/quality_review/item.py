"""Quality of a data item (数据项): on which days, by which check, with which meter?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from nenghao.hub.monitoring.span import Span
from nenghao.hub.quality_review.findings import Problem, problems, rules_of
from nenghao.hub.quality_review.scoring import bounds, measures_of
from nenghao.hub.quality_review.words import FlagWord, flag_word
from nenghao.hub.registry.models import DataItem, Enterprise, Meter
from nenghao.periods import PeriodKind
from nenghao.quality.flags import Flag
from nenghao.quality.rules import RuleSet
from nenghao.quality.scores import Measures, total_measures
from nenghao.readings import ReadingStore
from nenghao.readings.quality import ItemDayMeasures, finding_count, findings, item_day_measures

PAGE_SIZE = 25
_GRADES = (
    (Flag.MISSING, "records_missing"), (Flag.FAIL, "records_fail"), (Flag.SUSPECT, "records_suspect"),
    (Flag.UNKNOWN, "records_unknown"), (Flag.GOOD, "records_good"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters of the list of findings, as they stand in the URL."""

    check: str = ""
    flag: str = ""
    stat_type: int | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class CalendarCell:
    """One day, or one month of a year: counts and the gravest flag; ``flag`` None where nothing was due."""

    start: datetime
    span: Span
    measures: Measures
    flag: FlagWord | None
    chosen: bool

    @property
    def label(self) -> str:
        """Day of the month, or the month."""
        return str(self.start.day) if self.span.kind is PeriodKind.DAY else f"{self.start:%m}"

    @property
    def due(self) -> int:
        """Records due."""
        return int(self.measures.records_due)

    @property
    def amiss(self) -> int:
        """Records that are not good."""
        return int(self.measures.records_due - self.measures.records_good)


@dataclass(frozen=True, slots=True)
class ItemQuality:
    """Everything the page shows."""

    enterprise: Enterprise
    item: DataItem
    span: Span
    measures: Measures
    weeks: Sequence[Sequence[CalendarCell | None]]
    days: Sequence[ItemDayMeasures]
    problems: Sequence[Problem]
    count: int
    chosen: Chosen
    meters: Sequence[Meter]
    rules: RuleSet

    @property
    def pages(self) -> int:
        """Pages of the list of findings."""
        return max(1, -(-self.count // PAGE_SIZE))

    @property
    def complete(self) -> float | None:
        """Records received of those due."""
        return _ratio(self.measures.records_received, self.measures.records_due)

    @property
    def on_time(self) -> float | None:
        """Records received in time of those due."""
        return _ratio(self.measures.records_on_time, self.measures.records_due)

    @property
    def good(self) -> float | None:
        """Records found good of those received that could be judged."""
        return _ratio(self.measures.records_good, self.measures.records_received - self.measures.records_unknown)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def item_quality(
    *, store: ReadingStore, enterprise: Enterprise, item: DataItem, span: Span, chosen: Chosen, now: datetime,
    page_size: int = PAGE_SIZE,
) -> ItemQuality:  # fmt: skip
    """Gather the page of one item: a day or a month shows the month's calendar, a year its months."""
    shown = span if span.kind is PeriodKind.YEAR else Span.of(PeriodKind.MONTH, span.start)
    start, end = bounds(shown, now)
    days = item_day_measures(store, enterprise_ids=[enterprise.pk], start=start, end=end, data_item_ids=[item.pk])
    inside = [row for row in days if span.start.date() <= row.day < span.end.date()]
    asked = {
        "enterprise_ids": [enterprise.pk], "start": span.start, "end": span.end, "data_item_ids": [item.pk],
        "check_codes": [chosen.check] if chosen.check else (),
        "flags": [_flag_number(chosen.flag)] if chosen.flag else (),
        "stat_types": () if chosen.stat_type is None else [chosen.stat_type],
    }  # fmt: skip
    count = finding_count(store, **asked)
    page = min(chosen.page, max(1, -(-count // page_size)))
    rows = findings(store, limit=page_size, offset=(page - 1) * page_size, **asked)
    rules = rules_of(enterprise, span)
    others = {row.other_item_id for row in rows if row.other_item_id}
    known = {one.pk: one for one in DataItem.objects.filter(pk__in=others, enterprise=enterprise)} | {item.pk: item}
    return ItemQuality(
        enterprise=enterprise, item=item, span=span, measures=total_measures(map(measures_of, inside)),
        weeks=_calendar(days, shown, span), days=inside,
        problems=problems(rows, enterprise=enterprise, items=known, rules=rules), count=count,
        chosen=Chosen(chosen.check, chosen.flag, chosen.stat_type, page),
        meters=list(Meter.objects.filter(enterprise=enterprise, data_code=item.data_code)), rules=rules,
    )  # fmt: skip


def _flag_number(name: str) -> int:
    return Flag[name.upper()]


def _calendar(rows: Iterable[ItemDayMeasures], shown: Span, span: Span) -> list[list[CalendarCell | None]]:
    """Lay the days of a month out by weeks from Monday on, or the months of a year by four."""
    by_year = shown.kind is PeriodKind.YEAR
    grouped: dict[date, list[Measures]] = {}
    for row in rows:
        grouped.setdefault(row.day.replace(day=1) if by_year else row.day, []).append(measures_of(row))
    cells: list[CalendarCell | None] = [_cell(slot, grouped, by_year, span) for slot in shown.slots]
    width = 4 if by_year else 7
    lead: list[CalendarCell | None] = [None] * (0 if by_year else shown.start.weekday())
    laid = lead + cells
    laid += [None] * (-len(laid) % width)
    return [laid[i : i + width] for i in range(0, len(laid), width)]


def _cell(slot: datetime, grouped: Mapping[date, list[Measures]], by_year: bool, span: Span) -> CalendarCell:
    measures = total_measures(grouped.get(slot.date(), ()))
    kind = PeriodKind.MONTH if by_year else PeriodKind.DAY
    return CalendarCell(
        slot, Span.of(kind, slot), measures, worst_flag(measures),
        span.kind is PeriodKind.DAY and span.start <= slot < span.end,
    )  # fmt: skip


def worst_flag(measures: Measures) -> FlagWord | None:
    """Give the gravest flag that any record has; None where nothing was due."""
    for flag, name in _GRADES:
        if getattr(measures, name):
            return flag_word(flag)
    return None
