"""Silence as a fault (长时间未上传): tickets open by themselves, once per silence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from nenghao.hub.access_progress.evidence import last_uploads, note_first_uploads
from nenghao.hub.access_progress.limits import LimitsBook
from nenghao.hub.access_progress.models import UNREPAIRED, FaultKind, FaultTicket, TicketAction, TicketEvent
from nenghao.hub.access_progress.tickets import open_ticket
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.models import Device, Enterprise
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.hub.store import get_store
from nenghao.periods import to_beijing
from nenghao.readings import ReadingStore

AUTOMATIC = "nenghao silence"
DAILY = timedelta(hours=24)
"""每日上传 (424号 二): a day after the last upload the next one has been missed; that moment counts as the fault."""
_SAME_FAULT = (FaultKind.SILENCE, FaultKind.DEVICE, FaultKind.NETWORK)


def open_tickets_for_silence(*, now: datetime, store: ReadingStore | None = None) -> list[FaultTicket]:
    """Open a ticket for every connected enterprise that has been silent for longer than its region allows.

    Connected: it has an approved device and has sent accepted readings before. A silence that has a ticket already, in
    whatever state, gets no second one, so that this can run as often as one likes. On the way, first uploads are noted
    as evidence of access, and tickets whose data came back are marked. Gives the tickets that were opened.
    """
    used = store or get_store()
    note_first_uploads(store=used)
    members = _with_device()
    last = last_uploads(used, list(members))
    _mark_resumed(now, last)
    limits = LimitsBook.load()
    silent = {
        id_: at
        for id_, at in last.items()
        if now - at > timedelta(hours=limits.at(members[id_].region.path).silence_hours)
    }
    covered = _covered(silent)
    opened = [_open(members[id_], at, now) for id_, at in sorted(silent.items()) if id_ not in covered]
    return [ticket for ticket in opened if ticket is not None]


def _with_device() -> dict[int, Enterprise]:
    approved = Device.objects.filter(status=DeviceStatus.APPROVED).values("enterprise_id")
    return Enterprise.objects.filter(active=True, pk__in=approved).select_related("region").in_bulk()


def _covered(silent: dict[int, datetime]) -> set[int]:
    """Give the enterprises whose present silence has a ticket already, or one of the same sort that is unrepaired."""
    tickets = FaultTicket.objects.filter(enterprise_id__in=silent, kind__in=_SAME_FAULT)
    return {
        id_
        for id_, kind, state, fault_at in tickets.values_list("enterprise_id", "kind", "state", "fault_at")
        if state in UNREPAIRED or (kind == FaultKind.SILENCE and fault_at > silent[id_])
    }


def _open(enterprise: Enterprise, last_at: datetime, now: datetime) -> FaultTicket | None:
    """Open one ticket; another process that was faster leaves nothing to do."""
    hours = int((now - last_at).total_seconds() // 3600)
    words = f"最近一次有效上传 {to_beijing(last_at):%Y-%m-%d %H:%M}，已 {hours} 小时未上传"
    try:
        with transaction.atomic():
            return open_ticket(
                actor=Actor.command(AUTOMATIC), now=now, enterprise=enterprise, kind=FaultKind.SILENCE,
                fault_at=min(last_at + DAILY, now), description=words, is_automatic=True,
            )  # fmt: skip
    except IntegrityError:
        return None


@transaction.atomic
def _mark_resumed(now: datetime, last: dict[int, datetime]) -> None:
    """Note on automatic tickets that data arrive again: a suggestion to report the repair."""
    waiting: Iterable[FaultTicket] = FaultTicket.objects.filter(
        is_automatic=True, state__in=UNREPAIRED, resumed_at=None, enterprise_id__in=last
    )
    back = [ticket for ticket in waiting if last[ticket.enterprise_id] > ticket.opened_at]
    for ticket in back:
        ticket.resumed_at = last[ticket.enterprise_id]
    FaultTicket.objects.bulk_update(back, ["resumed_at"])
    TicketEvent.objects.bulk_create(
        TicketEvent(
            ticket=ticket, at=now, by=AUTOMATIC, action=TicketAction.NOTED, note="数据已恢复上传，请核实后报告修复"
        )
        for ticket in back
    )
