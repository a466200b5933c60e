"""One interval (区间): what was found about it, on what evidence, and what can be done?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from nenghao.hub.quality_review.findings import Problem, problems, rules_on
from nenghao.hub.quality_review.window import Slot, Window, load_window, slot_of, slot_title, window_chart
from nenghao.hub.quality_review.words import FlagWord, flag_word
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.quality.flags import Flag
from nenghao.readings import ReadingStore
from nenghao.readings.energy import ReadingVersion, reading_versions
from nenghao.readings.quality import findings

FINDINGS_SHOWN = 50
ROWS_AROUND = 8
ROWS_SHOWN = 120


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One slot of the table behind the chart."""

    title: str
    value: float | None
    state: int
    is_framed: bool
    is_corrected: bool
    compared: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class IntervalQuality:
    """Everything the page shows; ``start`` and ``end`` frame what the gravest finding covers, or the slot itself."""

    enterprise: Enterprise
    item: DataItem
    stat_type: int
    at: datetime
    start: datetime
    end: datetime
    window: Window
    problems: Sequence[Problem]
    versions: Sequence[ReadingVersion]
    chart: Mapping[str, Any]

    @property
    def slot(self) -> Slot | None:
        """The slot that was asked for."""
        return self.window.slot_at(self.at)

    @property
    def rows(self) -> Sequence[WindowRow]:
        """The framed slots and those of the window around them, at most :data:`ROWS_SHOWN`, as a table."""
        framed = [i for i, slot in enumerate(self.window.slots) if self.start <= slot.start < self.end]
        first = max(0, (framed[0] if framed else 0) - ROWS_AROUND)
        last = (framed[-1] if framed else 0) + ROWS_AROUND
        return [self._row(i) for i in range(first, min(last + 1, len(self.window.slots), first + ROWS_SHOWN))]

    def _row(self, i: int) -> WindowRow:
        slot = self.window.slots[i]
        return WindowRow(
            slot_title(self.stat_type, slot.start, slot.end), slot.reading.value if slot.reading else None, slot.state,
            self.start <= slot.start < self.end, bool(slot.reading and slot.reading.contents > 1),
            [values[i] for _name, values in self.window.compared],
        )  # fmt: skip

    @property
    def flag(self) -> FlagWord:
        """The gravest flag of the slot."""
        return self.problems[0].flag if self.problems else flag_word(Flag.GOOD)

    @property
    def when(self) -> str:
        """The framed time in words."""
        return slot_title(self.stat_type, self.start, self.end)

    @property
    def mend_query(self) -> str:
        """What the form of a correction is asked for: item, statistic type, first slot and end."""
        form = "%Y-%m-%dT%H:%M"
        return urlencode({
            "item": self.item.data_code, "stat_type": self.stat_type, "from": self.start.strftime(form),
            "to": self.end.strftime(form),
        })  # fmt: skip


def interval_quality(
    *, store: ReadingStore, enterprise: Enterprise, item: DataItem, stat_type: int, at: datetime, now: datetime
) -> IntervalQuality:
    """Gather the page of the interval of ``item`` that holds ``at``."""
    slot_start, slot_end = slot_of(item, stat_type, at)
    window = load_window(store=store, item=item, stat_type=stat_type, at=at, now=now)
    rows = findings(
        store, enterprise_ids=[enterprise.pk], start=slot_start, end=slot_end, data_item_ids=[item.pk],
        stat_types=[stat_type], limit=FINDINGS_SHOWN,
    )  # fmt: skip
    others = {row.other_item_id for row in rows if row.other_item_id}
    known = {one.pk: one for one in DataItem.objects.filter(pk__in=others, enterprise=enterprise)} | {item.pk: item}
    found = problems(rows, enterprise=enterprise, items=known, rules=rules_on(enterprise, at.date()))
    start, end = (found[0].row.period_start, found[0].row.period_end) if found else (slot_start, slot_end)
    flag = found[0].flag if found else flag_word(Flag.GOOD)
    return IntervalQuality(
        enterprise=enterprise, item=item, stat_type=stat_type, at=slot_start, start=start, end=end, window=window,
        problems=found,
        versions=reading_versions(
            store, enterprise_ids=[enterprise.pk], data_item_id=item.pk, stat_type=stat_type, period_start=slot_start
        ),
        chart=window_chart(window, start=start, end=end, flag=flag),
    )  # fmt: skip
