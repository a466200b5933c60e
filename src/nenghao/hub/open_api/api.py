"""The open API under ``/api/v1/``: its routers, its description, and what every answer has in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from ninja import NinjaAPI

from nenghao.hub.open_api import (
    codes_calls,
    feedback_calls,
    monthly_calls,
    quality_calls,
    readings_calls,
    registry_calls,
    rollups_calls,
    statements_calls,
)
from nenghao.hub.open_api.auth import TokenAuth
from nenghao.hub.open_api.errors import METHOD, NOT_FOUND, error_answer, install

DESCRIPTION = """\
能耗在线监测数据接口：令牌只能看到其账号所属节点的数据。时间均为北京时间（+08:00），时段左闭右开；
未知为 null，绝不为 0；数值单位写在列名里或同行的 unit 列；factor_status 为 unverified 的结果须注明「待核」。

Open API of nenghao: a token sees the data of its account's node and nothing else. Times are Beijing time (+08:00),
periods half-open; what is not known is null, never 0; units stand in the name of the column or in the column `unit` of
the same row; a result whose factor_status is unverified must be shown as 待核.

JSON、CSV、Arrow：`?format=` 或 Accept / JSON, CSV or Arrow by `?format=` or the Accept header.
分页：`next_cursor` → `?cursor=` / paging: give `next_cursor` back as `?cursor=` with the same parameters.
"""

api = NinjaAPI(
    title="nenghao 数据接口 / open API", version="1.0.0", description=DESCRIPTION, docs_url=None, auth=TokenAuth(),
    urls_namespace="open-api",
)  # fmt: skip
install(api)
for calls in (
    registry_calls, readings_calls, rollups_calls, quality_calls, monthly_calls, feedback_calls, codes_calls,
    statements_calls,
):  # fmt: skip
    api.add_router("", calls.router)


def common(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep answers out of every cache, and say in the API's own form that a method is not known."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            response = error_answer(405, METHOD, {"Allow": response.headers.get("Allow", "")})
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        if response.status_code == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response

    return answered


@common
def nothing_here(_request: HttpRequest, **_rest: str) -> HttpResponse:
    """Answer an address under ``/api/`` that there is not."""
    return error_answer(404, NOT_FOUND)


def api_patterns() -> list[URLPattern]:
    """Give the addresses of the API, each with what all answers have in common."""
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        pattern.callback = common(pattern.callback)  # type: ignore[arg-type]
    return patterns
