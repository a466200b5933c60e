"""Uploads over real HTTP into a real hub process, until they are durable; afterwards the file is compared.

A hub with a fresh data directory serves 200 enterprises. A load generator in its own process on the same machine sends
uploads of 200 distinct quarter-hour readings over kept-alive connections. Then the hub is stopped, and its file must
hold exactly the acknowledged readings.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import duckdb
import numpy as np
import typer

from nenghao.cli.bench.ingest_load import ITEMS, QUARTERS, RECORDS, value_of
from nenghao.cli.bench.ingest_seed import Gateway
from nenghao.cli.demo.children import Child, wait_for_url
from nenghao.cli.demo.run import free_port
from nenghao.periods import BEIJING

HISTORY_DAYS = 60
"""The readings begin this long ago, so that none lies in the future."""


def run(
    *,
    seconds: Annotated[float, typer.Option(min=1, help="上传时长 [s] / how long to send")] = 20.0,
    enterprises: Annotated[int, typer.Option(min=1, max=1000, help="企业数 / enterprises")] = 200,
    connections: Annotated[int, typer.Option(min=1, help="连接数 / connections")] = 32,
    checks: Annotated[bool, typer.Option(help="到达时检查质量 / check quality on arrival")] = True,
) -> dict[str, Any]:
    """上传入库速度 / readings per second from HTTP to disk, with the store checked afterwards."""
    with tempfile.TemporaryDirectory(prefix="nenghao-bench-") as folder:
        environment = {
            "NENGHAO_DATA_DIR": folder, "NENGHAO_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings",
            "NENGHAO_CHECKS": str(int(checks)),
        }  # fmt: skip
        _program(["-m", "nenghao.cli", "hub", "init"], environment)
        gateways = json.loads(_program(["-m", "nenghao.cli.bench.ingest_seed", str(enterprises)], environment))
        today = datetime.now(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        plan = {
            "gateways": gateways, "connections": connections, "seconds": seconds,
            "now": datetime.now(BEIJING).isoformat(), "first_day": (today - timedelta(days=HISTORY_DAYS)).isoformat(),
        }  # fmt: skip
        load, hub_peak_mb = _measure(plan, Path(folder), environment)
        problems = _differences(load, plan, Path(folder) / "readings.duckdb")
        checked = _checked_cells(Path(folder) / "readings.duckdb")
        stored_mb = (Path(folder) / "readings.duckdb").stat().st_size / 1e6
    for problem in (load["errors"] + problems)[:10]:
        print(problem, file=sys.stderr)
    readings = sum(accepted for *_, accepted in load["acknowledged"])
    return {
        "readings_per_s": round(readings / load["seconds"]), "p99_ms": _percentile(load, 99),
        "p50_ms": _percentile(load, 50), "readings": readings, "requests": len(load["latencies_ms"]),
        "seconds": round(load["seconds"], 2), "errors": len(load["errors"]), "verified": not problems,
        "hub_peak_mb": hub_peak_mb, "stored_mb": round(stored_mb, 1),
        "item_days_checked": checked,
    }  # fmt: skip


def _percentile(load: Mapping[str, Any], percent: float) -> float:
    return round(float(np.percentile(load["latencies_ms"], percent)), 1)


def _program(arguments: list[str], environment: Mapping[str, str], given: str | None = None) -> str:
    """Run Python with these arguments in the hub's environment and give what it printed."""
    done = subprocess.run(  # noqa: S603 -- our own program, our own arguments
        [sys.executable, *arguments], env={**os.environ, **environment}, input=given, stdout=subprocess.PIPE,
        text=True, check=True,
    )  # fmt: skip
    return done.stdout


def _measure(plan: dict[str, Any], folder: Path, environment: Mapping[str, str]) -> tuple[dict[str, Any], float]:
    """Serve, send, stop; give the load generator's report and the peak memory of the hub's worker [MB]."""
    port = free_port()
    hub = Child("hub", ["hub", "serve", "--port", str(port)], log=folder / "hub.log", environment=environment)
    try:
        health = f"http://127.0.0.1:{port}/health"
        wait_for_url(health, hub)
        report = _program(["-m", "nenghao.cli.bench.ingest_load"], environment, json.dumps(plan | {"port": port}))
        with urllib.request.urlopen(health) as answer:
            peak_mb = _peak_mb(json.load(answer)["pid"])
    finally:
        hub.stop()
    return json.loads(report), peak_mb


def _peak_mb(pid: int) -> float:
    """Give the highest resident memory that a process had [MB]."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024, 1)


def _differences(load: Mapping[str, Any], plan: Mapping[str, Any], path: Path) -> list[str]:
    """Compare what is in the file with what was acknowledged, batch by batch; give what differs."""
    query = (files("nenghao.cli.bench") / "ingest_stored.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(path), read_only=True) as connection:
        stored = {row[0]: row[1:] for row in connection.execute(query).fetchall()}
    expected = {
        batch: _expected(plan["gateways"], plan["first_day"], enterprise, turn)
        for batch, enterprise, turn, _ in load["acknowledged"]
    }
    if len(expected) != len(load["acknowledged"]):
        return ["a batch number was given twice"]
    return [
        f"batch {batch}: stored {stored.get(batch)}, acknowledged {expected.get(batch)}"
        for batch in stored.keys() | expected.keys()
        if stored.get(batch) != expected.get(batch)
    ]


def _checked_cells(path: Path) -> int:
    """Give how many (item, day) cells of real-time readings were checked while the uploads came in."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("SELECT count(*) FROM quality_count WHERE stat_type = 0").fetchall()[0][0]


def _expected(gateways: list[Gateway], first_day: str, enterprise: int, turn: int) -> tuple[Any, ...]:
    """Give the row that an upload must have left behind."""
    first = datetime.fromisoformat(first_day) + timedelta(minutes=15 * QUARTERS * turn)
    total = sum(value_of(enterprise, item, quarter) for item in range(ITEMS) for quarter in range(QUARTERS))
    last = first + timedelta(minutes=15 * (QUARTERS - 1))
    return (RECORDS, RECORDS, first, last, total, gateways[enterprise]["enterprise_pk"])
