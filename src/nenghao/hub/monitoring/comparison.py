"""A number and what it is compared with: the span before, as far as the present one has data (同期)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from nenghao.hub.monitoring.formats import change_percent
from nenghao.hub.monitoring.span import Span
from nenghao.readings.energy import PeriodTotal


@dataclass(frozen=True, slots=True)
class Compared:
    """A quantity now and before; ``partial`` when only the first ``slots`` slots of the span before are counted."""

    now: float | None
    before: float | None
    slots: int
    partial: bool

    @property
    def change(self) -> float | None:
        """Relative change [%]."""
        return change_percent(self.now, self.before)


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def compare(rows: Sequence[PeriodTotal], span: Span, *, energy_key: str = "", field: str = "tce") -> Compared:
    """Compare ``span`` with the one before, from slot rows of both.

    Only as many slots of the earlier span count as the present one has data for, so that half a month is compared
    with half a month.
    """
    chosen = [row for row in rows if not energy_key or row.energy_key == energy_key]
    now_slots, before_slots = span.slots, span.before.slots
    with_data = {row.period_start for row in chosen if getattr(row, field) is not None}
    reached = max((i + 1 for i, slot in enumerate(now_slots) if slot in with_data), default=0)
    partial = reached < len(now_slots)
    cut: set[datetime] = set(before_slots[:reached] if partial else before_slots)
    return Compared(
        _sum(getattr(row, field) for row in chosen if row.period_start >= span.start),
        _sum(getattr(row, field) for row in chosen if row.period_start in cut),
        reached,
        partial,
    )
