"""A Modbus TCP meter simulator (模拟表计): replays load curves into the register maps of device templates.

One port, one or many unit ids. Cumulative registers follow the curve, ÷ multiplier, modulo the modulus; the total
active power follows the rate. All other points read zero: nothing is made up that a test could take for measured.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType as CellType
from pymodbus.simulator import SimData, SimDevice

from nenghao.drivers.clock import Clock, ClockConfig
from nenghao.drivers.load_curve import DayProfile, LoadCurve, curve_from_csv, curve_from_profile
from nenghao.drivers.registers import encode, raw_range
from nenghao.drivers.templates import DeviceTemplate, Point, device_template
from nenghao.drivers.toml_file import config_error, load_toml
from nenghao.drivers.usage_file import UsageFile

Values = Callable[[int], Mapping[str, float]]
"""Gives the engineered value of each point at an instant [epoch ms]; points not named read zero."""


class ServerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Section ``[server]``: where the simulator listens."""

    host: str = "127.0.0.1"
    port: int = 5020


class SimulatedMeterConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ``[[meter]]``: its unit id, model and curve (``csv`` or ``profile``)."""

    unit_id: int
    template: str
    csv: UsageFile | None = None
    profile: DayProfile | None = None
    multiplier: float = 1.0
    modulus: float | None = None
    initial_register: float = 0.0


class SimulatorConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of ``nenghao simulator``."""

    meter: list[SimulatedMeterConfig]
    server: ServerConfig = ServerConfig()
    clock: ClockConfig = ClockConfig()


@dataclass(frozen=True, slots=True)
class SimulatedMeter:
    """A unit id that shows the map of a template, with the values that ``values`` gives."""

    unit_id: int
    template: DeviceTemplate
    values: Values
    modulus: float | None = None

    def device(self, clock: Clock) -> SimDevice:
        """Make the pymodbus device; its registers are computed when they are read."""

        async def refresh(*request: Any) -> ExcCodes | None:
            _function, start, address, count, registers, written = request
            if written is not None:
                return ExcCodes.ILLEGAL_FUNCTION
            now = self.values(clock.now_ms())
            for point in self.template.points:
                if point.address < address + count and address < point.address + point.count:
                    offset = point.address - start
                    registers[offset : offset + point.count] = self._words(point, now.get(point.name, 0.0))
            return None

        return SimDevice(self.unit_id, simdata=_cells(self.template), action=refresh)

    def _words(self, point: Point, value: float) -> list[int]:
        modulus = (self.modulus if point.name == self.template.energy_point else None) or point.modulus
        span = raw_range(point.data_type)
        if point.kind == "cumulative" and (modulus or span):
            value %= modulus or (span or 0.0) * point.scale
        return encode(value, point.data_type, scale=point.scale, word_order=point.word_order, byte_swap=point.byte_swap)


def _cells(template: DeviceTemplate) -> list[SimData]:
    """Give one cell per register in use; registers between points stay illegal, as on a device."""
    addresses = {a for point in template.points for a in range(point.address, point.address + point.count)}
    return [SimData(address, values=0, datatype=CellType.REGISTERS) for address in sorted(addresses)]


def curve_values(template: DeviceTemplate, curve: LoadCurve, *, multiplier: float, initial_register: float) -> Values:
    """Give what a meter on this curve shows: the energy register, and the total active power where the model has it."""
    power = next((p for p in template.points if p.name == "active_power_total"), None)
    factor = {"W": 1000.0, "kW": 1.0}.get(power.unit, 0.0) if power else 0.0

    def values(at_ms: int) -> dict[str, float]:
        shown = {template.energy_point: initial_register + curve.energy_at(at_ms) / multiplier}
        if power is not None:
            shown[power.name] = curve.rate_at(at_ms) / multiplier * factor
        return shown

    return values


def load_simulator(path: Path) -> tuple[SimulatorConfig, list[SimulatedMeter]]:
    """Read a simulator file and prepare its meters; refuse what cannot be shown."""
    config = load_toml(path, SimulatorConfig)
    meters = []
    for index, meter in enumerate(config.meter):
        key = f"meter[{index}]"
        if (meter.csv is None) == (meter.profile is None):
            raise config_error(
                path, key, "csv 与 profile 须且只能有一个", "needs either csv or profile",
                mend_zh="写其中一个", mend_en="write one of them",
            )  # fmt: skip
        if meter.unit_id in [m.unit_id for m in meters] or not 1 <= meter.unit_id <= 247:
            raise config_error(
                path, f"{key}.unit_id", "从站号须为 1–247 且不重复", "unit ids are 1 to 247, each once",
                mend_zh="换一个从站号", mend_en="choose another unit id",
            )  # fmt: skip
        meters.append(_simulated(meter, path.parent))
    return config, meters


def curve_of(meter: SimulatedMeterConfig, folder: Path) -> LoadCurve:
    """Give the load curve of a configured meter."""
    if meter.csv is not None:
        return curve_from_csv(meter.csv, folder)
    assert meter.profile is not None
    return curve_from_profile(meter.profile)


def _simulated(meter: SimulatedMeterConfig, folder: Path) -> SimulatedMeter:
    template = device_template(meter.template, folder)
    values = curve_values(
        template, curve_of(meter, folder), multiplier=meter.multiplier, initial_register=meter.initial_register
    )
    return SimulatedMeter(meter.unit_id, template, values, meter.modulus)


async def _no_such_unit(*_request: Any) -> ExcCodes:
    return ExcCodes.GATEWAY_NO_RESPONSE


async def start_simulator(meters: list[SimulatedMeter], clock: Clock, host: str, port: int) -> ModbusTcpServer:
    """Listen and answer in the background; ``await server.shutdown()`` stops it."""
    # Device 0 answers for every unit id that is not defined: an exception, as a gateway gives it.
    nobody = SimDevice(0, simdata=SimData(0, values=0, datatype=CellType.REGISTERS), action=_no_such_unit)
    server = ModbusTcpServer([*(meter.device(clock) for meter in meters), nobody], address=(host, port))
    await server.serve_forever(background=True)
    return server
