"""Views of the evidence pages: parse and authorise, call a service, render."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, visible_enterprises, visible_regions
from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.card import meter_card
from nenghao.hub.evidence.entry import CERTIFICATES, EVENTS, FIGURES, HEATING_VALUES, LEDGERS, Ledger, enter, withdraw
from nenghao.hub.evidence.fit import fit_rates, missing_places
from nenghao.hub.evidence.forms import CertificateForm, EventForm, FigureForm, HeatingValueForm, LedgerForm
from nenghao.hub.evidence.imports import ADDED, FORMS, ImportReport, import_file, template, title_of
from nenghao.hub.evidence.listings import figure_listing, heating_rows, late_rows, meter_listing
from nenghao.hub.evidence.sheets import MAX_BYTES, MAX_ROWS
from nenghao.hub.evidence.standing import catch_up
from nenghao.hub.evidence.states import EXPIRING_DAYS, counts, expiry_months
from nenghao.hub.listing import XLSX, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import Place, beijing_now, enterprise_places, region_places
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import Enterprise, Meter, Region

MAY_ENTER = (Role.ENERGY_MANAGER, Role.OFFICER)
"""The enterprise itself and the officers of its chain; the node is checked by ``require_enterprise``."""


@require_safe
def evidence(request: HttpRequest) -> HttpResponseBase:
    """Show the meters of the account's region; an enterprise goes to its own page."""
    account = signed_in(request)
    if account.enterprise is not None:
        return redirect("evidence-enterprise", account.enterprise.code)
    now = beijing_now()
    enterprises = visible_enterprises(account)
    catch_up(enterprise_ids=list(enterprises.values_list("pk", flat=True)), now=now)
    regions = list(visible_regions(account).filter(parent=account.region))
    listing = meter_listing(enterprises, now.date(), regions=regions)
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    chosen = next((region for region in regions if region.path == request.GET.get("region")), account.region)
    shown = enterprises.filter(region__path__startswith=chosen.path) if chosen else enterprises
    places = region_places(account, account.region) if account.region else []
    context = _summary(shown, now.date()) | {"region": chosen, "places": places, "may_enter": _may_enter(account)}
    return render(request, "evidence/evidence.html", listing_context(listing, request) | context)


@require_safe
def enterprise(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the meters of one enterprise, its fit rates, what lacks a meter and what was recorded late."""
    account = signed_in(request)
    found = require_enterprise(account, code)
    now = beijing_now()
    catch_up(enterprise_ids=[found.pk], now=now)
    own = Enterprise.objects.filter(pk=found.pk)
    listing = meter_listing(own, now.date())
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    context = _summary(own, now.date()) | _place(account, found) | {
        "missing": missing_places(found), "late": late_rows(found),
    }  # fmt: skip
    return render(request, "evidence/enterprise.html", listing_context(listing, request) | context)


@require_http_methods(["GET", "HEAD", "POST"])
def meter(request: HttpRequest, code: str, manage_code: str) -> HttpResponseBase:
    """Show a meter's card; take a certificate, an event or a withdrawal."""
    account = signed_in(request)
    found = require_enterprise(account, code)
    own = Meter.objects.filter(enterprise=found, manage_code=manage_code).first()
    if own is None:
        raise Http404("meter")
    now = beijing_now()
    forms = _forms(
        request, {"certificate": CertificateForm, "event": EventForm}, enterprise=found, today=now.date(),
        meters={own.manage_code: own.pk}, initial={"meter": own.manage_code},
    )  # fmt: skip
    if request.method == "POST" and _entered(request, found, forms, {"certificate": CERTIFICATES, "event": EVENTS}):
        return redirect("meter", code, manage_code)
    catch_up(enterprise_ids=[found.pk], now=now)
    context = _place(account, found) | {
        "card": meter_card(own, now.date()), "form_sections": _sections(forms, request), "meter": own,
        "title": f"{own.manage_code} {own.name}",
    }  # fmt: skip
    return render(request, "evidence/meter.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def figures(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show monthly figures and heating values; take a figure, a heating value or a withdrawal."""
    account = signed_in(request)
    found = require_enterprise(account, code)
    now = beijing_now()
    listing = figure_listing(found)
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    forms = _forms(request, {"figure": FigureForm, "heating": HeatingValueForm}, enterprise=found, today=now.date())
    if request.method == "POST" and _entered(request, found, forms, {"figure": FIGURES, "heating": HEATING_VALUES}):
        return redirect("figures", code)
    context = _place(account, found) | {
        "heating": heating_rows(found), "form_sections": _sections(forms, request), "title": _("月度数量与实测热值"),
    }  # fmt: skip
    return render(request, "evidence/figures.html", listing_context(listing, request) | context)


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest, code: str, ledger: str) -> HttpResponseBase:
    """Hand out the template of a ledger, take a filled one, and say what became of every row."""
    account = signed_in(request)
    found = require_enterprise(account, code)
    if ledger not in FORMS or FORMS[ledger][1].of_regions:
        raise Http404("ledger")
    title = ADDED[ledger].page_title if ledger in ADDED else _("计量凭证")
    back = Place(str(title), reverse(_back(ledger), args=[code]))
    places = [*enterprise_places(account, found), back]
    return import_page(request, owner=found, ledger=ledger, places=places, may_enter=_may_enter(account))


def import_page(
    request: HttpRequest, *, owner: Enterprise | Region, ledger: str, places: list[Place], may_enter: bool
) -> HttpResponseBase:
    """Draw the import page of a ledger for an owner that the account may see; the last place is where it came from."""
    if "template" in request.GET:
        return _template(ledger, owner)
    context: dict[str, Any] = {
        "owner": owner, "title": _("导入") + " · " + title_of(ledger), "max_rows": MAX_ROWS,
        "max_mb": MAX_BYTES // 1024**2, "places": places, "back": places[-1].url, "may_enter": may_enter,
    }  # fmt: skip
    status = 200
    if request.method == "POST":
        if not may_enter:
            raise PermissionDenied
        try:
            context["report"] = _import(request, owner, ledger)
        except NenghaoError as refused:
            context["refused"], status = refused.text(page_language()), 400
    return render(request, "evidence/import.html", context, status=status)


def _template(ledger: str, owner: Enterprise | Region) -> HttpResponse:
    response = HttpResponse(template(ledger, owner), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{ledger}-{owner.code}.xlsx"'
    return response


def _import(request: HttpRequest, owner: Enterprise | Region, ledger: str) -> ImportReport:
    file = request.FILES.get("file")
    if file is None:
        raise NenghaoError(
            "import-no-file", "没有选择文件", "no file was chosen", field="file", mend_zh="选择 .xlsx 或 .csv 文件",
            mend_en="choose an .xlsx or .csv file",
        )  # fmt: skip
    content = file.read(MAX_BYTES + 1)
    return import_file(
        actor=Actor.of(request), now=beijing_now(), kind=ledger, name=file.name or "", content=content,
        enterprise=owner if isinstance(owner, Enterprise) else None,
        region=owner if isinstance(owner, Region) else None,
    )  # fmt: skip


def _back(ledger: str) -> str:
    if ledger in ADDED:
        return ADDED[ledger].page
    return "figures" if ledger in ("figures", "heating-values") else "evidence-enterprise"


def _summary(enterprises: QuerySet[Enterprise], today: date) -> dict[str, Any]:
    """Give the headline numbers, the months in which terms end, and the fit rates."""
    return {
        "counts": counts(enterprises, today), "months": expiry_months(enterprises, today),
        "fits": fit_rates(enterprises), "expiring_days": EXPIRING_DAYS, "today": localtime().date(),
    }  # fmt: skip


def _place(account: Account, found: Enterprise) -> dict[str, Any]:
    return {"enterprise": found, "places": enterprise_places(account, found), "may_enter": _may_enter(account)}


def _may_enter(account: Account) -> bool:
    return account.role in MAY_ENTER


def _require_entry(account: Account) -> None:
    if not _may_enter(account):
        raise PermissionDenied


def _forms(request: HttpRequest, classes: dict[str, type[LedgerForm]], **options: Any) -> dict[str, LedgerForm]:
    """Make the forms of a page; the one that was sent keeps what was typed."""
    sent = request.POST.get("form") if request.method == "POST" else None
    forms = {}
    for name, form_class in classes.items():
        data = request.POST.copy() if sent == name else None
        if data is not None:
            data.update(options.get("initial", {}))
        forms[name] = form_class(data, auto_id=f"{name}-%s", **options)
    return forms


def _entered(request: HttpRequest, found: Enterprise, forms: dict[str, LedgerForm], ledgers: dict[str, Ledger]) -> bool:
    """Enter or withdraw what was sent; tell whether it is done, so that the page is asked for anew."""
    _require_entry(signed_in(request))
    actor, now = Actor.of(request), beijing_now()
    if request.POST.get("form") == "withdraw":
        return _withdrawn(request, found, set(ledgers.values()))
    form = forms.get(request.POST.get("form", ""))
    if form is None:
        raise Http404("form")
    if not form.is_valid():
        return False
    ledger = ledgers[request.POST["form"]]
    reason = request.POST.get("change_reason", "").strip()[:200]
    done = enter(actor=actor, now=now, enterprise=found, ledger=ledger, rows=[form.facts()], reason=reason)
    if done.created:
        messages.success(request, _("已录入。"))
    else:
        messages.success(
            request, _("已更新为新版本，原记录保留。") if done.changed else _("与现有记录相同，没有变化。")
        )
    return True


def _withdrawn(request: HttpRequest, found: Enterprise, allowed: set[Ledger]) -> bool:
    ledger = LEDGERS.get(request.POST.get("ledger", ""))
    if ledger not in allowed or not request.POST.get("row", "").isdecimal():
        raise Http404("entry")
    assert ledger is not None
    try:
        withdraw(
            actor=Actor.of(request), now=beijing_now(), enterprise=found, ledger=ledger,
            row_id=int(request.POST["row"]), reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    else:
        messages.success(request, _("已撤回，原记录保留在历史版本中。"))
    return True


def _sections(forms: dict[str, LedgerForm], request: HttpRequest) -> list[dict[str, Any]]:
    """Describe the entry forms for the template; the one that was refused stays open."""
    titles = {
        "certificate": _("录入检定、校准证书"), "event": _("登记器具事件"), "figure": _("录入月度数量"),
        "heating": _("录入实测低位发热量"),
    }  # fmt: skip
    return [
        {"name": name, "title": titles[name], "form": form, "open": form.is_bound and request.method == "POST"}
        for name, form in forms.items()
    ]
