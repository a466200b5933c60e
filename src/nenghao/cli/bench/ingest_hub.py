"""A hub of its own for the measurements of the intake: seeded, served, loaded, watched, stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from nenghao.cli.bench.ingest_load import Plan
from nenghao.cli.bench.ingest_seed import Gateway
from nenghao.cli.demo.children import Child, wait_for_url
from nenghao.cli.demo.run import free_port
from nenghao.periods import BEIJING

HISTORY_DAYS = 60
"""The readings begin this long ago, so that none lies in the future."""
SAMPLE_EVERY_S = 1.0
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

    folder: Path
    environment: dict[str, str]
    gateways: list[Gateway]

    @classmethod
    def seeded(cls, folder: Path, *, enterprises: int, items: int, checks: bool = True) -> BenchHub:
        """Initialise the data directory; ``checks``: whether the quality is checked on arrival."""
        environment = {
            "NENGHAO_DATA_DIR": str(folder), "NENGHAO_DATABASE_URL": "", "NENGHAO_CHECKS": str(int(checks)),
            "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings",
        }  # fmt: skip
        _program(["-m", "nenghao.cli", "hub", "init"], environment)
        seed = ["-m", "nenghao.cli.bench.ingest_seed", str(enterprises), str(items)]
        return cls(folder, environment, json.loads(_program(seed, environment)))

    @property
    def readings(self) -> Path:
        """The file of readings."""
        return self.folder / "readings.duckdb"

    def plan(self, *, items: int, quarters: int, connections: int, seconds: float, turns: int) -> Plan:
        """Give the plan of a load that begins :data:`HISTORY_DAYS` ago."""
        now = datetime.now(BEIJING)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        return {
            "gateways": self.gateways, "items": items, "quarters": quarters, "connections": connections,
            "seconds": seconds, "turns": turns, "port": free_port(), "now": now.isoformat(),
            "first_day": (today - timedelta(days=HISTORY_DAYS)).isoformat(),
        }  # fmt: skip

    def measure(self, plan: Plan) -> Watched:
        """Serve, send, stop."""
        port = str(plan["port"])
        hub = Child("hub", ["hub", "serve", "--port", port], log=self.folder / "hub.log", environment=self.environment)
        try:
            health = f"http://127.0.0.1:{port}/health"
            wait_for_url(health, hub)
            with urllib.request.urlopen(health) as answer:
                worker = json.load(answer)["pid"]
            return self._watch(plan, worker)
        finally:
            hub.stop()

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
            load = json.loads(_program(["-m", "nenghao.cli.bench.ingest_load"], self.environment, json.dumps(plan)))
            spent = _processor_s(worker) - before
        finally:
            done.set()
            watcher.join()
        return Watched(load, memory_mb, _status_mb(worker, "VmHWM"), spent)


def _program(arguments: list[str], environment: Mapping[str, str], given: str | None = None) -> str:
    """Run Python with these arguments in the hub's environment and give what it printed."""
    done = subprocess.run(  # noqa: S603 -- our own program, our own arguments
        [sys.executable, *arguments], env={**os.environ, **environment}, input=given, stdout=subprocess.PIPE,
        text=True, check=True,
    )  # fmt: skip
    return done.stdout


def _status_mb(pid: int, name: str) -> float:
    """Give resident memory of a process [MB]: now (``VmRSS``) or the highest so far (``VmHWM``)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024, 1)


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS
