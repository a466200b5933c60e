"""The registry goes first: enterprises whose configuration changed are told above before any reading of theirs.

Which enterprises changed is asked of the registry's versions; a configuration that the platform above refuses as a
whole holds up that enterprise alone, until the registry has a newer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.hub.chain.link import keep
from nenghao.hub.chain.messages import config_bodies, meter_bodies
from nenghao.hub.chain.models import ForwardedEnterprise, Refusal, RefusedKind, Repair, RepairReason, Upstream
from nenghao.hub.chain.policy import Covered
from nenghao.hub.chain.sending import Courier, refused_configuration
from nenghao.hub.registry.models import DataItem, Enterprise, Meter, Process, ProcessUnit
from nenghao.hub.registry.models.versions import current_version
from nenghao.protocol import Answer, Rejection

OF_THE_ENTERPRISE = frozenset({
    "enterprise-not-below", "enterprise-mismatch", "enterprise-unknown", "region-outside", "region-unknown",
    "industry-unknown", "field-type", "field-missing", "field-too-long", "message-type", "too-many-records",
})  # fmt: skip
"""Reasons that concern one enterprise's message; any other concerns the link, and everything waits."""
AT_ONCE = 32


@dataclass(slots=True)
class _Told:
    """One enterprise's configuration on its way."""

    enterprise: Enterprise
    bodies: list[tuple[str, bytes]]
    configuration: list[Rejection]
    meters: list[Rejection]
    refused: bool = False


def sync_registry(courier: Courier, upstream: Upstream, enterprises: dict[int, Covered], *, now: datetime) -> int:
    """Tell the platform above of every enterprise that changed since; give their number."""
    upto = current_version()
    if upstream.registry_version > upto:  # another database, a restored backup: all of it again
        upstream.registry_version = 0
    known = {row.enterprise_id: row for row in ForwardedEnterprise.objects.filter(upstream=upstream)}
    pks = iter(_changed(upstream, enterprises, known))
    done = 0
    while chunk := list(islice(pks, AT_ONCE)):
        told = [_prepare(courier, row) for row in _load(chunk)]
        courier.each(lambda one: _tell(courier, one), told)
        _settle(upstream, enterprises, known, told, upto=upto, now=now)
        done += len(told)
    if upstream.registry_version != upto:
        upstream.registry_version = upto
        keep(upstream, "registry_version")
    _widen(upstream, enterprises, now)
    return done


def readable(upstream: Upstream, enterprises: dict[int, Covered]) -> dict[int, Covered]:
    """Give the enterprises whose readings the platform above can take: all but those it refused."""
    rows = ForwardedEnterprise.objects.filter(upstream=upstream, version__gt=0).values_list("enterprise_id", flat=True)
    return {pk: enterprises[pk] for pk in rows if pk in enterprises}


def forget(upstream: Upstream, codes: Iterable[str] | None = None) -> None:
    """Have configurations sent again: those of these enterprises, or all, because the platform above lost them."""
    rows = ForwardedEnterprise.objects.filter(upstream=upstream, version__gt=0)
    if codes is not None:
        rows = rows.filter(enterprise__code__in=list(codes))
    rows.update(version=0)


def _changed(upstream: Upstream, enterprises: dict[int, Covered], known: dict[int, ForwardedEnterprise]) -> list[int]:
    since = upstream.registry_version
    changed = {pk for pk in enterprises if pk not in known or not (known[pk].version or known[pk].refused_version)}
    for model, owner in (
        (Enterprise, "pk"), (Process, "enterprise_id"), (ProcessUnit, "process__enterprise_id"),
        (DataItem, "enterprise_id"), (Meter, "enterprise_id"),
    ):  # fmt: skip
        rows = model._default_manager.filter(version__gt=since).values_list(owner, flat=True).distinct()
        changed.update(pk for pk in rows if pk in enterprises)
    return sorted(changed)


def _load(pks: Sequence[int]) -> Iterable[Enterprise]:
    return Enterprise.objects.filter(pk__in=pks).select_related("region", "group")


def _prepare(courier: Courier, enterprise: Enterprise) -> _Told:
    link = courier.link
    bodies = [("configuration", body) for body in config_bodies(link.upstream.device_id, enterprise)]
    bodies += [("meters", body) for body in meter_bodies(link.upstream.device_id, enterprise, link.profile)]
    return _Told(enterprise, bodies, [], [])


def _tell(courier: Courier, told: _Told) -> Answer:
    """Send one enterprise's bodies in order; a refusal of the whole ends it for this enterprise alone."""
    answer = Answer(ok=True, message="")
    for name, body in told.bodies:
        try:
            answer = courier.upload(name, body)
        except NenghaoError as error:
            if error.code not in OF_THE_ENTERPRISE:
                raise
            told.refused = name == "configuration"
            rejection = _whole(error)
            (told.configuration if told.refused else told.meters).append(rejection)
            return answer
        (told.configuration if name == "configuration" else told.meters).extend(answer.rejections)
    return answer


def _whole(error: NenghaoError) -> Rejection:
    return Rejection(
        index=-1, code=error.code, field=error.field, message_zh=error.message_zh, message_en=error.message_en,
        mend_zh=error.mend_zh, mend_en=error.mend_en,
    )  # fmt: skip


@transaction.atomic
def _settle(
    upstream: Upstream,
    enterprises: dict[int, Covered],
    known: dict[int, ForwardedEnterprise],
    told: Sequence[_Told],
    *,
    upto: int,
    now: datetime,
) -> None:
    """Keep what was acknowledged and refused; what waited for this configuration is sent now."""
    pks = [one.enterprise.pk for one in told]
    _retry(upstream, [one.enterprise.pk for one in told if not one.refused], now)
    Refusal.objects.filter(
        upstream=upstream, enterprise_id__in=pks, kind__in=(RefusedKind.CONFIGURATION, RefusedKind.METERS)
    ).delete()
    rows, refusals, late = [], [], []
    for one in told:
        pk = one.enterprise.pk
        row = known.get(pk) or ForwardedEnterprise(upstream=upstream, enterprise_id=pk)
        is_late = not one.refused and (row.refused_version > 0 or (row.pk is None and upstream.batch_id > 0))
        late += [pk] if is_late else []
        row.version, row.refused_version = (0, upto) if one.refused else (upto, 0)
        row.stat_types = row.stat_types or enterprises[pk].stat_types(upstream)
        rows.append(row)
        refusals += refused_configuration(upstream.pk, pk, RefusedKind.CONFIGURATION, one.configuration, now)
        refusals += refused_configuration(upstream.pk, pk, RefusedKind.METERS, one.meters, now)
    ForwardedEnterprise.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["upstream", "enterprise"],
        update_fields=["version", "refused_version", "stat_types"],
    )  # fmt: skip
    Refusal.objects.bulk_create(refusals)
    Repair.objects.bulk_create(
        Repair(upstream=upstream, enterprise_id=pk, reason=RepairReason.REFUSED, asked_at=now) for pk in late
    )


def _retry(upstream: Upstream, pks: Sequence[int], now: datetime) -> None:
    """Send readings again that were refused before the registry changed."""
    refused = Refusal.objects.filter(upstream=upstream, enterprise_id__in=pks, kind=RefusedKind.READINGS)
    Repair.objects.bulk_create(
        Repair(
            upstream=upstream, enterprise_id=one.enterprise_id, start=one.first_day, end=_day_after(one.last_day),
            stat_types=str(one.stat_type), reason=RepairReason.REFUSED, asked_at=now,
        )
        for one in refused
    )  # fmt: skip
    refused.delete()


def _day_after(day: date | None) -> date | None:
    """A refusal names its last day, a repair the day after."""
    return day + timedelta(days=1) if day else None


def _widen(upstream: Upstream, enterprises: dict[int, Covered], now: datetime) -> None:
    """Where more statistic types go upward than before, send their past; where fewer do, remember that."""
    rows, repairs = [], []
    for row in ForwardedEnterprise.objects.filter(upstream=upstream, version__gt=0):
        if row.enterprise_id not in enterprises:
            continue
        wanted = enterprises[row.enterprise_id].stat_types(upstream)
        more = "".join(digit for digit in wanted if digit not in row.stat_types)
        if more and upstream.batch_id > 0:
            repairs.append(
                Repair(
                    upstream=upstream, enterprise_id=row.enterprise_id, stat_types=more, reason=RepairReason.POLICY,
                    asked_at=now,
                )
            )  # fmt: skip
        if wanted != row.stat_types:
            row.stat_types = wanted
            rows.append(row)
    with transaction.atomic():
        Repair.objects.bulk_create(repairs)
        ForwardedEnterprise.objects.bulk_update(rows, ["stat_types"], batch_size=200)
