"""The proof after a chaos run: what the access ends acknowledged, what each platform holds, what the histories say."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb

from nenghao.cli.chaos.plants import SLOTS, Plant
from nenghao.cli.demo.hub_process import enterprise_codes, stored_readings

Key = tuple[str, str, int, datetime]
"""Enterprise code, data code, statistic type, period start (Beijing wall time)."""
TOLERANCE = 1e-9


def acknowledged(plants: Sequence[Plant]) -> tuple[dict[Key, float], int]:
    """Give every value that the access ends hold for acknowledged, and how many rows they hold that are not."""
    query = (files("nenghao.cli.chaos") / "acknowledged.sql").read_text(encoding="utf-8")
    values: dict[Key, float] = {}
    others = 0
    for plant in plants:
        with contextlib.closing(plant.ledger()) as ledger:
            for code, stat_type, start_ms, value, settled in ledger.execute(query):
                start = datetime.fromtimestamp(start_ms / 1000, UTC).replace(tzinfo=None) + timedelta(hours=8)
                values[plant.code, code, stat_type, start] = value
                others += not settled  # NULL: never even on its way
    return values, others


def stored(folder: Path) -> dict[Key, float]:
    """Give every current value of a stopped platform."""
    return {row[:4]: row.value for row in stored_readings(folder) if row.value is not None}


def rolled_up(folder: Path) -> dict[tuple[str, str, date], float]:
    """Give the days that a stopped platform adds up, by enterprise code and data code."""
    codes = enterprise_codes(folder)
    query = (files("nenghao.cli.chaos") / "days.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(folder / "readings.duckdb"), read_only=True) as connection:
        return {(codes[row[0]], row[1], row[2]): row[3] for row in connection.execute(query).fetchall()}


def differences(wanted: dict[Key, float], got: dict[Key, float]) -> dict[str, int]:
    """Count what is lost, what nobody sent, and what has another value."""
    common = wanted.keys() & got.keys()
    return {
        "lost": len(wanted.keys() - got.keys()), "unsent": len(got.keys() - wanted.keys()),
        "different": sum(not math.isclose(wanted[key], got[key], rel_tol=1e-12, abs_tol=TOLERANCE) for key in common),
    }  # fmt: skip


def wrong_days(plants: Sequence[Plant], folder: Path) -> int:
    """Count the days whose sum is not the history's: something lost, doubled or changed on the whole way."""
    days = rolled_up(folder)
    return sum(
        not math.isclose(days.get((plant.code, code, day), math.nan), total, rel_tol=1e-12, abs_tol=1e-6)
        for plant in plants
        for (code, day), total in plant.day_sums().items()
    )


def expected_records(plants: Sequence[Plant]) -> int:
    """Give how many records the plants' histories make: quarter-hours and days (months besides)."""
    return sum(plant.days * (SLOTS + 1) * 2 for plant in plants)
