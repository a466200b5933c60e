"""Numbers of dialect B: ``dataValue`` has at most fifteen characters, and nothing is rounded in silence.

A value travels as the shortest plain decimal of its double. Where that is longer than fifteen characters, ``dataValue``
carries as many digits as fit and the record's ``remark`` says the exact number (``exact=…``, ours): whoever keeps the
remark keeps the truth, and a hub of ours stores the exact number. Where even that would change the value by more than
one part in 10⁹, the value is refused instead.

>>> wire_value(123.45, "kWh", "万kWh")
WireValue(text='0.012345', remark='')
>>> wire_value(123.45678901234, "kWh", "万kWh")
WireValue(text='0.0123456789012', remark='exact=0.012345678901234')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from nenghao.errors import NenghaoError
from nenghao.protocol.numbers import wire_text

LONGEST = 15
"""Characters of ``dataValue`` (varchar(15))."""
LOSS_LIMIT = Decimal("1e-9")
_EXACT = re.compile(r"exact=(-?\d{1,60}(?:\.\d{1,120})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class WireValue:
    """What travels: ``dataValue`` and, where it is shorter than the number, the remark with the exact one."""

    text: str
    remark: str = ""


def wire_value(value: float, base_unit: str, wire_unit: str) -> WireValue:
    """Write ``value`` [base_unit] in the wire's unit; raise ``number-too-long`` where fifteen characters lose it."""
    exact = wire_text(value, base_unit, wire_unit)
    if len(exact) <= LONGEST:
        return WireValue(exact)
    whole = exact.partition(".")[0]
    places = LONGEST - len(whole) - 1
    if places < 1:
        raise _too_long(exact)
    number = Decimal(exact)
    short = format(number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN), "f")
    remark = f"exact={exact}"
    lost = abs(Decimal(short) - number)
    if len(short) > LONGEST or lost > abs(number) * LOSS_LIMIT or not _EXACT.fullmatch(remark):
        raise _too_long(exact)
    return WireValue(short, remark)


def exact_value(text: str, remark: str) -> str:
    """Give the exact number of a record: the one in its remark, if ``dataValue`` is that one shortened.

    >>> exact_value("0.0123456789012", "exact=0.012345678901234"), exact_value("5", "exact=7")
    ('0.012345678901234', '5')
    """
    found = _EXACT.fullmatch(remark)
    if found is None or len(text) > LONGEST:
        return text
    try:
        near = abs(Decimal(text) - Decimal(found[1])) <= abs(Decimal(found[1])) * LOSS_LIMIT
    except ArithmeticError:
        return text
    return found[1] if near else text


def _too_long(exact: str) -> NenghaoError:
    return NenghaoError(
        "number-too-long", f"数值 {exact[:40]} 不能用 {LONGEST} 个字符表达",
        f"the value {exact[:40]} cannot be said in {LONGEST} characters", field="dataValue",
        mend_zh="核对计量单位与倍率", mend_en="check unit and multiplier",
    )  # fmt: skip
