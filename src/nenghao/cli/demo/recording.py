"""The recording of the steel plant: 365 days of 96 quarter hours of electricity [kWh].

The file's quirks (see ``data/ATTRIBUTION.md``): a byte-order mark; each stamp is the end of its interval; the last
interval of a day is stamped 00:00 with the same date and stands at the end of the day's 96 rows. A day is therefore its
block of 96 rows, whatever the stamps say.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nenghao.cli.demo.timeline import FIRST_RECORDED

STEEL_PLANT = Path(__file__).parent / "data" / "steel-plant-2018.csv"
ROWS_A_DAY = 96


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """One day as the file has it: the 96 rows as text, and their electricity [kWh]."""

    day: date
    rows: tuple[tuple[str, ...], ...]
    usage_kwh: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recording:
    """All recorded days by date, and the file's header."""

    header: tuple[str, ...]
    days: dict[date, RecordedDay]


def load(path: Path = STEEL_PLANT) -> Recording:
    """Read the whole recording.

    >>> round(float(load().days[date(2018, 1, 1)].usage_kwh.sum()), 2)
    416.53
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    days = {}
    for start in range(0, len(rows), ROWS_A_DAY):
        block = tuple(tuple(row) for row in rows[start : start + ROWS_A_DAY])
        day = FIRST_RECORDED + timedelta(days=start // ROWS_A_DAY)
        days[day] = RecordedDay(day, block, np.array([float(row[1]) for row in block]))
    return Recording(tuple(header), days)
