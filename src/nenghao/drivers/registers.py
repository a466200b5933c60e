"""Modbus registers to numbers and back: types, word order, BCD, and what a device sends for "not available".

>>> decode([0x4366, 0x3334], "float32")
230.1999969482422
>>> encode(564.86, "uint32", scale=0.01)
[0, 56486]
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Literal

DataType = Literal[
    "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64", "bcd16", "bcd32", "bcd48", "bcd64"
]
WordOrder = Literal["big", "little"]

_FORMATS = {
    "uint16": ">H", "int16": ">h", "uint32": ">I", "int32": ">i", "uint64": ">Q", "int64": ">q",
    "float32": ">f", "float64": ">d",
}  # fmt: skip
_BCD = {"bcd16": 1, "bcd32": 2, "bcd48": 3, "bcd64": 4}


def register_count(data_type: DataType) -> int:
    """Give how many 16-bit registers a value of this type takes."""
    return _BCD[data_type] if data_type in _BCD else struct.calcsize(_FORMATS[data_type]) // 2


def raw_range(data_type: DataType) -> float | None:
    """Give the number of raw counts after which an unsigned type begins again at zero; ``None`` where it has none."""
    if data_type in _BCD:
        return 10.0 ** (4 * _BCD[data_type])
    return 2.0 ** (16 * register_count(data_type)) if data_type.startswith("uint") else None


def decode(
    registers: Sequence[int], data_type: DataType, *, scale: float = 1.0, word_order: WordOrder = "big",
    byte_swap: bool = False, all_ones_missing: bool = False,
) -> float | None:  # fmt: skip
    """Turn registers into the engineered value (raw × scale); ``None`` when the device says "not available".

    NaN, and where ``all_ones_missing`` the greatest pattern (FFFF… unsigned, 7FFF… signed), mean not available, as do
    BCD digits above nine.
    """
    data = _bytes(registers, word_order, byte_swap)
    if data_type in _BCD:
        digits = data.hex()
        return int(digits) * scale if digits.isdecimal() else None
    (raw,) = struct.unpack(_FORMATS[data_type], data)
    if isinstance(raw, float):
        return raw * scale if math.isfinite(raw) else None
    if all_ones_missing and raw in (2 ** (8 * len(data)) - 1, 2 ** (8 * len(data) - 1) - 1):
        return None
    return _scaled(raw, scale)


def encode(
    value: float, data_type: DataType, *, scale: float = 1.0, word_order: WordOrder = "big", byte_swap: bool = False
) -> list[int]:
    """Turn an engineered value into registers; raise ``ValueError`` when the type cannot hold it."""
    if data_type in ("float32", "float64"):
        data = struct.pack(_FORMATS[data_type], value / scale)
    else:
        data = _encode_integer(round(value / scale), data_type)
    words = list(struct.unpack(f">{len(data) // 2}{'H'}", data))
    if byte_swap:
        words = [_swapped(word) for word in words]
    return words[::-1] if word_order == "little" else words


def _encode_integer(raw: int, data_type: DataType) -> bytes:
    try:
        if data_type in _BCD:
            return bytes.fromhex(f"{raw:0{4 * _BCD[data_type]}d}")
        return struct.pack(_FORMATS[data_type], raw)
    except (struct.error, ValueError):
        raise ValueError(f"{raw} does not fit {data_type}") from None


def _scaled(raw: int, scale: float) -> float:
    """Multiply so that 317 × 0.01 is 3.17: a division by the whole reciprocal is correctly rounded."""
    reciprocal = round(1 / scale) if scale else 0
    return raw / reciprocal if reciprocal > 1 and math.isclose(reciprocal * scale, 1, rel_tol=1e-12) else raw * scale


def _bytes(registers: Sequence[int], word_order: WordOrder, byte_swap: bool) -> bytes:
    words = registers[::-1] if word_order == "little" else registers
    return b"".join((_swapped(word) if byte_swap else word).to_bytes(2, "big") for word in words)


def _swapped(word: int) -> int:
    return (word & 0xFF) << 8 | word >> 8
