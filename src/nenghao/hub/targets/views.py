"""Pages of targets: how a region or an enterprise stands, grades of months and their issue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, require_region
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import Filter, ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import Place, asked_span, beijing_now, page_context, region_places
from nenghao.hub.monitoring.span import MONTHS, Span, parse_span
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import Region
from nenghao.hub.store import get_store
from nenghao.hub.targets import services
from nenghao.hub.targets.grading import issue_grades, rules_for, visible_grades
from nenghao.hub.targets.models import Plan, TargetKind
from nenghao.hub.targets.owners import Owner, enterprise_owner, parts_of, region_owner
from nenghao.hub.targets.progress import Standing
from nenghao.hub.targets.region_progress import newest_month
from nenghao.hub.targets.shown import Row, colour_choices, progress_chart, standings_listing
from nenghao.hub.targets.statistics import distinct
from nenghao.periods import BEIJING, PeriodKind


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """Lead everyone to the targets of the own node."""
    account = signed_in(request)
    if account.enterprise is not None:
        return redirect("targets-enterprise", account.enterprise.code)
    if account.role == Role.INSTITUTION or account.region is None:
        return redirect("home")
    return redirect("targets-region", account.region.code)


def chosen_month(request: HttpRequest, now: datetime) -> Span:
    """Give the month in the URL, or the last one that is over; of a day or a year, the month it ends in."""
    span = asked_span(request)
    if span is None:
        return Span.of(PeriodKind.MONTH, now).before
    return span if span.kind is PeriodKind.MONTH else Span.of(PeriodKind.MONTH, min(span.end, now)).before


def _plan(request: HttpRequest, region_path: str, year: int) -> Plan | None:
    """Give the plan in the URL, if it applies here, else the one of the year."""
    wanted = request.GET.get("plan", "")
    if wanted.isdecimal():
        return services.plans_over(region_path).filter(pk=int(wanted)).first()
    return services.plan_for(region_path, year)


def _progress(plan: Plan | None, owners: Sequence[Owner], month: date) -> services.Progress | None:
    return None if plan is None else services.progress(store=get_store(), plan=plan, owners=owners, month=month)


def _of(found: services.Progress | None, owner: Owner, *, own: bool) -> list[Standing]:
    """Give the standings of an owner, or those of all others."""
    return [one for one in found.standings if (one.owner.key == owner.key) is own] if found else []


def _places(account: Account, region: Region, query: str) -> list[Place]:
    return region_places(account, region, query, "targets-region")


@require_safe
def region(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show whether a region keeps its targets, and who below it does not."""
    account, now = signed_in(request), beijing_now()
    place = require_region(account, code)
    span = chosen_month(request, now)
    plan = _plan(request, place.path, span.start.year)
    members = services.enterprises_in(account, place)
    owner = region_owner(place, members)
    found = _progress(plan, (owner, *parts_of(place, members)), span.start.date())
    rows = [Row(one, f"?period={span.text}") for one in _of(found, owner, own=False)]
    listing = standings_listing(rows, title=_("目标进度"))
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    context = _standing_context(account, found, owner, span) | {
        "region": place, "counts": _counts(rows),
        "may_issue": account.role == Role.OFFICER and found is not None and bool(found.standings),
        "may_set": account.role == Role.OFFICER, "parts": len(rows),
    }  # fmt: skip
    places = _places(account, place, f"?period={span.text}")
    return render(
        request,
        "targets/region.html",
        page_context(request, span, places, MONTHS) | listing_context(listing, request) | context,
    )


def _counts(rows: Sequence[Row]) -> list[tuple[str, str, int]]:
    found = Counter(row.colour for row in rows)
    return [(colour, word, found[colour]) for colour, word in colour_choices() if found[colour]]


def _standing_context(account: Account, found: services.Progress | None, owner: Owner, span: Span) -> dict[str, Any]:
    month = span.start.date()
    own = _of(found, owner, own=True)
    total = next((one for one in own if one.kind is TargetKind.TOTAL), None)
    chart = progress_chart(found.moment, owner, total.target.cap_tce) if found is not None and total else None
    rules = rules_for([owner.region_path], month)[owner.region_path]
    return {
        "plan": found.moment.plan if found else None, "own": [Row(one, "") for one in own], "chart": chart,
        "owner": owner, "figures": distinct(row for one in own for row in one.figures),
        "newest": _newest(found, owner, own, month),
        "rules": [(kind.label, rule.title(page_language()), rule) for kind, rule in rules.items()],
        "grades": visible_grades(account).filter(owner_key=owner.key)[:12],
    }  # fmt: skip


def _newest(found: services.Progress | None, owner: Owner, own: Sequence[Standing], month: date) -> str:
    """Name the last month that published statistics reach, where they do not reach the one looked at."""
    statistics = found.moment.statistics_of(owner) if found else None
    if statistics is None or all(one.reached is not None for one in own):
        return ""
    last = newest_month(statistics, owner.code, month.year)
    return f"{month.year}-{last:02d}" if last and last != month.month else ""


@require_safe
def enterprise(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show whether an enterprise keeps its targets."""
    account, now = signed_in(request), beijing_now()
    member = require_enterprise(account, code)
    span = chosen_month(request, now)
    plan = _plan(request, member.region.path, span.start.year)
    owner = enterprise_owner(member)
    found = _progress(plan, (owner,), span.start.date())
    context = _standing_context(account, found, owner, span) | {"enterprise": member}
    query = f"?period={span.text}"
    places = [
        *_places(account, member.region, query),
        Place(member.name, reverse("targets-enterprise", args=[member.code]) + query),
    ]
    return render(request, "targets/enterprise.html", page_context(request, span, places, MONTHS) | context)


@roles(Role.OFFICER)
@require_POST
def issue(request: HttpRequest, code: str) -> HttpResponse:
    """Issue the grades of a month for a region and what lies just below it."""
    account = signed_in(request)
    place = require_region(account, code)
    span = parse_span(request.POST.get("period", ""))
    plan = services.plan_for(place.path, span.start.year)
    back = reverse("targets-region", args=[code]) + f"?period={span.text}"
    if plan is None or span.kind is not PeriodKind.MONTH or span.end > datetime.now(BEIJING):
        messages.error(request, _("该月尚未结束，或没有适用的规划期，不能定级。"))
        return redirect(back)
    members = services.enterprises_in(account, place)
    owners = (region_owner(place, members), *parts_of(place, members))
    month = span.start.date()
    found = services.target_progress(store=get_store(), plan=plan, owners=owners, month=month)
    try:
        count = issue_grades(
            actor=Actor.of(request), now=timezone.now(), region=place, plan=plan, month=month, found=found,
            rules=rules_for(sorted({one.owner.region_path for one in found}), month),
            reason=request.POST.get("reason", ""),
        )  # fmt: skip
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
        return redirect(back)
    messages.success(request, _("已定级 %(count)s 项。") % {"count": count})
    return redirect(back)


@require_safe
def grades(request: HttpRequest) -> HttpResponseBase:
    """List the grades as they were issued."""
    listing = Listing(
        title=_("月度定级"),
        rows=visible_grades(signed_in(request)),
        search=("region__name", "enterprise__name", "enterprise__code"),
        filters=(
            Filter("kind", _("目标"), "kind", TargetKind.choices),
            Filter("colour", _("分级"), "colour", colour_choices()[:-1]),
        ),
        columns=(
            ListColumn(_("月份"), lambda row: f"{row.month:%Y-%m}", order="month"),
            ListColumn(_("责任主体"), lambda row: (row.region or row.enterprise).name),
            ListColumn(_("目标"), lambda row: TargetKind(row.kind).label, order="kind"),
            ListColumn(_("分级"), _grade_word, order="severity", template="targets/grade_cell.html"),
            ListColumn(_("应达到"), lambda row: _amount(row, row.due), kind="number"),
            ListColumn(_("已达到"), lambda row: _amount(row, row.reached), kind="number"),
            ListColumn(_("单位"), lambda row: "%" if row.kind == TargetKind.INTENSITY else "tce"),
            ListColumn(_("依据"), _basis),
            ListColumn(_("定级人"), lambda row: row.issued_by),
            ListColumn(_("定级时间"), lambda row: row.issued_at, kind="datetime", order="issued_at"),
        ),
    )  # fmt: skip
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    return render(request, "targets/grades.html", listing_context(listing, request))


def _amount(row: Any, value: float | None) -> float | None:
    return None if value is None else value * (100 if row.kind == TargetKind.INTENSITY else 1)


def _basis(row: Any) -> str:
    """Say on what a grade rested: the periods of the statistics as they stood, else the enterprises' accounts."""
    if not row.figures:
        return _("用能单位核算")
    periods = "、".join(dict.fromkeys(one["period"] for one in row.figures))
    return _("统计数据 %(periods)s") % {"periods": periods}


def _grade_word(row: Any) -> str:
    return (row.name_zh if page_language() == "zh" else row.name_en) or _("不能判定")
