"""The reconciliation page: counts and sums of both sides per enterprise and day, and sending a day again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import require_enterprise
from nenghao.hub.audit.services import Actor
from nenghao.hub.chain import reconciliation as books
from nenghao.hub.chain import upstreams
from nenghao.hub.chain.comparing import beijing_day
from nenghao.hub.chain.models import DayState
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.words import page_language, stat_type_word, unit_word
from nenghao.hub.store import get_store


@roles(Role.OFFICER, Role.OPERATOR)
def reconciliation(request: HttpRequest) -> HttpResponseBase:
    """Show what was compared over one link in a month, limited to the account's node."""
    account, now = signed_in(request), timezone.now()
    choices = books.links(account)
    link = next((one for one in choices if one.key == request.GET.get("link")), choices[0] if choices else None)
    start, end = books.month_of(request.GET.get("month", ""), beijing_day(now))
    context: dict[str, Any] = {"links": choices, "link": link, "month": f"{start:%Y-%m}"}
    if link is None:
        return render(request, "chain/reconciliation.html", context)
    rows = books.compared_days(account, link, start, end)
    listing = _listing(rows, link)
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    context |= {
        "counts": books.counts(get_store(), account, link, start, end), "totals": books.totals(rows, account),
        "kept_parameters": (("link", link.key), ("month", f"{start:%Y-%m}")),
        "earlier": f"{start - timedelta(days=1):%Y-%m}", "later": f"{end:%Y-%m}",
    }  # fmt: skip
    return render(request, "chain/reconciliation.html", listing_context(listing, request) | context)


@roles(Role.OFFICER, Role.OPERATOR)
@require_safe
def items(request: HttpRequest, link_key: str, code: str, day: str) -> HttpResponseBase:
    """Show an enterprise's day item by item: what each side has, and the difference."""
    account = signed_in(request)
    require_enterprise(account, code)
    link = next((one for one in books.links(account) if one.key == link_key), None)
    chosen = _day(day)
    row = None
    if link is not None:
        days = books.compared_days(account, link, chosen, chosen + timedelta(days=1))
        row = days.filter(enterprise__code=code).first()
    if link is None or row is None:
        raise Http404("day")
    listing = _items(row, link)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    return render(request, "chain/items.html", listing_context(listing, request) | {"day": row, "link": link})


@roles(Role.OFFICER, Role.OPERATOR)
@require_POST
def again(request: HttpRequest, upstream_id: int, code: str, day: str) -> HttpResponse:
    """Send an enterprise's day again; with ``withdraw`` what stands only above becomes missing there."""
    account = signed_in(request)
    enterprise = require_enterprise(account, code)
    upstream = upstreams.visible_upstreams(account).filter(pk=upstream_id).first()
    if upstream is None:
        raise Http404("upstream")
    chosen = _day(day)
    try:
        upstreams.send_again(
            actor=Actor.of(request), now=timezone.now(), upstream=upstream, enterprise=enterprise, day=chosen,
            withdraw="withdraw" in request.POST, reason=request.POST.get("reason", ""),
        )  # fmt: skip
        messages.success(request, _("已安排补传并重新对账"))
    except NenghaoError as error:
        messages.error(request, error.text(page_language()))
    return redirect(f"{reverse('chain-reconciliation')}?link=up-{upstream.pk}&month={chosen:%Y-%m}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Http404("day") from None


def _items(day: Any, link: books.LinkChoice) -> Listing:
    """Give the table of the items that differ; the two sides are named by what they are to each other."""
    own, other = (_("本级应报"), _("上级已收")) if link.upstream else (_("本级已收"), _("下级应报"))
    return Listing(
        title=_("对账明细"),
        rows=books.day_items(day),
        search=("name", "data_code"),
        notes={
            _("用能单位"): day.enterprise.name, _("日期"): f"{day.day:%Y-%m-%d}", _("对方平台"): link.name,
            _("结果"): str(DayState(day.state).label),
        },
        columns=(
            ListColumn(_("采集数据项"), lambda row: f"{row.name} {row.data_code}".strip(), order="name"),
            ListColumn(_("统计类型"), lambda row: stat_type_word(row.stat_type), order="stat_type"),
            ListColumn(own + _("（条）"), lambda row: row.own_count, kind="integer", order="own_count"),
            ListColumn(other + _("（条）"), lambda row: row.other_count, kind="integer", order="other_count"),
            ListColumn(_("差（条）"), lambda row: row.own_count - row.other_count, kind="integer"),
            ListColumn(_("本级缺数"), lambda row: row.own_missing, kind="integer", export_only=True),
            ListColumn(_("对方缺数"), lambda row: row.other_missing, kind="integer", export_only=True),
            ListColumn(_("单位"), lambda row: unit_word(row.unit)),
            ListColumn(own + _("（合计）"), lambda row: row.own_sum, kind="number", order="own_sum"),
            ListColumn(other + _("（合计）"), lambda row: row.other_sum, kind="number", order="other_sum"),
            ListColumn(_("差（合计）"), lambda row: row.difference, kind="number", order="difference"),
            ListColumn(_("说明"), _remark),
        ),
    )  # fmt: skip


def _remark(row: books.DayItem) -> str:
    if row.difference or row.own_count != row.other_count:
        return ""
    return _("条数与合计相同，时刻、数值分布或估算标记不同")


def _listing(rows: Any, link: books.LinkChoice) -> Listing:
    def decorate(shown: Sequence[Any]) -> None:
        for row in shown:
            row.link = link

    return Listing(
        title=_("对账"),
        rows=rows,
        search=("enterprise__name", "enterprise__code"),
        filters=(Filter("state", _("结果"), "state", DayState.choices),),
        decorate=decorate,
        notes={_("对方平台"): link.name},
        columns=(
            ListColumn(
                _("日期"), lambda row: f"{row.day:%Y-%m-%d}", order="day", template="chain/day_cell.html"
            ),
            ListColumn(
                _("用能单位"), lambda row: row.enterprise.name, order="enterprise__name",
                template="devices/enterprise_cell.html",
            ),
            ListColumn(_("地区"), lambda row: row.enterprise.region.name, order="enterprise__region__path"),
            ListColumn(_("本级条数"), lambda row: row.own_count, kind="integer", order="own_count"),
            ListColumn(_("对方条数"), lambda row: row.other_count, kind="integer", order="other_count"),
            ListColumn(_("本级缺数"), lambda row: row.own_missing, kind="integer", export_only=True),
            ListColumn(_("对方缺数"), lambda row: row.other_missing, kind="integer", export_only=True),
            ListColumn(_("本级综合能耗"), lambda row: books.tce(row.own_totals), kind="number", unit="tce"),
            ListColumn(_("对方综合能耗"), lambda row: books.tce(row.other_totals), kind="number", unit="tce"),
            ListColumn(
                _("结果"), lambda row: str(DayState(row.state).label), order="state", template="chain/state_cell.html"
            ),
            ListColumn(_("对账时间"), lambda row: row.compared_at, kind="datetime", order="compared_at"),
        ),
    )  # fmt: skip
