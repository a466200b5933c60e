"""Hand-filling (手工填报) of days while a gateway is out of order: day records, one proposal per item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.audit.services import Actor
from nenghao.hub.corrections.asking import number
from nenghao.hub.corrections.drafts import Draft, Slot
from nenghao.hub.corrections.errors import refused
from nenghao.hub.corrections.models import Correction, Method, Status
from nenghao.hub.corrections.services import Grounds, propose
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.periods import PeriodKind, from_wall
from nenghao.readings import ReadingStore
from nenghao.readings.energy import item_cells
from nenghao.readings.series import NO_ROW, read_series

MAX_DAYS = 14
MAX_ITEMS = 60
DAY = 1
WHOLE = 1e-9
"""Shares are quotients: a missing share below this is none."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one item: its record (nothing may be typed over it), what waits, what was typed.

    ``real_time`` is the sum of the day's real-time readings; ``is_whole``: of all of them, so that nothing is lacking.
    """

    key: str
    value: float | None
    real_time: float | None
    is_whole: bool
    waits: bool
    text: str
    error: str


@dataclass(frozen=True, slots=True)
class Table:
    """Days × items as the page shows them."""

    items: Sequence[DataItem]
    days: Sequence[tuple[datetime, Sequence[Cell]]]


def key_of(item: DataItem, day: datetime) -> str:
    """Name the input of a cell."""
    return f"d-{item.pk}-{day:%Y%m%d}"


def day_items(enterprise: Enterprise) -> list[DataItem]:
    """Give the items that owe a record every day."""
    rows = DataItem.objects.filter(enterprise=enterprise, active=True, stat_types__contains=str(DAY))
    return list(rows.select_related("enterprise__region")[:MAX_ITEMS])


def checked_days(start: datetime, end: datetime, now: datetime) -> None:
    """Refuse a span that is empty, too long, or not over."""
    if not timedelta(0) < end - start <= timedelta(days=MAX_DAYS) or end > now:
        raise refused(
            "days-span", f"一次最多填 {MAX_DAYS} 天，且须已过去", f"at most {MAX_DAYS} days that are over", field="to",
            mend=("缩短起止日期", "shorten the span"),
        )  # fmt: skip


def table(
    *, store: ReadingStore, enterprise: Enterprise, start: datetime, end: datetime, typed: Mapping[str, str],
    errors: Mapping[str, str],
) -> Table:  # fmt: skip
    """Give the table of a span: what has come, what waits for approval, what can be typed."""
    items = day_items(enterprise)
    if not items:
        return Table([], [])
    found = read_series(store, data_item_ids=[item.pk for item in items], stat_type=DAY, start=start, end=end)
    row = {int(pk): at for at, pk in enumerate(found.item_ids)}
    waiting, sums = _waiting(enterprise, start, end), _sums(store, enterprise, start, end)
    days = []
    for column, at in enumerate(found.starts):
        day = from_wall(at.astype(datetime))
        cells = []
        for item in items:
            value, key = found.value[row[item.pk], column], key_of(item, day)
            known = None if np.isnan(value) else float(value)
            total, whole = sums.get((item.pk, day), (None, False))
            cells.append(Cell(key, known, total, whole, (item.pk, f"{day:%Y-%m-%d}") in waiting, typed.get(key, ""),
                              errors.get(key, "")))  # fmt: skip
        days.append((day, cells))
    return Table(items, days)


def _sums(
    store: ReadingStore, enterprise: Enterprise, start: datetime, end: datetime
) -> dict[tuple[int, datetime], tuple[float | None, bool]]:
    """Give the days that stand by their real-time readings: the sum, and whether none is missing."""
    cells = item_cells(store, enterprise_ids=[enterprise.pk], kind=PeriodKind.DAY, start=start, end=end)
    return {
        (cell.data_item_id, cell.period_start): (cell.quantity, cell.missing_ratio < WHOLE)
        for cell in cells
        if cell.source_stat_type == 0
    }


def _waiting(enterprise: Enterprise, start: datetime, end: datetime) -> set[tuple[int, str]]:
    rows = Correction.objects.filter(
        enterprise=enterprise, stat_type=DAY, status=Status.PROPOSED, start__lt=end, end__gt=start
    )
    return {(one.data_item_id, row[0][:10]) for one in rows for row in one.rows}


@transaction.atomic
def propose_days(
    *,
    actor: Actor,
    account: Account,
    now: datetime,
    store: ReadingStore,
    enterprise: Enterprise,
    start: datetime,
    end: datetime,
    typed: Mapping[str, str],
    grounds: Grounds,
) -> Sequence[Correction]:
    """Propose what was typed, one correction per item; all of it or, when one cell is wrong, nothing.

    Only days without a value are filled: a record that is there, or a day with all its real-time readings, is corrected
    with its own reason, not typed over.
    """
    checked_days(start, end, now)
    items = day_items(enterprise)
    made = []
    found = read_series(store, data_item_ids=[item.pk for item in items], stat_type=DAY, start=start, end=end)
    row = {int(pk): at for at, pk in enumerate(found.item_ids)}
    sums = _sums(store, enterprise, start, end)
    for item in items:
        slots = []
        for column, at in enumerate(found.starts):
            day = from_wall(at.astype(datetime))
            text = typed.get(key_of(item, day), "").strip()
            whole = sums.get((item.pk, day), (None, False))[1]
            if text and not whole and np.isnan(found.value[row[item.pk], column]):
                state = found.state[row[item.pk], column]
                value = _amount(item, day, text)
                slots.append(Slot(day, None, None if state == NO_ROW else int(state), value, True))
        if slots:
            span = slots[0].at, slots[-1].at + timedelta(days=1)
            draft = Draft(item, DAY, *span, Method.MANUAL, slots)
            made.append(propose(actor=actor, account=account, now=now, draft=draft, grounds=grounds))
    if not made:
        raise refused("nothing-typed", "没有填写任何数值", "nothing was typed", field="form")
    return made


def _amount(item: DataItem, day: datetime, text: str) -> float:
    value = number(text, key_of(item, day))
    if value < 0 and not item.may_be_negative:
        raise NenghaoError(
            "value-negative", "该数据项不允许负值", "this item cannot be negative", field=key_of(item, day),
            record=f"{item.name} {day:%Y-%m-%d}",
        )  # fmt: skip
    return value
