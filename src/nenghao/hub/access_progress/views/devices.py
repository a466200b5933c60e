"""Device health: the table, its counts, its export."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from nenghao.hub.access_progress.health import FLAGS, WINDOW_DAYS, flag_counts, health_rows
from nenghao.hub.access_progress.limits import LimitsBook
from nenghao.hub.access_progress.listings import device_listing
from nenghao.hub.access_progress.views.common import draw
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import beijing_now
from nenghao.hub.registry.models import Device
from nenghao.hub.store import get_store


@require_safe
def devices(request: HttpRequest) -> HttpResponseBase:
    """Show how the gateways of the account's node fare."""
    account, now = signed_in(request), beijing_now()
    own = Device.objects.filter(enterprise__in=visible_enterprises(account))
    rows = health_rows(store=get_store(), devices=own, now=now)
    listing = device_listing(rows)
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    path = account.region_path
    context = {
        "counts": [(flag, label, flag_counts(rows)[flag]) for flag, label in FLAGS.items()],
        "fine": flag_counts(rows)["fine"], "total": len(rows), "limits": LimitsBook.load().at(path),
        "window_days": WINDOW_DAYS,
    }  # fmt: skip
    return draw(request, account, "devices", listing_context(listing, request) | context, "access-devices")
