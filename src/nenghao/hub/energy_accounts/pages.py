"""What the pages of the accounts share: the months in the address, where one is, and the names of things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest

from nenghao.accounting.flows import FLOW_NAMES, Flow
from nenghao.hub.accounts.models import Role
from nenghao.hub.monitoring.pages import Place, asked_span
from nenghao.hub.monitoring.span import MONTHS_AND_YEARS, PeriodPicker, Span
from nenghao.hub.monitoring.words import page_language
from nenghao.periods import PeriodKind, to_beijing
from nenghao.readings import ReadingStore
from nenghao.readings.accounts import newest_month

MAY_STATE = (Role.ENERGY_MANAGER, Role.OFFICER)
"""The enterprise itself and the officers of its chain."""


def account_span(request: HttpRequest, store: ReadingStore, ids: Sequence[int], now: datetime) -> Span:
    """Give the months in the URL, else the newest month that is over and has an account, else the present one."""
    span = asked_span(request)
    if span is not None:
        return span.as_kind(PeriodKind.MONTH) if span.kind is PeriodKind.DAY else span
    this_month = to_beijing(now).date().replace(day=1)
    return Span.of(PeriodKind.MONTH, newest_month(store, enterprise_ids=ids, before=this_month) or this_month)


@dataclass(frozen=True, slots=True)
class Months:
    """A span as days: first day, and the day after the last."""

    start: date
    end: date

    @classmethod
    def of(cls, span: Span) -> Months:
        """Give the months of a span."""
        return cls(span.start.date(), span.end.date())

    @property
    def year_before(self) -> Months:
        """The same months of the year before (同期)."""
        return Months(self.start.replace(year=self.start.year - 1), self.end.replace(year=self.end.year - 1))


def context_of(request: HttpRequest, span: Span, places: list[Place], now: datetime) -> dict[str, Any]:
    """Give what every page with months shows."""
    return {
        "span": span, "picker": PeriodPicker(span, request.GET, MONTHS_AND_YEARS), "places": places,
        "period_query": f"?period={span.text}", "is_running": span.end > now,
    }  # fmt: skip


def flow_name(flow: str) -> str:
    """Name a flow in the page's language."""
    return FLOW_NAMES[Flow(flow)][page_language() == "en"]


def in_language(zh: str, en: str) -> str:
    """Choose the text of the page's language."""
    return en if page_language() == "en" else zh
