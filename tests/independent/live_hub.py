"""A real hub in a process of its own, which the independent gateways and the conformance kit drive over sockets."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from nenghao.readings import ReadingStore

START_LIMIT_S = 90
CURRENT = """
SELECT enterprise_id, item.data_code, reading.stat_type,
    strftime(reading.period_start, '%Y-%m-%d %H:%M:%S') AS start, reading.value, reading.state, reading.input_type
FROM reading JOIN data_item AS item ON item.id = reading.data_item_id
QUALIFY row_number() OVER (PARTITION BY data_item_id, stat_type, period_start ORDER BY version DESC) = 1
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LiveHub:
    """`nenghao hub` set up in a folder; `prepare` runs in its environment before it serves."""

    def __init__(self, folder: Path, **environment: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        self.environment = os.environ | {
            "NENGHAO_DATA_DIR": str(folder), "NENGHAO_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings", **environment,
        }  # fmt: skip
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> str:
        return self._run("-m", "nenghao.cli", "hub", *words)

    def script(self, text: str) -> str:
        """Run statements with Django and the registry at hand, as an operator's shell would."""
        head = "import django; django.setup()\nfrom nenghao.hub.registry.models import *\n"
        head += "from nenghao.hub.registry.services import *\nfrom nenghao.hub.audit.services import Actor\n"
        head += "from django.utils import timezone\nactor, now = Actor.command('test'), timezone.now()\n"
        return self._run("-c", head + text)

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> LiveHub:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nenghao.cli", "hub", "serve", "--port", str(self.port), "--threads", "4"],
            env=self.environment, stderr=(self.folder / "log").open("a"),
        )  # fmt: skip
        give_up = time.monotonic() + START_LIMIT_S
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < give_up, "the hub does not answer"
            time.sleep(0.1)
        return self

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/health", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
            self.process = None

    def readings(self) -> list[tuple]:
        """The current readings of a stopped hub: enterprise id, data code, statistic type, start, value, state …"""
        with ReadingStore.open(self.folder / "readings.duckdb") as store, store._connection.cursor() as cursor:
            return cursor.execute(CURRENT).fetchall()

    def table(self, name: str) -> list[dict]:
        """The rows of one table of the registry."""
        (path,) = self.folder.glob("*.sqlite3")
        with sqlite3.connect(path) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {name}")]
