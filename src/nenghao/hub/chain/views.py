"""The page of the chain: platforms above with state, lag and policy; platforms below and the decision on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import visible_regions
from nenghao.hub.audit.services import Actor
from nenghao.hub.chain import upstreams
from nenghao.hub.chain.comparing import beijing_day
from nenghao.hub.chain.models import Platform, Refusal, Repair, Upstream
from nenghao.hub.chain.platforms import decide_platform, direct_devices, may_decide_on, visible_platforms
from nenghao.hub.chain.policy import enterprises_of
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.templatetags.pages import page_language
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.hub.registry.services import LAWFUL_DECISIONS
from nenghao.hub.store import get_store
from nenghao.readings.forwarding import unsent

MAY_ACT = (Role.OFFICER, Role.OPERATOR)
SHOWN_REFUSALS = 100
COMPARED_DAYS = 40
"""Days before today that the button compares."""


@roles(*MAY_ACT)
def chain(request: HttpRequest) -> HttpResponseBase:
    """Show the links of the account's node, up and down."""
    account = signed_in(request)
    listing = _platforms(account)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    own = list(upstreams.visible_upstreams(account))
    for upstream in own:
        _add_lag(upstream)
    refusals = Refusal.objects.filter(upstream__in=own).select_related("upstream", "enterprise", "item")
    context = {
        "upstreams": own, "refusals": refusals[:SHOWN_REFUSALS], "refused": refusals.count(),
        "direct": direct_devices(visible_regions(account).values_list("pk", flat=True))[:SHOWN_REFUSALS],
        "language": page_language(),
    }  # fmt: skip
    return render(request, "chain/chain.html", listing_context(listing, request) | context)


@roles(*MAY_ACT)
@require_POST
def decide(request: HttpRequest, platform_id: str) -> HttpResponse:
    """Approve, refuse or revoke a platform below; only from a node above its own."""
    account = signed_in(request)
    platform = visible_platforms(account).filter(platform_id=platform_id).first()
    if platform is None:
        raise Http404("platform")
    if not may_decide_on(account, platform):
        raise PermissionDenied
    try:
        decide_platform(
            actor=Actor.of(request), now=timezone.now(), platform_id=platform_id,
            status=request.POST.get("status", ""), reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except NenghaoError as error:
        messages.error(request, error.text(page_language()))
    return redirect("chain")


@roles(*MAY_ACT)
@require_POST
def act(request: HttpRequest, upstream_id: int, action: str) -> HttpResponse:
    """Pause, resume, compare now, or try again what was refused."""
    upstream = upstreams.visible_upstreams(signed_in(request)).filter(pk=upstream_id).first()
    if upstream is None or action not in _ACTIONS:
        raise Http404("upstream")
    try:
        _ACTIONS[action](request, upstream)
    except NenghaoError as error:
        messages.error(request, error.text(page_language()))
    return redirect("chain")


def _pause(request: HttpRequest, upstream: Upstream) -> None:
    _switch(request, upstream, active=False)


def _resume(request: HttpRequest, upstream: Upstream) -> None:
    _switch(request, upstream, active=True)


def _switch(request: HttpRequest, upstream: Upstream, *, active: bool) -> None:
    upstreams.set_active(
        actor=Actor.of(request), now=timezone.now(), upstream=upstream, active=active,
        reason=request.POST.get("reason", ""),
    )  # fmt: skip


def _compare(request: HttpRequest, upstream: Upstream) -> None:
    now = timezone.now()
    today = beijing_day(now)
    upstreams.ask_comparison(
        actor=Actor.of(request), now=now, upstream=upstream, start=today - timedelta(days=COMPARED_DAYS), end=today
    )
    messages.success(request, _("已安排对账，结果稍后出现在对账页"))


def _retry(request: HttpRequest, upstream: Upstream) -> None:
    count = upstreams.retry_refusals(actor=Actor.of(request), now=timezone.now(), upstream=upstream)
    messages.success(request, _("已安排重传 %(count)s 项") % {"count": count})


_ACTIONS: dict[str, Callable[[HttpRequest, Upstream], None]] = {
    "pause": _pause, "resume": _resume, "compare": _compare, "retry": _retry,
}  # fmt: skip


def _add_lag(upstream: Any) -> None:
    ids = enterprises_of(upstream).values_list("pk", flat=True)
    upstream.unsent = unsent(get_store(), enterprise_ids=ids, after=upstream.batch_id)
    upstream.repairs_waiting = Repair.objects.filter(upstream=upstream).count()
    upstream.digits = [int(digit) for digit in upstream.stat_types]
    upstream.error = upstream.error_en if page_language() == "en" else upstream.error_zh


def _platforms(account: Account) -> Listing:
    def decorate(rows: Sequence[Any]) -> None:
        for row in rows:
            may_decide = may_decide_on(account, row)
            row.decisions = [s for s in DeviceStatus if may_decide and s in LAWFUL_DECISIONS[row.status]]

    return Listing(
        title=_("下级平台"),
        rows=visible_platforms(account),
        search=("name", "platform_id", "region__name"),
        filters=(Filter("status", _("状态"), "status", DeviceStatus.choices),),
        decorate=decorate,
        columns=(
            ListColumn(_("名称"), lambda row: row.name, order="name"),
            ListColumn(_("行政区划"), lambda row: row.region.name, order="region__path"),
            ListColumn(_("平台标识"), lambda row: row.platform_id, template="chain/id_cell.html"),
            ListColumn(
                _("状态"), lambda row: DeviceStatus(row.status).label, order="status",
                template="devices/status_cell.html",
            ),
            ListColumn(_("地址"), lambda row: row.remote_address or ""),
            ListColumn(_("注册时间"), lambda row: row.registered_at, kind="datetime", order="registered_at"),
            ListColumn(_("审批"), _decision, template="chain/decision_cell.html"),
        ),
    )  # fmt: skip


def _decision(row: Platform) -> str:
    return f"{row.decided_by} {row.reason}".strip() if row.decided_at else ""
