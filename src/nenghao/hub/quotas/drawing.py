"""What the quota pages draw: a bar of the value against its limits, the trend by month, a distribution of peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from nenghao.hub.monitoring.words import unit_word
from nenghao.hub.quotas.models import Verdict
from nenghao.hub.quotas.services import Peers

WIDTH = 640.0
"""Width of a bar's drawing [SVG units]."""
ROWS = {"benchmark": 3, "baseline": 4}
"""Lines of text below the bar; the grades' stand above it."""
LIMIT_COLOURS = ("#2f7d4f", "#1f5fa8", "#b25e00")


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the bar: where, what it is called, its value, and a short word."""

    x: float
    name: str
    value: float
    kind: str
    row: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from zero to the value, with a mark for each limit; ``zero`` is where zero lies."""

    zero: float
    x: float
    width: float
    marks: tuple[Mark, ...]


def bar(verdict: Verdict) -> Bar | None:
    """Lay out a verdict's bar; limits below zero (net export) lie left of zero."""
    value = verdict.compared_value
    named = [
        (_("1 级"), verdict.limit_1, "grade-1"), (_("2 级"), verdict.limit_2, "grade-2"),
        (_("3 级"), verdict.limit_3, "grade-3"), (_("标杆"), verdict.benchmark, "benchmark"),
        (_("基准"), verdict.baseline, "baseline"),
    ]  # fmt: skip
    known = [(name, limit, kind) for name, limit, kind in named if limit is not None]
    if value is None or not known:
        return None
    amounts = [0.0, value, *(limit for _name, limit, _kind in known)]
    low, high = min(amounts), max(amounts)
    margin = (high - low) * 0.08
    low, high = low - (margin if low < 0 else 0), high + margin

    def place(amount: float) -> float:
        return round((amount - low) / (high - low) * WIDTH, 1)

    zero, end = place(0.0), place(value)
    marks = tuple(
        Mark(place(limit), name, limit, kind, row=ROWS.get(kind, min(number, 2)))
        for number, (name, limit, kind) in enumerate(known)
    )
    return Bar(zero, min(zero, end), abs(end - zero), marks)


def trend(rows: Sequence[Verdict]) -> dict[str, Any]:
    """Give the chart of one product and metric by month: the value and the limits it was held against."""
    unit = unit_word(rows[0].unit) if rows else ""
    series = [_line(_("单耗"), [row.compared_value for row in rows], "#1b2430", "solid", "circle")]
    for number, name in enumerate((_("1 级"), _("2 级"), _("3 级"))):
        values = [getattr(row, f"limit_{number + 1}") for row in rows]
        if any(value is not None for value in values):
            series.append(_line(name, values, LIMIT_COLOURS[number], "dashed", "none"))
    return {
        "kind": "lines", "label": _("单耗逐月与限额"), "unit": unit, "series": series,
        "periods": [f"{row.month:%Y-%m}" for row in rows], "words": {"missing": _("缺失")},
    }  # fmt: skip


def _line(name: str, values: list[float | None], color: str, dash: str, symbol: str) -> dict[str, Any]:
    rounded = [None if value is None else round(value, 4) for value in values]
    return {"name": name, "values": rounded, "color": color, "dash": dash, "symbol": symbol}


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution laid out: quantiles and the own value on one line."""

    points: tuple[float, ...]
    own: float

    @property
    def middle(self) -> float:
        """Width of the middle half."""
        return self.points[3] - self.points[1]


def spread(peers: Peers, own: float) -> Spread:
    """Lay out the quantiles of peers."""
    low, high = peers.quantiles[0], peers.quantiles[-1]
    width = (high - low) or 1.0
    return Spread(
        tuple(round((one - low) / width * WIDTH, 1) for one in peers.quantiles),
        round((min(max(own, low), high) - low) / width * WIDTH, 1),
    )
