"""Progress of access (接入进展) from plain rows: what is done, what is late, how much is left per month.

An accepted access end counts as connected, a connected one as built. The date of connection is the one an officer
entered; where none was entered, the day of the first upload of which readings were accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from nenghao.hub.access_progress.limits import LimitsBook
from nenghao.hub.access_progress.models import Stage

CHART_MONTHS = 36
BIG_LEVELS = frozenset({4, 5, 6})
"""Levels of energyConsumeLevel from 100,000 tce a year on."""
MIDDLE_LEVELS = frozenset({3})
"""10,000 to below 100,000 tce."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """One enterprise of the list, with what is planned, entered and evidenced."""

    enterprise_id: int
    code: str
    name: str
    region_code: str
    region_name: str
    region_path: str
    industry_code: str
    industry_name: str
    tier: str
    batch: str
    level: int | None
    has_control_centre: bool
    listed_on: date
    planned_build_on: date | None
    planned_connect_on: date | None
    planned_accept_on: date | None
    built_on: date | None
    connected_on: date | None
    accepted_on: date | None
    first_upload_on: date | None
    delay_reason: str

    def done_on(self, stage: str) -> date | None:
        """Give the day the milestone was reached; a later milestone that was reached proves the earlier."""
        connected = self.connected_on or self.first_upload_on or self.accepted_on
        if stage == Stage.ACCEPT:
            return self.accepted_on
        return connected if stage == Stage.CONNECT else self.built_on or connected

    def is_done(self, stage: str, on: date) -> bool:
        """Tell whether the milestone was reached by ``on``."""
        done = self.done_on(stage)
        return done is not None and done <= on

    def due_on(self, stage: str, connect_due_on: date) -> date | None:
        """Give the planned day; without one, of what was listed in time, the day by which all are to be connected."""
        planned = {
            Stage.BUILD.value: self.planned_build_on,
            Stage.CONNECT.value: self.planned_connect_on,
            Stage.ACCEPT.value: self.planned_accept_on,
        }[str(stage)]
        if planned is not None or stage == Stage.ACCEPT:
            return planned
        return connect_due_on if self.listed_on <= connect_due_on else None

    @property
    def is_unproven(self) -> bool:
        """Whether a connection was entered but nothing was ever received."""
        return self.connected_on is not None and self.first_upload_on is None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are listed and how many of them are built, connected and accepted [enterprises]."""

    listed: int = 0
    built: int = 0
    connected: int = 0
    accepted: int = 0

    @property
    def built_ratio(self) -> float | None:
        """Built ÷ listed; ``None`` where nothing is listed."""
        return self.built / self.listed if self.listed else None

    @property
    def connected_ratio(self) -> float | None:
        """Connected ÷ listed (接入率)."""
        return self.connected / self.listed if self.listed else None

    @property
    def accepted_ratio(self) -> float | None:
        """Accepted ÷ listed."""
        return self.accepted / self.listed if self.listed else None


@dataclass(frozen=True, slots=True)
class Group:
    """One row of a table of rates: a tier, a sub-region, an industry, a cohort."""

    key: str
    name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Delay:
    """The first milestone that is overdue: since when, how many days, and whether by plan or by the general term."""

    row: PlanRow
    stage: str
    due_on: date
    days: int
    by_plan: bool


@dataclass(frozen=True, slots=True)
class BackSchedule:
    """What must be connected per month to keep the end date (倒排计划); ``months_left`` 0: the date has passed."""

    due_on: date
    left: int
    months_left: int

    @property
    def per_month(self) -> int | None:
        """Enterprises to connect in each month that is left, rounded up; ``None`` when no month is left."""
        return -(-self.left // self.months_left) if self.months_left else None


def counts(rows: Iterable[PlanRow], on: date) -> Counts:
    """Count the milestones reached by ``on`` among what was listed by then."""
    listed = [row for row in rows if row.listed_on <= on]
    return Counts(len(listed), *(sum(row.is_done(stage, on) for row in listed) for stage in Stage.values))


def grouped(
    rows: Iterable[PlanRow], on: date, key: Callable[[PlanRow], str], names: Mapping[str, str]
) -> tuple[Group, ...]:
    """Count by ``key`` in the order of ``names``, which names every key to show; others and empty ones are left out."""
    found: dict[str, list[PlanRow]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return tuple(Group(word, name, counts(found[word], on)) for word, name in names.items() if word in found)


def cohort(row: PlanRow) -> str:
    """Say in which phase an enterprise is included (工信部节〔2012〕340号 三(二)); ``unknown`` without a level."""
    if row.has_control_centre or row.level in BIG_LEVELS:
        return "big"
    if row.level in MIDDLE_LEVELS:
        return "middle"
    return "unknown" if row.level is None else "small"


def delay(row: PlanRow, on: date, connect_due_on: date) -> Delay | None:
    """Give the earliest milestone that should have been reached before ``on`` and was not."""
    late = []
    for stage in Stage.values:
        due = row.due_on(stage, connect_due_on)
        if due is not None and due < on and not row.is_done(stage, on):
            by_plan = getattr(row, f"planned_{stage}_on") is not None
            late.append(Delay(row, stage, due, (on - due).days, by_plan))
    return min(late, key=lambda one: one.due_on, default=None)


def delays(rows: Iterable[PlanRow], on: date, limits: LimitsBook) -> list[Delay]:
    """Give what is late, the longest first; each by the end date of its own region."""
    found = (delay(row, on, limits.at(row.region_path).connect_due_on) for row in rows if row.listed_on <= on)
    return sorted((one for one in found if one), key=lambda one: (-one.days, one.row.code))


def finished_late_days(row: PlanRow, stage: str, connect_due_on: date) -> int | None:
    """Give by how many days a reached milestone was late (negative: early); ``None`` without both dates."""
    done, due = row.done_on(stage), row.due_on(stage, connect_due_on)
    return (done - due).days if done and due else None


def back_schedule(rows: Sequence[PlanRow], on: date, due_on: date) -> BackSchedule:
    """Spread what is not connected over the calendar months from ``on`` to ``due_on``, both included.

    >>> back_schedule([], date(2020, 10, 5), date(2020, 12, 31)).months_left
    3
    """
    left = sum(row.listed_on <= on and not row.is_done(Stage.CONNECT, on) for row in rows)
    months = (due_on.year - on.year) * 12 + due_on.month - on.month + 1
    return BackSchedule(due_on, left, months if on <= due_on else 0)


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """The state at the end of a month, or today of the running one; ``planned`` should have been connected by then."""

    month: str
    counts: Counts
    planned: int


def over_time(rows: Sequence[PlanRow], on: date, limits: LimitsBook) -> list[MonthPoint]:
    """Give the counts at the end of each month, from the first listing on, at most :data:`CHART_MONTHS`."""
    if not rows:
        return []
    due = [row.due_on(Stage.CONNECT, limits.at(row.region_path).connect_due_on) for row in rows]
    points: list[MonthPoint] = []
    first, end = min(row.listed_on for row in rows), on
    while len(points) < CHART_MONTHS and end >= first:
        planned = sum(day is not None and day <= end for day in due)
        points.append(MonthPoint(f"{end:%Y-%m}", counts(rows, end), planned))
        end = end.replace(day=1) - timedelta(days=1)
    return points[::-1]
