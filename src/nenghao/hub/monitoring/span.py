"""The period of a page (时段): a year, a month or a day, written in the URL so that a link can be sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.http import QueryDict

from nenghao.errors import NenghaoError
from nenghao.periods import BEIJING, Period, PeriodKind

_FORMS = (
    (re.compile(r"\d{4}"), "%Y", PeriodKind.YEAR),
    (re.compile(r"\d{4}-\d{2}"), "%Y-%m", PeriodKind.MONTH),
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "%Y-%m-%d", PeriodKind.DAY),
)
_SLOTS = {PeriodKind.YEAR: PeriodKind.MONTH, PeriodKind.MONTH: PeriodKind.DAY, PeriodKind.DAY: PeriodKind.HOUR}
_TEXT = {kind: form for _, form, kind in _FORMS}
FIRST_YEAR, LAST_YEAR = 2000, 2099


@dataclass(frozen=True, slots=True)
class Span:
    """A year, month or day, with the finer slots that its chart and table show.

    >>> span = parse_span("2026-11")
    >>> span.text, span.before.text, span.slot_kind.value, len(span.slots)
    ('2026-11', '2026-10', 'day', 30)
    """

    period: Period

    @classmethod
    def of(cls, kind: PeriodKind, instant: datetime | date) -> Span:
        """Give the span of ``kind`` that holds ``instant``."""
        return cls(Period.of(kind, instant))

    @property
    def kind(self) -> PeriodKind:
        """Year, month or day."""
        return self.period.kind

    @property
    def start(self) -> datetime:
        """First instant."""
        return self.period.start

    @property
    def end(self) -> datetime:
        """First instant after the span."""
        return self.period.end

    @property
    def text(self) -> str:
        """The form that stands in the URL: ``2026``, ``2026-11`` or ``2026-11-20``."""
        return self.start.strftime(_TEXT[self.kind])

    @property
    def slot_kind(self) -> PeriodKind:
        """Months of a year, days of a month, hours of a day."""
        return _SLOTS[self.kind]

    @property
    def slots(self) -> tuple[datetime, ...]:
        """Starts of the slots, in order."""
        return tuple(slot.start for slot in self.period.split(self.slot_kind))

    @property
    def before(self) -> Span:
        """The span before this one, for comparison."""
        return Span.of(self.kind, date.fromordinal(self.start.date().toordinal() - 1))

    @property
    def after(self) -> Span:
        """The span after this one."""
        return Span.of(self.kind, self.end)

    def as_kind(self, kind: PeriodKind) -> Span:
        """The span of another kind that starts where this one starts or holds its start."""
        return Span.of(kind, self.start)


def slot_label(slot: datetime, kind: PeriodKind) -> str:
    """Name a slot on an axis or in a table: ``2026-11``, ``11-20`` or ``13:00``."""
    return slot.strftime({PeriodKind.MONTH: "%Y-%m", PeriodKind.DAY: "%m-%d"}.get(kind, "%H:%M"))


def slot_span(slot: datetime, kind: PeriodKind) -> Span | None:
    """The span that a click on a slot opens; an hour opens nothing."""
    return None if kind is PeriodKind.HOUR else Span.of(kind, slot)


def parse_span(text: str) -> Span:
    """Read ``2026``, ``2026-11`` or ``2026-11-20``; ``period-unreadable`` for anything else."""
    for pattern, form, kind in _FORMS:
        if pattern.fullmatch(text):
            try:
                start = datetime.strptime(text, form).replace(tzinfo=BEIJING)
            except ValueError:
                break
            if FIRST_YEAR <= start.year <= LAST_YEAR:
                return Span.of(kind, start)
    raise NenghaoError(
        "period-unreadable", f"时段无法识别: {text[:20]}", f"the period cannot be read: {text[:20]}", field="period",
        mend_zh=f"写成 2026、2026-11 或 2026-11-20（{FIRST_YEAR} 年至 {LAST_YEAR} 年）",
        mend_en=f"write 2026, 2026-11 or 2026-11-20 ({FIRST_YEAR} to {LAST_YEAR})",
    )  # fmt: skip


DAYS_TO_YEARS = (PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.YEAR)
MONTHS, MONTHS_AND_YEARS = (PeriodKind.MONTH,), (PeriodKind.MONTH, PeriodKind.YEAR)
"""The lengths of period that a page offers: many know no days."""


@dataclass(frozen=True, slots=True)
class PeriodPicker:
    """What the period picker shows: the span, and addresses that keep the rest of the page's state.

    ``offered`` are the lengths that one can change to.
    """

    span: Span
    query: QueryDict
    offered: tuple[PeriodKind, ...] = DAYS_TO_YEARS

    def link(self, span: Span) -> str:
        """The query string of this page for another span."""
        kept = [(key, value) for key, value in self.query.items() if key not in ("period", "day", "page")]
        return "?" + urlencode([("period", span.text), *kept])

    @property
    def earlier(self) -> str:
        """Link to the span before."""
        return self.link(self.span.before)

    @property
    def later(self) -> str:
        """Link to the span after."""
        return self.link(self.span.after)

    @property
    def kinds(self) -> Sequence[tuple[str, str, bool]]:
        """Kind, link and whether it is the present one, of those that are offered."""
        return [(kind.value, self.link(self.span.as_kind(kind)), kind is self.span.kind) for kind in self.offered]

    @property
    def kept(self) -> Sequence[tuple[str, str]]:
        """Other parameters of the page, for the form's hidden fields."""
        return [(key, value) for key, value in self.query.items() if key not in ("period", "day", "page")]
