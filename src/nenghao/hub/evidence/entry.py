"""Entering rows into the ledgers: the new is added, what differs is the next version, the equal is left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.http import Http404

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.workdays import add_workdays
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.evidence.models import (
    CertificateKind,
    HeatingValue,
    LedgerRow,
    MeterEvent,
    MonthlyFigure,
    VerificationCertificate,
    Via,
)
from nenghao.hub.evidence.standing import refresh
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.periods import to_beijing

RECORD_TERM_WORKDAYS = 3
"""Working days after repair, replacement, verification or calibration until the meter's record is up to date
(省级接入端运行维护规定, 计量信息更新; secondhand, the province is not named)."""

Facts = Mapping[str, Any]
Owner = Enterprise | Region
"""Whose ledger it is: most are an enterprise's, published statistics are a region's."""

ledger_entered = Signal()
"""Sent in the transaction of an enterprise's entry or withdrawal; ``sender`` is the model, ``enterprise`` the owner,
``rows`` the new versions: for who must compute anew what rests on them."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """One ledger: its table, what names an entry of it, and what an entry says."""

    name: str
    model: type[LedgerRow]
    key: tuple[str, ...]
    facts: tuple[str, ...]
    of_regions: bool = False

    @property
    def of_meters(self) -> bool:
        """Whether its entries hang on a meter (else on the enterprise or region itself)."""
        return "meter_id" in self.key

    def owned_by(self, owner: Owner) -> dict[str, Owner]:
        """Give the filter for the entries of an owner; without a meter, also what a row of it is made with."""
        if self.of_regions:
            return {"region": owner}
        return {"meter__enterprise": owner} if self.of_meters else {"enterprise": owner}

    def key_of(self, row: LedgerRow | Facts) -> tuple[Any, ...]:
        """Give the key of a row or of facts."""
        return tuple(row[name] if isinstance(row, Mapping) else getattr(row, name) for name in self.key)


CERTIFICATES = Ledger(
    "certificate", VerificationCertificate, ("meter_id", "kind", "number"),
    ("verified_on", "valid_until", "institution", "result", "serial_number", "document"),
)  # fmt: skip
EVENTS = Ledger(
    "meter-event", MeterEvent, ("meter_id", "kind", "at"),
    ("final_register", "initial_register", "multiplier", "serial_number", "reason", "document"),
)  # fmt: skip
FIGURES = Ledger(
    "monthly-figure", MonthlyFigure, ("energy_key", "month", "kind"),
    ("quantity", "entered_quantity", "entered_unit", "document"),
)  # fmt: skip
HEATING_VALUES = Ledger(
    "heating-value", HeatingValue, ("energy_key", "from_day"), ("value", "unit", "laboratory", "report_number")
)
LEDGERS = {ledger.name: ledger for ledger in (CERTIFICATES, EVENTS, FIGURES, HEATING_VALUES)}


@dataclass(frozen=True, slots=True)
class Entered:
    """How many entries were added, changed (a next version) and found to be there already."""

    created: int
    changed: int
    unchanged: int


@transaction.atomic
def enter(
    *,
    actor: Actor,
    now: datetime,
    enterprise: Enterprise | None = None,
    region: Region | None = None,
    ledger: Ledger,
    rows: Iterable[Facts],
    via: Via = Via.FORM,
    reason: str = "",
) -> Entered:
    """Enter rows (facts checked by a form, with key and facts of the ledger) for one enterprise or one region.

    Entering the same again changes nothing. Of two rows with one key the last counts. The audit trail says how many
    came in, and of a single entry what it said before and says now.
    """
    owner = _owner_of(ledger, enterprise, region)
    wanted = {ledger.key_of(row): row for row in rows}
    present = _lock(owner, ledger)
    fresh, replaced = [], []
    for key, facts in wanted.items():
        before = present.get(key)
        if before is not None and not before.withdrawn and _facts(ledger, before) == _facts(ledger, facts):
            continue
        if before is not None:
            replaced.append(before)
        fresh.append(_row(ledger, owner, facts, before, actor=actor, now=now, via=via, reason=reason))
    if fresh:
        _write(ledger, fresh, replaced, now=now, author=actor.name)
        _record(actor, now, owner, ledger, fresh=fresh, replaced=replaced, via=via, reason=reason)
        _tell(owner, ledger, fresh)
    return Entered(len(fresh) - len(replaced), len(replaced), len(wanted) - len(fresh))


@transaction.atomic
def withdraw(
    *, actor: Actor, now: datetime, ledger: Ledger, row_id: int, reason: str, enterprise: Enterprise | None = None,
    region: Region | None = None,
) -> LedgerRow:  # fmt: skip
    """Withdraw the current version of an entry, with a reason; what it said stays readable as an earlier version."""
    owner = _owner_of(ledger, enterprise, region)
    before = next((row for row in _lock(owner, ledger).values() if row.pk == row_id and not row.withdrawn), None)
    if before is None:
        raise Http404("entry")
    if not reason.strip():
        raise NenghaoError(
            "reason-missing", "请填写理由", "a reason is needed", field="reason", mend_zh="写明撤回的原因",
            mend_en="say why it is withdrawn",
        )  # fmt: skip
    if getattr(before, "kind", "") == CertificateKind.REGISTERED:
        raise NenghaoError(
            "certificate-registered", "器具档案的日期由端设备配置，不能在此撤回",
            "the dates of the meter's record come from the gateway", field="kind",
            mend_zh="更正端设备的配置后重新上传，或录入检定证书",
            mend_en="mend the gateway's configuration, or enter the certificate",
        )  # fmt: skip
    facts = dict(zip(ledger.key, ledger.key_of(before), strict=True)) | _facts(ledger, before)
    row = _row(ledger, owner, facts, before, actor=actor, now=now, via=Via.FORM, reason=reason.strip()[:200])
    row.withdrawn = True
    _write(ledger, [row], [before], now=now, author=actor.name)
    _record(actor, now, owner, ledger, fresh=[row], replaced=[before], via=Via.FORM, reason=row.change_reason)
    _tell(owner, ledger, [row])
    return row


def _owner_of(ledger: Ledger, enterprise: Enterprise | None, region: Region | None) -> Owner:
    owner = region if ledger.of_regions else enterprise
    if owner is None:
        raise ValueError(f"the ledger {ledger.name} needs its {'region' if ledger.of_regions else 'enterprise'}")
    return owner


def _tell(owner: Owner, ledger: Ledger, rows: Sequence[LedgerRow]) -> None:
    if isinstance(owner, Enterprise):
        ledger_entered.send(ledger.model, enterprise=owner, rows=rows)


def _lock(owner: Owner, ledger: Ledger) -> dict[tuple[Any, ...], LedgerRow]:
    """Give the current rows by key; entries of one owner wait for each other."""
    type(owner)._default_manager.select_for_update().get(pk=owner.pk)
    rows = ledger.model._default_manager.filter(**ledger.owned_by(owner), is_current=True)
    return {ledger.key_of(row): row for row in rows}


def _facts(ledger: Ledger, row: LedgerRow | Facts) -> dict[str, Any]:
    return {name: row[name] if isinstance(row, Mapping) else getattr(row, name) for name in ledger.facts}


def _row(
    ledger: Ledger, owner: Owner, facts: Facts, before: LedgerRow | None, *, actor: Actor, now: datetime,
    via: Via, reason: str,
) -> LedgerRow:  # fmt: skip
    """Make the next version of an entry."""
    known = {name: facts[name] for name in (*ledger.key, *ledger.facts)}
    if not ledger.of_meters:
        known |= ledger.owned_by(owner)
    row = ledger.model(
        **known, version=before.version + 1 if before else 1, entered_by=actor.name, entered_at=now, via=via,
        change_reason=reason,
    )  # fmt: skip
    if isinstance(row, VerificationCertificate | MeterEvent) and isinstance(owner, Enterprise):
        today = to_beijing(now).date()
        first = before.first_entered_on if isinstance(before, VerificationCertificate | MeterEvent) else today
        row.first_entered_on, row.record_due_on = first, record_due_on(row.happened_on, owner)
    return row


def record_due_on(happened_on: date, enterprise: Enterprise) -> date | None:
    """Give the last day for updating the record; nothing for what was before the enterprise joined the platform."""
    joined = to_beijing(enterprise.created_at).date()
    return add_workdays(happened_on, RECORD_TERM_WORKDAYS) if happened_on >= joined else None


def _write(
    ledger: Ledger, fresh: Sequence[LedgerRow], replaced: Sequence[LedgerRow], *, now: datetime, author: str
) -> None:
    manager = ledger.model._default_manager
    manager.filter(pk__in=[row.pk for row in replaced]).update(is_current=False)
    manager.bulk_create(fresh, batch_size=200)
    if ledger.of_meters:
        refresh(meter_ids=sorted({row.meter_id for row in fresh}), now=now, author=author)  # type: ignore[attr-defined]


def _record(
    actor: Actor, now: datetime, owner: Owner, ledger: Ledger, *, fresh: Sequence[LedgerRow],
    replaced: Sequence[LedgerRow], via: Via, reason: str,
) -> None:  # fmt: skip
    """Write the audit trail: a single entry in full, many by their number."""
    action = f"{ledger.name}-withdrawn" if fresh[0].withdrawn else f"{ledger.name}-entered"
    before: dict[str, Any] | None = None
    after: dict[str, Any] = {"created": len(fresh) - len(replaced), "changed": len(replaced), "via": str(via)}
    if len(fresh) == 1:
        key = dict(zip(ledger.key, ledger.key_of(fresh[0]), strict=True))
        before = _facts(ledger, replaced[0]) | {"version": replaced[0].version} if replaced else None
        after = key | _facts(ledger, fresh[0]) | {"version": fresh[0].version, "via": str(via)}
    record(
        actor=actor, now=now, action=action, object_type=ledger.name, object_key=owner.code,
        region_path=(owner if isinstance(owner, Region) else owner.region).path, before=before, after=after,
        reason=reason,
    )  # fmt: skip
