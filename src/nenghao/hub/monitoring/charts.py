"""What ``static/nenghao/charts.js`` draws, as plain data: words, units and colours come from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from nenghao.hub.monitoring.energies import energy_colour, energy_name
from nenghao.hub.monitoring.span import Span, slot_label
from nenghao.hub.monitoring.words import state_words
from nenghao.periods import PeriodKind
from nenghao.readings.energy import ItemReading, PeriodTotal

NO_ROW = 3
"""State of an interval for which there is no row at all: nothing was due, or it has not come yet."""


_TITLES = {PeriodKind.MONTH: "%Y-%m", PeriodKind.DAY: "%Y-%m-%d", PeriodKind.HOUR: "%Y-%m-%d %H:%M"}


def _tce(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def trend_chart(rows: Sequence[PeriodTotal], span: Span, now: datetime) -> dict[str, Any]:
    """Give tce per slot, stacked by energy, with the span before as a line; slots without data are listed."""
    here = {(row.energy_key, row.period_start): row for row in rows if row.period_start >= span.start}
    keys = sorted({key for key, _slot in here}, key=lambda key: -sum(here[k].tce or 0 for k in here if k[0] == key))
    cells = {key: [here.get((key, slot)) for slot in span.slots] for key in keys}
    series = [
        {
            "name": energy_name(key),
            "color": energy_colour(key),
            "values": [_tce(row.tce) if row else None for row in cells[key]],
            "estimated": [row is not None and row.estimated_ratio > 1e-6 for row in cells[key]],
        }
        for key in keys
        if any(row and row.tce is not None for row in cells[key])
    ]
    with_data = {slot for (_key, slot), row in here.items() if row.tce is not None}
    return {
        "kind": "trend",
        "label": _("综合能耗趋势"),
        "unit": "tce",
        "periods": [slot_label(slot, span.slot_kind) for slot in span.slots],
        "titles": [slot.strftime(_TITLES[span.slot_kind]) for slot in span.slots],
        "series": series,
        "missing": _missing(rows, span, with_data, now),
        "before": _before(rows, span),
        "words": state_words(),
    }  # fmt: skip


def _missing(rows: Sequence[PeriodTotal], span: Span, with_data: set[datetime], now: datetime) -> list[int]:
    """Give the slots that are over and have nothing, from the first data of all on."""
    first = min((row.period_start for row in rows), default=now)
    over = [slot for slot in span.slots if span.slot_kind.next(slot) <= now and slot >= first]
    return [i for i, slot in enumerate(span.slots) if slot in over and slot not in with_data] if with_data else []


def _before(rows: Sequence[PeriodTotal], span: Span) -> dict[str, Any] | None:
    sums: dict[datetime, float] = {}
    for row in rows:
        if row.period_start < span.start and row.tce is not None:
            sums[row.period_start] = sums.get(row.period_start, 0.0) + row.tce
    if not sums:
        return None
    slots = span.before.slots[: len(span.slots)]
    values = [_tce(sums.get(slot)) for slot in slots]
    return {"name": span.before.text, "values": values + [None] * (len(span.slots) - len(slots))}


def mix_chart(parts: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """Give the shares of energies (key, tce) of one total."""
    slices = [{"name": energy_name(key), "value": _tce(tce), "color": energy_colour(key)} for key, tce in parts if tce]
    return {"kind": "mix", "label": _("能源结构"), "unit": "tce", "slices": slices}


def load_chart(
    readings: Mapping[datetime, ItemReading], start: datetime, step: timedelta, *, unit: str, colour: str, now: datetime
) -> dict[str, Any]:
    """Give one day's intervals with their states; an interval in the past without a row is missing."""
    starts = [start + i * step for i in range(round(timedelta(days=1) / step))]
    found = [readings.get(at) for at in starts]
    # Of a day that still runs, what comes after the newest reading is on its way, not missing.
    due_until = start + timedelta(days=1) if start + timedelta(days=1) <= now else max(readings, default=start)
    states = [
        reading.state if reading else 2 if at < due_until else NO_ROW for at, reading in zip(starts, found, strict=True)
    ]
    return {
        "kind": "load",
        "label": _("负荷曲线"),
        "unit": unit,
        "color": colour,
        "step_ms": int(step.total_seconds() * 1000),
        "starts": [at.isoformat() for at in starts],
        "values": [reading.value if reading else None for reading in found],
        "states": states,
        "corrected": [i for i, reading in enumerate(found) if reading and reading.contents > 1],
        "words": state_words(),
    }
