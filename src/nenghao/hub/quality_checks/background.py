"""In the serving process: the two threads of the checks live as long as the reading store is open."""

from __future__ import annotations

import threading

import structlog
from django.conf import settings

from nenghao.errors import NenghaoError
from nenghao.hub.quality_checks.arrival import ArrivalChecks
from nenghao.hub.quality_checks.nightly import NightlyChecks
from nenghao.hub.store import get_store, while_open

log = structlog.get_logger("nenghao.hub.quality_checks")


def start_checks() -> None:
    """Check what arrives and every night, from now on; open the store for it without waiting for a request.

    The setting ``NENGHAO_CHECKS=0`` leaves it to ``nenghao hub check-quality``; the marks then wait in the store.
    """
    if not settings.NENGHAO_CHECKS:
        return
    while_open(ArrivalChecks)
    while_open(NightlyChecks)
    threading.Thread(target=_open, name="store-opener", daemon=True).start()


def _open() -> None:
    try:
        get_store()
    except NenghaoError as error:  # another process holds it still: the first request tries again, and says so
        log.warning("reading store not open yet", error=error.code)
