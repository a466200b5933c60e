"""Simulated gas, steam and water of the plant. Invented, and labelled so wherever they appear.

The recording holds electricity only. So that the pages have more than one energy, three meters are simulated: each
follows the plant's measured electric load with a base, a share and some noise. The same day gives the same values
(the seed is the date), on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class SimulatedMeter:
    """One simulated meter: what flows in a quarter hour at no load, and per kWh of electricity, with relative noise."""

    meter_id: str
    energy_key: str
    unit: str
    name_zh: str
    name_en: str
    base_per_quarter: float
    per_kwh: float
    noise: float
    decimals: int
    seed: int

    def usage(self, recorded_day: date, electricity_kwh: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Give the 96 quarter hours of one day [unit], rounded to the meter's resolution."""
        rng = np.random.default_rng([self.seed, recorded_day.toordinal()])
        noise = rng.normal(1.0, self.noise, len(electricity_kwh)).clip(0.5, 1.5)
        return np.round((self.base_per_quarter + self.per_kwh * electricity_kwh) * noise, self.decimals)


SIMULATED = (
    SimulatedMeter("gas", "natural_gas", "m3", "天然气（模拟）", "natural gas (simulated)", 0.3, 0.03, 0.06, 2, 11),
    SimulatedMeter("steam", "heat", "GJ", "蒸汽热量（模拟）", "steam heat (simulated)", 0.02, 0.0015, 0.05, 3, 12),
    SimulatedMeter("water", "fresh_water", "t", "新水（模拟）", "fresh water (simulated)", 0.3, 0.012, 0.08, 3, 13),
)
