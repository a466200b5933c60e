"""Views of the quality pages: parse and authorise, call one service, render."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, require_region, visible_enterprises
from nenghao.hub.listing import wants_workbook
from nenghao.hub.monitoring.exports import excel_response
from nenghao.hub.monitoring.pages import Place, beijing_now, chosen_span, page_context, region_places
from nenghao.hub.monitoring.span import Span
from nenghao.hub.quality_review.comparisons import comparison
from nenghao.hub.quality_review.enterprise import PLAN_SHOWN, enterprise_quality
from nenghao.hub.quality_review.findings import check_choices
from nenghao.hub.quality_review.interval import interval_quality
from nenghao.hub.quality_review.item import Chosen, item_quality
from nenghao.hub.quality_review.region import DEFAULT_SORT, PAGE_SIZE, region_quality, sorted_rows
from nenghao.hub.quality_review.schemes import chosen_scheme, point_schemes
from nenghao.hub.quality_review.scoring import GOOD_ENOUGH
from nenghao.hub.quality_review.sheets import REGION_SHEETS, findings_sheet
from nenghao.hub.quality_review.templatetags.quality import page_of
from nenghao.hub.quality_review.window import DAY, MONTH, REALTIME
from nenghao.hub.quality_review.words import NUMBERS, flag_words, weekday_words
from nenghao.hub.quality_review.workbook import score_workbook_response
from nenghao.hub.registry.models import DataItem, Enterprise, Region
from nenghao.hub.store import get_store
from nenghao.periods import BEIJING
from nenghao.quality.codes import CHECK_CODES
from nenghao.quality.scores import Scheme

STAT_TYPES = (REALTIME, DAY, MONTH)


def _draw(request: HttpRequest, page: str, context: Mapping[str, Any]) -> HttpResponse:
    return render(request, f"quality_review/{page}.html", dict(context) | {"good_enough": GOOD_ENOUGH})


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """Lead everyone to the quality of the own node."""
    account = signed_in(request)
    if account.enterprise is not None:
        return redirect("quality-enterprise", account.enterprise.code)
    if account.role == Role.INSTITUTION or account.region is None:
        return redirect("home")
    return redirect("quality-region", account.region.code)


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _query(span: Span, scheme: Scheme) -> str:
    return f"?period={span.text}&scheme={scheme.key}"


def _places(account: Account, region: Region, query: str, *more: Place) -> list[Place]:
    """Give the breadcrumb: regions by their quality pages, then what lies in them."""
    return [*region_places(account, region, query, "quality-region"), *more]


@require_safe
def region(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the ranking of a region."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    place = require_region(account, code)
    members = visible_enterprises(account).filter(region__path__startswith=place.path, active=True)
    span = chosen_span(request, store, list(members.values_list("id", flat=True)), now)
    known = point_schemes(place.path, span)
    scheme = chosen_scheme(request.GET.get("scheme", ""), known)
    found = region_quality(store=store, region=place, enterprises=members, span=span, scheme=scheme, now=now)
    words, sort = request.GET.get("q", "").strip(), request.GET.get("sort", DEFAULT_SORT)
    rows = sorted_rows(found.ranking, sort, words)
    if wants_workbook(request):
        table = request.GET.get("table", "ranking")
        if table not in REGION_SHEETS:
            raise Http404(table)
        return excel_response(
            REGION_SHEETS[table](found, rows), account=account, now=now, place=place.name, period=span.text,
            filters=[("q", words)] if words else [],
        )  # fmt: skip
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    page = min(_number(request, "page"), pages)
    context = {
        "found": found, "rows": rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], "count": len(rows), "page": page,
        "pages": pages, "sort": sort, "words": words, "schemes": known, "scheme": scheme,
        "scheme_query": _query(span, scheme),
    }  # fmt: skip
    return _draw(
        request, "region", page_context(request, span, _places(account, place, _query(span, scheme))) | context
    )


def _enterprise_place(member: Enterprise, query: str) -> Place:
    return Place(member.name, reverse("quality-enterprise", args=[member.code]) + query)


@require_safe
def enterprise(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show why an enterprise has its score, and what mends it; as a workbook, the score can be recomputed by hand."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    span = chosen_span(request, store, [member.pk], now)
    known = point_schemes(member.region.path, span)
    scheme = chosen_scheme(request.GET.get("scheme", ""), known)
    found = enterprise_quality(store=store, enterprise=member, span=span, scheme=scheme, now=now)
    if wants_workbook(request):
        return score_workbook_response(found, store=store, account=account, now=now)
    query = _query(span, scheme)
    context = {
        "found": found, "enterprise": member, "schemes": known, "scheme": scheme, "scheme_query": query,
        "plan_shown": PLAN_SHOWN,
    }  # fmt: skip
    places = _places(account, member.region, query, _enterprise_place(member, query))
    return _draw(request, "enterprise", page_context(request, span, places) | context)


def _item_or_404(member: Enterprise, data_code: str) -> DataItem:
    found = DataItem.objects.filter(enterprise=member, data_code=data_code).first()
    if found is None:
        raise Http404("item")
    return found


def _item_place(member: Enterprise, item: DataItem, query: str) -> Place:
    return Place(item.name, reverse("quality-item", args=[member.code, item.data_code]) + query)


def _chosen(request: HttpRequest) -> Chosen:
    """Read the filters; words that are none are ignored, as in every list."""
    check, flag, stat_type = (request.GET.get(name, "") for name in ("check", "flag", "stat_type"))
    return Chosen(
        check if check in CHECK_CODES else "", flag if flag in NUMBERS else "",
        int(stat_type) if stat_type in {"0", "1", "2"} else None, _number(request, "page"),
    )  # fmt: skip


@require_safe
def item(request: HttpRequest, code: str, data_code: str) -> HttpResponseBase:
    """Show one data item: its days, its findings, its meter."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    thing = _item_or_404(member, data_code)
    span = chosen_span(request, store, [member.pk], now)
    export = wants_workbook(request)
    found = item_quality(
        store=store, enterprise=member, item=thing, span=span, chosen=_chosen(request), now=now,
        **({"page_size": 100_000} if export else {}),
    )  # fmt: skip
    if export:
        return excel_response(
            findings_sheet(found.problems), account=account, now=now, place=f"{member.name} · {thing.name}",
            period=span.text,
        )  # fmt: skip
    query = f"?period={span.text}"
    places = _places(account, member.region, query, _enterprise_place(member, query), _item_place(member, thing, query))
    context = {
        "found": found, "enterprise": member, "item": thing, "checks": check_choices(found.rules),
        "flags": flag_words(), "stat_types": [n for n in STAT_TYPES if str(n) in thing.stat_types],
        "weekdays": weekday_words(), "month_url": f"?period={span.start:%Y-%m}",
        "meters_url": page_of("evidence") or reverse("registry", args=[member.code]),
    }  # fmt: skip
    return _draw(request, "item", page_context(request, span, places) | context)


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=BEIJING)
    except ValueError as bad:
        raise NenghaoError(
            "time-unreadable", f"时间无法识别: {text[:20]}", f"the time cannot be read: {text[:20]}", field="at",
            mend_zh="写成 2026-11-20T13:15", mend_en="write it as 2026-11-20T13:15",
        ) from bad  # fmt: skip


@require_safe
def interval(request: HttpRequest, code: str, data_code: str) -> HttpResponseBase:
    """Show one interval with the readings around it, what was found, its versions, and the way to mend it."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    thing = _item_or_404(member, data_code)
    at, text = _instant(request.GET.get("at", "")), request.GET.get("stat_type", "0")
    stat_type = int(text) if text in {"0", "1", "2"} else REALTIME
    found = interval_quality(store=store, enterprise=member, item=thing, stat_type=stat_type, at=at, now=now)
    query = f"?period={at:%Y-%m}"
    places = _places(
        account, member.region, query, _enterprise_place(member, query), _item_place(member, thing, query),
        Place(found.when, ""),
    )  # fmt: skip
    context = {
        "found": found, "enterprise": member, "item": thing, "places": places,
        "may_mend": account.role in (Role.OFFICER, Role.ENERGY_MANAGER),
    }  # fmt: skip
    return _draw(request, "interval", context)


@require_safe
def compare(request: HttpRequest, code: str, check_code: str) -> HttpResponseBase:
    """Show both sides of a comparison as a table."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    span = chosen_span(request, store, [member.pk], now)
    data_code, energy_key = request.GET.get("item", ""), request.GET.get("energy", "")
    thing = _item_or_404(member, data_code) if data_code else None
    found = comparison(
        store=store, enterprise=member, check_code=check_code, span=span, item=thing, energy_key=energy_key, now=now
    )
    if found is None:
        raise Http404(check_code)
    if wants_workbook(request):
        return excel_response(found.sheet, account=account, now=now, place=member.name, period=span.text)
    query = f"?period={span.text}"
    places = _places(
        account, member.region, query, _enterprise_place(member, query), Place(_("数据比对"), ""),
    )  # fmt: skip
    context = {"found": found, "enterprise": member, "item": thing}
    return _draw(request, "comparison", page_context(request, span, places) | context)
