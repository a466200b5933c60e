"""Writes a file of register samples for the interval measurement: deterministic by seed, faults and all.

``python -m nenghao.cli.bench.interval_data FILE METERS DAYS SEED``. One meter in a hundred has a fault, in turn: a gap,
revised samples, a spike, a rollover, a replacement. Samples lie in the file in order of arrival, as they would.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np

from nenghao.periods import BEIJING, to_ms
from nenghao.readings.sample_store import append, open_samples
from nenghao.reference import library

START = datetime(2026, 3, 4, tzinfo=BEIJING)
QUARTER_MS = 900_000
MODULUS = 1e6
ENERGIES = ("electricity", "natural_gas", "heat", "fresh_water")
FAULTS = ("gap", "revised", "spike", "rollover", "replaced")
FAULTY_ONE_IN = 100
METERS_PER_ENTERPRISE = 10
FOREVER = date(9999, 1, 1)


@dataclass(slots=True)
class Plant:
    """Registers ``[meter, instant]`` with what arrives of them, and the events."""

    ts_ms: np.ndarray
    register: np.ndarray
    arrives: np.ndarray
    max_rate: np.ndarray
    revised: list[tuple[int, int]]
    replaced: list[tuple[int, int, float, float]]


def simulate(meters: int, days: int, seed: int) -> Plant:
    """Make the registers of all meters: a shift load with noise, resolution 0.01."""
    rng = np.random.default_rng(seed)
    instants = 96 * days + 1
    hour = np.arange(instants - 1) / 4 % 24
    shift = 0.3 + 0.7 * ((hour >= 8) & (hour < 20))
    size = rng.lognormal(3, 1, meters)
    steps = np.round(size[:, None] * shift * rng.uniform(0.5, 1.5, (meters, instants - 1)), 2)
    start = np.round(rng.uniform(1000, 500_000, meters), 2)
    register = np.round(start[:, None] + np.concatenate([np.zeros((meters, 1)), np.cumsum(steps, axis=1)], axis=1), 2)
    ts = to_ms(START) + QUARTER_MS * np.arange(instants)
    plant = Plant(ts, register, np.ones(register.shape, dtype=bool), np.round(size * 20, 1), [], [])
    for turn, meter in enumerate(range(FAULTY_ONE_IN // 2, meters, FAULTY_ONE_IN)):
        _spoil(plant, meter, FAULTS[turn % len(FAULTS)], int(rng.integers(8, instants - 8)))
    return plant


def _spoil(plant: Plant, meter: int, fault: str, at: int) -> None:
    """Put one fault into one meter at instant ``at``."""
    register = plant.register[meter]
    match fault:
        case "gap":
            plant.arrives[meter, at : at + 7] = False
        case "revised":
            plant.revised += [(meter, at), (meter, at + 1)]
        case "spike":
            register[at] += 100_000
        case "rollover":
            register[:] = np.round((register - register[at] + MODULUS) % MODULUS, 2)
        case "replaced":
            final = float(register[at])
            register[at:] = np.round(register[at:] - final + 3, 2)
            plant.replaced.append((meter, int(plant.ts_ms[at]), final, 3.0))


def write(path: Path, meters: int, days: int, seed: int) -> None:
    """Write meters, events, factors and samples of a simulated plant to a new file."""
    plant = simulate(meters, days, seed)
    with open_samples(path) as connection:
        append(connection, "meter", _meter_columns(plant))
        if plant.replaced:
            ids, at_ms, final, initial = zip(*plant.replaced, strict=True)
            columns = {"meter_id": ids, "at_ms": at_ms, "final": final, "initial": initial}
            append(connection, "meter_event", {**columns, "multiplier": np.full(len(ids), np.nan)})
        append(connection, "sample", _sample_columns(plant))
        append(connection, "coal_equivalent_factor", _factor_columns())
        connection.execute("CHECKPOINT")


def _meter_columns(plant: Plant) -> dict[str, object]:
    ids = np.arange(len(plant.register))
    energies = [library().energy_type(ENERGIES[i % len(ENERGIES)]) for i in ids]
    count = len(ids)
    return {
        "id": ids, "enterprise_id": ids // METERS_PER_ENTERPRISE, "energy_key": [e.key for e in energies],
        "unit": [e.base_unit for e in energies], "interval_s": np.full(count, 900.0),
        "multiplier": np.ones(count), "modulus": np.full(count, MODULUS), "max_rate_per_hour": plant.max_rate,
        "installed_at_ms": np.full(count, plant.ts_ms[0]), "removed_at_ms": [None] * count,
    }  # fmt: skip


def _sample_columns(plant: Plant) -> dict[str, object]:
    """Lay the samples out in order of arrival: instant by instant, the revised ones first wrong, later right."""
    instant, meter = np.nonzero(plant.arrives.T)
    ts, register = plant.ts_ms[instant], plant.register[meter, instant]
    again_meter, again = np.array(plant.revised, dtype=np.int64).reshape(-1, 2).T
    wrong = np.isin(meter * len(plant.ts_ms) + instant, again_meter * len(plant.ts_ms) + again)
    late = plant.ts_ms[-1] + 60_000
    return {
        "meter_id": np.concatenate([meter, again_meter]),
        "ts_ms": np.concatenate([ts, plant.ts_ms[again]]),
        "register": np.concatenate([np.where(wrong, register / 2, register), plant.register[again_meter, again]]),
        "received_at_ms": np.concatenate([ts + 5000, np.full(len(again), late)]),
    }


def _factor_columns() -> dict[str, object]:
    found = [factor for key in ENERGIES for factor in library().coal_equivalent_factors(key)]
    return {
        "energy_key": [f.key for f in found],
        "valid_from": [f.valid_from for f in found],
        "valid_until": [f.valid_until or FOREVER for f in found],
        "kgce_per_unit": [f.value for f in found],
        "factor_id": [f.factor_id for f in found],
    }


if __name__ == "__main__":
    write(Path(sys.argv[1]), *(int(word) for word in sys.argv[2:5]))
