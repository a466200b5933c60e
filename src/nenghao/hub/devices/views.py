"""The devices: what is connected, what waits for approval, the decision, the page of one and what is done to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.devices.acts import ACTS
from nenghao.hub.devices.page import NOTHING_SENT, device_page
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.templatetags.pages import page_language
from nenghao.hub.registry.models import Device
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.hub.registry.services import LAWFUL_DECISIONS, decide_device
from nenghao.hub.store import get_store
from nenghao.periods import to_beijing
from nenghao.readings.uploads import device_summaries

MAY_DECIDE = (Role.OFFICER, Role.OPERATOR)
CLOCK_LIMIT_S = 60
"""A clock that is further off puts readings into wrong periods before long."""


def visible_devices(account: Account) -> QuerySet[Device]:
    """Give the devices of the enterprises that the account sees, the waiting ones first."""
    return Device.objects.filter(enterprise__in=visible_enterprises(account)).select_related("enterprise__region")


def devices(request: HttpRequest) -> HttpResponseBase:
    """List the devices of the account's node."""
    listing = _listing(signed_in(request))
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    return render(request, "devices/devices.html", listing_context(listing, request) | _rights(request))


@roles(*MAY_DECIDE)
@require_POST
def decide(request: HttpRequest, device_id: str) -> HttpResponse:
    """Approve, refuse or revoke a device of the own node; HTMX gets the new row, others the page."""
    account = signed_in(request)
    if not visible_devices(account).filter(device_id=device_id).exists():
        raise Http404("device")
    refused = ""
    try:
        decide_device(
            actor=Actor.of(request), now=timezone.now(), device_id=device_id,
            status=request.POST.get("status", ""), reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except NenghaoError as error:
        refused = error.text(page_language())
    if request.headers.get("HX-Request"):
        return _row(request, device_id, refused)
    if refused:
        messages.error(request, refused)
    return redirect("device", device_id) if request.POST.get("next") == "device" else redirect("devices")


@require_safe
def device(request: HttpRequest, device_id: str) -> HttpResponse:
    """Show one device: identity, keys, signature, certificate, rates, last calls, refusals, history."""
    found = _visible_device(request, device_id)
    page = device_page(store=get_store(), device=found, now=timezone.now())
    context = {"page": page, "decisions": _decisions(found), "grace_hours": settings.NENGHAO_KEY_GRACE_HOURS}
    return render(request, "devices/device.html", context | _rights(request))


@roles(*MAY_DECIDE)
@require_POST
def act(request: HttpRequest, device_id: str, action: str) -> HttpResponse:
    """Do one of the acts on a device of the own node; what was refused is said on its page."""
    found = _visible_device(request, device_id)
    if action not in ACTS:
        raise Http404("action")
    try:
        ACTS[action](actor=Actor.of(request), now=timezone.now(), holder=found, form=request.POST)
    except NenghaoError as error:
        messages.error(request, error.text(page_language()))
    return redirect("device", device_id)


def _visible_device(request: HttpRequest, device_id: str) -> Device:
    return get_object_or_404(visible_devices(signed_in(request)), device_id=device_id)


def _decisions(row: Device) -> list[DeviceStatus]:
    return [DeviceStatus(status) for status in DeviceStatus if status in LAWFUL_DECISIONS[row.status]]


def _row(request: HttpRequest, device_id: str, refused: str) -> HttpResponse:
    """Draw one row anew, with the refusal and what was typed where there was one."""
    account = signed_in(request)
    row = visible_devices(account).get(device_id=device_id)
    _add_uploads([row])
    cells = [(column, column.value(row)) for column in _listing(account).columns]
    typed = request.POST.get("reason", "") if refused else ""
    context = {"row": row, "cells": cells, "refused": refused, "typed": typed}
    return render(request, "devices/row.html", context | _rights(request))


def _rights(request: HttpRequest) -> dict[str, Any]:
    return {"may_decide": signed_in(request).role in MAY_DECIDE}


def _add_uploads(rows: Sequence[Any]) -> None:
    """Add to each device what the upload log knows of it: one question for the whole page."""
    today = to_beijing(timezone.now()).date()
    enterprise_ids = {row.enterprise_id for row in rows}
    sent = {entry.id: entry for entry in device_summaries(get_store(), enterprise_ids=enterprise_ids, day=today)}
    for row in rows:
        row.uploads = sent.get(row.pk, NOTHING_SENT)
        row.clock_is_off = abs(row.uploads.clock_offset_s or 0) > CLOCK_LIMIT_S
        row.decisions = _decisions(row)


def _listing(account: Account) -> Listing:
    return Listing(
        title=_("接入设备"),
        rows=visible_devices(account),
        search=("device_id", "name", "enterprise__name", "enterprise__code"),
        filters=(Filter("status", _("状态"), "status", DeviceStatus.choices),),
        decorate=_add_uploads,
        columns=(
            ListColumn(
                _("用能单位"), lambda row: row.enterprise.name, order="enterprise__name",
                template="devices/enterprise_cell.html",
            ),
            ListColumn(_("地区"), lambda row: row.enterprise.region.name, order="enterprise__region__path"),
            ListColumn(_("设备标识"), lambda row: row.device_id, template="devices/device_cell.html"),
            ListColumn(
                _("状态"), lambda row: DeviceStatus(row.status).label, order="status",
                template="devices/status_cell.html",
            ),
            ListColumn(_("审批"), _decision, template="devices/decision_cell.html"),
            ListColumn(_("注册时间"), lambda row: row.registered_at, kind="datetime", order="registered_at"),
            ListColumn(_("最近上传"), lambda row: row.uploads.last_upload_at, kind="datetime"),
            ListColumn(_("积压"), lambda row: row.uploads.backlog, kind="integer"),
            ListColumn(
                _("时钟偏差"), lambda row: row.uploads.clock_offset_s, kind="number", unit="s",
                template="devices/clock_cell.html",
            ),
            ListColumn(_("今日批次"), lambda row: row.uploads.batches_on_day, kind="integer"),
            ListColumn(_("今日接收"), lambda row: row.uploads.accepted_on_day, kind="integer"),
            ListColumn(_("今日拒绝"), lambda row: row.uploads.rejected_on_day, kind="integer"),
        ),
    )  # fmt: skip


def _decision(row: Device) -> str:
    """Say who decided when and why, for the export."""
    if row.decided_at is None:
        return ""
    return f"{row.decided_by} {to_beijing(row.decided_at):%Y-%m-%d %H:%M} {row.reason}".strip()
