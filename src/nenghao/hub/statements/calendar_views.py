"""Views of the calendar of terms: by list and month, as a file for other calendars, and an officer's rules."""

from __future__ import annotations

import calendar as months
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_region, visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.monitoring.pages import beijing_now
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.statements import deadlines
from nenghao.hub.statements.deadlines import Due, terms
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.reporting.statements import statement_forms

FILE_DAYS = 366


@roles(Role.ENERGY_MANAGER, Role.OFFICER, Role.OPERATOR)
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """Show the terms of a month, in a list and in a sheet of days."""
    account, today = signed_in(request), beijing_now().date()
    text = request.GET.get("period", "")
    month = FilingPeriod.parse(text, "month") if text else FilingPeriod.of("month", today)
    members = _members(account)
    found = deadlines.calendar(enterprises=members, first=month.start, last=month.end - timedelta(days=1), today=today)
    context = {
        "month": month, "later": FilingPeriod(month.end, "month"), "dues": _titled(found), "today": today,
        "weeks": _weeks(month, found), "rules": _rules(account), "may_set": account.role == Role.OFFICER,
        "is_enterprise": account.enterprise_id is not None,
        "overdue": deadlines.overdue_counts(enterprises=members, today=today)[0],
    }  # fmt: skip
    return render(request, "statements/calendar.html", context)


def _members(account: Account) -> list[Enterprise]:
    return list(visible_enterprises(account).filter(active=True).select_related("region"))


def _titled(found: list[Due]) -> list[tuple[Due, str]]:
    return [(due, due.form.title(page_language())) for due in found]


def _weeks(month: FilingPeriod, found: list[Due]) -> list[list[tuple[date, bool, list[tuple[Due, str]]]]]:
    """Give the weeks of a month: each day, whether it belongs to it, and what is due."""
    weeks = months.Calendar(firstweekday=0).monthdatescalendar(month.start.year, month.start.month)
    titled = _titled(found)
    return [
        [(day, day.month == month.start.month, [one for one in titled if one[0].day == day]) for day in week]
        for week in weeks
    ]


def _rules(account: Account) -> list[tuple[Any, str, Any]]:
    """Give the term of every form at the account's node."""
    region = account.region or (account.enterprise.region if account.enterprise else None)
    if region is None:
        return []
    known = terms([region])
    return [(form, form.title(page_language()), known[region.code, key]) for key, form in statement_forms().items()]


@roles(Role.ENERGY_MANAGER, Role.OFFICER, Role.OPERATOR)
@require_safe
def calendar_download(request: HttpRequest) -> HttpResponse:
    """Give the terms of the coming year as an iCalendar file."""
    account, now = signed_in(request), beijing_now()
    today = now.date()
    found = deadlines.calendar(
        enterprises=_members(account)[:1] if account.enterprise_id else _members(account), first=today,
        last=today + timedelta(days=FILE_DAYS), today=today,
    )  # fmt: skip
    body = deadlines.calendar_file(found, name=_("报表报送期限"), now=timezone.now())
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="statements.ics"'
    return answer


@roles(Role.OFFICER)
@require_POST
def rule(request: HttpRequest) -> HttpResponse:
    """Set the term of a form for the own region, or one below it."""
    account = signed_in(request)
    region = require_region(account, request.POST.get("region", "") or account.region_id or "")
    try:
        deadlines.set_rule(
            actor=Actor.of(request), now=timezone.now(), region=region, form_key=request.POST.get("form", ""),
            is_asked=bool(request.POST.get("is_asked")), days=_days(request, "days"),
            workdays=bool(request.POST.get("workdays")), remind_days=_days(request, "remind_days"),
            source=request.POST.get("source", ""),
        )  # fmt: skip
        messages.success(request, _("期限已设定。"))
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    return redirect("statement-calendar")


def _days(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else -1
