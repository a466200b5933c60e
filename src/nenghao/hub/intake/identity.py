"""Who is given a device's identity and keys when it registers again (docs/security.md, "Handing out keys").

A gateway proves that it is the same by its ``clientId``, a random text of its own, or by the client certificate bound
to the device. One that has neither is known by its network address, which others may share: it is given its identity
for ``NENGHAO_REGISTER_AGAIN_MINUTES`` after it first registered, and while an officer has opened registration again.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.models import Platform
from nenghao.hub.intake.calls import Call
from nenghao.hub.intake.guard import OFF, check_certificate
from nenghao.hub.registry import keys
from nenghao.hub.registry.models import Device
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.protocol import MessageError, Profile, RegisterAnswer, refuse
from nenghao.protocol.signing import HMAC_SM3

MIN_CLIENT_ID = 16
"""A shorter ``clientId`` could be guessed: it still tells gateways apart, but is given no key of signatures."""
_NO_KEYS = (DeviceStatus.REFUSED, DeviceStatus.REVOKED)


def require_same_gateway(call: Call, device: Device, client_id: str) -> Device:
    """Give the device to a gateway that registers again, or refuse one that cannot show to be the same.

    Raises ``certificate-missing``, ``certificate-mismatch`` and ``registration-closed``.
    """
    shown = check_certificate(call.meta, device.trust())
    has_shown_bound = shown is not None and shown.sha256 == device.certificate_sha256
    if client_id or has_shown_bound or _may_register_again(call, device):
        return device
    raise MessageError(refuse("registration-closed"))


def hand_out(
    call: Call, holder: Device | Platform, answer: RegisterAnswer, *, client_id: str, signing: object
) -> RegisterAnswer:
    """Put the keys into the answer: the SM4 key, and the key of signatures for a holder with a ``clientId``.

    A device or platform that was refused or revoked is given none.
    """
    if holder.status in _NO_KEYS:
        answer.secret_key = ""
        return answer
    is_off = OFF in (settings.NENGHAO_SIGNATURES, Profile.load(holder.profile).signing)
    if signing == HMAC_SM3 and len(client_id) >= MIN_CLIENT_ID and not is_off:
        actor = Actor(name="register", address=call.remote_address or None)
        answer.sign_key = keys.give_sign_key(actor=actor, now=call.received_at, holder=holder).sign_key
    if answer.secret_key or answer.sign_key:
        keys.note_handed_out(now=call.received_at, holder=holder)
    return answer


def _may_register_again(call: Call, device: Device) -> bool:
    minutes = settings.NENGHAO_REGISTER_AGAIN_MINUTES
    until = device.registered_at + timedelta(minutes=minutes)
    return minutes < 0 or call.received_at <= max(until, device.register_again_until or until)
