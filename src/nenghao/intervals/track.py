"""From samples and events to one growing energy per meter: the track that boundaries are read from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nenghao.findings import Finding
from nenghao.intervals.course import HOUR_MS, Part, calm, on_course, tick, within_rate
from nenghao.intervals.model import BoolColumn, FloatColumn, Int64Column, MeterSpec, MultiplierEvent, ReplaceEvent
from nenghao.intervals.notes import note
from nenghao.intervals.versions import wobble


@dataclass(frozen=True, slots=True)
class Track:
    """Good points ordered by meter and time: cumulative energy, comparable within one ``segment`` only.

    A new segment begins where the energy between two good points is unknown (a reset).
    """

    meter: Int64Column
    ts_ms: Int64Column
    energy: FloatColumn
    segment: Int64Column


@dataclass(frozen=True, slots=True)
class Anchor:
    """All events of one instant together: where the register ends, where it begins, and its multiplier from then."""

    at_ms: int
    final_register: float
    initial_register: float
    multiplier: float


def anchors(meter: MeterSpec) -> list[Anchor]:
    """Merge the meter's events per instant, in order of time.

    A replacement and a change of multiplier at one instant: the old register counts with the old multiplier up to its
    end, the new one with the new multiplier from its beginning, whatever the order in which they are written.
    """
    found: list[Anchor] = []
    multiplier = meter.multiplier
    for at in sorted({event.at_ms for event in meter.events}):
        same = [event for event in meter.events if event.at_ms == at]
        replaced = [event for event in same if isinstance(event, ReplaceEvent)]
        changed = [event for event in same if isinstance(event, MultiplierEvent)]
        multiplier = next((e.multiplier for e in [*changed, *replaced] if e.multiplier is not None), multiplier)
        final = replaced[0].final_register if replaced else changed[0].register
        initial = replaced[-1].initial_register if replaced else changed[0].register
        found.append(Anchor(at, final, initial, multiplier))
    return found


@dataclass(slots=True)
class _Builder:
    """Collects the points of one meter's track part by part."""

    meter: MeterSpec
    notes: list[Finding]
    ts_ms: list[Int64Column]
    energy: list[FloatColumn]
    segment: list[Int64Column]

    def add(self, part: Part) -> None:
        """Append a part; its first point continues the last one when the part begins at an event."""
        keep = on_course(part)
        self._note_rejected(part, keep)
        kept = np.flatnonzero(keep)
        rises, broken = self._rises(part, kept)
        energy = part.multiplier * np.concatenate([[0.0], np.cumsum(rises)])
        segment = np.concatenate([[0], np.cumsum(broken)])
        joined = part.fixed_start and bool(self.ts_ms)
        if joined:
            energy, segment = energy + self.energy[-1][-1], segment + self.segment[-1][-1]
        skip = 1 if joined else 0
        self.ts_ms.append(part.ts_ms[kept][skip:])
        self.energy.append(np.maximum.accumulate(energy)[skip:])
        self.segment.append(segment[skip:].astype(np.int64))
        if len(self.ts_ms[-1]) == 0:
            del self.ts_ms[-1], self.energy[-1], self.segment[-1]

    def _rises(self, part: Part, kept: Int64Column) -> tuple[FloatColumn, BoolColumn]:
        """Give the rise of the register between neighbours on the course, and where it is unknown."""
        register = part.register[kept]
        rises = np.diff(register)
        broken = np.zeros(len(rises), dtype=np.bool_)
        noise = (rises < 0) & (rises >= -wobble(register[:-1]))
        plain = calm(register[:-1], register[1:], np.diff(part.ts_ms[kept]), part.limits)
        doubtful = ~(plain | noise) | (np.diff(kept) > 1)
        for at in np.flatnonzero(doubtful):
            i, j = int(kept[at]), int(kept[at + 1])
            rise = part.joined(i, j)
            if rise is None:
                broken[at], rises[at] = True, 0.0
                self._note_break(part, i, j)
            else:
                rises[at] = rise
                self._note_ambiguous(part, i, j, rise)
        return rises, broken

    def _note_break(self, part: Part, i: int, j: int) -> None:
        before, after = float(part.register[i]), float(part.register[j])
        self.notes.append(
            note(
                "register-reset" if after < before else "register-jump", at_ms=int(part.ts_ms[j]),
                register_before=before, register_after=after, elapsed_s=part.elapsed_ms(i, j) / 1000,
            )
        )  # fmt: skip

    def _note_ambiguous(self, part: Part, i: int, j: int, rise: float) -> None:
        limit = part.max_rate_per_hour * part.elapsed_ms(i, j) / HOUR_MS
        if np.isfinite(limit) and (rise + part.modulus) * part.multiplier <= limit:
            turns = int((limit / part.multiplier - rise) // part.modulus)
            self.notes.append(
                note(
                    "rollover-ambiguous", at_ms=int(part.ts_ms[j]), energy=rise * part.multiplier,
                    further_turns_possible=turns, elapsed_s=part.elapsed_ms(i, j) / 1000,
                )
            )  # fmt: skip

    def _note_rejected(self, part: Part, keep: BoolColumn) -> None:
        good = np.flatnonzero(keep)
        for at in np.flatnonzero(~keep):
            before = int(good[max(int(np.searchsorted(good, at)) - 1, 0)])
            i, j = min(before, int(at)), max(before, int(at))
            rise = float(part.register[j] - part.register[i])
            energy = np.array([rise + (part.modulus if rise < 0 else 0.0)]) * part.multiplier
            possible = bool(within_rate(energy, part.ts_ms[[j]] - part.ts_ms[[i]], part.max_rate_per_hour)[0])
            impossible = np.isfinite(part.max_rate_per_hour) and not possible
            self.notes.append(
                note(
                    "sample-rejected-rate" if impossible else "sample-rejected-course", at_ms=int(part.ts_ms[at]),
                    register=float(part.register[at]), register_on_course=float(part.register[before]),
                )
            )  # fmt: skip


def build_track(
    meter: MeterSpec, ts_ms: Int64Column, register: FloatColumn, *, start_ms: int, end_ms: int, notes: list[Finding]
) -> Track:
    """Build the track of one meter from its possible samples (ordered, one per instant) for ``[start, end)``."""
    builder = _Builder(meter, notes, [], [], [])
    for part in _parts(meter, ts_ms, register, start_ms=start_ms, end_ms=end_ms, notes=notes):
        if len(part.ts_ms):
            builder.add(part)
    empty = np.zeros(0, dtype=np.int64)
    ts = np.concatenate([empty, *builder.ts_ms])
    energy = np.concatenate([np.zeros(0), *builder.energy])
    return Track(np.zeros(len(ts), dtype=np.int64), ts, energy, np.concatenate([empty, *builder.segment]))


def _parts(
    meter: MeterSpec, ts_ms: Int64Column, register: FloatColumn, *, start_ms: int, end_ms: int, notes: list[Finding]
) -> Iterator[Part]:
    """Yield the samples between events, with the events' registers as fixed ends."""
    low, multiplier, opening = 0, meter.multiplier, None
    for anchor in anchors(meter):
        if not _bounds(anchor, ts_ms, start_ms, end_ms):
            if len(ts_ms) == 0 or anchor.at_ms <= ts_ms[0]:
                multiplier = anchor.multiplier
            continue
        high = int(np.searchsorted(ts_ms, anchor.at_ms))
        yield _part(meter, ts_ms[low:high], register[low:high], multiplier, opening=opening, closing=anchor)
        low = high
        if high < len(ts_ms) and ts_ms[high] == anchor.at_ms:
            _note_mismatch(anchor, float(register[high]), notes)
            low += 1
        multiplier, opening = anchor.multiplier, anchor
    yield _part(meter, ts_ms[low:], register[low:], multiplier, opening=opening, closing=None)


def _bounds(anchor: Anchor, ts_ms: Int64Column, start_ms: int, end_ms: int) -> bool:
    """Tell whether the event can bound an asked period: not when samples lie between it and all of them."""
    if len(ts_ms) == 0:
        return True
    return not (anchor.at_ms < ts_ms[0] <= start_ms or anchor.at_ms > ts_ms[-1] >= end_ms)


def _part(
    meter: MeterSpec,
    ts_ms: Int64Column,
    register: FloatColumn,
    multiplier: float,
    *,
    opening: Anchor | None,
    closing: Anchor | None,
) -> Part:
    """Put the events' registers around the samples."""
    first = ([opening.at_ms], [opening.initial_register]) if opening else ([], [])
    last = ([closing.at_ms], [closing.final_register]) if closing else ([], [])
    around = np.concatenate([first[1], register, last[1]]).astype(np.float64)
    return Part(
        np.concatenate([first[0], ts_ms, last[0]]).astype(np.int64), around, tick(around),
        multiplier, meter.modulus or np.inf, meter.max_rate_per_hour or np.inf, meter.interval_s * 1000,
        opening is not None, closing is not None,
    )  # fmt: skip


def _note_mismatch(anchor: Anchor, register: float, notes: list[Finding]) -> None:
    """A sample at the instant of an event must show its final or its initial register."""
    recorded = np.array([anchor.final_register, anchor.initial_register])
    if np.all(np.abs(recorded - register) > wobble(recorded)):
        notes.append(
            note(
                "event-register-mismatch", at_ms=anchor.at_ms, register=register,
                register_final=anchor.final_register, register_initial=anchor.initial_register,
            )
        )  # fmt: skip
