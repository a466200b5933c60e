"""Meters as evidence (计量器具): whether a meter's verification was in force on a day.

Days are Beijing calendar days. ``valid_until`` is **inclusive** (有效期至当日仍有效, 本平台设定): a certificate that
names 2026-11-20 covers the whole of that day; the meter is expired from 2026-11-21.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from nenghao.quality.flags import Flag, FlagArray

_DAY = timedelta(days=1)
OUT_OF_SERVICE = 0
"""In :func:`validity_flags`: no instrument stands there; below every flag, so that any other meter outweighs it."""
_NO_END = -1


class Validity(StrEnum):
    """What the certificates say of a meter on a day."""

    VALID = "valid"
    """有效: tested, found good, the term has not run out."""
    UNKNOWN = "unknown"
    """无凭证: no certificate covers the instrument on that day, or the certificate names no end."""
    EXPIRED = "expired"
    """超期: the last certificate's term has run out."""
    FAILED = "failed"
    """不合格: the last test found the meter bad."""
    REMOVED = "removed"
    """已拆除: no instrument stands there."""

    @property
    def flag(self) -> Flag:
        """The flag a check gives: an unknown meter is unknown, an expired, failed or removed one fails."""
        if self is Validity.VALID:
            return Flag.GOOD
        return Flag.UNKNOWN if self is Validity.UNKNOWN else Flag.FAIL


@dataclass(frozen=True, slots=True)
class Certificate:
    """A verification or calibration (检定、校准): when tested, until when in force (inclusive), whether found good.

    Of two of one day the one with the higher ``rank`` counts. ``serial_number`` (出厂编号) names the instrument where
    the document does; a calibration without ``valid_until`` proves nothing after its day but is not expired either.
    """

    verified_on: date
    valid_until: date | None
    passed: bool = True
    rank: int = 0
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """From ``on`` another instrument stands at the place (its serial number where known), or none (``removed``)."""

    on: date
    removed: bool = False
    serial_number: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` until the next span the meter is ``validity``, by ``certificate`` (none where there is none)."""

    start: date
    validity: Validity
    certificate: Certificate | None = None


def validity_spans(certificates: Iterable[Certificate], changes: Iterable[Change] = ()) -> tuple[Span, ...]:
    """Give the spans of a meter's life, first to last; the first starts with the calendar and is unknown.

    A newer certificate replaces an older one, also when the older would run longer. A certificate speaks of one
    instrument: after a replacement only those count that name the new serial number or were made since.

    >>> spans = validity_spans([Certificate(date(2025, 11, 21), date(2026, 11, 20))])
    >>> [(str(span.start), span.validity.value) for span in spans]
    [('0001-01-01', 'unknown'), ('2025-11-21', 'valid'), ('2026-11-21', 'expired')]
    """
    ordered = sorted(certificates, key=lambda certificate: (certificate.verified_on, certificate.rank))
    first, *others = _instruments(changes)
    spans = _spans_of(first, [c for c in ordered if not _names(others, c)])
    for instrument in others:
        spans += _spans_of(instrument, [c for c in ordered if instrument.is_of(c)])
    return tuple(_last_of_each_day(spans))


def validity_on(day: date, spans: Sequence[Span]) -> Span:
    """Give the span that holds a day."""
    return spans[bisect_right(spans, day, key=lambda span: span.start) - 1]


Life = tuple[Sequence[Certificate], Sequence[Change]]


def validity_flags(lives: Sequence[Life], start: date, days: int) -> FlagArray:
    """Give the flag of many meters on many days, meters × days: the answer of :func:`validity_spans`, in columns.

    A removed meter is :data:`OUT_OF_SERVICE`. Meters that were never replaced are looked at all at once.
    """
    flags = np.full((len(lives), days), Flag.UNKNOWN, dtype=np.uint8)
    for row, (certificates, changes) in enumerate(lives):
        if changes:
            _lay_out(flags[row], validity_spans(certificates, changes), start)
    plain = [(row, c) for row, (certificates, changes) in enumerate(lives) if not changes for c in certificates]
    if plain:
        _mark_plain(flags, plain, start)
    return flags


def _mark_plain(flags: FlagArray, plain: Sequence[tuple[int, Certificate]], start: date) -> None:
    """Mark every day by the newest certificate made by then: later ones overwrite earlier ones."""
    rows = np.array([row for row, _certificate in plain])
    made = np.array([c.verified_on.toordinal() for _row, c in plain])
    until = np.array([_NO_END if c.valid_until is None else c.valid_until.toordinal() for _row, c in plain])
    passed = np.array([c.passed for _row, c in plain])
    order = np.lexsort((np.array([c.rank for _row, c in plain]), made))
    rows, made, until, passed = rows[order], made[order], until[order], passed[order]
    for place in range(flags.shape[1]):
        day = start.toordinal() + place
        known = np.searchsorted(made, day, side="right")
        term = np.where(until[:known] == _NO_END, Flag.UNKNOWN, np.where(until[:known] >= day, Flag.GOOD, Flag.FAIL))
        flags[rows[:known], place] = np.where(passed[:known], term, Flag.FAIL)


def _lay_out(row: FlagArray, spans: Iterable[Span], start: date) -> None:
    for span in spans:
        first = max(0, (span.start - start).days)
        row[first:] = OUT_OF_SERVICE if span.validity is Validity.REMOVED else span.validity.flag


@dataclass(frozen=True, slots=True)
class _Instrument:
    """One instrument at the place: from ``start`` until before ``end``."""

    start: date
    end: date
    removed: bool
    serial_number: str

    def is_of(self, certificate: Certificate) -> bool:
        """Tell whether a certificate speaks of this instrument (not of the first one, of which nothing is known)."""
        if certificate.serial_number and self.serial_number:
            return certificate.serial_number == self.serial_number
        return self.start <= certificate.verified_on < self.end


def _instruments(changes: Iterable[Change]) -> list[_Instrument]:
    ordered = [Change(date.min), *sorted(changes, key=lambda change: change.on)]
    ends = [change.on for change in ordered[1:]] + [date.max]
    return [
        _Instrument(change.on, end, change.removed, change.serial_number)
        for change, end in zip(ordered, ends, strict=True)
    ]


def _names(instruments: Iterable[_Instrument], certificate: Certificate) -> bool:
    number = certificate.serial_number
    return bool(number) and any(number == instrument.serial_number for instrument in instruments)


def _spans_of(instrument: _Instrument, certificates: Sequence[Certificate]) -> list[Span]:
    """Give the spans of one instrument; what was made before it came counts from its first day."""
    if instrument.removed:
        return [Span(instrument.start, Validity.REMOVED)]
    spans = [Span(instrument.start, Validity.UNKNOWN)]
    ends = [newer.verified_on for newer in certificates[1:]] + [instrument.end]
    for certificate, end in zip(certificates, ends, strict=False):
        until = min(instrument.end, end)
        spans += _clipped(_spans_by(certificate), instrument.start, until)
    return spans


def _spans_by(certificate: Certificate) -> list[Span]:
    if not certificate.passed:
        return [Span(certificate.verified_on, Validity.FAILED, certificate)]
    if certificate.valid_until is None:
        return [Span(certificate.verified_on, Validity.UNKNOWN, certificate)]
    spans = [Span(certificate.verified_on, Validity.VALID, certificate)]
    if certificate.valid_until < date.max:
        spans.append(Span(certificate.valid_until + _DAY, Validity.EXPIRED, certificate))
    return spans


def _clipped(spans: Iterable[Span], start: date, end: date) -> list[Span]:
    """Keep what lies in [start, end); a span that began earlier begins at ``start``."""
    kept = [Span(max(span.start, start), span.validity, span.certificate) for span in spans if span.start < end]
    return kept if start < end else []


def _last_of_each_day(spans: Sequence[Span]) -> list[Span]:
    """Of several spans that start on one day the last one holds."""
    return list({span.start: span for span in spans}.values())
