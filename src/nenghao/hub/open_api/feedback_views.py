"""The page of reported problems, and their answers."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.open_api.feedback import answer_feedback, visible_feedback
from nenghao.hub.open_api.forms import AnswerForm
from nenghao.hub.open_api.models import Feedback, FeedbackState

MAY_ANSWER = (Role.OFFICER, Role.ENERGY_MANAGER)
BIGGEST_KEY = 2**63 - 1


@require_safe
def feedback_list(request: HttpRequest) -> HttpResponseBase:
    """List what other systems report about the enterprises of the account's node."""
    listing = _listing(signed_in(request))
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    return render(request, "open_api/feedback_list.html", listing_context(listing, request))


@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest, feedback_id: int) -> HttpResponse:
    """Show one problem; take its answer."""
    account = signed_in(request)
    found = visible_feedback(account).filter(pk=feedback_id).first() if feedback_id <= BIGGEST_KEY else None
    if found is None:
        raise Http404("feedback")
    may_answer = account.role in MAY_ANSWER
    form = AnswerForm(request.POST or None, initial={"state": found.state, "answer": found.answer})
    if request.method == "POST" and may_answer and form.is_valid() and _answer(request, found, form):
        return redirect("api-feedback-one", found.pk)
    context = {"feedback": found, "form": form, "may_answer": may_answer, "state": FeedbackState(found.state)}
    return render(request, "open_api/feedback.html", context, status=400 if form.errors else 200)


def _answer(request: HttpRequest, found: Feedback, form: AnswerForm) -> bool:
    try:
        answer_feedback(
            actor=Actor.of(request), now=timezone.now(), account=signed_in(request), feedback_id=found.pk,
            **form.cleaned_data,
        )  # fmt: skip
    except NenghaoError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.text(page_language()))
        return False
    return True


def _listing(account: Account) -> Listing:
    return Listing(
        title=_("问题反馈"),
        rows=visible_feedback(account),
        search=("enterprise__name", "enterprise__code", "message", "reference"),
        filters=(Filter("state", _("状态"), "state", FeedbackState.choices),),
        columns=(
            ListColumn(_("编号"), lambda row: row.pk, kind="integer", template="open_api/number_cell.html"),
            ListColumn(_("用能单位"), lambda row: row.enterprise.name, order="enterprise__name"),
            ListColumn(_("时段"), lambda row: row.period, order="period"),
            ListColumn(_("指标"), lambda row: " ".join(part for part in (row.energy_key, row.figure) if part)),
            ListColumn(_("取得的值"), lambda row: row.our_value, kind="number"),
            ListColumn(_("对方的值"), lambda row: row.their_value, kind="number"),
            ListColumn(_("单位"), lambda row: row.unit),
            ListColumn(pgettext("feedback", "问题"), lambda row: row.message[:80]),
            ListColumn(_("来自"), lambda row: f"{row.token.name} ({row.token.account.username})"),
            ListColumn(_("反馈时间"), lambda row: row.reported_at, kind="datetime", order="reported_at"),
            ListColumn(
                _("状态"), lambda row: FeedbackState(row.state).label, order="state",
                template="open_api/feedback_state_cell.html",
            ),
        ),
    )  # fmt: skip
