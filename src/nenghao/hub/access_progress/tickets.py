"""Fault tickets (故障工单): opened, filed with the province, repaired, closed; each step by whom, when and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.models import (
    REPAIR_WORKDAYS,
    FaultKind,
    FaultTicket,
    TicketAction,
    TicketEvent,
    TicketState,
)
from nenghao.hub.access_progress.workdays import add_workdays
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import DataItem, Device, Enterprise, Meter
from nenghao.periods import to_beijing

Part = Device | Meter | DataItem

# Action → from which states, to which state (None: stays where it is).
_LAWFUL: Mapping[str, tuple[frozenset[str], str | None]] = {
    TicketAction.NOTED: (frozenset(TicketState.values), None),
    TicketAction.FILED: (frozenset({TicketState.OPEN, TicketState.FILED}), TicketState.FILED),
    TicketAction.REPAIRED: (frozenset({TicketState.OPEN, TicketState.FILED}), TicketState.REPAIRED),
    TicketAction.REOPENED: (frozenset({TicketState.REPAIRED}), TicketState.OPEN),
    TicketAction.CLOSED: (frozenset({TicketState.OPEN, TicketState.FILED, TicketState.REPAIRED}), TicketState.CLOSED),
}
OFFICER_ACTIONS = frozenset({TicketAction.REOPENED, TicketAction.CLOSED})
"""What the enterprise cannot do to its own tickets: judge a repair."""
MANAGING_ROLES = (Role.OFFICER, Role.OPERATOR)


def may_act(account: Account, action: str) -> bool:
    """Tell whether a role may take an action; that the ticket is the account's to see is checked before."""
    if action in OFFICER_ACTIONS:
        return account.role in MANAGING_ROLES
    return account.role in (*MANAGING_ROLES, Role.ENERGY_MANAGER)


def lawful_actions(ticket: FaultTicket, account: Account) -> list[TicketAction]:
    """Give what this account may do next, in the order of the work."""
    return [
        TicketAction(action)
        for action, (states, _after) in _LAWFUL.items()
        if ticket.state in states and may_act(account, action)
    ]


def due_on(fault_at: datetime) -> date:
    """Give the last day of the term: the third working day after the day of the fault."""
    return add_workdays(to_beijing(fault_at).date(), REPAIR_WORKDAYS)


@transaction.atomic
def open_ticket(
    *,
    actor: Actor,
    now: datetime,
    enterprise: Enterprise,
    kind: str,
    fault_at: datetime,
    description: str = "",
    device: Device | None = None,
    meter: Meter | None = None,
    data_item: DataItem | None = None,
    is_automatic: bool = False,
) -> FaultTicket:
    """Open a ticket; refuse an unknown kind, a fault in the future, and a part of another enterprise."""
    _check_new(enterprise, kind, fault_at, now, (device, meter, data_item))
    ticket = FaultTicket.objects.create(
        enterprise=enterprise, device=device, meter=meter, data_item=data_item, kind=kind,
        description=description.strip()[:500], is_automatic=is_automatic, fault_at=fault_at, opened_at=now,
        opened_by=actor.name, due_on=due_on(fault_at),
    )  # fmt: skip
    TicketEvent.objects.create(
        ticket=ticket, at=now, by=actor.name, action=TicketAction.OPENED, note=ticket.description
    )
    record(
        actor=actor, now=now, action="ticket-opened", object_type="ticket", object_key=str(ticket.pk),
        region_path=enterprise.region.path, reason=ticket.description[:200],
        after={"enterprise": enterprise.code, "kind": kind, "due_on": ticket.due_on},
    )  # fmt: skip
    return ticket


def _check_new(
    enterprise: Enterprise, kind: str, fault_at: datetime, now: datetime, parts: Iterable[Part | None]
) -> None:
    if kind not in FaultKind.values:
        raise NenghaoError("ticket-kind", "没有这个故障类别", "there is no such kind of fault", field="kind")
    if fault_at > now:
        raise NenghaoError(
            "ticket-future", "故障时间在将来", "the fault lies in the future", record=enterprise.code, field="fault_at",
            mend_zh="填写故障实际发生的时间", mend_en="give the time at which it happened",
        )  # fmt: skip
    if any(part is not None and part.enterprise != enterprise for part in parts):
        raise NenghaoError(
            "ticket-part", "设备、器具或数据项不属于该单位", "the device, meter or item belongs to another enterprise",
            record=enterprise.code,
        )  # fmt: skip


@transaction.atomic
def act(
    *,
    actor: Actor,
    now: datetime,
    ticket_id: int,
    action: str,
    note: str,
    expected_on: date | None = None,
    repaired_on: date | None = None,
) -> FaultTicket:
    """Take one step of a ticket; every step needs a note, filing an expected date, a repair its day (default today).

    The row is locked and looked at again, so that of two people the second is told of the first.
    """
    ticket = FaultTicket.objects.select_for_update(of=("self",)).select_related("enterprise__region").get(pk=ticket_id)
    before = ticket.state
    _check_action(ticket, action, note)
    _apply(ticket, action, now=now, note=note.strip(), expected_on=expected_on, repaired_on=repaired_on)
    ticket.save()
    TicketEvent.objects.create(ticket=ticket, at=now, by=actor.name, action=action, note=note.strip()[:500])
    record(
        actor=actor, now=now, action=f"ticket-{action}", object_type="ticket", object_key=str(ticket.pk),
        region_path=ticket.enterprise.region.path, before={"state": before}, after={"state": ticket.state},
        reason=note.strip()[:200],
    )  # fmt: skip
    return ticket


def _check_action(ticket: FaultTicket, action: str, note: str) -> None:
    states, _after = _LAWFUL.get(action, (frozenset(), None))
    if ticket.state not in states:
        raise NenghaoError(
            "ticket-state", f"工单状态为「{TicketState(ticket.state).label}」，不能执行此操作",
            f"the ticket is {ticket.state}; this cannot be done to it", record=str(ticket), field="action",
            mend_zh="刷新页面查看当前状态", mend_en="reload the page to see its state",
        )  # fmt: skip
    if not note.strip():
        raise NenghaoError(
            "reason-missing", "请填写说明", "a note is needed", record=str(ticket), field="note",
            mend_zh="写明原因或处理情况", mend_en="say why, or what was done",
        )  # fmt: skip


def _apply(
    ticket: FaultTicket, action: str, *, now: datetime, note: str, expected_on: date | None, repaired_on: date | None
) -> None:
    today = to_beijing(now).date()
    ticket.state = _LAWFUL[action][1] or ticket.state
    if action == TicketAction.FILED:
        if expected_on is None or expected_on < today:
            raise NenghaoError(
                "ticket-expected", "报备须填预计修复日期（今天或以后）",
                "filing needs the expected day, today or later", record=str(ticket), field="expected_on",
            )  # fmt: skip
        ticket.filed_at = ticket.filed_at or now
        ticket.filed_reason, ticket.expected_on = note[:200], expected_on
    elif action == TicketAction.REPAIRED:
        day = repaired_on or today
        if not to_beijing(ticket.fault_at).date() <= day <= today:
            raise NenghaoError(
                "ticket-repaired-on", "修复日期须在故障日与今天之间", "the repair lies between the fault and today",
                record=str(ticket), field="repaired_on",
            )  # fmt: skip
        ticket.repaired_on = day
    elif action == TicketAction.REOPENED:
        ticket.repaired_on = None
        ticket.state = TicketState.FILED if ticket.filed_at else TicketState.OPEN
    elif action == TicketAction.CLOSED:
        ticket.closed_at = now
        ticket.repaired_on = ticket.repaired_on or today
