"""Measures the repair of late readings: durable, rolled up and checked, in a store that holds the whole day of all.

``python -m nenghao.cli.bench.late_readings FOLDER ENTERPRISES``: prepares the store and repairs it twice. First three
hours of whole gateways that were off line, then three hours of single items, one of every enterprise: all items of an
enterprise are then looked at, because some checks hold its series against each other.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nenghao.cli.bench.quality_province import (
    FILE_NAME,
    LAST_DAY,
    NOW,
    day_batch,
    item_id,
    item_rows,
    look_done,
    register,
)

if TYPE_CHECKING:
    from nenghao.readings import ReadingStore

ITEMS = 100
LATE_ONE_IN = 100
LATE_SLOTS = slice(36, 48)
"""Nine to twelve o'clock, in quarter-hours."""


def readings(meters: int) -> dict[str, Any]:
    """Give the seconds of the repair after gateways were off line, and after single items were late."""
    with tempfile.TemporaryDirectory(prefix="nenghao-bench-") as folder:
        done = subprocess.run(  # noqa: S603  our own module
            [sys.executable, "-m", "nenghao.cli.bench.late_readings", folder, str(meters // ITEMS)],
            env={**os.environ, "NENGHAO_DATA_DIR": folder, "NENGHAO_DATABASE_URL": ""}, stdout=subprocess.PIPE,
            text=True, check=True,
        )  # fmt: skip
    return json.loads(done.stdout)


def measure(folder: Path, enterprises: int) -> dict[str, Any]:
    """Prepare and repair; the late readings are cut out of the day before it is stored."""
    register(enterprises)
    from nenghao.readings import ReadingStore  # noqa: PLC0415  Django is set up now

    late: dict[str, list[Any]] = {"gateways": [], "items": []}
    with ReadingStore.open(folder / FILE_NAME) as store:
        store.put_items(item_rows(enterprises, ITEMS))
        for number in range(1, enterprises + 1):
            batch = day_batch(number, ITEMS, LAST_DAY, faulty=False)
            is_late = _is_late(batch, number)
            kind = "gateways" if number % LATE_ONE_IN == 0 else "items"
            late[kind].append(_part(batch, is_late, received_at=NOW))
            store.submit(_part(batch, ~is_late, received_at=batch.received_at), timeout_s=600).result()
        store.rollup_pending()
        look_done(store)
        found = {kind: _repair(store, batches) for kind, batches in late.items()}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found["gateways"] | {"single_items": found["items"], "peak_mb": round(peak_mb, 1)}


def _is_late(batch: Any, number: int) -> npt.NDArray[np.bool_]:
    """Every hundredth gateway is late with all its items, each of the others with one item."""
    slot = (batch.columns["period_start"] - np.datetime64(LAST_DAY, "s")) // np.timedelta64(900, "s")
    inside = (slot >= LATE_SLOTS.start) & (slot < LATE_SLOTS.stop)
    if number % LATE_ONE_IN == 0:
        return inside
    return inside & (batch.columns["data_item_id"] == item_id(number, number % ITEMS, ITEMS))


def _part(batch: Any, chosen: npt.NDArray[np.bool_], *, received_at: datetime) -> Any:
    """Give some readings of a batch as a batch of their own."""
    names = ("data_item_id", "stat_type", "period_start", "value", "state", "input_type")
    columns = {name: batch.columns[name][chosen] for name in names}
    return replace(batch, received_at=received_at, **columns)


def _repair(store: ReadingStore, batches: list[Any]) -> dict[str, Any]:
    """Hand late batches over, roll up and check; give the seconds of each step."""
    from nenghao.hub.quality_checks.arrival import check_all_arrived  # noqa: PLC0415

    begun = time.perf_counter()
    for future in [store.submit(batch) for batch in batches]:
        future.result()
    durable = time.perf_counter()
    store.rollup_pending()
    rolled_up = time.perf_counter()
    check_all_arrived(store, now=NOW)
    done = time.perf_counter()
    items = {number for batch in batches for number in batch.columns["data_item_id"].tolist()}
    return {
        "seconds": round(done - begun, 3), "durable_s": round(durable - begun, 3),
        "rolled_up_s": round(rolled_up - durable, 3), "checked_s": round(done - rolled_up, 3),
        "late_readings": sum(map(len, batches)), "late_items": len(items),
    }  # fmt: skip


if __name__ == "__main__":
    json.dump(measure(Path(sys.argv[1]), int(sys.argv[2])), sys.stdout)
