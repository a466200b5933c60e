"""A number with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from nenghao.reference import library
from nenghao.units import conversion_factor


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, where it comes from in both languages, and an address on which it is traced."""

    value: float
    zh: str
    en: str
    url: str = ""


def per_unit(energy_key: str) -> float:
    """Give how many base units one unit of a statement has: 10,000 for electricity in 万kWh."""
    kind = library().energy_type(energy_key)
    return conversion_factor(kind.wire_unit, kind.base_unit)
