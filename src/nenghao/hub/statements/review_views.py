"""Views of an officer's review: return, accept, reopen, and a word about a cell."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles
from nenghao.hub.accounts.models import Role
from nenghao.hub.audit.services import Actor
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.statements import deciding
from nenghao.hub.statements.views import require_filing

DECISIONS = {"return": deciding.send_back, "accept": deciding.accept, "reopen": deciding.reopen}


@roles(Role.OFFICER)
@require_POST
def decide(request: HttpRequest, filing_id: int) -> HttpResponse:
    """Return, accept or reopen a statement."""
    filing = require_filing(request, filing_id)
    service = DECISIONS.get(request.POST.get("decision", ""))
    if service is None:
        raise Http404("decision")
    try:
        service(actor=Actor.of(request), now=timezone.now(), filing_id=filing.pk, reason=request.POST.get("reason", ""))
        messages.success(request, _("已办理。"))
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    return redirect("statement", filing.pk)


@roles(Role.OFFICER)
@require_POST
def comment(request: HttpRequest, filing_id: int) -> HttpResponse:
    """Say something about a cell."""
    filing = require_filing(request, filing_id)
    cell = request.POST.get("cell", "")
    try:
        deciding.comment(
            actor=Actor.of(request), now=timezone.now(), filing_id=filing.pk, cell=cell,
            text=request.POST.get("text", ""),
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    return redirect(reverse("statement", args=[filing.pk]) + "#review")
