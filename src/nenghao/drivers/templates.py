"""Meter models as files: ``devices/<key>.toml``, loaded with clear refusals.

A template lists the points of one model: where a value stands, its type, scale and unit, where the fact comes from and
how far it can be trusted. Adding a model is adding a file; see ``docs/adding-a-meter.md``.

>>> device_template("eastron-sdm630").point("active_energy_import_total").unit
'kWh'
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from nenghao.drivers.registers import DataType, WordOrder, register_count
from nenghao.drivers.toml_file import config_error, load_toml
from nenghao.errors import NenghaoError

DEVICES = Path(__file__).parent / "devices"
POINT_UNITS = frozenset({
    "kWh", "Wh", "MWh", "kvarh", "kVAh", "GJ", "MJ", "m3", "t", "kg",
    "V", "A", "W", "kW", "var", "kvar", "VA", "kVA", "Hz", "1", "%", "deg", "degC", "m3/h", "t/h", "kPa", "MPa",
})  # fmt: skip


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of a device.

    ``address`` is zero-based, as sent on the wire; ``scale`` turns the raw count into ``unit``; ``modulus`` [unit] is
    where a cumulative register begins again, when a source states it. ``word_order`` "big" = high word first.
    """

    name: str
    kind: Literal["cumulative", "instantaneous", "setting"]
    unit: str
    function_code: Literal[3, 4]
    address: int
    data_type: DataType
    scale: float
    source: str
    confidence: Literal["high", "medium", "low"]
    word_order: WordOrder = "big"
    byte_swap: bool = False
    all_ones_missing: bool = False
    modulus: float | None = None
    note: str = ""

    @property
    def count(self) -> int:
        """Registers that the value takes."""
        return register_count(self.data_type)


class DeviceTemplate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One meter model: brand, model, limits of one request and the points.

    ``energy_point`` names the register that measures consumption. ``max_registers`` limits one request;
    ``max_gap`` says how many undefined registers one request may read across.
    """

    brand: str
    model: str
    energy_point: str
    points: list[Point]
    max_registers: int = 120
    max_gap: int = 0
    note: str = ""

    def point(self, name: str) -> Point:
        """Find a point by name; raise ``point-unknown`` for any other."""
        for found in self.points:
            if found.name == name:
                return found
        raise NenghaoError(
            "point-unknown", f"型号 {self.model} 没有测点「{name}」", f"model {self.model} has no point {name!r}",
            field="point",
            mend_zh="可用: " + "、".join(p.name for p in self.points),
            mend_en="known: " + ", ".join(p.name for p in self.points),
        )  # fmt: skip


def template_keys() -> tuple[str, ...]:
    """Give the keys of all shipped models, in order."""
    return tuple(sorted(path.stem for path in DEVICES.glob("*.toml")))


@cache
def device_template(key: str, folder: Path = Path()) -> DeviceTemplate:
    """Load a shipped model by key, or a file of one's own (below ``folder``) when ``key`` ends with ``.toml``."""
    path = folder / key if key.endswith(".toml") else DEVICES / f"{key}.toml"
    if not path.is_file():
        raise NenghaoError(
            "template-unknown", f"没有表计型号文件「{key}」", f"there is no device template {key!r}", field="template",
            mend_zh="可用: " + "、".join(template_keys()), mend_en="known: " + ", ".join(template_keys()),
        )  # fmt: skip
    return load_template(path)


def load_template(path: Path) -> DeviceTemplate:
    """Read one template file; refuse what contradicts itself."""
    template = load_toml(path, DeviceTemplate)
    for index, point in enumerate(template.points):
        _check_point(path, f"points[{index}]", point)
    names = [point.name for point in template.points]
    for name in names:
        if names.count(name) > 1:
            raise config_error(
                path,
                "points",
                f"测点 {name} 重复",
                f"point {name} appears twice",
                mend_zh="每个测点只写一次",
                mend_en="name each once",
            )
    if template.energy_point not in names or template.point(template.energy_point).kind != "cumulative":
        raise config_error(
            path, "energy_point", f"{template.energy_point} 不是累计测点",
            f"{template.energy_point} is no cumulative point",
            mend_zh="写一个 cumulative 测点的名称", mend_en="name a point of kind cumulative",
        )  # fmt: skip
    return template


def _check_point(path: Path, key: str, point: Point) -> None:
    faults = (
        ("unit", point.unit in POINT_UNITS, f"不认识的单位 {point.unit}", f"unknown unit {point.unit}"),
        ("address", 0 <= point.address <= 65536 - point.count, "地址超出 0–65535", "address outside 0 to 65535"),
        ("scale", point.scale > 0, "scale 须大于 0", "scale must be above 0"),
        ("modulus", point.modulus is None or point.modulus > 0, "modulus 须大于 0", "modulus must be above 0"),
        ("source", bool(point.source.strip()), "缺少出处", "no source is given"),
        ("kind", not point.modulus or point.kind == "cumulative", "只有累计测点有 modulus", "only totals have it"),
    )  # fmt: skip
    for field, good, zh, en in faults:
        if not good:
            raise config_error(path, f"{key}.{field}", f"{point.name}: {zh}", f"{point.name}: {en}")
