"""In the serving process: one forwarder per active upstream, for as long as the reading store is open."""

from __future__ import annotations

import threading

import structlog
from django.db import DatabaseError, connections

from nenghao.hub.chain.forwarder import Forwarder
from nenghao.hub.chain.models import Upstream
from nenghao.hub.registry.sync import on_change
from nenghao.hub.store import while_open
from nenghao.readings import ReadingStore

log = structlog.get_logger("nenghao.hub.chain")


class Forwarders:
    """Starts and stops forwarders as upstreams are added, paused and removed, by whatever process."""

    def __init__(self, store: ReadingStore) -> None:
        self._store = store
        self._running: dict[int, Forwarder] = {}
        self._condition = threading.Condition()
        self._changed, self._closing = True, False
        self._thread = threading.Thread(target=self._loop, name="chain-forwarders", daemon=True)
        self._forget_change = on_change(self.registry_changed)
        store.on_commit(self.committed)
        self._thread.start()

    def committed(self) -> None:
        """Readings were committed: wake every forwarder."""
        for forwarder in tuple(self._running.values()):
            forwarder.wake()

    def registry_changed(self) -> None:
        """The registry has a newer version: look at the upstreams, wake every forwarder."""
        with self._condition:
            self._changed = True
            self._condition.notify_all()

    def close(self) -> None:
        """Stop all; returns when no thread touches the store any more."""
        self._forget_change()
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()
        for forwarder in self._running.values():
            forwarder.close()

    def _loop(self) -> None:
        try:
            while self._wait():
                self._look()
        finally:
            connections.close_all()

    def _wait(self) -> bool:
        with self._condition:
            self._condition.wait_for(lambda: self._changed or self._closing)
            self._changed = False
            return not self._closing

    def _look(self) -> None:
        try:
            wanted = set(Upstream.objects.filter(is_active=True).values_list("pk", flat=True))
        except DatabaseError as error:
            log.warning("upstreams cannot be looked at", error=str(error))
            return
        for gone in self._running.keys() - wanted:
            self._running.pop(gone).close()
        for new in wanted - self._running.keys():
            self._running = self._running | {new: Forwarder(self._store, new).start()}
        self.committed()


def start_forwarding() -> None:
    """Forward from now on, whenever the store is open."""
    while_open(Forwarders)
