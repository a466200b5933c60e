"""What a call that cannot be served is answered: always the same JSON object in two languages, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

from nenghao.errors import NenghaoError

if TYPE_CHECKING:
    from ninja import NinjaAPI

log = structlog.get_logger("nenghao.hub.open_api")

UNAUTHORISED = NenghaoError(
    "token-invalid", "没有令牌，或令牌无效、已过期、已撤销", "no token, or it is invalid, expired or revoked",
    field="Authorization", mend_zh="在「数据接口」页创建令牌，请求头写 Authorization: Bearer nh_…",
    mend_en='make a token on the page "Data access" and send the header Authorization: Bearer nh_…',
)  # fmt: skip
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

    def answers(kind: type[Exception], status: int, error: NenghaoError) -> None:
        api.add_exception_handler(kind, lambda _request, _error: error_answer(status, error))

    def unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("open api failed", path=request.path, exc_info=error)
        return error_answer(500, INTERNAL)

    answers(AuthenticationError, 401, UNAUTHORISED)
    answers(Http404, 404, NOT_FOUND)
    answers(PermissionDenied, 403, NenghaoError("forbidden", "无权访问", "this is not allowed"))
    answers(SuspiciousOperation, 400, UNREADABLE)
    answers(RequestDataTooBig, 413, TOO_LARGE)
    api.add_exception_handler(ApiError, lambda _request, e: error_answer(e.status, e.error, e.headers))
    api.add_exception_handler(NenghaoError, lambda _request, e: error_answer(422, e))
    api.add_exception_handler(ValidationError, lambda _request, e: error_answer(422, _invalid(e)))
    api.add_exception_handler(
        HttpError, lambda _request, e: error_answer(e.status_code, UNREADABLE if e.status_code < 500 else INTERNAL)
    )
    api.add_exception_handler(Exception, unforeseen)
