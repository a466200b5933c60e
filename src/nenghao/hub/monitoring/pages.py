"""What the views share: the period and the place of a request, links, and the one answer to "has anything changed?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.monitoring.overview import LOOK_BACK
from nenghao.hub.monitoring.span import DAYS_TO_YEARS, PeriodPicker, Span, parse_span
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.periods import BEIJING, PeriodKind
from nenghao.readings import ReadingStore, uploads

REFRESH_SECONDS = 15
HTTP_NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Place:
    """One step of the breadcrumb."""

    label: str
    url: str


def beijing_now() -> datetime:
    """Give the present instant in Beijing time; views pass it on, services never look at the clock."""
    return timezone.now().astimezone(BEIJING)


def last_data_day(store: ReadingStore, ids: list[int], now: datetime) -> date | None:
    """Give the newest day on which one of the enterprises has data."""
    start, end = (now - LOOK_BACK).date(), date(now.year + 1, 1, 1)
    return uploads.last_data_day(store, enterprise_ids=ids, start=start, end=end)


def chosen_span(request: HttpRequest, store: ReadingStore, ids: list[int], now: datetime) -> Span:
    """Give the period in the URL, or the month of the newest day with data, or the present month."""
    return asked_span(request) or Span.of(PeriodKind.MONTH, last_data_day(store, ids, now) or now)


def asked_span(request: HttpRequest) -> Span | None:
    """Give the period in the URL, if one is named."""
    text = request.GET.get("period", "").strip()
    return parse_span(text) if text else None


def chosen_day(text: str, span: Span, last: date | None) -> date:
    """Give the day of the load curve: the one asked for, else the last one of ``span`` that has data."""
    if text:
        wanted = parse_span(text)
        if wanted.kind is not PeriodKind.DAY:
            raise NenghaoError(
                "day-unreadable", f"日期无法识别: {text[:20]}", f"the day cannot be read: {text[:20]}", field="day",
                mend_zh="写成 2026-11-20", mend_en="write it as 2026-11-20",
            )  # fmt: skip
        return wanted.start.date()
    final = date.fromordinal(span.end.date().toordinal() - 1)
    return max(span.start.date(), min(final, last or final))


def region_places(account: Account, region: Region, query: str = "", page: str = "region") -> list[Place]:
    """Give the path from the account's own region down to ``region``; nothing above the account is linked.

    ``page`` names the address of a region's page that is linked.
    """
    if account.role == Role.ENERGY_MANAGER:
        return []
    top = account.region
    codes = region.ancestor_codes
    seen = codes[codes.index(top.code) :] if top is not None and top.code in codes else codes[-1:]
    names = dict(Region.objects.filter(code__in=seen).values_list("code", "name"))
    return [Place(names[code], reverse(page, args=[code]) + query) for code in seen if code in names]


def enterprise_places(account: Account, enterprise: Enterprise, query: str = "") -> list[Place]:
    """Give the path to an enterprise."""
    own = Place(enterprise.name, reverse("enterprise", args=[enterprise.code]) + query)
    return [*region_places(account, enterprise.region, query), own]


def page_context(
    request: HttpRequest, span: Span, places: list[Place], offered: tuple[PeriodKind, ...] = DAYS_TO_YEARS
) -> dict[str, Any]:
    """Give what every page with a period shows; ``offered``: the lengths of period to choose from."""
    return {
        "span": span,
        "picker": PeriodPicker(span, request.GET, offered),
        "places": places,
        "period_query": f"?period={span.text}",
        "refresh_seconds": REFRESH_SECONDS,
    }


def unchanged(request: HttpRequest, mark: str) -> HttpResponse | None:
    """Answer 204 to a refresh of a page on which nothing has changed since it was drawn."""
    if request.headers.get("HX-Request") and request.GET.get("since") == mark:
        return HttpResponse(status=HTTP_NO_CONTENT)
    return None


def draw(request: HttpRequest, page: str, context: Mapping[str, Any]) -> HttpResponse:
    """Render a page of this app."""
    return render(request, f"monitoring/{page}.html", dict(context))
