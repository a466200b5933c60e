"""The clock of edge and simulator: real, or accelerated from a base and never past real time.

An accelerated clock shows ``base + (real - epoch) × rate``. Edge and simulator that share base, epoch and rate agree to
the millisecond. When it has caught up with real time it goes on as a real clock.

>>> clock = Clock(base_ms=0, epoch_ms=1_000_000, rate=60.0, real_ms=lambda: 1_002_000)
>>> clock.now_ms()
120000
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from nenghao.errors import NenghaoError
from nenghao.periods import to_ms


def _real_ms() -> int:
    return time.time_ns() // 1_000_000


class ClockConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Section ``[clock]``: all of ``base`` and ``rate`` absent means real time.

    ``base`` is the instant shown at ``epoch`` (the start of the process when absent); ``rate`` is clock seconds per
    real second.
    """

    base: datetime | None = None
    epoch: datetime | None = None
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Tells the time that the plant lives in [epoch ms]."""

    base_ms: int | None = None
    epoch_ms: int = 0
    rate: float = 1.0
    real_ms: Callable[[], int] = _real_ms

    @classmethod
    def of(cls, config: ClockConfig) -> Clock:
        """Make the clock that a configuration describes."""
        if config.rate < 1:
            raise NenghaoError(
                "clock-rate", f"时钟倍率 {config.rate} 小于 1", f"clock rate {config.rate} is below 1",
                field="clock.rate",
                mend_zh="取 1 或更大", mend_en="use 1 or more",
            )  # fmt: skip
        if config.base is None:
            return cls()
        return cls(to_ms(config.base), to_ms(config.epoch) if config.epoch else _real_ms(), config.rate)

    def now_ms(self) -> int:
        """Give the present instant of this clock."""
        real = self.real_ms()
        if self.base_ms is None:
            return real
        return min(real, round(self.base_ms + (real - self.epoch_ms) * self.rate))

    async def sleep_until(self, target_ms: int) -> None:
        """Return as soon as the clock shows ``target_ms``; looks every second, so a clock that was set is noticed."""
        while (left := target_ms - self.now_ms()) > 0:
            await asyncio.sleep(min(1.0, max(0.001, left / self.rate / 1000)))
