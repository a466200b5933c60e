"""Whether a month is closed (已封账): the one rule that corrections, closing and reopening share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from nenghao.hub.corrections.errors import month_closed
from nenghao.hub.corrections.models import ClosedMonth, Correction, MonthStatus
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import BEIJING, to_beijing


def months_of(start: datetime, end: datetime) -> list[date]:
    """Give the first days of the months that the half-open span touches."""
    first, last = to_beijing(start), to_beijing(end)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    found = [date(number // 12, number % 12 + 1, 1) for number in months]
    return found if last > last.replace(day=1, hour=0, minute=0, second=0) else found[:-1]


def is_closed(enterprise_id: int, month: date) -> bool:
    """Tell whether an enterprise's month (its first day) is closed."""
    return ClosedMonth.objects.filter(enterprise=enterprise_id, month=month, status=MonthStatus.CLOSED).exists()


def lock_enterprises(enterprise_ids: Iterable[int]) -> None:
    """Keep closing, reopening and deciding of the same enterprises apart until the transaction ends (PostgreSQL)."""
    rows = Enterprise.objects.filter(pk__in=enterprise_ids).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def require_open(corrections: Iterable[Correction]) -> None:
    """Refuse corrections that touch a closed month; the error says which and what mends it."""
    for correction in corrections:
        closed = ClosedMonth.objects.filter(
            enterprise=correction.enterprise_id, status=MonthStatus.CLOSED,
            month__in=months_of(correction.start, correction.end),
        ).first()  # fmt: skip
        if closed is not None:
            raise month_closed(f"{closed.month:%Y-%m}", correction.enterprise.name)


def month_end(month: date) -> datetime:
    """Give the first instant after a month."""
    number = month.year * 12 + month.month
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=BEIJING)
