"""A number or a text with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass

from nenghao.reference import library
from nenghao.units import conversion_factor


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, where it comes from in both languages, and an address on which it is traced.

    ``is_unverified`` says that it rests on something unverified (待核), which is then said beside it.
    """

    value: float
    zh: str
    en: str
    url: str = ""
    is_unverified: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A text with where it comes from, as :class:`Figure`."""

    value: str
    zh: str
    en: str
    url: str = ""
    is_unverified: bool = False


def per_unit(energy_key: str) -> float:
    """Give how many base units one unit of a statement has: 10,000 for electricity in 万kWh."""
    kind = library().energy_type(energy_key)
    return conversion_factor(kind.wire_unit, kind.base_unit)
