"""Quantities on the wire: between the base unit that is stored (kWh) and the dictionary unit that travels (万kWh).

All dictionary units differ from the base unit by a power of ten, so the conversion moves the decimal point of the
shortest decimal of the double, and comes back to the very same double: no digit is lost on the way.

>>> wire_text(123.45, "kWh", "万kWh"), base_value("0.012345", 1e4)
('0.012345', 123.45)
"""

from __future__ import annotations

import math
from decimal import Decimal
from functools import lru_cache

from nenghao.errors import NenghaoError
from nenghao.units import conversion_factor

LONGEST = 1100
"""Characters that the longest plain decimal of a double can have."""


def wire_text(value: float, base_unit: str, wire_unit: str) -> str:
    """Write ``value`` [base_unit] in the wire's unit, as a plain decimal without exponent."""
    if not math.isfinite(value):
        raise NenghaoError(
            "value-not-finite", f"数值不是有限数: {value}", f"the value is not finite: {value}", field="dataValue",
            mend_zh="缺数时用 state=missing", mend_en="send state missing where there is no value",
        )  # fmt: skip
    return plain_text(value, conversion_factor(wire_unit, base_unit))


def plain_text(value: float, factor: float = 1.0) -> str:
    """Write a finite ``value``, divided by ``factor``, as the shortest plain decimal.

    >>> plain_text(123.0), plain_text(1e-7), plain_text(-0.0)
    ('123', '0.0000001', '0')
    """
    return format((Decimal(repr(float(value))) / Decimal(repr(factor))).normalize() + 0, "f")


@lru_cache(maxsize=64)
def exponent_suffix(factor: float) -> str | None:
    """Give ``e4`` for 10000.0, the text that turns a wire number into base units; ``None`` if not a power of ten."""
    exponent = round(math.log10(factor))
    if float(f"1e{exponent}") != factor:
        return None
    return f"e{exponent}" if exponent else ""


def base_value(value: str | int | float, factor: float) -> float:
    """Read a wire number (or numeric string) and give it in the base unit; raise ``ValueError`` if it is no number.

    The result may be infinite or NaN where the input says so; the caller refuses that.
    """
    text = value if isinstance(value, str) else repr(value)
    suffix = exponent_suffix(factor)
    if suffix is None or "e" in text or "E" in text:
        return _plain_float(text) * factor
    return _plain_float(text + suffix)


def _plain_float(text: str) -> float:
    # Python alone would take 1_000 and full-width digits, and would chew long on a megabyte of them.
    if len(text) > LONGEST or "_" in text or not text.isascii():
        raise ValueError(text)
    return float(text)
