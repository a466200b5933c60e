"""Electricity first (先接入电力): consent of the province that other energies are connected later (424号 三)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.models import Exemption
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.registry.models.places import RegionLevel
from nenghao.periods import to_beijing
from nenghao.reference import library

ELECTRICITY = "electricity"
GRANTING_LEVELS = frozenset({RegionLevel.PROVINCE, RegionLevel.NATION})
"""424号 三: 经省级相关主管部门同意; the nation, to which provinces without a platform report, may as well."""


def may_grant(account: Account, enterprise: Enterprise) -> bool:
    """Tell whether an account may enter a consent: an officer of the province or the nation above the enterprise."""
    region = account.region
    return (
        account.role == Role.OFFICER
        and region is not None
        and region.level in GRANTING_LEVELS
        and enterprise.region.path.startswith(region.path)
    )


def exempt_energies(*, enterprise_ids: Iterable[int], on: date) -> dict[int, frozenset[str]]:
    """Give the energies of each enterprise that are not due on ``on``; one without an exemption is not in the answer.

    A data item of such an energy counts neither as due nor as missing.
    """
    in_force = Exemption.objects.filter(Q(ended_on=None) | Q(ended_on__gt=on), valid_from__lte=on, expires_on__gte=on)
    found: dict[int, set[str]] = {}
    for enterprise_id, energies in in_force.filter(enterprise_id__in=list(enterprise_ids)).values_list(
        "enterprise_id", "energies"
    ):
        found.setdefault(enterprise_id, set()).update(energies)
    return {enterprise_id: frozenset(energies) for enterprise_id, energies in found.items()}


@transaction.atomic
def grant(
    *,
    actor: Actor,
    now: datetime,
    enterprise: Enterprise,
    consent_number: str,
    consent_by: str,
    consented_on: date,
    energies: Sequence[str],
    valid_from: date,
    expires_on: date,
    remaining: str,
) -> Exemption:
    """Enter a consent; refuse one for electricity, for unknown energies, or with dates that do not fit."""
    _check(enterprise, energies)
    _check_dates(
        enterprise, consented_on=consented_on, valid_from=valid_from, expires_on=expires_on,
        today=to_beijing(now).date(),
    )  # fmt: skip
    exemption = Exemption.objects.create(
        enterprise=enterprise, consent_number=consent_number.strip(), consent_by=consent_by.strip(),
        consented_on=consented_on, energies=sorted(set(energies)), valid_from=valid_from, expires_on=expires_on,
        remaining=remaining.strip(), granted_by=actor.name, granted_at=now,
    )  # fmt: skip
    record(
        actor=actor, now=now, action="exemption-granted", object_type="exemption", object_key=str(exemption.pk),
        region_path=enterprise.region.path, reason=consent_number,
        after={"enterprise": enterprise.code, "energies": ",".join(exemption.energies), "expires_on": expires_on},
    )  # fmt: skip
    return exemption


def _check(enterprise: Enterprise, energies: Sequence[str]) -> None:
    known = {energy.key for energy in library().energy_types()}
    if not energies or ELECTRICITY in energies or not set(energies) <= known:
        raise NenghaoError(
            "exemption-energies", "暂缓品种须为电力以外的能源品种", "the energies must be others than electricity",
            record=enterprise.code, field="energies", mend_zh="至少选一种；用电数据必须先接入",
            mend_en="choose at least one; electricity must be connected first",
        )  # fmt: skip


def _check_dates(
    enterprise: Enterprise, *, consented_on: date, valid_from: date, expires_on: date, today: date
) -> None:
    if valid_from > expires_on:
        raise NenghaoError(
            "exemption-dates", "到期日期早于生效日期", "it ends before it begins", record=enterprise.code,
            field="expires_on",
        )  # fmt: skip
    if consented_on > today:
        raise NenghaoError(
            "exemption-consent-date", "同意日期在将来", "the consent lies in the future", record=enterprise.code,
            field="consented_on",
        )  # fmt: skip


@transaction.atomic
def end(*, actor: Actor, now: datetime, exemption_id: int, reason: str) -> Exemption:
    """End an exemption from today on, because the energies are connected or the consent was withdrawn."""
    exemption = (
        Exemption.objects.select_for_update(of=("self",)).select_related("enterprise__region").get(pk=exemption_id)
    )
    if not reason.strip():
        raise NenghaoError("reason-missing", "请填写理由", "a reason is needed", field="reason")
    if exemption.ended_on is not None:
        raise NenghaoError(
            "exemption-ended", "该豁免已终止", "the exemption has ended already", record=exemption.consent_number
        )
    exemption.ended_on, exemption.ended_by = to_beijing(now).date(), actor.name
    exemption.end_reason = reason.strip()[:200]
    exemption.save(update_fields=["ended_on", "ended_by", "end_reason"])
    record(
        actor=actor, now=now, action="exemption-ended", object_type="exemption", object_key=str(exemption.pk),
        region_path=exemption.enterprise.region.path, after={"ended_on": exemption.ended_on}, reason=reason,
    )  # fmt: skip
    return exemption
