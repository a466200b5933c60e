"""Who exists in the synthetic province and what is metered there: enterprises, data items and their meters.

A plan is drawn from the seed alone, enterprise by enterprise: the first enterprises of a small province are those of
the full one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from nenghao.cli.demo.province.blueprints import Industry, members
from nenghao.hub.registry.credit_code import check_character
from nenghao.reference import library
from nenghao.units import conversion_factor

PROVINCE = "370000"
SIMULATED = "模拟"
AUXILIARY = ("90", "辅助及公用系统")
FINE_DAYS = 92
"""Days with 15-minute data, up to the last day."""
FINE_EVERY = 4
"""One of so many enterprises sends 15-minute data."""
UNCONNECTED_EVERY = 40
"""One of so many enterprises is on the list and not connected yet."""
QUARTERS = 96
_RESOLUTION = {"electricity": 0.01, "natural_gas": 1.0, "heat": 0.1, "fresh_water": 1.0}
_PLAN, _PLACES = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPlan:
    """A data item of an enterprise and the meter behind it.

    ``per_day`` is its mean quantity on a full day [base unit], ``resolution`` the step of its register times the
    multiplier, ``share`` its part of the plant's quantity (1 for the plant itself).
    """

    data_code: str
    name: str
    kind: str  # energy | water | product | value
    energy_key: str
    process: str
    wire_unit: str
    base_unit: str
    wire_to_base: float
    per_day: float
    share: float
    resolution: float
    fine: bool
    input_type: int
    stock: bool = False

    @property
    def metered(self) -> bool:
        """Whether a meter stands behind it; output and output value come from the books."""
        return self.kind in {"energy", "water"}

    @property
    def plant(self) -> bool:
        """Whether it covers the whole plant."""
        return not self.process


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterprisePlan:
    """An enterprise: who it is, how large, and its items."""

    number: int
    code: str
    name: str
    county: str
    industry: Industry
    capacity: float
    items: tuple[ItemPlan, ...]
    fine: bool
    connected: bool
    """Whether its access end is built; one that is not sends nothing."""
    slot_minute: int
    """Minutes after midnight at which its gateway sends yesterday's data."""

    def rows(self, *, kind: str | None = None, energy: str | None = None) -> list[int]:
        """Give the rows of the items of a kind or of an energy."""
        return [
            row for row, item in enumerate(self.items)
            if (kind is None or item.kind == kind) and (energy is None or item.energy_key == energy)
        ]  # fmt: skip

    @property
    def fine_rows(self) -> list[int]:
        """Rows of the items with 15-minute data."""
        return [row for row, item in enumerate(self.items) if item.fine]


@dataclass(frozen=True, slots=True)
class Plan:
    """The province: its enterprises and the days it covers, ``first`` up to and including ``last``."""

    seed: int
    first: date
    last: date
    enterprises: tuple[EnterprisePlan, ...]

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def fine_days(self) -> int:
        """Number of days with 15-minute data, the last ones."""
        return min(FINE_DAYS, self.days)

    @property
    def months(self) -> list[tuple[int, int, date]]:
        """The whole months: first day, day after the last (both counted from ``first``) and the month's first date."""
        found, start = [], self.first
        while start <= self.last:
            following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
            if start.day == 1 and following <= self.last + timedelta(days=1):
                found.append(((start - self.first).days, (following - self.first).days, start))
            start = following
        return found


def make_plan(*, enterprises: int, seed: int, last: date, days: int = 365) -> Plan:
    """Draw the province; it begins on the first of the month that lies at least ``days`` before the end."""
    first = last - timedelta(days=days - 1)
    if days > 31:
        first = first.replace(day=1)
    counties = [region for region in library().regions() if region.level == "county" and region.code[:2] == "37"]
    cities = {region.code: region.display_name for region in library().regions() if region.level == "city"}
    drawn = np.random.default_rng([seed, _PLACES]).permutation(len(counties))
    places = [counties[int(drawn[number % len(drawn)])] for number in range(enterprises)]
    plans = [
        _enterprise(number, industry, place.code, cities[place.parent], seed)
        for number, (industry, place) in enumerate(zip(members(enterprises), places, strict=True), start=1)
    ]
    return Plan(seed, first, last, tuple(plans))


def _enterprise(number: int, industry: Industry, county: str, city: str, seed: int) -> EnterprisePlan:
    rng = np.random.default_rng([seed, _PLAN, number])
    low, high = industry.output_per_day
    capacity = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    first_17 = f"91{county}MAHC{number:05d}"
    fine, connected = number % FINE_EVERY == 1, number % UNCONNECTED_EVERY != 0
    return EnterprisePlan(
        number=number, code=first_17 + check_character(first_17),
        name=f"合成{city.removesuffix('市')}{industry.name}{number:03d}号厂（{SIMULATED}）", county=county,
        industry=industry, capacity=capacity, items=tuple(_items(industry, capacity, rng, fine=fine)), fine=fine,
        connected=connected, slot_minute=int(rng.integers(30, 390)),
    )  # fmt: skip


def _items(industry: Industry, capacity: float, rng: np.random.Generator, *, fine: bool) -> Iterator[ItemPlan]:
    """Yield the items: electricity and energies of plant and processes, water, product, output value."""
    electricity = capacity * industry.electricity_kwh * rng.uniform(0.88, 1.15)
    yield _energy_item("electricity", "", "全厂用电", electricity, 1.0, fine=fine)
    named = {process.code: process.name for process in industry.processes}
    rest = 1 - sum(process.share for process in industry.processes)
    shares = [(process.code, process.name, process.share) for process in industry.processes]
    for code, name, share in [*shares, (*AUXILIARY, rest)]:
        yield _energy_item("electricity", code, f"{name}用电", electricity * share, share, fine=fine)
    for use in industry.energies:
        label = library().energy_type(use.key).name_zh
        quantity, meter = capacity * use.per_unit * rng.uniform(0.88, 1.15), fine and use.key in {"natural_gas", "heat"}
        yield _energy_item(use.key, "", f"全厂{label}", quantity, 1.0, fine=meter, stock=use.stock)
        if use.process:
            name, share = f"{named[use.process]}{label}", float(rng.uniform(0.86, 0.96))
            yield _energy_item(use.key, use.process, name, quantity * share, share, fine=False)
            yield _energy_item(use.key, AUXILIARY[0], f"{AUXILIARY[1]}{label}", quantity * (1 - share), 1 - share,
                               fine=False)  # fmt: skip
    yield _energy_item("fresh_water", "", "全厂新水", capacity * industry.water_m3 * rng.uniform(0.85, 1.2), 1.0,
                       fine=False, kind="water")  # fmt: skip
    yield _book_item("product", f"00-00-0000-04{industry.product.code}-30", industry.product.name,
                     industry.product.unit, capacity)  # fmt: skip
    yield _book_item("value", "00-00-0000-099201-30", "工业总产值", "万元",
                     capacity * industry.product.price_yuan / 1e4)  # fmt: skip


def _energy_item(
    key: str, process: str, name: str, per_day: float, share: float, *, fine: bool, stock: bool = False,
    kind: str = "energy",
) -> ItemPlan:  # fmt: skip
    energy = library().energy_type(key)
    return ItemPlan(
        data_code=f"{process or '00'}-00-0000-{energy.class_code}{energy.type_code}-10", name=f"{name}（{SIMULATED}）",
        kind=kind, energy_key=key, process=process, wire_unit=energy.wire_unit, base_unit=energy.base_unit,
        wire_to_base=conversion_factor(energy.wire_unit, energy.base_unit), per_day=per_day, share=share,
        resolution=_resolution(key, per_day), fine=fine, input_type=2 if stock else 4, stock=stock,
    )  # fmt: skip


def _book_item(kind: str, data_code: str, name: str, unit: str, per_day: float) -> ItemPlan:
    return ItemPlan(
        data_code=data_code, name=f"{name}（{SIMULATED}）", kind=kind, energy_key="", process="", wire_unit=unit,
        base_unit=unit, wire_to_base=1.0, per_day=per_day, share=1.0, resolution=0.01, fine=False, input_type=1,
    )  # fmt: skip


def _resolution(key: str, per_day: float) -> float:
    """Give the register's step [base unit]: a decimal step times a usual multiplier, small against a quarter-hour."""
    step = _RESOLUTION.get(key, 0.01)
    if key == "electricity":
        multipliers = (1, 40, 80, 200, 800, 2000, 4000, 12000, 44000)
        return step * next((m for m in reversed(multipliers) if step * m < per_day / QUARTERS / 300), 1)
    return step * next((m for m in (10, 1, 0.1, 0.01) if step * m < per_day / QUARTERS / 100), 0.001)
