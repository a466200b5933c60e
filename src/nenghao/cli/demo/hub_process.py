"""A hub as a process: set up by its commands, served on a port, asked, stopped, killed, started again, looked into.

Everything that needs a real hub uses this: the demonstration, the measurements, chaos and the tests.

>>> hub = HubProcess(Path("/tmp/province"), level="province")     # doctest: +SKIP
>>> hub.command("init")                                           # doctest: +SKIP
>>> hub.start().post("versionCheck", {})["responseCode"]          # doctest: +SKIP
'1'
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple, Self

import duckdb

from nenghao.cli.demo.children import Child, free_port, wait_for_url
from nenghao.errors import NenghaoError

READY_S = 90.0
SHELL = """
import django; django.setup()
from nenghao.hub.registry.models import *
from nenghao.hub.registry.services import *
from nenghao.hub.audit.services import Actor
from django.utils import timezone
actor, now = Actor.command("script"), timezone.now()
"""
APPROVE = """
from nenghao.hub.chain.models import Platform
from nenghao.hub.chain.platforms import decide_platform
waiting = [(decide_device, {"device_id": one.device_id}) for one in Device.objects.filter(status="pending")]
waiting += [(decide_platform, {"platform_id": one.platform_id}) for one in Platform.objects.filter(status="pending")]
for decide, which in waiting:
    decide(actor=actor, now=now, status="approved", reason=reason, **which)
print(len(waiting))
"""


class StoredReading(NamedTuple):
    """A current reading as the store keeps it."""

    enterprise_code: str
    data_code: str
    stat_type: int
    start: datetime
    """Start of the period, Beijing wall time."""
    value: float | None
    """In the base unit of its energy; ``None`` when it is missing."""
    state: int
    input_type: int


class HubProcess:
    """A hub: its data directory, its environment, its port and, while it serves, its process.

    ``environment`` comes on top of what every such hub gets; ``options`` are those of ``nenghao hub serve``;
    ``context`` is what this side shows and trusts when the hub serves TLS; ``ready_s``: it may take so long [s].
    """

    def __init__(
        self, folder: Path, *, name: str = "hub", port: int = 0, environment: Mapping[str, str] | None = None,
        options: Sequence[str] = ("--threads", "4"), context: ssl.SSLContext | None = None, ready_s: float = READY_S,
    ) -> None:  # fmt: skip
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.name, self.folder, self.options, self.context = name, folder, tuple(options), context
        self.port, self.ready_s = port or free_port(), ready_s
        self.environment = {
            "NENGHAO_DATA_DIR": str(folder), "NENGHAO_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings", **(environment or {}),
        }  # fmt: skip
        self.child: Child | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What its process prints."""
        return self.folder / "hub.log"

    def attempt(self, *words: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python to its end in the hub's environment, whatever comes of it."""
        return subprocess.run(  # noqa: S603 -- our own program, our own arguments
            [sys.executable, *words], env={**os.environ, **self.environment, **environment}, input=given,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def python(self, *words: str, given: str = "") -> str:
        """Run Python in the hub's environment and give what it printed; raise with what it said when it fails."""
        done = self.attempt(*words, given=given)
        if done.returncode:
            said = (done.stderr or done.stdout).strip()[-4000:]
            raise NenghaoError("hub-step", f"步骤失败: {' '.join(words)}", "a step failed", record=said)
        return done.stdout

    def command(self, *words: str) -> str:
        """Run ``nenghao hub …`` and give what it printed."""
        return self.python("-m", "nenghao.cli", "hub", *words)

    def script(self, text: str) -> str:
        """Run statements with the registry, its services, ``actor`` and ``now`` at hand."""
        return self.python("-c", SHELL + text)

    def approve_waiting(self, reason: str = "") -> int:
        """Approve every device and every platform below that waits; give how many."""
        return int(self.script(f"reason = {reason!r}\n{APPROVE}"))

    def launch(self, *options: str) -> Child:
        """Start serving; it need not be ready when this returns."""
        arguments = ["hub", "serve", "--port", str(self.port), *self.options, *options]
        self.child = Child(self.name, arguments, log=self.log, environment=self.environment)
        return self.child

    def start(self, *options: str) -> Self:
        """Serve, and wait until it answers and says that it is well."""
        wait_for_url(f"{self.url}/health", self.launch(*options), self.ready_s, self.context)
        return self

    def running(self) -> bool:
        """Tell whether its process runs."""
        return self.child is not None and self.child.running()

    def require_running(self) -> None:
        """Raise with the end of the log when its process has stopped by itself."""
        if self.child is not None:
            self.child.require_running()

    def stop(self) -> None:
        """End it in good order."""
        if self.child is not None:
            self.child.stop()
            self.child = None

    def kill(self) -> None:
        """End it at once (``kill -9``), workers and all."""
        if self.child is not None:
            self.child.kill()
            self.child = None

    def post(self, operation: str, message: Mapping[str, Any] | bytes, *, prefix: str = "/nhjc") -> dict[str, Any]:
        """Call an operation of the wire with a message, or with a body as it is."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        request = urllib.request.Request(  # noqa: S310 -- our own address
            f"{self.url}{prefix}/{operation}", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60, context=self.context) as answer:  # noqa: S310
            return json.load(answer)

    def health(self) -> dict[str, Any]:
        """Ask the health page."""
        with urllib.request.urlopen(f"{self.url}/health", timeout=30, context=self.context) as answer:  # noqa: S310
            return json.load(answer)

    def ask(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the hub's SQLite database, while it runs or not."""
        with contextlib.closing(sqlite3.connect(self.folder / "hub.sqlite3", timeout=20)) as connection:
            return connection.execute(query, parameters).fetchall()

    def table(self, name: str) -> list[dict[str, Any]]:
        """Give the rows of one table of the SQLite database."""
        with contextlib.closing(sqlite3.connect(self.folder / "hub.sqlite3", timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]  # noqa: S608 -- of a test

    def readings(self) -> list[StoredReading]:
        """Give every current reading; the hub has stopped."""
        return stored_readings(self.folder)


def stored_readings(folder: Path) -> list[StoredReading]:
    """Give every current reading in the data directory of a hub that has stopped."""
    query = (files("nenghao.cli.demo") / "stored_readings.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(folder / "readings.duckdb"), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    codes = enterprise_codes(folder)
    return [StoredReading(codes[row[0]], *row[1:]) for row in rows]


def enterprise_codes(folder: Path) -> dict[int, str]:
    """Give the enterprises' codes by their keys, of a hub with an SQLite database."""
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'hub.sqlite3'}?mode=ro", uri=True)) as database:
        return dict(database.execute("SELECT id, code FROM registry_enterprise"))


def wait_until(what: str, true: Callable[[], Any], timeout_s: float = 60.0) -> float:
    """Wait until something holds; give how long it took [s]. Raises ``TimeoutError`` with ``what``."""
    started = time.monotonic()
    while not true():
        if time.monotonic() - started > timeout_s:
            raise TimeoutError(what)
        time.sleep(0.1)
    return time.monotonic() - started
