"""Working key, application, token: how a gateway of dialect B becomes known.

Neither the working key nor the application needs a secret, so both are limited per address. An application makes a
device that waits for an officer; the device is known by the PIN's keyed digest. The same PIN is the same device,
another PIN another device with its own decision: who does not know the PIN of an approved device gains nothing.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import record
from nenghao.hub.intake.mappings import ENTERPRISE, ConfigList
from nenghao.hub.registry.models import Device
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.hub.registry.models.enterprise import EnterpriseGroup
from nenghao.hub.registry.services import register_device, update_enterprise
from nenghao.hub.yunnan.exchange import Exchange, raise_first, taken
from nenghao.hub.yunnan.keys import Patience, issue_token, pin_digest, working_key
from nenghao.hub.yunnan.models import Application
from nenghao.hub.yunnan.pictures import put_pictures, without_pictures
from nenghao.protocol import EnterpriseInfo, MessageError, Rejection, refuse
from nenghao.protocol.yunnan import written_moment

PROFILE = "yunnan"
DAY_S, TEN_MINUTES_S = 86_400.0, 600.0
per_address = Patience(limit=10, window_s=TEN_MINUTES_S)
per_enterprise = Patience(limit=100, window_s=DAY_S)
"""A million PINs at a hundred a day: an address from which the device was registered is not held up by it."""
applications = Patience(limit=30, window_s=3_600.0)
"""Forms from one address: each may bring pictures, so nobody can fill the disk with them."""
_REFUSED = {
    DeviceStatus.PENDING: "device-unapproved", DeviceStatus.REFUSED: "device-revoked",
    DeviceStatus.REVOKED: "device-revoked",
}  # fmt: skip


def limit_open_calls(exchange: Exchange) -> None:
    """Let only so many calls without a token through per address and minute."""
    limit = settings.NENGHAO_REGISTRATIONS_PER_MINUTE
    if not exchange.call.snapshot.registrations.allows(exchange.call.remote_address, limit):
        raise MessageError(refuse("calls-too-often", more=limit))


def request_working_key(exchange: Exchange) -> dict[str, Any]:
    """``enterpriseInfo/rwk``: give the enterprise's working key, always the same."""
    limit_open_calls(exchange)
    return taken(exchange, {"secretKey": working_key(exchange.enterprise, now=exchange.call.received_at)})


def apply(exchange: Exchange) -> dict[str, Any]:
    """``enterpriseInfo/apply``: keep the form with its pictures for the officer, and make the device that waits.

    Applying again with the same PIN changes the form as long as nobody has approved it; afterwards a form is changed
    with ``enterpriseInfo/update``, by whom has a token.
    """
    limit_open_calls(exchange)
    address = exchange.call.remote_address
    if not applications.bears(address):
        raise MessageError(refuse("calls-too-often", more=applications.limit))
    applications.count(address)
    digest = _digest(exchange)
    known = _device(exchange, digest) or _new_device(exchange, digest)
    exchange.call.device_pk = known.pk
    application = _application(exchange, known)
    return taken(exchange, {"dataIndex": application.data_index})


def update(exchange: Exchange) -> dict[str, Any]:
    """``enterpriseInfo/update``: change the form, and the details of the enterprise that it may tell itself."""
    sender = exchange.sender
    application = Application.objects.filter(
        data_index=exchange.fields["dataIndex"], device__enterprise=exchange.enterprise
    ).first()
    if application is None or sender is None:
        raise MessageError(refuse("index-unknown", field="dataIndex", value=exchange.fields["dataIndex"]))
    rejections: list[Rejection] = []
    facts = ConfigList("", EnterpriseInfo, rejections).facts(0, exchange.fields, ENTERPRISE)
    raise_first(rejections)
    with transaction.atomic():
        _fill(exchange, application)
        update_enterprise(
            actor=exchange.actor, now=exchange.call.received_at, enterprise=exchange.enterprise,
            facts=facts | _group(exchange),
        )  # fmt: skip
    return taken(exchange, {"dataIndex": application.data_index})


def request_token(exchange: Exchange) -> dict[str, Any]:
    """``requestAK``: give a token to an approved device that knows its PIN."""
    limit_open_calls(exchange)
    call = exchange.call
    try:
        device = _device(exchange, _patient_digest(exchange))
    except NenghaoError as error:
        if error.code == "pin-wrong":
            _failed(exchange)
        raise
    if device is None:
        _failed(exchange)
        applied = Device.objects.filter(enterprise=exchange.enterprise, profile=PROFILE).exists()
        raise MessageError(refuse("pin-wrong" if applied else "not-applied", field="password"))
    call.device_pk = device.pk
    if device.status in _REFUSED:
        raise MessageError(refuse(_REFUSED[DeviceStatus(device.status)], field="enterpriseCode"))
    call.is_approved = True
    token, expires_at = issue_token(device, now=call.received_at)
    return taken(exchange, {
        "token": token, "akValidAt": written_moment(call.received_at), "akExpiresIn": written_moment(expires_at),
        "enterpriseUploadTime": f"{device.upload_time:%H:%M:%S}", "platformURL": call.base_url(),
    })  # fmt: skip


def _digest(exchange: Exchange) -> str:
    return pin_digest(exchange.enterprise, exchange.fields["password"], now=exchange.call.received_at)


def _patient_digest(exchange: Exchange) -> str:
    """Give the PIN's digest, unless too many wrong ones came before."""
    address, enterprise = exchange.call.remote_address, exchange.enterprise
    if not per_address.bears(f"{enterprise.pk}|{address}"):
        raise MessageError(refuse("pin-too-often", field="password", more=round(TEN_MINUTES_S / 60)))
    if not per_enterprise.bears(str(enterprise.pk)) and not _is_known_address(exchange):
        raise MessageError(refuse("pin-too-often", field="password", more=round(DAY_S / 60)))
    return _digest(exchange)


def _is_known_address(exchange: Exchange) -> bool:
    return Device.objects.filter(
        enterprise=exchange.enterprise, profile=PROFILE, status=DeviceStatus.APPROVED,
        remote_address=exchange.call.remote_address or None,
    ).exists()  # fmt: skip


def _failed(exchange: Exchange) -> None:
    per_address.count(f"{exchange.enterprise.pk}|{exchange.call.remote_address}")
    per_enterprise.count(str(exchange.enterprise.pk))


def _device(exchange: Exchange, digest: str) -> Device | None:
    return Device.objects.filter(enterprise=exchange.enterprise, profile=PROFILE, source_digest=digest).first()


def _new_device(exchange: Exchange, digest: str) -> Device:
    try:
        return register_device(
            actor=exchange.actor, now=exchange.call.received_at, enterprise=exchange.enterprise, profile=PROFILE,
            name=exchange.fields["cmpName"], source_digest=digest,
        )  # fmt: skip
    except IntegrityError:  # the same form came twice at once
        return Device.objects.get(enterprise=exchange.enterprise, source_digest=digest)


@transaction.atomic
def _application(exchange: Exchange, device: Device) -> Application:
    Device.objects.select_for_update().get(pk=device.pk)
    known = Application.objects.filter(device=device).first()
    if known is None:
        known = Application(device=device, data_index=uuid.uuid4().hex, applied_at=exchange.call.received_at)
    elif device.status == DeviceStatus.APPROVED:
        return known
    _fill(exchange, known)
    return known


def _fill(exchange: Exchange, application: Application) -> None:
    """Write the form and its pictures down, with the audit entry."""
    now, enterprise = exchange.call.received_at, exchange.enterprise
    before = application.form if application.pk else {}
    application.form, application.changed_at = without_pictures(exchange), now
    application.save()
    put_pictures(exchange, application.data_index)
    record(
        actor=exchange.actor, now=now, action="yunnan-application", object_type="device",
        object_key=application.device.device_id, region_path=enterprise.region.path, before=before,
        after=application.form,
    )  # fmt: skip


def _group(exchange: Exchange) -> dict[str, Any]:
    """Give the group that the form names; one that others belong to already is not rewritten."""
    name = exchange.given("groupName")
    if not name:
        return {}
    group, _ = EnterpriseGroup.objects.get_or_create(name=name, defaults={"address": exchange.given("groupAddress")})
    return {"group": group}
