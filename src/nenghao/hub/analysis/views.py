"""Views of the analysis pages: parse and authorise, call one service, render."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import require_enterprise, require_region, visible_enterprises
from nenghao.hub.analysis.comparing import Against
from nenghao.hub.analysis.facts import EQUIVALENT, basis_of
from nenghao.hub.analysis.pages import (
    GROUPINGS,
    Analysis,
    basis_word,
    effect_names,
    enterprise_analysis,
    region_analysis,
)
from nenghao.hub.energy_accounts.services import month_totals
from nenghao.hub.listing import ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import Place, beijing_now, chosen_span, page_context, region_places
from nenghao.hub.monitoring.span import MONTHS, Span
from nenghao.hub.store import get_store
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore

LINK = "analysis/label_cell.html"


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """Lead everyone to the analysis of the own node."""
    account = signed_in(request)
    if account.enterprise is not None:
        return redirect("analysis-enterprise", account.enterprise.code)
    if account.role == Role.INSTITUTION or account.region is None:
        return redirect("home")
    return redirect("analysis-region", account.region.code)


@require_safe
def region(request: HttpRequest, region_code: str) -> HttpResponseBase:
    """Show how consumption of a region moved, and what moved it."""
    account, store = signed_in(request), get_store()
    place = require_region(account, region_code)
    members = visible_enterprises(account).filter(region__path__startswith=place.path, active=True)
    by = request.GET.get("by", "")
    by = by if by in GROUPINGS else ("region" if place.level != "county" else "enterprise")
    span = _month(request, store, list(members.values_list("id", flat=True)))
    found = region_analysis(
        store=store, region=place, enterprises=members, month=span.start.date(), against=_against(request), by=by,
        basis=basis_of(request.GET.get("basis", "")),
    )  # fmt: skip
    places = region_places(account, place, _query(found, span), page="analysis-region")
    title = _("%(name)s能耗形势分析") % {"name": place.name}
    words = {"region": _("地区"), "industry": _("行业"), "enterprise": _("用能单位")}
    more = {"title": title, "first": words[by], "by": by, "groupings": list(words.items()), "region": place}
    return _draw(request, found, page_context(request, span, places, MONTHS) | more)


@require_safe
def enterprise(request: HttpRequest, enterprise_code: str) -> HttpResponseBase:
    """Show how consumption of an enterprise moved, in all and by energy."""
    account, store = signed_in(request), get_store()
    member = require_enterprise(account, enterprise_code)
    span = _month(request, store, [member.pk])
    found = enterprise_analysis(
        store=store, enterprise=member, month=span.start.date(), against=_against(request),
        basis=basis_of(request.GET.get("basis", "")),
    )  # fmt: skip
    query = _query(found, span)
    places = [*region_places(account, member.region, query, page="analysis-region"), Place(member.name, "")]
    title = _("%(name)s能耗形势分析") % {"name": member.name}
    more = {"title": title, "first": _("能源品种"), "enterprise": member}
    return _draw(request, found, page_context(request, span, places, MONTHS) | more)


def _query(found: Analysis, span: Span) -> str:
    """Give what a link to another page of the analysis keeps: the month and the basis."""
    return f"?period={span.text}" + (f"&basis={found.basis}" if found.basis == EQUIVALENT else "")


def _against(request: HttpRequest) -> Against | None:
    word = request.GET.get("against", "")
    return Against(word) if word in list(Against) else None


def _month(request: HttpRequest, store: ReadingStore, ids: list[int]) -> Span:
    """Give the month looked at: of the period in the URL the last one, else the newest month with data that is over.

    A month that runs is held against whole months, so it is shown unasked only where nothing is known before it.
    """
    now = beijing_now()
    span = chosen_span(request, store, ids, now)
    month = Span.of(PeriodKind.MONTH, date.fromordinal(span.end.date().toordinal() - 1))
    if request.GET.get("period") or month.end <= now:
        return month
    before = month.before
    known = month_totals(store=store, enterprise_ids=ids, start=before.start.date(), end=before.end.date())
    return before if len(known) else month


def _draw(request: HttpRequest, found: Analysis, context: dict[str, Any]) -> HttpResponseBase:
    title = f"{context['title']} {context['span'].text} {basis_word(found.basis)}"
    listing = _listing(found, title, context["first"])
    if wants_workbook(request):
        return workbook_response(listing, request, now=beijing_now())
    kept = [(key, value) for key, value in request.GET.items() if key in ("period", "against", "by", "basis")]
    against = [(Against.YEAR, _("同比")), (Against.MONTH, _("环比")), (Against.CUMULATIVE, _("累计同比"))]
    context |= listing_context(listing, request) | {
        "found": found, "kept_parameters": kept, "choices": against, "period_query": _query(found, context["span"]),
        "bases": [("", _("当量值"), found.basis != EQUIVALENT), (EQUIVALENT, _("等价值"), found.basis == EQUIVALENT)],
        "basis_word": basis_word(found.basis), "is_running": context["span"].end > beijing_now(),
    }  # fmt: skip
    return render(request, "analysis/analysis.html", context)


def _listing(found: Analysis, title: str, first: str) -> Listing:
    activity, structure, intensity = effect_names()
    effects = (
        ListColumn(_("分解合计"), lambda row: row.effect, "tce", "tce", order="effect"),
        ListColumn(activity, lambda row: row.activity, "tce", "tce", order="activity"),
        ListColumn(structure, lambda row: row.structure, "tce", "tce", order="structure"),
        ListColumn(intensity, lambda row: row.intensity, "tce", "tce", order="intensity"),
    )
    decomposed = any(row.effect is not None for row in found.lines)
    kinds = {Against.YEAR: _("同比"), Against.MONTH: _("环比"), Against.CUMULATIVE: _("累计同比")}
    return Listing(
        title=title, rows=list(found.lines), search=("label", "key"),
        columns=(
            ListColumn(first, lambda row: row.label, order="label", template=LINK),
            ListColumn(_("本月"), lambda row: row.month, "tce", "tce", order="month"),
            ListColumn(_("占比"), lambda row: row.share, "percent", "%", order="share"),
            ListColumn(_("环比"), lambda row: row.on_month, "percent", "%", order="on_month"),
            ListColumn(_("同比"), lambda row: row.on_year, "percent", "%", order="on_year"),
            ListColumn(_("累计"), lambda row: row.cumulative, "tce", "tce", order="cumulative"),
            ListColumn(
                _("累计同比"), lambda row: row.cumulative_on_year, "percent", "%", order="cumulative_on_year"
            ),
            *(effects if decomposed else ()),
            ListColumn(_("待核"), lambda row: _("待核") if row.is_unverified else "", export_only=True),
        ),
        notes={
            _("口径"): _("综合能耗（%(basis)s）；变化率只比较两期都有数据的用能单位")
            % {"basis": basis_word(found.basis)},
            _("因素分解"): _("%(kind)s，LMDI-I 加法；产出取可比价") % {"kind": kinds[found.against]},
        },
    )  # fmt: skip
