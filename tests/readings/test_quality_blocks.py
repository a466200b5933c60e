"""Blocks against brute force: random versions, resends, corrections and late days, looked up slot by slot in Python."""

from __future__ import annotations

import math
import tempfile
from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenghao.periods import BEIJING
from nenghao.readings import ItemRow, ReadingBatch, ReadingStore
from nenghao.readings.quality_blocks import Confirmed, blocks
from nenghao.readings.quality_levels import levels
from nenghao.readings.quality_marks import note_marks
from nenghao.readings.quality_periods import block_period

FIRST = datetime(2028, 2, 27)
NOW = datetime(2028, 3, 2, 10, tzinfo=BEIJING)
MINUTES = {1: 60, 2: 30, 3: 60, 4: 30}
ITEMS = [
    ItemRow(
        id=n, data_code=str(n), enterprise_id=1 + n // 3, energy_key="heat", base_unit="GJ", stat_types="012",
        realtime_minutes=minutes, value_max=8.0, active=n != 3,
    )
    for n, minutes in MINUTES.items()
]  # fmt: skip

sent = st.tuples(
    st.integers(1, 4), st.sampled_from([0, 0, 0, 0, 1, 2]), st.integers(0, 4 * 48 - 1),
    st.integers(0, 40).map(lambda n: None if n == 0 else n / 8), st.sampled_from([0, 0, 1]), st.sampled_from([4, 4, 5]),
    st.integers(-90, 90),
)  # fmt: skip
uploads = st.tuples(
    st.lists(sent, min_size=1, max_size=25), st.sampled_from(["upload", "upload", "manual"]), st.booleans(),
    st.integers(0, 100),
)  # fmt: skip


def start_of(item: int, stat_type: int, half_hour: int) -> datetime:
    moment = FIRST + timedelta(minutes=30 * half_hour)
    if stat_type == 0:
        return moment.replace(minute=moment.minute // MINUTES[item] * MINUTES[item])
    day = moment.replace(hour=0, minute=0)
    return day if stat_type == 1 else day.replace(day=1)


def batch_of(rows, source, stands, hours) -> ReadingBatch:
    return ReadingBatch(
        received_at=FIRST + timedelta(days=1, hours=hours), source=source, stands=stands and source == "manual",
        data_item_id=[row[0] for row in rows], stat_type=[row[1] for row in rows],
        period_start=[start_of(*row[:3]) for row in rows],
        value=[math.nan if row[3] is None else row[3] for row in rows], state=[row[4] for row in rows],
        input_type=[row[5] for row in rows], start_offset_s=[row[6] for row in rows],
    )  # fmt: skip


class Model:
    """Every version by key, in the order in which they count."""

    def __init__(self) -> None:
        self.versions = defaultdict(list)

    def take(self, batch: ReadingBatch) -> None:
        columns = {name: column.tolist() for name, column in batch.columns.items()}
        for at in range(len(batch)):
            row = {name: column[at] for name, column in columns.items()}
            gateway = batch.source == "upload" and row["input_type"] != 5
            version = {
                "value": row["value"], "state": row["state"], "gateway": gateway, "received": batch.received_at,
                "offset": row["start_offset_s"], "stands": row["stands"],
            }  # fmt: skip
            self.versions[row["data_item_id"], row["stat_type"], row["period_start"]].append(version)

    def first(self, item, stat_types):
        days = [key[2] for key in self.versions if key[0] == item and key[1] in stat_types]
        return min(days).replace(hour=0, minute=0) if days else None

    def slot(self, item, stat_type, start, end):
        versions = self.versions.get((item, stat_type, start), [])
        known = [version for version in versions if not math.isnan(version["value"])]
        gateway = [version for version in known if version["gateway"]]
        current = ([v for v in versions if v["stands"]] or versions or [None])[-1]
        first = (gateway or known or [None])[0]
        return {
            "value": current["value"] if current else math.nan, "state": current["state"] if current else 2,
            "delay_s": (first["received"] - end).total_seconds() if first else math.nan,
            "by_hand": bool(current and not math.isnan(current["value"]) and not current["gateway"]),
            "contents": len({version["value"] for version in gateway}),
            "start_offset_s": current["offset"] if current else 0, "due": self.due(item, stat_type, start, end),
        }  # fmt: skip

    def due(self, item, stat_type, start, end):
        if item == 3 or end > NOW.replace(tzinfo=None):
            return False
        day, record = self.first(item, (0,) if stat_type == 0 else (0, 1)), self.first(item, (2,))
        if day is not None and start >= day:
            return True
        return stat_type == 2 and record is not None and start >= record


def edges(period):
    return [edge.item() for edge in period.edges()]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(uploads, min_size=1, max_size=5))
def test_blocks_equal_a_look_at_every_slot(sequence):
    with tempfile.TemporaryDirectory() as folder, ReadingStore.open(Path(folder) / "r.duckdb") as store:
        store.put_items(ITEMS)
        model = Model()
        for rows, source, stands, hours in sequence:
            batch = batch_of(rows, source, stands, hours)
            store.submit(batch).result(30)
            model.take(batch)
        note_marks(store, now=NOW)
        found = list(blocks(
            store, enterprise_ids=[1, 2], start=FIRST.date(), end=date(2028, 3, 3), now=NOW
        ))  # fmt: skip
        seen = set()
        for block in found:
            minutes = 1440 // block.shape[1] if block.stat_type == 0 else 15
            period = block_period(block.stat_type, block.start.date(), minutes)
            borders = edges(period)
            for row, item in enumerate(block.traits.item_id.tolist()):
                seen.add((item, block.stat_type, block.start))
                before = [model.slot(item, block.stat_type, s, e)["value"] for s, e in pairwise(borders)]
                assert np.array_equal(block.before[row], before[: period.slots], equal_nan=True)
                assert np.array_equal(block.after[row], before[-1:], equal_nan=True)
                for slot in range(period.slots):
                    at = period.slots + slot
                    expected = model.slot(item, block.stat_type, borders[at], borders[at + 1])
                    for name, wanted in expected.items():
                        got = getattr(block, name)[row, slot]
                        assert got == wanted or (math.isnan(got) and math.isnan(wanted)), (name, item, borders[at])
        known = {item for item, stat_type, _ in model.versions if stat_type == 0}
        days = [FIRST + timedelta(days=n) for n in range(5)]
        assert {key for key in seen if key[1] == 0} == {(item, 0, day) for item in known for day in days}
        assert {key[2] for key in seen if key[1] == 1} == {datetime(2028, 2, 1), datetime(2028, 3, 1)}
        assert {key[2] for key in seen if key[1] == 2} == {datetime(2028, 1, 1)}


@pytest.fixture
def store(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as opened:
        opened.put_items(ITEMS)
        yield opened


def test_an_enterprise_is_never_split_between_blocks(store, monkeypatch):
    monkeypatch.setattr("nenghao.readings.quality_blocks.CHUNK_ITEMS", 1)
    monkeypatch.setattr("nenghao.readings.quality_blocks.GROUP_ITEMS", 2)
    store.submit(batch_of([(n, 1, 0, 1.0, 0, 4, 0) for n in MINUTES], "upload", False, 0)).result()
    note_marks(store, now=NOW)
    found = blocks(store, enterprise_ids=[2, 1], start=FIRST.date(), end=date(2028, 2, 28), now=NOW, stat_types=(1,))
    assert [block.traits.item_id.tolist() for block in found] == [[1, 2], [3, 4]]


def test_confirmed_slots_are_accepted_and_nothing_is_due_of_the_excused(store):
    store.submit(batch_of([(1, 0, n, 1.0, 0, 4, 0) for n in range(48)], "upload", False, 0)).result()
    note_marks(store, now=NOW)
    confirmed = [Confirmed(1, 0, FIRST + timedelta(hours=3), FIRST + timedelta(hours=5))]
    asked = {"enterprise_ids": [1], "start": FIRST.date(), "end": date(2028, 2, 28), "now": NOW, "stat_types": (0,)}
    block = next(blocks(store, **asked, confirmed=confirmed))
    assert np.flatnonzero(block.accepted[0]).tolist() == [3, 4]
    assert block.due.all()
    assert not next(blocks(store, **asked, excused_item_ids=[1])).due.any()


def test_bounds_hold_for_the_shortest_statistic_type_and_its_multiples(store):
    rows = [(item, stat_type, 0, 1.0, 0, 4, 0) for item in (1, 2) for stat_type in (0, 1, 2)]
    store.submit(batch_of(rows, "upload", False, 0)).result()
    note_marks(store, now=NOW)
    found = blocks(store, enterprise_ids=[1], start=FIRST.date(), end=date(2028, 2, 28), now=NOW)
    highest = {
        (block.stat_type, int(item)): bound
        for block in found
        for item, bound in zip(block.traits.item_id, block.traits.value_max, strict=True)
    }
    assert highest[0, 1] == highest[0, 2] == 8.0
    assert (highest[1, 1], highest[1, 2]) == (8.0 * 24, 8.0 * 48)
    assert (highest[2, 1], highest[2, 2]) == (8.0 * 24 * 31, 8.0 * 48 * 31)


def test_levels_need_two_weeks_and_leave_out_zeros():
    row = np.full(168, np.nan)
    row[:84] = np.arange(84)
    usual, high = levels(np.stack([row, np.where(row == 83, np.nan, row), np.zeros(168)]), 0)
    assert usual.tolist()[0] == 42.0  # the median of 1 … 83
    assert high.tolist()[0] == 79.0  # the 79th of 83
    assert np.isnan(usual[1:]).all()
    assert np.isnan(high[1:]).all()


def test_the_level_of_real_time_series_is_that_of_four_weeks(store):
    """Hand-made: 6 of the 28 days × 24 hours are looked at each day; all values of a day are alike."""
    days = [FIRST + timedelta(days=n) for n in range(-30, 1)]
    starts = [day + timedelta(hours=hour) for day in days for hour in range(24)]
    values = [100.0 if day <= FIRST - timedelta(days=28) else 1.0 + n for n, day in enumerate(days) for _ in range(24)]
    store.submit(ReadingBatch(
        received_at=FIRST, data_item_id=np.full(len(starts), 1), stat_type=np.zeros(len(starts)), period_start=starts,
        value=values, state=np.zeros(len(starts)), input_type=np.full(len(starts), 4),
    )).result()  # fmt: skip
    note_marks(store, now=NOW)
    block = next(blocks(
        store, enterprise_ids=[1], start=FIRST.date(), end=date(2028, 2, 28), now=NOW, stat_types=(0,)
    ))  # fmt: skip
    recent = [1.0 + n for n in range(3, 31)]  # the 28 days that end with the block
    assert block.traits.usual.tolist() == [np.median(recent)]
    assert block.traits.high.tolist() == [np.sort(np.repeat(recent, 6))[math.ceil(0.95 * 168) - 1]]
