"""A hub of its own for the measurements of the intake: seeded, served, loaded, watched, stopped."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from nenghao.cli.bench.ingest_load import Plan
from nenghao.cli.bench.ingest_seed import Gateway
from nenghao.cli.demo.hub_process import HubProcess
from nenghao.periods import BEIJING

HISTORY_DAYS = 60
"""The readings begin this long ago, so that none lies in the future."""
SAMPLE_EVERY_S = 1.0
READY_S = 600.0
"""A hub hands 200,000 data items to its store before it is ready; on a busy machine that takes minutes."""
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Watched:
    """What a load came to: the report of the load generator and what was seen of the hub's worker."""

    load: dict[str, Any]
    memory_mb: list[float] = field(default_factory=list)
    """Resident memory, a sample a second."""
    peak_mb: float = 0.0
    processor_s: float = 0.0
    """Processor time of the worker under the load [s]."""

    def percentile_ms(self, percent: float) -> float:
        """Give a percentile of the time from request to answer [ms]."""
        return round(float(np.percentile(self.load["latencies_ms"], percent)), 1)


@dataclass(frozen=True, slots=True)
class BenchHub:
    """A hub with a fresh data directory and its gateways."""

    process: HubProcess
    gateways: list[Gateway]

    @classmethod
    def seeded(cls, folder: Path, *, enterprises: int, items: int, checks: bool = True) -> BenchHub:
        """Initialise the data directory; ``checks``: whether the quality is checked on arrival."""
        hub = HubProcess(folder, environment={"NENGHAO_CHECKS": str(int(checks))}, options=(), ready_s=READY_S)
        hub.command("init")
        return cls(hub, json.loads(hub.python("-m", "nenghao.cli.bench.ingest_seed", str(enterprises), str(items))))

    @property
    def readings(self) -> Path:
        """The file of readings."""
        return self.process.folder / "readings.duckdb"

    def plan(self, *, items: int, quarters: int, connections: int, seconds: float, turns: int) -> Plan:
        """Give the plan of a load that begins :data:`HISTORY_DAYS` ago."""
        now = datetime.now(BEIJING)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        return {
            "gateways": self.gateways, "items": items, "quarters": quarters, "connections": connections,
            "seconds": seconds, "turns": turns, "port": self.process.port, "now": now.isoformat(),
            "first_day": (today - timedelta(days=HISTORY_DAYS)).isoformat(),
        }  # fmt: skip

    def measure(self, plan: Plan) -> Watched:
        """Serve, send, stop."""
        try:
            return self._watch(plan, self.process.start().health()["pid"])
        finally:
            self.process.stop()

    def _watch(self, plan: Plan, worker: int) -> Watched:
        memory_mb: list[float] = []
        done = threading.Event()

        def sample() -> None:
            while not done.wait(SAMPLE_EVERY_S):
                memory_mb.append(_status_mb(worker, "VmRSS"))

        watcher = threading.Thread(target=sample, name="bench-memory")
        watcher.start()
        before = _processor_s(worker)
        try:
            load = json.loads(self.process.python("-m", "nenghao.cli.bench.ingest_load", given=json.dumps(plan)))
            spent = _processor_s(worker) - before
        finally:
            done.set()
            watcher.join()
        return Watched(load, memory_mb, _status_mb(worker, "VmHWM"), spent)


def _status_mb(pid: int, name: str) -> float:
    """Give resident memory of a process [MB]: now (``VmRSS``) or the highest so far (``VmHWM``)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024, 1)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS
