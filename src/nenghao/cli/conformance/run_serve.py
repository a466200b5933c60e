"""One run of ``nenghao conformance serve``: the platform of the profile's dialect, served until it is enough."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from nenghao.cli.conformance.faults import Faults
from nenghao.cli.conformance.national_platform import NationalPlatform
from nenghao.cli.conformance.national_verdict import judge_gateway
from nenghao.cli.conformance.report import Report
from nenghao.cli.conformance.server import serving, wait_until_idle
from nenghao.cli.conformance.yunnan_platform import YunnanPlatform, judge_yunnan_gateway
from nenghao.protocol import Profile


@dataclass(frozen=True, slots=True)
class ServePlan:
    """What the caller asked for; ``idle_s`` 0 means until interrupted."""

    profile: Profile
    host: str = "127.0.0.1"
    port: int = 0
    base_url: str = ""
    upload_time: str = "00:30:00"
    faults: bool = False
    hold_s: float = 45.0
    idle_s: float = 0.0
    tls: tuple[Path, Path] | None = None
    client_ca: Path | None = None


def run_serve(plan: ServePlan, *, ready: Callable[[str], None]) -> Report:
    """Serve, then judge; ``ready`` is told the register address."""
    kind = YunnanPlatform if plan.profile.dialect == "B" else NationalPlatform
    platform = kind(plan.profile, plan.upload_time, lambda: datetime.now(UTC), faults=Faults(enabled=plan.faults))
    where = {"host": plan.host, "port": plan.port, "public_base": plan.base_url}
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell started us deaf to Ctrl-C
        signal.signal(number, _interrupt)
    with serving(platform, hold_s=plan.hold_s, tls=plan.tls, client_ca=plan.client_ca, **where) as server:
        ready(platform.register_url)
        with contextlib.suppress(KeyboardInterrupt):
            wait_until_idle(server, plan.idle_s)
        with server.lock:
            if isinstance(platform, YunnanPlatform):
                return judge_yunnan_gateway(platform, platform.register_url)
            return judge_gateway(platform, platform.register_url)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does: with the report."""
    raise KeyboardInterrupt
