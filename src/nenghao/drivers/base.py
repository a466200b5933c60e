"""What every driver gives: samples with their quality, or chunks of history with a cursor.

A driver never raises for a device that is silent or a point that is refused: the sample carries the reason, and the
other points of the same read are kept.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np
import numpy.typing as npt


class Quality(Enum):
    """How far a sample can be trusted."""

    GOOD = "good"
    NOT_AVAILABLE = "not-available"
    """The device says that it has no such value (all ones, NaN)."""
    REFUSED = "refused"
    """The device answered with an exception."""
    NO_ANSWER = "no-answer"
    """Timeout, or no connection."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One point of one device at one instant; ``value`` is in the template's unit, ``None`` unless GOOD.

    >>> Sample("active_energy_import_total", 0, 12.5).quality.value
    'good'
    """

    point: str
    at_ms: int
    value: float | None
    quality: Quality = Quality.GOOD
    reason: str = ""


class Driver(Protocol):
    """A live connection to one device."""

    async def open(self) -> None:
        """Connect; a device that is off is no error, it is tried again at the next read."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...

    async def read(self, points: Sequence[str]) -> list[Sample]:
        """Read the points named, in that order, one sample each."""
        ...


@dataclass(frozen=True, slots=True)
class Problem:
    """One input row that could not be used: where, what, and the words as they stood."""

    where: str
    message_zh: str
    message_en: str


@dataclass(frozen=True, slots=True)
class HistoryChunk:
    """Some rows of history, ready to store: instants [epoch ms], registers, continuity label, cursor after them.

    ``register`` is in the meter's unit before its multiplier. Samples with different ``segment`` numbers do not
    continue each other: what was used between them is unknown, not zero.
    """

    ts_ms: npt.NDArray[np.int64]
    register: npt.NDArray[np.float64]
    segment: npt.NDArray[np.int64]
    cursor: str
    rows_read: int
    problems: tuple[Problem, ...] = field(default=())


class HistorySource(Protocol):
    """A file or table of the past that is read once, in order, and survives restarts by its cursor."""

    @property
    def rows_total(self) -> int:
        """Rows that the whole source holds, for a progress bar."""
        ...

    def chunks(self, after_cursor: str | None) -> AsyncIterator[HistoryChunk]:
        """Yield what follows the cursor (all of it for ``None``)."""
        ...
