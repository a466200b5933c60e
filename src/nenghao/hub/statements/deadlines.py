"""When statements are due (报送期限): rules of regions, else the form's own; what is open, near its term or overdue.

No source gives the terms: those that ship are ours and say so, an officer sets the region's. A term runs from the last
day of the period, in calendar or in working days (:mod:`nenghao.hub.access_progress.workdays`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from nenghao.hub.access_progress.workdays import add_workdays
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.statements.errors import refused, words
from nenghao.hub.statements.models import DeadlineRule, Filing, FilingState
from nenghao.hub.statements.periods import FilingPeriod, ended_between, last_ended
from nenghao.reporting.statements import Form, statement_form, statement_forms

OURS = "本平台设定，未见于来源"
MOST_DAYS = 366
_DAY = timedelta(days=1)
LOOK_BACK = timedelta(days=366)
"""How far back a period that was left out is still asked for (ours)."""
OPEN = frozenset({"", FilingState.DRAFT, FilingState.RETURNED, FilingState.REOPENED})


@dataclass(frozen=True, slots=True)
class Term:
    """When a form is due in a region; ``region`` is whose rule it is, empty for the form's own."""

    is_asked: bool
    days: int
    workdays: bool
    remind_days: int
    source: str
    region: str = ""

    def due_on(self, period: FilingPeriod) -> date:
        """Give the last day of the term.

        >>> Term(True, 10, False, 5, "x").due_on(FilingPeriod.parse("2026-10"))
        datetime.date(2026, 11, 10)
        """
        last = period.end - _DAY
        return add_workdays(last, self.days) if self.workdays else last + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Task:
    """One statement that an enterprise owes, or has handed in."""

    enterprise: Enterprise
    form: Form
    period: FilingPeriod
    term: Term
    today: date
    filing: Filing | None

    @property
    def due_on(self) -> date:
        """The last day of the term."""
        return self.term.due_on(self.period)

    @property
    def state(self) -> str:
        """Its filing's state, empty while there is none."""
        return self.filing.state if self.filing else ""

    @property
    def is_open(self) -> bool:
        """Whether the enterprise still has to do something."""
        return self.state in OPEN

    @property
    def is_overdue(self) -> bool:
        """Whether it is open after its term."""
        return self.is_open and self.today > self.due_on

    @property
    def days_left(self) -> int:
        """Days until the end of the term, negative after it."""
        return (self.due_on - self.today).days

    @property
    def is_near(self) -> bool:
        """Whether it is open and due soon, or overdue."""
        return self.is_open and self.days_left <= self.term.remind_days

    @property
    def urgency(self) -> int:
        """What stands first in a list: overdue, then to be reviewed, then by the days left."""
        if self.is_overdue:
            return -10_000 + self.days_left
        return {FilingState.SUBMITTED.value: -1000}.get(self.state, self.days_left if self.is_open else 10_000)


def own_term(form: Form) -> Term:
    """Give the term that ships with a form."""
    told = form.deadline
    return Term(True, told.days, told.workdays, told.remind_days, OURS)


def terms(regions: Iterable[Region]) -> Mapping[tuple[str, str], Term]:
    """Give the term of every form in each region, by (region code, form key): the nearest rule upward; one query."""
    paths = {region.code: region.ancestor_codes for region in regions}
    codes = {code for path in paths.values() for code in path}
    rules = {(rule.region_id, rule.form_key): rule for rule in DeadlineRule.objects.filter(region__in=codes)}
    found: dict[tuple[str, str], Term] = {}
    for code, path in paths.items():
        for key, form in statement_forms().items():
            rule = next((rules[above, key] for above in reversed(path) if (above, key) in rules), None)
            found[code, key] = own_term(form) if rule is None else Term(
                rule.is_asked, rule.days, rule.workdays, rule.remind_days, rule.source, rule.region_id
            )  # fmt: skip
    return found


Terms = Mapping[tuple[str, str], Term]
"""By region code and form key."""


def tasks(
    *,
    enterprises: Sequence[Enterprise],
    today: date,
    periods: Mapping[str, FilingPeriod] | None = None,
    rules: Terms | None = None,
) -> list[Task]:
    """Give what the enterprises owe: every form asked of them, for its last period that is over, or for ``periods``.

    ``periods`` is by form key; a form without one is left out then. Enterprises come with their region; ``rules`` are
    the terms of their regions, if they are known already. Two queries.
    """
    wanted = periods if periods is not None else {
        key: last_ended(form.period, today) for key, form in statement_forms().items()
    }  # fmt: skip
    rules = rules or _terms_of(enterprises)
    starts = {period.start for period in wanted.values()}
    rows = Filing.objects.filter(
        enterprise__in=[one.pk for one in enterprises], is_current=True, period_start__in=starts
    )
    filings = {(row.enterprise_id, row.form_key, row.period_start): row
               for row in rows.defer("contents", "origins", "explanations", "filed")}  # fmt: skip
    return list(_tasks(enterprises, wanted, rules, filings, today))


def _terms_of(enterprises: Iterable[Enterprise]) -> Terms:
    return terms({one.region_id: one.region for one in enterprises}.values())


def _tasks(
    enterprises: Sequence[Enterprise], wanted: Mapping[str, FilingPeriod], rules: Terms,
    filings: Mapping[tuple[int, str, date], Filing], today: date,
) -> Iterator[Task]:  # fmt: skip
    for own in enterprises:
        for key, period in wanted.items():
            term, filing = rules[own.region_id, key], filings.get((own.pk, key, period.start))
            if term.is_asked or filing is not None:
                yield Task(own, statement_form(key), period, term, today, filing)


def left_over(*, enterprises: Sequence[Enterprise], today: date, rules: Terms | None = None) -> list[Task]:
    """Give what is unfinished of periods before the last: open or waiting statements, and periods that were left out.

    A period was left out when the enterprise filed the form for one before it, at most :data:`LOOK_BACK` ago, and
    nothing for it. Three queries.
    """
    rules = rules or _terms_of(enterprises)
    known, found = {one.pk: one for one in enterprises}, []
    rows = Filing.objects.filter(enterprise__in=list(known), is_current=True)
    unfinished = rows.filter(state__in=[*OPEN, FilingState.SUBMITTED])
    for filing in unfinished.defer("contents", "origins", "explanations", "filed"):
        if filing.period.start < last_ended(filing.period_kind, today).start:
            own = known[filing.enterprise_id]
            term = rules[own.region_id, filing.form_key]
            found.append(Task(own, filing.form, filing.period, term, today, filing))
    filed: dict[tuple[int, str], set[date]] = {}
    recent = rows.filter(period_start__gte=today - LOOK_BACK).order_by()
    for pk, form_key, start in recent.values_list("enterprise_id", "form_key", "period_start"):
        filed.setdefault((pk, form_key), set()).add(start)
    for (pk, form_key), starts in filed.items():
        own, form = known[pk], statement_form(form_key)
        term = rules[own.region_id, form_key]
        missing = _left_out(last_ended(form.period, today), starts) if term.is_asked else ()
        found += [Task(own, form, period, term, today, None) for period in missing]
    return found


def _left_out(last: FilingPeriod, filed: Set[date]) -> Iterator[FilingPeriod]:
    """Yield the periods between the first that was filed and the last that is over, for which nothing was."""
    first, period = min(filed), last.before
    while period.start > first:
        if period.start not in filed:
            yield period
        period = period.before


def reminders(*, enterprise: Enterprise, today: date) -> list[Task]:
    """Give what an enterprise has to do now, the most urgent first: due soon, overdue, returned, left over."""
    own, rules = [enterprise], _terms_of([enterprise])
    due = tasks(enterprises=own, today=today, rules=rules)
    found = [task for task in due if task.is_near or task.state == FilingState.RETURNED]
    found += [task for task in left_over(enterprises=own, today=today, rules=rules) if task.is_open]
    return sorted(found, key=lambda task: task.urgency)


def overdue_counts(*, enterprises: Sequence[Enterprise], today: date) -> tuple[int, int]:
    """Give how many statements are overdue, and how many wait for a decision, of whatever period."""
    rules = _terms_of(enterprises)
    found = [
        *tasks(enterprises=enterprises, today=today, rules=rules),
        *left_over(enterprises=enterprises, today=today, rules=rules),
    ]
    return sum(task.is_overdue for task in found), sum(task.state == FilingState.SUBMITTED for task in found)


@dataclass(frozen=True, slots=True)
class Due:
    """A term in the calendar: how many statements fall due on the day, and how many of them are handed in."""

    day: date
    form: Form
    period: FilingPeriod
    term: Term
    asked: int
    handed_in: int
    task: Task | None

    @property
    def is_done(self) -> bool:
        """Whether nothing is open."""
        return self.handed_in == self.asked


def calendar(*, enterprises: Sequence[Enterprise], first: date, last: date, today: date) -> list[Due]:
    """Give the terms that end in [first, last], by day and form; for one enterprise each comes with its task."""
    found: dict[tuple[date, str, str], list[Task]] = {}
    rules = _terms_of(enterprises)
    for key, form in statement_forms().items():
        own_terms = {term for (_, form_key), term in rules.items() if form_key == key}
        for period in ended_between(form.period, first - timedelta(days=MOST_DAYS + 120), last):
            if period.end - _DAY < first - timedelta(days=MOST_DAYS + 120):
                continue
            if not any(first <= term.due_on(period) <= last for term in own_terms):
                continue
            for task in tasks(enterprises=enterprises, today=today, periods={key: period}, rules=rules):
                if first <= task.due_on <= last:
                    found.setdefault((task.due_on, key, period.text), []).append(task)
    return [
        Due(day, own[0].form, own[0].period, own[0].term, len(own), sum(not one.is_open for one in own),
            own[0] if len(enterprises) == 1 else None)
        for (day, _, _), own in sorted(found.items(), key=lambda one: one[0])
    ]  # fmt: skip


@transaction.atomic
def set_rule(
    *, actor: Actor, now: datetime, region: Region, form_key: str, is_asked: bool, days: int, workdays: bool,
    remind_days: int, source: str,
) -> DeadlineRule:  # fmt: skip
    """Set the term of a form for a region and all below it; the source is needed, since the terms come from there."""
    statement_form(form_key)
    if not 0 <= days <= MOST_DAYS or not 0 <= remind_days <= MOST_DAYS:
        raise refused("deadline-days", f"天数为 0–{MOST_DAYS}", f"days are 0 to {MOST_DAYS}", field="days")
    if not words(source):
        raise refused("deadline-source", "请写明依据", "name the source of the term", field="source")
    before = DeadlineRule.objects.filter(region=region, form_key=form_key).first()
    facts = {"is_asked": is_asked, "days": days, "workdays": workdays, "remind_days": remind_days,
             "source": words(source, 200)}  # fmt: skip
    rule, _ = DeadlineRule.objects.update_or_create(
        region=region, form_key=form_key, defaults={**facts, "set_at": now, "set_by": actor.name}
    )
    old = {name: getattr(before, name) for name in facts} if before else {}
    record(
        actor=actor, now=now, action="deadline-set", object_type="deadline-rule",
        object_key=f"{region.code} {form_key}", region_path=region.path, before=old, after=facts,
    )  # fmt: skip
    return rule


def calendar_file(dues: Sequence[Due], *, name: str, now: datetime) -> str:
    """Give the terms as an iCalendar file (RFC 5545): whole days, with a reminder."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//nenghao//statements//ZH", "CALSCALE:GREGORIAN",
             f"X-WR-CALNAME:{_escaped(name)}"]  # fmt: skip
    for due in dues:
        title = f"{due.form.zh} {due.period.text} 报送截止"
        lines += [
            "BEGIN:VEVENT", f"UID:{due.form.key}-{due.period.text}-{due.day:%Y%m%d}@nenghao",
            f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}", f"DTSTART;VALUE=DATE:{due.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{due.day + _DAY:%Y%m%d}", f"SUMMARY:{_escaped(title)}",
            f"DESCRIPTION:{_escaped('依据：' + due.term.source)}", "BEGIN:VALARM", "ACTION:DISPLAY",
            f"DESCRIPTION:{_escaped(title)}", f"TRIGGER:-P{due.term.remind_days}D", "END:VALARM", "END:VEVENT",
        ]  # fmt: skip
    folded = [part for line in [*lines, "END:VCALENDAR"] for part in _folded(line)]
    return "\r\n".join(folded) + "\r\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 octets, never within a character."""
    part, start = "", ""
    for character in line:
        if len((start + part + character).encode()) > 75:
            yield start + part
            part, start = "", " "
        part += character
    yield start + part
