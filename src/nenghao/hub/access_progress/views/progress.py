"""The region's progress, the list with its plan, and what a region sets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.evidence import plan_rows
from nenghao.hub.access_progress.forms import ImportForm, SettingForm, attempt
from nenghao.hub.access_progress.imports import ReadFile, read_file, template
from nenghao.hub.access_progress.limits import NAMES, Limits, LimitsBook, set_limits
from nenghao.hub.access_progress.listings import plan_listing
from nenghao.hub.access_progress.overview import overview
from nenghao.hub.access_progress.plans import put_plans
from nenghao.hub.access_progress.sheets import progress_workbook
from nenghao.hub.access_progress.views.common import chosen_day, chosen_region, draw
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_region, visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import XLSX, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import Place, beijing_now, region_places
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import Region
from nenghao.hub.store import get_store

SHOWN_BAD_ROWS = 200


@require_safe
def progress(request: HttpRequest) -> HttpResponseBase:
    """Show how far access has come in a region; an enterprise comes to its own page."""
    account, now = signed_in(request), beijing_now()
    if account.enterprise is not None:
        return redirect("access-enterprise", account.enterprise.code)
    if account.role == Role.INSTITUTION or account.region is None:
        return draw(request, account, "nothing", {})
    region = chosen_region(account, request.GET.get("region", ""))
    members = visible_enterprises(account).filter(region__path__startswith=region.path)
    page = overview(
        store=get_store(), region=region, enterprises=members, on=chosen_day(request.GET.get("on", ""), now)
    )
    if wants_workbook(request):
        return progress_workbook(page, account=account, now=now)
    context = {
        "page": page, "places": access_places(account, region), "today": now.date(),
        "may_set": account.role == Role.OFFICER,
    }  # fmt: skip
    return draw(request, account, "progress", context, "access-progress")


def access_places(account: Account, region: Region) -> list[Place]:
    """Give the path down to a region, leading to this app's page of each."""
    base = reverse("access-progress")
    places = region_places(account, region)
    codes = region.ancestor_codes[-len(places) :]
    return [Place(place.label, f"{base}?region={code}") for place, code in zip(places, codes, strict=True)]


@roles(Role.OFFICER, Role.OPERATOR)
@require_safe
def plans(request: HttpRequest) -> HttpResponseBase:
    """Show the list of key enterprises with its plan and delays."""
    return _plans_page(request, ImportForm())


def _plans_page(request: HttpRequest, form: ImportForm, found: ReadFile | None = None) -> HttpResponseBase:
    account, now = signed_in(request), beijing_now()
    region = chosen_region(account, request.GET.get("region", ""))
    members = visible_enterprises(account).filter(region__path__startswith=region.path)
    rows = plan_rows(store=get_store(), enterprises=members, on=now.date())
    listing = plan_listing(rows, now.date(), LimitsBook.load())
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    bad = found.bad[:SHOWN_BAD_ROWS] if found else ()
    context = {
        "form": form, "places": access_places(account, region), "may_import": account.role == Role.OFFICER,
        "bad_rows": [(row, row.error.text(page_language())) for row in bad], "found": found,
    }  # fmt: skip
    return draw(request, account, "plans", listing_context(listing, request) | context, "access-plans")


@roles(Role.OFFICER)
@require_safe
def plan_template(request: HttpRequest) -> FileResponse:  # noqa: ARG001
    """Give the file to fill in."""
    name = "重点用能单位名单-模板.xlsx"
    return FileResponse(iter([template()]), as_attachment=True, filename=name, content_type=XLSX)


@roles(Role.OFFICER)
@require_POST
def import_plans(request: HttpRequest) -> HttpResponseBase:
    """Read a list and put it on the plan; bad rows are named, and by default nothing is written when there are any."""
    form, found = ImportForm(request.POST, request.FILES), None
    if form.is_valid():
        upload = form.cleaned_data["file"]
        members = visible_enterprises(signed_in(request))
        try:
            found = read_file(content=upload.read(), file_name=upload.name, enterprises=members)
        except NenghaoError as unreadable:
            form.add_error("file", unreadable.text(page_language()))
    if found is None or (found.bad and not form.cleaned_data["only_good"]):
        return _plans_page(request, form, found)
    if not attempt(form, lambda data: _put(request, found, data["reason"])):
        return _plans_page(request, form, found)
    if found.bad:
        return _plans_page(request, ImportForm(), found)
    return redirect("access-plans")


def _put(request: HttpRequest, found: ReadFile, reason: str) -> None:
    new, changed = put_plans(actor=Actor.of(request), now=beijing_now(), rows=found.good, reason=reason)
    messages.success(request, _("已导入：新增 %(new)s 家，修改 %(changed)s 家。") % {"new": new, "changed": changed})


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def setting(request: HttpRequest, region_code: str) -> HttpResponse:
    """Show and change what a region sets for itself and what lies below it."""
    account, now = signed_in(request), beijing_now()
    region = require_region(account, region_code)
    present = LimitsBook.load().at(region.path)
    form = SettingForm(request.POST or None, initial={name: getattr(present, name) for name in NAMES})
    if request.method == "POST" and attempt(form, lambda data: _set(request, region, data, now)):
        messages.success(request, _("设定已保存。"))
        return redirect(f"{reverse('access-progress')}?region={region.code}")
    source = Region.objects.filter(code=present.region_code).first()
    context = {"form": form, "region": region, "source": source, "places": access_places(account, region)}
    return draw(request, account, "setting", context, "access-progress")


def _set(request: HttpRequest, region: Region, data: dict[str, Any], now: datetime) -> None:
    limits = Limits(**{name: data[name] for name in NAMES})
    set_limits(actor=Actor.of(request), now=now, region=region, limits=limits, reason=data["reason"])
