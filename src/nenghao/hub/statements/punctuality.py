"""How an enterprise kept its terms in a year: what was due, handed in, and handed in in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nenghao.hub.registry.models import Enterprise
from nenghao.hub.statements.deadlines import Term, terms
from nenghao.hub.statements.models import Filing
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.periods import to_beijing
from nenghao.reporting.statements import statement_forms

REPORT = "energy-use-report"
MONTHS = range(1, 13)


@dataclass(frozen=True, slots=True)
class Kept:
    """One year of an enterprise.

    ``due`` monthly returns had ended their term, ``handed_in`` of them were filed at all, whenever; in
    ``months_in_time`` of ``months_due`` months every return that was asked for came within its term.
    ``report_in_time`` is None while the term of the yearly energy-use report runs and nothing was filed, or where none
    is asked for.
    """

    due: int
    handed_in: int
    months_due: int
    months_in_time: int
    report_in_time: bool | None

    @property
    def ratio(self) -> float | None:
        """Monthly returns filed ÷ due."""
        return self.handed_in / self.due if self.due else None


def kept_terms(*, enterprises: Sequence[Enterprise], year: int, today: date) -> dict[int, Kept]:
    """Give how each enterprise (with its region) kept the terms of a year, by its id; two queries.

    A statement counts from the day on which it was first handed in: a return for correction does not make it late.
    Monthly returns whose term ended before the enterprise joined the platform are not counted, on either side.
    """
    rules = terms({one.region_id: one.region for one in enterprises}.values())
    first_filed: dict[tuple[int, str, date], date] = {}
    rows = Filing.objects.filter(
        enterprise__in=[one.pk for one in enterprises], period_start__year=year, submitted_at__isnull=False
    ).order_by("-submitted_at")  # fmt: skip
    for pk, key, start, at in rows.values_list("enterprise_id", "form_key", "period_start", "submitted_at"):
        first_filed[pk, key, start] = to_beijing(at).date()
    return {one.pk: _kept(_asked(one, rules, first_filed, year), today) for one in enterprises}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One statement that is asked for: its form, period, last day, and when it was first handed in."""

    form_key: str
    period: FilingPeriod
    due_on: date
    filed_on: date | None

    @property
    def in_time(self) -> bool:
        return self.filed_on is not None and self.filed_on <= self.due_on

    def is_settled(self, today: date) -> bool:
        """Tell whether it was handed in, or can no longer come in time."""
        return self.filed_on is not None or today > self.due_on


def _asked(
    own: Enterprise, rules: Mapping[tuple[str, str], Term], first_filed: Mapping[tuple[int, str, date], date], year: int
) -> list[_Asked]:  # fmt: skip
    found, joined = [], to_beijing(own.created_at).date()
    for key, form in statement_forms().items():
        term = rules[own.region_id, key]
        if form.period == "quarter" or not term.is_asked:
            continue
        for month in MONTHS if form.period == "month" else (1,):
            period = FilingPeriod(date(year, month, 1), form.period)
            due_on, filed_on = term.due_on(period), first_filed.get((own.pk, key, period.start))
            if due_on >= joined or (form.period == "year" and filed_on is not None):
                found.append(_Asked(key, period, due_on, filed_on))
    return found


def _kept(asked: Sequence[_Asked], today: date) -> Kept:
    settled = [one for one in asked if one.is_settled(today)]
    monthly = [one for one in settled if one.period.kind == "month"]
    by_month: dict[date, list[bool]] = {}
    for one in monthly:
        by_month.setdefault(one.period.start, []).append(one.in_time)
    report = next((one.in_time for one in settled if one.form_key == REPORT), None)
    return Kept(
        len(monthly), sum(one.filed_on is not None for one in monthly), len(by_month),
        sum(all(parts) for parts in by_month.values()), report,
    )  # fmt: skip
