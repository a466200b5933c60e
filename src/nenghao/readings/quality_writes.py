"""Stores what the checks found: exactly the cells that were looked at are replaced, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nenghao.periods import wall
from nenghao.quality.block import Block
from nenghao.quality.codes import TIME_ALIGNMENT
from nenghao.quality.flags import Flag
from nenghao.quality.rules import RuleSet
from nenghao.quality.run import Checked
from nenghao.readings.housekeeping import Housekeeping
from nenghao.readings.quality_marks import MarkedBlock
from nenghao.readings.quality_periods import BlockPeriod, block_period
from nenghao.readings.statements import statement
from nenghao.readings.store import ReadingStore

_ESTIMATED = 1
_FLAG_NAMES = {
    Flag.GOOD: "good", Flag.UNKNOWN: "unknown", Flag.SUSPECT: "suspect", Flag.FAIL: "fail", Flag.MISSING: "missing",
}  # fmt: skip
START_TOLERANCE_S = 60.0
"""Where the rule set has no rule of time alignment."""
MONTH_TOLERANCE_S = 86_400.0

Meters = npt.NDArray[np.int8]
"""Items × cells (days of the block): 1 its meter is inside a valid verification, 0 not, -1 no meter is known."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One block, what the checks said of it, by which rules, and how its meters stand (``None``: nothing known)."""

    block: Block
    checked: Checked
    rules: RuleSet
    meters: Meters | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One finding of a comparison, as it is stored; times are Beijing wall time."""

    enterprise_id: int
    data_item_id: int
    stat_type: int
    period_start: datetime
    period_end: datetime
    check_code: str
    flag: int
    value: float | None
    limit_value: float | None
    rule_version: str
    energy_key: str | None = None
    other_item_id: int | None = None


def put_quality(
    store: ReadingStore, looked: Sequence[Looked], *, now: datetime, mark: MarkedBlock | None = None
) -> int:
    """Replace the counts and findings of these blocks, and remove the mark they were looked at for; give the findings.

    All of it is one transaction: a killed process leaves the cells as they were, and marked.
    """
    with store.quality_lock, store.cursor() as cursor:
        cursor.begin()
        try:
            count = sum(_put(cursor, one, wall(now), store.housekeeping) for one in looked)
            if mark is not None:
                cursor.execute(statement("quality/forget_block"), {
                    "stat_type": mark.stat_type, "start": mark.start, "version": mark.version,
                    "enterprise_ids": list(mark.enterprise_ids),
                })  # fmt: skip
            cursor.commit()
        except BaseException:
            cursor.rollback()
            raise
        for one in looked:
            days = _period(one.block).slot_days()
            store.month_memo.touch(days[0].astype(date), days[-1].astype(date) + timedelta(days=1))
    return count


def put_comparisons(
    store: ReadingStore, found: Sequence[Comparison], *, check_codes: Iterable[str], enterprise_ids: Iterable[int],
    start: date, end: date, now: datetime,
) -> None:  # fmt: skip
    """Replace the findings of these comparisons that begin in ``[start, end)``, of these enterprises."""
    borders = {"start": start, "end": end, "enterprise_ids": list(enterprise_ids)}
    rows = [_comparison_row(one, wall(now)) for one in found]
    with store.quality_lock, store.cursor() as cursor:
        cursor.begin()
        try:
            for code in check_codes:
                cursor.execute(statement("quality/drop_comparisons"), borders | {"check_code": code})
            if rows:
                cursor.register("found", pa.Table.from_pylist(rows))
                cursor.execute("INSERT INTO quality_finding BY NAME SELECT * FROM found")
            cursor.commit()
        except BaseException:
            cursor.rollback()
            raise


def counts_of(looked: Looked) -> dict[str, npt.NDArray[Any]]:
    """Give the rows of ``quality_count`` of a block as columns, by item and day of which a slot is due or known."""
    block = looked.block
    items, slots = block.shape
    cells = (items, 1, slots) if block.stat_type == 0 else (items, slots, 1)
    known = ~np.isnan(block.value)
    received = known & block.due
    parts = {
        "known": known, "due": block.due, "received": received, "on_time": received & _on_time(looked),
        "aligned": received & (np.abs(block.start_offset_s) <= _tolerance_s(looked.rules, block.stat_type)),
        "estimated": received & (block.state == _ESTIMATED), "by_hand": received & block.by_hand,
    } | {name: block.due & (looked.checked.flags == flag) for flag, name in _FLAG_NAMES.items()}  # fmt: skip
    columns = {name: part.reshape(cells).sum(axis=2, dtype=np.int16) for name, part in parts.items()}
    total = np.where(known, block.value, 0.0).reshape(cells).sum(axis=2)
    columns["value_sum"] = np.where(columns["known"] > 0, total, np.nan)
    columns["meter_valid"] = np.full(total.shape, -1, dtype=np.int8) if looked.meters is None else looked.meters
    keep = (columns["due"] > 0) | (columns["known"] > 0)
    row, cell = np.nonzero(keep)
    return {name: column[keep] for name, column in columns.items()} | {
        "data_item_id": block.traits.item_id[row], "enterprise_id": block.traits.enterprise_id[row],
        "day": _period(block).slot_days()[cell], "stat_type": np.full(len(row), block.stat_type, dtype=np.uint8),
        "slots": np.full(len(row), cells[2], dtype=np.int16),
    }  # fmt: skip


def _on_time(looked: Looked) -> npt.NDArray[np.bool_]:
    """Say which values a gateway sent within so many hours after the end of their day (month, year's month)."""
    block, period = looked.block, _period(looked.block)
    ends = period.edges()[1:].astype(np.int64)[period.slots : -1]
    day_ends = np.full_like(ends, ends[-1]) if block.stat_type == 0 else ends
    delay_of_day = block.delay_s - (day_ends - ends)
    return (delay_of_day <= 3600 * looked.rules.on_time_hours) & (block.contents > 0)


def _tolerance_s(rules: RuleSet, stat_type: int) -> float:
    rule = rules.checks.get(TIME_ALIGNMENT)
    if stat_type >= 2:
        return MONTH_TOLERANCE_S if rule is None else float(rule.settings.get("month_s", MONTH_TOLERANCE_S))
    return START_TOLERANCE_S if rule is None or rule.fail is None else rule.fail


def _period(block: Block) -> BlockPeriod:
    minutes = 1440 // block.shape[1] if block.stat_type == 0 else 15
    return block_period(block.stat_type, block.start.date(), minutes)


def _put(cursor: duckdb.DuckDBPyConnection, looked: Looked, now: datetime, housekeeping: Housekeeping) -> int:
    period, block = _period(looked.block), looked.block
    borders = {"stat_type": period.stat_type, "start": period.start, "end": period.end}
    cursor.register("looked", pa.table({"id": block.traits.item_id}))
    for name in ("drop_counts", "drop_findings"):
        housekeeping.deleted(cursor.execute(statement(f"quality/{name}"), borders).fetchall()[0][0])
    counts = counts_of(looked)
    counts["meter_valid"] = pa.array(counts["meter_valid"] == 1, mask=counts["meter_valid"] < 0)
    counts["value_sum"] = pa.array(counts["value_sum"], from_pandas=True)
    cursor.register("counted", pa.table(counts))
    cursor.execute("INSERT INTO quality_count BY NAME SELECT * FROM counted")
    findings = _finding_columns(looked, period, now)
    if len(findings["flag"]):
        cursor.register("found", pa.table(findings))
        cursor.execute("INSERT INTO quality_finding BY NAME SELECT * FROM found")
    return len(findings["flag"])


def _finding_columns(looked: Looked, period: BlockPeriod, now: datetime) -> dict[str, Any]:
    found, traits, count = looked.checked.findings, looked.block.traits, len(looked.checked.findings.flag)
    edges = period.edges()[period.slots :]
    other = np.where(found.other_row >= 0, traits.item_id[found.other_row], 0)
    return {
        "enterprise_id": traits.enterprise_id[found.item_row], "data_item_id": traits.item_id[found.item_row],
        "stat_type": np.full(count, period.stat_type, dtype=np.uint8), "period_start": edges[found.first_slot],
        "period_end": edges[found.last_slot + 1], "slots": found.last_slot - found.first_slot + 1,
        "check_code": pa.array(found.check_code.tolist(), pa.string()), "flag": found.flag,
        "value": pa.array(found.value, from_pandas=True), "limit_value": pa.array(found.limit_value, from_pandas=True),
        "other_item_id": pa.array(other, mask=found.other_row < 0),
        "energy_key": pa.array(traits.energy_key[found.item_row].tolist(), pa.string()),
        "is_comparison": np.zeros(count, dtype=np.bool_),
        "rule_version": pa.array([looked.rules.key] * count, pa.string()),
        "checked_at": np.full(count, np.datetime64(now, "us")),
    }  # fmt: skip


def _comparison_row(one: Comparison, now: datetime) -> dict[str, Any]:
    names = Comparison.__slots__
    return {name: getattr(one, name) for name in names} | {"slots": 1, "is_comparison": True, "checked_at": now}
