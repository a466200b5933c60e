"""The region's page (接入进展): listed, built, connected, accepted; what is late; what waits for somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from nenghao.hub.access_progress.evidence import plan_rows
from nenghao.hub.access_progress.limits import Limits, LimitsBook
from nenghao.hub.access_progress.models import UNREPAIRED, Exemption, FaultTicket, Stage, Tier
from nenghao.hub.access_progress.progress import (
    BackSchedule,
    Counts,
    Delay,
    Group,
    MonthPoint,
    PlanRow,
    back_schedule,
    cohort,
    counts,
    delays,
    grouped,
    over_time,
)
from nenghao.hub.registry.models import Enterprise, Industry, Region
from nenghao.readings import ReadingStore

SHOWN_DELAYS = 10
DIVISION = 3
"""Characters of an industry code that name its division, ``C31``."""


def cohort_names() -> dict[str, str]:
    """Name the phases of inclusion with their dates (工信部节〔2012〕340号 三(二), for the pilot regions)."""
    return {
        "big": _("第一阶段：10 万 tce 以上或已建能源管控中心（2012 年底前）"),
        "middle": _("第二阶段：1 万 tce 以上（2013 年底前）"),
        "small": _("1 万 tce 以下（文件未要求）"),
        "unknown": _("能耗等级未登记"),
    }


@dataclass(frozen=True, slots=True)
class SubRow:
    """One region below: its counts, what is late there, and its pace until the end date."""

    group: Group
    delayed: int
    schedule: BackSchedule


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for somebody: exemptions and fault tickets [number]."""

    expiring: int
    expired: int
    open: int
    over_term: int
    unfiled: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the page shows, as it stood on a day."""

    region: Region
    on: date
    limits: Limits
    counts: Counts
    unlisted: int
    unproven: Sequence[PlanRow]
    delays: Sequence[Delay]
    schedule: BackSchedule
    tiers: Sequence[Group]
    cohorts: Sequence[Group]
    industries: Sequence[Group]
    subregions: Sequence[SubRow]
    points: Sequence[MonthPoint]
    waiting: Waiting

    @property
    def first_delays(self) -> Sequence[Delay]:
        """The longest delays."""
        return self.delays[:SHOWN_DELAYS]

    @property
    def chart(self) -> Mapping[str, Any] | None:
        """What the chart draws; nothing where nothing is listed."""
        return progress_chart(self.points) if self.points else None


def overview(*, store: ReadingStore, region: Region, enterprises: QuerySet[Enterprise], on: date) -> Overview:
    """Gather the page for the ``enterprises`` of a region that the account may see: a fixed number of queries."""
    rows = plan_rows(store=store, enterprises=enterprises, on=on)
    book = LimitsBook.load()
    limits, late = book.at(region.path), delays(rows, on, book)
    divisions = {row.industry_code[:DIVISION] for row in rows}
    industries = dict(Industry.objects.filter(code__in=divisions).order_by("code").values_list("code", "name"))
    return Overview(
        region=region, on=on, limits=limits, counts=counts(rows, on),
        unlisted=enterprises.filter(active=True).count() - len(rows),
        unproven=[row for row in rows if row.is_unproven], delays=late,
        schedule=back_schedule(rows, on, limits.connect_due_on),
        tiers=grouped(rows, on, lambda row: row.tier, {str(tier.value): str(tier.label) for tier in Tier}),
        cohorts=grouped(rows, on, cohort, cohort_names()),
        industries=grouped(rows, on, lambda row: row.industry_code[:DIVISION], industries),
        subregions=_subregions(region, rows, late, on, limits=limits), points=over_time(rows, on, book),
        waiting=waiting(enterprises, on, limits.warn_days),
    )  # fmt: skip


def _subregions(
    region: Region, rows: Sequence[PlanRow], late: Sequence[Delay], on: date, *, limits: Limits
) -> list[SubRow]:
    def child(row: PlanRow) -> str:
        return row.region_path.removeprefix(region.path).split("/")[0]

    below: dict[str, list[PlanRow]] = {}
    for row in rows:
        if code := child(row):
            below.setdefault(code, []).append(row)
    names = dict(Region.objects.filter(code__in=below).order_by("code").values_list("code", "name"))
    late_codes = [child(one.row) for one in late]
    return [
        SubRow(
            Group(code, name, counts(below[code], on)), late_codes.count(code),
            back_schedule(below[code], on, limits.connect_due_on),
        )
        for code, name in names.items()
    ]  # fmt: skip


def waiting(enterprises: QuerySet[Enterprise], on: date, warn_days: int) -> Waiting:
    """Count what waits among the exemptions and tickets of these enterprises: two queries."""
    exemptions = Exemption.objects.filter(enterprise__in=enterprises, ended_on=None).aggregate(
        expiring=Count("pk", filter=Q(expires_on__gte=on, expires_on__lte=on + timedelta(days=warn_days))),
        expired=Count("pk", filter=Q(expires_on__lt=on)),
    )
    tickets = FaultTicket.objects.filter(enterprise__in=enterprises, state__in=UNREPAIRED).aggregate(
        open=Count("pk"), over_term=Count("pk", filter=Q(due_on__lt=on)),
        unfiled=Count("pk", filter=Q(due_on__lt=on, state="open")),
    )  # fmt: skip
    return Waiting(**exemptions, **tickets)


def progress_chart(points: Sequence[MonthPoint]) -> dict[str, Any]:
    """Give the counts over the months as lines; each line has a colour, a dash and a symbol of its own."""
    lines = (
        (_("名单"), "#4b5563", "dotted", "none", [point.counts.listed for point in points]),
        (_("应接入（计划）"), "#b25e00", "dashed", "triangle", [point.planned for point in points]),
        (_("已建成"), "#8c6d1f", "solid", "rect", [point.counts.built for point in points]),
        (_("已接入"), "#1668b3", "solid", "circle", [point.counts.connected for point in points]),
        (_("已验收"), "#14663a", "solid", "diamond", [point.counts.accepted for point in points]),
    )
    return {
        "kind": "lines", "label": _("接入进展"), "unit": _("家"), "periods": [point.month for point in points],
        "series": [
            {"name": name, "color": color, "dash": dash, "symbol": symbol, "values": values}
            for name, color, dash, symbol, values in lines
        ],
    }  # fmt: skip


def stage_name(stage: str) -> str:
    """Name a milestone."""
    return str(Stage(stage).label)
