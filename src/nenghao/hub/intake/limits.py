"""Limits of what a caller without rights may cause: entries in the upload log, and registrations.

Counted in the memory of the one serving process, in windows of a minute.
"""

from __future__ import annotations

import threading
import time

WINDOW_S = 60.0
MAX_KEYS = 10_000
"""Callers told apart in a window; all others share one count, so that memory stays bounded."""


class MinuteLimit:
    """Lets an event through at most so often a minute per key; thread-safe.

    >>> limit = MinuteLimit()
    >>> [limit.allows("10.0.0.1", 2) for _ in range(3)], limit.allows("10.0.0.2", 2)
    ([True, True, False], True)
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._ends_at = 0.0
        self._lock = threading.Lock()

    def allows(self, key: str, per_minute: int) -> bool:
        """Count an event; tell whether it is still within the limit."""
        with self._lock:
            now = time.monotonic()
            if now >= self._ends_at:
                self._counts.clear()
                self._ends_at = now + WINDOW_S
            if key not in self._counts and len(self._counts) >= MAX_KEYS:
                key = ""
            self._counts[key] = self._counts.get(key, 0) + 1
            return self._counts[key] <= per_minute


class Pace:
    """Lets a sender go at an even pace, with a minute's worth at once after a rest; thread-safe.

    Keeps one number per sender: when it has worked off what it sent (GCRA, the leaky bucket as a meter).

    >>> pace = Pace()
    >>> [round(pace.wait_s("a", 30, 60, now=at)) for at in (0, 0, 0, 30)]
    [0, 0, 30, 0]
    """

    def __init__(self) -> None:
        self._worked_off: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait_s(self, key: str, cost: int, per_minute: int, *, now: float | None = None) -> float:
        """Count ``cost`` events, or give how long to wait [s] and count nothing.

        More at once than a minute's worth is let through only after a rest, else it never could be.
        """
        at = time.monotonic() if now is None else now
        with self._lock:
            before = max(self._worked_off.get(key, at), at)
            after = before + cost * WINDOW_S / per_minute
            if after - at > WINDOW_S and before > at:
                return max(min(after - WINDOW_S, before) - at, 0.001)
            if len(self._worked_off) >= MAX_KEYS:
                self._worked_off = {other: until for other, until in self._worked_off.items() if until > at}
            self._worked_off[key] = after
            return 0.0
