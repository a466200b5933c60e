"""The readings around an interval (前后读数): slots, states, what is marked, and earlier days at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from nenghao.hub.monitoring.charts import NO_ROW
from nenghao.hub.monitoring.energies import energy_colour
from nenghao.hub.monitoring.words import state_words, unit_word
from nenghao.hub.quality_review.words import FlagWord
from nenghao.hub.registry.models import DataItem
from nenghao.intervals import State
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import ItemReading, item_readings

REALTIME, DAY, MONTH = 0, 1, 2
"""Statistic types of the wire that have pages of their own."""

DAYS_AROUND = 15
"""Day records shown before and after the one looked at."""

DWARFS = 5.0
"""How many times what is usual a value must be for the axis to end below it."""

MONTHS_AROUND = 6
"""Month records shown before and after the one looked at."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One interval of the series: half-open, with its present reading (``None``: no row)."""

    start: datetime
    end: datetime
    reading: ItemReading | None
    state: int


@dataclass(frozen=True, slots=True)
class Window:
    """What is shown around an interval, and the earlier series it is compared with, slot by slot."""

    item: DataItem
    stat_type: int
    slots: Sequence[Slot]
    compared: Sequence[tuple[str, Sequence[float | None]]]

    @property
    def unit(self) -> str:
        """Unit of the values."""
        return unit_word(self.item.base_unit)

    def slot_at(self, at: datetime) -> Slot | None:
        """Give the slot that holds an instant."""
        return next((slot for slot in self.slots if slot.start <= at < slot.end), None)


def slot_of(item: DataItem, stat_type: int, at: datetime) -> tuple[datetime, datetime]:
    """Give start and end of the slot that holds ``at``."""
    if stat_type == REALTIME:
        midnight, step = PeriodKind.DAY.floor(at), timedelta(minutes=item.realtime_minutes)
        start = midnight + (at - midnight) // step * step
        return start, start + step
    kind = PeriodKind.DAY if stat_type == DAY else PeriodKind.MONTH
    return kind.floor(at), kind.next(kind.floor(at))


def window_slots(item: DataItem, stat_type: int, at: datetime) -> list[tuple[datetime, datetime]]:
    """Give the slots around ``at``: three days of a curve, a month of day records, a year of month records."""
    start, end = slot_of(item, stat_type, at)
    if stat_type == REALTIME:
        midnight, step = PeriodKind.DAY.floor(at), end - start
        first, count = midnight - timedelta(days=1), timedelta(days=3) // step
        return [(first + i * step, first + (i + 1) * step) for i in range(count)]
    if stat_type == DAY:
        days = [start + timedelta(days=i) for i in range(-DAYS_AROUND, DAYS_AROUND + 1)]
        return [(day, day + timedelta(days=1)) for day in days]
    months = [_add_months(start, i) for i in range(-MONTHS_AROUND, MONTHS_AROUND + 1)]
    return [(month, PeriodKind.MONTH.next(month)) for month in months]


def _add_months(start: datetime, months: int) -> datetime:
    number = start.year * 12 + start.month - 1 + months
    return start.replace(year=number // 12, month=number % 12 + 1)


def _shifts(stat_type: int) -> list[tuple[str, Any]]:
    """What a series is compared with: a word, and how an instant finds its counterpart."""
    if stat_type == REALTIME:
        return [(_("前一日"), lambda at: at - timedelta(days=1)), (_("上周同日"), lambda at: at - timedelta(days=7))]
    if stat_type == DAY:
        return [(_("上周同日"), lambda at: at - timedelta(days=7))]
    return [(_("上年同月"), lambda at: _add_months(at, -12))]


def load_window(*, store: ReadingStore, item: DataItem, stat_type: int, at: datetime, now: datetime) -> Window:
    """Load the readings around an interval, and the earlier ones they are compared with, in one query."""
    spans = window_slots(item, stat_type, at)
    shifts = _shifts(stat_type)
    first = min(counterpart(spans[0][0]) for _name, counterpart in shifts)
    rows = item_readings(
        store, enterprise_ids=[item.enterprise_id], data_item_ids=[item.pk], stat_type=stat_type, start=first,
        end=spans[-1][1],
    )  # fmt: skip
    readings = {row.period_start: row for row in rows}
    slots = [
        Slot(start, end, found, found.state if found else _absent(start, end, readings, now))
        for start, end in spans
        for found in [readings.get(start)]
    ]
    compared = [(name, [_value(readings, counterpart(start)) for start, _end in spans]) for name, counterpart in shifts]
    return Window(item, stat_type, slots, [one for one in compared if any(value is not None for value in one[1])])


def _value(readings: Mapping[datetime, ItemReading], at: datetime) -> float | None:
    found = readings.get(at)
    return found.value if found else None


def _absent(start: datetime, end: datetime, readings: Mapping[datetime, ItemReading], now: datetime) -> int:
    """Tell a hole from what is still on its way, or lies before the first reading of all that are shown."""
    if not readings or start < min(readings):
        return NO_ROW
    is_over = end <= now and (start < max(readings) or PeriodKind.DAY.floor(now) >= end)
    return State.MISSING if is_over else NO_ROW


def window_chart(window: Window, *, start: datetime, end: datetime, flag: FlagWord) -> dict[str, Any]:
    """Give what ``charts.js`` draws: the readings with their states, and ``[start, end)`` framed and lettered."""
    found = [slot.reading for slot in window.slots]
    return {
        "kind": "window",
        "label": _("前后读数"),
        "unit": window.unit,
        "slot": {REALTIME: "hour", DAY: "day"}.get(window.stat_type, "month"),
        "color": energy_colour(window.item.energy_key),
        "starts": [slot.start.isoformat() for slot in window.slots],
        "ends": [slot.end.isoformat() for slot in window.slots],
        "titles": [slot_title(window.stat_type, slot.start, slot.end) for slot in window.slots],
        "values": [reading.value if reading else None for reading in found],
        "states": [slot.state for slot in window.slots],
        "corrected": [i for i, reading in enumerate(found) if reading and reading.contents > 1],
        "compared": [{"name": name, "values": values} for name, values in window.compared],
        "marked": {
            "name": flag.word, "letter": flag.letter, "flag": flag.name,
            "start": max(start, window.slots[0].start).isoformat(), "end": min(end, window.slots[-1].end).isoformat(),
        },
        "clip": clip([slot.reading.value for slot in window.slots if slot.reading]),
        "words": state_words(),
    }  # fmt: skip


def clip(values: Sequence[float | None]) -> float | None:
    """Give where the axis ends when a few values dwarf the rest, so that the rest can be seen; None: at its own end.

    >>> clip([10.0, 12.0, 11.0, 9.0] * 20 + [5000.0]), clip([10.0, 30.0])
    (24.0, None)
    """
    known = sorted(value for value in values if value is not None)
    if not known:
        return None
    usual = known[int(0.98 * (len(known) - 1))]
    return 2 * usual if usual > 0 and known[-1] > DWARFS * usual else None


def slot_title(stat_type: int, start: datetime, end: datetime) -> str:
    """Name an interval: ``2026-10-03 13:15–13:30``, ``2026-10-03 … 2026-10-05`` or ``2026-10``.

    >>> from nenghao.periods import BEIJING
    >>> slot_title(1, datetime(2026, 10, 3, tzinfo=BEIJING), datetime(2026, 10, 6, tzinfo=BEIJING))
    '2026-10-03 … 2026-10-05'
    """
    if stat_type == REALTIME:
        last = end - timedelta(seconds=1)
        until = "24:00" if end == PeriodKind.DAY.floor(end) else f"{end:%H:%M}"
        if last.date() == start.date():
            return f"{start:%Y-%m-%d %H:%M}–{until}"
        return f"{start:%Y-%m-%d %H:%M} … {last:%Y-%m-%d} {until}"
    form = "%Y-%m-%d" if stat_type == DAY else "%Y-%m"
    first, last_text = start.strftime(form), (end - timedelta(seconds=1)).strftime(form)
    return first if first == last_text else f"{first} … {last_text}"
