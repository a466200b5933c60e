"""Nonces that were used: a signed request counts once.

A signature is good while its time lies within :data:`WINDOW_S` of the hub's clock, so a nonce must be remembered until
its time is older than that, and never longer. Memory is bounded per sender: who fills it loses its own oldest nonces,
and from then on signatures as old as those are refused, so that forgetting never lets anything through.

The memory is that of one process. After a start, signatures made before it are refused: they may have been used. What
this leaves open is a gateway whose clock is ahead: a request of it, caught before a restart, can be repeated until its
time has passed, by at most :data:`WINDOW_S`.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from nenghao.protocol.signing import WINDOW_S

BUCKET_S = 30
MAX_PER_SENDER = 8_192
SWEEP_S = 60


@dataclass(slots=True)
class _Seen:
    """The nonces of one sender by the time they were signed at, in buckets; nothing before ``floor`` is taken."""

    floor: int
    count: int = 0
    buckets: dict[int, set[bytes]] = field(default_factory=dict)

    def forget(self, before: float) -> None:
        """Drop the buckets that lie wholly before a time."""
        for bucket in [bucket for bucket in self.buckets if (bucket + 1) * BUCKET_S <= before]:
            self.count -= len(self.buckets.pop(bucket))

    def make_room(self) -> None:
        """Drop the oldest bucket and raise the floor above it."""
        oldest = min(self.buckets)
        self.count -= len(self.buckets.pop(oldest))
        self.floor = max(self.floor, (oldest + 1) * BUCKET_S)


class NonceMemory:
    """Remembers nonces per sender; thread-safe.

    >>> memory = NonceMemory(started_at=1000)
    >>> [memory.is_new("a", at, bytes(16), now=1100) for at in (1090, 1090, 999)]
    [True, False, False]
    """

    def __init__(self, started_at: float | None = None) -> None:
        self._floor = int(time.time() if started_at is None else started_at)
        self._senders: dict[str, _Seen] = {}
        self._swept_at = 0.0
        self._lock = threading.Lock()

    def is_new(self, sender: str, timestamp: int, nonce: bytes, *, now: float) -> bool:
        """Take a nonce; tell whether it is the first time. ``timestamp`` was checked to be near ``now``."""
        with self._lock:
            self._sweep(now)
            seen = self._senders.get(sender)
            if seen is None:
                seen = self._senders[sender] = _Seen(self._floor)
            bucket = seen.buckets.setdefault(timestamp // BUCKET_S, set())
            if timestamp < seen.floor or nonce in bucket:
                return False
            bucket.add(nonce)
            seen.count += 1
            if seen.count > MAX_PER_SENDER:
                seen.make_room()
            return True

    @property
    def size(self) -> int:
        """How many nonces are remembered."""
        return sum(seen.count for seen in self._senders.values())

    def _sweep(self, now: float) -> None:
        """Forget, once a minute, what no signature can repeat any more, and senders of whom nothing is left."""
        if abs(now - self._swept_at) < SWEEP_S:
            return
        self._swept_at = now
        for sender, seen in list(self._senders.items()):
            seen.forget(now - WINDOW_S)
            if not seen.count and seen.floor <= now - WINDOW_S:
                del self._senders[sender]
