"""The span of an indicator page: a month, or a year so far; with the span before and the same span a year earlier."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from nenghao.hub.indicators.frames import Frame
from nenghao.hub.monitoring.span import Span, parse_span
from nenghao.periods import PeriodKind, month_after

TREND_MONTHS = 12


def chosen(text: str, now: datetime) -> Span:
    """Give the month or year in the URL, or the last month that is over; a day means its month."""
    if not text.strip():
        return Span.of(PeriodKind.MONTH, now).before
    span = parse_span(text.strip())
    return span.as_kind(PeriodKind.MONTH) if span.kind is PeriodKind.DAY else span


@dataclass(frozen=True, slots=True)
class Compared:
    """Columns of a frame: the span, the one before (same length), the same a year earlier, and the last months."""

    start: date
    end: date
    count: int

    @classmethod
    def of(cls, span: Span, now: datetime) -> Compared:
        """Give the columns of a span; a year that runs counts its months that are over (at least one)."""
        first = span.start.date()
        if span.kind is PeriodKind.MONTH:
            return cls(first, span.end.date(), 1)
        over = (min(span.end, PeriodKind.MONTH.floor(now)).date().month - 1) % 12 or 12
        over = over if span.end > now else 12
        return cls(first, month_after(first, over), over)

    @property
    def load_from(self) -> date:
        """First month that is needed."""
        return min(month_after(self.start, -TREND_MONTHS), month_after(self.end, -TREND_MONTHS))

    @property
    def windows(self) -> tuple[tuple[date, date], ...]:
        """Spans of months [from, until) that hold the columns compared, without what a trend needs beside them.

        >>> [(str(a), str(b)) for a, b in Compared(date(2026, 3, 1), date(2026, 4, 1), 1).windows]
        [('2025-03-01', '2025-04-01'), ('2026-02-01', '2026-04-01')]
        """
        if self.count > 1:
            return ((self.load_from, self.end),)
        year_ago = month_after(self.start, -12)
        return (year_ago, month_after(year_ago)), (month_after(self.start, -1), self.end)

    def now(self, frame: Frame) -> slice:
        """Columns of the span."""
        return slice(frame.place(self.start), frame.place(self.start) + self.count)

    def before(self, frame: Frame) -> slice:
        """Columns of the month before; of a year, the same months a year earlier."""
        if self.count > 1 or self.start.month == 1:
            return self.year_ago(frame) if self.count > 1 else self._from(frame, month_after(self.start, -1))
        return self._from(frame, month_after(self.start, -1))

    def year_ago(self, frame: Frame) -> slice:
        """Columns of the same months a year earlier."""
        return self._from(frame, month_after(self.start, -12))

    def _from(self, frame: Frame, first: date) -> slice:
        return slice(frame.place(first), frame.place(first) + self.count)

    def trend(self, frame: Frame) -> list[tuple[str, slice]]:
        """Columns of the last twelve months, one by one, with their names."""
        last = frame.place(self.end)
        return [
            (str(frame.months[column]), slice(column, column + 1))
            for column in range(max(0, last - TREND_MONTHS), last)
        ]
