"""The audit trail's page, for operators."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response


@roles(Role.OPERATOR)
def audit(request: HttpRequest) -> HttpResponseBase:
    """List who changed what in the operator's node and below."""
    listing = _listing(signed_in(request).region_path)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    return render(request, "audit/audit.html", listing_context(listing, request))


def _listing(region_path: str) -> Listing:
    actions = AuditEntry.objects.order_by("action").values_list("action", flat=True).distinct()
    return Listing(
        title=_("操作日志"),
        rows=AuditEntry.objects.filter(region_path__startswith=region_path),
        search=("account_name", "object_key", "reason", "address"),
        filters=(Filter("action", _("操作"), "action", [(action, action) for action in actions]),),
        columns=(
            ListColumn(_("时间"), lambda row: row.at, kind="datetime", order="at"),
            ListColumn(_("账号"), lambda row: row.account_name, order="account_name"),
            ListColumn(_("来源地址"), lambda row: row.address),
            ListColumn(_("操作"), lambda row: row.action, order="action"),
            ListColumn(_("对象"), lambda row: f"{row.object_type} {row.object_key}"),
            ListColumn(_("变更前"), lambda row: _words(row.before)),
            ListColumn(_("变更后"), lambda row: _words(row.after)),
            ListColumn(_("理由"), lambda row: row.reason),
        ),
    )


def _words(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
