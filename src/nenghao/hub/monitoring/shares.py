"""Shares of time that are measured, estimated and missing, as the pages show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from nenghao.hub.monitoring.span import Span

_SLIGHT = 1e-9


class HasRatios(Protocol):
    """Any row of the store with its three shares."""

    @property
    def measured_ratio(self) -> float: ...  # noqa: D102
    @property
    def estimated_ratio(self) -> float: ...  # noqa: D102


class HasSlot(HasRatios, Protocol):
    """A row of one slot of one energy."""

    @property
    def period_start(self) -> datetime: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of a period's time, of what has passed of it; they sum to 1."""

    measured: float
    estimated: float

    @property
    def missing(self) -> float:
        """The rest."""
        return max(0.0, 1 - self.measured - self.estimated)

    @property
    def state(self) -> str:
        """One word: measured, estimated, incomplete (a part is missing) or missing."""
        if self.missing > 1 - _SLIGHT:
            return "missing"
        if self.missing > 1e-6:
            return "incomplete"
        return "measured" if self.estimated <= 1e-6 else "estimated"


NOTHING = Shares(0.0, 0.0)


def shares_of(rows: Sequence[HasRatios], start: datetime, end: datetime, now: datetime) -> Shares:
    """Give the mean shares of ``rows`` (one per energy) for one slot, as of ``now``.

    The store's shares are of the whole slot; of a slot that still runs only what has passed can be missing.
    """
    if not rows:
        return NOTHING
    passed = min(1.0, max((now - start) / (end - start), _SLIGHT))
    measured = sum(row.measured_ratio for row in rows) / len(rows) / passed
    estimated = sum(row.estimated_ratio for row in rows) / len(rows) / passed
    whole = max(1.0, measured + estimated)
    return Shares(measured / whole, estimated / whole)


def shares_over(rows: Iterable[HasSlot], span: Span, now: datetime) -> Shares:
    """Give the shares of a whole span from the rows of its slots: the mean over the slots that are over.

    A slot without a row is missing, from the first one with data on. Only where no slot is over yet does the running
    one count.
    """
    by_slot = {row.period_start: row for row in rows}
    kind = span.slot_kind
    due = [slot for slot in span.slots if by_slot and slot >= min(by_slot)]
    past = [slot for slot in due if kind.next(slot) <= now] or due[:1]
    found = [shares_of([by_slot[slot]], slot, kind.next(slot), now) for slot in past if slot in by_slot]
    if not found:
        return NOTHING
    return Shares(sum(one.measured for one in found) / len(past), sum(one.estimated for one in found) / len(past))
