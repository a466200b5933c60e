"""Puts certificates, meter events, monthly figures and heating values into the evidence ledgers, in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

from django.db import transaction

from nenghao.cli.demo.province.books import Books, MeterPlan
from nenghao.cli.demo.province.load_registry import ACTOR, Registered
from nenghao.hub.evidence.models import HeatingValue, MeterEvent, MonthlyFigure, VerificationCertificate, Via
from nenghao.hub.registry.models import Meter
from nenghao.periods import BEIJING
from nenghao.reference import library
from nenghao.units import conversion_factor

_CHUNK = 1000
DOCUMENT = "合成凭证"


@transaction.atomic
def load_evidence(books: Sequence[Books], registered: Registered, now: datetime) -> int:
    """Insert all papers; gives the number of rows."""
    entered: dict[str, Any] = {"entered_by": ACTOR.name, "entered_at": now, "via": Via.IMPORT}
    meters = [
        (registered.meters[book.enterprise.code, meter.manage_code], meter) for book in books for meter in book.meters
    ]
    return (
        _put(VerificationCertificate, _certificates(meters, entered))
        + _put(MeterEvent, _events(meters, entered))
        + _put(MonthlyFigure, _figures(books, registered, entered))
        + _put(HeatingValue, _heating(books, registered, entered))
    )


def _put(model: type[Any], rows: Iterator[Any]) -> int:
    return len(model._default_manager.bulk_create(list(rows), batch_size=_CHUNK))


def _certificates(
    meters: Sequence[tuple[Meter, MeterPlan]], entered: dict[str, Any]
) -> Iterator[VerificationCertificate]:
    for meter, plan in meters:
        for number, one in enumerate(plan.certificates, start=1):
            renewed = plan.replaced_on is not None and one.verified_on >= plan.replaced_on
            yield VerificationCertificate(
                meter=meter, kind="verification", number=f"合成证书-{plan.manage_code}-{number}",
                verified_on=one.verified_on, valid_until=one.valid_until, institution="合成计量院",
                serial_number=_serial(plan, new=renewed), document=DOCUMENT, first_entered_on=one.verified_on,
                **entered,
            )  # fmt: skip


def _serial(plan: MeterPlan, *, new: bool) -> str:
    return f"{plan.serial_number}2" if new else plan.serial_number


def _events(meters: Sequence[tuple[Meter, MeterPlan]], entered: dict[str, Any]) -> Iterator[MeterEvent]:
    """A replaced meter: the old register's last figure, the new one's first."""
    for meter, plan in meters:
        if plan.replaced_on is not None:
            at = datetime.combine(plan.replaced_on, time(0), tzinfo=BEIJING)
            yield MeterEvent(
                meter=meter, kind="replacement", at=at, initial_register=0.0, multiplier=plan.multiplier,
                final_register=round(plan.item.per_day * 900 / plan.multiplier, 1), document=DOCUMENT,
                serial_number=_serial(plan, new=True), reason="到期轮换（合成）", first_entered_on=plan.replaced_on,
                **entered,
            )  # fmt: skip


def _figures(books: Sequence[Books], registered: Registered, entered: dict[str, Any]) -> Iterator[MonthlyFigure]:
    for book in books:
        enterprise = registered.enterprises[book.enterprise.code]
        for figure in book.figures:
            energy = library().energy_type(figure.energy_key)
            yield MonthlyFigure(
                enterprise=enterprise, energy_key=figure.energy_key, month=figure.month, kind=figure.kind,
                quantity=figure.quantity, entered_unit=energy.wire_unit, document=DOCUMENT,
                entered_quantity=figure.quantity / conversion_factor(energy.wire_unit, energy.base_unit), **entered,
            )  # fmt: skip


def _heating(books: Sequence[Books], registered: Registered, entered: dict[str, Any]) -> Iterator[HeatingValue]:
    for book in books:
        enterprise = registered.enterprises[book.enterprise.code]
        for number, one in enumerate(book.heating, start=1):
            yield HeatingValue(
                enterprise=enterprise, energy_key=one.energy_key, from_day=one.from_day, value=one.value,
                unit="kJ/kg", laboratory="合成煤质检测室",
                report_number=f"合成报告-{book.enterprise.number:03d}-{number}", **entered,
            )  # fmt: skip
