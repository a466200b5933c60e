"""A day of a province's gateways over real HTTP: 2,000 devices, 96 uploads each, 100 records in every one.

Afterwards the file must hold every reading once and with its value, the days of every item must add up to what was
sent, no upload may have failed, and the hub's memory in the last quarter of the time must be what it was in the first.
"""

from __future__ import annotations

import sys
import tempfile
from itertools import pairwise
from math import isclose
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import duckdb
import typer

from nenghao.cli.bench.ingest_hub import BenchHub, Watched
from nenghao.cli.bench.ingest_load import value_of
from nenghao.readings import ReadingStore

GROWTH = 1.2
"""Memory counts as steady up to this multiple of the first quarter's."""
_ITEMS_STORED = """
SELECT item.enterprise_id, item.data_code, count(*), count(DISTINCT period_start), sum(value)
FROM reading JOIN data_item AS item ON item.id = reading.data_item_id
GROUP BY ALL
"""
_DAYS_SUMMED = """
SELECT item.enterprise_id, item.data_code, sum(cell.quantity)
FROM rollup_item AS cell JOIN data_item AS item ON item.id = cell.data_item_id
WHERE cell.period_kind = 'day'
GROUP BY ALL
"""


def run(
    *,
    devices: Annotated[int, typer.Option(min=1, max=5000, help="端设备数 / devices")] = 2000,
    uploads: Annotated[int, typer.Option(min=1, max=5000, help="每台上传次数 / uploads of each")] = 96,
    records: Annotated[int, typer.Option(min=1, max=100, help="每次记录数 / records in each")] = 100,
    connections: Annotated[int, typer.Option(min=1, help="连接数 / connections")] = 64,
    limit_s: Annotated[float, typer.Option(min=1, help="最长时间 [s] / give up after")] = 3600.0,
) -> dict[str, Any]:
    """一省一天的上传 / a day of a province's gateways: nothing fails, nothing is lost, memory stays."""
    with tempfile.TemporaryDirectory(prefix="nenghao-bench-") as folder:
        hub = BenchHub.seeded(Path(folder), enterprises=devices, items=records)
        plan = hub.plan(items=records, quarters=1, connections=connections, seconds=limit_s, turns=uploads)
        watched = hub.measure(plan)
        expected = {
            (gateway["enterprise_pk"], code): (uploads, uploads, uploads * value_of(number, item, 0))
            for number, gateway in enumerate(hub.gateways)
            for item, code in enumerate(gateway["data_codes"])
        }
        problems = _differences(hub.readings, expected) or _not_rolled_up(hub.readings, expected)
        stored_mb = round(hub.readings.stat().st_size / 1e6, 1)
    for problem in (watched.load["errors"] + problems)[:10]:
        print(problem, file=sys.stderr)
    return _report(watched, verified=not problems) | {"stored_mb": stored_mb}


def _differences(path: Path, expected: dict[tuple[int, str], tuple[int, int, float]]) -> list[str]:
    """Give the items of which the file does not hold every reading once, with its value."""
    with duckdb.connect(str(path), read_only=True) as connection:
        stored = {(owner, code): tuple(rest) for owner, code, *rest in connection.execute(_ITEMS_STORED).fetchall()}
    return [
        f"item {key}: stored {stored.get(key)}, sent {expected.get(key)}"
        for key in stored.keys() | expected.keys()
        if stored.get(key) != expected.get(key)
    ]


def _not_rolled_up(path: Path, expected: dict[tuple[int, str], tuple[int, int, float]]) -> list[str]:
    """Give the items whose days do not add up to what was sent, once what still waited is rolled up."""
    with ReadingStore.open(path) as store:
        store.rollup_pending()
        with store.cursor() as cursor:
            summed = {(owner, code): total for owner, code, total in cursor.execute(_DAYS_SUMMED).fetchall()}
    return [
        f"item {key}: days add up to {summed.get(key)}, sent {total}"
        for key, (*_, total) in expected.items()
        if key not in summed or not isclose(summed[key], total, rel_tol=1e-9)
    ]


def _report(watched: Watched, *, verified: bool) -> dict[str, Any]:
    load, memory = watched.load, watched.memory_mb or [watched.peak_mb]
    quarter = max(1, len(memory) // 4)
    first_mb, last_mb = median(memory[:quarter]), median(memory[-quarter:])
    readings = sum(accepted for *_, accepted in load["acknowledged"])
    steady = last_mb <= GROWTH * first_mb
    return {
        "readings": readings, "requests": len(load["latencies_ms"]), "errors": len(load["errors"]),
        "verified": verified, "seconds": round(load["seconds"], 1),
        "readings_per_s": round(readings / load["seconds"]), "p50_ms": watched.percentile_ms(50),
        "p99_ms": watched.percentile_ms(99), "memory_first_quarter_mb": round(first_mb, 1),
        "memory_last_quarter_mb": round(last_mb, 1), "memory_by_tenth_mb": _tenths(memory),
        "hub_peak_mb": watched.peak_mb, "memory_steady": steady,
        "ok": verified and steady and not load["errors"],
    }  # fmt: skip


def _tenths(memory_mb: list[float]) -> list[float]:
    """Give the median of each tenth of the time: growth goes on, where a day that fills up comes to rest."""
    bounds = [len(memory_mb) * tenth // 10 for tenth in range(11)]
    return [round(median(memory_mb[a:b]), 1) for a, b in pairwise(bounds) if a < b]
