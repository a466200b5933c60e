"""A region's organisation: who has filed, and one region with its form and its editions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from nenghao.hub.access_progress import organisation as services
from nenghao.hub.access_progress.forms import DutyForm, PersonFormSet, attempt
from nenghao.hub.access_progress.listings import organisation_listing
from nenghao.hub.access_progress.views.common import OFFICE, draw
from nenghao.hub.access_progress.views.progress import access_places
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_region, visible_enterprises, visible_regions
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import beijing_now
from nenghao.hub.registry.models import Region


def filing_regions(account: Account) -> QuerySet[Region]:
    """Give the regions that have to file: the account's own, and below it those with enterprises."""
    paths = visible_enterprises(account).filter(active=True).values_list("region__path", flat=True).distinct()
    codes = {code for path in paths for code in path.rstrip("/").split("/")}
    return visible_regions(account).filter(code__in={*codes, account.region_id or ""})


@roles(*OFFICE)
@require_safe
def organisation(request: HttpRequest) -> HttpResponseBase:
    """List the regions with what they have filed."""
    account, now = signed_in(request), beijing_now()
    entries = services.region_entries(regions=filing_regions(account), on=now.date())
    listing = organisation_listing(entries)
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    missing = sum(entry.duty is None for entry in entries)
    context = {"missing": missing, "total": len(entries), "first_term": services.FIRST_TERM}
    return draw(request, account, "organisation", listing_context(listing, request) | context, "access-organisation")


@roles(*OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def region(request: HttpRequest, region_code: str) -> HttpResponse:
    """Show one region's organisation with all its editions, or file a new one."""
    account, now = signed_in(request), beijing_now()
    place = require_region(account, region_code)
    may_file = account.role == Role.OFFICER
    if request.method == "POST" and not may_file:
        raise PermissionDenied
    present = services.duties_on(region_codes=[place.code], on=now.date()).get(place.code)
    form, persons = _forms(request, present, now)
    if request.method == "POST" and persons.is_valid():
        given = [one.cleaned_data for one in persons if one.cleaned_data]
        if attempt(form, lambda data: _file(request, place, data, given)):
            messages.success(request, _("组织信息已报送。"))
            return redirect("access-region", place.code)
    context = {
        "region": place, "present": present, "editions": services.editions(place), "form": form, "persons": persons,
        "may_file": may_file, "places": access_places(account, place),
    }  # fmt: skip
    return draw(request, account, "region", context, "access-organisation")


def _forms(request: HttpRequest, present: Any, now: datetime) -> tuple[DutyForm, Any]:
    """Give the two forms, filled with what was typed, else with the edition in effect."""
    initial: dict[str, Any] = {name: getattr(present, name) for name in services.DUTY_FIELDS} if present else {}
    people = present.persons.values(*services.PERSON_FIELDS) if present else []
    form = DutyForm(request.POST or None, initial={**initial, "effective_on": now.date()})
    if request.method == "POST":  # without initial values: a line that was left as it is must not count as empty
        return form, PersonFormSet(request.POST, prefix="person")
    return form, PersonFormSet(initial=list(people), prefix="person")


def _file(request: HttpRequest, place: Region, data: dict[str, Any], given: list[dict[str, str]]) -> None:
    facts = {name: data[name] for name in services.DUTY_FIELDS}
    who = {"actor": Actor.of(request), "now": beijing_now()}
    services.file_duty(**who, region=place, facts=facts, persons=given, reason=data["reason"])
