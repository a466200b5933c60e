"""How an energy is named and coloured on every page: colours of Okabe and Ito, for the colour-blind too."""

from __future__ import annotations

from nenghao.errors import NenghaoError
from nenghao.hub.monitoring.words import page_language
from nenghao.reference import library

COLOURS = {
    "electricity": "#0072b2",
    "natural_gas": "#e69f00",
    "heat": "#d55e00",
    "steam": "#d55e00",
    "raw_coal": "#4d4d4d",
    "coke": "#7a7a7a",
    "fresh_water": "#56b4e9",
    "diesel": "#009e73",
}
OTHERS = ("#cc79a7", "#009e73", "#8c6d1f", "#6a51a3", "#999999")


def energy_name(key: str) -> str:
    """Give the name in the page's language; the key itself for one that the reference does not know."""
    try:
        return library().energy_type(key).name(page_language())
    except NenghaoError:
        return key


def energy_unit(key: str) -> str:
    """Give the base unit that quantities are stored and shown in."""
    try:
        return library().energy_type(key).base_unit
    except NenghaoError:
        return ""


def energy_colour(key: str) -> str:
    """Give the same colour for the same energy on every chart."""
    return COLOURS.get(key, OTHERS[sum(key.encode()) % len(OTHERS)])
