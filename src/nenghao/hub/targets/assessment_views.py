"""Pages of assessment: rounds, one round's table, the score sheet of an enterprise or a region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import require_region
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import Region
from nenghao.hub.store import get_store
from nenghao.hub.targets import assessing, assessors, services
from nenghao.hub.targets.facts import fill_in
from nenghao.hub.targets.forms import RoundForm, parse_error
from nenghao.hub.targets.models import Assessment, AssessmentRound, AssessmentState
from nenghao.hub.targets.sheet_form import doubts_of, read_sheet_form, sheet_rows
from nenghao.reference.library import library


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """List the rounds."""
    account = signed_in(request)
    sheets = library().score_sheets
    visible = assessors.visible_rounds(account).select_related("region")
    found = [(one, sheets[one.sheet_key], sheets[one.sheet_key].title(page_language())) for one in visible]
    return render(request, "targets/rounds.html", {"rounds": found, "may_open": account.role == Role.OFFICER})


@roles(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def new_round(request: HttpRequest) -> HttpResponse:
    """Open a round for enterprises of the own region, or (``of=regions``) for the regions below it."""
    account = signed_in(request)
    assert account.region is not None
    of_regions = request.GET.get("of") == "regions"
    members = (
        assessors.regions_below(account.region) if of_regions else services.enterprises_in(account, account.region)
    )
    field = "regions" if of_regions else "enterprises"
    form = RoundForm(
        request.POST or None, members=members, of_regions=of_regions, language=page_language(),
        initial={"year": timezone.localdate().year - 1, field: [one.code for one in members],
                 "sheet_key": "county-government-11th" if of_regions else "shanghai-2024"},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        chosen = [one for one in members if one.code in set(form.cleaned_data[field])]
        made = _open(request, account.region, form, {field: chosen})
        if made is not None:
            return redirect("assessment-round", made.pk)
    return render(request, "targets/round_new.html", {"form": form, "members": members, "of_regions": of_regions})


def _open(request: HttpRequest, region: Region, form: RoundForm, chosen: Mapping[str, Any]) -> AssessmentRound | None:
    said = form.cleaned_data
    try:
        made = assessing.open_round(
            actor=Actor.of(request), now=timezone.now(), region=region, year=said["year"],
            sheet_key=said["sheet_key"], title=said["title"], self_due_on=said["self_due_on"], **chosen,
        )  # fmt: skip
    except NenghaoError as error:
        form.add_error(error.field if error.field in form.fields else None, error.text(page_language()))
        return None
    _fill(made)
    return made


def _fill(round_: AssessmentRound) -> int:
    found = Assessment.objects.filter(round=round_).exclude(state=AssessmentState.CONFIRMED)
    open_ones = list(found.select_related(*assessors.WITH_PLACES).prefetch_related("answers"))
    return fill_in(store=get_store(), assessments=open_ones, now=timezone.now())


def _require_round(request: HttpRequest, round_id: int) -> AssessmentRound:
    found = assessors.visible_rounds(signed_in(request)).select_related("region").filter(pk=round_id).first()
    if found is None:
        raise Http404("round")
    return found


@require_safe
def round_page(request: HttpRequest, round_id: int) -> HttpResponseBase:
    """Show who was assessed in a round and with what result."""
    account = signed_in(request)
    found = _require_round(request, round_id)
    sheet = assessors.sheet_of(found)
    rows = assessors.visible_assessments(account).filter(round=found)
    listing = _listing(rows, found.title, of_regions=sheet.is_of_regions)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    context = {
        "round": found, "sheet": sheet, "sheet_title": sheet.title(page_language()),
        "may_close": account.role == Role.OFFICER and found.state == "open" and _owns(request, found),
    }  # fmt: skip
    return render(request, "targets/round.html", listing_context(listing, request) | context)


def _owns(request: HttpRequest, round_: AssessmentRound) -> bool:
    account = signed_in(request)
    return account.region is not None and round_.region.path.startswith(account.region.path)


def _listing(rows: Any, title: str, *, of_regions: bool) -> Listing:
    who = _region_columns() if of_regions else _enterprise_columns()
    unread = (ListColumn(_("未读到的分"), lambda row: row.open_points, kind="number", order="open_points"),)
    return Listing(
        title=title,
        rows=rows,
        search=("region__name", "region__code") if of_regions else ("enterprise__name", "enterprise__code"),
        filters=(Filter("state", _("状态"), "state", AssessmentState.choices),),
        columns=(
            *who,
            ListColumn(_("状态"), lambda row: AssessmentState(row.state).label, order="state"),
            ListColumn(_("得分"), lambda row: row.points, kind="number", order="points"),
            *(unread if of_regions else ()),
            ListColumn(_("等级"), _grade, order="grade_zh"),
            ListColumn(_("最近操作"), lambda row: row.changed_at, kind="datetime", order="changed_at"),
        ),
    )  # fmt: skip


def _enterprise_columns() -> tuple[ListColumn, ...]:
    return (
        ListColumn(_("用能单位"), lambda row: row.enterprise.name, order="enterprise__name",
                   template="targets/assessment_cell.html"),
        ListColumn(_("地区"), lambda row: row.enterprise.region.name, order="enterprise__region__path"),
        ListColumn(_("行业"), lambda row: row.enterprise.industry.name),
    )  # fmt: skip


def _region_columns() -> tuple[ListColumn, ...]:
    return (
        ListColumn(_("地区"), lambda row: row.region.name, order="region__name",
                   template="targets/assessment_cell.html"),
        ListColumn(_("行政区划代码"), lambda row: row.region.code, order="region__code"),
    )  # fmt: skip


def _grade(row: Assessment) -> str:
    return row.grade_zh if page_language() == "zh" else row.grade_en


@roles(Role.OFFICER)
@require_POST
def close(request: HttpRequest, round_id: int) -> HttpResponse:
    """End a round, or fill in anew what the platform knows."""
    found = _require_round(request, round_id)
    place = require_region(signed_in(request), found.region_id)
    if request.POST.get("step") == "fill":
        messages.success(request, _("已取数 %(count)s 项。") % {"count": _fill(found)})
    else:
        assessing.close_round(
            actor=Actor.of(request), now=timezone.now(), region=place, round_=found,
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
    return redirect("assessment-round", found.pk)


def _require_assessment(request: HttpRequest, round_id: int, code: str) -> Assessment:
    who = Q(enterprise__code=code) | Q(region=code)
    found = assessors.visible_assessments(signed_in(request)).filter(who, round__pk=round_id).first()
    if found is None:
        raise Http404("assessment")
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def assessment(request: HttpRequest, round_id: int, code: str) -> HttpResponse:
    """Show the score sheet of an enterprise or a region, and keep what a person fills in."""
    found = _require_assessment(request, round_id, code)
    if request.method == "POST":
        return _save(request, found)
    return _draw(request, found, {})


def _save(request: HttpRequest, found: Assessment) -> HttpResponse:
    account = signed_in(request)
    posted = {name: str(value) for name, value in request.POST.items()}
    sheet = assessors.sheet_of(found.round)
    try:
        said = read_sheet_form(sheet, posted, review=assessors.reviews(account, found))
        assessing.say(actor=Actor.of(request), now=timezone.now(), account=account, assessment=found, said=said)
    except NenghaoError as error:
        messages.error(request, parse_error(error, page_language()))
        return _draw(request, found, posted, status=400)
    messages.success(request, _("已保存。"))
    return redirect("assessment", found.round_id, found.subject.code)


def _draw(request: HttpRequest, found: Assessment, typed: Mapping[str, str], status: int = 200) -> HttpResponse:
    account = signed_in(request)
    sheet = assessors.sheet_of(found.round)
    answers = assessing.answers_of(found)
    result = assessing.scored(sheet, answers)
    scores_self, reviews = assessors.scores_self(account, found), assessors.reviews(account, found)
    groups = sheet_rows(sheet, result, answers, typed, language=page_language(), code=found.subject.code)
    context = {
        "assessment": found, "sheet": sheet, "sheet_title": sheet.title(page_language()), "result": result,
        "groups": groups, "doubts": doubts_of(groups),
        "scores_self": scores_self, "reviews": reviews, "state_word": AssessmentState(found.state).label,
        "may_return": assessors.may_return(account, found), "of_region": sheet.is_of_regions,
        "typed": typed, "may_fill": scores_self or reviews,
    }  # fmt: skip
    return render(request, "targets/assessment.html", context, status=status)


@require_POST
def step(request: HttpRequest, round_id: int, code: str, action: str) -> HttpResponse:
    """Submit, give back or confirm; or take anew what the platform knows."""
    found = _require_assessment(request, round_id, code)
    common = {"actor": Actor.of(request), "now": timezone.now(), "account": signed_in(request), "assessment": found}
    note = request.POST.get("note", "")
    try:
        if action == "fill":
            assessing.may_say(signed_in(request), found)
            count = fill_in(store=get_store(), assessments=[found], now=timezone.now())
            messages.success(request, _("已取数 %(count)s 项。") % {"count": count})
        elif action == "submit":
            assessing.submit(**common)
        elif action == "return":
            assessing.give_back(**common, reason=note)
        elif action == "confirm":
            assessing.confirm(**common, note=note)
        else:
            raise Http404("step")
    except NenghaoError as error:
        messages.error(request, error.text(page_language()))
    return redirect("assessment", round_id, code)
