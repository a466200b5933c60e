"""Who could be put on the list: a reading of the facts that access progress keeps. Nothing here is a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from nenghao.hub.access_progress.facts import AccessFacts
from nenghao.hub.access_progress.services import facts_for_credit
from nenghao.hub.credit.models import OPEN_STATES, CreditCase, CreditKind
from nenghao.hub.registry.models import Enterprise
from nenghao.readings import ReadingStore


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on an enterprise is shown as a candidate. These are ours (本平台设定): the notice names no numbers."""

    late_days: int = 1
    days_without_data: int = 10
    over_term_tickets: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """One ground that the facts suggest; ``size`` sorts within a kind [d, or tickets]."""

    enterprise: Enterprise
    kind: CreditKind
    size: int
    facts: Mapping[str, Any]

    @property
    def key(self) -> str:
        """What a form sends back."""
        return f"{self.enterprise.code}:{self.kind.value}"


def candidates(
    *, store: ReadingStore, enterprises: Iterable[Enterprise], on: date, thresholds: Thresholds
) -> Sequence[Candidate]:
    """Give the candidates among ``enterprises`` that have no open case of that kind, the worst of each kind first."""
    members = {enterprise.pk: enterprise for enterprise in enterprises}
    facts = facts_for_credit(store=store, enterprise_ids=members, on=on)
    open_cases = CreditCase.objects.filter(state__in=OPEN_STATES, enterprise_id__in=members)
    taken = set(open_cases.values_list("enterprise_id", "kind"))
    found = [
        Candidate(members[id_], kind, size, plain_facts(one, kind))
        for id_, one in facts.items()
        for kind, size in sizes(one, thresholds).items()
        if (id_, kind.value) not in taken
    ]
    order = list(CreditKind)
    return sorted(found, key=lambda c: (order.index(c.kind), -c.size, c.enterprise.code))


def sizes(facts: AccessFacts, thresholds: Thresholds) -> dict[CreditKind, int]:
    """Give the grounds whose threshold is reached, and how far they go."""
    if not facts.is_listed:
        return {}
    figures = {
        CreditKind.LATE_BUILDING: (facts.late_days, thresholds.late_days),
        CreditKind.MISSING_UPLOAD: (facts.days_without_data, thresholds.days_without_data),
        CreditKind.POOR_UPKEEP: (facts.unfiled, thresholds.over_term_tickets),
    }
    return {kind: size for kind, (size, limit) in figures.items() if size >= max(1, limit)}


def plain_facts(facts: AccessFacts, kind: CreditKind) -> dict[str, Any]:
    """Give the figures behind a ground as plain values, to be kept with the case."""
    dated = {"on": facts.on.isoformat()}
    if kind == CreditKind.LATE_BUILDING and facts.delay is not None:
        due = facts.delay.due_on.isoformat()
        return dated | {"stage": facts.delay.stage, "due_on": due, "late_days": facts.late_days}
    if kind == CreditKind.MISSING_UPLOAD:
        window = {"since": facts.since.isoformat(), "days_due": facts.days_due}
        return dated | window | {"days_without_data": facts.days_without_data}
    return dated | {"tickets": facts.tickets, "over_term": facts.over_term, "unfiled": facts.unfiled}
