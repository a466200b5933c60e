"""The simulator as a process: listen until SIGINT or SIGTERM, or write the past of its meters as CSV files."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from nenghao.drivers.clock import Clock
from nenghao.drivers.load_curve import write_usage_csv
from nenghao.drivers.modbus_simulator import curve_of, load_simulator, start_simulator
from nenghao.errors import NenghaoError


def serve(path: Path) -> None:
    """Run the simulator that the file describes until a signal asks it to stop."""
    config, meters = load_simulator(path)

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        try:
            server = await start_simulator(meters, Clock.of(config.clock), config.server.host, config.server.port)
        except RuntimeError:
            raise NenghaoError(
                "port-taken", f"端口 {config.server.port} 不能监听",
                f"cannot listen on port {config.server.port}",
                field="server.port",
                mend_zh="换一个端口，或停掉占用它的程序", mend_en="choose another port or stop what uses it",
            ) from None  # fmt: skip
        await stop.wait()
        await server.shutdown()

    asyncio.run(run())


def write_history(path: Path, folder: Path, days: int) -> None:
    """Write ``meter-<unit id>.csv`` for every meter of the file: the first ``days`` of its curve."""
    config, _ = load_simulator(path)
    folder.mkdir(parents=True, exist_ok=True)
    for meter in config.meter:
        write_usage_csv(curve_of(meter, path.parent), folder / f"meter-{meter.unit_id}.csv", days)
