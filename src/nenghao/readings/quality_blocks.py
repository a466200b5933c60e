"""What the checks look at: readings of many items as dense blocks (:class:`nenghao.quality.block.Block`).

Rows come from the store as columns and are put in their places by index; no loop runs over readings. Real-time series
come by day, day records by month, month records by year, about :data:`CHUNK_ITEMS` items at a time; an enterprise is
never split, because some checks hold its series against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nenghao.periods import wall
from nenghao.quality.block import Block, Traits
from nenghao.readings.batches import STANDS
from nenghao.readings.quality_levels import Columns, levels, sampled_levels, version_columns
from nenghao.readings.quality_periods import BlockPeriod, block_periods
from nenghao.readings.statements import statement
from nenghao.readings.store import ReadingStore

CHUNK_ITEMS = 10_000
MANUAL_INPUT = 5
"""``inputType`` of a value that a person entered at the access end: sent by a gateway, but by hand."""
MISSING_STATE = 2
GROUP_ITEMS = 50_000
"""Items whose levels are found in one pass over the weeks before, which costs more than the rest of a chunk."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A span of one series that a person has confirmed as true; Beijing wall times, half-open."""

    data_item_id: int
    stat_type: int
    start: datetime
    end: datetime


def blocks(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    start: date,
    end: date,
    now: datetime,
    stat_types: Sequence[int] = (0, 1, 2),
    confirmed: Sequence[Confirmed] = (),
    excused_item_ids: Iterable[int] = (),
) -> Iterator[Block]:
    """Give the blocks that overlap ``[start, end)`` of every item that ever sent something, in order of time.

    A slot is due when it has ended by ``now`` (aware), the item is active and must send the statistic type, and the
    item had begun: real-time slots from the first day with real-time data, days from the first with any, months from
    the first whole month or the first month record. Nothing is due of ``excused_item_ids``. The marks of new readings
    must have been turned into blocks before (:func:`nenghao.readings.quality_marks.note_marks`), which tells since when
    an item has data.
    """
    excused = np.fromiter(excused_item_ids, dtype=np.int64)
    with store.cursor() as cursor:
        items = _items(cursor, list(enterprise_ids))
        items["excused"] = np.isin(items["id"], excused)
        for stat_type in stat_types:
            for group in _by_length(items, stat_type, end):
                for period in block_periods(stat_type, start, end, int(group["realtime_minutes"][0])):
                    yield from _blocks(cursor, group, period, _Asked(wall(now), confirmed))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known beside the store: the present moment (wall time) and what persons have confirmed."""

    now: datetime
    confirmed: Sequence[Confirmed]


def _blocks(
    cursor: duckdb.DuckDBPyConnection, items: Columns, period: BlockPeriod, asked: _Asked
) -> Iterator[Block]:  # fmt: skip
    """Give the blocks of items with slots of one length over one period."""
    for group in _chunks(items, GROUP_ITEMS):
        known = None
        if period.stat_type == 0:
            _want(cursor, group)
            known = sampled_levels(cursor, period, len(group["id"]))
        at = 0
        for chunk in _chunks(group, CHUNK_ITEMS):
            rows = slice(at, at + len(chunk["id"]))
            at = rows.stop
            yield _block(cursor, chunk, period, asked, known and (known[0][rows], known[1][rows]))


def _want(cursor: duckdb.DuckDBPyConnection, items: Columns) -> None:
    """Register the items as the table ``wanted`` of the queries."""
    cursor.register("wanted", pa.table({"id": items["id"], "row": np.arange(len(items["id"]))}))


def _items(cursor: duckdb.DuckDBPyConnection, enterprise_ids: list[int]) -> Columns:
    """Give the columns of the items; dates as ``datetime64[D]``, NaT where there is none."""
    found = cursor.execute(statement("quality/items"), {"enterprise_ids": enterprise_ids}).fetchnumpy()
    items = {name: np.ma.filled(column) if isinstance(column, np.ma.MaskedArray) else column
             for name, column in found.items() if not name.startswith("first_")}  # fmt: skip
    for name in ("first_day", "first_realtime", "first_month"):
        column = found[name]
        days = np.ma.getdata(column).astype("datetime64[D]")
        items[name] = np.where(np.ma.getmaskarray(column), np.datetime64("NaT"), days)
    items["energy_key"], items["stat_types"] = items["energy_key"].astype(str), items["stat_types"].astype(str)
    return items


def _by_length(items: Columns, stat_type: int, end: date) -> Iterator[Columns]:
    """Part the real-time series that had begun before ``end`` by the length of their slots; records have one length."""
    if stat_type == 0:
        begun = items["first_realtime"] < np.datetime64(end)  # False where there is no such day
        for length in np.unique(items["realtime_minutes"][begun]):
            yield _take(items, begun & (items["realtime_minutes"] == length))
    elif len(items["id"]):
        yield items


def _chunks(items: Columns, size: int) -> Iterator[Columns]:
    """Cut the items between enterprises, ``size`` at a time unless one enterprise has more."""
    owners = items["enterprise_id"]
    starts = np.flatnonzero(np.diff(owners, prepend=owners[:1] - 1))
    for first, last in pairwise(_cuts(starts, len(owners), size)):
        yield _take(items, slice(first, last))


def _cuts(starts: npt.NDArray[np.intp], count: int, size: int) -> list[int]:
    """Give the borders of the chunks: of the places where an enterprise starts, the last within each chunk's size."""
    cuts = [0]
    borders = [*starts.tolist()[1:], count]
    for border, following in pairwise([*borders, count]):
        if border == count or following - cuts[-1] > size:
            cuts.append(border)
    return list(dict.fromkeys(cuts))


def _take(items: Columns, chosen: Any) -> Columns:
    return {name: column[chosen] for name, column in items.items()}


def _block(
    cursor: duckdb.DuckDBPyConnection, items: Columns, period: BlockPeriod, asked: _Asked,
    known_levels: tuple[npt.NDArray, npt.NDArray] | None,
) -> Block:  # fmt: skip
    """Read one chunk over one period, with as many slots before it and one after it."""
    _want(cursor, items)
    shape = len(items["id"]), period.width
    versions = _rows(cursor, period, shape[0] * shape[1])
    wide = _Wide.of(cursor, versions, shape)
    value = wide.current(versions["value"], np.nan)
    usual, high = known_levels or levels(value[:, :-1], period.stat_type)
    inside = np.s_[:, period.slots : -1]
    return Block(
        stat_type=period.stat_type, start=period.start, traits=_traits(items, period, usual, high),
        value=value[inside], state=wide.current(versions["state"], MISSING_STATE)[inside],
        due=_due(items, period, asked.now), delay_s=(wide.first_received_s - period.slot_ends_s())[inside],
        by_hand=wide.current(wide.hand, False)[inside], contents=wide.contents[inside],
        start_offset_s=wide.current(versions["start_offset_s"], 0).astype(np.float64)[inside],
        accepted=_accepted(items, period, asked.confirmed), before=value[:, : period.slots], after=value[:, -1:],
    )  # fmt: skip


def _rows(cursor: duckdb.DuckDBPyConnection, period: BlockPeriod, places: int) -> Columns:
    """Give every version of every reading of the registered items."""
    asked = {
        "stat_type": period.stat_type, "slots": period.width, "from": period.before_start, "until": period.after_end,
    }  # fmt: skip
    if period.slot_s is not None:
        asked |= {"first_s": period.before_start_s, "slot_s": period.slot_s}
    name = "quality/month_rows" if period.slot_s is None else "quality/rows"
    return version_columns(cursor, name, asked, places)


@dataclass(frozen=True, slots=True)
class _Wide:
    """The versions by place (item × slot): which is current (-1: none), when the first came, how many contents."""

    newest: npt.NDArray[np.int64]
    first_received_s: npt.NDArray[np.float64]
    contents: npt.NDArray[np.uint8]
    hand: npt.NDArray[np.bool_]
    """By version: a person stands behind its value."""

    @classmethod
    def of(cls, cursor: duckdb.DuckDBPyConnection, versions: Columns, shape: tuple[int, int]) -> _Wide:
        place, known, places = versions["place"], ~np.isnan(versions["value"]), shape[0] * shape[1]
        received_s, is_upload = _batch_facts(cursor, versions["batch_id"])
        by_gateway = is_upload & (versions["input_type"] != MANUAL_INPUT)
        newest = np.full(places, -1, dtype=np.int64)
        newest[place] = np.arange(len(place))  # of several versions of a place the last one assigned stays
        first = np.full(places, np.nan)
        by_hand, sent = np.flatnonzero(known & ~by_gateway), np.flatnonzero(known & by_gateway)
        by_hand = by_hand[np.argsort(versions["version"][by_hand] % STANDS)]  # what stands is not the later for it
        for rows in (by_hand, sent):  # what a gateway sent counts before what a person did, the earliest before all
            first[place[rows[::-1]]] = received_s[rows[::-1]]
        contents = _contents(place[by_gateway & known], versions["value"][by_gateway & known], places)
        return cls(newest.reshape(shape), first.reshape(shape), contents.reshape(shape), ~by_gateway & known)

    def current(self, column: npt.NDArray[Any], otherwise: float) -> npt.NDArray[Any]:
        """Give a column of the current versions by place."""
        if not len(column):
            return np.full(self.newest.shape, otherwise, dtype=column.dtype)
        return np.where(self.newest >= 0, column[self.newest], column.dtype.type(otherwise))


def _batch_facts(
    cursor: duckdb.DuckDBPyConnection, batch_ids: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Give, for every reading, when its batch was received [s of wall time] and whether a gateway sent it."""
    if not len(batch_ids):
        return np.zeros(0), np.zeros(0, dtype=np.bool_)
    runs = batch_ids[np.flatnonzero(np.diff(batch_ids, prepend=batch_ids[0] - 1))]
    cursor.register("wanted_batch", pa.table({"id": np.unique(runs)}))
    table = cursor.execute(statement("quality/batches")).fetchnumpy()
    at = np.searchsorted(table["id"], batch_ids)
    return table["received_s"][at].astype(np.float64), table["is_upload"][at].astype(np.bool_)


def _contents(place: npt.NDArray[np.int64], value: npt.NDArray[np.float64], places: int) -> npt.NDArray[np.uint8]:
    """Count the different values by place; only places with several versions need looking at."""
    counts = np.bincount(place, minlength=places)
    if counts.max(initial=0) <= 1:
        return counts.astype(np.uint8)
    several = counts[place] > 1
    repeated, values = place[several], value[several]
    order = np.lexsort((values, repeated))
    repeated, values = repeated[order], values[order]
    new = np.ones(len(repeated), dtype=np.bool_)
    new[1:] = (repeated[1:] != repeated[:-1]) | (values[1:] != values[:-1])
    different = np.bincount(repeated[new], minlength=places)
    return np.minimum(np.where(counts > 1, different, counts), 255).astype(np.uint8)


def _traits(items: Columns, period: BlockPeriod, usual: npt.NDArray, high: npt.NDArray) -> Traits:
    low_factor, high_factor = period.bound_factors(items["stat_types"], items["realtime_minutes"])
    return Traits(
        item_id=items["id"], enterprise_id=items["enterprise_id"], energy_key=items["energy_key"],
        value_min=items["value_min"] * low_factor, value_max=items["value_max"] * high_factor,
        max_rate=np.full(len(items["id"]), np.nan), may_be_negative=items["may_be_negative"], usual=usual, high=high,
    )  # fmt: skip


def _due(items: Columns, period: BlockPeriod, now: datetime) -> npt.NDArray[np.bool_]:
    """Say which slots should hold a value by now."""
    sends = items["active"] & ~items["excused"] & (np.char.find(items["stat_types"], str(period.stat_type)) >= 0)
    days = period.slot_days()
    first = items["first_realtime" if period.stat_type == 0 else "first_day"]
    begun = days[None, :] >= first[:, None]  # False where there is no such day
    if period.stat_type >= 2:
        begun |= days[None, :] >= items["first_month"][:, None]
    ended = period.slot_ends_s()[period.slots : -1] <= (now - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001
    return sends[:, None] & begun & ended[None, :]


def _accepted(items: Columns, period: BlockPeriod, confirmed: Sequence[Confirmed]) -> npt.NDArray[np.bool_]:
    accepted = np.zeros((len(items["id"]), period.slots), dtype=np.bool_)
    wanted = [one for one in confirmed if one.stat_type == period.stat_type and one.start < period.end]
    if wanted:
        row = {int(number): at for at, number in enumerate(items["id"])}
        starts = period.slot_starts()
        for one in wanted:
            if one.data_item_id in row:
                inside = (starts >= np.datetime64(one.start)) & (starts < np.datetime64(one.end))
                accepted[row[one.data_item_id]] |= inside
    return accepted
