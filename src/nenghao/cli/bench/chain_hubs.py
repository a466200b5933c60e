"""Real hub processes of a chain, for the measurement and the tests: set up, serve, kill, ask, read their files."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from nenghao.cli.demo.children import Child, wait_for_url
from nenghao.cli.demo.run import free_port

TODAY_COMPARED_AT = "00:00"


class Hub:
    """One hub: its data directory, its process, its port."""

    def __init__(self, name: str, folder: Path, level: str) -> None:
        self.name, self.folder, self.port = name, folder, free_port()
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            "NENGHAO_DATA_DIR": str(folder), "NENGHAO_DATABASE_URL": "", "NENGHAO_LEVEL": level,
            "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings", "NENGHAO_CHECKS": "0",
            "NENGHAO_CHAIN_COMPARE_AT": TODAY_COMPARED_AT,
        }  # fmt: skip
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """Address of the wire."""
        return f"http://127.0.0.1:{self.port}/nhjc"

    def command(self, *words: str) -> str:
        """Run ``nenghao hub …`` and give its output."""
        return self.program("-m", "nenghao.cli", "hub", *words)

    def program(self, *words: str, given: str = "") -> str:
        """Run a program of ours in the hub's environment."""
        done = subprocess.run(  # noqa: S603 -- our own program, our own arguments
            [sys.executable, *words], env={**os.environ, **self.environment}, input=given, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def start(self) -> None:
        """Serve, and wait until it answers."""
        self.child = Child(
            self.name, ["hub", "serve", "--port", str(self.port), "--threads", "16"],
            log=self.folder / "hub.log", environment=self.environment,
        )  # fmt: skip
        wait_for_url(f"http://127.0.0.1:{self.port}/health", self.child)

    def kill(self) -> None:
        """End it at once (``kill -9``), workers and all."""
        if self.child is not None:
            self.child.kill()
            self.child = None

    def stop(self) -> None:
        """End it in good order."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def post(self, operation: str, message: dict[str, Any]) -> dict[str, Any]:
        """Call an operation of the wire."""
        request = urllib.request.Request(  # noqa: S310 -- our own address
            f"{self.url}/{operation}", json.dumps(message).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    def health(self) -> dict[str, Any]:
        """Ask the health page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=30) as answer:
            return json.load(answer)

    def ask(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the hub's SQLite database, while it runs or not."""
        with contextlib.closing(sqlite3.connect(self.folder / "hub.sqlite3", timeout=20)) as connection:
            return connection.execute(query, parameters).fetchall()

    def readings(self) -> set[tuple[Any, ...]]:
        """Give every current reading as (enterprise code, data code, type, start, value, state); the hub is stopped."""
        codes = dict(self.ask("SELECT id, code FROM registry_enterprise"))
        with duckdb.connect(str(self.folder / "readings.duckdb"), read_only=True) as connection:
            rows = connection.execute("""
                SELECT item.enterprise_id, item.data_code, r.stat_type, strftime(r.period_start, '%Y-%m-%d %H:%M'),
                    arg_max_null(r.value, r.version), arg_max(r.state, r.version)
                FROM reading AS r JOIN data_item AS item ON item.id = r.data_item_id
                GROUP BY ALL""").fetchall()
        return {(codes[row[0]], *row[1:]) for row in rows}

    def totals(self) -> dict[tuple[str, str, str], tuple[float, float]]:
        """Give tce by region, energy and day from the rollups; the hub is stopped."""
        regions = dict(self.ask("SELECT id, region_id FROM registry_enterprise"))
        found: dict[tuple[str, str, str], tuple[float, float]] = {}
        with duckdb.connect(str(self.folder / "readings.duckdb"), read_only=True) as connection:
            rows = connection.execute("""
                SELECT enterprise_id, energy_key, strftime(period_start, '%Y-%m-%d'), quantity, tce
                FROM rollup_enterprise WHERE period_kind = 'day' ORDER BY ALL""").fetchall()
        for pk, energy, day, quantity, tce in rows:
            key = (regions[pk], energy, day)
            before = found.get(key, (0.0, 0.0))
            found[key] = (before[0] + (quantity or 0.0), before[1] + (tce or 0.0))
        return found


def wait_until(what: str, true: Callable[[], bool], timeout_s: float = 60.0) -> float:
    """Wait until something holds; give how long it took [s]. Raises ``TimeoutError`` with ``what``."""
    started = time.monotonic()
    while not true():
        if time.monotonic() - started > timeout_s:
            raise TimeoutError(what)
        time.sleep(0.1)
    return time.monotonic() - started
