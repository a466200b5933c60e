"""Which accounts must be computed again because ledgers, statements or factors changed.

The mark is written in the transaction of the change, so that neither is ever without the other; what readings changed
the reading store marks itself. Whoever computes is woken when the transaction has committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction

from nenghao.hub.energy_accounts.models import AccountRule, ItemFlow, RuleKind, StaleSpan
from nenghao.hub.evidence.models import HeatingValue, LedgerRow, MonthlyFigure
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import month_after

if TYPE_CHECKING:
    from nenghao.readings.accounts import AccountMonth

_wakers: list[Callable[[], None]] = []
_followers: list[Callable[[], None]] = []
Span = tuple[date, date | None]
"""First months: from, and until (exclusive; none: open)."""


def on_stale(tell: Callable[[], None]) -> Callable[[], None]:
    """Have ``tell`` called after a change that makes accounts stale was committed in this process; give its end."""
    _wakers.append(tell)
    return lambda: _wakers.remove(tell)


def on_computed(tell: Callable[[], None]) -> Callable[[], None]:
    """Have ``tell`` called after accounts were computed in this process, for who rests on them; give its end."""
    _followers.append(tell)
    return lambda: _followers.remove(tell)


def tell_computed() -> None:
    """Tell that accounts were computed; what rests on them looks at their marks."""
    for tell in tuple(_followers):
        tell()


def mark(enterprise_ids: Iterable[int], spans: Iterable[Span], *, energy_key: str = "") -> None:
    """Mark months of enterprises, or those among them in whose account an energy stands.

    Inside the transaction of the change.
    """
    months = sorted(set(spans), key=lambda span: (span[0], span[1] or date.max))
    StaleSpan.objects.bulk_create(
        (
            StaleSpan(
                enterprise_id=pk, from_month=start.replace(day=1), until_month=until, energy_key=energy_key
            )
            for pk in enterprise_ids for start, until in months
        ),
        batch_size=2000,
    )  # fmt: skip
    transaction.on_commit(_wake)


def _wake() -> None:
    for tell in tuple(_wakers):
        tell()


def follow_ledgers(sender: type[LedgerRow], *, enterprise: Enterprise, rows: Sequence[Any], **_: Any) -> None:
    """Mark what new versions of ledger rows touch: a figure its month, the rest from its month until the next entry."""
    by_energy: dict[str, list[Span]] = {}
    for energy_key, span in _touched(sender, enterprise, rows):
        by_energy.setdefault(energy_key, []).append(span)
    for energy_key, spans in by_energy.items():
        mark([enterprise.pk], spans, energy_key=energy_key)


def _touched(model: type[LedgerRow], enterprise: Enterprise, rows: Sequence[Any]) -> Iterator[tuple[str, Span]]:
    """Yield the energy whose factor changed, or nothing, and the months."""
    if model is MonthlyFigure:
        yield from (("", (row.month, month_after(row.month))) for row in rows)
    elif model is HeatingValue:
        for row in rows:
            later = HeatingValue.objects.filter(energy_key=row.energy_key, from_day__gt=row.from_day)
            yield row.energy_key, _until_next(row.from_day, later.filter(enterprise=enterprise), "from_day")
    elif model is ItemFlow:
        for row in rows:
            later = ItemFlow.objects.filter(data_item=row.data_item_id, from_month__gt=row.from_month)
            yield "", _until_next(row.from_month, later, "from_month")
    elif model is AccountRule:
        for row in rows:
            if row.kind != RuleKind.ALLOCATION:  # products are shared out when they are asked for
                later = AccountRule.objects.filter(enterprise=enterprise, kind=row.kind, from_month__gt=row.from_month)
                yield "", _until_next(row.from_month, later.filter(subject=row.subject), "from_month")


def _until_next(start: date, later: Any, field: str) -> Span:
    """Let a value hold until the month after the one in which the next one begins (that month has both)."""
    following = later.filter(is_current=True, withdrawn=False).order_by(field).values_list(field, flat=True).first()
    if following is None:
        return start, None
    return start, following if following.day == 1 else month_after(following)


def stale_spans(enterprise_ids: Sequence[int] | None = None) -> list[StaleSpan]:
    """Give the marks, the oldest first; one query."""
    rows = (
        StaleSpan.objects.all() if enterprise_ids is None else StaleSpan.objects.filter(enterprise__in=enterprise_ids)
    )
    return list(rows)


def months_of(spans: Iterable[StaleSpan], today: date) -> set[AccountMonth]:
    """Give every enterprise and month that the marks name, up to the present month."""
    end = month_after(today)
    found: set[AccountMonth] = set()
    for span in spans:
        month, until = span.from_month, min(end, span.until_month or end)
        while month < until:
            found.add((span.enterprise_id, month))
            month = month_after(month)
    return found


def forget(spans: Sequence[StaleSpan], today: date, kept: Callable[[AccountMonth], bool] = lambda _: False) -> None:
    """Remove marks whose months were all computed; ``kept`` says which months were left out."""
    done = [span.pk for span in spans if not any(kept(month) for month in months_of([span], today))]
    for first in range(0, len(done), 2000):
        StaleSpan.objects.filter(pk__in=done[first : first + 2000]).delete()
