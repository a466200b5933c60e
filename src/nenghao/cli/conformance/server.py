"""The small server behind ``conformance serve``: every POST goes to the platform, some meet a fault on the way."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from nenghao.cli.conformance.faults import Fault

MAX_BODY_BYTES = 64 * 1024 * 1024


class Platform(Protocol):
    """What the server needs of a platform of either dialect."""

    base: str

    def befall(self, path: str, message: object) -> Fault | None:
        """Tell which fault this call meets."""
        ...

    def answer(self, path: str, message: object, raw: bytes, headers: Mapping[str, str]) -> dict[str, Any] | None:
        """Answer one call."""
        ...

    def content_type(self, given: str) -> None:
        """Look at the ``Content-Type`` of a call."""
        ...

    def arrived(self, path: str, message: object, answer: Mapping[str, Any]) -> None:
        """An answer has gone out whole."""
        ...


class Server:
    """A platform being served; ``last_call`` is the monotonic time [s] of the latest call, 0 before the first."""

    def __init__(self, platform: Platform, host: str, port: int, hold_s: float) -> None:
        self.platform, self.hold_s = platform, hold_s
        self.last_call = 0.0
        self.lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"owner": self})
        self.http = ThreadingHTTPServer((host, port), handler)
        self.http.daemon_threads = True


@contextmanager
def serving(
    platform: Platform, *, host: str, port: int, hold_s: float = 45.0, tls: tuple[Path, Path] | None = None,
    client_ca: Path | None = None, public_base: str = "",
) -> Iterator[Server]:  # fmt: skip
    """Serve until the block ends; ``port`` 0 takes a free one. ``tls`` is certificate and key, as PEM files.

    ``hold_s`` is how long a call that meets a timeout is held. ``public_base`` is how gateways reach this host.
    """
    server = Server(platform, host, port, hold_s)
    scheme = "http"
    if tls is not None:
        server.http.socket = _context(tls, client_ca).wrap_socket(
            server.http.socket, server_side=True, do_handshake_on_connect=False
        )
        scheme = "https"
    platform.base = public_base.rstrip("/") or f"{scheme}://{host}:{server.http.server_port}"
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def wait_until_idle(server: Server, idle_s: float) -> None:
    """Come back when nobody has called for ``idle_s`` after the first call; with 0 only an interrupt ends it."""
    while True:
        time.sleep(0.2)
        if idle_s and server.last_call and time.monotonic() - server.last_call > idle_s:
            return


def _context(tls: tuple[Path, Path], client_ca: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*tls)
    if client_ca is not None:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Handler(BaseHTTPRequestHandler):
    owner: Server
    protocol_version = "HTTP/1.1"
    timeout = 120

    def do_POST(self) -> None:
        owner = self.owner
        owner.last_call = time.monotonic()
        raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MAX_BODY_BYTES))
        message = _read(raw)
        with owner.lock:
            fault = owner.platform.befall(self.path, message)
        if fault in ("refusal", "error", "timeout"):
            self._fail(fault)
            return
        with owner.lock:
            owner.platform.content_type(self.headers.get("Content-Type", ""))
            answer = owner.platform.answer(self.path, message, raw, dict(self.headers.items()))
        if fault == "lost":
            self.close_connection = True
            return
        self._say(HTTPStatus.NOT_FOUND if answer is None else HTTPStatus.OK, answer or {})
        with owner.lock:
            owner.platform.arrived(self.path, message, answer or {})
        owner.last_call = time.monotonic()

    def _fail(self, fault: Fault) -> None:
        if fault == "refusal":
            self._say(HTTPStatus.OK, {"responseCode": "1", "responseMessage": "系统繁忙，请重发 / busy, send again"})
        elif fault == "error":
            self._say(HTTPStatus.INTERNAL_SERVER_ERROR, {})
        else:
            deadline = time.monotonic() + self.owner.hold_s
            while time.monotonic() < deadline:
                self.owner.last_call = time.monotonic()
                time.sleep(0.2)
            self.close_connection = True

    def _say(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
        content = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the report tells everything."""


def _read(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return None
