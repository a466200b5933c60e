"""What the page of one enterprise's access shows (用能单位接入情况)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from nenghao.hub.access_progress.evidence import plan_rows
from nenghao.hub.access_progress.health import HealthRow, health_rows
from nenghao.hub.access_progress.limits import Limits, LimitsBook
from nenghao.hub.access_progress.listings import ticket_rows
from nenghao.hub.access_progress.models import Acceptance, AccessPlan, Exemption, FaultTicket, Stage
from nenghao.hub.access_progress.progress import Delay, PlanRow, delay, finished_late_days
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.registry.models import Device, Enterprise
from nenghao.readings import ReadingStore

SHOWN = 20
"""Tickets and changes shown on the page."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """One milestone: when it was due, when it was reached, by whose entry, and how many days late."""

    stage: str
    name: str
    planned_on: date | None
    due_on: date | None
    done_on: date | None
    entry: dict[str, Any] | None
    is_evidence: bool
    late_days: int | None
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class EnterpriseAccess:
    """Everything the page shows."""

    plan: AccessPlan | None
    row: PlanRow | None
    limits: Limits
    delay: Delay | None
    milestones: Sequence[Milestone]
    devices: Sequence[HealthRow]
    tickets: Sequence[FaultTicket]
    exemptions: Sequence[Exemption]
    acceptances: Sequence[Acceptance]
    changes: Sequence[AuditEntry]


def enterprise_access(*, store: ReadingStore, enterprise: Enterprise, now: datetime) -> EnterpriseAccess:
    """Gather the page of one enterprise."""
    today, limits = now.date(), LimitsBook.load().at(enterprise.region.path)
    rows = plan_rows(store=store, enterprises=Enterprise.objects.filter(pk=enterprise.pk), on=today)
    row, plan = (rows[0] if rows else None), AccessPlan.objects.filter(enterprise=enterprise).first()
    return EnterpriseAccess(
        plan=plan, row=row, limits=limits, delay=delay(row, today, limits.connect_due_on) if row else None,
        milestones=_milestones(row, plan, limits, today) if row and plan else [],
        devices=health_rows(store=store, devices=Device.objects.filter(enterprise=enterprise), now=now),
        tickets=list(ticket_rows(FaultTicket.objects.filter(enterprise=enterprise), today)[:SHOWN]),
        exemptions=list(Exemption.objects.filter(enterprise=enterprise)),
        acceptances=list(Acceptance.objects.filter(enterprise=enterprise)),
        changes=list(AuditEntry.objects.filter(object_type="access-plan", object_key=enterprise.code)[:SHOWN]),
    )  # fmt: skip


def _milestones(row: PlanRow, plan: AccessPlan, limits: Limits, today: date) -> list[Milestone]:
    entered = {Stage.BUILD: row.built_on, Stage.CONNECT: row.connected_on, Stage.ACCEPT: row.accepted_on}
    found = []
    for stage in Stage:
        due, done = row.due_on(stage, limits.connect_due_on), row.done_on(stage)
        late = finished_late_days(row, stage, limits.connect_due_on)
        if done is None and due is not None:
            late = (today - due).days
        found.append(
            Milestone(
                stage.value, str(stage.label), getattr(row, f"planned_{stage.value}_on"), due, done,
                plan.entries.get(stage.value) if entered[stage] else None, done is not None and entered[stage] is None,
                late, done is None and due is not None and due < today,
            )
        )  # fmt: skip
    return found
