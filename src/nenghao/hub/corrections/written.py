"""From an approved correction to readings: one batch each, and the look again at what it touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from nenghao.hub.corrections.errors import refused
from nenghao.hub.corrections.models import Correction, Method
from nenghao.hub.quality_checks.checking import check_span
from nenghao.periods import BEIJING, to_beijing
from nenghao.protocol.enumerations import InputType
from nenghao.readings import ReadingBatch, ReadingStore
from nenghao.readings.batches import MISSING
from nenghao.readings.series import Series, read_series

SOURCE = "correction"
MEASURED, ESTIMATED = 0, 1


def current(store: ReadingStore, correction: Correction) -> tuple[Series, np.ndarray]:
    """Give the series over the correction's span as it is now, and which of its columns the rows are."""
    found = read_series(
        store, data_item_ids=[correction.data_item_id], stat_type=correction.stat_type,
        start=to_beijing(correction.start), end=to_beijing(correction.end),
        minutes=correction.data_item.realtime_minutes,
    )  # fmt: skip
    return found, np.searchsorted(found.starts, row_starts(correction))


def row_starts(correction: Correction) -> np.ndarray:
    """Give the starts of the correction's slots, Beijing wall time."""
    return np.array([row[0] for row in correction.rows], dtype="datetime64[s]")


def require_unchanged(
    correction: Correction, found: Series, columns: np.ndarray, *, by_another: bool = False
) -> None:  # fmt: skip
    """Refuse when a slot no longer holds what the proposer saw, or another proposal of this decision changes it."""
    seen = np.array([np.nan if row[1] is None else row[1] for row in correction.rows], dtype=float)
    if by_another or not np.array_equal(found.value[0, columns], seen, equal_nan=True):
        raise refused(
            "correction-outdated", "提出之后该时段的值已变，原补正不再适用",
            "the slots hold other values than when this was proposed", record=str(correction.pk),
            mend=("核对现值后重新提出", "look at the present values and propose anew"),
        )  # fmt: skip


def batch_of(
    correction: Correction, found: Series, columns: np.ndarray, *, approver: str, now: datetime
) -> ReadingBatch:
    """Make the batch of an approved correction.

    A slot for which a gateway has sent a value, and every confirmation, stands against later uploads; a hole that is
    filled gives way to the first value that a gateway sends (docs/decisions/0004).
    """
    values = np.array([np.nan if row[3] is None else row[3] for row in correction.rows], dtype=float)
    count = len(values)
    confirms = correction.method == Method.CONFIRM
    state = np.full(count, MEASURED if correction.is_measured else ESTIMATED, dtype=np.uint8)
    state = np.where(np.isnan(values), np.uint8(MISSING), found.state[0, columns] if confirms else state)
    kept = found.input_type[0, columns]
    by_hand = np.full(count, InputType.MANUAL, dtype=np.uint8)
    return ReadingBatch(
        received_at=now, enterprise_id=correction.enterprise_id, source=SOURCE, operation=SOURCE,
        response_message=f"{SOURCE} {correction.pk}", author=correction.proposed_by.username, reason=correction.reason,
        method=correction.method, approved_by=approver,
        data_item_id=np.full(count, correction.data_item_id), stat_type=np.full(count, correction.stat_type),
        period_start=row_starts(correction), value=values, state=state, input_type=kept if confirms else by_hand,
        stands=found.from_gateway[0, columns] | confirms,
    )  # fmt: skip


def look_again(store: ReadingStore, corrections: Sequence[Correction], now: datetime) -> None:
    """Roll up and check anew what the corrections touched, so that figures and scores change at once."""
    store.rollup_pending()
    for ids, start, end in touched_spans(corrections):
        check_span(store=store, enterprise_ids=ids, start=start, end=end, now=now)


def touched_spans(corrections: Iterable[Correction]) -> list[tuple[list[int], datetime, datetime]]:
    """Give enterprises and days to look at, one entry per month: ``(enterprise ids, first day, day after the last)``.

    A day record is checked with its month, a month record with its year, by the checks themselves.
    """
    months: dict[tuple[int, int], tuple[set[int], datetime, datetime]] = {}
    for correction in corrections:
        for at in {row[0][:10] for row in correction.rows}:
            day = datetime.strptime(at, "%Y-%m-%d").replace(tzinfo=BEIJING)
            ids, first, last = months.get((day.year, day.month), (set(), day, day))
            months[day.year, day.month] = (ids | {correction.enterprise_id}, min(first, day), max(last, day))
    return [(sorted(ids), first, last + timedelta(days=1)) for ids, first, last in months.values()]
