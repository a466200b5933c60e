"""Calls the hub's WSGI application in this process; every answer passes the checks that hold everywhere."""

from __future__ import annotations

import base64
import io
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from .driver import Outcome

DEADLINE_S = 60.0
"""No call may take longer, on a machine that others use too and with 64 calls under way."""
Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """Give the body as JSON."""
        return json.loads(self.content)


class Caller:
    """Sends requests; ``world`` is what :mod:`tests.fuzz.world` made.

    A thread of its own ends the process (after ``on_hang``) when an answer takes longer than :data:`DEADLINE_S`.
    """

    def __init__(self, application: Application, world: dict[str, Any]) -> None:
        self.application, self.world = application, world
        self._last = threading.local()
        self._running: dict[int, tuple[float, dict[str, Any]]] = {}
        self._addresses = 0

    def send(
        self, outcome: Outcome, method: str, path: str, *, body: bytes = b"", query: Any = "",
        headers: Mapping[str, str] | None = None, address: str = "", hidden: tuple[bytes, ...] = (),
    ) -> tuple[Answer, float]:  # fmt: skip
        """Send one request and give the answer and its time [s]; no 5xx, and nothing of ``hidden`` in it.

        ``path`` is quoted as in an address line. What was sent itself may be repeated in the answer.
        """
        text = query if isinstance(query, str) else urlencode(query, doseq=True, errors="surrogatepass")
        request = {"method": method, "path": path, "query": text, "headers": dict(headers or {}), "body": body}
        self._last.request = request
        me, started = threading.get_ident(), time.monotonic()
        self._running[me] = (started, request)
        try:
            answer = self._call(request, address or self._address())
        finally:
            del self._running[me]
        if answer.status >= 500:
            raise AssertionError(f"{answer.status} {answer.content[:300].decode('utf-8', 'replace')}")
        found = next((word for word in hidden if word in answer.content), None)
        if found is not None and not _holds(request, found):
            raise AssertionError(f"foreign {found.decode('utf-8', 'replace')!r} is in the answer")
        return answer, time.monotonic() - started

    def last(self) -> dict[str, Any] | None:
        """Give this thread's last request as JSON holds it, to be repeated with ``--repeat``."""
        request = getattr(self._last, "request", None)
        return request and written(request)

    def repeat(self, request: dict[str, Any]) -> Answer:
        """Send a request that :meth:`last` gave."""
        return self._call(request | {"body": base64.b64decode(request["body"])}, self._address())

    def watch(self, on_hang: Callable[[str, dict[str, Any]], None]) -> None:
        """Begin to look whether a call hangs."""
        threading.Thread(target=self._watch, args=(on_hang,), name="hang-watch", daemon=True).start()

    def _watch(self, on_hang: Callable[[str, dict[str, Any]], None]) -> None:
        while True:
            time.sleep(1)
            for thread, (since, request) in list(self._running.items()):
                if time.monotonic() - since > DEADLINE_S:
                    frame = sys._current_frames().get(thread)
                    where = "".join(traceback.format_stack(frame)[-8:]) if frame else ""
                    on_hang(f"no answer in {DEADLINE_S:.0f} s\n{where}", written(request))
                    os._exit(3)

    def _address(self) -> str:
        """Give another address to each request: limits per address have their own tests."""
        self._addresses += 1
        return f"10.{self._addresses >> 16 & 255}.{self._addresses >> 8 & 255}.{self._addresses & 255}"

    def _call(self, request: dict[str, Any], address: str) -> Answer:
        began: list[tuple[str, list[tuple[str, str]]]] = []
        said = self.application(environ(request, address), lambda status, heads, *_error: began.append((status, heads)))
        content = b"".join(said)
        if hasattr(said, "close"):
            said.close()
        status, heads = began[0]
        return Answer(int(status[:3]), {name.lower(): value for name, value in heads}, content)


def environ(request: dict[str, Any], address: str) -> dict[str, Any]:
    """Give the WSGI environment of a request."""
    body = request["body"]
    made = {
        "REQUEST_METHOD": request["method"],
        "PATH_INFO": unquote_to_bytes(request["path"]).decode("latin-1"),
        "SCRIPT_NAME": "",
        "QUERY_STRING": request["query"],
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "SERVER_NAME": "hub.test",
        "SERVER_PORT": "80",
        "HTTP_HOST": "hub.test",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request["headers"].items():
        key = name.upper().replace("-", "_")
        made[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    return made


def written(request: dict[str, Any]) -> dict[str, Any]:
    """Give a request as JSON holds it."""
    return request | {"body": base64.b64encode(request["body"]).decode()}


def _holds(request: dict[str, Any], word: bytes) -> bool:
    """Tell whether a word was itself sent."""
    plain = unquote_to_bytes(request["path"]) + b" " + unquote_to_bytes(request["query"].replace("+", " "))
    if word in plain or word in request["body"] or word in str(request["headers"]).encode():
        return True
    return word in unquote_to_bytes(request["body"].replace(b"+", b" "))
