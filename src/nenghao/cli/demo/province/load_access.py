"""Puts the access plan, exemptions, fault tickets, the region's organisation and an acceptance into access progress."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

import numpy as np
from django.db import transaction

from nenghao.cli.demo.province.generate import Province
from nenghao.cli.demo.province.load_registry import ACTOR, Registered, yearly_tce
from nenghao.cli.demo.province.plan import PROVINCE, EnterprisePlan, Plan
from nenghao.cli.demo.province.truth import Fault
from nenghao.hub.access_progress import exemptions, tickets
from nenghao.hub.access_progress.models import AccessPlan, AccessSetting, DutyPerson, RegionDuty
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.periods import BEIJING

_STREAM = 9
_TIERS = ((1_000_000, "hundred"), (100_000, "thousand"))
"""Yearly tce from which a plant of this province is put into a tier; the generator's own."""
EXEMPTED = 8
VEHICLE_FUELS = ["diesel", "gasoline"]
LEAST_OUTAGE_DAYS = 3


def load_access(province: Province, registered: Registered, now: datetime) -> int:
    """Load everything of access progress; gives the number of tickets."""
    plan = province.plan
    with transaction.atomic():
        AccessPlan.objects.bulk_create(
            [_plan(plan, row, registered.enterprises[row.code], now) for row in plan.enterprises], batch_size=500
        )
        AccessSetting.objects.create(region_id=PROVINCE, connect_due_on=plan.last + timedelta(days=60))
        _organisation(plan, now)
        _exempt(plan, registered, now)
        return sum(1 for fault in _long_outages(province) if _ticket(fault, registered, now))


def _plan(plan: Plan, row: EnterprisePlan, enterprise: Enterprise, now: datetime) -> AccessPlan:
    """Plan and milestones: nearly all connected before the year began, some late, a few still to come."""
    rng = np.random.default_rng([plan.seed, _STREAM, row.number])
    tce = yearly_tce(row, plan.last)
    batch = int(rng.integers(1, 4))
    built = plan.first - timedelta(days=int(rng.integers(60, 300)))
    late = int(rng.integers(20, 120)) if rng.random() < 0.15 else -int(rng.integers(0, 20))
    planned = (plan.last - timedelta(days=int(rng.integers(5, 200)))) if not row.connected else built - timedelta(late)
    done = {"built_on": built, "connected_on": built + timedelta(20)} if row.connected else {}
    if row.connected and rng.random() < 0.8:
        done["accepted_on"] = built + timedelta(days=int(rng.integers(60, 200)))
    return AccessPlan(
        enterprise=enterprise, tier=next((tier for least, tier in _TIERS if tce >= least), "ten_thousand"),
        batch=f"第{'一二三'[batch - 1]}批（合成）", listed_on=planned - timedelta(days=200),
        has_control_centre=tce > 100_000, planned_build_on=planned, planned_connect_on=planned + timedelta(20),
        planned_accept_on=planned + timedelta(120),
        delay_reason="" if row.connected and late < 0 else "设备采购延期（合成）",
        entries={stage: {"by": "province", "at": now.isoformat(), "reason": "合成数据"} for stage in done}, **done,
    )  # fmt: skip


def _organisation(plan: Plan, now: datetime) -> None:
    """The province's lead department, builder and persons; all invented."""
    duty = RegionDuty.objects.create(
        region=Region.objects.get(code=PROVINCE), effective_on=plan.first, filed_at=now, filed_by="province",
        lead_department="省节能主管部门（合成）", builder="省能源监测中心（合成）", reason="首次报送（合成）",
        mechanism="按季度会商、按月通报（合成）", platform_plan="省级平台已建成（合成）",
        access_plan="分三批接入重点用能单位（合成）", documents="合成文件〔2025〕1 号",
    )  # fmt: skip
    DutyPerson.objects.bulk_create(
        DutyPerson(duty=duty, name=f"合成人员{number}", department="合成处室", phone=f"0000-000000{number}", task=task)
        for number, task in enumerate(("平台建设", "接入管理", "数据质量"), start=1)
    )


def _exempt(plan: Plan, registered: Registered, now: datetime) -> None:
    """Electricity first: some plants connect the fuel of their vehicles later; one consent ran out, one ends soon."""
    able = [row for row in plan.enterprises if not row.rows(energy="diesel")][:: max(1, len(plan.enterprises) // 30)]
    for number, row in enumerate(able[:EXEMPTED]):
        expires = plan.last + timedelta(days=(-20, 25, 200, 300)[number % 4])
        exemptions.grant(
            actor=ACTOR, now=now, enterprise=registered.enterprises[row.code], consented_on=plan.first,
            consent_number=f"合成函〔2025〕{number + 1} 号", consent_by="省节能主管部门（合成）",
            energies=VEHICLE_FUELS, valid_from=plan.first, expires_on=expires, remaining="厂内运输车辆用油（合成）",
        )  # fmt: skip


def _long_outages(province: Province) -> Iterator[Fault]:
    for fault in province.faults:
        days = fault.severity.get("days", 0)
        if fault.kind in {"outage", "sent-late"} and float(days) >= LEAST_OUTAGE_DAYS:
            yield fault


def _ticket(fault: Fault, registered: Registered, now: datetime) -> bool:
    """Tell the course of a repair as it went: opened, filed when it took longer, repaired, mostly closed."""
    enterprise = registered.enterprises[fault.enterprise]
    fault_at, back = (datetime.fromisoformat(at).replace(tzinfo=BEIJING) for at in (fault.start, fault.end))
    opened = fault_at + timedelta(hours=34)
    ticket = tickets.open_ticket(
        actor=ACTOR, now=opened, enterprise=enterprise, kind="network" if fault.kind == "sent-late" else "device",
        fault_at=fault_at, description="网关长时间未上传（合成）",
    )  # fmt: skip
    steps: Sequence[tuple[str, datetime, str, dict[str, date]]] = [
        ("repaired", back + timedelta(hours=10), "已更换通信模块并补传（合成）", {"repaired_on": back.date()}),
        ("closed", back + timedelta(days=2), "数据已恢复（合成）", {}),
    ]
    if float(fault.severity["days"]) > 5:
        noon = datetime.combine(ticket.due_on, time(12), tzinfo=BEIJING)
        later = max(back.date(), ticket.due_on) + timedelta(days=1)
        steps = [("filed", max(noon, opened), "备件未到，先行报备并手工填报（合成）", {"expected_on": later}), *steps]
    for action, at, note, facts in steps:
        if at <= now:
            tickets.act(actor=ACTOR, now=at, ticket_id=ticket.pk, action=action, note=note, **facts)
    return True
