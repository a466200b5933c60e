"""Serving the hub: granian with exactly one worker process, because one process owns the reading store.

The parent watches; the worker serves with many threads. SIGTERM or SIGINT to the parent lets running requests finish,
writes out what waits, closes the store and ends with 0. A parent that is killed outright takes its worker with it:
the worker looks for its parent and ends at once, so that the store's file is free for the next start. Nothing
acknowledged is lost by that, since an upload is acknowledged only when it is on disk.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import structlog
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

log = structlog.get_logger("nenghao.hub.serving")

PARENT_VARIABLE = "NENGHAO_HUB_PARENT"
PARENT_LOOK_S = 0.2
STOP_TIMEOUT_S = 30
BACKLOG = 1024


def serve(
    *,
    host: str,
    port: int,
    threads: int,
    tls_certificate: Path | None = None,
    tls_key: Path | None = None,
    client_ca: Path | None = None,
) -> None:
    """Serve until told to stop; ends the process with 1 when the worker ended by itself."""
    os.environ[PARENT_VARIABLE] = str(os.getpid())
    os.environ["NENGHAO_TLS"] = "1" if tls_certificate else os.environ.get("NENGHAO_TLS", "0")
    server = Server(
        "nenghao.hub.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        backlog=BACKLOG,
        websockets=False,
        ssl_cert=tls_certificate,
        ssl_key=tls_key,
        ssl_ca=client_ca,
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


def end_with_parent() -> None:
    """In a worker of :func:`serve`: end this process as soon as the parent is gone."""
    parent = int(os.environ.get(PARENT_VARIABLE, "0"))
    if parent and parent == os.getppid():
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_S)
    os._exit(1)
