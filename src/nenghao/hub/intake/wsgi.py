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
from nenghao.hub.yunnan.views import wire as yunnan_wire
from nenghao.protocol.yunnan import BASE_PATH

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
HOT = frozenset({"uploadEnergyData", "dataEnterpriseEnergy"})
_YUNNAN = f"/{BASE_PATH}/"


def with_short_way(pages: Application) -> Application:
    """Answer the wire's addresses directly and hand all others to ``pages``, Django's application."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        operation, view = wire_name(path), wire
        if path.startswith(_YUNNAN):
            operation, view = path[len(_YUNNAN) :] or None, yunnan_wire
        if operation is None:
            return pages(environ, start_response)
        response = view(WSGIRequest(environ), operation)
        if operation not in HOT:
            close_old_connections()
        start_response("200 OK", list(response.items()))
        return [response.content]

    return application
