"""Live collection: every meter is read at each boundary of the grid, and again until it answers within the minute.

One device that is silent costs the others nothing: connections are read side by side, the devices of one in turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from nenghao.drivers.base import Problem, Quality, Sample
from nenghao.drivers.clock import Clock
from nenghao.drivers.modbus_tcp import ModbusConnection, ModbusDevice
from nenghao.drivers.templates import device_template
from nenghao.edge.config import EdgePlan, MeterPlan
from nenghao.edge.ledger import Ledger, SampleRows
from nenghao.edge.windows import recompute

WITHIN_MS = 45_000
"""A boundary counts as observed when a sample lies within 60 s; what has not answered by then is not asked again."""
RETRY_S = 2.0


class Collector:
    """Reads the live meters of a plan on the grid of the clock."""

    def __init__(self, plan: EdgePlan, ledger: Ledger, clock: Clock, wake: Callable[[], None]) -> None:
        self.ledger, self.clock, self._wake = ledger, clock, wake
        self._step_ms = plan.config.edge.collect_s * 1000
        self._connections = {
            c.id: ModbusConnection(c.host, c.port, timeout_s=c.timeout_s) for c in plan.config.connection
        }
        self._meters = [meter for meter in plan.meters.values() if meter.section.modbus]
        self._devices = {meter.section.id: self._device(plan, meter) for meter in self._meters}

    async def run(self) -> None:
        """Read at every boundary until cancelled."""
        try:
            while self._meters:
                boundary = (self.clock.now_ms() // self._step_ms + 1) * self._step_ms
                await self.clock.sleep_until(boundary)
                await self._collect(boundary)
        finally:
            for connection in self._connections.values():
                await connection.close()

    async def _collect(self, boundary_ms: int) -> None:
        waiting = self._meters
        while waiting:
            samples = await self._read_all(waiting)
            self._store(waiting, samples)
            self._wake()
            waiting = [
                m for m, s in zip(waiting, samples, strict=True)
                if s.quality is Quality.NO_ANSWER
            ]  # fmt: skip
            if waiting:
                await asyncio.sleep(RETRY_S / self.clock.rate)
            if self.clock.now_ms() > boundary_ms + WITHIN_MS:
                return

    async def _read_all(self, meters: Sequence[MeterPlan]) -> list[Sample]:
        async def of_connection(name: str) -> dict[str, Sample]:
            behind = [m for m in meters if m.section.modbus and m.section.modbus.connection == name]
            return {m.section.id: await self._read(m) for m in behind}

        parts = await asyncio.gather(*(of_connection(name) for name in self._connections))
        found = {meter_id: sample for part in parts for meter_id, sample in part.items()}
        return [found[m.section.id] for m in meters]

    async def _read(self, meter: MeterPlan) -> Sample:
        device, point = self._devices[meter.section.id]
        return (await device.read([point]))[0]

    def _store(self, meters: Sequence[MeterPlan], samples: Sequence[Sample]) -> None:
        """Write what was read and what was not, in one transaction."""
        with self.ledger.transaction():
            for meter, sample in zip(meters, samples, strict=True):
                if sample.value is None:
                    problem = Problem(f"{meter.section.id}/{sample.point}", sample.reason, sample.quality.value)
                    self.ledger.put_problems(sample.at_ms, [problem])
                    continue
                self.ledger.put_samples(meter.section.id, self._row(meter, sample, sample.value))
                recompute(self.ledger, meter, sample.at_ms, sample.at_ms)

    def _row(self, meter: MeterPlan, sample: Sample, value: float) -> SampleRows:
        segment = self.ledger.last_segment(meter.section.id) if meter.section.live_continues else 0
        return SampleRows(
            np.array([sample.at_ms]), np.array([self.clock.now_ms()]),
            np.array([value * meter.point_to_unit]), np.array([segment]),
        )  # fmt: skip

    def _device(self, plan: EdgePlan, meter: MeterPlan) -> tuple[ModbusDevice, str]:
        modbus = meter.section.modbus
        assert modbus is not None
        template = device_template(modbus.template, plan.folder)
        device = ModbusDevice(self._connections[modbus.connection], template, modbus.unit_id, clock=self.clock.now_ms)
        return device, modbus.point or template.energy_point
