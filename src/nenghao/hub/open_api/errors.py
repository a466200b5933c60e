"""What a call that cannot be served is answered: always the same JSON object in two languages, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

from nenghao.errors import NenghaoError
from nenghao.hub.busy import RETRY_AFTER_S, DatabaseBusyError, is_busy

if TYPE_CHECKING:
    from ninja import NinjaAPI

log = structlog.get_logger("nenghao.hub.open_api")

UNAUTHORISED = NenghaoError(
    "token-invalid", "没有令牌，或令牌无效、已过期、已撤销", "no token, or it is invalid, expired or revoked",
    field="Authorization", mend_zh="在「数据接口」页创建令牌，请求头写 Authorization: Bearer nh_…",
    mend_en='make a token on the page "Data access" and send the header Authorization: Bearer nh_…',
)  # fmt: skip
FORBIDDEN = NenghaoError("forbidden", "无权访问", "this is not allowed")
NOT_FOUND = NenghaoError("not-found", "没有这个资源", "there is nothing here for this token")
METHOD = NenghaoError("method-not-allowed", "该地址不支持此方法", "this address does not know the method")
INTERNAL = NenghaoError(
    "internal-error", "平台内部错误，已记录", "an error inside the platform; it has been logged",
    mend_zh="稍后重试；仍出错请联系平台运维", mend_en="try again later; if it stays, tell the platform's operator",
)  # fmt: skip
TOO_LARGE = NenghaoError("body-too-large", "请求体过大", "the body is too large")
UNREADABLE = NenghaoError("request-unreadable", "请求无法识别", "the request cannot be read")
THROTTLED = NenghaoError(
    "too-many-requests", "请求过于频繁", "too many requests",
    mend_zh="按 Retry-After 等待后再试", mend_en="wait as Retry-After says",
)  # fmt: skip


class ApiError(Exception):
    """A refusal with its status."""

    def __init__(self, status: int, error: NenghaoError, **headers: str) -> None:
        super().__init__(error.message_en)
        self.status, self.error = status, error
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def bad_parameter(field: str, chinese: str, english: str, **mends: str) -> ApiError:
    """Give the refusal (422) of a parameter that cannot be used."""
    return ApiError(422, NenghaoError("parameter-invalid", chinese, english, field=field, **mends))


def error_answer(status: int, error: NenghaoError, headers: dict[str, str] | None = None) -> HttpResponse:
    """Give the error object with a status."""
    body = {
        "code": error.code, "message_zh": error.message_zh, "message_en": error.message_en,
        "mend_zh": error.mend_zh, "mend_en": error.mend_en, "field": error.field,
    }  # fmt: skip
    return HttpResponse(msgspec.json.encode(body), status=status, content_type="application/json", headers=headers)


def _invalid(error: ValidationError) -> NenghaoError:
    """Say the first thing that is wrong with the parameters or the body."""
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    field = str((first.get("loc") or [""])[-1])
    words = str(first.get("msg", "invalid"))
    return NenghaoError("parameter-invalid", f"参数不合要求：{words}", words, field=field)


def install(api: NinjaAPI) -> None:
    """Have every exception of a call answered with the error object."""

    def handle(kind: type[Exception], make: Callable[[Any], HttpResponse]) -> None:
        api.add_exception_handler(kind, lambda _request, error: make(error))

    handle(AuthenticationError, lambda _error: error_answer(401, UNAUTHORISED))
    handle(Http404, lambda _error: error_answer(404, NOT_FOUND))
    handle(PermissionDenied, lambda _error: error_answer(403, FORBIDDEN))
    handle(SuspiciousOperation, lambda _error: error_answer(400, UNREADABLE))
    handle(RequestDataTooBig, lambda _error: error_answer(413, TOO_LARGE))
    handle(ApiError, lambda error: error_answer(error.status, error.error, error.headers))
    handle(NenghaoError, lambda error: error_answer(422, error))
    handle(ValidationError, lambda error: error_answer(422, _invalid(error)))
    handle(HttpError, lambda error: error_answer(error.status_code, UNREADABLE))
    handle(Exception, _unforeseen)


def _unforeseen(error: Exception) -> HttpResponse:
    if is_busy(error):
        log.warning("database-busy", error=str(error))
        return error_answer(503, DatabaseBusyError(), {"Retry-After": str(RETRY_AFTER_S)})
    log.error("open api failed", exc_info=error)
    return error_answer(500, INTERNAL)
