"""Facts for the credit list (信用名单): late building, missing upload, poor upkeep, as plain figures (424号 五)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q

from nenghao.hub.access_progress.evidence import plan_rows
from nenghao.hub.access_progress.limits import LimitsBook
from nenghao.hub.access_progress.models import UNREPAIRED, FaultTicket, Stage
from nenghao.hub.access_progress.progress import Delay, PlanRow, delay
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import BEIJING
from nenghao.readings import ReadingStore
from nenghao.readings.uploads import data_days

WINDOW_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFacts:
    """What is known of one enterprise on a day; nothing here is a verdict.

    ``delay``: its earliest overdue milestone. ``days_without_data`` of the ``days_due`` days of the window on which it
    was connected; a day filled by hand is a day with data. Tickets are those that were unrepaired at some time of the
    window: ``over_term`` lasted longer than three working days, ``unfiled`` of them were never filed, ``filed_late``
    were filed after the term.
    """

    enterprise_id: int
    on: date
    since: date
    is_listed: bool
    connected_on: date | None
    delay: Delay | None
    days_due: int
    days_without_data: int
    tickets: int
    over_term: int
    unfiled: int
    filed_late: int
    over_term_tickets: tuple[int, ...]

    @property
    def late_days(self) -> int:
        """Days by which the earliest overdue milestone is late [d]."""
        return self.delay.days if self.delay else 0


def facts_for_credit(
    *, store: ReadingStore, enterprise_ids: Iterable[int], on: date, since: date | None = None
) -> dict[int, AccessFacts]:
    """Give the facts of each enterprise over ``[since, on)``, by default the 30 days before ``on``; set-based."""
    ids, start = list(enterprise_ids), since or on - timedelta(days=WINDOW_DAYS)
    rows = {
        row.enterprise_id: row
        for row in plan_rows(store=store, enterprises=Enterprise.objects.filter(pk__in=ids), on=on)
    }
    days = {row.enterprise_id: row.days for row in data_days(store, enterprise_ids=ids, start=start, end=on)}
    tickets, limits = _tickets(ids, start, on), LimitsBook.load()
    return {
        id_: _facts(id_, rows.get(id_), days=days.get(id_, 0), tickets=tickets[id_], start=start, on=on, limits=limits)
        for id_ in ids
    }


def _tickets(ids: list[int], start: date, on: date) -> Mapping[int, list[FaultTicket]]:
    end = datetime.combine(on, time.min, BEIJING)
    found = FaultTicket.objects.filter(
        Q(state__in=UNREPAIRED) | Q(repaired_on__gte=start), enterprise_id__in=ids, fault_at__lt=end
    )
    grouped: dict[int, list[FaultTicket]] = defaultdict(list)
    for ticket in found:
        grouped[ticket.enterprise_id].append(ticket)
    return grouped


def _facts(
    id_: int, row: PlanRow | None, *, days: int, tickets: list[FaultTicket], start: date, on: date, limits: LimitsBook
) -> AccessFacts:
    connected = row.done_on(Stage.CONNECT) if row else None
    due = max(0, (on - max(start, connected)).days) if connected else 0
    over = [ticket for ticket in tickets if ticket.is_over_term(on)]
    return AccessFacts(
        enterprise_id=id_, on=on, since=start, is_listed=row is not None, connected_on=connected,
        delay=delay(row, on, limits.at(row.region_path).connect_due_on) if row else None,
        days_due=due, days_without_data=max(0, due - days) if due else 0, tickets=len(tickets), over_term=len(over),
        unfiled=sum(ticket.filed_at is None for ticket in over),
        filed_late=sum(
            ticket.filed_at is not None and ticket.filed_at.astimezone(BEIJING).date() > ticket.due_on
            for ticket in over
        ),
        over_term_tickets=tuple(ticket.pk for ticket in over),
    )  # fmt: skip
