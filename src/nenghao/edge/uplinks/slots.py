"""The daily upload slot: when a finished day is due at a destination.

A platform gives every unit a time of day (``uploadTime``) so that not all send at once. Rows of a day wait for the slot
of the next day; rows of a month or year for the slot of the day after their end. Whatever has its slot behind it does
not wait for another: after an outage the backlog is sent as soon as the platform answers.

>>> slot = Slot(at_s=2 * 3600)
>>> noon = 1_772_596_800_000  # 2026-03-04T12:00+08:00
>>> str(from_ms(slot.due(noon).day_ms)), str(from_ms(slot.next_ms(noon)))
('2026-03-04 00:00:00+08:00', '2026-03-05 02:00:00+08:00')
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

import numpy as np

from nenghao.edge.book import ALL, Due
from nenghao.edge.destinations import DestinationSection
from nenghao.periods import PeriodKind, floor_ms, from_ms

DAY_MS = 86_400_000
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


@dataclass(frozen=True, slots=True)
class Slot:
    """``at_s`` is the second of the Beijing day at which the days before are due."""

    at_s: int

    def due(self, now_ms: int) -> Due:
        """Tell what is due at ``now_ms``."""
        midnight = _floor(now_ms, PeriodKind.DAY)
        day_ms = midnight if now_ms >= midnight + self.at_s * 1000 else midnight - DAY_MS
        return Due(day_ms, _floor(day_ms, PeriodKind.MONTH), _floor(day_ms, PeriodKind.YEAR))

    def next_ms(self, now_ms: int) -> int:
        """Give the next slot after ``now_ms``."""
        today = _floor(now_ms, PeriodKind.DAY) + self.at_s * 1000
        return today if today > now_ms else today + DAY_MS

    @property
    def text(self) -> str:
        """The time of day, as people read it."""
        return f"{self.at_s // 3600:02d}:{self.at_s // 60 % 60:02d}:{self.at_s % 60:02d}"


def slot_of(section: DestinationSection, upload_time: str, device_id: str) -> Slot | None:
    """Give a destination's slot; ``None`` when it sends at once.

    The jitter is the device's own, the same every day: within ``slot_window_s`` after the time given.
    """
    asked = upload_time if section.slot == "platform" else section.slot
    found = _TIME.fullmatch(asked.strip())
    if section.slot == "immediately" or not found:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    start_s = hour * 3600 + minute * 60 + second
    return Slot(min(start_s + jitter_s(device_id, section.slot_window_s), DAY_MS // 1000 - 1))


def jitter_s(device_id: str, window_s: int) -> int:
    """Give a device's place in a window: evenly spread over devices, the same for one device.

    >>> jitter_s("ab", 900) == jitter_s("ab", 900), 0 <= jitter_s("cd", 900) < 900, jitter_s("x", 0)
    (True, True, 0)
    """
    spread = int.from_bytes(hashlib.sha256(device_id.encode()).digest()[:8])
    return spread % window_s if window_s else 0


def due_now(slot: Slot | None, now_ms: int) -> Due:
    """Tell what is due: everything when there is no slot."""
    return ALL if slot is None else slot.due(now_ms)


def next_slot_text(slot: Slot | None, now_ms: int) -> str:
    """Give the next slot for a person."""
    return "immediately" if slot is None else from_ms(slot.next_ms(now_ms)).strftime("%Y-%m-%d %H:%M:%S")


def _floor(instant_ms: int, kind: PeriodKind) -> int:
    return int(floor_ms(np.array([instant_ms]), kind)[0])
