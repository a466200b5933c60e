"""The period of a statement (报告期): a month, a quarter or a year, written in addresses and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from nenghao.errors import NenghaoError
from nenghao.periods import BEIJING

MONTHS = {"month": 1, "quarter": 3, "year": 12}
FIRST_YEAR, LAST_YEAR = 2000, 2099
_FORMS = {
    "month": re.compile(r"(\d{4})-(\d{2})"), "quarter": re.compile(r"(\d{4})Q([1-4])"), "year": re.compile(r"(\d{4})"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class FilingPeriod:
    """One period, named by its kind and its first day.

    >>> FilingPeriod.parse("2026Q3").end, FilingPeriod.parse("2026-01").before.text
    (datetime.date(2026, 10, 1), '2025-12')
    """

    start: date
    kind: str

    @classmethod
    def of(cls, kind: str, day: date) -> FilingPeriod:
        """Give the period of a kind that holds a day."""
        size = MONTHS[kind]
        return cls(date(day.year, (day.month - 1) // size * size + 1, 1), kind)

    @classmethod
    def parse(cls, text: str, kind: str = "") -> FilingPeriod:
        """Read ``2026-10``, ``2026Q3`` or ``2026``; ``period-unreadable`` for anything else, or another kind."""
        for known, pattern in _FORMS.items():
            found = pattern.fullmatch(text.strip())
            if found and kind in ("", known) and FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
                part = int(found[2]) if found.re.groups > 1 else 1
                if known == "quarter" or 1 <= part <= 12:
                    return cls(date(int(found[1]), (part - 1) * 3 + 1 if known == "quarter" else part, 1), known)
        raise NenghaoError(
            "period-unreadable", f"报告期无法识别: {text[:20]}", f"the period cannot be read: {text[:20]}",
            field="period", mend_zh="写成 2026-10、2026Q3 或 2026", mend_en="write 2026-10, 2026Q3 or 2026",
        )  # fmt: skip

    @property
    def text(self) -> str:
        """How it is written."""
        if self.kind == "month":
            return f"{self.start:%Y-%m}"
        return f"{self.start.year}Q{(self.start.month + 2) // 3}" if self.kind == "quarter" else f"{self.start.year}"

    @property
    def end(self) -> date:
        """The first day after it."""
        return self._moved(MONTHS[self.kind])

    @property
    def before(self) -> FilingPeriod:
        """The period before."""
        return FilingPeriod(self._moved(-MONTHS[self.kind]), self.kind)

    @property
    def year_before(self) -> FilingPeriod:
        """The same period a year before."""
        return FilingPeriod(self._moved(-12), self.kind)

    @property
    def months(self) -> list[date]:
        """The first days of its months."""
        return [_month(self.start, number) for number in range(MONTHS[self.kind])]

    def _moved(self, months: int) -> date:
        return _month(self.start, months)

    def instants(self) -> tuple[datetime, datetime]:
        """The first instant of it, and the first after it."""
        return _midnight(self.start), _midnight(self.end)


def _month(start: date, months: int) -> date:
    number = start.year * 12 + start.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def last_ended(kind: str, today: date) -> FilingPeriod:
    """Give the newest period of a kind that is over."""
    return FilingPeriod.of(kind, today).before


def ended_between(kind: str, first: date, last: date) -> Iterator[FilingPeriod]:
    """Yield the periods whose last day lies in [first, last], in order."""
    period = FilingPeriod.of(kind, first)
    while period.end - timedelta(days=1) <= last:
        yield period
        period = FilingPeriod(period.end, kind)
