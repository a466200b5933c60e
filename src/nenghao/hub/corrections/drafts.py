"""What a correction would change: the slots of a span before and after, by a chosen method. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np

from nenghao.hub.corrections.estimating import Bill, Window, estimate, instant
from nenghao.hub.corrections.models import Method
from nenghao.hub.corrections.models.correction import ESTIMATES
from nenghao.hub.corrections.series import context_span
from nenghao.hub.registry.models import DataItem
from nenghao.quality.estimates import Mask, Series, TooThin
from nenghao.readings import ReadingStore
from nenghao.readings.series import NO_ROW, read_series, values_after_decisions

Which = Literal["missing", "all"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of the span: what it holds (no state: no reading) and what it would hold; ``chosen``: it changes."""

    at: datetime
    before: float | None
    state: int | None
    after: float | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """The slots of a span as the method would leave them; ``refused`` says why a method has nothing to say."""

    item: DataItem
    stat_type: int
    start: datetime
    end: datetime
    method: str
    slots: Sequence[Slot]
    basis: Mapping[str, Any] = field(default_factory=dict)
    refused: TooThin | None = None

    @property
    def chosen(self) -> Sequence[Slot]:
        """The slots that change."""
        return [slot for slot in self.slots if slot.chosen]

    @property
    def rows(self) -> list[list[Any]]:
        """The chosen slots as a correction keeps them."""
        return [[f"{slot.at:%Y-%m-%dT%H:%M}", slot.before, slot.state, slot.after] for slot in self.chosen]

    def typed(self, values: Mapping[datetime, float | None]) -> Draft:
        """Put what a person typed in place of what the method says; the basis tells in how many slots it differs."""
        slots = [
            replace(slot, after=values[slot.at], chosen=True) if slot.at in values else replace(slot, chosen=False)
            for slot in self.slots
        ]
        edited = sum(new.after != old.after for new, old in zip(slots, self.slots, strict=True) if new.chosen)
        basis = {**self.basis, "edited_slots": edited} if self.method in ESTIMATES and edited else self.basis
        return replace(self, slots=slots, basis=basis)


def draft(
    *,
    store: ReadingStore,
    item: DataItem,
    stat_type: int,
    start: datetime,
    end: datetime,
    method: str,
    which: Which = "missing",
    bill: Bill | None = None,
) -> Draft:
    """Work out what a method makes of the slots in ``[start, end)``.

    ``which`` says whether only slots without a value change, or all. A confirmation concerns the slots that have a
    value; the gateway's new values concern the slots for which there are some.
    """
    first, last = context_span(stat_type, start, end)
    if bill is not None:
        first, last = min(first, bill.start), max(last, bill.end)
    found = read_series(
        store, data_item_ids=[item.pk], stat_type=stat_type, start=first, end=last, minutes=item.realtime_minutes
    )
    value, state = found.value[0], found.state[0]
    window = Window(item, stat_type, found.starts, value, np.zeros(len(value), dtype=bool))
    inside = window.within(start, end)
    sent = _sent_values(store, window, start, end) if method == Method.GATEWAY else value
    window = replace(window, wanted=_wanted(method, which, inside, value, sent))
    after, basis, refused = _after(store, window, method, bill, sent)
    slots = [
        Slot(
            instant(found.starts[i]), _plain(value[i]), None if state[i] == NO_ROW else int(state[i]),
            _plain(after[i]), bool(window.wanted[i]),
        )
        for i in np.flatnonzero(inside)
    ]  # fmt: skip
    return Draft(item, stat_type, start, end, method, slots, basis, refused)


def _wanted(method: str, which: Which, inside: Mask, value: Series, sent: Series) -> Mask:
    if method in (Method.CONFIRM, Method.VOID):
        return inside & ~np.isnan(value)
    if method == Method.GATEWAY:
        return inside & ~np.isnan(sent)
    return inside & np.isnan(value) if which == "missing" else inside


def _after(
    store: ReadingStore, window: Window, method: str, bill: Bill | None, sent: Series
) -> tuple[Series, Mapping[str, Any], TooThin | None]:
    """Give the series after the correction, the estimate's basis, and why there is no estimate."""
    if method == Method.VOID:
        return np.where(window.wanted, np.nan, window.value), {}, None
    if method == Method.GATEWAY:
        return np.where(window.wanted, sent, window.value), {}, None
    if method not in ESTIMATES:
        return window.value, {}, None
    made = estimate(store=store, window=window, method=method, bill=bill)
    if isinstance(made, TooThin):
        return np.where(window.wanted, np.nan, window.value), {}, made
    return made.values, made.basis, None


def _sent_values(store: ReadingStore, window: Window, start: datetime, end: datetime) -> Series:
    """Give what the gateway sent after a decision, in its slots; NaN elsewhere."""
    found = values_after_decisions(store, data_item_ids=[window.item.pk], start=start, end=end)
    sent = {late.period_start: late.sent_value for late in found if late.stat_type == window.stat_type}
    return np.array([sent.get(instant(start), np.nan) for start in window.starts])


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
