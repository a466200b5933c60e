"""Everything of one enterprise's access: plan and dates, devices, tickets, exemptions, acceptance, and their forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nenghao.hub.access_progress import acceptance, exemptions, plans, tickets
from nenghao.hub.access_progress.forms import (
    DelayForm,
    ExemptionForm,
    MilestoneForm,
    PlanForm,
    TicketForm,
    attempt,
)
from nenghao.hub.access_progress.page import EnterpriseAccess, enterprise_access
from nenghao.hub.access_progress.views.common import OFFICE, calendar_note, draw
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise
from nenghao.hub.audit.services import Actor
from nenghao.hub.monitoring.pages import beijing_now, enterprise_places
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import DataItem, Device, Enterprise, Meter
from nenghao.hub.registry.names import energy_name
from nenghao.hub.store import get_store
from nenghao.periods import BEIJING
from nenghao.reference import library

MAY_REPORT = (*OFFICE, Role.ENERGY_MANAGER)


@require_safe
def enterprise(request: HttpRequest, code: str) -> HttpResponse:
    """Show one enterprise's access."""
    return _page(request, require_enterprise(signed_in(request), code))


def _page(request: HttpRequest, member: Enterprise, **bound: Form) -> HttpResponse:
    account, now = signed_in(request), beijing_now()
    page = enterprise_access(store=get_store(), enterprise=member, now=now)
    context = {
        "page": page, "enterprise": member, "places": enterprise_places(account, member), "today": now.date(),
        "note": calendar_note(now.date(), now.date() + timedelta(days=31)), "rights": _rights(account, member),
        "opened": next(iter(bound), ""), **_forms(page, member, now), **bound,
    }  # fmt: skip
    tab = "access-enterprise" if account.enterprise else "access-plans"
    return draw(request, account, "enterprise", context, tab)


def _rights(account: Account, member: Enterprise) -> dict[str, bool]:
    return {
        "plan": account.role == Role.OFFICER,
        "ticket": account.role in MAY_REPORT,
        "exemption": exemptions.may_grant(account, member),
        "delay": account.role in (Role.OFFICER, Role.ENERGY_MANAGER),
        "acceptance": account.role in (Role.OFFICER, Role.ENERGY_MANAGER),
    }


def _forms(page: EnterpriseAccess, member: Enterprise, now: datetime) -> dict[str, Form]:
    plan = page.plan
    initial = {name: getattr(plan, name) for name in plans.PLAN_FIELDS} if plan else {"listed_on": now.date()}
    return {
        "plan_form": PlanForm(initial=initial, prefix="plan"),
        "milestone_form": MilestoneForm(initial={"on": now.date()}, prefix="milestone"),
        "delay_form": DelayForm(initial={"reason": plan.delay_reason if plan else ""}, prefix="delay"),
        "ticket_form": TicketForm(initial={"fault_at": now}, prefix="ticket", parts=_parts(member)),
        "exemption_form": ExemptionForm(initial={"valid_from": now.date()}, prefix="exemption", energies=_energies()),
    }


def _parts(member: Enterprise) -> dict[str, list[tuple[str, str]]]:
    devices = Device.objects.filter(enterprise=member).values_list("pk", "name", "device_id")
    meters = Meter.objects.filter(enterprise=member).values_list("pk", "manage_code", "name")
    items = DataItem.objects.filter(enterprise=member, active=True).values_list("pk", "data_code", "name")
    return {
        "device": [(str(pk), name or device_id[:8]) for pk, name, device_id in devices],
        "meter": [(str(pk), f"{code} {name}") for pk, code, name in meters],
        "data_item": [(str(pk), f"{code} {name}") for pk, code, name in items],
    }


def _energies() -> list[tuple[str, str]]:
    language = page_language()
    return [
        (energy.key, energy_name(energy.key, language))
        for energy in library().energy_types()
        if energy.key != exemptions.ELECTRICITY
    ]


def _change(
    request: HttpRequest, code: str, form: Form, service: Callable[[Enterprise, Any], Any], done: str
) -> HttpResponse:
    """Run one of the page's forms: back to the page when it went well, else the page with the form as it was typed."""
    member = require_enterprise(signed_in(request), code)
    if not attempt(form, lambda data: service(member, data)):
        return _page(request, member, **{f"{form.prefix}_form": form})
    messages.success(request, done)
    return redirect("access-enterprise", code)


@roles(Role.OFFICER)
@require_POST
def save_plan(request: HttpRequest, code: str) -> HttpResponse:
    """Put the enterprise on the list, or change its plan."""

    def put(member: Enterprise, data: dict[str, Any]) -> None:
        facts = {name: data[name] for name in plans.PLAN_FIELDS}
        who = {"actor": Actor.of(request), "now": beijing_now()}
        plans.put_plans(**who, rows=[(member, facts)], reason=data["reason"])

    return _change(request, code, PlanForm(request.POST, prefix="plan"), put, _("计划已保存。"))


@roles(Role.OFFICER)
@require_POST
def enter_milestone(request: HttpRequest, code: str) -> HttpResponse:
    """Enter the day a milestone was reached."""

    def put(member: Enterprise, data: dict[str, Any]) -> None:
        plans.enter_actual(actor=Actor.of(request), now=beijing_now(), enterprise=member, **data)

    form = MilestoneForm(request.POST, prefix="milestone")
    return _change(request, code, form, put, _("实际日期已登记。"))


@roles(Role.OFFICER, Role.ENERGY_MANAGER)
@require_POST
def explain_delay(request: HttpRequest, code: str) -> HttpResponse:
    """Say why the enterprise is late."""

    def put(member: Enterprise, data: dict[str, Any]) -> None:
        plans.explain_delay(actor=Actor.of(request), now=beijing_now(), enterprise=member, reason=data["reason"])

    return _change(request, code, DelayForm(request.POST, prefix="delay"), put, _("原因已登记。"))


@roles(*MAY_REPORT)
@require_POST
def open_ticket(request: HttpRequest, code: str) -> HttpResponse:
    """Report a fault."""
    member = require_enterprise(signed_in(request), code)

    def put(member: Enterprise, data: dict[str, Any]) -> None:
        kinds: dict[str, Any] = {"device": Device, "meter": Meter, "data_item": DataItem}
        parts: dict[str, Any] = {
            name: kind.objects.filter(enterprise=member, pk=data[name]).first() if data[name] else None
            for name, kind in kinds.items()
        }
        tickets.open_ticket(
            actor=Actor.of(request), now=beijing_now(), enterprise=member, kind=data["kind"],
            fault_at=data["fault_at"].astimezone(BEIJING), description=data["description"], **parts,
        )  # fmt: skip

    form = TicketForm(request.POST, prefix="ticket", parts=_parts(member))
    return _change(request, code, form, put, _("工单已建立。"))


@roles(Role.OFFICER)
@require_POST
def grant_exemption(request: HttpRequest, code: str) -> HttpResponse:
    """Enter the province's consent."""
    if not exemptions.may_grant(signed_in(request), require_enterprise(signed_in(request), code)):
        raise PermissionDenied

    def put(member: Enterprise, data: dict[str, Any]) -> None:
        exemptions.grant(actor=Actor.of(request), now=beijing_now(), enterprise=member, **data)

    form = ExemptionForm(request.POST, prefix="exemption", energies=_energies())
    return _change(request, code, form, put, _("豁免已登记。"))


@roles(Role.OFFICER, Role.ENERGY_MANAGER)
@require_POST
def start_acceptance(request: HttpRequest, code: str) -> HttpResponse:
    """Begin the acceptance of the enterprise's access end."""
    member = require_enterprise(signed_in(request), code)
    found = acceptance.start(actor=Actor.of(request), now=beijing_now(), kind="enterprise", enterprise=member)
    return redirect("access-acceptance-one", found.pk)
