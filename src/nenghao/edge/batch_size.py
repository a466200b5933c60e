"""How many values go into one request: less after the platform found one too large, and step by step more again.

A platform's limit is on bytes, often set on a proxy before it, and an operator may raise it; nothing tells so. After
some requests that were taken, a quarter more is tried. Trying costs one refused request at the worst, so every refusal
of a try doubles how many must be taken before the next one.

>>> size = BatchSize(100)
>>> size.too_large(100)
>>> for _ in range(20):
...     size.took(size.most)
>>> size.most
77
"""

from __future__ import annotations

FIRST_PATIENCE, LONGEST_PATIENCE = 10, 2_560
"""Full requests that must be taken before more is tried: at first, and at the most."""


class BatchSize:
    """The number of values of one request; ``full`` is what was configured."""

    def __init__(self, full: int) -> None:
        self.full, self.most = full, full
        self._good, self._patience, self._taken = 0, FIRST_PATIENCE, 0

    def too_large(self, count: int) -> None:
        """A request with ``count`` values was refused as too large: go back to what was taken, else to half of it."""
        if 0 < self._good < count:
            self.most, self._patience = self._good, min(LONGEST_PATIENCE, 2 * self._patience)
        else:
            self.most, self._good = max(1, count // 2), 0
        self._taken = 0

    def took(self, count: int) -> None:
        """A request with ``count`` values was taken; only full ones tell anything."""
        if self.most >= self.full or count < self.most:
            return
        self._good = self.most
        self._taken += 1
        if self._taken >= self._patience:
            self.most, self._taken = min(self.full, self.most + max(1, self.most // 4)), 0
