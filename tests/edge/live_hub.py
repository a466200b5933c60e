"""A real hub in a process of its own, for an edge that must survive its end."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from nenghao.readings import ReadingStore

from .conftest import free_port

CURRENT = """
SELECT item.data_code, reading.stat_type, strftime(reading.period_start, '%Y-%m-%d %H:%M:%S'), reading.value
FROM reading JOIN data_item AS item ON item.id = reading.data_item_id
QUALIFY row_number() OVER (PARTITION BY data_item_id, stat_type, period_start ORDER BY version DESC) = 1
"""
SHELL = """
import django; django.setup()
from django.utils import timezone
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.models import Device
from nenghao.hub.registry.services import decide_device
for device in Device.objects.filter(status="pending"):
    decide_device(actor=Actor.command("test"), now=timezone.now(), device_id=device.device_id, status="approved")
"""


class LiveHub:
    """``nenghao hub`` in a folder; :meth:`start` after :meth:`kill` finds all that was acknowledged."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}/YNEnergy"
        own = {"NENGHAO_DATA_DIR": str(folder), "NENGHAO_DATABASE_URL": "", "NENGHAO_CHECKS": "0"}
        self.environment = os.environ | {"DJANGO_SETTINGS_MODULE": "nenghao.hub.settings"} | own | environment
        self.process: subprocess.Popen | None = None

    def command(self, *words: str) -> None:
        self._run("-m", "nenghao.cli", "hub", *words)

    def approve(self) -> None:
        self._run("-c", SHELL)

    def _run(self, *words: str) -> None:
        done = subprocess.run([sys.executable, *words], env=self.environment, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr

    def start(self) -> LiveHub:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nenghao.cli", "hub", "serve", "--port", str(self.port), "--threads", "4"],
            env=self.environment, stderr=(self.folder / "log").open("a"),
        )  # fmt: skip
        give_up = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5).close()
            except OSError:
                assert time.monotonic() < give_up, (self.folder / "log").read_text()
                time.sleep(0.1)
            else:
                return self

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None

    def readings(self) -> dict[tuple[str, int, str], float]:
        """The current readings of a hub that has ended."""
        with ReadingStore.open(self.folder / "readings.duckdb") as store, store._connection.cursor() as cursor:
            return {row[:3]: row[3] for row in cursor.execute(CURRENT).fetchall()}

    def table(self, name: str) -> list[dict]:
        (path,) = self.folder.glob("*.sqlite3")
        with sqlite3.connect(path) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {name}")]
