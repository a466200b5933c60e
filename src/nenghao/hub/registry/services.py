"""Changes of the registry: each in one transaction, with its audit entry and the next registry version."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from django.db import IntegrityError, transaction

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry import credit_code
from nenghao.hub.registry.models import Device, Enterprise, Industry, Region
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.protocol import Profile

MAX_PENDING_DEVICES = 20
"""Registration needs no secret, so an enterprise's list of devices to decide on must not grow without end."""

# From → to: what an officer may decide. A refused or revoked device may be approved after all.
LAWFUL_DECISIONS: Mapping[str, frozenset[str]] = {
    DeviceStatus.PENDING: frozenset({DeviceStatus.APPROVED, DeviceStatus.REFUSED}),
    DeviceStatus.APPROVED: frozenset({DeviceStatus.REVOKED}),
    DeviceStatus.REFUSED: frozenset({DeviceStatus.APPROVED}),
    DeviceStatus.REVOKED: frozenset({DeviceStatus.APPROVED}),
}


def find_region(code: str) -> Region:
    """Give the region with this code or refuse with ``region-unknown``."""
    found = Region.objects.filter(code=code).first()
    if found is None:
        raise NenghaoError(
            "region-unknown", "没有这个行政区划代码", "there is no such region code", record=code, field="region",
            mend_zh="6 位代码；没有任何区划时先运行 nenghao hub init",
            mend_en="6 digits; run nenghao hub init when there are none at all",
        )  # fmt: skip
    return found


def find_industry(code: str) -> Industry:
    """Give the industry with this code (with its section letter, ``C31``) or refuse with ``industry-unknown``."""
    found = Industry.objects.filter(code=code).first()
    if found is None:
        raise NenghaoError(
            "industry-unknown", "没有这个行业代码", "there is no such industry code", record=code, field="industry",
            mend_zh="GB/T 4754 代码带门类字母，如 C31", mend_en="GB/T 4754 with the section letter, such as C31",
        )  # fmt: skip
    return found


@transaction.atomic
def create_enterprise(
    *,
    actor: Actor,
    now: datetime,
    code: str,
    name: str,
    region: Region,
    industry: Industry,
    check_code: bool = True,
    **facts: Any,
) -> Enterprise:
    """Register an enterprise; ``facts`` are further fields of :class:`Enterprise`.

    ``check_code=False`` lets a code with a wrong check character pass, for platforms that hand out codes of their own.
    """
    if check_code:
        credit_code.require_valid(code)
    enterprise = Enterprise(code=code, name=name, region=region, industry=industry, created_at=now, **facts)
    enterprise.corporation_code = enterprise.corporation_code or code
    try:
        with transaction.atomic():
            enterprise.save()
    except IntegrityError as taken:
        raise NenghaoError(
            "enterprise-taken", "该用能单位已登记", "the enterprise is registered already", record=code, field="code"
        ) from taken
    record(
        actor=actor, now=now, action="enterprise-created", object_type="enterprise", object_key=code,
        region_path=region.path, after={"name": name, "region": region.code, "industry": industry.code, **facts},
    )  # fmt: skip
    return enterprise


@transaction.atomic
def update_enterprise(
    *, actor: Actor, now: datetime, enterprise: Enterprise, facts: Mapping[str, Any], reason: str = ""
) -> bool:
    """Change fields of an enterprise; tell whether anything was different.

    ``facts`` maps field names of :class:`Enterprise` to values; the code itself never changes.
    """
    before = {key: getattr(enterprise, key) for key in facts if key != "code"}
    changed = {key: facts[key] for key, old in before.items() if old != facts[key]}
    if not changed:
        return False
    for key, value in changed.items():
        setattr(enterprise, key, value)
    enterprise.save()
    record(
        actor=actor, now=now, action="enterprise-changed", object_type="enterprise", object_key=enterprise.code,
        region_path=enterprise.region.path, before={key: before[key] for key in changed}, after=changed, reason=reason,
    )  # fmt: skip
    return True


@transaction.atomic
def register_device(
    *,
    actor: Actor,
    now: datetime,
    enterprise: Enterprise,
    upload_time: time | None = None,
    profile: str = "national",
    with_secret_key: bool = False,
    software_version: str = "",
    name: str = "",
    source_digest: str = "",
) -> Device:
    """Register a device that asked to be: it gets its identity, its daily slot and waits for approval.

    ``upload_time`` defaults to a slot of the profile's window, spread so that not all enterprises send at once.
    ``with_secret_key`` gives it an SM4 key (Shandong's profile).
    """
    pending = Device.objects.filter(enterprise=enterprise, status=DeviceStatus.PENDING).count()
    if pending >= MAX_PENDING_DEVICES:
        raise NenghaoError(
            "device-too-many-pending", f"该单位已有 {pending} 台设备待审批",
            f"{pending} devices wait for approval already",
            record=enterprise.code, mend_zh="请主管部门先审批或拒绝", mend_en="the authority must decide on them first",
        )  # fmt: skip
    device = Device(
        device_id=secrets.token_hex(16), enterprise=enterprise, name=name, profile=profile, registered_at=now,
        upload_time=upload_time or Profile.load(profile).upload_slot.of(enterprise.code), remote_address=actor.address,
        software_version=software_version[:100], source_digest=source_digest,
    )  # fmt: skip
    if with_secret_key:
        device.secret_key = secrets.token_hex(16)
    device.save()
    record(
        actor=actor, now=now, action="device-registered", object_type="device", object_key=device.device_id,
        region_path=enterprise.region.path, after={"enterprise": enterprise.code, "profile": profile},
    )  # fmt: skip
    return device


@transaction.atomic
def decide_device(*, actor: Actor, now: datetime, device_id: str, status: str, reason: str = "") -> Device:
    """Approve, refuse or revoke a device; refusing and revoking need a reason.

    The row is locked and looked at again: of two officers who decide at once, the second is told of the first.
    """
    device = (
        Device.objects.select_for_update(of=("self",))
        .select_related("enterprise__region")
        .filter(device_id=device_id)
        .first()
    )
    if device is None:
        raise NenghaoError("device-unknown", "没有这个设备", "there is no such device", record=device_id)
    if status not in LAWFUL_DECISIONS[device.status]:
        raise NenghaoError(
            "device-decision", f"设备状态为「{DeviceStatus(device.status).label}」，不能执行此操作",
            f"the device is {device.status}; this cannot be done to it", record=device_id, field="status",
            mend_zh="刷新页面查看当前状态", mend_en="reload the page to see its state",
        )  # fmt: skip
    _refuse_second_source(device, status, reason)
    if status != DeviceStatus.APPROVED and not reason.strip():
        raise NenghaoError(
            "reason-missing", "请填写理由", "a reason is needed", record=device_id, field="reason",
            mend_zh="写明拒绝或撤销的原因", mend_en="say why it is refused or revoked",
        )  # fmt: skip
    before, device.status = device.status, status
    device.decided_by, device.decided_at, device.reason = actor.name, now, reason.strip()[:200]
    device.save()
    record(
        actor=actor, now=now, action=f"device-{status}", object_type="device", object_key=device_id,
        region_path=device.enterprise.region.path, before={"status": before}, after={"status": status},
        reason=device.reason,
    )  # fmt: skip
    return device


def _refuse_second_source(device: Device, status: str, reason: str) -> None:
    from nenghao.hub.chain.platforms import refuse_second_source  # noqa: PLC0415 -- that module imports this one

    refuse_second_source(device, status, reason)
