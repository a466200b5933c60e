"""The one reading store of the process.

The DuckDB file has one owner: the worker of ``nenghao hub serve``. It is opened by the first request that needs it (or
by the health check) and closed when the process ends. A second process that asks for it is told so, in both languages
(``store-locked``), after a short wait for a predecessor that is just ending.
"""

from __future__ import annotations

import threading
import time

import structlog
from django.conf import settings

from nenghao.errors import NenghaoError
from nenghao.readings import ReadingStore

log = structlog.get_logger("nenghao.hub.store")

FILE_NAME = "readings.duckdb"
LOCK_WAIT_S = 5.0

_lock = threading.RLock()
_store: ReadingStore | None = None


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
            # daemon=False is not the default in a thread that the server, not Python, has started.
            threading.Thread(target=_close_after_main, name="store-closer", daemon=False).start()
        return _store


def open_store() -> ReadingStore | None:
    """Give the store if this process has opened it already."""
    return _store


def close_store() -> None:
    """Write out what waits and release the file; harmless when it is not open."""
    global _store
    with _lock:
        store, _store = _store, None
        if store is not None:
            store.close()
            log.info("store closed", path=str(store.path))


def _close_after_main() -> None:
    """Close the store once the main thread has ended; ``atexit`` would run only after the store's threads, too late."""
    threading.main_thread().join()
    close_store()


def _open() -> ReadingStore:
    path = settings.NENGHAO_DATA_DIR / FILE_NAME
    give_up = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            store = ReadingStore.open(path)
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
