"""Which samples count: the newest version of each, inside the meter's life, and physically possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nenghao.findings import Finding
from nenghao.intervals.model import OBSERVED_MS, BoolColumn, FloatColumn, Int64Column, MeterSpec, SampleColumns
from nenghao.intervals.notes import note

WOBBLE_REGISTER = 1e-3
WOBBLE_RATIO = 2.4e-7
"""A fall below both is noise of the counter: a thousandth, or two steps of a 32-bit float."""
FUTURE_MS = 86_400_000
FOREVER_MS = np.iinfo(np.int64).max // 4

Notes = dict[int, list[Finding]]


def wobble(register: FloatColumn) -> FloatColumn:
    """Give the largest fall [register units] that still is noise at each register."""
    return np.maximum(WOBBLE_REGISTER, WOBBLE_RATIO * np.abs(register))


@dataclass(frozen=True, slots=True)
class MeterColumns:
    """The meters' numbers as columns, one row per meter; what is not limited is infinite."""

    installed_ms: Int64Column
    removed_ms: Int64Column
    multiplier: FloatColumn
    modulus: FloatColumn
    max_rate_per_hour: FloatColumn
    interval_ms: Int64Column
    has_events: BoolColumn

    @classmethod
    def of(cls, meters: Sequence[MeterSpec]) -> MeterColumns:
        """Read the columns off the meters."""
        return cls(
            np.array([m.installed_at_ms for m in meters], dtype=np.int64),
            np.array([FOREVER_MS if m.removed_at_ms is None else m.removed_at_ms for m in meters], dtype=np.int64),
            np.array([m.multiplier for m in meters], dtype=np.float64),
            np.array([m.modulus or np.inf for m in meters], dtype=np.float64),
            np.array([m.max_rate_per_hour or np.inf for m in meters], dtype=np.float64),
            np.array([round(m.interval_s * 1000) for m in meters], dtype=np.int64),
            np.array([bool(m.events) for m in meters], dtype=np.bool_),
        )


@dataclass(frozen=True, slots=True)
class Points:
    """Samples of many meters, one per instant, ordered by meter and time."""

    meter: Int64Column
    ts_ms: Int64Column
    register: FloatColumn

    def take(self, rows: BoolColumn) -> Points:
        """Give the rows of a mask."""
        return Points(self.meter[rows], self.ts_ms[rows], self.register[rows])


def newest_versions(meter: Int64Column, samples: SampleColumns, notes: Notes) -> Points:
    """Order the samples and keep the newest received version of each (rule 5).

    Versions received at the same instant with different registers are a ``duplicate-conflict``: the largest register
    wins, whatever the order in which they stand.
    """
    if len(samples.ts_ms) == 0:
        return Points(meter, samples.ts_ms, samples.register)
    low = int(samples.ts_ms.min())
    span = int(samples.ts_ms.max()) - low + 1
    key = meter * span + (samples.ts_ms - low)
    if not bool(np.all(key[1:] >= key[:-1])):
        order = np.argsort(key, kind="stable")
        key, meter, samples = key[order], meter[order], samples.take(order)
    keep = np.ones(len(key), dtype=np.bool_)
    repeated = np.zeros(len(key), dtype=np.bool_)
    repeated[1:] = key[1:] == key[:-1]
    repeated[:-1] |= repeated[1:]
    if repeated.any():
        _settle(np.flatnonzero(repeated), key, meter, samples, keep=keep, notes=notes)
    return Points(meter[keep], samples.ts_ms[keep], samples.register[keep])


def _settle(
    rows: Int64Column, key: Int64Column, meter: Int64Column, samples: SampleColumns, *, keep: BoolColumn, notes: Notes
) -> None:
    """Among ``rows``, which repeat an instant, clear ``keep`` for all but the newest of each."""
    register, received = samples.register[rows], samples.received_at_ms[rows]
    comparable = np.where(np.isfinite(register), register, -np.inf)
    order = np.lexsort((comparable, received, key[rows]))
    ranked = rows[order]
    last = np.append(key[ranked][1:] != key[ranked][:-1], True)
    keep[ranked[~last]] = False
    rival = ~last[:-1] & (received[order][1:] == received[order][:-1]) & last[1:]
    rival &= comparable[order][1:] != comparable[order][:-1]
    for at in np.flatnonzero(rival):
        loser, winner = int(ranked[at]), int(ranked[at + 1])
        notes.setdefault(int(meter[winner]), []).append(
            note(
                "duplicate-conflict", at_ms=int(samples.ts_ms[winner]),
                register_kept=float(samples.register[winner]), register_dropped=float(samples.register[loser]),
            )
        )  # fmt: skip


def drop_from_future(meter: Int64Column, samples: SampleColumns, notes: Notes) -> tuple[Int64Column, SampleColumns]:
    """Ignore samples whose time lies more than a day after they were received: the meter's clock was wrong."""
    bad = samples.ts_ms - samples.received_at_ms > FUTURE_MS
    if not bad.any():
        return meter, samples
    for at in np.flatnonzero(bad):
        found = note("sample-from-future", at_ms=int(samples.ts_ms[at]), register=float(samples.register[at]))
        notes.setdefault(int(meter[at]), []).append(found)
    return meter[~bad], samples.take(~bad)


def possible(points: Points, meters: MeterColumns, notes: Notes) -> Points:
    """Keep what lies in the meter's life and what its register can show.

    A sample up to 60 s outside the life stays: clocks differ, and it observes the first or last boundary.
    """
    own = points.meter
    before = points.ts_ms < meters.installed_ms[own] - OBSERVED_MS
    after = points.ts_ms > meters.removed_ms[own] + OBSERVED_MS
    register = points.register
    bad = ~np.isfinite(register) | (register < -WOBBLE_REGISTER) | (register >= meters.modulus[own])
    bad &= ~before & ~after
    for code, mask in (("sample-before-install", before), ("sample-after-removal", after)):
        counts = np.bincount(own[mask])
        for meter in np.flatnonzero(counts).tolist():
            notes.setdefault(meter, []).append(note(code, samples=int(counts[meter])))
    for at in np.flatnonzero(bad):
        found = note("sample-invalid", at_ms=int(points.ts_ms[at]), register=float(register[at]))
        notes.setdefault(int(own[at]), []).append(found)
    drop = before | after | bad
    return points.take(~drop) if drop.any() else points
