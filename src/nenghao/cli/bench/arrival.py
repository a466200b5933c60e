"""What the checks on arrival cost: the ingest measurement without and with them, in turn.

Turns alternate, so that what else the machine does falls on both alike; the middle of each is compared.
"""

from __future__ import annotations

from statistics import median
from typing import Annotated, Any

import typer

from nenghao.cli.bench import ingest


def run(
    *,
    seconds: Annotated[float, typer.Option(min=1, help="每次上传时长 [s] / how long to send each time")] = 15.0,
    turns: Annotated[int, typer.Option(min=1, help="次数 / turns of each")] = 3,
) -> dict[str, Any]:
    """到达检查的代价 / share of the ingest throughput that the checks on arrival take."""
    found: dict[bool, list[dict[str, Any]]] = {False: [], True: []}
    for _ in range(turns):
        for checks in (False, True):
            found[checks].append(
                ingest.measure(ingest.LARGE, seconds=seconds, enterprises=200, connections=64, checks=checks)
            )
    without, with_checks = (median(one["readings_per_s"] for one in found[checks]) for checks in (False, True))
    return {
        "share_taken": round(1 - with_checks / without, 3), "readings_per_s_without": round(without),
        "readings_per_s_with": round(with_checks), "p99_ms_with": median(one["p99_ms"] for one in found[True]),
        "hub_peak_mb_with": max(one["hub_peak_mb"] for one in found[True]),
        "item_days_checked": median(one["item_days_checked"] for one in found[True]),
        "verified": all(one["verified"] for checks in found.values() for one in checks),
    }  # fmt: skip
