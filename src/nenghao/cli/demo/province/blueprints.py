"""The industries of the province, as ``data/industries.toml`` describes them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Product:
    """What an industry makes: its code among the products (class 04), its unit and a price [yuan per unit]."""

    code: str
    name: str
    unit: str
    price_yuan: float


@dataclass(frozen=True, slots=True)
class EnergyUse:
    """Use of an energy per product unit in its base unit; ``process`` is where a second meter stands, or nothing."""

    key: str
    per_unit: float
    process: str
    stock: bool = False


@dataclass(frozen=True, slots=True)
class ProcessShare:
    """A production process and its share of the plant's electricity."""

    code: str
    name: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Industry:
    """How enterprises of an industry look and behave; every figure is the generator's own."""

    key: str
    name: str
    code: str
    count: int
    pattern: str
    season: str
    weekend: float
    output_per_day: tuple[float, float]
    product: Product
    electricity_kwh: float
    fixed_share: float
    water_m3: float
    processes: tuple[ProcessShare, ...]
    energies: tuple[EnergyUse, ...]


@cache
def industries() -> tuple[Industry, ...]:
    """Give all industries in the order of the file."""
    path = files("nenghao.cli.demo.province") / "data" / "industries.toml"
    return tuple(_industry(row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["industry"])


def _industry(row: Mapping[str, Any]) -> Industry:
    low, high = row["output_per_day"]
    given = dict(row) | {
        "output_per_day": (low, high), "product": Product(**row["product"]),
        "processes": tuple(ProcessShare(*process) for process in row["processes"]),
        "energies": tuple(EnergyUse(**energy) for energy in row["energies"]),
    }  # fmt: skip
    return Industry(**given)


def members(count: int) -> list[Industry]:
    """Give the industry of each of ``count`` enterprises, so that any number of them mixes the industries.

    The k-th member of an industry of n stands at (k + ½) / n; the first ones of a smaller province are those of the
    full one.

    >>> full = members(200)
    >>> full[:6] == members(6), len({industry.key for industry in members(25)}) > 10
    (True, True)
    """
    rounds = -(-count // sum(industry.count for industry in industries()))
    places = [
        ((place + 0.5) / industry.count, order, industry)
        for order, industry in enumerate(industries())
        for place in range(industry.count * rounds)
    ]
    ordered = sorted(places, key=lambda place: place[:2])
    return [industry for _, _, industry in ordered[:count]]
