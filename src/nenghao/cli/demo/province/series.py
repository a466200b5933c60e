"""What truly happened in a plant: quantities by quarter-hour, day and month, as its registers show them.

The plant's energy is the sum of its processes, auxiliaries and losses; every meter has its own small error and counts
in steps of its register. A day is the sum of its quarter-hours, a month the sum of its days, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from nenghao.cli.demo.province.activity import Activity, activity, cooling
from nenghao.cli.demo.province.plan import EnterprisePlan, ItemPlan, Plan
from nenghao.cli.demo.province.profiles import QUARTERS, day_shapes, scattered

Matrix = npt.NDArray[np.float64]
_STREAM = 4
_IDLE = 0.12
"""What is left of the fixed load while a plant stands still: light, heating, pumps."""


@dataclass(frozen=True, slots=True)
class Series:
    """Quantities in base units: items × days, fine items × quarter-hours of the last days, items × whole months."""

    day: Matrix
    fine: Matrix
    month: Matrix
    activity: Activity


def make_series(plan: Plan, enterprise: EnterprisePlan) -> Series:
    """Draw what happened in one enterprise."""
    course = activity(enterprise.industry, enterprise.number, plan.first, plan.days, plan.seed)
    rng = np.random.default_rng([plan.seed, _STREAM, enterprise.number])
    day = _days(plan, enterprise, course, rng)
    quarters = _quarters(plan, enterprise, day, rng)
    return _registers(plan, enterprise, day, quarters, course)


def _days(plan: Plan, enterprise: EnterprisePlan, course: Activity, rng: np.random.Generator) -> Matrix:
    """Give the true quantity of every item and day; plants are made of their parts afterwards."""
    values = np.zeros((len(enterprise.items), plan.days))
    weather = np.ones(plan.days)
    if enterprise.industry.season == "cooling":
        weather = cooling([plan.first + timedelta(days=day) for day in range(plan.days)])
    for row, item in enumerate(enterprise.items):
        values[row] = item.per_day * _level(enterprise, item, course, weather, rng)
    for row, item in enumerate(enterprise.items):
        parts = [other for other in enterprise.rows(energy=item.energy_key) if enterprise.items[other].process]
        if item.kind == "energy" and item.plant and parts:
            values[row] = values[parts].sum(axis=0) * _losses(item, rng, plan.days)
    return values


def _level(
    enterprise: EnterprisePlan, item: ItemPlan, course: Activity, weather: Matrix, rng: np.random.Generator
) -> Matrix:
    """Give an item's day as a share of its full day."""
    running = course.level > 0
    if item.kind in {"product", "value"}:
        price = np.exp(np.cumsum(rng.normal(0, 0.002, len(running)))) if item.kind == "value" else 1.0
        return course.level * np.exp(rng.normal(0, 0.006, len(running))) * price
    fixed = {"electricity": enterprise.industry.fixed_share, "fresh_water": 0.25}.get(item.energy_key, 0.05)
    scatter = {"electricity": 0.012, "fresh_water": 0.03}.get(item.energy_key, 0.02)
    if "制冷" in item.name:
        weather = weather**2
    load = np.where(running, fixed, fixed * _IDLE) + (1 - fixed) * course.level
    return load * weather * np.exp(rng.normal(0, scatter, len(running)))


def _losses(item: ItemPlan, rng: np.random.Generator, days: int) -> Matrix:
    """Give plant over sum of parts: transformer, line and pipe losses, steady but not constant."""
    usual = rng.uniform(1.006, 1.02) if item.energy_key == "electricity" else rng.uniform(1.002, 1.012)
    return usual + rng.normal(0, 0.0015, days)


def _quarters(plan: Plan, enterprise: EnterprisePlan, day: Matrix, rng: np.random.Generator) -> Matrix:
    """Spread the last days of the fine items over quarter-hours; the plant's electricity follows its processes."""
    rows, count = enterprise.fine_rows, plan.fine_days
    fine = np.zeros((len(rows), count * QUARTERS))
    if not rows:
        return fine
    shapes = day_shapes(enterprise.industry.pattern, rng, count)
    scatter = 0.012 if enterprise.industry.pattern == "flat" else 0.05
    for place, row in enumerate(rows):
        fine[place] = (scattered(shapes, rng, scatter) * day[row, -count:, None]).ravel()
    power = [place for place, row in enumerate(rows) if enterprise.items[row].energy_key == "electricity"]
    plant, parts = power[0], power[1:]
    losses = day[rows[plant], -count:] / day[[rows[part] for part in parts], -count:].sum(axis=0)
    fine[plant] = fine[parts].sum(axis=0) * np.repeat(losses, QUARTERS)
    return fine


def _registers(plan: Plan, enterprise: EnterprisePlan, day: Matrix, quarters: Matrix, course: Activity) -> Series:
    """Let every quantity pass its register: the meter's own error, then whole steps."""
    rng = np.random.default_rng([plan.seed, _STREAM, enterprise.number, 1])
    days, fine = np.empty_like(day), np.empty_like(quarters)
    early = plan.days - plan.fine_days
    places = {row: place for place, row in enumerate(enterprise.fine_rows)}
    for row, item in enumerate(enterprise.items):
        gain = 1 + (rng.normal(0, 0.002) if item.metered else 0.0)
        if row not in places:
            days[row] = _steps(day[row] * gain, item.resolution)
            continue
        passed = _steps(np.concatenate([day[row, :early], quarters[places[row]]]) * gain, item.resolution)
        fine[places[row]] = passed[early:]
        days[row, :early] = passed[:early]
        days[row, early:] = np.round(passed[early:].reshape(-1, QUARTERS).sum(axis=1), 6)
    month = np.stack([days[:, start:end].sum(axis=1) for start, end, _ in plan.months], axis=1) if plan.months else (
        np.zeros((len(days), 0))
    )  # fmt: skip
    return Series(days, fine, np.round(month, 6), course)


def _steps(quantity: Matrix, resolution: float) -> Matrix:
    """Give the differences of a register that counts in whole steps."""
    ticks = np.rint(np.cumsum(quantity) / resolution)
    return np.round(np.diff(ticks, prepend=0.0) * resolution, 6)
