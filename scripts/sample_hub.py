"""A hub with the sample province, served on a free port: for the browser tests and the screenshots."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "Sample-Plant-2026"
READY_S = 90
BROWSER_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-default-apps", "--disable-sync", "--no-first-run", "--font-render-hinting=none", "--lang=zh-CN",
]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + READY_S
    while time.monotonic() < give_up and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the hub did not answer at {url}")


@contextmanager
def sample_hub(data_dir: Path) -> Iterator[str]:
    """Set up, fill and serve a hub in ``data_dir``; yields its address."""
    environment = os.environ | {
        "NENGHAO_DATA_DIR": str(data_dir), "NENGHAO_ENVIRONMENT": "demo",
        "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings",
    }  # fmt: skip
    environment.pop("NENGHAO_DATABASE_URL", None)
    program = [sys.executable, "-m", "nenghao.cli"]
    subprocess.run([*program, "hub", "init"], env=environment, check=True, stdout=subprocess.DEVNULL)
    for sample in ("monitoring", "quality_review"):  # the second adds enterprises with known faults to the first
        subprocess.run([sys.executable, "-m", f"nenghao.hub.{sample}.tests.sample"], env=environment, check=True)
    port = _free_port()
    with (data_dir / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [*program, "hub", "serve", "--port", str(port), "--threads", "4"], env=environment, stdout=log, stderr=log
        )
        try:
            _wait(f"http://127.0.0.1:{port}/sign-in/", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)
