"""In the serving process: a thread that keeps the accounts fresh, woken by rollups and by what people enter."""

from __future__ import annotations

import threading
import time
from datetime import datetime

import structlog
from django.conf import settings
from django.db import close_old_connections, connections

from nenghao.hub.energy_accounts.computing import check_reference, refresh
from nenghao.hub.energy_accounts.stale import on_stale
from nenghao.hub.store import while_open
from nenghao.periods import BEIJING
from nenghao.readings import ReadingStore

log = structlog.get_logger("nenghao.hub.energy_accounts")

GATHER_S = 3.0
"""Wait so long after a change before computing: the items of a plant arrive in several uploads."""
REST_SHARE = 7.0
"""Rest at least so many times as long as the last round took, so that uploads keep the processor."""
RETRY_S = 30.0
"""After a failure; the marks stay."""


class AccountKeeper:
    """Computes stale accounts for as long as the store is open."""

    def __init__(self, store: ReadingStore) -> None:
        self._store = store
        self._condition = threading.Condition()
        self._woken = True  # what an earlier process left
        self._closing = False
        self._checked = False
        self._end = on_stale(self.wake)
        self._thread = threading.Thread(target=self._loop, name="energy-accounts", daemon=True)
        store.on_rollup(self.wake)
        self._thread.start()

    def wake(self) -> None:
        """Tell that something changed."""
        with self._condition:
            self._woken = True
            self._condition.notify_all()

    def close(self) -> None:
        """Stop after the slice under way; what is stale is computed after the next start."""
        self._end()
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()

    def _loop(self) -> None:
        try:
            while self._wait():
                self._rest(GATHER_S)
                self._round()
        finally:
            connections.close_all()

    def _round(self) -> None:
        started = time.monotonic()
        try:
            if not self._checked:
                check_reference(self._store)
                self._checked = True
            done = refresh(store=self._store, now=datetime.now(BEIJING), go_on=lambda: not self._closing)
            if done.changed:
                log.info("accounts computed", computed=done.computed, changed=done.changed)
            self._rest(REST_SHARE * (time.monotonic() - started))
        except Exception as error:  # the database is away, or one account cannot be computed: the marks stay
            log.error("accounts failed", error=str(error), exc_info=True)
            self._rest(RETRY_S)
            self.wake()
        finally:
            close_old_connections()

    def _wait(self) -> bool:
        with self._condition:
            self._condition.wait_for(lambda: self._woken or self._closing)
            self._woken = False
            return not self._closing

    def _rest(self, seconds: float) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._closing, seconds)


def start_accounts() -> None:
    """Keep the accounts fresh from now on.

    The setting ``NENGHAO_CHECKS=0`` leaves it to ``nenghao hub accounts refresh``, like the checks; the marks wait.
    """
    if settings.NENGHAO_CHECKS:
        while_open(AccountKeeper)
