"""Pages of current values, to hand a gateway back what it has lost.

The caller has made sure that the items are the asker's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from nenghao.readings.results import Border, wall_border
from nenghao.readings.store import ReadingStore

LATEST = datetime(9999, 1, 1)  # noqa: DTZ001  wall time, as stored


class Place(NamedTuple):
    """A row's place in the order of pages: period start (Beijing wall time), item, statistic type."""

    period_start: datetime
    data_item_id: int
    stat_type: int


@dataclass(frozen=True, slots=True)
class CurrentValue:
    """The current version of one reading; ``value`` is in the base unit, ``None`` when missing.

    ``received_at`` and ``source`` are those of the batch that this version came with.
    """

    data_item_id: int
    stat_type: int
    period_start: datetime
    value: float | None
    state: int
    input_type: int
    batch_id: int
    received_at: datetime
    source: str


def current_page(
    store: ReadingStore,
    *,
    data_item_ids: Sequence[int],
    stat_types: Sequence[int],
    start: Border,
    end: Border,
    after: Place | None = None,
    limit: int,
) -> list[CurrentValue]:
    """Give at most ``limit`` current values of periods that begin in ``[start, end)``, those behind ``after``.

    The store is read in windows that fit a page and grow where little is found, so that a page costs the same whether
    a day or ten years are asked for. Fewer rows than ``limit`` mean that this was all.
    """
    found: list[CurrentValue] = []
    border, last = wall_border(start), wall_border(end)
    if after is not None:
        border = max(border, after.period_start)
    place = (-1, -1) if after is None or after.period_start < border else (after.data_item_id, after.stat_type)
    window = timedelta(days=max(1, limit // max(1, 96 * len(data_item_ids))))
    while border < last and len(found) < limit and data_item_ids and stat_types:
        until = min(last, border + min(window, LATEST - border))
        found += store.rows(
            "current_page", CurrentValue, data_item_ids=list(data_item_ids), stat_types=list(stat_types), start=border,
            end=until, after_item=place[0], after_type=place[1], limit=limit - len(found),
        )  # fmt: skip
        border, place, window = until, (-1, -1), 4 * window
    return found
