"""Serving the hub: granian with exactly one worker process, because one process owns the reading store.

The parent watches; the worker serves with many threads. SIGTERM or SIGINT to the parent lets running requests finish,
writes out what waits, closes the store and ends with 0. A parent that is killed outright takes its worker with it:
the worker looks for its parent and ends at once, so that the store's file is free for the next start. Nothing
acknowledged is lost by that, since an upload is acknowledged only when it is on disk.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from pathlib import Path

import structlog
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels
from granian.server import Server

from nenghao.errors import NenghaoError

log = structlog.get_logger("nenghao.hub.serving")

MIN_TLS = {"1.2": SSLProtocols.tls12, "1.3": SSLProtocols.tls13}
"""Gateways in the field speak TLS 1.2; the server's own default would refuse them."""
PARENT_VARIABLE = "NENGHAO_HUB_PARENT"
THREADS_VARIABLE = "NENGHAO_HUB_THREADS"
PARENT_LOOK_S = 0.2
ADDRESS_WAIT_S = 3.0
STOP_TIMEOUT_S = 30
BACKLOG = 1024
MALLOC_ARENAS = "2"
"""Heaps of the C library: one per request thread would each keep what was freed in it."""


def serve(
    *,
    host: str,
    port: int,
    threads: int,
    tls_certificate: Path | None = None,
    tls_key: Path | None = None,
    client_ca: Path | None = None,
    min_tls: str = "1.2",
) -> None:
    """Serve until told to stop; ends the process with 1 when the worker ended by itself.

    Raises ``address-unusable`` when something listens there already.
    """
    _require_free(host, port)
    os.environ[PARENT_VARIABLE] = str(os.getpid())
    os.environ.setdefault("MALLOC_ARENA_MAX", MALLOC_ARENAS)  # read by the C library of the worker when it starts
    os.environ[THREADS_VARIABLE] = str(threads)
    server = Server(
        "nenghao.hub.wsgi:served",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        workers=1,
        backlog=BACKLOG,
        websockets=False,
        ssl_cert=tls_certificate,
        ssl_key=tls_key,
        ssl_ca=client_ca,
        ssl_protocol_min=MIN_TLS[min_tls],
        ssl_client_verify=client_ca is not None,
        workers_kill_timeout=STOP_TIMEOUT_S,
        log_level=LogLevels.error,
    )
    scheme = "https" if tls_certificate else "http"
    log.info("hub starts", address=f"{scheme}://{host}:{port}", pid=os.getpid())
    server.serve()
    log.info("hub stopped")
    if server.interrupt_children:
        sys.exit(1)


def _require_free(host: str, port: int) -> None:
    """Refuse an address that cannot be listened on.

    The server itself would not notice: it sets ``SO_REUSEPORT``, and two hubs would then each get half of the requests.
    A predecessor that was killed may still be ending: it is waited for.
    """
    give_up = time.monotonic() + ADDRESS_WAIT_S
    while (error := _address_problem(host, port)) and time.monotonic() < give_up:
        time.sleep(PARENT_LOOK_S)
    if error:
        raise NenghaoError(
            "address-unusable", f"无法在 {host}:{port} 监听: {error.strerror}",
            f"cannot listen on {host}:{port}: {error.strerror}", field="port",
            mend_zh="先停止占用该端口的程序，或用 --port 另选端口",
            mend_en="stop the program that uses the port, or choose another with --port",
        ) from error  # fmt: skip


def _address_problem(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as after a restart: not for a listener
            probe.bind(address)
    except OSError as error:
        return error
    return None


def request_threads() -> int:
    """In a worker of :func:`serve`: give the number of threads for what has to wait."""
    return int(os.environ.get(THREADS_VARIABLE, "128"))


def end_with_parent() -> None:
    """In a worker of :func:`serve`: end this process as soon as the parent is gone."""
    parent = int(os.environ.get(PARENT_VARIABLE, "0"))
    if parent and parent == os.getppid():
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_S)
    os._exit(1)
