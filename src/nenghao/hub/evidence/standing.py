"""Keeping the derived rows: the certificate that a gateway's configuration amounts to, and each meter's standing.

A gateway knows only the last test of a meter and forgets the one before: its dates are kept as a row of the ledger when
they first appear, so that the past does not change when the meter is tested again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Model, Q, QuerySet

from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.models import (
    Basis,
    CertificateKind,
    CertificateResult,
    MeterStanding,
    VerificationCertificate,
    Via,
)
from nenghao.hub.evidence.validity import MeterKey, meter_keys, spans_of_meters
from nenghao.hub.registry.models import DataItem, Enterprise, Meter
from nenghao.hub.registry.models.assets import MeteringLevel
from nenghao.periods import to_beijing
from nenghao.quality.meter_classes import ClassVerdict, judge_class, required_rows
from nenghao.quality.metering import Span, Validity, validity_on
from nenghao.reference import library
from nenghao.reference.model import MeteringLevel as Level

LEVEL_WORDS: Mapping[int, Level] = {
    MeteringLevel.ENTERPRISE: "entering_unit",
    MeteringLevel.SUB_UNIT: "sub_unit",
    MeteringLevel.EQUIPMENT: "equipment",
}
DERIVED = [
    "data_code", "energy_key", "in_service", "basis", "verified_on", "valid_until", "class_flag", "class_required",
    "registry_version",
]  # fmt: skip
_BASES = {
    Validity.VALID: Basis.PASSED, Validity.EXPIRED: Basis.PASSED, Validity.FAILED: Basis.FAILED,
    Validity.REMOVED: Basis.NONE,
}  # fmt: skip
_ROWS_AT_ONCE = 500


def catch_up(*, enterprise_ids: Sequence[int], now: datetime, author: str = "registry") -> int:
    """Look at the meters that changed in the registry since they were last looked at; tell how many there were.

    One cheap question when nothing has changed. Whoever fills the registry past its services (a loader) may call it.
    """
    stale = Q(standing__isnull=True) | Q(version__gt=F("standing__registry_version"))
    ids = list(Meter.objects.filter(stale, enterprise__in=enterprise_ids).values_list("pk", flat=True))
    for first in range(0, len(ids), _ROWS_AT_ONCE):
        refresh(meter_ids=ids[first : first + _ROWS_AT_ONCE], now=now, author=author)
    return len(ids)


@transaction.atomic
def refresh(*, meter_ids: Sequence[int], now: datetime, author: str = "registry") -> None:
    """Write the standing of these meters anew, from their evidence; a fixed number of queries."""
    chosen = Meter.objects.filter(pk__in=meter_ids)
    today = to_beijing(now).date()
    meters = list(chosen.select_for_update())  # two at once wait for each other
    _keep_registered(chosen, now=now, today=today, author=author)
    spans = spans_of_meters(meter_keys(chosen), chosen)
    owners = {meter.enterprise_id for meter in meters}
    codes = {meter.data_code for meter in meters}
    items = DataItem.objects.filter(enterprise__in=owners, data_code__in=codes)
    energies = {(row[0], row[1]): row[2] for row in items.values_list("enterprise_id", "data_code", "energy_key")}
    rows = [_standing(meter, spans[meter.pk], energies, today) for meter in meters]
    MeterStanding.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["meter"], update_fields=["enterprise", *DERIVED], batch_size=200
    )


def _standing(
    meter: Meter, spans: Sequence[Span], energies: Mapping[tuple[int, str], str], today: date
) -> MeterStanding:
    span = validity_on(today, spans)
    certificate = span.certificate
    energy_key = energies.get((meter.enterprise_id, meter.data_code), "")
    verdict = class_verdict(meter, energy_key)
    return MeterStanding(
        meter=meter, enterprise_id=meter.enterprise_id, data_code=meter.data_code,
        energy_key=energy_key, in_service=span.validity is not Validity.REMOVED,
        basis=_BASES.get(span.validity, Basis.OPEN if certificate else Basis.NONE),
        verified_on=certificate.verified_on if certificate else None,
        valid_until=certificate.valid_until if certificate and certificate.passed else None,
        class_flag=verdict.flag, class_required=required_words(verdict), registry_version=meter.version,
    )  # fmt: skip


def class_verdict(meter: Meter, energy_key: str) -> ClassVerdict:
    """Hold a meter's accuracy class against the rows of GB 17167 that may apply to it."""
    level = LEVEL_WORDS.get(meter.level or 0)
    rows = required_rows(library().metering_accuracy, energy_key=energy_key, level=level) if level else ()
    return judge_class(meter.accuracy_class, rows)


def required_words(verdict: ClassVerdict) -> str:
    """Give the classes that may be required, the strictest first: ``0.5S / 0.5 / 1.0 / 2.0``."""
    return " / ".join(dict.fromkeys(row.accuracy_class for row in verdict.required))


def _keep_registered(meters: QuerySet[Meter], *, now: datetime, today: date, author: str) -> None:
    """Keep the dates of the register as a certificate, once for each test and again when its end changes."""
    keys = [key for key in meter_keys(meters) if key.verified_on is not None and key.verified_on <= today]
    known = {
        (row.meter_id, row.number): row
        for row in VerificationCertificate.objects.filter(
            meter__in=[key.id for key in keys], kind=CertificateKind.REGISTERED, is_current=True
        )
    }
    new, replaced = [], []
    for key in keys:
        before = known.get((key.id, str(key.verified_on)))
        if before is not None and before.valid_until == key.verify_next_on:
            continue
        if before is not None:
            replaced.append(before.pk)
        new.append(_registered_row(key, before, now=now, today=today, author=author))
    if replaced:
        VerificationCertificate.objects.filter(pk__in=replaced).update(is_current=False)
    VerificationCertificate.objects.bulk_create(new, batch_size=200)


def _registered_row(
    key: MeterKey, before: VerificationCertificate | None, *, now: datetime, today: date, author: str
) -> VerificationCertificate:
    return VerificationCertificate(
        meter_id=key.id, kind=CertificateKind.REGISTERED, number=str(key.verified_on), verified_on=key.verified_on,
        valid_until=key.verify_next_on, result=CertificateResult.PASSED, via=Via.GATEWAY, entered_by=author,
        entered_at=now, version=before.version + 1 if before else 1,
        first_entered_on=before.first_entered_on if before else today,
    )  # fmt: skip


def follow_configuration(
    *, actor: Actor, now: datetime, enterprise: Enterprise, model: type[Model], **_signal: Any
) -> None:
    """Keep the dates that a gateway sent for its meters, inside the transaction that wrote them."""
    if model is Meter:
        catch_up(enterprise_ids=[enterprise.pk], now=now, author=actor.name)
    elif model is DataItem:
        ids = list(Meter.objects.filter(enterprise=enterprise).values_list("pk", flat=True))
        for first in range(0, len(ids), _ROWS_AT_ONCE):
            refresh(meter_ids=ids[first : first + _ROWS_AT_ONCE], now=now, author=actor.name)
