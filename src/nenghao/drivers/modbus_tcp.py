"""Modbus TCP: reads the points of a template, adjacent registers in one request, one quality per point.

A device that refuses a whole request is asked point by point, so that one register it does not have never loses the
others; a silent device costs one timeout per read, and the connection is tried again at the next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from nenghao.drivers.base import Quality, Sample
from nenghao.drivers.registers import decode
from nenghao.drivers.templates import DeviceTemplate, Point


def _real_ms() -> int:
    return time.time_ns() // 1_000_000


def group_points(points: Sequence[Point], max_registers: int, max_gap: int) -> list[list[Point]]:
    """Gather points that one request can read: same function, gaps up to ``max_gap``, length up to the limit.

    >>> from nenghao.drivers.templates import device_template
    >>> model = device_template("eastron-sdm630")
    >>> names = ["active_energy_import_total", "active_energy_export_total", "voltage_l1_n"]
    >>> [[p.name for p in group] for group in group_points([model.point(n) for n in names], 60, 0)]
    [['voltage_l1_n'], ['active_energy_import_total', 'active_energy_export_total']]
    """
    groups: list[list[Point]] = []
    end = 0
    for point in sorted(points, key=lambda p: (p.function_code, p.address, p.count)):
        last = groups[-1] if groups else None
        if (
            last is not None
            and last[0].function_code == point.function_code
            and point.address - end <= max_gap
            and max(end, point.address + point.count) - last[0].address <= max_registers
        ):
            last.append(point)
            end = max(end, point.address + point.count)
        else:
            groups.append([point])
            end = point.address + point.count
    return groups


class ModbusConnection:
    """One TCP connection (a gateway or a meter), shared by the devices behind it; one request at a time."""

    def __init__(self, host: str, port: int = 502, *, timeout_s: float = 3.0, retries: int = 1) -> None:
        self._client = AsyncModbusTcpClient(host, port=port, timeout=timeout_s, retries=retries, reconnect_delay=0)
        self._lock = asyncio.Lock()

    async def open(self) -> bool:
        """Connect when not connected; tell whether there is a connection."""
        async with self._lock:
            return self._client.connected or await self._client.connect()

    async def close(self) -> None:
        """Close the connection."""
        self._client.close()

    async def registers(self, function_code: int, address: int, count: int, unit_id: int) -> list[int] | Quality:
        """Read registers; a :class:`Quality` says why there are none."""
        if not await self.open():
            return Quality.NO_ANSWER
        read = self._client.read_holding_registers if function_code == 3 else self._client.read_input_registers
        async with self._lock:
            try:
                answer = await read(address, count=count, device_id=unit_id)
            except (ModbusException, OSError, TimeoutError):
                self._client.close()
                return Quality.NO_ANSWER
        if answer.isError() or len(answer.registers) < count:
            return Quality.REFUSED
        return list(answer.registers[:count])


class ModbusDevice:
    """One device behind a connection, read by its template; ``clock`` gives the stamps [epoch ms]."""

    def __init__(
        self,
        connection: ModbusConnection,
        template: DeviceTemplate,
        unit_id: int,
        *,
        clock: Callable[[], int] = _real_ms,
    ) -> None:
        self.connection, self.template, self.unit_id, self.clock = connection, template, unit_id, clock

    async def open(self) -> None:
        """Connect; a device that is off is no error."""
        await self.connection.open()

    async def close(self) -> None:
        """Close the connection."""
        await self.connection.close()

    async def read(self, points: Sequence[str]) -> list[Sample]:
        """Read the points named; one sample each, in that order, with the instant in the middle of its request."""
        chosen = [self.template.point(name) for name in dict.fromkeys(points)]
        found: dict[str, Sample] = {}
        for group in group_points(chosen, self.template.max_registers, self.template.max_gap):
            for sample in await self._read_group(group):
                found[sample.point] = sample
        return [found[name] for name in points]

    async def _read_group(self, group: list[Point]) -> list[Sample]:
        start = group[0].address
        count = max(point.address + point.count for point in group) - start
        before = self.clock()
        got = await self.connection.registers(group[0].function_code, start, count, self.unit_id)
        at_ms = (before + self.clock()) // 2
        if isinstance(got, Quality):
            if got is Quality.REFUSED and len(group) > 1:
                return [sample for point in group for sample in await self._read_group([point])]
            return [Sample(point.name, at_ms, None, got, _REASONS[got]) for point in group]
        return [_sample(point, got[point.address - start :][: point.count], at_ms) for point in group]


_REASONS = {
    Quality.REFUSED: "设备拒绝 / the device answered with an exception",
    Quality.NO_ANSWER: "无应答 / no answer",
}


def _sample(point: Point, registers: list[int], at_ms: int) -> Sample:
    value = decode(
        registers, point.data_type, scale=point.scale, word_order=point.word_order,
        byte_swap=point.byte_swap, all_ones_missing=point.all_ones_missing,
    )  # fmt: skip
    if value is None:
        return Sample(point.name, at_ms, None, Quality.NOT_AVAILABLE, "设备无此值 / the device has no such value")
    return Sample(point.name, at_ms, value)
