"""Late and corrected register samples (迟到与更正的表底): exactly the hours and days that they change are stored anew.

The rules of which periods a sample can change, and of how much must be read to compute them, are those of
:mod:`nenghao.intervals.touched`; this module reads no more than that, for all meters at once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nenghao.errors import NenghaoError
from nenghao.intervals import ManyResult, MeterSpec, SampleColumns, compute_many, touched_range
from nenghao.intervals.touched import CONTEXT_SAMPLES, NEIGHBOUR_SAMPLES
from nenghao.periods import PeriodKind
from nenghao.readings.sample_store import append, load_meters, store_intervals
from nenghao.readings.statements import statement

Int64 = npt.NDArray[np.int64]

INSTANTS = NEIGHBOUR_SAMPLES + CONTEXT_SAMPLES
"""Instants to read on either side of what arrived."""
SLACK = 1.5
"""The window is this much longer than so many regular instants take: few lost samples need no second reading."""
EVER = (-(2**62), 2**62)


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did: meters that something arrived for, hours computed again, hours that came out differently."""

    meters: int
    hours_computed: int
    hours_changed: int


@dataclass(frozen=True, slots=True)
class _Late:
    """The meters that something arrived for, by number, and the first and last instant that arrived for each."""

    meters: dict[int, MeterSpec]
    first_ms: Int64
    last_ms: Int64

    @property
    def ids(self) -> Int64:
        return np.fromiter(self.meters, dtype=np.int64)

    @property
    def window(self) -> tuple[int, int]:
        """Where the context of what arrived lies, if few samples are lost."""
        longest_ms = max(meter.interval_s for meter in self.meters.values()) * 1000
        reach_ms = int(longest_ms * INSTANTS * SLACK)
        return int(self.first_ms.min()) - reach_ms, int(self.last_ms.max()) + reach_ms


@dataclass(frozen=True, slots=True)
class _Samples:
    """Samples of late meters: the position of the meter, and what was read."""

    meter: Int64
    columns: SampleColumns

    def of(self, chosen: npt.NDArray[np.bool_]) -> _Samples:
        c = self.columns
        return _Samples(
            self.meter[chosen], SampleColumns(c.ts_ms[chosen], c.register[chosen], c.received_at_ms[chosen])
        )


def store_late(connection: duckdb.DuckDBPyConnection, late: dict[str, npt.NDArray]) -> RepairReport:
    """Append late samples (columns ``meter_id, ts_ms, register, received_at_ms``) and repair what they touch.

    One transaction: when it returns, samples, hours, totals and coal equivalent are durable and agree. Raises
    ``meter-unknown`` before anything is written.
    """
    if not len(late["meter_id"]):
        return RepairReport(0, 0, 0)
    arrived = _late_meters(connection, late)
    connection.begin()
    try:
        append(connection, "sample", late)
        samples = _read(connection, arrived)
        computed, changed = _recompute(connection, arrived.meters, samples, late)
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return RepairReport(len(arrived.meters), computed, changed)


def _late_meters(connection: duckdb.DuckDBPyConnection, late: dict[str, npt.NDArray]) -> _Late:
    ids, where = np.unique(late["meter_id"], return_inverse=True)
    known = dict(zip(*reversed(load_meters(connection, ids)), strict=True))
    if unknown := [int(number) for number in ids if int(number) not in known]:
        raise NenghaoError(
            "meter-unknown", "没有这些表计", "there are no such meters", record=", ".join(map(str, unknown[:10])),
            field="meter_id", mend_zh="先登记表计", mend_en="register the meters first",
        )  # fmt: skip
    first, last = np.full(len(ids), EVER[1]), np.full(len(ids), EVER[0])
    np.minimum.at(first, where, late["ts_ms"])
    np.maximum.at(last, where, late["ts_ms"])
    return _Late({int(number): known[int(number)] for number in ids}, first, last)


def _read(connection: duckdb.DuckDBPyConnection, arrived: _Late) -> _Samples:
    """Read what the late meters need: a window around what arrived, and everything where the window is too thin."""
    ids = arrived.ids
    found = _select(connection, ids, *arrived.window)
    thin = _too_thin(connection, arrived, found)
    if not thin.any():
        return found
    rest = _select(connection, ids[thin], *EVER)
    kept = found.of(~thin[found.meter])
    positions = np.flatnonzero(thin)[rest.meter]
    return _Samples(
        np.concatenate([kept.meter, positions]),
        SampleColumns(*(
            np.concatenate([getattr(kept.columns, name), getattr(rest.columns, name)])
            for name in ("ts_ms", "register", "received_at_ms")
        )),
    )  # fmt: skip


def _select(connection: duckdb.DuckDBPyConnection, ids: Int64, from_ms: int, until_ms: int) -> _Samples:
    connection.register("late_meter", pa.table({"meter_id": ids.astype(np.int32)}))
    span = {"from_ms": from_ms, "until_ms": until_ms}
    rows = connection.execute(statement("samples/late_samples"), span).fetchnumpy()
    return _Samples(
        np.searchsorted(ids, rows["meter_id"]),
        SampleColumns.of(rows["ts_ms"], rows["register"], rows["received_at_ms"]),
    )


def _too_thin(connection: duckdb.DuckDBPyConnection, arrived: _Late, found: _Samples) -> npt.NDArray[np.bool_]:
    """Tell which meters lack context in the window though more lies outside it, or have a step that is no plain rise.

    A register that falls, or stands on both sides of a replacement, is judged over a longer course than the window.
    """
    ids, first_ms, last_ms, window = arrived.ids, arrived.first_ms, arrived.last_ms, arrived.window
    ends = connection.execute(statement("samples/sample_ends")).fetchnumpy()
    earliest, latest = np.empty(len(ids), np.int64), np.empty(len(ids), np.int64)
    where = np.searchsorted(ids, ends["meter_id"])
    earliest[where], latest[where] = ends["first_ms"], ends["last_ms"]
    own = found.meter
    before = np.bincount(own[found.columns.ts_ms < first_ms[own]], minlength=len(ids))
    after = np.bincount(own[found.columns.ts_ms > last_ms[own]], minlength=len(ids))
    thin = ((before < INSTANTS) & (earliest < window[0])) | ((after < INSTANTS) & (latest > window[1]))
    order = np.lexsort((found.columns.received_at_ms, found.columns.ts_ms, own))
    fell = (np.diff(found.columns.register[order]) < 0) & (np.diff(own[order]) == 0)
    thin[own[order][1:][fell]] = True
    return thin


def _recompute(
    connection: duckdb.DuckDBPyConnection,
    meters: dict[int, MeterSpec],
    samples: _Samples,
    late: dict[str, npt.NDArray],
) -> tuple[int, int]:
    """Compute and store the touched hours of all late meters, those with the same range together."""
    specs, ids = list(meters.values()), np.fromiter(meters, dtype=np.int64)
    computed, changed = 0, 0
    for (start_ms, end_ms), positions in _ranges(specs, ids, samples, late).items():
        chosen = np.isin(samples.meter, positions)
        part = samples.of(chosen)
        index = np.searchsorted(positions, part.meter)
        rows: ManyResult = compute_many(
            [specs[p] for p in positions], index, part.columns, PeriodKind.HOUR, start_ms=start_ms, end_ms=end_ms
        )
        computed += len(rows.value)
        changed += store_intervals(connection, ids[positions][rows.meter_index], rows, keep_missing=False)
    return computed, changed


def _ranges(
    specs: list[MeterSpec], ids: Int64, samples: _Samples, late: dict[str, npt.NDArray]
) -> dict[tuple[int, int], Int64]:
    """Give the touched ranges, and the positions of the meters that have each."""
    new, new_ts = _sorted_by(np.searchsorted(ids, late["meter_id"]), np.asarray(late["ts_ms"], dtype=np.int64))
    old, old_ts = _sorted_by(samples.meter, samples.columns.ts_ms)
    edges = np.arange(len(specs) + 1)
    new_at, old_at = np.searchsorted(new, edges), np.searchsorted(old, edges)
    by_range: dict[tuple[int, int], list[int]] = defaultdict(list)
    for p, spec in enumerate(specs):
        existing, fresh = old_ts[old_at[p] : old_at[p + 1]], new_ts[new_at[p] : new_at[p + 1]]
        by_range[touched_range(spec, existing, fresh, PeriodKind.HOUR)].append(p)
    return {span: np.array(positions) for span, positions in by_range.items() if span[0] < span[1]}


def _sorted_by(meter: Int64, ts_ms: Int64) -> tuple[Int64, Int64]:
    order = np.lexsort((ts_ms, meter))
    return meter[order], ts_ms[order]
