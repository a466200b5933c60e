"""Views of the monitoring pages: parse and authorise, call one service, render."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.accounts.services import require_enterprise, require_region, visible_enterprises
from nenghao.hub.monitoring.enterprise import enterprise_page, load_day
from nenghao.hub.monitoring.enterprises import DEFAULT_SORT, enterprise_list
from nenghao.hub.monitoring.exports import excel_response
from nenghao.hub.monitoring.overview import RANKED, region_overview
from nenghao.hub.monitoring.pages import (
    Place,
    asked_span,
    beijing_now,
    chosen_day,
    chosen_span,
    draw,
    enterprise_places,
    last_data_day,
    page_context,
    region_places,
    unchanged,
)
from nenghao.hub.monitoring.sheets import (
    ENTERPRISE_SHEETS,
    REGION_SHEETS,
    enterprise_list_sheet,
    load_sheet,
    rejection_sheet,
    upload_sheet,
)
from nenghao.hub.monitoring.span import PeriodPicker, Span
from nenghao.hub.monitoring.trace import figure_trace, history
from nenghao.hub.monitoring.uploads import EXPORT_ROWS, UploadFilter, newest_mark, rejected_rows, upload_log
from nenghao.hub.monitoring.uploads import upload as one_upload
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import DataItem
from nenghao.hub.store import get_store
from nenghao.periods import BEIJING, PeriodKind


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """Lead everyone to the own node."""
    account = signed_in(request)
    if account.enterprise is not None:
        return redirect("enterprise", account.enterprise.code)
    if account.role == Role.INSTITUTION or account.region is None:
        return draw(request, "no_tasks", {})
    return redirect("region", account.region.code)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1


@require_safe
def region(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show the overview of a region."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    place = require_region(account, code)
    members = visible_enterprises(account).filter(region__path__startswith=place.path, active=True)
    ids = list(members.values_list("id", flat=True))
    mark = newest_mark(store, ids, now)
    if (answer := unchanged(request, mark)) is not None:
        return answer
    span = chosen_span(request, store, ids, now)
    overview = region_overview(store=store, region=place, enterprises=members, span=span, now=now)
    places = region_places(account, place, f"?period={span.text}")
    context = page_context(request, span, places) | {"overview": overview, "mark": mark, "ranked": RANKED}
    return draw(request, "region", context)


@require_safe
def region_export(request: HttpRequest, code: str, table: str) -> HttpResponseBase:
    """Give one table of the overview as an Excel file."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    place = require_region(account, code)
    if table not in REGION_SHEETS:
        raise Http404(table)
    members = visible_enterprises(account).filter(region__path__startswith=place.path, active=True)
    span = chosen_span(request, store, list(members.values_list("id", flat=True)), now)
    overview = region_overview(store=store, region=place, enterprises=members, span=span, now=now)
    return excel_response(REGION_SHEETS[table](overview), account=account, now=now, place=place.name, period=span.text)


@require_safe
def enterprises(request: HttpRequest) -> HttpResponseBase:
    """List the enterprises of the account's node; an enterprise comes straight to its own page."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    if account.enterprise is not None:
        return redirect("enterprise", account.enterprise.code)
    members = visible_enterprises(account).filter(active=True)
    span = chosen_span(request, store, list(members.values_list("id", flat=True)), now)
    words = request.GET.get("q", "").strip()
    found = enterprise_list(
        store=store, enterprises=members, words=words, sort=request.GET.get("sort", DEFAULT_SORT),
        page=_page_number(request), span=span, now=now,
    )  # fmt: skip
    place = account.region.name if account.region else ""
    if request.GET.get("format") == "xlsx":
        sheet = enterprise_list_sheet(found.everything, span)
        filters = [("q", words)] if words else []
        return excel_response(sheet, account=account, now=now, place=place, period=span.text, filters=filters)
    places = [*(region_places(account, account.region) if account.region else []), Place(_("用能单位"), "")]
    return draw(request, "enterprises", page_context(request, span, places) | {"found": found, "words": words})


@require_safe
def enterprise(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show an enterprise."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    mark = newest_mark(store, [member.pk], now)
    if (answer := unchanged(request, mark)) is not None:
        return answer
    last = last_data_day(store, [member.pk], now)
    span = asked_span(request) or Span.of(PeriodKind.MONTH, last or now)
    page = enterprise_page(store=store, enterprise=member, span=span, now=now)
    day = chosen_day(request.GET.get("day", ""), span, last)
    curve = load_day(store=store, enterprise=member, day=day, data_code=request.GET.get("item", ""), now=now)
    places = enterprise_places(account, member, f"?period={span.text}")
    context = {"page": page, "curve": curve, "enterprise": member, "mark": mark}
    return draw(request, "enterprise", page_context(request, span, places) | context)


@require_safe
def load(request: HttpRequest, code: str) -> HttpResponseBase:
    """Give the card of the load curve for another day or item."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    mark = newest_mark(store, [member.pk], now)
    if (answer := unchanged(request, mark)) is not None:
        return answer
    last = last_data_day(store, [member.pk], now)
    day = chosen_day(request.GET.get("day", ""), Span.of(PeriodKind.DAY, last or now), last)
    curve = load_day(store=store, enterprise=member, day=day, data_code=request.GET.get("item", ""), now=now)
    return draw(request, "load", {"curve": curve, "enterprise": member, "mark": mark})


@require_safe
def enterprise_export(request: HttpRequest, code: str, table: str) -> HttpResponseBase:
    """Give one table of an enterprise as an Excel file."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    span = chosen_span(request, store, [member.pk], now)
    if table not in ENTERPRISE_SHEETS:
        raise Http404(table)
    page = enterprise_page(store=store, enterprise=member, span=span, now=now)
    sheet = ENTERPRISE_SHEETS[table](page)
    return excel_response(sheet, account=account, now=now, place=member.name, period=span.text)


@require_safe
def figure(request: HttpRequest, code: str, energy_key: str) -> HttpResponseBase:
    """Show where a figure comes from: in the drawer for HTMX, else as a page of its own; a day's readings export."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    member = require_enterprise(account, code)
    span = chosen_span(request, store, [member.pk], now)
    trace = figure_trace(store=store, enterprise=member, energy_key=energy_key, span=span, now=now)
    if request.GET.get("format") == "xlsx":
        return excel_response(load_sheet(trace), account=account, now=now, place=member.name, period=span.text)
    context = {"trace": trace, "enterprise": member}
    if request.headers.get("HX-Request"):
        return draw(request, "trace", context)
    places = enterprise_places(account, member, f"?period={span.text}")
    return draw(request, "figure", page_context(request, span, places) | context)


@require_safe
def reading(request: HttpRequest, code: str, data_code: str) -> HttpResponseBase:
    """Give the versions of one reading (``stat_type`` 0 unless given), for the drawer."""
    account = signed_in(request)
    member = require_enterprise(account, code)
    item = DataItem.objects.filter(enterprise=member, data_code=data_code).first()
    if item is None:
        raise Http404("item")
    at = _instant(request.GET.get("at", ""))
    stat_type = int(text) if (text := request.GET.get("stat_type", "0")) in ("0", "1", "2", "3") else 0
    found = history(store=get_store(), enterprise=member, item=item, stat_type=stat_type, period_start=at)
    return draw(request, "reading", {"versions": found, "item": item, "at": at})


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=BEIJING)
    except ValueError as bad:
        raise NenghaoError(
            "time-unreadable", f"时间无法识别: {text[:20]}", f"the time cannot be read: {text[:20]}", field="at",
            mend_zh="写成 2026-11-20T13:15", mend_en="write it as 2026-11-20T13:15",
        ) from bad  # fmt: skip


@require_safe
def uploads(request: HttpRequest) -> HttpResponseBase:
    """Show the upload log."""
    account, now = signed_in(request), beijing_now()
    chosen = UploadFilter(
        enterprise_code=request.GET.get("enterprise", ""), device_id=request.GET.get("device", ""),
        only_rejected=request.GET.get("rejected") == "1", span=asked_span(request),
        page=_page_number(request),
    )  # fmt: skip
    export = request.GET.get("format") == "xlsx"
    log = upload_log(store=get_store(), account=account, chosen=chosen, **({"limit": EXPORT_ROWS} if export else {}))
    if export:
        filters = [(key, value) for key, value in request.GET.items() if key not in ("format", "page") and value]
        place = account.enterprise.name if account.enterprise else account.region.name if account.region else ""
        return excel_response(upload_sheet(log), account=account, now=now, place=place, filters=filters)
    picker = PeriodPicker(chosen.span or Span.of(PeriodKind.DAY, now), request.GET)
    return draw(request, "uploads", {"log": log, "chosen": chosen, "picker": picker})


@require_safe
def upload(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """Show one upload with its rejected records: rows for HTMX, else a page, or an Excel file."""
    account, now, store = signed_in(request), beijing_now(), get_store()
    row = one_upload(store=store, account=account, batch_id=batch_id)
    rows = rejected_rows(store=store, account=account, batch_id=batch_id, language=page_language())
    if request.GET.get("format") == "xlsx":
        place = row.enterprise[1] if row.enterprise else ""
        return excel_response(
            rejection_sheet(rows), account=account, now=now, place=place, filters=[("#", str(batch_id))]
        )
    page = "rejections" if request.headers.get("HX-Request") else "upload"
    return draw(request, page, {"row": row, "rejected": rows})
