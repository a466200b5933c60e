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
