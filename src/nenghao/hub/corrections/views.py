"""Views of corrections: the queue, one correction, a new one, the decision."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import require_enterprise
from nenghao.hub.audit.services import Actor
from nenghao.hub.corrections import asking
from nenghao.hub.corrections.closed import require_open
from nenghao.hub.corrections.lists import VIEWS, corrections_of, queue
from nenghao.hub.corrections.models import Correction, Method, Status
from nenghao.hub.corrections.outcome import new_values, outcome_of
from nenghao.hub.corrections.pages import draw, item_of, said
from nenghao.hub.corrections.services import MAY_PROPOSE, decide, decide_many, propose, visible_corrections, withdraw
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import beijing_now, enterprise_places
from nenghao.hub.monitoring.words import page_language, state_words
from nenghao.hub.store import get_store

PROPOSERS = tuple(MAY_PROPOSE)


@require_safe
def corrections(request: HttpRequest) -> HttpResponseBase:
    """List the corrections of the account's node, by tab: what waits, mine, decided, all."""
    account, store = signed_in(request), get_store()
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "waiting"
    listing = queue(account, view)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    tabs = [(name, label, corrections_of(account, name).count()) for name, label in _tabs()]
    context = {
        "view": view, "tabs": tabs, "may_decide": account.role == Role.OFFICER, "may_propose": _may_propose(request),
        "new_values": new_values(store=store, account=account),
    }  # fmt: skip
    return draw(request, "corrections", listing_context(listing, request) | context)


def _tabs() -> list[tuple[str, str]]:
    return [("waiting", _("待审批")), ("mine", _("我提出的")), ("decided", _("已有决定")), ("all", _("全部"))]


def _may_propose(request: HttpRequest) -> bool:
    return signed_in(request).role in MAY_PROPOSE


@require_safe
def correction(request: HttpRequest, correction_id: int) -> HttpResponseBase:
    """Show one correction: every slot before and after, what became of it, the decision."""
    return _page(request, _own(request, correction_id))


def _own(request: HttpRequest, correction_id: int) -> Correction:
    found = visible_corrections(signed_in(request)).filter(pk=correction_id).first()
    if found is None:
        raise Http404("correction")
    return found


def _page(request: HttpRequest, one: Correction, refused: str = "", typed: str = "") -> HttpResponse:
    account = signed_in(request)
    waits = one.status == Status.PROPOSED
    return draw(request, "correction", {
        "one": one, "outcome": outcome_of(get_store(), one), "refused": refused, "typed": typed,
        "places": enterprise_places(account, one.enterprise),
        "may_decide": waits and account.role == Role.OFFICER and one.proposed_by_id != account.pk,
        "may_withdraw": waits and one.proposed_by_id == account.pk,
    })  # fmt: skip


@roles(*PROPOSERS)
@require_POST
def decision(request: HttpRequest, correction_id: int) -> HttpResponse:
    """Approve, refuse or withdraw one correction."""
    one, account, now = _own(request, correction_id), signed_in(request), timezone.now()
    actor, what, reason = Actor.of(request), request.POST.get("decision", ""), request.POST.get("reason", "")
    try:
        if what == "withdraw":
            withdraw(actor=actor, account=account, now=now, correction_id=one.pk)
        elif what in ("approve", "refuse"):
            decide(
                actor=actor, account=account, now=now, store=get_store(), correction_id=one.pk,
                approve=what == "approve", reason=reason,
            )  # fmt: skip
        else:
            raise NenghaoError("decision-unknown", "没有这个决定", "there is no such decision", field="decision")
    except NenghaoError as error:
        return _page(request, _own(request, correction_id), said(error), reason)
    words = {"withdraw": _("已撤回。"), "refuse": _("未批准。"), "approve": _("已批准，数值和得分已更新。")}
    messages.success(request, words[what])
    return redirect("correction", one.pk)


@roles(Role.OFFICER)
@require_POST
def decisions(request: HttpRequest) -> HttpResponse:
    """Decide the chosen corrections with one reason; what cannot be decided stays, and is named."""
    ids = [int(text) for text in request.POST.getlist("correction") if text.isascii() and text.isdigit()][:1000]
    approve = request.POST.get("decision") == "approve"
    try:
        if not ids:
            raise NenghaoError("nothing-chosen", "没有选中补正", "no correction is chosen", mend_zh="先勾选",
                               mend_en="tick some first")  # fmt: skip
        outcome = decide_many(
            actor=Actor.of(request), account=signed_in(request), now=timezone.now(), store=get_store(),
            correction_ids=ids, approve=approve, reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except NenghaoError as error:
        messages.error(request, said(error))
        return redirect("corrections")
    if outcome.done:
        done = len(outcome.done)
        messages.success(
            request, ngettext("已决定 %(done)d 条补正。", "已决定 %(done)d 条补正。", done) % {"done": done}
        )
    for one, error in outcome.refused[:10]:
        messages.error(request, f"#{one.pk}: {said(error)}")
    return redirect("corrections")


@roles(*PROPOSERS)
def new(request: HttpRequest, code: str) -> HttpResponse:
    """Draw the form of a new correction with its preview; keep it when it is proposed."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    query = request.POST if request.method == "POST" else request.GET
    item = item_of(member, query.get("item", ""))
    try:
        asked = asking.read_asked(query, item, now, store)
    except NenghaoError as error:
        # The span cannot be drawn: yesterday is, with the reason, and everything else as typed.
        kept = query.copy()
        for border in ("from", "to"):
            kept.pop(border, None)
        return _form(request, asking.read_asked(kept, item, now, store), error)
    problem = None
    try:
        made = asking.with_typed(asked, asking.work_out(asked, store))
        if request.method == "POST" and request.POST.get("action") == "propose":
            one = propose(actor=Actor.of(request), account=account, now=now, draft=made, grounds=asked.grounds)
            return _proposed(request, one)
        require_open([Correction(enterprise=member, start=asked.start, end=asked.end)])
    except NenghaoError as error:
        problem = error
    return _form(request, asked, problem)


def _form(request: HttpRequest, asked: asking.Asked, problem: NenghaoError | None) -> HttpResponse:
    store, account, item = get_store(), signed_in(request), asked.item
    form = asking.filled(asked, store, page_language(), problem)
    refused = form.draft.refused
    context = {
        "form": form, "asked": replace(asked, shown=asked.signature), "item": item, "enterprise": item.enterprise,
        "methods": Method.choices, "chart": asking.chart_of(form, state_words()),
        "thin": refused and (refused.reason_en if page_language() == "en" else refused.reason_zh),
        "day_record": asking.day_records_hold(asked, store), "places": enterprise_places(account, item.enterprise),
        "estimates": asking.ESTIMATES,
    }  # fmt: skip
    return draw(request, "form" if request.headers.get("HX-Request") else "new", context)


def _proposed(request: HttpRequest, one: Correction) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return draw(request, "proposed", {"one": one})
    messages.success(request, _("已提出，等待另一人审批。"))
    return redirect("correction", one.pk)
