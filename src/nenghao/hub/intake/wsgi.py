"""The wire's short way through the server: the same view, without Django's request cycle around it.

Of the time in which an upload holds the interpreter, Django's handler, its signals (one lock for all threads) and the
address resolver take a fifth; devices need none of it. What the cycle does for database connections is done here after
every call but the hot path, which asks no database unless something is new, and by the view when a call failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections

from nenghao.hub.intake.addresses import wire_name
from nenghao.hub.intake.views import wire

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
HOT = "uploadEnergyData"


def with_short_way(pages: Application) -> Application:
    """Answer the wire's addresses directly and hand all others to ``pages``, Django's application."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        operation = wire_name(environ.get("PATH_INFO", ""))
        if operation is None:
            return pages(environ, start_response)
        response = wire(WSGIRequest(environ), operation)
        if operation != HOT:
            close_old_connections()
        start_response("200 OK", list(response.items()))
        return [response.content]

    return application
