"""What became of a correction: slot by slot, and what gateways have sent since for slots that were decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db.models import Max, Min

from nenghao.hub.accounts.models import Account
from nenghao.hub.corrections.models import Correction, Status
from nenghao.hub.corrections.services import visible_corrections
from nenghao.hub.corrections.written import current
from nenghao.hub.registry.models import DataItem
from nenghao.periods import from_wall, to_beijing
from nenghao.readings import ReadingStore
from nenghao.readings.series import LateValue, slot_end, values_after_decisions

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One slot of a correction: before, as proposed, and as it is now; ``holds``: the correction is current."""

    at: datetime
    end: datetime
    before: float | None
    state: int | None
    after: float | None
    now: float | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The slots of a correction, and how many of an approved one another version has replaced since."""

    rows: Sequence[Row]
    replaced: int


@dataclass(frozen=True, slots=True)
class NewValues:
    """A run of slots of one series for which a gateway sent something new after a decision."""

    item: DataItem
    stat_type: int
    start: datetime
    end: datetime
    slots: int
    decided: float | None
    sent: float
    sent_at: datetime


def outcome_of(store: ReadingStore, correction: Correction) -> Outcome:
    """Compare a correction with what is current now."""
    found, columns = current(store, correction)
    approved = correction.status == Status.APPROVED
    rows = []
    for row, column in zip(correction.rows, columns, strict=True):
        at = datetime.fromisoformat(row[0])
        value = found.value[0, column]
        rows.append(Row(
            from_wall(at), from_wall(slot_end(correction.stat_type, at, correction.data_item.realtime_minutes)),
            row[1], row[2], row[3], None if np.isnan(value) else float(value),
            bool(approved and found.batch_id[0, column] == correction.batch_id),
        ))  # fmt: skip
    return Outcome(rows, sum(not row.holds for row in rows) if approved else 0)


def new_values(*, store: ReadingStore, account: Account) -> Sequence[NewValues]:
    """Give what gateways sent after decisions about the enterprises that the account sees, joined to runs of slots."""
    approved = visible_corrections(account).filter(status=Status.APPROVED)
    span = approved.aggregate(start=Min("start"), end=Max("end"))
    if span["start"] is None:
        return ()
    ids = set(approved.order_by().values_list("data_item_id", flat=True))
    found = values_after_decisions(
        store, data_item_ids=ids, start=to_beijing(span["start"]), end=to_beijing(span["end"])
    )
    items = DataItem.objects.filter(pk__in={late.data_item_id for late in found}).select_related("enterprise")
    return _runs(found, {item.pk: item for item in items})[:SHOWN]


def _runs(found: Sequence[LateValue], items: dict[int, DataItem]) -> list[NewValues]:
    """Join slots of one series that follow each other; the sums are of the run."""
    runs: list[NewValues] = []
    for late in found:
        item = items[late.data_item_id]
        end = slot_end(late.stat_type, late.period_start, item.realtime_minutes)
        last = runs[-1] if runs else None
        if last and (last.item, last.stat_type, last.end) == (item, late.stat_type, late.period_start):
            decided = None if late.decided_value is None else (last.decided or 0) + late.decided_value
            runs[-1] = NewValues(
                item, late.stat_type, last.start, end, last.slots + 1, decided, last.sent + late.sent_value,
                max(last.sent_at, late.sent_at),
            )  # fmt: skip
        else:
            runs.append(NewValues(
                item, late.stat_type, late.period_start, end, 1, late.decided_value, late.sent_value, late.sent_at,
            ))  # fmt: skip
    return runs
