"""Fault tickets: the list with its counts, and one ticket with its steps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from nenghao.hub.access_progress import tickets as services
from nenghao.hub.access_progress.evidence import last_uploads
from nenghao.hub.access_progress.forms import TicketStepForm, attempt
from nenghao.hub.access_progress.listings import ticket_listing
from nenghao.hub.access_progress.models import REPAIR_WORKDAYS, UNREPAIRED, FaultTicket, TicketAction
from nenghao.hub.access_progress.views.common import calendar_note, draw, link_to
from nenghao.hub.access_progress.workdays import add_workdays, workdays_between
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.enterprise import choose_item
from nenghao.hub.monitoring.pages import Place, beijing_now, enterprise_places
from nenghao.hub.registry.models import DataItem
from nenghao.hub.store import get_store


def visible_tickets(account: Account) -> QuerySet[FaultTicket]:
    """Give the tickets of the enterprises that the account sees."""
    return FaultTicket.objects.filter(enterprise__in=visible_enterprises(account))


@require_safe
def tickets(request: HttpRequest) -> HttpResponseBase:
    """List the tickets of the account's node."""
    account, now = signed_in(request), beijing_now()
    today, own = now.date(), visible_tickets(account)
    listing = ticket_listing(own, today)
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    counts = own.filter(state__in=UNREPAIRED).aggregate(
        open=Count("pk"), over=Count("pk", filter=Q(due_on__lt=today)),
        unfiled=Count("pk", filter=Q(due_on__lt=today, state="open")), back=Count("pk", filter=~Q(resumed_at=None)),
    )  # fmt: skip
    by_region = (
        own.filter(state__in=UNREPAIRED)
        .values("enterprise__region__name")
        .annotate(
            open=Count("pk"), over=Count("pk", filter=Q(due_on__lt=today)),
            unfiled=Count("pk", filter=Q(due_on__lt=today, state="open")),
        )
        .order_by("-over", "-open", "enterprise__region__name")
    )  # fmt: skip
    context = {
        "counts": counts, "by_region": by_region, "today": today,
        "note": calendar_note(today, today + timedelta(days=31)),
    }  # fmt: skip
    return draw(request, account, "tickets", listing_context(listing, request) | context, "access-tickets")


def _fill_url(found: FaultTicket) -> str:
    """Give the page on which the data of the fault are filled in: of its item, else of the enterprise's first."""
    items = DataItem.objects.filter(enterprise=found.enterprise, active=True).order_by("scope", "data_code")
    item = found.data_item or choose_item(list(items), "")
    url = link_to("correction-new", found.enterprise.code)
    return f"{url}?{urlencode({'item': item.data_code})}" if item and url else ""


@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """Show one ticket, or take a step of it."""
    account, now = signed_in(request), beijing_now()
    found = (
        visible_tickets(account)
        .select_related("enterprise__region", "device", "meter", "data_item")
        .filter(pk=ticket_id)
        .first()
    )
    if found is None:
        raise Http404("ticket")
    actions = services.lawful_actions(found, account)
    form = TicketStepForm(request.POST or None, actions=actions)
    if request.method == "POST":
        if not services.may_act(account, request.POST.get("action", "")):
            raise PermissionDenied
        who = {"actor": Actor.of(request), "now": now, "ticket_id": ticket_id}
        if attempt(form, lambda data: services.act(**who, **data)):
            messages.success(request, _("工单已更新。"))
            return redirect("access-ticket", ticket_id)
    return draw(request, account, "ticket", _ticket_context(account, found, form, now), "access-tickets")


def _ticket_context(account: Account, found: FaultTicket, form: TicketStepForm, now: Any) -> dict[str, Any]:
    today = now.date()
    last = last_uploads(get_store(), [found.enterprise_id]).get(found.enterprise_id)
    end = found.repaired_on or today
    return {
        "ticket": found, "form": form, "today": today, "events": found.events.all(), "last_upload_at": last,
        "data_returned": found.state in UNREPAIRED and last is not None and last > found.opened_at,
        "workdays_used": max(0, workdays_between(found.fault_at.astimezone(now.tzinfo).date(), end)),
        "workdays_allowed": REPAIR_WORKDAYS, "over_term": found.is_over_term(today),
        "needs_filing": found.needs_filing(today),
        "meter_due_on": add_workdays(found.repaired_on, REPAIR_WORKDAYS) if found.meter and found.repaired_on else None,
        "note": calendar_note(found.fault_at.date(), found.due_on), "fill_url": _fill_url(found),
        "may_step": bool(form.fields["action"].choices), "filing": TicketAction.FILED,  # type: ignore[attr-defined]
        "places": [*enterprise_places(account, found.enterprise), Place(str(found), "")],
    }  # fmt: skip
