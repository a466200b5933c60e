"""The nightly run of the checks over a day of a province, from the file to stored counts and findings.

A store with the days before is prepared by one process; another one opens it, as the hub does, and checks the last day
of every enterprise: series, comparisons, and everything written. Its peak memory is that of the whole process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer


def run(
    *,
    enterprises: Annotated[int, typer.Option(min=1, help="企业数 / enterprises")] = 2000,
    items: Annotated[int, typer.Option(min=1, help="每企业数据项 / items of an enterprise")] = 100,
    days: Annotated[int, typer.Option(min=1, help="库中天数 / days in the store")] = 2,
) -> dict[str, Any]:
    """夜间质量检查速度 / the nightly checks over a day of a province: seconds, peak memory, findings."""
    with tempfile.TemporaryDirectory(prefix="nenghao-bench-") as folder:
        prepared = _step("prepare", folder, enterprises, items, days)
        size_mb = (Path(folder) / "readings.duckdb").stat().st_size / 1e6
        done = _step("night", folder)
    readings = enterprises * items * 96
    return done | {
        "readings_checked": readings, "readings_per_s": round(readings / done["seconds"]),
        "readings_stored": prepared["readings"], "stored_mb": round(size_mb, 1),
    }  # fmt: skip


def _step(name: str, folder: str, *numbers: int) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 -- our own program, our own arguments
        [sys.executable, "-m", "nenghao.cli.bench.quality_province", name, folder, *map(str, numbers)],
        env={**os.environ, "NENGHAO_DATA_DIR": folder, "NENGHAO_DATABASE_URL": ""}, stdout=subprocess.PIPE, text=True,
        check=True,
    )  # fmt: skip
    return json.loads(done.stdout)
