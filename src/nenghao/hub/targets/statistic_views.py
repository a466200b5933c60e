"""Pages of a region's published statistics: the register, one entry with its history, the import."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_region, visible_regions
from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.entry import enter, withdraw
from nenghao.hub.evidence.views import import_page
from nenghao.hub.listing import (
    Filter,
    ListColumn,
    Listing,
    csv_response,
    listing_context,
    wants_csv,
    wants_workbook,
    workbook_response,
)
from nenghao.hub.monitoring.formats import moment
from nenghao.hub.monitoring.pages import Place, beijing_now, region_places
from nenghao.hub.monitoring.words import page_language, unit_word
from nenghao.hub.registry.models import Region
from nenghao.hub.targets import services
from nenghao.hub.targets.models import Plan, RegionSource, RegionStatistic, StatisticKind, StatisticState
from nenghao.hub.targets.statistic_entry import IMPORT, STATISTICS, StatisticForm, earlier_versions, last_ended


@require_http_methods(["GET", "HEAD", "POST"])
def statistics(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the published figures of a region; take a new or corrected one."""
    account, now = signed_in(request), beijing_now()
    place = require_region(account, code)
    listing = statistic_listing(place)
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    if wants_csv(request):
        return csv_response(listing, request, now=now)
    form = StatisticForm(request.POST or None, today=now.date(), initial={"period": last_ended(now.date())})
    if request.method == "POST":
        _require_officer(account)
        if form.is_valid():
            _enter(request, place, form)
            return redirect("targets-statistics", code)
    plan = services.plan_for(place.path, now.year)
    context = {
        "region": place, "form": form, "places": region_places(account, place, page="targets-statistics"),
        "may_enter": account.role == Role.OFFICER, "plan": plan, "sources": RegionSource.choices,
        "may_choose": plan is not None and account.role == Role.OFFICER
        and visible_regions(account).filter(pk=plan.region_id).exists(),
        "withdrawn": RegionStatistic.objects.filter(region=place, is_current=True, withdrawn=True)[:50],
    }  # fmt: skip
    status = 400 if form.is_bound else 200
    return render(request, "targets/statistics.html", listing_context(listing, request) | context, status=status)


def statistic_listing(place: Region) -> Listing:
    """List the figures in force; the columns are those of an import, so that a file can go out and come back."""
    rows = RegionStatistic.objects.filter(region=place, is_current=True, withdrawn=False)
    years = rows.order_by("-year").values_list("year", flat=True).distinct()
    return Listing(
        title=_("%(name)s统计数据") % {"name": place.name}, rows=rows, search=("document",),
        filters=(
            Filter("year", _("年份"), "year", [(year, str(year)) for year in years]),
            Filter("kind", _("指标"), "kind", StatisticKind.choices),
            Filter("state", _("数据状态"), "state", StatisticState.choices),
        ),
        notes={_("地区"): f"{place.name} {place.code}"},
        columns=(
            ListColumn(_("时段"), lambda row: row.period, order="year", template="targets/statistic_cell.html"),
            ListColumn(_("指标"), lambda row: row.get_kind_display(), order="kind"),
            ListColumn(_("数值"), lambda row: row.entered_amount, kind="number", order="amount"),
            ListColumn(_("单位"), lambda row: unit_word(row.entered_unit)),
            ListColumn(_("可比价基年"), lambda row: str(row.price_year or ""), order="price_year"),
            ListColumn(_("数据状态"), lambda row: row.get_state_display(), order="state",
                       template="targets/state_badge.html"),
            ListColumn(_("来源"), lambda row: row.document, order="document"),
            ListColumn(_("录入"), lambda row: f"{row.entered_by} {moment(row.entered_at)}", order="entered_at"),
        ),
    )  # fmt: skip


def _require_officer(account: Account) -> None:
    if account.role != Role.OFFICER:
        raise Http404("entry")


def _enter(request: HttpRequest, place: Region, form: StatisticForm) -> None:
    done = enter(
        actor=Actor.of(request), now=timezone.now(), region=place, ledger=STATISTICS, rows=[form.facts()],
        reason=request.POST.get("change_reason", "").strip()[:200],
    )  # fmt: skip
    words = _("已录入。") if done.created else _("已更新为新版本，原记录保留。")
    messages.success(request, words if done.created or done.changed else _("与现有记录相同，没有变化。"))


@require_http_methods(["GET", "HEAD", "POST"])
def statistic(request: HttpRequest, code: str, figure_id: int) -> HttpResponse:
    """Show an entry with its earlier versions; withdraw it."""
    account = signed_in(request)
    place = require_region(account, code)
    row = RegionStatistic.objects.filter(region=place, pk=figure_id).first()
    if row is None:
        raise Http404("figure")
    versions = earlier_versions(row)
    if request.method == "POST":
        _require_officer(account)
        try:
            withdraw(
                actor=Actor.of(request), now=timezone.now(), region=place, ledger=STATISTICS, row_id=versions[0].pk,
                reason=request.POST.get("reason", ""),
            )  # fmt: skip
        except NenghaoError as refused:
            messages.error(request, refused.text(page_language()))
        else:
            messages.success(request, _("已撤回，原记录保留在历史版本中。"))
        return redirect("targets-statistics", code)
    places = [*region_places(account, place, page="targets-statistics"), _register(place)]
    context: dict[str, Any] = {
        "region": place, "places": places, "row": versions[0], "versions": versions,
        "may_enter": account.role == Role.OFFICER and not versions[0].withdrawn,
    }  # fmt: skip
    return render(request, "targets/statistic.html", context)


def _register(place: Region) -> Place:
    return Place(_("统计数据"), reverse("targets-statistics", args=[place.code]))


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest, code: str) -> HttpResponseBase:
    """Hand out the template, take a filled one, and say what became of every row."""
    account = signed_in(request)
    place = require_region(account, code)
    places = [*region_places(account, place, page="targets-statistics"), _register(place)]
    return import_page(request, owner=place, ledger=IMPORT, places=places, may_enter=account.role == Role.OFFICER)


@roles(Role.OFFICER)
@require_POST
def choose_source(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Choose on which figures a plan's regions are judged."""
    account = signed_in(request)
    plan = Plan.objects.filter(pk=plan_id, region__in=visible_regions(account)).select_related("region").first()
    if plan is None or request.POST.get("region_source") not in RegionSource:
        raise Http404("plan")
    try:
        services.choose_region_source(
            actor=Actor.of(request), now=timezone.now(), plan=plan, reason=request.POST.get("reason", ""),
            source=RegionSource(request.POST["region_source"]),
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    else:
        messages.success(request, _("已设定地区目标的数据来源。"))
    return redirect("targets-statistics", plan.region_id)
