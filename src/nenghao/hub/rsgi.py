"""The hub as granian serves it (RSGI): an event loop that answers uploads itself and hands all else to threads.

Pages and the other operations of the wire are a WSGI application (:mod:`nenghao.hub.wsgi`), run on a pool of threads; a
thread is taken once the body is here (:mod:`nenghao.hub.bodies`). An answer in pieces goes out piece by piece.
"""

from __future__ import annotations

import asyncio
import gc
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

from granian.rsgi import ProtocolClosed  # pyright: ignore[reportPrivateImportUsage] -- the name granian documents

from nenghao.hub.bodies import LARGEST_BYTES, Bodies, BodyError
from nenghao.hub.intake.at_once import Uploads, may_be_at_once
from nenghao.hub.intake.views import CONTENT_TYPE, announced_bytes
from nenghao.hub.intake.wsgi import is_wire

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
SMALL_BODY_BYTES = 65_536
COLLECT_AFTER = (30_000, 20, 20)
"""Python's thresholds of garbage collection. What a page or an upload makes goes without it; with the usual ones
(700, 10, 10) a large page waited every few times for a search of everything that the process holds, some 0.2 s."""
_WIRE_HEADERS = [("content-type", CONTENT_TYPE)]
_REFUSED_HEADERS = [("content-type", "text/plain;charset=UTF-8"), ("connection", "close")]
_ALWAYS = {
    "SCRIPT_NAME": "", "wsgi.version": (1, 0), "wsgi.errors": sys.stderr, "wsgi.multithread": True,
    "wsgi.multiprocess": False, "wsgi.run_once": False,
}  # fmt: skip
_WITHOUT_HTTP = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


class RsgiApplication:
    """Serves a WSGI application on threads, and uploads on the loop itself."""

    def __init__(self, application: Application, *, threads: int, bodies: Bodies | None = None) -> None:
        self._application = application
        self._bodies = bodies or Bodies()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop that requests will come on."""
        gc.set_threshold(*COLLECT_AFTER)
        self._loop = loop
        self._uploads = Uploads(loop, self._on_thread)

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """Wait for what the threads still do."""
        self._pool.shutdown()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request; of a caller who has left before saying all of it nobody takes notice."""
        with suppress(ProtocolClosed):
            await self._answer(scope, protocol)

    async def _answer(self, scope: Any, protocol: Any) -> None:
        environ = environ_of(scope)
        size = announced_bytes(environ)
        if size > SMALL_BODY_BYTES:
            try:
                environ["wsgi.input"] = await self._large(environ, size, protocol)
            except BodyError as error:
                protocol.response_str(error.status, _REFUSED_HEADERS, error.words)
                return
        else:
            body = await protocol() if size else b""  # a size that is not announced has no bound: it is not read
            if may_be_at_once(environ) and (answer := await self._uploads.answer(environ, body)) is not None:
                protocol.response_bytes(200, _WIRE_HEADERS, answer)
                return
            environ["wsgi.input"] = io.BytesIO(body)
        await self._on_thread(self._run, environ, protocol)

    async def _large(self, environ: dict[str, Any], size: int, protocol: Any) -> IO[bytes]:
        if size <= LARGEST_BYTES:
            return await self._bodies.whole(protocol)
        if is_wire(environ["PATH_INFO"]):  # says in its own words that it is too large, without reading it
            return io.BytesIO()
        raise BodyError(413)

    def _on_thread(self, function: Callable[..., Any], /, *given: Any) -> asyncio.Future[Any]:
        return self._loop.run_in_executor(self._pool, function, *given)

    def _run(self, environ: dict[str, Any], protocol: Any) -> None:
        """Run the application on a thread, and give its answer whole or, where it is made in pieces, piece by piece."""
        head = _Head()
        pieces = self._application(environ, head)
        try:
            if getattr(pieces, "streaming", False):
                self._stream(head, pieces, protocol)
            else:
                protocol.response_bytes(head.status, head.headers, b"".join(pieces))
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
            environ["wsgi.input"].close()

    def _stream(self, head: _Head, pieces: Iterable[bytes], protocol: Any) -> None:
        transport = protocol.response_stream(head.status, head.headers)
        for piece in pieces:
            asyncio.run_coroutine_threadsafe(_send(transport, piece), self._loop).result()


async def _send(transport: Any, piece: bytes) -> None:
    await transport.send_bytes(piece)


@dataclass(slots=True)
class _Head:
    """WSGI's ``start_response``: takes status and headers."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
        self.status, self.headers = int(status[:3]), headers


def environ_of(scope: Any) -> dict[str, Any]:
    """Give the WSGI environment of an RSGI request (PEP 3333), without ``wsgi.input``.

    A header whose name has an underscore is dropped: as a variable it would look like another one's.
    """
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = _ALWAYS | {
        "REQUEST_METHOD": scope.method, "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string, "SERVER_PROTOCOL": f"HTTP/{scope.http_version}", "SERVER_NAME": server,
        "SERVER_PORT": port, "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
    }  # fmt: skip
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = _WITHOUT_HTTP.get(name) or "HTTP_" + name.upper().replace("-", "_")
        if key in environ:
            environ[key] += ("; " if name == "cookie" else ",") + value
        else:
            environ[key] = value
    if scope.authority and "HTTP_HOST" not in environ:  # HTTP/2
        environ["HTTP_HOST"] = scope.authority
    return environ
