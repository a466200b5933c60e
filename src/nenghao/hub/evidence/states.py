"""The state of a meter's evidence on a day, as the database sorts, filters and counts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.db.models import Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from nenghao.hub.evidence.models import Basis, MeterStanding
from nenghao.hub.registry.models import Enterprise, Meter
from nenghao.quality.flags import Flag

EXPIRING_DAYS = 90
"""How long before its end a term is listed (ours)."""
MONTHS_AHEAD = 12


class State(models.TextChoices):
    """What a page says of a meter today."""

    VALID = "valid", _("有效")
    EXPIRING = "expiring", _("90 天内到期")
    EXPIRED = "expired", _("已超期")
    FAILED = "failed", _("不合格")
    UNKNOWN = "unknown", _("无凭证")
    OUT = "out", _("已停用或拆除")


ORDER = (State.EXPIRING, State.EXPIRED, State.FAILED, State.UNKNOWN, State.VALID, State.OUT)
"""What needs doing first; those that expire soonest lead."""


def with_state(meters: QuerySet[Meter], today: date) -> QuerySet[Meter]:
    """Add ``evidence_state`` and ``evidence_rank``; meters whose standing is not written yet have no evidence."""
    until = "standing__valid_until"
    state = Case(
        When(standing__in_service=False, then=Value(State.OUT)),
        When(standing__basis=Basis.FAILED, then=Value(State.FAILED)),
        When(~Q(standing__basis=Basis.PASSED) | Q(standing__isnull=True), then=Value(State.UNKNOWN)),
        When(**{f"{until}__lt": today}, then=Value(State.EXPIRED)),
        When(**{f"{until}__lte": today + timedelta(days=EXPIRING_DAYS)}, then=Value(State.EXPIRING)),
        default=Value(State.VALID), output_field=models.CharField(),
    )  # fmt: skip
    rank = Case(
        *[When(evidence_state=word, then=Value(place)) for place, word in enumerate(ORDER)], output_field=IntegerField()
    )
    return meters.annotate(evidence_state=state).annotate(evidence_rank=rank)


@dataclass(frozen=True, slots=True)
class Counts:
    """Meters by state; ``in_service`` leaves out the stopped and removed ones."""

    by_state: Mapping[str, int]
    poor_class: int
    unknown_class: int

    @property
    def in_service(self) -> int:
        """Meters that should have evidence."""
        return sum(count for state, count in self.by_state.items() if state != State.OUT)

    @property
    def in_validity(self) -> int:
        """Meters whose term runs today, those that expire soon included."""
        return self.by_state.get(State.VALID, 0) + self.by_state.get(State.EXPIRING, 0)

    @property
    def ratio(self) -> float | None:
        """Share of the meters in service that are in validity, 0 to 1."""
        return self.in_validity / self.in_service if self.in_service else None

    def of(self, state: str) -> int:
        """Meters of one state."""
        return self.by_state.get(state, 0)


def counts(enterprises: QuerySet[Enterprise], today: date) -> Counts:
    """Count the meters of enterprises by state, and those whose accuracy class is too poor; two queries."""
    meters = with_state(Meter.objects.filter(enterprise__in=enterprises), today).order_by()
    by_state = dict(meters.values_list("evidence_state").annotate(n=Count("pk")))
    classes = MeterStanding.objects.filter(enterprise__in=enterprises, in_service=True).aggregate(
        poor=Count("pk", filter=Q(class_flag=Flag.FAIL)), unknown=Count("pk", filter=Q(class_flag=Flag.UNKNOWN))
    )
    return Counts(by_state, classes["poor"], classes["unknown"])


@dataclass(frozen=True, slots=True)
class ExpiryMonth:
    """How many terms end in a month; ``share`` is of the fullest month, for the bar."""

    month: date
    meters: int
    share: float


def expiry_months(enterprises: QuerySet[Enterprise], today: date) -> list[ExpiryMonth]:
    """Give the present month and those that follow with the terms that end in each, from today on; one query."""
    months = months_ahead(today)
    rows = MeterStanding.objects.filter(
        enterprise__in=enterprises, in_service=True, basis=Basis.PASSED, valid_until__gte=today,
        valid_until__lt=_months_after(months[-1], 1),
    )  # fmt: skip
    found = dict(rows.annotate(month=TruncMonth("valid_until")).values_list("month").annotate(n=Count("pk")))
    most = max(found.values(), default=1)
    return [ExpiryMonth(month, found.get(month, 0), found.get(month, 0) / most) for month in months]


def months_ahead(today: date) -> list[date]:
    """Give the present month and those that follow, a year of them."""
    return [_months_after(today.replace(day=1), count) for count in range(MONTHS_AHEAD)]


def _months_after(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def by_urgency(meters: QuerySet[Meter]) -> QuerySet[Meter]:
    """Sort what needs doing first to the top."""
    return meters.order_by("evidence_rank", F("standing__valid_until").asc(nulls_last=True), "pk")
