"""Uploads over real HTTP into a real hub process, until they are durable; afterwards the file is compared.

A hub with a fresh data directory serves 200 enterprises. A load generator in its own process on the same machine sends
uploads of distinct quarter-hour readings over kept-alive connections: once of 200 records each, once of 5. Then the hub
is stopped, and its file must hold exactly the acknowledged readings.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from nenghao.cli.bench.ingest_hub import BenchHub, Watched
from nenghao.cli.bench.ingest_load import Plan, value_of
from nenghao.cli.bench.ingest_seed import ITEMS

NO_END = 10**6
"""Turns that no measurement reaches."""


@dataclass(frozen=True, slots=True)
class Mode:
    """Uploads of one size, and what is asked of them."""

    items: int
    quarters: int
    connections: int
    """Uploads under way: enough that some are checked while others are written to disk."""
    readings_per_s: float
    requests_per_s: float
    p99_ms: float = 500.0

    @property
    def records(self) -> int:
        """Records in an upload."""
        return self.items * self.quarters

    def reached(self, report: Mapping[str, Any]) -> bool:
        """Tell whether a measurement was without fault and fast enough."""
        return (
            report["verified"]
            and not report["errors"]
            and report["readings_per_s"] >= self.readings_per_s
            and report["requests_per_s"] >= self.requests_per_s
            and report["p99_ms"] <= self.p99_ms
        )


LARGE = Mode(items=ITEMS, quarters=10, connections=64, readings_per_s=100_000, requests_per_s=500)
SMALL = Mode(items=5, quarters=1, connections=128, readings_per_s=7_500, requests_per_s=1_500)


def run(
    *,
    seconds: Annotated[float, typer.Option(min=1, help="每种上传时长 [s] / how long to send each")] = 20.0,
    enterprises: Annotated[int, typer.Option(min=1, max=1000, help="企业数 / enterprises")] = 200,
    connections: Annotated[
        int, typer.Option(min=0, help="连接数，0 为各自默认 / connections, 0: as each mode has")
    ] = 0,
    checks: Annotated[bool, typer.Option(help="到达时检查质量 / check quality on arrival")] = True,
) -> dict[str, Any]:
    """上传入库速度 / readings and requests per second from HTTP to disk, with the store checked afterwards."""
    reports = {
        f"records_{mode.records}": measure(
            mode, seconds=seconds, enterprises=enterprises, connections=connections or mode.connections, checks=checks
        )
        for mode in (LARGE, SMALL)
    }
    return reports | {"ok": all(report["ok"] for report in reports.values())}


def measure(mode: Mode, *, seconds: float, enterprises: int, connections: int, checks: bool) -> dict[str, Any]:
    """Send uploads of one size to a fresh hub and give what came of it."""
    with tempfile.TemporaryDirectory(prefix="nenghao-bench-") as folder:
        hub = BenchHub.seeded(Path(folder), enterprises=enterprises, items=ITEMS, checks=checks)
        plan = hub.plan(
            items=mode.items, quarters=mode.quarters, connections=connections, seconds=seconds, turns=NO_END
        )
        watched = hub.measure(plan)
        problems = _differences(watched.load, plan, hub.readings)
        report = _report(watched) | {
            "verified": not problems, "stored_mb": round(hub.readings.stat().st_size / 1e6, 1),
            "item_days_checked": _checked_cells(hub.readings),
        }  # fmt: skip
    for problem in (watched.load["errors"] + problems)[:10]:
        print(problem, file=sys.stderr)
    return report | {"ok": mode.reached(report)}


def _report(watched: Watched) -> dict[str, Any]:
    load = watched.load
    requests, seconds = len(load["latencies_ms"]), load["seconds"]
    readings = sum(accepted for *_, accepted in load["acknowledged"])
    return {
        "readings_per_s": round(readings / seconds), "requests_per_s": round(requests / seconds),
        "p50_ms": watched.percentile_ms(50), "p99_ms": watched.percentile_ms(99), "readings": readings,
        "requests": requests, "seconds": round(seconds, 2), "errors": len(load["errors"]),
        "hub_ms_per_request": round(1000 * watched.processor_s / max(1, requests), 3),
        "load_ms_per_request": round(1000 * load["processor_s"] / max(1, requests), 3),
        "hub_peak_mb": watched.peak_mb,
    }  # fmt: skip


def _differences(load: Mapping[str, Any], plan: Plan, path: Path) -> list[str]:
    """Compare what is in the file with what was acknowledged, batch by batch; give what differs."""
    query = (files("nenghao.cli.bench") / "ingest_stored.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(path), read_only=True) as connection:
        stored = {row[0]: row[1:] for row in connection.execute(query).fetchall()}
    expected = {batch: _expected(plan, enterprise, turn) for batch, enterprise, turn, _ in load["acknowledged"]}
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


def _expected(plan: Plan, enterprise: int, turn: int) -> tuple[Any, ...]:
    """Give the row that an upload must have left behind."""
    items, quarters = plan["items"], plan["quarters"]
    first = datetime.fromisoformat(plan["first_day"]) + timedelta(minutes=15 * quarters * turn)
    total = sum(value_of(enterprise, item, quarter) for item in range(items) for quarter in range(quarters))
    last = first + timedelta(minutes=15 * (quarters - 1))
    return (items * quarters, items * quarters, first, last, total, plan["gateways"][enterprise]["enterprise_pk"])
