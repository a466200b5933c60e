"""What the views of corrections share: the item of an address, the month, words for results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from nenghao.errors import NenghaoError
from nenghao.hub.monitoring.span import parse_span
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.periods import PeriodKind


def draw(request: HttpRequest, page: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Render a page of this app."""
    return render(request, f"corrections/{page}.html", dict(context), status=status)


def item_of(enterprise: Enterprise, data_code: str) -> DataItem:
    """Give an item of the enterprise by its code; 404 when there is none."""
    item = DataItem.objects.filter(enterprise=enterprise, data_code=data_code).select_related("enterprise__region")
    if (found := item.first()) is None:
        raise Http404("item")
    return found


def month_of(text: str, otherwise: date) -> date:
    """Read the month of an address; ``period-unreadable`` for anything but a month."""
    if not text:
        return otherwise.replace(day=1)
    span = parse_span(text)
    if span.kind is not PeriodKind.MONTH:
        raise NenghaoError(
            "month-unreadable", f"月份无法识别: {text[:20]}", f"the month cannot be read: {text[:20]}", field="period",
            mend_zh="写成 2026-10", mend_en="write it as 2026-10",
        )  # fmt: skip
    return span.start.date()


def said(error: NenghaoError) -> str:
    """Give an error in the language of the page."""
    return error.text(page_language())
