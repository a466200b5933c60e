"""Services around the platforms above: add, change the policy, pause, resume, remove, compare, send again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_regions
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.chain.models import (
    ForwardedDay,
    ForwardedEnterprise,
    Refusal,
    Repair,
    RepairReason,
    Upstream,
    UpstreamKind,
)
from nenghao.hub.chain.policy import enterprises_of
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.registry.models.enterprise import EnergyConsumeLevel
from nenghao.protocol import Profile

POLICY = ("stat_types", "realtime_level", "realtime_enterprises", "batch_records")


@transaction.atomic
def add_upstream(
    *,
    actor: Actor,
    now: datetime,
    name: str,
    register_url: str,
    region: Region,
    enterprise: Enterprise | None = None,
    profile: str = "national",
    stat_types: str = "123",
    realtime_level: int | None = None,
    realtime_enterprises: Sequence[str] = (),
    batch_records: int = 2000,
    ca_file: str = "",
    client_cert: str = "",
    client_key: str = "",
) -> Upstream:
    """Forward to a platform above from now on, everything that is here already included.

    With ``enterprise`` this hub registers above as a device of that enterprise (an enterprise's own hub).
    """
    _check_url(register_url)
    Profile.load(profile)
    if Upstream.objects.filter(name=name).exists():
        raise NenghaoError(
            "upstream-taken", "已有同名的上级平台", "an upstream of this name exists", record=name, field="name"
        )
    upstream = Upstream(
        name=name, register_url=register_url, region=region, enterprise=enterprise, profile=profile,
        kind=UpstreamKind.DEVICE if enterprise else UpstreamKind.PLATFORM, ca_file=ca_file, client_cert=client_cert,
        client_key=client_key,
        **_policy(stat_types, realtime_level, realtime_enterprises, batch_records),
    )  # fmt: skip
    upstream.client_id = secrets.token_hex(16)
    upstream.save()
    _record(actor, now, "upstream-added", upstream, after={"register_url": register_url, **_policy_of(upstream)})
    return upstream


@transaction.atomic
def set_policy(
    *,
    actor: Actor,
    now: datetime,
    upstream: Upstream,
    stat_types: str,
    realtime_level: int | None,
    realtime_enterprises: Sequence[str],
    batch_records: int,
    reason: str = "",
) -> bool:
    """Change what goes upward; what is new in it is sent for the past too. Tell whether anything was different."""
    before = _policy_of(upstream)
    for field, value in _policy(stat_types, realtime_level, realtime_enterprises, batch_records).items():
        setattr(upstream, field, value)
    if _policy_of(upstream) == before:
        return False
    upstream.save(update_fields=POLICY)
    _record(actor, now, "upstream-policy", upstream, before=before, after=_policy_of(upstream), reason=reason)
    return True


@transaction.atomic
def set_active(*, actor: Actor, now: datetime, upstream: Upstream, active: bool, reason: str = "") -> None:
    """Pause or resume forwarding; while paused nothing is lost, the cursor stays."""
    before, upstream.is_active = upstream.is_active, active
    if before == active:
        return
    upstream.save(update_fields=["is_active"])
    action = "upstream-resumed" if active else "upstream-paused"
    _record(actor, now, action, upstream, before={"is_active": before}, after={"is_active": active}, reason=reason)


@transaction.atomic
def remove_upstream(*, actor: Actor, now: datetime, upstream: Upstream, reason: str = "") -> None:
    """Forward no more; cursors and comparisons go with it. What the platform above has stays there."""
    _record(actor, now, "upstream-removed", upstream, before={"register_url": upstream.register_url}, reason=reason)
    upstream.is_active = False
    upstream.save(update_fields=["is_active"])  # tells the serving process
    Upstream.objects.filter(pk=upstream.pk).delete()


@transaction.atomic
def ask_comparison(*, actor: Actor, now: datetime, upstream: Upstream, start: date, end: date) -> None:
    """Have the days ``[start, end)`` compared now, and sent again where they differ, however often that was tried."""
    if not start < end:
        raise NenghaoError(
            "span-empty", "起始日期须早于截止日期", "the first day must lie before the last", field="from"
        )
    upstream.compare_from, upstream.compare_until = start, end
    upstream.save(update_fields=["compare_from", "compare_until"])
    ForwardedDay.objects.filter(upstream=upstream, day__gte=start, day__lt=end).update(attempts=0)
    _record(actor, now, "chain-compared", upstream, after={"from": start, "until": end})


@transaction.atomic
def send_again(
    *,
    actor: Actor,
    now: datetime,
    upstream: Upstream,
    enterprise: Enterprise,
    day: date,
    withdraw: bool = False,
    reason: str = "",
) -> None:
    """Have an enterprise's day sent again and compared; ``withdraw``: what stands only above becomes *missing*."""
    if withdraw and not reason.strip():
        raise NenghaoError("reason-missing", "请填写理由", "a reason is needed", record=enterprise.code, field="reason")
    until = day + timedelta(days=1)
    Repair.objects.create(
        upstream=upstream, enterprise=enterprise, start=day, end=until, withdraw=withdraw, asked_at=now,
        reason=RepairReason.ASKED,
    )  # fmt: skip
    upstream.compare_from, upstream.compare_until = day, until
    upstream.save(update_fields=["compare_from", "compare_until"])
    ForwardedDay.objects.filter(upstream=upstream, enterprise=enterprise, day=day).update(attempts=0)
    record(
        actor=actor, now=now, action="chain-withdrawn" if withdraw else "chain-sent-again", object_type="enterprise",
        object_key=enterprise.code, region_path=enterprise.region.path, after={"upstream": upstream.name, "day": day},
        reason=reason.strip()[:200],
    )  # fmt: skip


@transaction.atomic
def retry_refusals(*, actor: Actor, now: datetime, upstream: Upstream) -> int:
    """Have everything that was refused above sent again now; give the number of refusals."""
    refused = list(Refusal.objects.filter(upstream=upstream))
    ForwardedEnterprise.objects.filter(
        upstream=upstream, enterprise_id__in={one.enterprise_id for one in refused}
    ).update(version=0, refused_version=0)
    upstream.save(update_fields=["is_active"])  # tells the serving process
    _record(actor, now, "chain-retried", upstream, after={"refusals": len(refused)})
    return len(refused)


def visible_upstreams(account: Account) -> QuerySet[Upstream]:
    """Give the upstreams whose region lies in the account's node."""
    return Upstream.objects.filter(region__in=visible_regions(account)).select_related("region", "enterprise")


def find_upstream(name: str) -> Upstream:
    """Give the upstream of this name or refuse with ``upstream-unknown``."""
    found = Upstream.objects.select_related("region", "enterprise").filter(name=name).first()
    if found is None:
        raise NenghaoError(
            "upstream-unknown", "没有这个上级平台", "there is no such upstream", record=name, field="name"
        )
    return found


def _policy(
    stat_types: str, realtime_level: int | None, realtime_enterprises: Sequence[str], batch_records: int
) -> dict[str, object]:
    if not stat_types or set(stat_types) - set("0123"):
        raise NenghaoError(
            "policy-stat-types", "统计类型须为 0、1、2、3 的组合", "statistic types are digits of 0, 1, 2, 3",
            record=stat_types, field="stat-types",
        )  # fmt: skip
    if realtime_level is not None and realtime_level not in EnergyConsumeLevel.values:
        raise NenghaoError(
            "policy-level", "能耗等级须为 1–6", "an energy consume level is 1 to 6", field="realtime-level",
            record=str(realtime_level),
        )  # fmt: skip
    if not 1 <= batch_records <= 20_000:
        raise NenghaoError(
            "policy-records", "每批记录数须为 1–20000", "records a body: 1 to 20000", record=str(batch_records),
            field="batch-records",
        )  # fmt: skip
    _require_known(realtime_enterprises, Enterprise.objects.all())
    return {
        "stat_types": "".join(sorted(set(stat_types))), "realtime_level": realtime_level,
        "realtime_enterprises": sorted(set(realtime_enterprises)), "batch_records": batch_records,
    }  # fmt: skip


def require_below(upstream: Upstream, codes: Sequence[str]) -> None:
    """Refuse enterprises that the upstream is not told of (``enterprise-unknown``): nobody names another node's."""
    _require_known(codes, enterprises_of(upstream))


def _require_known(codes: Sequence[str], enterprises: QuerySet[Enterprise]) -> None:
    unknown = set(codes) - set(enterprises.filter(code__in=list(codes)).values_list("code", flat=True))
    if unknown:
        raise NenghaoError(
            "enterprise-unknown", "没有这个用能单位", "there is no such enterprise", record=min(unknown),
            field="realtime-enterprise",
        )  # fmt: skip


def _policy_of(upstream: Upstream) -> dict[str, object]:
    return {field: getattr(upstream, field) for field in POLICY}


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NenghaoError(
            "upstream-url", "注册地址应为完整的 http(s) 地址", "the address must be a full http(s) address",
            record=url[:80], field="register-url", mend_zh="如 https://平台/nhjc/registerPlatform",
            mend_en="such as https://platform/nhjc/registerPlatform",
        )  # fmt: skip


def _record(
    actor: Actor,
    now: datetime,
    action: str,
    upstream: Upstream,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    record(
        actor=actor, now=now, action=action, object_type="upstream", object_key=upstream.name,
        region_path=upstream.region.path, before=before, after=after, reason=reason.strip()[:200],
    )  # fmt: skip
