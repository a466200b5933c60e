"""How complete the data of a range is (数据完整率), weighed by time and summed over any number of enterprises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nenghao.periods import PeriodKind
from nenghao.readings.results import Border, stored_kind, wall_border
from nenghao.readings.store import ReadingStore


@dataclass(frozen=True, slots=True)
class Coverage:
    """Slots of an enterprise in a range: ``due`` (应有), of which measured and estimated; the rest is missing."""

    enterprise_id: int
    due: float
    measured: float
    estimated: float


def coverage(
    store: ReadingStore, *, enterprise_ids: Iterable[int], kind: PeriodKind, start: Border, end: Border
) -> tuple[Coverage, ...]:
    """Give the coverage of each enterprise in ``[start, end)``, counted in slots of ``kind`` (hour, day or month).

    Every item of the total is due in every slot from its first day with data on; a slot without a row is missing.
    """
    return store.rows(
        "coverage", Coverage, enterprise_ids=list(enterprise_ids), kind=stored_kind(kind),
        start=wall_border(start), end=wall_border(end),
    )  # fmt: skip
