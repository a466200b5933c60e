"""The wire of dialect B as one plain view: POST only, always HTTP 200, always an answer in the dialect's form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from nenghao.errors import NenghaoError
from nenghao.hub.busy import fault_of
from nenghao.hub.intake.calls import Call, as_rejection
from nenghao.hub.intake.snapshot import get_snapshot
from nenghao.hub.intake.views import base_url, read_body
from nenghao.hub.proxies import client_address
from nenghao.hub.yunnan import identity, information, records
from nenghao.hub.yunnan.energy import take_energy
from nenghao.hub.yunnan.exchange import Exchange, begin, refusal, refused
from nenghao.protocol import MessageError
from nenghao.protocol.yunnan.operations import ENERGY

HANDLERS: dict[str, Callable[[Exchange], dict[str, Any]]] = {
    "enterpriseInfo/rwk": identity.request_working_key,
    "enterpriseInfo/apply": identity.apply,
    "enterpriseInfo/update": identity.update,
    "requestAK": identity.request_token,
    "checkVersion": information.check_version,
    "platformAccessURL": information.platform_access_url,
    "dataDownload": information.data_download,
    "dataDownload/public": information.data_download,
    ENERGY: take_energy,
}
"""What answers an operation; all others are records by dataIndex."""
_ENCODER = msgspec.json.Encoder()


@csrf_exempt
def wire(request: HttpRequest, operation: str) -> HttpResponse:
    """Answer one call of a gateway. Whatever it sends, the answer is HTTP 200 with ``responseCode`` in JSON."""
    try:
        answer = _answer(request, operation)
    except Exception as error:  # a gateway never sees an HTTP 500; the operator sees the traceback in the log
        answer = refusal(fault_of(error, operation=operation).rejection)
    return HttpResponse(_ENCODER.encode(answer), content_type="application/json;charset=UTF-8")


def _answer(request: HttpRequest, path: str) -> dict[str, Any]:
    call = Call(
        operation=path[:40], body=b"", received_at=timezone.now(), remote_address=client_address(request.META),
        base_url=lambda: base_url(request, path), snapshot=get_snapshot(), meta=request.META,
    )  # fmt: skip
    try:
        call.body, call.size_bytes = read_body(request.META, request.read)
        exchange = begin(call, path)
        return HANDLERS.get(path, records.keep)(exchange)
    except NenghaoError as error:
        return refused(call, error.rejection if isinstance(error, MessageError) else as_rejection(error))
    except Exception as error:
        return refused(call, fault_of(error, operation=path).rejection)
