"""Measures the repair of late register samples: three hours of one meter in a hundred come after the day was computed.

``python -m nenghao.cli.bench.late_registers FILE METERS``: the measured job takes in the late samples, which lie in a
file beside, and stores the touched hours, totals and coal equivalent, durably. The file is made by another process.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import numpy as np

from nenghao.cli.bench.interval_data import START, write
from nenghao.periods import to_ms
from nenghao.readings.sample_repair import store_late
from nenghao.readings.sample_store import compute_stored, open_samples

LATE_ONE_IN = 100
FROM_HOUR, HOURS = 9, 3
_LATE = {"meter_id": np.int32, "ts_ms": np.int64, "register": np.float64, "received_at_ms": np.int64}


def registers(meters: int, seed: int = 1) -> dict[str, float]:
    """Give seconds and memory of the repair, and what it changed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.duckdb"
        for step in ("prepare", "measure"):
            command = [
                sys.executable,
                "-m",
                "nenghao.cli.bench.late_registers",
                step,
                str(path),
                str(meters),
                str(seed),
            ]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # our own module
        return json.loads(done.stdout)


def prepare(path: Path, meters: int, seed: int) -> None:
    """Write a day of samples, take the late ones out into a file beside, and compute what is left."""
    write(path, meters, 1, seed)
    start_ms = to_ms(START + timedelta(hours=FROM_HOUR))
    span = {"one_in": LATE_ONE_IN, "from_ms": start_ms, "until_ms": start_ms + HOURS * 3_600_000}
    where = "meter_id % $one_in = 0 AND ts_ms >= $from_ms AND ts_ms < $until_ms"
    with open_samples(path) as connection:
        rows = connection.execute(f"SELECT * FROM sample WHERE {where}", span).fetchnumpy()  # noqa: S608  # no input
        connection.execute(f"DELETE FROM sample WHERE {where}", span)  # noqa: S608
        compute_stored(connection, to_ms(START), to_ms(START + timedelta(days=1)))
        connection.execute("CHECKPOINT")
    meter_id, ts_ms, register, received_at_ms = (np.asarray(rows[name], dtype=kind) for name, kind in _LATE.items())
    np.savez(_beside(path), meter_id=meter_id, ts_ms=ts_ms, register=register, received_at_ms=received_at_ms)


def measure(path: Path) -> dict[str, float]:
    """Do the repair on one file and say what it took."""
    with np.load(_beside(path)) as archive:
        late = dict(archive)
    begun = time.perf_counter()
    with open_samples(path) as connection:
        report = store_late(connection, late)
    return {
        "seconds": round(time.perf_counter() - begun, 3), "late_samples": len(late["ts_ms"]),
        "late_meters": report.meters, "hours_computed": report.hours_computed, "hours_changed": report.hours_changed,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }  # fmt: skip


def _beside(path: Path) -> Path:
    return path.with_suffix(".late.npz")


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        print(json.dumps(measure(Path(sys.argv[2]))))
