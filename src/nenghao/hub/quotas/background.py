"""In the serving process: a thread that keeps verdicts fresh, woken by accounts, outputs, rules and products."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import transaction

from nenghao.hub.energy_accounts.models import AccountRule
from nenghao.hub.energy_accounts.stale import on_computed
from nenghao.hub.keeping import Keeper
from nenghao.hub.production.models import ProductOutput
from nenghao.hub.store import while_open
from nenghao.periods import BEIJING

if TYPE_CHECKING:
    from nenghao.readings import ReadingStore

log = structlog.get_logger("nenghao.hub.quotas")

_wakers: list[Callable[[], None]] = []


class VerdictKeeper(Keeper):
    """Computes stale verdicts for as long as the store is open."""

    name = "quota-verdicts"

    def __init__(self, store: ReadingStore) -> None:
        super().__init__()
        self._store = store
        self._end = on_computed(self.wake)
        _wakers.append(self.wake)
        store.on_rollup(self.wake)  # an uploaded output changes no account
        self.start()

    def close(self) -> None:
        """Stop listening, then stop."""
        self._end()
        _wakers.remove(self.wake)
        super().close()

    def work(self) -> None:
        """Compute what is stale, the newest year first."""
        # With the store's libraries: every command loads this module, to hear of changes.
        from nenghao.hub.quotas.services import refresh_all  # noqa: PLC0415

        changed = refresh_all(store=self._store, now=datetime.now(BEIJING), go_on=self.goes_on)
        if changed:
            log.info("verdicts computed", changed=changed)


def start_verdicts() -> None:
    """Keep the verdicts fresh from now on; ``NENGHAO_CHECKS=0`` leaves it to ``nenghao hub quotas refresh``."""
    if settings.NENGHAO_CHECKS:
        while_open(VerdictKeeper)


def follow_ledgers(sender: type[Any], **_: Any) -> None:
    """Wake after outputs or rules of allocation were entered."""
    if sender in {ProductOutput, AccountRule}:
        transaction.on_commit(_wake)


def follow_products(**_: Any) -> None:
    """Wake after a product was made, changed or removed."""
    transaction.on_commit(_wake)


def _wake() -> None:
    for wake in tuple(_wakers):
        wake()
