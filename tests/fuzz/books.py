"""A hub in its own process on a free port, filled with the world that is fuzzed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from nenghao.cli.demo.hub_process import HubProcess

REPOSITORY = Path(__file__).resolve().parents[2]
NO_LIMITS = {
    "NENGHAO_API_REQUESTS_PER_MINUTE": "1000000000",
    "NENGHAO_REGISTRATIONS_PER_MINUTE": "1000000000",
    "NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE": "1000000000",
    "NENGHAO_DEVICE_REQUESTS_PER_MINUTE": "1000000000",
    "NENGHAO_LOG_LEVEL": "ERROR",
    "NENGHAO_CHECKS": "0",
}
"""Rates have their own tests; here they would only hide what lies behind them."""


class ServedHub(HubProcess):
    """Start it with ``with``; ``world`` says what is in it, ``url`` where it answers."""

    def __init__(self, folder: Path) -> None:
        database = {"NENGHAO_DATABASE_URL": os.environ.get("NENGHAO_DATABASE_URL", "")}
        super().__init__(folder, environment=NO_LIMITS | database | {"PYTHONPATH": str(REPOSITORY)})
        self.world: dict[str, Any] = {}

    def __enter__(self) -> ServedHub:
        self.command("init")
        self.world = self.question("make")
        self.before = self.question("foreign")
        self.start()
        self.first_memory_mb = self.memory_mb()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def question(self, name: str) -> dict[str, Any]:
        """Run a question of :mod:`tests.fuzz.world` in the hub's environment, with the hub stopped."""
        return json.loads(self.python("-m", "tests.fuzz.world", name).splitlines()[-1])

    def memory_mb(self) -> float:
        """Give the resident memory of the hub's processes [MB]."""
        assert self.child is not None
        parents = {self.child.process.pid}
        pages = 0
        for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
            try:
                parent = int(entry.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1])
                if int(entry.name) in parents or parent in parents:
                    parents.add(int(entry.name))
                    pages += int(entry.joinpath("statm").read_text().split()[1])
            except (OSError, ValueError):
                continue
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
