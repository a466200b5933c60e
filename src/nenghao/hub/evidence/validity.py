"""Which certificates speak of which meters, and on which days the meter of a data item was in validity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from nenghao.hub.evidence.models import (
    CertificateKind,
    CertificateResult,
    EventKind,
    MeterEvent,
    VerificationCertificate,
)
from nenghao.hub.registry.models import DataItem, Meter
from nenghao.hub.registry.models.assets import MeasureState
from nenghao.periods import to_beijing
from nenghao.quality.flags import Flag, FlagArray
from nenghao.quality.metering import (
    OUT_OF_SERVICE,
    Certificate,
    Change,
    Life,
    Span,
    validity_flags,
    validity_spans,
)

DOCUMENT_RANK = 1
"""A certificate that somebody entered outranks the dates that a gateway sent for the same day."""
STOPPED_SINCE = date(1991, 9, 16)


@dataclass(frozen=True, slots=True)
class ItemValidity:
    """Per data item and day whether all meters that feed it were in validity.

    ``flags[i, d]`` speaks of ``item_id[i]`` on ``start`` + d days: ``GOOD`` valid, ``FAIL`` expired or found bad,
    ``UNKNOWN`` no meter is registered for the item, or it has no certificate that covers the day. A removed or stopped
    meter is left out where another one feeds the item; where none does any more, the item fails.
    ``meters`` is how many meters are registered for the item. Rows are in the order of ``item_id``.
    """

    item_id: npt.NDArray[np.int64]
    enterprise_id: npt.NDArray[np.int64]
    meters: npt.NDArray[np.int64]
    start: date
    flags: FlagArray

    def ratio(self) -> npt.NDArray[np.float64]:
        """Give the share of days in validity per item (0 to 1)."""
        return (self.flags == Flag.GOOD).mean(axis=1)


@dataclass(frozen=True, slots=True)
class MeterKey:
    """What of a meter is needed to look for its evidence."""

    id: int
    enterprise_id: int
    data_code: str
    verified_on: date | None
    verify_next_on: date | None
    state: int | None
    state_since: date | None

    def changes(self) -> list[Change]:
        """A stopped meter (停用) counts as removed since then, or always where the day is not known."""
        stopped = self.state == MeasureState.STOPPED
        return [Change(self.state_since or STOPPED_SINCE, removed=True)] if stopped else []


def meter_keys(meters: QuerySet[Meter]) -> list[MeterKey]:
    """Load the keys of meters, one query."""
    fields = ("pk", "enterprise_id", "data_code", "verified_on", "verify_next_on", "state", "state_since")
    return [MeterKey(*row) for row in meters.values_list(*fields)]


def lives_of_meters(keys: Sequence[MeterKey], meters: QuerySet[Meter]) -> list[Life]:
    """Give certificates and changes of many meters by two queries; ``meters`` selects the same ones as ``keys``."""
    certificates, changes = _certificates(meters), _changes(meters)
    for key in keys:
        if (own := _registered(key)) is not None:
            certificates[key.id].append(own)
        if stops := key.changes():
            changes[key.id].extend(stops)
    return [(certificates.get(key.id, ()), changes.get(key.id, ())) for key in keys]


def spans_of_meters(keys: Sequence[MeterKey], meters: QuerySet[Meter]) -> dict[int, tuple[Span, ...]]:
    """Give the spans of validity of many meters by two queries; ``meters`` selects the same ones as ``keys``."""
    lives = lives_of_meters(keys, meters)
    return {key.id: validity_spans(*life) for key, life in zip(keys, lives, strict=True)}


def _registered(key: MeterKey) -> Certificate | None:
    """Give the dates of the meter's own record as a certificate; a row captured for the same day repeats it."""
    if key.verified_on is None:
        return None
    return Certificate(key.verified_on, key.verify_next_on)


def _certificates(meters: QuerySet[Meter]) -> defaultdict[int, list[Certificate]]:
    found: defaultdict[int, list[Certificate]] = defaultdict(list)
    rows = VerificationCertificate.objects.filter(meter__in=meters, is_current=True, withdrawn=False).order_by("pk")
    for meter_id, kind, verified_on, valid_until, result, serial_number in rows.values_list(
        "meter_id", "kind", "verified_on", "valid_until", "result", "serial_number"
    ):
        rank = 0 if kind == CertificateKind.REGISTERED else DOCUMENT_RANK
        passed = result == CertificateResult.PASSED
        found[meter_id].append(Certificate(verified_on, valid_until, passed, rank, serial_number))
    return found


def _changes(meters: QuerySet[Meter]) -> defaultdict[int, list[Change]]:
    found: defaultdict[int, list[Change]] = defaultdict(list)
    kinds = (EventKind.REPLACEMENT, EventKind.REMOVAL)
    rows = MeterEvent.objects.filter(meter__in=meters, kind__in=kinds, is_current=True, withdrawn=False)
    for meter_id, kind, at, serial_number in rows.order_by("at").values_list("meter_id", "kind", "at", "serial_number"):
        found[meter_id].append(Change(to_beijing(at).date(), kind == EventKind.REMOVAL, serial_number))
    return found


def item_validity(
    *, enterprise_ids: Iterable[int], start: date, end: date, item_ids: Iterable[int] | None = None
) -> ItemValidity:
    """Answer :func:`nenghao.hub.evidence.services.meter_validity`: four queries, however many items."""
    ids = list(enterprise_ids)
    wanted = None if item_ids is None else set(item_ids)
    rows = DataItem.objects.filter(enterprise__in=ids, active=True).order_by("pk")
    items = [row for row in rows.values_list("pk", "enterprise_id", "data_code") if wanted is None or row[0] in wanted]
    meters = Meter.objects.filter(enterprise__in=ids).exclude(data_code="")
    keys = meter_keys(meters)
    by_meter = validity_flags(lives_of_meters(keys, meters), start, (end - start).days)
    feeding: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        feeding[key.enterprise_id, key.data_code].append(row)
    return _item_table(items, feeding, by_meter, start)


def _item_table(
    items: Sequence[tuple[int, int, str]],
    feeding: Mapping[tuple[int, str], list[int]],
    by_meter: FlagArray,
    start: date,
) -> ItemValidity:
    """Bring the rows of meters to the items they feed: first meters of all items at once, then second ones …"""
    meters_of = [feeding.get((enterprise_id, data_code), ()) for _item_id, enterprise_id, data_code in items]
    counts = np.array([len(found) for found in meters_of], dtype=np.int64)
    flags = np.zeros((len(items), by_meter.shape[1]), dtype=np.uint8)
    for nth in range(int(counts.max(initial=0))):
        rows = np.flatnonzero(counts > nth)
        flags[rows] = Flag.worst(flags[rows], by_meter[[meters_of[row][nth] for row in rows]])
    flags[counts == 0] = Flag.UNKNOWN
    flags[flags == OUT_OF_SERVICE] = Flag.FAIL
    item_id, enterprise_id = (np.array([row[place] for row in items], dtype=np.int64) for place in (0, 1))
    return ItemValidity(item_id, enterprise_id, counts, start, flags)
