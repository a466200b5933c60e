"""Acceptance: the list, one acceptance with its checklist, its steps and its verdict."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress import acceptance as services
from nenghao.hub.access_progress.checklists import stored
from nenghao.hub.access_progress.forms import ANSWERS, StepForm, attempt
from nenghao.hub.access_progress.listings import acceptance_listing
from nenghao.hub.access_progress.models import Acceptance, AcceptanceKind, AcceptanceStep
from nenghao.hub.access_progress.views.common import draw
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_region, visible_enterprises, visible_regions
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import Place, beijing_now, enterprise_places, region_places
from nenghao.hub.monitoring.words import page_language

MAY_WORK = (Role.OFFICER, Role.ENERGY_MANAGER)


def visible_acceptances(account: Account) -> QuerySet[Acceptance]:
    """Give the acceptances of the enterprises and regions that the account sees."""
    return Acceptance.objects.filter(
        Q(enterprise__in=visible_enterprises(account)) | Q(region__in=visible_regions(account))
    ).select_related("enterprise__region", "region")


def _require(account: Account, acceptance_id: int) -> Acceptance:
    found = visible_acceptances(account).filter(pk=acceptance_id).first()
    if found is None:
        raise Http404("acceptance")
    return found


@require_safe
def acceptances(request: HttpRequest) -> HttpResponseBase:
    """List the acceptances of the account's node."""
    account, now = signed_in(request), beijing_now()
    listing = acceptance_listing(visible_acceptances(account))
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    kinds = [kind for kind in AcceptanceKind if kind != AcceptanceKind.ENTERPRISE]
    context = {"may_start": account.role == Role.OFFICER, "kinds": kinds, "own": account.region}
    return draw(request, account, "acceptances", listing_context(listing, request) | context, "access-acceptance")


@require_safe
def acceptance(request: HttpRequest, acceptance_id: int) -> HttpResponse:
    """Show one acceptance."""
    return _page(request, _require(signed_in(request), acceptance_id))


def _page(request: HttpRequest, found: Acceptance, form: StepForm | None = None) -> HttpResponse:
    account, now = signed_in(request), beijing_now()
    step = services.next_step(found)
    if form is None and step is not None and services.may_advance(account, found):
        form = StepForm(step=step, initial={"on": now.date()})
    events = {event.step: event for event in found.events.all()}
    answers = found.answers
    points = [(point, answers.get(point.code, {})) for point in stored(found.checklist).points]
    own = enterprise_places(account, found.enterprise) if found.enterprise else _region_places(account, found)
    context = {
        "acceptance": found, "checklist": stored(found.checklist), "points": points, "answers": ANSWERS,
        "steps": [(one, events.get(one.value)) for one in AcceptanceStep], "next": step, "form": form,
        "places": [*own, Place(_("验收"), "")], "unmet": services.unmet_points(found), "language": page_language(),
        "may_answer": account.role in MAY_WORK and not found.verdict,
        "may_decide": services.may_decide(account, found),
    }  # fmt: skip
    return draw(request, account, "acceptance", context, "access-acceptance")


def _region_places(account: Account, found: Acceptance) -> list[Place]:
    return region_places(account, found.region) if found.region else []


@roles(*MAY_WORK)
@require_POST
def answer(request: HttpRequest, acceptance_id: int) -> HttpResponse:
    """Enter results of the checklist."""
    found = _require(signed_in(request), acceptance_id)
    given: dict[str, tuple[str, str]] = {
        point.code: (word, request.POST.get(f"note-{point.code}", ""))
        for point in stored(found.checklist).points
        if (word := request.POST.get(f"answer-{point.code}", ""))
    }
    try:
        services.answer(actor=Actor.of(request), now=beijing_now(), acceptance_id=found.pk, answers=given)
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        for code, (word, note) in given.items():  # what was typed stays on the page
            found.answers = found.answers | {code: {"answer": word, "note": note}}
        return _page(request, found)
    messages.success(request, _("逐条结果已保存。"))
    return redirect("access-acceptance-one", found.pk)


@roles(*MAY_WORK)
@require_POST
def advance(request: HttpRequest, acceptance_id: int) -> HttpResponse:
    """Finish the next step, the verdict included."""
    account = signed_in(request)
    found = _require(account, acceptance_id)
    step = services.next_step(found)
    if step is None or not services.may_advance(account, found):
        raise PermissionDenied
    form = StepForm(request.POST, step=step)
    if not attempt(form, lambda data: _step(request, found, step, data)):
        return _page(request, found, form)
    messages.success(request, _("步骤已登记。"))
    return redirect("access-acceptance-one", found.pk)


def _step(request: HttpRequest, found: Acceptance, step: AcceptanceStep, data: dict[str, Any]) -> None:
    who: dict[str, Any] = {"actor": Actor.of(request), "now": beijing_now(), "acceptance_id": found.pk}
    if step == AcceptanceStep.VERDICT:
        services.decide(**who, verdict=data["verdict"], on=data["on"], reason=data["note"])
        return
    promised = data.get("promised_by", "")
    services.advance(**who, step=step, on=data["on"], note=data["note"], promised_by=promised)


@roles(Role.OFFICER)
@require_POST
def start_region(request: HttpRequest, region_code: str) -> HttpResponse:
    """Begin the acceptance of a region's platform or analysis."""
    region = require_region(signed_in(request), region_code)
    kind = request.POST.get("kind", "")
    if kind not in (AcceptanceKind.PLATFORM, AcceptanceKind.ANALYSIS):
        raise NenghaoError("acceptance-kind", "没有这个验收对象", "there is no such kind of acceptance", field="kind")
    found = services.start(actor=Actor.of(request), now=beijing_now(), kind=kind, region=region)
    return redirect("access-acceptance-one", found.pk)
