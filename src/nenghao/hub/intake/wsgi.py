"""The wire's short way through the server: the same answers, without Django's request, response and cycle around them.

Of the time in which an upload holds the interpreter these would take a third, and their signals one lock for all
threads; devices need none of it. What the cycle does for database connections is done here: the hot path has none,
unless it had to look whether something is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.handlers.wsgi import LimitedStream, WSGIRequest
from django.db import DEFAULT_DB_ALIAS, close_old_connections, connections

from nenghao.hub.intake.addresses import wire_name
from nenghao.hub.intake.views import CONTENT_TYPE, announced_bytes, base_url, respond
from nenghao.hub.yunnan.views import wire as yunnan_wire
from nenghao.protocol.yunnan import BASE_PATH

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_HEADERS = [("Content-Type", CONTENT_TYPE)]
_YUNNAN = f"/{BASE_PATH}/"


def with_short_way(pages: Application) -> Application:
    """Answer the wire's addresses directly and hand all others to ``pages``, Django's application."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        operation = wire_name(path)
        if operation is not None:
            answer = respond(
                environ, operation, read=LimitedStream(environ["wsgi.input"], announced_bytes(environ)).read,
                base_url=lambda: base_url(WSGIRequest(environ), operation),
            )  # fmt: skip
        elif path.startswith(_YUNNAN) and (operation := path[len(_YUNNAN) :]):
            answer = yunnan_wire(WSGIRequest(environ), operation).content
        else:
            return pages(environ, start_response)
        let_go_of_database()
        start_response("200 OK", _HEADERS)
        return [answer]

    return application


def is_wire(path: str) -> bool:
    """Tell whether an address is answered the short way."""
    return wire_name(path) is not None or (path.startswith(_YUNNAN) and path != _YUNNAN)


def let_go_of_database() -> None:
    """Do for this thread's connection, if it has one, what Django does after a request."""
    if connections[DEFAULT_DB_ALIAS].connection is not None:
        close_old_connections()
