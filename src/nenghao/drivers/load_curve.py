"""A load curve: exact usage per interval from a CSV file, or made from a described day with a seed.

It answers what a cumulative meter would show at any instant; the simulator replays it, and a simulated past can be
written as a CSV file that the history driver reads, so that past and live registers continue each other.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from nenghao.drivers.usage_file import UsageFile, UsageReader
from nenghao.errors import NenghaoError
from nenghao.periods import BEIJING, OFFSET_MS, from_ms, to_ms


class DayProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A described day: mean rate [unit/h], shape of its 24 hours (any scale), weekend ratio, noise, seed.

    The curve begins at 00:00 of ``start`` and has ``days`` days; it is the same for the same seed, always.
    """

    start: date
    mean_per_hour: float
    days: int = 730
    hours: list[float] = msgspec.field(default_factory=lambda: [1.0] * 24)
    weekend_ratio: float = 1.0
    noise_ratio: float = 0.0
    seed: int = 1
    interval_s: int = 900
    decimals: int = 3


@dataclass(frozen=True, slots=True)
class LoadCurve:
    """Cumulative ticks at the interval ends; ``cumulative[0]`` is 0 at ``start_ms``. After its end it begins again."""

    start_ms: int
    interval_s: int
    decimals: int
    cumulative: npt.NDArray[np.int64]

    def energy_at(self, at_ms: int) -> float:
        """Give the energy used from the start of the curve until ``at_ms`` [unit]; zero before the start."""
        cycles, index, fraction = self._place(at_ms)
        whole = cycles * int(self.cumulative[-1]) + int(self.cumulative[index])
        return (whole + fraction * self._usage(index)) / 10**self.decimals

    def rate_at(self, at_ms: int) -> float:
        """Give the mean rate of the interval that holds ``at_ms`` [unit/h]."""
        return self._usage(self._place(at_ms)[1]) / 10**self.decimals * 3600 / self.interval_s

    def _usage(self, index: int) -> int:
        return int(self.cumulative[index + 1] - self.cumulative[index])

    def _place(self, at_ms: int) -> tuple[int, int, float]:
        intervals, rest = divmod(max(0, at_ms - self.start_ms), self.interval_s * 1000)
        cycles, index = divmod(intervals, len(self.cumulative) - 1)
        return cycles, index, rest / (self.interval_s * 1000)


def curve_from_csv(config: UsageFile, folder: Path) -> LoadCurve:
    """Read a curve from a usage file; refuse one with gaps or rows that cannot be used."""
    rows = list(UsageReader(config, folder).rows())
    whole = all(row.problem is None for row in rows)
    if not rows or not whole or any(a.end_ms != b.start_ms for a, b in pairwise(rows)):
        raise NenghaoError(
            "curve-gaps", f"负荷曲线 {config.csv} 为空、有缺口或有错行",
            f"load curve {config.csv} is empty, has gaps or bad rows",
            field="csv", mend_zh="补齐各时段", mend_en="fill every interval",
        )  # fmt: skip
    ticks = np.array([0, *(row.ticks for row in rows)], dtype=np.int64)
    return LoadCurve(rows[0].start_ms, config.interval_s, config.decimals, np.cumsum(ticks))


def curve_from_profile(profile: DayProfile) -> LoadCurve:
    """Make the curve that a :class:`DayProfile` describes."""
    if len(profile.hours) != 24 or sum(profile.hours) <= 0 or profile.mean_per_hour < 0:
        raise NenghaoError(
            "profile-hours", "负荷形状须为 24 个非负数且不全为 0",
            "hours must be 24 numbers of zero or more, not all zero",
            field="hours", mend_zh="写 24 个数", mend_en="write 24 numbers",
        )  # fmt: skip
    start_ms = to_ms(datetime.combine(profile.start, time(), tzinfo=BEIJING))
    seconds = np.arange(profile.days * 86_400 // profile.interval_s, dtype=np.int64) * profile.interval_s
    shape = np.asarray(profile.hours) / np.mean(profile.hours)
    weekday = ((start_ms + OFFSET_MS) // 86_400_000 + seconds // 86_400 + 3) % 7
    rate = profile.mean_per_hour * shape[seconds % 86_400 // 3600] * np.where(weekday >= 5, profile.weekend_ratio, 1.0)
    noise = 1 + profile.noise_ratio * np.random.default_rng(profile.seed).standard_normal(len(seconds))
    ticks = np.rint(np.clip(rate * noise, 0, None) * profile.interval_s / 3600 * 10**profile.decimals)
    return LoadCurve(
        start_ms, profile.interval_s, profile.decimals, np.concatenate([[0], np.cumsum(ticks.astype(np.int64))])
    )


def write_usage_csv(curve: LoadCurve, path: Path, days: int) -> None:
    """Write the first ``days`` of a curve as ``date,usage`` (start stamps), for the CSV history driver."""
    count = min(days * 86_400 // curve.interval_s, len(curve.cumulative) - 1)
    usage = np.diff(curve.cumulative[: count + 1]).tolist()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "usage"])
        for index, ticks in enumerate(usage):
            stamp = from_ms(curve.start_ms + index * curve.interval_s * 1000)
            writer.writerow(
                [stamp.isoformat(), f"{ticks // 10**curve.decimals}.{ticks % 10**curve.decimals:0{curve.decimals}d}"]
            )
