"""The wire's enumerations (统计类型、数据范围、数据来源), and how an interval state travels.

Source: the code lists that the public clients of the national dialect agree on (NHJC-02-2018 §5 and §6).
A sender writes them as one digit in a string; a receiver also takes the bare number.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeVar

E = TypeVar("E", bound=IntEnum)


class StatType(IntEnum):
    """统计类型 (``statType``): the length of the period that a value belongs to."""

    REAL_TIME = 0
    """实时: 15 minutes or one hour, by the province's profile and the item."""
    DAY = 1
    MONTH = 2
    YEAR = 3


class Scope(IntEnum):
    """数据范围 (``scope``): what part of the enterprise a value covers."""

    PLANT = 1
    """全厂"""
    PROCESS = 2
    """生产工序"""
    PROCESS_UNIT = 3
    """工序单元"""
    EQUIPMENT = 4
    """重点用能设备"""


class InputType(IntEnum):
    """数据来源 (``inputType``): the system that a value comes from. 6 and 7 occur in newer provinces only."""

    MANAGEMENT_SYSTEM = 1
    PRODUCTION_MONITORING = 2
    CONTROL_SYSTEM = 3
    FIELD_METER = 4
    MANUAL = 5
    SUPPLIER = 6
    OTHER = 7


class WireState(IntEnum):
    """Our field ``state``, by the numbers that every store uses (the same as the state of an interval)."""

    MEASURED = 0
    ESTIMATED = 1
    MISSING = 2

    @property
    def word(self) -> str:
        """The word on the wire: ``measured``, ``estimated`` or ``missing``."""
        return self.name.lower()


def by_wire(kind: type[E]) -> dict[str | int, E]:
    """Give the table from what the wire may carry (``"1"`` or ``1``) to the member."""
    return {key: member for member in kind for key in (str(member.value), member.value)}
