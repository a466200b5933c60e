"""Pages of the credit list: the cases, who could be put on it, one case, what was handed over."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.credit import services
from nenghao.hub.credit.candidates import Candidate, Thresholds, candidates
from nenghao.hub.credit.forms import ProposalForm, StepForm, ThresholdForm
from nenghao.hub.credit.models import CreditCase, CreditKind, CreditState
from nenghao.hub.credit.steps import STEPS, Step, lawful_steps
from nenghao.hub.credit.words import action_word, facts_text
from nenghao.hub.listing import XLSX, Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.store import get_store
from nenghao.periods import to_beijing


@require_safe
def credit(request: HttpRequest) -> HttpResponseBase:
    """List the cases of the account's node."""
    account = signed_in(request)
    listing = _listing(account)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    cases = services.visible_cases(account)
    counts = {state: cases.filter(state=state).count() for state in ("noticed", "objected", "confirmed", "exported")}
    return _draw(request, "cases", listing_context(listing, request) | {"counts": counts})


def _listing(account: Account) -> Listing:
    return Listing(
        title=_("信用名单"),
        rows=services.visible_cases(account),
        search=("enterprise__name", "enterprise__code"),
        filters=(
            Filter("state", _("状态"), "state", CreditState.choices),
            Filter("kind", _("情形"), "kind", CreditKind.choices),
        ),
        notes={_("依据"): "发改办环资〔2019〕424号 五"},
        columns=(
            ListColumn(
                _("用能单位"), lambda row: row.enterprise.name, order="enterprise__name",
                template="credit/enterprise_cell.html",
            ),
            ListColumn(_("地区"), lambda row: row.enterprise.region.name, order="enterprise__region__path"),
            ListColumn(_("情形"), lambda row: CreditKind(row.kind).label, order="kind"),
            ListColumn(
                _("状态"), lambda row: CreditState(row.state).label, order="state", template="credit/state_cell.html"
            ),
            ListColumn(_("主要事实"), lambda row: facts_text(row.kind, row.facts)),
            ListColumn(_("拟列入"), lambda row: row.proposed_on, kind="date", order="proposed_on"),
            ListColumn(_("申辩截止"), lambda row: row.answer_until, kind="date", order="answer_until"),
            ListColumn(_("认定"), lambda row: row.confirmed_on, kind="date", order="confirmed_on"),
            ListColumn(_("移出"), lambda row: row.closed_on, kind="date", order="closed_on"),
        ),
    )  # fmt: skip


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def candidate_list(request: HttpRequest) -> HttpResponse:
    """Show whom the facts suggest, and open cases for those that an officer ticks."""
    form = ThresholdForm(request.GET)
    found = _candidates(request, form.thresholds())
    if request.method == "POST" and _propose_ticked(request, found):
        return redirect("credit")
    context = {
        "form": form, "candidates": [(one, facts_text(one.kind, one.facts)) for one in found],
        "reason": request.POST.get("reason", ""), "ticked": request.POST.getlist("candidate"),
    }  # fmt: skip
    return _draw(request, "candidates", context)


def _candidates(request: HttpRequest, thresholds: Thresholds) -> list[Candidate]:
    members = visible_enterprises(signed_in(request)).filter(active=True).select_related("region")
    today = to_beijing(timezone.now()).date()
    return list(candidates(store=get_store(), enterprises=members, on=today, thresholds=thresholds))


def _propose_ticked(request: HttpRequest, found: list[Candidate]) -> bool:
    """Open the cases that were ticked; what is refused is said, and nothing typed is lost."""
    ticked = set(request.POST.getlist("candidate"))
    chosen = [one for one in found if one.key in ticked]
    if not chosen:
        messages.error(request, _("请先勾选单位。"))
        return False
    for one in chosen:
        try:
            services.propose(
                actor=Actor.of(request), now=timezone.now(), enterprise=one.enterprise, kind=one.kind.value,
                facts=one.facts, reason=request.POST.get("reason", ""),
            )  # fmt: skip
        except NenghaoError as refused:
            messages.error(request, f"{one.enterprise.name}: {refused.text(page_language())}")
            return False
    messages.success(request, _("已拟列入 %(count)s 户。") % {"count": len(chosen)})
    return True


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def new_case(request: HttpRequest) -> HttpResponse:
    """Open a case by hand."""
    form = ProposalForm(request.POST or None, initial={"enterprise": request.GET.get("enterprise", "")})
    if request.method == "POST" and form.is_valid():
        enterprise = visible_enterprises(signed_in(request)).filter(code=form.cleaned_data["enterprise"]).first()
        if enterprise is None:
            form.add_error("enterprise", _("辖区内没有这个用能单位。"))
        elif made := _propose(request, form, enterprise.code):
            return redirect("credit-case", made.pk)
    return _draw(request, "new_case", {"form": form})


def _propose(request: HttpRequest, form: ProposalForm, code: str) -> CreditCase | None:
    try:
        return services.propose(
            actor=Actor.of(request), now=timezone.now(), enterprise=require_enterprise(signed_in(request), code),
            kind=form.cleaned_data["kind"], facts={}, reason=form.cleaned_data["reason"],
        )  # fmt: skip
    except NenghaoError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.text(page_language()))
        return None


@require_safe
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show a case: its facts, its steps, what may come next."""
    found = _require_case(request, case_id)
    return _draw(request, "case", _case_context(request, found, None))


@require_POST
def step(request: HttpRequest, case_id: int, action: str) -> HttpResponse:
    """Take a step; a refused one comes back with what was typed."""
    found = _require_case(request, case_id)
    if action not in STEPS:
        raise Http404("step")
    form = StepForm(request.POST, step=STEPS[action])
    if form.is_valid() and _take(request, found, form):
        return redirect("credit-case", found.pk)
    return _draw(request, "case", _case_context(request, found, form), status=400)


def _take(request: HttpRequest, found: CreditCase, form: StepForm) -> bool:
    try:
        services.take_step(
            actor=Actor.of(request), now=timezone.now(), case_id=found.pk, action=form.step.action,
            role=signed_in(request).role, **form.cleaned_data,
        )  # fmt: skip
    except NenghaoError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.text(page_language()))
        return False
    return True


def _require_case(request: HttpRequest, case_id: int) -> CreditCase:
    found = services.visible_cases(signed_in(request)).filter(pk=case_id).first()
    if found is None:
        raise Http404("case")
    return found


def _case_context(request: HttpRequest, found: CreditCase, refused: StepForm | None) -> dict[str, Any]:
    def form_of(step: Step) -> StepForm:
        return refused if refused is not None and refused.step is step else StepForm(step=step)

    return {
        "case": found, "facts": facts_text(found.kind, found.facts), "kind": CreditKind(found.kind).label,
        "state": CreditState(found.state),
        "steps": [(step, action_word(step.action)) for step in found.steps.all()],  # type: ignore[attr-defined]
        "forms": [form_of(step) for step in lawful_steps(found.state, signed_in(request).role)],
    }  # fmt: skip


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """List what was handed over; hand over what is confirmed and waits."""
    account = signed_in(request)
    cases = services.visible_cases(account)
    if request.method == "POST":
        assert account.region is not None
        try:
            services.export(
                actor=Actor.of(request), now=timezone.now(), region=account.region, cases=cases,
                reason=request.POST.get("reason", ""),
            )  # fmt: skip
        except NenghaoError as refused:
            messages.error(request, refused.text(page_language()))
        return redirect("credit-exports")
    waiting = cases.filter(state=CreditState.CONFIRMED)
    return _draw(request, "exports", {"exports": services.visible_exports(account), "waiting": waiting})


@roles(Role.OFFICER)
@require_GET
def export_file(request: HttpRequest, export_id: int) -> HttpResponseBase:
    """Give a list again as it was handed over, as Excel or (``format=json``) as JSON."""
    found = services.visible_exports(signed_in(request)).filter(pk=export_id).first()
    if found is None:
        raise Http404("export")
    name = f"credit-{found.pk}-{to_beijing(found.exported_at):%Y%m%d}"
    if request.GET.get("format") == "json":
        answer = JsonResponse(found.table, safe=False, json_dumps_params={"ensure_ascii": False, "indent": 1})
        answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
        return answer
    content = io.BytesIO(bytes(found.workbook))
    return FileResponse(content, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _draw(request: HttpRequest, page: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    rights = {"may_act": signed_in(request).role == Role.OFFICER}
    return render(request, f"credit/{page}.html", rights | context, status=status)
