"""Services around the platforms below: registration, an officer's decision, and two sources for one enterprise."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_regions
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.chain.models import Platform
from nenghao.hub.registry.models import Device, Region
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.hub.registry.services import LAWFUL_DECISIONS
from nenghao.protocol import MessageError, refuse

MAX_PENDING_PLATFORMS = 5
"""Registration needs no secret, so a region's list of platforms to decide on must not grow without end."""
NAME_LENGTH = 100


@transaction.atomic
def register_platform(
    *,
    actor: Actor,
    now: datetime,
    region: Region,
    name: str,
    profile: str = "national",
    with_secret_key: bool = False,
    with_sign_key: bool = False,
    source_digest: str = "",
) -> Platform:
    """Register a platform of a region that asked to be: it gets its identity and waits for approval."""
    pending = Platform.objects.filter(region=region, status=DeviceStatus.PENDING).count()
    if pending >= MAX_PENDING_PLATFORMS:
        raise MessageError(refuse("platform-exists", field="region", more=pending))
    platform = Platform(
        platform_id=secrets.token_hex(16), region=region, name=name[:NAME_LENGTH], profile=profile, registered_at=now,
        remote_address=actor.address, source_digest=source_digest,
    )  # fmt: skip
    if with_secret_key:
        platform.secret_key = secrets.token_hex(16)
    if with_sign_key:
        platform.sign_key = secrets.token_hex(32)
    platform.save()
    record(
        actor=actor, now=now, action="platform-registered", object_type="platform", object_key=platform.platform_id,
        region_path=region.path, after={"name": platform.name, "profile": profile},
    )  # fmt: skip
    return platform


@transaction.atomic
def decide_platform(*, actor: Actor, now: datetime, platform_id: str, status: str, reason: str = "") -> Platform:
    """Approve, refuse or revoke a platform; refusing and revoking need a reason, as for a device."""
    platform = (
        Platform.objects.select_for_update(of=("self",))
        .select_related("region")
        .filter(platform_id=platform_id)
        .first()
    )
    if platform is None:
        raise NenghaoError("platform-unknown", "没有这个下级平台", "there is no such platform", record=platform_id)
    if status not in LAWFUL_DECISIONS[platform.status]:
        raise NenghaoError(
            "platform-decision", f"平台状态为「{DeviceStatus(platform.status).label}」，不能执行此操作",
            f"the platform is {platform.status}; this cannot be done to it", record=platform_id, field="status",
            mend_zh="刷新页面查看当前状态", mend_en="reload the page to see its state",
        )  # fmt: skip
    if status != DeviceStatus.APPROVED and not reason.strip():
        raise NenghaoError(
            "reason-missing", "请填写理由", "a reason is needed", record=platform_id, field="reason",
            mend_zh="写明拒绝或撤销的原因", mend_en="say why it is refused or revoked",
        )  # fmt: skip
    before, platform.status = platform.status, status
    platform.decided_by, platform.decided_at, platform.reason = actor.name, now, reason.strip()[:200]
    platform.save()
    record(
        actor=actor, now=now, action=f"platform-{status}", object_type="platform", object_key=platform_id,
        region_path=platform.region.path, before={"status": before}, after={"status": status}, reason=platform.reason,
    )  # fmt: skip
    return platform


def visible_platforms(account: Account) -> QuerySet[Platform]:
    """Give the platforms below whose region lies in the account's node."""
    return Platform.objects.filter(region__in=visible_regions(account)).select_related("region")


def may_decide_on(account: Account, platform: Platform) -> bool:
    """Whether the account stands above the platform's own region: nobody approves the platform of its own level."""
    own = account.region
    return own is not None and platform.region.path.startswith(own.path) and platform.region_id != own.code


def platform_above(region_path: str) -> Platform | None:
    """Give the approved platform that reports for a region, if there is one (nearest first)."""
    codes = region_path.rstrip("/").split("/")
    found = Platform.objects.filter(region_id__in=codes, status=DeviceStatus.APPROVED).select_related("region")
    return max(found, key=lambda platform: len(platform.region.path), default=None)


def refuse_second_source(device: Device, status: str, reason: str) -> None:
    """Refuse to approve a device without a reason where a platform below reports for its enterprise already.

    Two sources for one item overwrite each other: an officer may want that for a while, but never by oversight.
    """
    if status != DeviceStatus.APPROVED or reason.strip():
        return
    platform = platform_above(device.enterprise.region.path)
    if platform is not None:
        raise NenghaoError(
            "device-second-source", f"该单位的数据已由下级平台「{platform.name}」上报",
            f"the platform below, {platform.name!r}, reports for this enterprise already",
            record=device.device_id, field="reason",
            mend_zh="应向该平台注册；确需直接上传时写明理由再批准",
            mend_en="it should register there; to take it all the same, give a reason",
        )  # fmt: skip


def direct_devices(regions: Iterable[str]) -> QuerySet[Device]:
    """Give the approved devices of enterprises for which an approved platform below reports as well (两个来源)."""
    paths = Platform.objects.filter(region_id__in=list(regions), status=DeviceStatus.APPROVED).values_list(
        "region__path", flat=True
    )
    found = Device.objects.none()
    for path in paths:
        found = found | Device.objects.filter(status=DeviceStatus.APPROVED, enterprise__region__path__startswith=path)
    return found.select_related("enterprise__region").distinct()
