"""Measures the way from stored register samples to stored consumption and coal equivalent.

The data are written by one process (:mod:`nenghao.cli.bench.interval_data`), the measured job runs alone in another:
open the file, read meters and samples, compute hourly intervals, store them per meter and per enterprise and energy,
store daily tce, commit, close. ``seconds`` is the wall time of that, ``peak_mb`` the most memory the process ever held.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import numpy as np

from nenghao.cli.bench.interval_data import FAULTY_ONE_IN, START
from nenghao.intervals import State
from nenghao.periods import to_ms
from nenghao.readings.sample_store import compute_stored, open_samples

REPEATS = 3


def run(meters: int = 5000, days: int = 1, seed: int = 1) -> dict[str, object]:
    """采样 → 区间能耗 → 标准煤 / stored samples to stored hourly consumption and daily tce."""
    with tempfile.TemporaryDirectory() as folder:
        reports = [_measure(Path(folder) / f"samples{i}.duckdb", meters, days, seed) for i in range(REPEATS)]
    median = sorted(reports, key=lambda report: report["seconds"])[REPEATS // 2]
    return {
        **median, "seconds_of_all_runs": [report["seconds"] for report in reports],
        "meters": meters, "days": days, "faulty_meters_ratio": 1 / FAULTY_ONE_IN,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }  # fmt: skip


def _measure(path: Path, meters: int, days: int, seed: int) -> dict[str, float]:
    module = "nenghao.cli.bench.interval"
    data = [sys.executable, "-m", f"{module}_data", str(path), str(meters), str(days), str(seed)]
    subprocess.run(data, check=True)  # noqa: S603  # our own module
    job = [sys.executable, "-m", f"{module}s", str(path), str(days)]
    done = subprocess.run(job, check=True, capture_output=True, text=True)  # noqa: S603
    path.unlink()
    return json.loads(done.stdout)


def job(path: Path, days: int) -> dict[str, float]:
    """Do the measured work on one file and count what it left there."""
    begun = time.perf_counter()
    with open_samples(path) as connection:
        result = compute_stored(connection, to_ms(START), to_ms(START + timedelta(days=days)))
    seconds = time.perf_counter() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with open_samples(path) as connection:
        tables = ("sample", "interval_meter", "interval_enterprise", "consumption_day")
        rows = [connection.table(table).count("*").fetchall()[0][0] for table in tables]
    return {
        "samples": rows[0], "seconds": round(seconds, 4), "peak_mb": round(peak_mb, 1),
        "hours_stored": rows[1], "enterprise_hours_stored": rows[2], "days_stored": rows[3],
        "measured_ratio": float(np.mean(result.state == State.MEASURED)),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(job(Path(sys.argv[1]), int(sys.argv[2]))))
