"""The endpoints as plain Django views: POST only, always HTTP 200, always an answer in the protocol's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from nenghao.errors import NenghaoError
from nenghao.hub.busy import fault_of
from nenghao.hub.chain.digest_call import upload_digest
from nenghao.hub.chain.receiving import register_platform
from nenghao.hub.intake.addresses import NAMES
from nenghao.hub.intake.calls import Call, refused
from nenghao.hub.intake.configuration import upload_config_data, upload_metering_data
from nenghao.hub.intake.energy import upload_energy_data
from nenghao.hub.intake.recovery import download_config_data, download_data, load_config
from nenghao.hub.intake.registration import download_base_data, register, version_check
from nenghao.hub.intake.snapshot import get_snapshot
from nenghao.hub.proxies import client_address
from nenghao.protocol import MessageError, UploadAnswer, refuse
from nenghao.protocol.messages import FAILURE

Operation = Callable[[Call], Any]
PASSED_OVER_BYTES = 64 * 1024 * 1024
"""Of a body that is too large at most this much is let go by; of a larger one the connection is closed."""
CONTENT_TYPE = "application/json;charset=UTF-8"
ENCODER = msgspec.json.Encoder()


def _unknown_operation(call: Call) -> None:
    raise MessageError(refuse("operation-unknown", value=call.operation))


OPERATIONS: dict[str, Operation] = {
    "register": register,
    "versionCheck": version_check,
    "downloadBaseData": download_base_data,
    "uploadConfigData": upload_config_data,
    "uploadMeteringData": upload_metering_data,
    "uploadEnergyData": upload_energy_data,
    "downloadConfigData": download_config_data,
    "downloadData": download_data,
    "loadConfig": load_config,
    "registerPlatform": register_platform,
    "uploadDigest": upload_digest,
}


@csrf_exempt
def wire(request: HttpRequest, operation: str) -> HttpResponse:
    """Answer one call of a gateway. Whatever it sends, the answer is HTTP 200 with ``responseCode`` in JSON."""
    body = respond(request.META, operation, read=request.read, base_url=lambda: base_url(request, operation))
    return HttpResponse(body, content_type=CONTENT_TYPE)


def respond(
    meta: Mapping[str, Any], operation: str, *, read: Callable[[int], bytes], base_url: Callable[[], str]
) -> bytes:
    """Give the answer to one call as JSON. ``meta`` is its WSGI environment, ``read`` gives that much of its body."""
    return encoded(lambda: _answer(meta, operation, read, base_url), operation)


def encoded(answer_of: Callable[[], Any], operation: str) -> bytes:
    """Give an answer as JSON; of one that cannot be made, that the fault is ours."""
    try:
        answer = answer_of()
    except Exception as error:  # a gateway never sees an HTTP 500; the operator sees the traceback in the log
        answer = _fault(fault_of(error, operation=operation))
    return ENCODER.encode(answer)


def _answer(meta: Mapping[str, Any], operation: str, read: Callable[[int], bytes], base_url: Callable[[], str]) -> Any:
    call = Call(
        operation=NAMES.get(operation, operation)[:40], body=b"", received_at=timezone.now(),
        remote_address=client_address(meta), base_url=base_url, snapshot=get_snapshot(), meta=meta,
    )  # fmt: skip
    try:
        call.body, call.size_bytes = read_body(meta, read)
    except NenghaoError as error:
        return refused(call, error)
    return answer_of(call)


def answer_of(call: Call) -> Any:
    """Give the answer to a call whose body was read; a refusal is logged durably first."""
    try:
        return OPERATIONS.get(call.operation, _unknown_operation)(call)
    except Exception as error:
        return refusal_of(call, error)


def refusal_of(call: Call, error: Exception) -> UploadAnswer:
    """Log a call that failed and give its answer: the reason, or that the fault is ours."""
    if isinstance(error, NenghaoError):
        return refused(call, error)
    return refused(call, fault_of(error, operation=call.operation))


def read_body(meta: Mapping[str, Any], read: Callable[[int], bytes]) -> tuple[bytes, int]:
    """Read the body, unless its announced size is over the limit: then it is passed over and never held in memory."""
    if meta.get("REQUEST_METHOD") != "POST":
        raise MessageError(refuse("method-not-post"))
    size, limit = announced_bytes(meta), settings.NENGHAO_INTAKE_MAX_BODY_BYTES
    if size > limit:
        _pass_over(read)
        raise MessageError(refuse("body-too-large", value=size, more=limit))
    body = read(limit + 1)
    if len(body) > limit:
        raise MessageError(refuse("body-too-large", more=limit))
    return body, len(body)


def announced_bytes(meta: Mapping[str, Any]) -> int:
    """Give the size that a request says its body has; 0 where it says none, or nonsense."""
    announced = meta.get("CONTENT_LENGTH") or "0"
    return int(announced) if announced.isascii() and announced.isdigit() else 0


def _pass_over(read: Callable[[int], bytes]) -> None:
    """Let a body that is too large go by, piece by piece: a gateway reads the answer only once it has sent all."""
    left = PASSED_OVER_BYTES
    while left > 0 and (piece := read(min(left, 65_536))):
        left -= len(piece)


def base_url(request: HttpRequest, operation: str) -> str:
    """Give the address that all operations share: the configured one, else as the gateway addressed us."""
    prefix = request.path.removesuffix(f"/{operation}")
    if settings.NENGHAO_BASE_URL:
        return settings.NENGHAO_BASE_URL + prefix
    try:
        return f"{request.scheme}://{request.get_host()}{prefix}"
    except DisallowedHost:
        raise MessageError(refuse("host-refused", value=request.META.get("HTTP_HOST", ""))) from None


def _fault(fault: MessageError) -> UploadAnswer:
    rejection = fault.rejection
    return UploadAnswer(
        response_code=FAILURE, response_message=f"{rejection.message_zh} / {rejection.message_en}", accepted=0,
        rejected=[rejection], retry_after=getattr(fault, "retry_after_s", None),
    )  # fmt: skip
