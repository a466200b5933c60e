"""The province of the measurement of the checks: 2,000 enterprises with 100 quarter-hour items each, for some days.

``python -m nenghao.cli.bench.quality_province STEP FOLDER ENTERPRISES ITEMS DAYS``: ``prepare`` writes a store of that
many days, ``night`` checks the last day as the nightly run does. Each is a process of its own, so that the peak memory
of the second one is that of the checks alone.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nenghao.periods import BEIJING

if TYPE_CHECKING:
    from nenghao.readings import ItemRow

LAST_DAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 11, 2, 30, tzinfo=BEIJING)
SLOTS = 96
FAULTY_ONE_IN = 50
"""One item in so many has a fault on the last day: a gap, a spike, a negative value, a flat line or a late upload."""
FILE_NAME = "readings.duckdb"
_STEP = np.timedelta64(900, "s")


def prepare(folder: Path, enterprises: int, items: int, days: int) -> dict[str, Any]:
    """Write registry and readings: every enterprise sends a day at once, an hour after its end."""
    from nenghao.readings import ReadingStore  # noqa: PLC0415  the measured step imports it after Django

    os.environ["NENGHAO_DATA_DIR"] = str(folder)
    register(enterprises)
    with ReadingStore.open(folder / FILE_NAME) as store:
        for back in range(days - 1, -1, -1):
            waiting = [
                store.submit(day_batch(number, items, LAST_DAY - timedelta(days=back), faulty=back == 0), timeout_s=600)
                for number in range(1, enterprises + 1)
            ]
            for future in waiting:
                future.result()
        with store.cursor() as cursor:  # the checks do not rest on the rollups: they would only take time from loading
            cursor.execute("DELETE FROM dirty_cell")
        store.put_items(item_rows(enterprises, items))
        look_done(store)
        store.checkpoint()
    return {"readings": enterprises * items * SLOTS * days}


def register(enterprises: int) -> None:
    """Fill the registry with enterprises 1 … n, which the checks need for the rule sets."""
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from nenghao.hub.registry.codes import seed_codes  # noqa: PLC0415
    from nenghao.hub.registry.models import Enterprise, Industry, Region  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    seed_codes()
    region, industry = Region.objects.get(code="370000"), Industry.objects.get(code="C31")
    Enterprise.objects.bulk_create(
        Enterprise(
            id=number, code=f"91370000BENCH{number:05}", name=f"测速企业{number}", region=region, industry=industry,
            created_at=NOW, is_simulated=True,
        )
        for number in range(1, enterprises + 1)
    )  # fmt: skip


def item_rows(enterprises: int, items: int) -> list[ItemRow]:
    """Give the items as the store keeps them; the first of an enterprise is its whole plant's electricity."""
    from nenghao.readings import ItemRow  # noqa: PLC0415

    return [
        ItemRow(
            id=item_id(number, item, items), data_code=f"{item:06}", enterprise_id=number, energy_key="electricity",
            base_unit="kWh", scope=1 if item == 0 else 4, counts_in_total=item == 0, stat_types="0",
        )
        for number in range(1, enterprises + 1)
        for item in range(items)
    ]  # fmt: skip


def item_id(enterprise: int, item: int, items: int) -> int:
    """Give the key of an item."""
    return (enterprise - 1) * items + item + 1


def day_batch(enterprise: int, items: int, day: date, *, faulty: bool) -> Any:
    """Give a day of all items of an enterprise, without the missing ones."""
    from nenghao.readings import ReadingBatch  # noqa: PLC0415

    rng = np.random.default_rng((enterprise, day.toordinal()))
    hour = np.arange(SLOTS) / 4
    shape = 1 + 0.4 * np.sin((hour - 9) / 24 * 2 * np.pi)
    values = np.round(rng.uniform(5, 500, (items, 1)) * shape * rng.normal(1, 0.08, (items, SLOTS)).clip(0.5, 1.5), 3)
    if faulty:
        _spoil(values, enterprise, items)
    known = ~np.isnan(values)
    starts = np.datetime64(day, "s") + np.arange(SLOTS) * _STEP
    numbers = np.arange(item_id(enterprise, 0, items), item_id(enterprise, items, items))
    count = int(known.sum())
    late = timedelta(hours=30 if faulty and enterprise % FAULTY_ONE_IN == 0 else 1)
    return ReadingBatch(
        received_at=datetime(day.year, day.month, day.day, tzinfo=BEIJING) + timedelta(days=1) + late,
        enterprise_id=enterprise, device_id=enterprise, data_item_id=np.repeat(numbers, SLOTS)[known.ravel()],
        stat_type=np.zeros(count), period_start=np.tile(starts, items)[known.ravel()], value=values[known],
        state=np.zeros(count), input_type=np.full(count, 4),
    )  # fmt: skip


def _spoil(values: npt.NDArray[np.float64], enterprise: int, items: int) -> None:
    """Put one fault into one item in :data:`FAULTY_ONE_IN`."""
    for item in range(enterprise % FAULTY_ONE_IN, items, FAULTY_ONE_IN):
        kind = (enterprise + item) % 4
        if kind == 0:
            values[item, 40:52] = np.nan
        elif kind == 1:
            values[item, 60] *= 200
        elif kind == 2:
            values[item, 30] = -values[item, 30]
        else:
            values[item, 20:60] = values[item, 20]


def look_done(store: Any) -> None:
    """Leave the store as one that was looked at every day but the last: spans are known, no marks wait."""
    from nenghao.readings.quality_marks import note_marks  # noqa: PLC0415

    note_marks(store, now=NOW)
    with store.cursor() as cursor:
        cursor.execute("DELETE FROM unchecked_block")


def night(folder: Path) -> dict[str, Any]:
    """Check the last day of everybody, comparisons included; give seconds, peak memory and what was found."""
    import django  # noqa: PLC0415

    os.environ["NENGHAO_DATA_DIR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    django.setup()
    from nenghao.hub.quality_checks.checking import check_span  # noqa: PLC0415
    from nenghao.hub.registry.models import Enterprise  # noqa: PLC0415
    from nenghao.readings import ReadingStore  # noqa: PLC0415
    from nenghao.readings.quality import measures  # noqa: PLC0415

    with ReadingStore.open(folder / FILE_NAME) as store:
        ids = list(Enterprise.objects.values_list("pk", flat=True))
        end = LAST_DAY + timedelta(days=1)
        started = time.perf_counter()
        report = check_span(store=store, enterprise_ids=ids, start=LAST_DAY, end=end, now=NOW)
        seconds = time.perf_counter() - started
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started = time.perf_counter()
        stored = measures(store, enterprise_ids=ids, start=LAST_DAY, end=end)
        asked_ms = 1000 * (time.perf_counter() - started)
    return {
        "seconds": round(seconds, 2), "peak_mb": round(peak_mb, 1), "findings": report.findings,
        "records_due": sum(row.records_due for row in stored), "measures_ms": round(asked_ms, 1),
        "records_missing": sum(row.records_missing for row in stored),
    }  # fmt: skip


if __name__ == "__main__":
    step, where, *numbers = sys.argv[1:]
    json.dump(prepare(Path(where), *map(int, numbers)) if step == "prepare" else night(Path(where)), sys.stdout)
