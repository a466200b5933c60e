"""Units of measurement: dimensions and conversion (计量单位).

A unit belongs to one dimension and has a size in that dimension's base unit. The symbols are those printed in the
statistical forms and on meters; the Chinese names that the national dictionary uses (``万千瓦时``) are aliases.

The base units are also what the system stores: kWh for electricity, GJ for heat, m3 for volume (gas at standard
state), t for mass, tce for coal equivalent.

>>> convert(1.5, "万千瓦时", "kWh")
15000.0
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

from nenghao.errors import Language, NenghaoError


class Dimension(Enum):
    """What a unit measures. Electricity and heat stay apart: a kWh is never silently a MJ of steam."""

    ELECTRICITY = "electricity"
    HEAT = "heat"
    VOLUME = "volume"
    MASS = "mass"
    COAL_EQUIVALENT = "coal_equivalent"
    CARBON = "carbon"
    CARBON_DIOXIDE = "carbon_dioxide"
    MONEY = "money"
    POWER = "power"
    REACTIVE_ENERGY = "reactive_energy"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: its symbol, dimension and size in the base unit of the dimension."""

    symbol: str
    dimension: Dimension
    size: float


_UNITS: tuple[Unit, ...] = (
    Unit("kWh", Dimension.ELECTRICITY, 1.0),
    Unit("MWh", Dimension.ELECTRICITY, 1e3),
    Unit("Wh", Dimension.ELECTRICITY, 1e-3),
    Unit("万kWh", Dimension.ELECTRICITY, 1e4),
    Unit("GJ", Dimension.HEAT, 1.0),
    Unit("MJ", Dimension.HEAT, 1e-3),
    Unit("kJ", Dimension.HEAT, 1e-6),
    Unit("m3", Dimension.VOLUME, 1.0),
    Unit("万m3", Dimension.VOLUME, 1e4),
    Unit("L", Dimension.VOLUME, 1e-3),
    Unit("t", Dimension.MASS, 1.0),
    Unit("万t", Dimension.MASS, 1e4),
    Unit("kg", Dimension.MASS, 1e-3),
    Unit("tce", Dimension.COAL_EQUIVALENT, 1.0),
    Unit("kgce", Dimension.COAL_EQUIVALENT, 1e-3),
    Unit("万tce", Dimension.COAL_EQUIVALENT, 1e4),
    Unit("tC", Dimension.CARBON, 1.0),
    Unit("tCO2", Dimension.CARBON_DIOXIDE, 1.0),
    Unit("yuan", Dimension.MONEY, 1.0),
    Unit("万yuan", Dimension.MONEY, 1e4),
    Unit("亿yuan", Dimension.MONEY, 1e8),
    Unit("kW", Dimension.POWER, 1.0),
    Unit("MW", Dimension.POWER, 1e3),
    Unit("kvarh", Dimension.REACTIVE_ENERGY, 1.0),
    Unit("1", Dimension.RATIO, 1.0),
    Unit("%", Dimension.RATIO, 1e-2),
)

_ALIASES = {
    "千瓦时": "kWh", "度": "kWh", "万千瓦时": "万kWh", "兆瓦时": "MWh",
    "吉焦": "GJ", "百万千焦": "GJ", "百万千焦 (GJ)": "GJ", "兆焦": "MJ", "千焦": "kJ",
    "立方米": "m3", "m³": "m3", "Nm3": "m3", "Nm³": "m3", "万立方米": "万m3", "万m³": "万m3", "升": "L",
    "吨": "t", "万吨": "万t", "千克": "kg", "公斤": "kg",
    "吨标准煤": "tce", "千克标准煤": "kgce", "万吨标准煤": "万tce",
    "元": "yuan", "万元": "万yuan", "亿元": "亿yuan", "千瓦": "kW", "兆瓦": "MW", "千乏时": "kvarh",
}  # fmt: skip

_MULTIPLES = {
    "千万": "10 million",
    "百万": "million",
    "十万": "100,000",
    "亿": "100 million",
    "万": "10,000",
    "千": "1,000",
}
_ENGLISH = {
    "单位": "unit", "重箱": "weight case", "重量箱": "weight case", "能量因数": "energy factor", "片": "pieces",
    "块": "pieces", "件": "pieces", "个": "pieces", "支": "pieces", "只": "pieces", "根": "pieces", "条": "pieces",
    "台": "sets", "套": "sets", "辆": "vehicles", "艘": "ships", "箱": "cases", "次": "times", "人": "persons",
    "家": "enterprises", "年": "year", "月": "month", "日": "day", "天": "days", "小时": "h", "秒": "s", "米": "m",
    "平方米": "m2", "吨公里": "t·km", "人公里": "person·km", "标准箱": "TEU", "标箱": "TEU", "标准煤": "ce",
}  # fmt: skip
_PARTS = re.compile(r"([/·×()（） ]+)")

UNITS: dict[str, Unit] = {u.symbol: u for u in _UNITS}


def unit(symbol: str) -> Unit:
    """Find a unit by symbol or Chinese name; raise ``unit-unknown`` for any other word.

    >>> unit("吨标准煤").symbol
    'tce'
    """
    found = UNITS.get(_ALIASES.get(symbol, symbol))
    if found is None:
        raise NenghaoError(
            "unit-unknown", f"不认识的计量单位「{symbol}」", f"unknown unit {symbol!r}", field="unit",
            mend_zh="可用: " + "、".join(UNITS), mend_en="known: " + ", ".join(UNITS),
        )  # fmt: skip
    return found


def conversion_factor(source: str, target: str) -> float:
    """Give the number to multiply a value in ``source`` by to have it in ``target``."""
    a, b = unit(source), unit(target)
    if a.dimension is not b.dimension:
        raise NenghaoError(
            "unit-dimension", f"「{source}」不能换算为「{target}」", f"{source} cannot become {target}", field="unit",
            mend_zh="两个单位须属同一量纲", mend_en="both units must have one dimension",
        )  # fmt: skip
    return a.size / b.size


def convert(value: float, source: str, target: str) -> float:
    """Convert ``value`` from one unit to another of the same dimension."""
    return value * conversion_factor(source, target)


@cache
def unit_text(symbol: str, language: Language) -> str:
    """Write a unit as a reader of the language does: stored symbols, dictionary words and what was typed alike.

    A word that is not known stays as it is: a unit is never dropped.

    >>> unit_text("tce/万元", "en"), unit_text("万千瓦时", "en"), unit_text("kgce/重箱", "en"), unit_text("吨", "en")
    ('tce/10,000 yuan', '10,000 kWh', 'kgce/weight case', 't')
    >>> unit_text("亿yuan", "zh"), unit_text("kWh/t", "zh")
    ('亿元', 'kWh/t')
    """
    if language == "zh":
        return symbol.replace("yuan", "元")
    return "".join(_in_english(part) for part in _PARTS.split(symbol))


def _in_english(part: str) -> str:
    known = _ALIASES.get(part, part)
    if known in _ENGLISH:
        return _ENGLISH[known]
    for prefix, words in _MULTIPLES.items():
        if known.startswith(prefix):
            return f"{words} {_in_english(known[len(prefix) :])}".strip()
    return known
