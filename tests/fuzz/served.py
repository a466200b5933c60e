"""A hub in its own process on a free port, filled with the world that is fuzzed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

READY_S = 120
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


class ServedHub:
    """Start it with ``with``; ``world`` says what is in it, ``url`` where it answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = (
            os.environ
            | NO_LIMITS
            | {
                "NENGHAO_DATA_DIR": str(folder),
                "PYTHONPATH": str(REPOSITORY),
                "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings",
            }
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        self.world: dict[str, Any] = {}

    def __enter__(self) -> ServedHub:
        self._run("-m", "nenghao.cli", "hub", "init")
        self.world = self.ask("make")
        self.before = self.ask("foreign")
        port = self.url.rsplit(":", 1)[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nenghao.cli", "hub", "serve", "--port", port, "--threads", "4"],
            env=self.environment,
            stderr=(self.folder / "log").open("ab"),
            stdout=subprocess.DEVNULL,
            cwd=REPOSITORY,
        )
        self._wait()
        self.first_memory_mb = self.memory_mb()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the hub; its store can be read afterwards."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def ask(self, question: str) -> dict[str, Any]:
        """Run a question of :mod:`tests.fuzz.world` in the hub's environment, with the hub stopped."""
        return json.loads(self._run("-m", "tests.fuzz.world", question).splitlines()[-1])

    def memory_mb(self) -> float:
        """Give the resident memory of the hub's processes [MB]."""
        parents = {self.process.pid}
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

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], env=self.environment, capture_output=True, text=True, cwd=REPOSITORY, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-4000:])
        return done.stdout

    def _wait(self) -> None:
        give_up = time.monotonic() + READY_S
        while time.monotonic() < give_up and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        raise RuntimeError((self.folder / "log").read_text()[-4000:])
