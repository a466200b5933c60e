"""In the serving process: a thread that keeps the accounts fresh, woken by rollups and by what people enter."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.conf import settings

from nenghao.hub.energy_accounts.computing import check_reference, refresh
from nenghao.hub.energy_accounts.stale import on_stale
from nenghao.hub.keeping import Keeper
from nenghao.hub.store import while_open
from nenghao.periods import BEIJING
from nenghao.readings import ReadingStore

log = structlog.get_logger("nenghao.hub.energy_accounts")


class AccountKeeper(Keeper):
    """Computes stale accounts for as long as the store is open."""

    name = "energy-accounts"

    def __init__(self, store: ReadingStore) -> None:
        super().__init__()
        self._store = store
        self._checked = False
        self._end = on_stale(self.wake)
        store.on_rollup(self.wake)
        self.start()

    def close(self) -> None:
        """Stop listening, then stop."""
        self._end()
        super().close()

    def work(self) -> None:
        """Compute what is stale, the newest month first."""
        if not self._checked:
            check_reference(self._store)
            self._checked = True
        done = refresh(store=self._store, now=datetime.now(BEIJING), go_on=self.goes_on)
        if done.changed:
            log.info("accounts computed", computed=done.computed, changed=done.changed)


def start_accounts() -> None:
    """Keep the accounts fresh from now on.

    The setting ``NENGHAO_CHECKS=0`` leaves it to ``nenghao hub accounts refresh``, like the checks; the marks wait.
    """
    if settings.NENGHAO_CHECKS:
        while_open(AccountKeeper)
