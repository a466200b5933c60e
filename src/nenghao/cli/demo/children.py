"""The processes that the demonstration, the measurements and the tests start, and how they stop them.

Each child leads its own process group, so that a stop, or a kill in a test, takes the child's workers with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from nenghao.errors import NenghaoError

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_STARTER = ThreadPoolExecutor(1, thread_name_prefix="starts-children")
"""Starts every child: the system asks a child to end when the *thread* that started it ends, and this one stays."""


def _end_with_parent() -> None:
    """In the child, before it becomes the command: be asked to end when the parent dies, even by ``kill -9``."""
    assert _LIBC is not None
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One ``nenghao`` subcommand running as a process, its output in a log file."""

    def __init__(self, name: str, arguments: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> None:
        self.name, self.log = name, log
        self._file: IO[bytes] = log.open("ab")
        self.process = _STARTER.submit(self._start, arguments, {**os.environ, **environment}).result()

    def _start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own program, our own arguments
            [sys.executable, "-m", "nenghao.cli", *arguments], stdout=self._file, stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL, env=environment, start_new_session=True,
            preexec_fn=_end_with_parent if _LIBC else None,  # noqa: PLW1509 - one system call, no lock
        )  # fmt: skip

    def running(self) -> bool:
        """Tell whether the process still runs."""
        return self.process.poll() is None

    def require_running(self) -> None:
        """Raise with the end of the log when the process has stopped by itself."""
        if self.process.poll() is None:
            return
        tail = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
        raise NenghaoError(
            "child-stopped",
            f"{self.name} 已停止（退出码 {self.process.returncode}）",
            f"{self.name} has stopped (exit {self.process.returncode})",
            record="\n".join(tail),
            mend_zh=f"见日志 {self.log}",
            mend_en=f"see the log {self.log}",
        )

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and its workers."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def stop(self, timeout_s: float = 45.0) -> int:
        """Ask the process to end and wait; what does not end in time is killed. Gives the exit code."""
        if self.running():
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.signal_group(signal.SIGKILL)
                self.process.wait()
        self.signal_group(signal.SIGKILL)
        self._file.close()
        return self.process.returncode

    def kill(self) -> None:
        """Kill the process and its workers at once (``kill -9``)."""
        self.signal_group(signal.SIGKILL)
        self.process.wait()
        self._file.close()


def free_port() -> int:
    """Find a TCP port of the loopback address that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_url(url: str, child: Child, timeout_s: float = 60.0, context: ssl.SSLContext | None = None) -> None:
    """Wait until ``url`` answers with success; raise when the child dies or the time is up."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        child.require_running()
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(url, timeout=5, context=context),  # noqa: S310 -- our own address
        ):
            return
        time.sleep(0.1)
    raise NenghaoError(
        "child-silent",
        f"{child.name} 在 {timeout_s:.0f} 秒内没有就绪",
        f"{child.name} was not ready within {timeout_s:.0f} s",
        mend_zh=f"见日志 {child.log}",
        mend_en=f"see the log {child.log}",
    )
