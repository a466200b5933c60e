"""One call of dialect B on its way: who speaks, what was said, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from nenghao.hub.audit.services import Actor
from nenghao.hub.intake.calls import Call
from nenghao.hub.intake.snapshot import Sender
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.yunnan.keys import device_of_token
from nenghao.protocol import MessageError, Rejection, decode_object, refuse
from nenghao.protocol.messages import FAILURE
from nenghao.protocol.messages import SUCCESS as LOGGED
from nenghao.protocol.yunnan import OPERATIONS, Operation, check_fields
from nenghao.protocol.yunnan.answers import (
    BAD,
    BROKEN,
    NOT_ALLOWED,
    RECEIVED,
    SEND_AGAIN,
    STALE,
    SUCCESS,
    TOKEN_BAD,
    TOO_OFTEN,
)

logger = structlog.get_logger(__name__)
CODES = {
    "token-invalid": TOKEN_BAD, "device-unapproved": NOT_ALLOWED, "device-revoked": NOT_ALLOWED,
    "device-unknown": TOKEN_BAD, "enterprise-mismatch": NOT_ALLOWED, "version-stale": STALE,
    "pin-too-often": TOO_OFTEN, "calls-too-often": TOO_OFTEN, "too-many-requests": TOO_OFTEN,
    **dict.fromkeys(SEND_AGAIN, BROKEN),
}  # fmt: skip
"""``responseCode`` by the reason of a refusal; every other reason is 400. Only 200 and 401 are not ours."""


@dataclass(slots=True)
class Exchange:
    """A call whose body was read and checked by the field table.

    ``fields`` are the table's, as text; ``message`` is the whole body, for what is ours beside the table. ``sender`` is
    the device that the token belongs to; without one the operation needs no token.
    """

    call: Call
    operation: Operation
    message: dict[str, Any]
    fields: dict[str, str]
    sender: Sender | None = None
    _enterprise: Enterprise | None = field(default=None)

    @property
    def enterprise(self) -> Enterprise:
        """The enterprise that the body names; raise ``enterprise-unknown`` where the platform has none such."""
        if self._enterprise is None:
            code = self.fields["enterpriseCode"]
            found = Enterprise.objects.filter(code=code, active=True).select_related("region").first()
            if found is None:
                raise MessageError(refuse("enterprise-unknown", field="enterpriseCode", value=code))
            self._enterprise, self.call.enterprise_pk = found, found.pk
        return self._enterprise

    @property
    def actor(self) -> Actor:
        """Who acts, for the audit trail."""
        name = f"device {self.sender.device_id[:8]}" if self.sender else self.operation.path
        return Actor(name=name, address=self.call.remote_address or None)

    def given(self, name: str) -> str:
        """Give a field, or the empty text."""
        return self.fields.get(name, "")


def begin(call: Call, path: str) -> Exchange:
    """Read the body, check it by the field table, and find who speaks; raise :class:`MessageError` for what is wrong.

    The token is looked at before the body's fields: who may not speak learns nothing of what is wanted.
    """
    operation = OPERATIONS.get(path)
    if operation is None:
        raise MessageError(refuse("operation-unknown", value=path))
    message = decode_object(call.body)
    device_id = _device_of(call) if operation.takes_token else None
    exchange = Exchange(call, operation, message, {})
    if device_id is not None:
        exchange.sender = call.approved_sender(device_id, str(message.get("enterpriseCode") or ""))
    exchange.fields = check_fields(operation, message)
    return exchange


def _device_of(call: Call) -> str:
    scheme, _, token = str(call.meta.get("HTTP_AUTHORIZATION", "")).partition(" ")
    device_id = device_of_token(token.strip(), now=call.received_at) if scheme.lower() == "bearer" else None
    if device_id is None:
        raise MessageError(refuse("token-invalid"))
    return device_id


def raise_first(rejections: Sequence[Rejection], names: Mapping[str, str] | None = None) -> None:
    """Refuse the call for the first of the reasons, if there is one; ``names`` gives a field its name in dialect B."""
    for rejection in rejections:
        field = rejection.field.lstrip(".")
        raise MessageError(msgspec.structs.replace(rejection, field=(names or {}).get(field, field)))


def taken(exchange: Exchange, data: dict[str, Any]) -> dict[str, Any]:
    """Log a call that was taken and give its answer."""
    exchange.call.log(LOGGED, RECEIVED)
    return answer(data)


def answer(data: dict[str, Any]) -> dict[str, Any]:
    """Give the answer of success."""
    return {"responseCode": SUCCESS, "responseMessage": RECEIVED, "data": data}


def refused(call: Call, rejection: Rejection) -> dict[str, Any]:
    """Log a call of which nothing was kept, and give its answer; ``data.rejected`` is ours."""
    try:
        call.log(FAILURE, _said(rejection), [rejection])
    except Exception:  # the log itself may be what fails: the gateway still gets its answer
        logger.exception("yunnan-log-failed", operation=call.operation)
    return refusal(rejection)


def refusal(rejection: Rejection) -> dict[str, Any]:
    """Give the answer that says why something was refused."""
    return {
        "responseCode": CODES.get(rejection.code, BAD), "responseMessage": _said(rejection),
        "data": {"rejected": [rejection]},
    }  # fmt: skip


def _said(rejection: Rejection) -> str:
    return f"{rejection.message_zh} / {rejection.message_en}; {rejection.mend_zh} / {rejection.mend_en}"
