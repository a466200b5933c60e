"""A thread of the serving process that keeps something computed fresh: woken by changes, resting between rounds."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from typing import ClassVar

import structlog
from django.db import close_old_connections, connections

log = structlog.get_logger("nenghao.hub.keeping")


class Keeper(ABC):
    """Does a round of work after it was woken, for as long as the reading store is open.

    What is stale must be known from what is stored, never from the waking: a round that fails or is cut off by the end
    of the process loses nothing. A new keeper begins with a round, for what an earlier process left.
    """

    name: ClassVar[str]
    """Of the thread."""
    gather_s: ClassVar[float] = 3.0
    """Wait so long after a change before working: what belongs together arrives in several uploads."""
    rest_share: ClassVar[float] = 7.0
    """Rest at least so many times as long as the last round took, so that uploads and pages keep the processor."""
    rests_after_round: ClassVar[bool] = True
    """Whether it rests for the round, or has rested within it."""
    retry_s: ClassVar[float] = 30.0
    """Wait so long after a failure."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._woken = True
        self._closing = False
        self._thread = threading.Thread(target=self._loop, name=self.name, daemon=True)

    @abstractmethod
    def work(self) -> None:
        """Do one round: everything that is stale."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Tell that something changed; returns at once."""
        with self._condition:
            self._woken = True
            self._condition.notify_all()

    def close(self) -> None:
        """Stop after the slice under way; what is stale is computed after the next start."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()

    def goes_on(self) -> bool:
        """Tell whether a round may begin its next slice."""
        return not self._closing

    def _loop(self) -> None:
        try:
            while self._wait():
                self.rest(self.gather_s)
                self._round()
        finally:
            connections.close_all()

    def _round(self) -> None:
        started = time.monotonic()
        try:
            self.work()
            if self.rests_after_round:
                self.rest(self.rest_share * (time.monotonic() - started))
        except Exception as error:  # the database is away, or one part cannot be computed: what is stale stays so
            log.error("keeping failed", keeper=self.name, error=str(error), exc_info=True)
            self.rest(self.retry_s)
            self.wake()
        finally:
            close_old_connections()

    def _wait(self) -> bool:
        with self._condition:
            self._condition.wait_for(lambda: self._woken or self._closing)
            self._woken = False
            return not self._closing

    def rest(self, seconds: float) -> None:
        """Wait, unless the store closes."""
        with self._condition:
            self._condition.wait_for(lambda: self._closing, seconds)
