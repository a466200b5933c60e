"""Monthly figures as another system pulls them (R84): what is filed, what the readings say, what is closed.

One row per enterprise, month and energy. A mark names the state that an answer shows: the newest batch of readings (all
rolled up by then), the registry's version and the moment; asking for what changed since a mark gives every enterprise
and month of which anything in a row may be different, at least once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import Q

from nenghao.hub.corrections.models import ClosedFigure, ClosedMonth, MonthStatus
from nenghao.hub.corrections.quality import Quality, month_scores
from nenghao.hub.evidence.models import MonthlyFigure
from nenghao.hub.evidence.services import figures
from nenghao.hub.open_api.factor_status import unit_of, weakest
from nenghao.hub.open_api.given_scores import note_scores
from nenghao.hub.open_api.models import GivenScore
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.hub.registry.models.versions import current_version
from nenghao.periods import BEIJING, PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import EnergyCell, enterprise_cells
from nenghao.readings.exchange import changed_months

SLACK = timedelta(minutes=5)
"""What is entered at a moment is committed a little later: this much is asked for again."""
FILED = ("supplier", "purchase", "opening_stock", "closing_stock", "consumption")
_MARK = re.compile(r"(\d{1,15})\.(\d{1,15})\.(\d{1,17})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Key = tuple[int, date, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of everything monthly figures are made of."""

    batch_id: int
    registry_version: int
    moment: datetime

    @classmethod
    def of(cls, store: ReadingStore, now: datetime) -> Mark:
        """Take the present state; everything up to its batch is rolled up when this returns."""
        mark = cls(store.last_batch_id, current_version(), now)
        store.rollup_pending()
        return mark

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """Read a mark, nothing for another text."""
        found = _MARK.fullmatch(text)
        if found is None:
            return None
        batch_id, version, microseconds = map(int, found.groups())
        return cls(batch_id, version, _EPOCH + timedelta(microseconds=min(microseconds, 4_000_000_000_000_000)))

    def __str__(self) -> str:
        return f"{self.batch_id}.{self.registry_version}.{(self.moment - _EPOCH) // timedelta(microseconds=1)}"


@dataclass(slots=True)
class Parts:
    """What the rows of some enterprises and months are put together from."""

    codes: Mapping[int, str]
    months: Sequence[date]
    filed: dict[Key, dict[str, float | None]] = field(default_factory=dict)
    used: dict[Key, EnergyCell] = field(default_factory=dict)
    editions: dict[tuple[int, date], ClosedMonth] = field(default_factory=dict)
    closed: dict[Key, ClosedFigure] = field(default_factory=dict)
    quality: dict[tuple[int, date], Quality] = field(default_factory=dict)


def months_between(first: date, last: date) -> list[date]:
    """Give the first days of the months from one to another, both included."""
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def load(
    store: ReadingStore, *, members: Sequence[Enterprise], months: Sequence[date], now: datetime, given_at: datetime
) -> Parts:
    """Load the parts of the rows: a fixed number of queries per month, whatever the number of enterprises.

    ``given_at``: the moment of the mark that these rows are given with.
    """
    ids = [member.pk for member in members]
    parts = Parts({member.pk: member.code for member in members}, months)
    parts.filed = _filed(ids, months)
    cells = enterprise_cells(
        store, enterprise_ids=ids, kind=PeriodKind.MONTH, start=months[0], end=_after(months[-1])
    )  # fmt: skip
    parts.used = {(cell.enterprise_id, cell.period_start.date(), cell.energy_key): cell for cell in cells}
    for edition in ClosedMonth.objects.filter(enterprise__in=ids, month__in=months).order_by("edition"):
        parts.editions[edition.enterprise_id, edition.month] = edition
    of = {one.pk: key for key, one in parts.editions.items() if one.status == MonthStatus.CLOSED}
    for figure in ClosedFigure.objects.filter(closed_month__in=list(of), data_code=""):
        parts.closed[*of[figure.closed_month_id], figure.energy_key] = figure  # type: ignore[attr-defined]
    parts.quality = scores(store, members, months, now=now, given_at=given_at)
    return parts


def scores(
    store: ReadingStore, members: Sequence[Enterprise], months: Sequence[date], *, now: datetime, given_at: datetime
) -> dict[tuple[int, date], Quality]:
    """Give the score of every month that has begun, and note which are other than they were when last given."""
    today = now.astimezone(BEIJING).date()
    found = {
        (key, month): one
        for month in months if month <= today
        for key, one in month_scores(store, members, month, now).items()
    }  # fmt: skip
    note_scores(found, now=now, given_at=given_at)
    return found


def _filed(ids: Iterable[int], months: Sequence[date]) -> dict[Key, dict[str, float | None]]:
    found = figures(enterprise_ids=ids, months=months)
    columns = {name: [None if np.isnan(value) else float(value) for value in getattr(found, name)] for name in FILED}
    keys = zip(
        found.enterprise_id.tolist(), found.month.astype("datetime64[D]").tolist(), found.energy_key, strict=True
    )
    return {
        (pk, month, str(energy)): {name: columns[name][place] for name in FILED}
        for place, (pk, month, energy) in enumerate(keys)
    }


def _after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def rows(parts: Parts) -> list[tuple[Key, tuple[Any, ...]]]:
    """Put the rows together, each with its key, in the order of enterprise, month and energy."""
    return [(key, _row(parts, key)) for key in sorted({*parts.filed, *parts.used, *parts.closed})]


def _row(parts: Parts, key: Key) -> tuple[Any, ...]:
    pk, month, energy = key
    filed, used, frozen = parts.filed.get(key, {}), parts.used.get(key), parts.closed.get(key)
    edition, quality = parts.editions.get((pk, month)), parts.quality.get((pk, month), Quality())
    is_closed = edition is not None and edition.status == MonthStatus.CLOSED
    return (
        parts.codes[pk], f"{month:%Y-%m}", energy, unit_of(energy), *(filed.get(name) for name in FILED),
        *_from_readings(used, energy), quality.points, quality.scheme or None, is_closed,
        edition.edition if edition else None, edition.closed_at if edition and is_closed else None,
        frozen.quantity if frozen else None, frozen.tce if frozen else None,
    )  # fmt: skip


def _from_readings(cell: EnergyCell | None, energy: str) -> tuple[Any, ...]:
    if cell is None:
        return (None,) * 8
    status = weakest([cell.factor_id], energy) if cell.tce is not None else None
    return (
        cell.quantity, cell.tce, cell.factor_id, status, cell.measured_ratio, cell.estimated_ratio, cell.missing_ratio,
        cell.state,
    )  # fmt: skip


def changed_since(
    store: ReadingStore, mark: Mark, *, members: Sequence[Enterprise], months: Sequence[date], now: datetime
) -> set[tuple[int, date]]:
    """Give the enterprises and months of which a row may be different from what it was at ``mark``."""
    ids = [member.pk for member in members]
    found = set(
        changed_months(
            store, enterprise_ids=ids, since=mark.batch_id, start=months[0], end=_after(months[-1])
        )
    )  # fmt: skip
    since = mark.moment - SLACK
    here = {"enterprise__in": ids, "month__in": months}
    found |= set(MonthlyFigure.objects.filter(**here, entered_at__gte=since).values_list("enterprise_id", "month"))
    moved = Q(closed_at__gte=since) | Q(reopened_at__gte=since)
    found |= set(ClosedMonth.objects.filter(moved, **here).values_list("enterprise_id", "month"))
    scores(store, members, months, now=now, given_at=now)
    found |= set(GivenScore.objects.filter(**here, changed_at__gt=mark.moment).values_list("enterprise_id", "month"))
    items = DataItem.objects.filter(enterprise__in=ids, version__gt=mark.registry_version)
    rebuilt = set(items.values_list("enterprise_id", flat=True))
    return found | {(pk, month) for pk in rebuilt for month in months}
