"""Views of closed months: the list of a month, closing and reopening, the difference report."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import require_enterprise, visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.corrections.closed import is_closed
from nenghao.hub.corrections.closing import close_months, reopen_month, visible_months
from nenghao.hub.corrections.differences import report
from nenghao.hub.corrections.lists import months
from nenghao.hub.corrections.pages import draw, month_of, said
from nenghao.hub.corrections.sheets import cause_sheet, difference_sheet
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.exports import excel_response
from nenghao.hub.monitoring.pages import beijing_now, enterprise_places
from nenghao.hub.monitoring.span import PeriodPicker, Span
from nenghao.hub.store import get_store
from nenghao.periods import PeriodKind


def _last_month(today: date) -> date:
    return date.fromordinal(today.replace(day=1).toordinal() - 1).replace(day=1)


def closing(request: HttpRequest) -> HttpResponseBase:
    """List the enterprises of the account's node with the state of a month; close chosen ones, reopen one."""
    if request.method == "POST":
        return _act(request)
    account, now, store = signed_in(request), beijing_now(), get_store()
    month = month_of(request.GET.get("period", ""), _last_month(now.date()))
    listing = months(account, store, month)
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    span = Span.of(PeriodKind.MONTH, month)
    context = {"month": month, "span": span, "picker": PeriodPicker(span, request.GET)}
    may = {"may_close": account.role == Role.OFFICER and span.end <= now}
    return draw(request, "closing", listing_context(listing, request) | context | may)


@roles(Role.OFFICER)
def _act(request: HttpRequest) -> HttpResponse:
    account, now = signed_in(request), beijing_now()
    month = month_of(request.POST.get("period", ""), _last_month(now.date()))
    reason = request.POST.get("reason", "")
    members = visible_enterprises(account).filter(active=True)
    if request.POST.get("action") != "close-all":
        members = members.filter(code__in=request.POST.getlist("enterprise"))
    try:
        outcome = close_months(
            actor=Actor.of(request), account=account, now=now, store=get_store(), month=month, reason=reason,
            enterprise_ids=list(members.values_list("pk", flat=True)),
        )  # fmt: skip
    except NenghaoError as error:
        messages.error(request, said(error))
    else:
        count = len(outcome.closed)
        if count:
            messages.success(request, _("已封账 %(count)d 家。") % {"count": count})
        elif not outcome.refused:
            messages.error(request, _("没有选中用能单位。"))
        for member, error in outcome.refused[:10]:
            messages.warning(request, f"{member.name}: {said(error)}")
    return redirect(reverse("closing") + f"?period={month:%Y-%m}")


@roles(Role.OFFICER)
@require_POST
def reopen(request: HttpRequest, code: str, period: str) -> HttpResponse:
    """Open a closed month of one enterprise again."""
    account, now = signed_in(request), beijing_now()
    member, month = require_enterprise(account, code), month_of(period, now.date())
    try:
        reopen_month(
            actor=Actor.of(request), account=account, now=now, enterprise_id=member.pk, month=month,
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except NenghaoError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("已重开，原版次保留。"))
    return redirect("closing-report", code, period)


@require_safe
def closing_report(request: HttpRequest, code: str, period: str) -> HttpResponseBase:
    """Show what was filed for a month against what it would be now, by edition; as a page or two Excel files."""
    account, now = signed_in(request), beijing_now()
    member, month = require_enterprise(account, code), month_of(period, now.date())
    editions = list(visible_months(account).filter(enterprise=member, month=month).order_by("-edition"))
    wanted = request.GET.get("edition", "")
    chosen = next((one for one in editions if str(one.edition) == wanted), editions[0] if editions else None)
    if wants_workbook(request):
        if chosen is None:
            raise Http404("edition")
        make = cause_sheet if request.GET.get("table") == "causes" else difference_sheet
        found = report(store=get_store(), closed=chosen)
        return excel_response(make(found), account=account, now=now, place=member.name, period=f"{month:%Y-%m}")
    found = report(store=get_store(), closed=chosen) if chosen else None
    return draw(request, "report", {
        "enterprise": member, "month": month, "editions": editions, "chosen": chosen, "report": found,
        "groups": [(_("按能源品种"), found.energies), (_("按数据项"), found.items)] if found else [],
        "is_closed": is_closed(member.pk, month), "may_close": account.role == Role.OFFICER,
        "places": enterprise_places(account, member),
    })  # fmt: skip
