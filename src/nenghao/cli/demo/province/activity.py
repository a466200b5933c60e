"""How much a plant runs on each day: season, week, order book, maintenance stops and the ramps around them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from nenghao.cli.demo.province.blueprints import Industry

Days = npt.NDArray[np.float64]
_STREAM = 3


@dataclass(frozen=True, slots=True)
class Stop:
    """A real stop of the plant (检修或错峰停产), days ``[start, end)``: a natural event, never a fault."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Activity:
    """Output by day as a share of capacity, and the stops that explain its lows."""

    level: Days
    stops: tuple[Stop, ...]


def activity(industry: Industry, number: int, first: date, days: int, seed: int) -> Activity:
    """Draw a year of one plant."""
    rng = np.random.default_rng([seed, _STREAM, number])
    dates = [first + timedelta(days=day) for day in range(days)]
    level = season(industry.season, dates) * _week(industry, dates) * _orders(rng, days)
    stops = (*_seasonal_stops(industry.season, dates), *_maintenance(rng, days, industry.pattern))
    for stop in stops:
        level *= _running(stop, days, ramp=int(rng.integers(1, 4)))
    return Activity(np.clip(level, 0.0, 1.15), stops)


def season(kind: str, dates: list[date]) -> Days:
    """Give the year's shape of the output; 1 is full."""
    turn = np.array([2 * np.pi * (day.timetuple().tm_yday - 200) / 365 for day in dates])
    swing = {"summer": 0.24, "campaign": -0.1}.get(kind, 0.0)
    return 0.94 - abs(swing) / 2 + swing * np.cos(turn)


def cooling(dates: list[date]) -> Days:
    """Give the outdoor temperature's part in a cooling load: 1 on average, more in summer."""
    turn = np.array([2 * np.pi * (day.timetuple().tm_yday - 205) / 365 for day in dates])
    return 1 + 0.28 * np.cos(turn)


def _week(industry: Industry, dates: list[date]) -> Days:
    saturday = (1 + industry.weekend) / 2
    return np.array([{5: saturday, 6: industry.weekend}.get(day.weekday(), 1.0) for day in dates])


def _orders(rng: np.random.Generator, days: int) -> Days:
    """A slow wave of orders and a daily scatter, both multiplicative."""
    shocks, wave = rng.normal(0, 0.012, days), np.empty(days)
    last = rng.normal(0, 0.04)
    for day in range(days):
        last = 0.96 * last + shocks[day]
        wave[day] = last
    return np.exp(wave + rng.normal(0, 0.018, days)) * rng.uniform(0.86, 1.0)


def _maintenance(rng: np.random.Generator, days: int, pattern: str) -> list[Stop]:
    """One long overhaul a year, and short repairs; smelters and data centres hardly stop."""
    if pattern == "flat":
        return []
    length = int(rng.integers(5, 16))
    stops = []
    if days > 60:
        start = int(rng.integers(20, days - length - 5))
        stops.append(Stop(start, start + length, "年度检修"))
    for start in rng.integers(5, max(6, days - 4), rng.poisson(days / 180)):
        stops.append(Stop(int(start), int(start) + int(rng.integers(1, 3)), "临时检修"))
    return stops


def _seasonal_stops(kind: str, dates: list[date]) -> list[Stop]:
    """Cement and brick kilns rest in winter (错峰生产), sugar works rest outside the campaign."""
    resting = {
        "winter_stop": lambda day: day.month == 1 or (day.month == 12 and day.day > 10) or (day.month == 2),
        "campaign": lambda day: 5 <= day.month <= 9,
    }.get(kind)
    if resting is None:
        return []
    marks = np.array([False, *(resting(day) for day in dates), False])
    borders = np.flatnonzero(marks[1:] != marks[:-1])
    reason = "错峰停产" if kind == "winter_stop" else "非榨季停产"
    return [Stop(int(start), int(end), reason) for start, end in borders.reshape(-1, 2)]


def _running(stop: Stop, days: int, ramp: int) -> Days:
    """Give 0 inside a stop, a ramp of some days after it, 1 elsewhere."""
    factor = np.ones(days)
    factor[stop.start : stop.end] = 0.0
    for step in range(ramp):
        day = stop.end + step
        if day < days:
            factor[day] = (step + 1) / (ramp + 1)
    return factor
