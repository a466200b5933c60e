"""Stating flows, rules and equivalent values: versioned, dated, audited; what was said before stays readable.

Flows of items and rules are ledgers of an enterprise (:func:`nenghao.hub.evidence.entry.enter` and ``withdraw`` take
:data:`ITEM_FLOWS` and :data:`ACCOUNT_RULES`); equivalent values belong to a region and are stated here.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from nenghao.accounting.rates import SET_BY_YEAR
from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.energy_accounts.models import AccountRule, EquivalentValue, ItemFlow
from nenghao.hub.energy_accounts.stale import mark
from nenghao.hub.evidence.entry import Ledger
from nenghao.hub.registry.models import Enterprise, Region

ITEM_FLOWS = Ledger("item-flow", ItemFlow, ("data_item_id", "from_month"), ("flow", "unit_code"))
ACCOUNT_RULES = Ledger("account-rule", AccountRule, ("kind", "subject", "from_month"), ("content", "basis"))
LEAST_RATIO, MOST_RATIO = 0.5, 10.0
"""A stated equivalent value lies within these times the calorific one, else it is a slip of unit (本平台设定)."""


@transaction.atomic
def state_equivalent(
    *, actor: Actor, account: Account | None, now: datetime, region: Region, energy_key: str, year: int,
    kgce_per_unit: float, source: str, reason: str = "", is_simulated: bool = False,
) -> EquivalentValue:  # fmt: skip
    """State the equivalent value of electricity or heat for a region and year [kgce per base unit], with its source.

    ``account`` is an officer whose node holds the region, ``None`` for a command. The same again changes nothing.
    """
    _require_officer(account, region)
    _require_sense(energy_key, kgce_per_unit, source)
    before = _current(region, energy_key, year)
    if before is not None and not before.withdrawn and (before.kgce_per_unit, before.source) == (
        kgce_per_unit, source.strip()
    ):  # fmt: skip
        return before
    facts = {"kgce_per_unit": kgce_per_unit, "source": source.strip()[:300], "is_simulated": is_simulated}
    return _next(actor, now, region, energy_key, year, before, facts, reason)


@transaction.atomic
def withdraw_equivalent(
    *, actor: Actor, account: Account | None, now: datetime, value_id: int, reason: str
) -> EquivalentValue:
    """Withdraw an equivalent value, with a reason: the one of the region above counts again, or none."""
    before = EquivalentValue.objects.filter(pk=value_id, is_current=True, withdrawn=False).first()
    if before is None:
        raise NenghaoError("equivalent-unknown", "没有这条等价值", "there is no such value", record=str(value_id))
    _require_officer(account, before.region)
    if not reason.strip():
        raise NenghaoError("reason-missing", "请填写理由", "a reason is needed", field="reason")
    facts = {"kgce_per_unit": before.kgce_per_unit, "source": before.source, "withdrawn": True}
    return _next(actor, now, before.region, before.energy_key, before.year, before, facts, reason)


def _require_officer(account: Account | None, region: Region) -> None:
    if account is None:
        return
    node = account.region
    if account.role != Role.OFFICER or node is None or not region.path.startswith(node.path):
        raise PermissionDenied


def _require_sense(energy_key: str, kgce_per_unit: float, source: str) -> None:
    if energy_key not in SET_BY_YEAR:
        raise NenghaoError(
            "equivalent-not-settable", "只有电力、热力、蒸汽按年另定等价值",
            "only electricity, heat and steam have an equivalent value by year", record=energy_key, field="energy",
        )  # fmt: skip
    calorific = {"electricity": 0.1229, "heat": 34.12, "steam": 34.12}[energy_key]
    if not LEAST_RATIO * calorific < kgce_per_unit < MOST_RATIO * calorific:
        raise NenghaoError(
            "equivalent-implausible", "等价值与当量值相差过大", "the value is far from the calorific one",
            record=str(kgce_per_unit), field="kgce_per_unit", mend_zh="电力以 kgce/kWh、热力以 kgce/GJ 填写",
            mend_en="in kgce/kWh for electricity, kgce/GJ for heat",
        )  # fmt: skip
    if not source.strip():
        raise NenghaoError("source-missing", "请写明来源", "say where the value is from", field="source")


def _current(region: Region, energy_key: str, year: int) -> EquivalentValue | None:
    rows = EquivalentValue.objects.select_for_update().filter(region=region, energy_key=energy_key, year=year)
    return rows.filter(is_current=True).first()


def _next(  # noqa: PLR0917 -- one row of one table, made in one place
    actor: Actor, now: datetime, region: Region, energy_key: str, year: int, before: EquivalentValue | None,
    facts: dict[str, Any], reason: str,
) -> EquivalentValue:  # fmt: skip
    """Write the next version, mark what it touches, and say so in the audit trail."""
    if before is not None:
        EquivalentValue.objects.filter(pk=before.pk).update(is_current=False)
    row = EquivalentValue.objects.create(
        region=region, energy_key=energy_key, year=year, version=before.version + 1 if before else 1,
        entered_by=actor.name, entered_at=now, change_reason=reason.strip()[:200], **facts,
    )  # fmt: skip
    below = Enterprise.objects.filter(region__path__startswith=region.path).values_list("pk", flat=True)
    mark(below, [(date(year, 1, 1), date(year + 1, 1, 1))], energy_key=energy_key)
    record(
        actor=actor, now=now, action="equivalent-withdrawn" if row.withdrawn else "equivalent-stated",
        object_type="equivalent-value", object_key=f"{region.code} {year} {energy_key}", region_path=region.path,
        before={"kgce_per_unit": before.kgce_per_unit, "source": before.source} if before else None,
        after={"kgce_per_unit": row.kgce_per_unit, "source": row.source, "version": row.version}, reason=reason,
    )  # fmt: skip
    return row
