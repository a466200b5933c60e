"""The platform's clock against ours, from the ``Date`` header of its answers. Nothing here ever sets a clock.

``Date`` has whole seconds, cut off: half a second is added. It was written while the request was under way: half the
round trip is taken off. One answer is good to about a second, the median of several to a fraction of it.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime
from email.utils import parsedate_to_datetime
from statistics import median

SAMPLES = 15
LIMIT_S = 60.0
"""Beyond this, boundaries of periods are in doubt: a sample counts for a boundary within 60 s of it."""
CUT_S = 0.5
LONGEST_WAIT_S = 3600.0


class ClockOffset:
    """The platform's clock minus ours [s]: the median of the last :data:`SAMPLES` answers."""

    def __init__(self) -> None:
        self._samples: deque[float] = deque(maxlen=SAMPLES)

    @property
    def value_s(self) -> float | None:
        """The offset [s], ``None`` before the first answer; positive when the platform's clock is ahead."""
        return median(self._samples) if self._samples else None

    def observe(self, date_header: str, began: datetime, ended: datetime) -> None:
        """Take one answer into account; ``began`` and ``ended`` are our clock around the request (aware)."""
        stamped = _parsed(date_header)
        if stamped is not None:
            middle = began + (ended - began) / 2
            self._samples.append((stamped - middle).total_seconds() + CUT_S)


def retry_after_s(header: str, now: datetime) -> float | None:
    """Read ``Retry-After`` (seconds, or a date) as seconds from ``now``, at most an hour; ``None`` when absent."""
    if header.strip().isdigit():
        return min(float(header), LONGEST_WAIT_S)
    until = _parsed(header)
    return None if until is None else min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT_S)


def _parsed(header: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(header)
    except ValueError:
        return None
    return found if found.tzinfo else None
