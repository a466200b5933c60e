"""The stores of the measurement of the month close.

``python -m nenghao.cli.bench.close_store STEP FOLDER ENTERPRISES ITEMS MONTHS``: ``prepare`` writes registry, ledgers
and month rollups, ``close`` closes the last month as an officer does, ``month`` computes every account, ``year``
computes them, changes the equivalent value of heat and computes what it touches. Each is a process of its own; the
report is written to ``FOLDER/report.json``.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

from nenghao.cli.bench.quality_province import FILE_NAME, register
from nenghao.periods import BEIJING

NOW = datetime(2026, 1, 5, 8, tzinfo=BEIJING)
YEAR = 2025
HEAT_EVERY = 4
"""One enterprise in so many uses heat; the others burn diesel instead."""
LEDGER_EVERY = 10
"""One in so many keeps a ledger of coal."""
PLANT = (
    ("00-00-0000-023300-10", "electricity", "kWh"), ("00-00-0000-021500-10", "natural_gas", "m3"),
    ("00-00-0000-010100-10", "raw_coal", "t"), ("00-00-0000-023200-10", "heat", "GJ"),
    ("00-00-0000-030100-10", "fresh_water", "m3"),
)  # fmt: skip
"""The whole plant's items; every further item is a process's electricity."""
_ITEMS = """
INSERT INTO data_item BY NAME
SELECT owner * $items + place AS id, data_code, owner + 1 AS enterprise_id,
    CASE WHEN energy_key = 'heat' AND owner % $heat_every <> 0 THEN 'diesel' ELSE energy_key END AS energy_key,
    CASE WHEN energy_key = 'heat' AND owner % $heat_every <> 0 THEN 't' ELSE base_unit END AS base_unit,
    scope, scope = 1 AS counts_in_total, 15 AS realtime_minutes, '2' AS stat_types
FROM range($enterprises) AS owners(owner), pattern
"""
_CELLS = """
INSERT INTO rollup_item BY NAME
SELECT 'month'::period_kind AS period_kind, id AS data_item_id, month AS period_start,
    round(100 + hash(id, month) % 100000 / 37, 3) / CASE scope WHEN 1 THEN 1 ELSE 40 END AS quantity,
    NULL::DOUBLE AS tce, 0.98 AS measured_ratio, 0.01 AS estimated_ratio, 0.01 AS missing_ratio,
    1 AS source_stat_type, NULL::VARCHAR AS factor_id, enterprise_id, energy_key, counts_in_total
FROM data_item, (SELECT unnest(generate_series(make_timestamp($year, $first, 1, 0, 0, 0),
    make_timestamp($year, 12, 1, 0, 0, 0), INTERVAL 1 MONTH)) AS month)
"""
_STALE = """
INSERT INTO account_stale
SELECT enterprise_id, month, nextval('account_stale_version')
FROM (SELECT DISTINCT enterprise_id, CAST(period_start AS DATE) AS month FROM rollup_item)
"""


def prepare(folder: Path, enterprises: int, items: int, months: int) -> dict[str, Any]:
    """Write registry, ledgers and rollups: nothing is accounted for yet."""
    import pyarrow as pa  # noqa: PLC0415

    register(enterprises)
    _ledgers(enterprises, 13 - months)
    from nenghao.readings import ReadingStore  # noqa: PLC0415

    codes = [(code, key, unit, 1) for code, key, unit in PLANT]
    codes += [(f"{place:02}-00-0000-023300-10", "electricity", "kWh", 2) for place in range(1, items - len(PLANT) + 1)]
    pattern = {"place": list(range(1, len(codes) + 1))} | {
        name: list(column)
        for name, column in zip(
            ("data_code", "energy_key", "base_unit", "scope"), zip(*codes, strict=True), strict=True
        )
    }
    with ReadingStore.open(folder / FILE_NAME) as store, store.cursor() as cursor:
        cursor.register("pattern", pa.table(pattern))
        cursor.execute(_ITEMS, {"items": items, "enterprises": enterprises, "heat_every": HEAT_EVERY})
        cursor.execute(_CELLS, {"year": YEAR, "first": 13 - months})
        cursor.execute(_STALE)
        store.checkpoint()
    return {}


def _ledgers(enterprises: int, first: int) -> None:
    """File coal bought and in store for one enterprise in ten."""
    from nenghao.hub.evidence.models import MonthlyFigure  # noqa: PLC0415

    quantities = {"purchase": 1500.0, "opening_stock": 200.0, "closing_stock": 300.0}
    MonthlyFigure.objects.bulk_create(
        (
            MonthlyFigure(
                enterprise_id=pk, energy_key="raw_coal", month=date(YEAR, month, 1), kind=kind, quantity=quantity,
                entered_quantity=quantity, entered_unit="t", entered_by="bench", entered_at=NOW,
            )
            for pk in range(1, enterprises + 1, LEDGER_EVERY)
            for month in range(first, 13)
            for kind, quantity in quantities.items()
        ),
        batch_size=1000,
    )  # fmt: skip


def close(folder: Path, _enterprises: int, _items: int, _months: int) -> dict[str, Any]:
    """Close the last month of the year for everybody, as an officer does: scores, accounts, every figure frozen."""
    _setup(folder)
    from nenghao.hub.accounts.models import Account, Role  # noqa: PLC0415
    from nenghao.hub.audit.services import Actor  # noqa: PLC0415
    from nenghao.hub.corrections.closing import close_months  # noqa: PLC0415
    from nenghao.hub.energy_accounts.models import ClosedAccount  # noqa: PLC0415
    from nenghao.hub.registry.models import Enterprise, Region  # noqa: PLC0415
    from nenghao.readings import ReadingStore  # noqa: PLC0415

    officer = Account.objects.create(username="bench", role=Role.OFFICER, region=Region.objects.get(code="370000"))
    with ReadingStore.open(folder / FILE_NAME) as store:
        started = time.perf_counter()
        done = close_months(
            actor=Actor.command("bench"), account=officer, now=NOW, store=store, month=date(YEAR, 12, 1),
            enterprise_ids=list(Enterprise.objects.values_list("pk", flat=True)),
        )  # fmt: skip
        seconds = time.perf_counter() - started
    return _report(seconds, closed=len(done.closed), accounts_frozen=ClosedAccount.objects.count())


def month(folder: Path, _enterprises: int, items: int, _months: int) -> dict[str, Any]:
    """Compute every account; nothing was computed before."""
    _setup(folder)
    from nenghao.hub.energy_accounts.computing import refresh  # noqa: PLC0415
    from nenghao.readings import ReadingStore  # noqa: PLC0415

    with ReadingStore.open(folder / FILE_NAME) as store:
        started = time.perf_counter()
        done = refresh(store=store, now=NOW)
        seconds = time.perf_counter() - started
        again = refresh(store=store, now=NOW)
    return _report(
        seconds, accounts=done.computed, rows_written=done.rows, items=items, stale_afterwards=again.computed
    )


def year(folder: Path, _enterprises: int, _items: int, _months: int) -> dict[str, Any]:
    """Compute a year, change one factor, compute what it touches; tell whether all else was left alone."""
    _setup(folder)
    from nenghao.hub.audit.services import Actor  # noqa: PLC0415
    from nenghao.hub.energy_accounts.computing import refresh  # noqa: PLC0415
    from nenghao.hub.energy_accounts.stating import state_equivalent  # noqa: PLC0415
    from nenghao.hub.registry.models import Region  # noqa: PLC0415
    from nenghao.readings import ReadingStore  # noqa: PLC0415

    with ReadingStore.open(folder / FILE_NAME) as store:
        first = refresh(store=store, now=NOW)
        before = _marks(store)
        started = time.perf_counter()
        state_equivalent(
            actor=Actor.command("bench"), account=None, now=NOW, region=Region.objects.get(code="370000"),
            energy_key="heat", year=YEAR, kgce_per_unit=41.0, source="bench",
        )  # fmt: skip
        done = refresh(store=store, now=NOW)
        seconds = time.perf_counter() - started
        after = _marks(store)
    touched = {key for key in before if after[key] != before[key]}
    return _report(
        seconds, accounts=first.computed, computed_again=done.computed, changed=done.changed, rows_written=done.rows,
        others_kept_their_mark=touched == {key for key in before if (key[0] - 1) % HEAT_EVERY == 0},
    )  # fmt: skip


def _marks(store: Any) -> dict[tuple[int, date], int]:
    with store.cursor() as cursor:
        rows = cursor.execute("SELECT enterprise_id, month, mark FROM account_month").fetchall()
    return {(pk, month): mark for pk, month, mark in rows}


def _setup(folder: Path) -> None:
    import django  # noqa: PLC0415

    os.environ["NENGHAO_DATA_DIR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    django.setup()


def _report(seconds: float, **more: Any) -> dict[str, Any]:
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": round(seconds, 2), "peak_mb": round(peak_mb, 1), **more}


if __name__ == "__main__":
    step, where, *numbers = sys.argv[1:]
    os.environ["NENGHAO_DATA_DIR"] = where
    steps = {"prepare": prepare, "close": close, "month": month, "year": year}
    report = steps[step](Path(where), *map(int, numbers))
    Path(where, "report.json").write_text(json.dumps(report), encoding="utf-8")
