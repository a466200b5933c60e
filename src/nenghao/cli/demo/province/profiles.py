"""The shape of a plant's days in quarter-hours: shifts, batches, trips; each day's shape sums to 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

QUARTERS = 96
Quarters = npt.NDArray[np.float64]


def day_shapes(pattern: str, rng: np.random.Generator, days: int) -> Quarters:
    """Give ``days × 96`` shares of each day's quantity for one plant; every row sums to 1."""
    make = {"continuous": _continuous, "shifts": _shifts, "batches": _batches, "flat": _flat}[pattern]
    shape = make(rng, days * QUARTERS)
    return _shares(shape.reshape(days, QUARTERS))


def scattered(shapes: Quarters, rng: np.random.Generator, scatter: float) -> Quarters:
    """Give the shapes with a scatter of their own, as a process has it within its plant; rows still sum to 1."""
    noise = _wander(rng, shapes.size, 0.82, scatter).reshape(shapes.shape)
    return _shares(shapes * np.exp(noise))


def _shares(shape: Quarters) -> Quarters:
    return shape / shape.sum(axis=1, keepdims=True)


def _wander(rng: np.random.Generator, count: int, memory: float, scatter: float) -> Quarters:
    """Give a first-order autoregressive series with this standard deviation."""
    shocks = rng.normal(0, scatter * np.sqrt(1 - memory**2), count)
    steps = 40  # the memory after 40 steps is below 0.1 %
    kernel = memory ** np.arange(steps)
    return np.convolve(shocks, kernel)[:count]


def _continuous(rng: np.random.Generator, count: int) -> Quarters:
    shape = np.exp(_wander(rng, count, 0.9, 0.02) + rng.normal(0, 0.012, count))
    for start in rng.integers(0, count, rng.poisson(count / QUARTERS / 30)):
        _trip(shape, int(start), rng)
    return shape


def _trip(shape: Quarters, start: int, rng: np.random.Generator) -> None:
    """An unplanned trip (跳车): load falls within a quarter-hour, stays low, and is brought back in steps."""
    low, hold, ramp = rng.uniform(0.25, 0.6), int(rng.integers(2, 12)), int(rng.integers(4, 14))
    course = np.concatenate([np.full(hold, low), np.linspace(low, 1, ramp)])
    end = min(len(shape), start + len(course))
    shape[start:end] *= course[: end - start]


def _shifts(rng: np.random.Generator, count: int) -> Quarters:
    """Three shifts, the night's a little weaker; hand-overs and meals leave dips."""
    quarter = np.arange(count) % QUARTERS
    shape = np.where(quarter < 32, 0.86, 1.0)
    for handover in (0, 32, 64):
        shape = np.where(quarter == handover, shape * 0.78, shape)
    for meal in (16, 47, 48, 73, 74):
        shape = np.where(quarter == meal, shape * 0.85, shape)
    return shape * np.exp(_wander(rng, count, 0.75, 0.035) + rng.normal(0, 0.02, count))


def _batches(rng: np.random.Generator, count: int) -> Quarters:
    """Charges one after another: heating up, holding, emptying; several furnaces or kettles overlap."""
    total = np.full(count, 0.5)
    for _ in range(3):
        cycle, place = int(rng.integers(10, 25)), int(rng.integers(0, 20))
        while place < count:
            busy = max(4, round(cycle * rng.uniform(0.6, 0.8)))
            course = np.concatenate([np.linspace(0.4, 1, 3), np.full(busy - 3, 0.82)])
            end = min(count, place + busy)
            total[place:end] += course[: end - place]
            place += cycle + int(rng.integers(-1, 3))
    return total * np.exp(rng.normal(0, 0.025, count))


def _flat(rng: np.random.Generator, count: int) -> Quarters:
    quarter = np.arange(count) % QUARTERS
    warm = 1 + 0.02 * np.sin(2 * np.pi * (quarter - 36) / QUARTERS)
    return warm * np.exp(_wander(rng, count, 0.95, 0.006) + rng.normal(0, 0.004, count))
