"""Exemptions "electricity first": the list, and ending one."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.exemptions import end, may_grant
from nenghao.hub.access_progress.limits import LimitsBook
from nenghao.hub.access_progress.listings import exemption_listing
from nenghao.hub.access_progress.models import Exemption
from nenghao.hub.access_progress.overview import waiting
from nenghao.hub.access_progress.views.common import draw
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import beijing_now
from nenghao.hub.monitoring.words import page_language


@require_safe
def exemptions(request: HttpRequest) -> HttpResponseBase:
    """List the exemptions of the account's node."""
    account, now = signed_in(request), beijing_now()
    seen = visible_enterprises(account)
    listing = exemption_listing(Exemption.objects.filter(enterprise__in=seen), now.date())
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    limits = LimitsBook.load().at(account.region_path)
    context = {"counts": waiting(seen, now.date(), limits.warn_days), "limits": limits}
    return draw(request, account, "exemptions", listing_context(listing, request) | context, "access-exemptions")


@roles(Role.OFFICER)
@require_POST
def end_exemption(request: HttpRequest, exemption_id: int) -> HttpResponse:
    """End an exemption early."""
    account = signed_in(request)
    found = (
        Exemption.objects.filter(enterprise__in=visible_enterprises(account), pk=exemption_id)
        .select_related("enterprise__region")
        .first()
    )
    if found is None:
        raise Http404("exemption")
    if not may_grant(account, found.enterprise):
        raise PermissionDenied
    try:
        reason = request.POST.get("reason", "")
        end(actor=Actor.of(request), now=beijing_now(), exemption_id=exemption_id, reason=reason)
        messages.success(request, _("豁免已终止。"))
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    return redirect("access-enterprise", found.enterprise.code)
