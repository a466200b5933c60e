"""Views of hand-filling days, and of filling by rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.corrections.asking import instant_of
from nenghao.hub.corrections.by_rule import MAX_DAYS, propose_by_rule, reasons_left
from nenghao.hub.corrections.fill_rules import BY_RULE, Rule, put_rule, rule_for
from nenghao.hub.corrections.filling import checked_days, propose_days, table
from nenghao.hub.corrections.models import Method
from nenghao.hub.corrections.pages import draw, said
from nenghao.hub.corrections.services import MAY_PROPOSE, Grounds
from nenghao.hub.monitoring.pages import beijing_now, enterprise_places
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.store import get_store

PROPOSERS = tuple(MAY_PROPOSE)
WEEK = timedelta(days=7)


@roles(*PROPOSERS)
def fill_days(request: HttpRequest, code: str) -> HttpResponse:
    """Show days × items of an enterprise; take what was typed as proposals."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    query = request.POST if request.method == "POST" else request.GET
    errors: dict[str, str] = {}
    typed = {name: text for name in query if isinstance(text := query.get(name), str)}
    start, end = _days(now)
    try:
        start, end = _span(query, start, end)
        checked_days(start, end, now)
    except NenghaoError as error:
        errors["form"], (start, end) = said(error), _days(now)
    if request.method == "POST" and not errors:
        grounds = Grounds(
            reason=query.get("reason", ""), evidence=query.get("evidence", ""), document=query.get("document", ""),
            is_measured=query.get("is_measured") == "1",
        )  # fmt: skip
        try:
            made = propose_days(
                actor=Actor.of(request), account=account, now=now, store=store, enterprise=member, start=start,
                end=end, typed=typed, grounds=grounds,
            )  # fmt: skip
        except NenghaoError as error:
            errors[error.field or "form"] = said(error)
        else:
            messages.success(request, _("已提出 %(count)d 条补正，等待审批。") % {"count": len(made)})
            return redirect("corrections")
    shown = table(store=store, enterprise=member, start=start, end=end, typed=typed, errors=errors)
    return draw(request, "days", {
        "enterprise": member, "table": shown, "start": start, "last": end - timedelta(days=1), "errors": errors,
        "typed": query, "places": enterprise_places(account, member),
    })  # fmt: skip


def _days(now: datetime) -> tuple[datetime, datetime]:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today - WEEK, today


def _span(query: Any, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Read the first and the last day (the last one included, as people write it)."""
    if query.get("from"):
        start = instant_of(query["from"][:10], "from")
    if query.get("last"):
        end = instant_of(query["last"][:10], "last") + timedelta(days=1)
    return start, end


@roles(*PROPOSERS)
def fill_by_rule(request: HttpRequest) -> HttpResponse:
    """Show the rule for filling gaps; run it over a span, or change it."""
    account, now = signed_in(request), beijing_now()
    query = request.POST if request.method == "POST" else request.GET
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            if query.get("action") == "rule":
                _change_rule(request, account, now)
                return redirect("fill-by-rule")
            _run(request, account, now)
            return redirect("corrections")
        except NenghaoError as error:
            errors[error.field or "form"] = said(error)
    start, end = _days(now)
    return draw(request, "by_rule", {
        "rule": rule_for(account.region_path), "errors": errors, "typed": query, "start": start,
        "last": end - timedelta(days=1), "may_change": account.role == Role.OFFICER, "max_days": MAX_DAYS,
        "methods": [(method.value, method.label) for method in BY_RULE], "labels": dict(Method.choices),
    })  # fmt: skip


def _change_rule(request: HttpRequest, account: Account, now: datetime) -> None:
    ordered = sorted(
        (text, method.value) for method in BY_RULE if (text := request.POST.get(f"order-{method.value}", "").strip())
    )
    rule = Rule(
        tuple(method for _order, method in ordered), _whole(request, "linear_max_minutes", 24 * 60),
        _whole(request, "max_gap_hours", 24 * MAX_DAYS),
    )  # fmt: skip
    if account.region is None:
        raise NenghaoError("rule-role", "只能修改本级主管部门的规则", "an officer changes the rule of the own region")
    put_rule(actor=Actor.of(request), account=account, now=now, region=account.region, rule=rule)
    messages.success(request, _("规则已保存。"))


def _whole(request: HttpRequest, name: str, most: int) -> int:
    text = request.POST.get(name, "").strip()
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= most:
        raise NenghaoError(
            "number-range", f"请填 1 至 {most} 的整数", f"give a whole number from 1 to {most}", field=name
        )
    return int(text)


def _run(request: HttpRequest, account: Account, now: datetime) -> None:
    members = visible_enterprises(account).filter(active=True)
    if code := request.POST.get("enterprise", "").strip():
        members = members.filter(pk=require_enterprise(account, code).pk)
    start, end = _span(request.POST, *_days(now))
    done = propose_by_rule(
        actor=Actor.of(request), account=account, now=now, store=get_store(),
        enterprise_ids=list(members.values_list("pk", flat=True)), start=start, end=end,
        reason=request.POST.get("reason", ""),
    )  # fmt: skip
    words = _("发现 %(gaps)d 个缺口，提出 %(made)d 条补正。") % {"gaps": done.gaps, "made": len(done.corrections)}
    messages.success(request, words)
    for reason, count in reasons_left(done, page_language()).items():
        messages.warning(request, _("未补 %(count)d 个：%(reason)s") % {"count": count, "reason": reason})
