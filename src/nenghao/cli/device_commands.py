"""``nenghao hub``: what an operator does to one device or platform below from the terminal; the pages do the same.

Commands about keys take the identity of either.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nenghao.hub.registry.models.keys import KeyHolder

DeviceId = Annotated[str, typer.Argument(help="设备标识 / deviceId")]
Identity = Annotated[str, typer.Argument(help="设备标识或下级平台标识 / deviceId, or identity of a platform below")]
Reason = Annotated[str, typer.Option(help="理由 / reason")]


def _holder(identity: str) -> KeyHolder:
    from nenghao.errors import NenghaoError  # noqa: PLC0415
    from nenghao.hub.chain.models import Platform  # noqa: PLC0415
    from nenghao.hub.registry.models import Device  # noqa: PLC0415

    found = (
        Device.objects.select_related("enterprise__region").filter(device_id=identity).first()
        or Platform.objects.select_related("region").filter(platform_id=identity).first()
    )
    if found is None:
        raise NenghaoError(
            "device-unknown", "没有这个设备或下级平台", "there is no such device or platform below", record=identity
        )
    return found


def revoke_device(device_id: DeviceId, reason: Reason) -> None:
    """撤销端设备 / revoke a device; what it sends is refused at once."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.registry import services  # noqa: PLC0415

    actor, now = actor_of("revoke-device")
    device = services.decide_device(actor=actor, now=now, device_id=device_id, status="revoked", reason=reason)
    print(f"{device.device_id}: {device.status}")


def rotate_key(
    identity: Identity,
    reason: Reason = "",
    grace_hours: Annotated[
        int | None, typer.Option(help="旧密钥宽限小时数，泄露时用 0 / hours the old keys stay good; 0 after a leak")
    ] = None,
) -> None:
    """更换密钥 / make new keys for a device or a platform below; it gets them when it registers again."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from django.conf import settings  # noqa: PLC0415

    from nenghao.hub.registry import keys  # noqa: PLC0415

    actor, now = actor_of("rotate-key")
    hours = settings.NENGHAO_KEY_GRACE_HOURS if grace_hours is None else grace_hours
    holder = keys.rotate_keys(actor=actor, now=now, holder=_holder(identity), grace_hours=hours, reason=reason)
    print(f"{identity}: 旧密钥有效至 old keys valid until {holder.previous_keys_until:%Y-%m-%d %H:%M %Z}")


def issue_key(identity: Identity, reason: Reason = "") -> None:
    """签发签名密钥 / make a key of signatures for who has none; it goes out when it registers again."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.registry import keys  # noqa: PLC0415

    actor, now = actor_of("issue-key")
    keys.issue_sign_key(actor=actor, now=now, holder=_holder(identity), reason=reason)
    print(f"{identity}: 已签发 issued")


def end_grace(identity: Identity, reason: Reason) -> None:
    """旧密钥立即作废 / let the keys before the last rotation count no more."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.registry import keys  # noqa: PLC0415

    actor, now = actor_of("end-grace")
    keys.end_grace(actor=actor, now=now, holder=_holder(identity), reason=reason)
    print(f"{identity}: 旧密钥已作废 the old keys are void")


def require_signature(
    identity: Identity,
    reason: Reason = "",
    waive: Annotated[bool, typer.Option("--waive", help="不再要求（须有理由） / take it back; needs a reason")] = False,
) -> None:
    """要求端设备签名 / refuse unsigned calls of a device."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.registry import keys  # noqa: PLC0415

    actor, now = actor_of("require-signature")
    holder = keys.require_signature(
        actor=actor, now=now, holder=_holder(identity), required=not waive, reason=reason
    )  # fmt: skip
    print(f"{identity}: 须签名 must sign: {holder.must_sign}")


def bind_certificate(
    identity: Identity,
    certificate: Annotated[str, typer.Argument(help="PEM 文件或 SHA-256 指纹 / PEM file or SHA-256 fingerprint")],
) -> None:
    """绑定客户端证书 / bind a client certificate to a device."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.devices.acts import certificate_of  # noqa: PLC0415
    from nenghao.hub.registry import keys  # noqa: PLC0415

    actor, now = actor_of("bind-certificate")
    path = Path(certificate)
    sha256, subject = certificate_of(path.read_text("utf-8") if path.is_file() else certificate)
    holder = keys.bind_certificate(actor=actor, now=now, holder=_holder(identity), sha256=sha256, subject=subject)
    print(f"{identity}: {holder.certificate_sha256}")


def unbind_certificate(identity: Identity, reason: Reason) -> None:
    """解除证书绑定 / forget the certificate bound to a device."""
    from nenghao.cli.hub_command import actor_of, setup  # noqa: PLC0415

    setup()
    from nenghao.hub.registry import keys  # noqa: PLC0415

    actor, now = actor_of("unbind-certificate")
    keys.unbind_certificate(actor=actor, now=now, holder=_holder(identity), reason=reason)
    print(f"{identity}: 未绑定 not bound")


COMMANDS = (
    revoke_device, rotate_key, issue_key, end_grace, require_signature, bind_certificate, unbind_certificate,
)  # fmt: skip
"""The commands, as ``hub_command`` adds them."""
