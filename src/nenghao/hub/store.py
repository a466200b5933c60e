"""The one reading store of the process.

The DuckDB file has one owner: the worker of ``nenghao hub serve``. It is opened by the first request that needs it (or
by the health check) and closed when the process ends. A second process that asks for it is told so, in both languages
(``store-locked``), after a short wait for a predecessor that is just ending.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import structlog
from django.conf import settings

from nenghao.errors import NenghaoError

if TYPE_CHECKING:
    from nenghao.readings import ReadingStore

log = structlog.get_logger("nenghao.hub.store")

FILE_NAME = "readings.duckdb"
LOCK_WAIT_S = 5.0


class Companion(Protocol):
    """What works beside the open store, such as a thread of checks, and must end before it closes."""

    def close(self) -> None:
        """End it; returns when nothing of it touches the store any more."""
        ...


_lock = threading.RLock()
_store: ReadingStore | None = None
_makers: list[Callable[[ReadingStore], Companion]] = []
_companions: list[Companion] = []


def get_store() -> ReadingStore:
    """Give the store, opening it and bringing its data items and factors up to the registry on the first call."""
    global _store  # noqa: PLW0603 -- one per process is the point
    if _store is not None:
        return _store
    with _lock:
        if _store is None:
            opened = _open()
            try:
                _fill(opened)
            except BaseException:
                opened.close()
                raise
            _store = opened
            _companions.extend(make(opened) for make in _makers)
            # daemon=False is not the default in a thread that the server, not Python, has started.
            threading.Thread(target=_close_after_main, name="store-closer", daemon=False).start()
        return _store


def open_store() -> ReadingStore | None:
    """Give the store if this process has opened it already."""
    return _store


def while_open(make: Callable[[ReadingStore], Companion]) -> None:
    """Have something made when the store opens and closed before it closes; at once if it is open."""
    with _lock:
        _makers.append(make)
        if _store is not None:
            _companions.append(make(_store))


def close_store() -> None:
    """Write out what waits and release the file; harmless when it is not open."""
    global _store
    with _lock:
        store, _store = _store, None
        if store is not None:
            while _companions:
                _companions.pop().close()
            store.close()
            log.info("store closed", path=str(store.path))


def _close_after_main() -> None:
    """Close the store once the main thread has ended; ``atexit`` would run only after the store's threads, too late."""
    threading.main_thread().join()
    close_store()


def _open() -> ReadingStore:
    from nenghao.readings import ReadingStore  # noqa: PLC0415 -- with DuckDB: many processes never open a store

    path = settings.NENGHAO_DATA_DIR / FILE_NAME
    give_up = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            store = ReadingStore.open(path, memory_mb=settings.NENGHAO_READINGS_MEMORY_MB)
        except NenghaoError as error:
            if error.code != "store-locked" or time.monotonic() > give_up:
                raise
            time.sleep(0.1)
        else:
            log.info("store opened", path=str(path))
            return store


def _fill(store: ReadingStore) -> None:
    from nenghao.hub.registry.sync import push_all  # noqa: PLC0415 -- models are importable only once Django is set up

    push_all(store)
