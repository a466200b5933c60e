"""In the serving process: brings changes of the registry that another process made to the reading store.

One thread of its own looks at one row a second; requests are not held up by it, and nothing need be uploaded first.
"""

from __future__ import annotations

import threading

import structlog
from django.db import close_old_connections

from nenghao.hub.registry.sync import refresh

log = structlog.get_logger("nenghao.hub.registry.watch")

LOOK_EVERY_S = 1.0


def start_watch() -> None:
    """Watch for as long as the process lives."""
    threading.Thread(target=_watch, name="registry-watch", daemon=True).start()


def _watch() -> None:
    stop, failing = threading.Event(), False
    while not stop.wait(LOOK_EVERY_S):
        try:
            refresh()
            failing = False
        except Exception as error:  # the database is away, or the store is closing: look again
            if not failing:
                log.warning("registry cannot be looked at", error=str(error))
            failing = True
        finally:
            close_old_connections()
