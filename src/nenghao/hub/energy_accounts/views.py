"""Views of the account pages: parse and authorise, call one service, render."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, require_region, visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.energy_accounts.balance_page import TCE, balance_page
from nenghao.hub.energy_accounts.enterprise import enterprise_account
from nenghao.hub.energy_accounts.forms import (
    AllocationForm,
    BoundaryForm,
    EquivalentForm,
    FeedstockForm,
    FlowForm,
    StatementForm,
)
from nenghao.hub.energy_accounts.models import EquivalentValue
from nenghao.hub.energy_accounts.pages import MAY_STATE, account_span, context_of, flow_name
from nenghao.hub.energy_accounts.region import region_accounts
from nenghao.hub.energy_accounts.rules_page import rules_page
from nenghao.hub.energy_accounts.sheets import account_sheet, balance_sheet, region_sheet
from nenghao.hub.energy_accounts.stating import (
    ACCOUNT_RULES,
    ITEM_FLOWS,
    state_equivalent,
    withdraw_equivalent,
)
from nenghao.hub.energy_accounts.tables import enterprise_listing
from nenghao.hub.energy_accounts.trace_page import trace_page, trace_sheet
from nenghao.hub.evidence.entry import enter, withdraw
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.exports import excel_response
from nenghao.hub.monitoring.pages import Place, beijing_now, enterprise_places, region_places
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.store import get_store

FORMS: dict[str, tuple[type[StatementForm], Any]] = {
    "flow": (FlowForm, ITEM_FLOWS), "boundary": (BoundaryForm, ACCOUNT_RULES),
    "feedstock": (FeedstockForm, ACCOUNT_RULES), "allocation": (AllocationForm, ACCOUNT_RULES),
}  # fmt: skip
LEDGERS_HERE = {ledger.name: ledger for ledger in (ITEM_FLOWS, ACCOUNT_RULES)}


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """Lead everyone to the own node."""
    account = signed_in(request)
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    if account.enterprise is not None:
        return redirect(reverse("energy-account", args=[account.enterprise.code]) + query)
    if account.role == Role.INSTITUTION or account.region is None:
        raise PermissionDenied
    return redirect(reverse("energy-accounts-region", args=[account.region.code]) + query)


@require_safe
def region(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the accounts of a region."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    place = require_region(account, code)
    members = visible_enterprises(account).filter(region__path__startswith=place.path, active=True)
    span = account_span(request, store, list(members.values_list("pk", flat=True)), now)
    page = region_accounts(store=store, region=place, enterprises=members, span=span)
    listing = enterprise_listing(page)
    if wants_workbook(request):
        table = request.GET.get("table", "")
        if not table:
            return workbook_response(listing, request, now=now)
        try:
            sheet = region_sheet(page, table)
        except KeyError as unknown:
            raise Http404(table) from unknown
        return excel_response(sheet, account=account, now=now, place=place.name, period=span.text)
    context = context_of(request, span, [*region_places(account, place, f"?period={span.text}"), _here("")], now)
    return _draw(request, "region", context | listing_context(listing, request) | {"accounts": page})


def _here(url: str) -> Place:
    return Place(_("能耗核算"), url)


@require_safe
def enterprise(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the account of an enterprise."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    span = account_span(request, store, [member.pk], now)
    page = enterprise_account(store=store, enterprise=member, span=span)
    if wants_workbook(request):
        return excel_response(account_sheet(page), account=account, now=now, place=member.name, period=span.text)
    places = [*enterprise_places(account, member, f"?period={span.text}"), _here("")]
    context = {"accounts": page, "enterprise": member, "flows": [flow_name(flow) for flow in page.flows]}
    return _draw(request, "enterprise", context_of(request, span, places, now) | context)


@require_safe
def balance(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the energy balance of an enterprise, in tce or the flow of one energy."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    span = account_span(request, store, [member.pk], now)
    page = balance_page(store=store, enterprise=member, span=span, shown=request.GET.get("energy", TCE))
    if wants_workbook(request):
        return excel_response(balance_sheet(page), account=account, now=now, place=member.name, period=span.text)
    places = _below(account, member, f"?period={span.text}", _("能源平衡"))
    return _draw(request, "balance", context_of(request, span, places, now) | {"balance": page, "enterprise": member})


@require_safe
def trace(request: HttpRequest, code: str) -> HttpResponseBase:
    """Unfold a figure of an account."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    span = account_span(request, store, [member.pk], now)
    basis = "equivalent" if request.GET.get("basis") == "equivalent" else "calorific"
    page = trace_page(store=store, enterprise=member, span=span, basis=basis, energy_key=request.GET.get("energy", ""))
    if wants_workbook(request):
        return excel_response(trace_sheet(page), account=account, now=now, place=member.name, period=span.text)
    places = _below(account, member, f"?period={span.text}", _("数据溯源"))
    return _draw(request, "trace", context_of(request, span, places, now) | {"trace": page, "enterprise": member})


def _below(account: Account, member: Enterprise, query: str, title: str) -> list[Place]:
    url = reverse("energy-account", args=[member.code]) + query
    return [*enterprise_places(account, member, query), _here(url), Place(title, "")]


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show what is stated of an enterprise's account; take a statement or a withdrawal."""
    account = signed_in(request)
    member = require_enterprise(account, code)
    sent = request.POST.get("form", "") if request.method == "POST" else ""
    if request.method == "POST" and account.role not in MAY_STATE:
        raise PermissionDenied
    if sent == "withdraw":
        _withdraw(request, member)
        return redirect("energy-account-rules", code)
    if request.method == "POST" and sent not in FORMS:
        raise Http404("form")
    forms = {
        name: kind(request.POST if name == sent else None, enterprise=member, auto_id=f"{name}-%s")
        for name, (kind, _ledger) in FORMS.items()
    }
    if sent and forms[sent].is_valid():
        _enter(request, member, sent, forms[sent])
        return redirect("energy-account-rules", code)
    context = {
        "page": rules_page(member), "forms": _sections(forms, sent), "enterprise": member,
        "places": _below(account, member, "", _("核算规则")), "may_state": account.role in MAY_STATE,
    }  # fmt: skip
    return _draw(request, "rules", context, status=400 if sent else 200)


def _enter(request: HttpRequest, member: Enterprise, name: str, form: Any) -> None:
    done = enter(
        actor=Actor.of(request), now=beijing_now(), enterprise=member, ledger=FORMS[name][1], rows=[form.facts()],
        reason=form.cleaned_data.get("reason", ""),
    )  # fmt: skip
    words = _("与现有规定相同，没有变化。") if done.unchanged else _("已保存，相关月份的核算将重新计算。")
    messages.success(request, words)


def _withdraw(request: HttpRequest, member: Enterprise) -> None:
    ledger = LEDGERS_HERE.get(request.POST.get("ledger", ""))
    if ledger is None or not request.POST.get("row", "").isdecimal():
        raise Http404("entry")
    try:
        withdraw(
            actor=Actor.of(request), now=beijing_now(), enterprise=member, ledger=ledger,
            row_id=int(request.POST["row"]), reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    else:
        messages.success(request, _("已撤回，原记录保留在历史版本中。"))


def _sections(forms: dict[str, Any], sent: str) -> list[dict[str, Any]]:
    titles = {
        "flow": _("规定数据项流向"), "boundary": _("规定核算边界"), "feedstock": _("规定原料用能"),
        "allocation": _("规定分摊规则"),
    }  # fmt: skip
    return [{"name": name, "title": titles[name], "form": form, "open": name == sent} for name, form in forms.items()]


@require_http_methods(["GET", "HEAD", "POST"])
def equivalents(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the equivalent values of a region and those above it; take a value or a withdrawal of the region's own."""
    account = signed_in(request)
    place = require_region(account, code)
    form = EquivalentForm(request.POST if request.POST.get("form") == "state" else None, auto_id="equivalent-%s")
    if request.method == "POST" and _stated(request, account, place, form):
        return redirect("energy-equivalents", code)
    chain = [place.path[: end + 1] for end, letter in enumerate(place.path) if letter == "/"]
    rows = EquivalentValue.objects.filter(region__path__in=chain).select_related("region")
    context = {
        "region": place, "form": form, "rows": rows.order_by("-year", "energy_key", "-region__path", "-version"),
        "places": [*region_places(account, place), Place(_("等价值"), "")], "may_state": account.role == Role.OFFICER,
    }  # fmt: skip
    return _draw(request, "equivalents", context, status=400 if request.method == "POST" else 200)


def _stated(request: HttpRequest, account: Account, place: Region, form: EquivalentForm) -> bool:
    """State or withdraw what was sent; tell whether it is done, so that the page is asked for anew."""
    given: dict[str, Any] = {"actor": Actor.of(request), "account": account, "now": beijing_now()}
    if account.role != Role.OFFICER:
        raise PermissionDenied
    try:
        if request.POST.get("form") == "withdraw" and request.POST.get("row", "").isdecimal():
            withdraw_equivalent(**given, value_id=int(request.POST["row"]), reason=request.POST.get("reason", ""))
            messages.success(request, _("已撤回，原记录保留在历史版本中。"))
            return True
        if not form.is_valid():
            return False
        data = form.cleaned_data
        state_equivalent(
            **given, region=place, energy_key=data["energy"], year=data["year"], kgce_per_unit=data["kgce_per_unit"],
            source=data["source"], reason=data["reason"],
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return request.POST.get("form") == "withdraw"
    messages.success(request, _("已保存，相关月份的核算将重新计算。"))
    return True


def _draw(request: HttpRequest, page: str, context: dict[str, Any], status: int = 200) -> HttpResponseBase:
    return render(request, f"energy_accounts/{page}.html", context, status=status)
