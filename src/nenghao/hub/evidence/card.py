"""What the card of one meter shows: certificates and events in all versions, spans of validity, what it feeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from nenghao.hub.evidence.entry import LEDGERS, RECORD_TERM_WORKDAYS
from nenghao.hub.evidence.models import LedgerRow, MeterEvent, VerificationCertificate
from nenghao.hub.evidence.standing import class_verdict
from nenghao.hub.evidence.validity import meter_keys, spans_of_meters
from nenghao.hub.registry.models import DataItem, Meter
from nenghao.quality.meter_classes import ClassVerdict
from nenghao.quality.metering import Certificate, Validity, validity_on

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days (both inclusive, none: open) in one state, by which certificate."""

    first: date | None
    last: date | None
    validity: Validity
    certificate: Certificate | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """The current version of an entry with its earlier ones, newest first."""

    row: LedgerRow
    older: Sequence[LedgerRow]


@dataclass(frozen=True, slots=True)
class MeterCard:
    """Everything the page of a meter shows."""

    meter: Meter
    now: Stretch
    stretches: tuple[Stretch, ...]
    certificates: tuple[Entry, ...]
    events: tuple[Entry, ...]
    items: tuple[DataItem, ...]
    verdict: ClassVerdict
    term_workdays: int = RECORD_TERM_WORKDAYS


def meter_card(meter: Meter, today: date) -> MeterCard:
    """Load the card; a fixed number of queries."""
    chosen = Meter.objects.filter(pk=meter.pk)
    spans = spans_of_meters(meter_keys(chosen), chosen)[meter.pk]
    present = validity_on(today, spans)
    ends = [span.start - _DAY for span in spans[1:]] + [None]
    stretches = [
        Stretch(None if span.start == date.min else span.start, end, span.validity, span.certificate, span is present)
        for span, end in zip(spans, ends, strict=True)
        if span.start <= today
    ]
    certificates = VerificationCertificate.objects.filter(meter=meter).order_by("-verified_on", "-version")
    events = MeterEvent.objects.filter(meter=meter).order_by("-at", "-version")
    feeds = DataItem.objects.filter(enterprise=meter.enterprise_id, data_code=meter.data_code).exclude(data_code="")
    items = tuple(feeds)
    energy_key = items[0].energy_key if items else ""
    return MeterCard(
        meter, next(stretch for stretch in stretches if stretch.is_now), tuple(reversed(stretches)),
        entries(certificates, "certificate"), entries(events, "meter-event"), items, class_verdict(meter, energy_key),
    )  # fmt: skip


def entries(rows: Iterable[LedgerRow], ledger_name: str) -> tuple[Entry, ...]:
    """Put versions of one entry together, in the order in which their newest stand."""
    ledger = LEDGERS[ledger_name]
    grouped: dict[tuple, list[LedgerRow]] = {}
    for row in rows:
        grouped.setdefault(ledger.key_of(row), []).append(row)
    found = []
    for versions in grouped.values():
        newest, *older = sorted(versions, key=lambda row: -row.version)
        found.append(Entry(newest, tuple(older)))
    return tuple(found)
