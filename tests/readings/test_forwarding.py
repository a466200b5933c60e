"""What must go upward, and digests that see what a plain sum would not."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from nenghao.readings import ItemRow, ReadingBatch, ReadingStore
from nenghao.readings.forwarding import Coverage, day_readings, digest_days, touched_readings, window_end

DAY, NEXT = date(2026, 3, 4), date(2026, 3, 5)
RECORDS = Coverage((7,))


@pytest.fixture
def store(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as opened:
        opened.put_items([
            ItemRow(id=1, data_code="a", enterprise_id=7, energy_key="electricity", base_unit="kWh"),
            ItemRow(id=2, data_code="b", enterprise_id=7, energy_key="electricity", base_unit="kWh"),
        ])  # fmt: skip
        yield opened


def put(store, *rows, **more):
    items, types, starts, values = zip(*rows, strict=True) if rows else ((), (), (), ())
    return store.submit(ReadingBatch(
        received_at=datetime(2026, 3, 5), data_item_id=items, stat_type=types, period_start=starts, value=values,
        state=[0] * len(rows), input_type=[4] * len(rows), **more,
    )).result()  # fmt: skip


def fingerprint(store, coverage=RECORDS):
    return [row.fingerprint for row in digest_days(store, coverage=coverage, start=DAY, end=NEXT)]


def test_a_decision_that_stands_is_forwarded_even_when_the_gateway_sends_again(store):
    put(store, (1, 1, "2026-03-04", 10.0))
    put(store, (1, 1, "2026-03-04", 11.0), stands=True, source="correction")
    put(store, (1, 1, "2026-03-04", 10.0))
    assert touched_readings(store, coverage=RECORDS, after=2, until=3).value.tolist() == [11.0]


def test_windows_advance_over_batches_without_readings(store):
    for _ in range(3):
        put(store)
    put(store, (1, 1, "2026-03-04", 1.0), (2, 1, "2026-03-04", 1.0))
    put(store, (1, 1, "2026-03-04", 2.0))
    ends, after = [], 0
    while after < 5:
        after = window_end(store, after=after, last=5, rows=2)
        ends.append(after)
    assert ends == [4, 5]


def test_real_time_counts_only_where_no_day_record_is(store):
    put(store, (1, 0, "2026-03-04T00:15", 1.0), (1, 1, "2026-03-04", 5.0), (2, 0, "2026-03-04T00:15", 2.0))
    rows = day_readings(store, coverage=RECORDS, start=DAY, end=NEXT)
    assert list(zip(rows.data_item_id.tolist(), rows.stat_type.tolist(), strict=True)) == [(1, 1), (2, 0)]
    assert len(day_readings(store, coverage=Coverage((7,), (7,)), start=DAY, end=NEXT)) == 3


def test_values_that_change_places_differ_though_their_sum_does_not(store, tmp_path):
    put(store, (1, 0, "2026-03-04T00:00", 1.0), (1, 0, "2026-03-04T00:15", 2.0))
    with ReadingStore.open(tmp_path / "other.duckdb") as other:
        other.put_items([ItemRow(id=9, data_code="a", enterprise_id=7, energy_key="electricity", base_unit="kWh")])
        put(other, (9, 0, "2026-03-04T00:00", 2.0), (9, 0, "2026-03-04T00:15", 1.0))
        assert fingerprint(store) != fingerprint(other)
        put(other, (9, 0, "2026-03-04T00:15", 2.0), (9, 0, "2026-03-04T00:00", 1.0))
        assert fingerprint(store) == fingerprint(other)  # whatever the order, the item's key and the versions


def test_a_reading_that_says_missing_is_counted_apart(store):
    put(store, (1, 1, "2026-03-04", 5.0))
    before = fingerprint(store)
    put(store, (2, 1, "2026-03-04", float("nan")))
    row = digest_days(store, coverage=RECORDS, start=DAY, end=NEXT)[0]
    assert (row.known, row.missing, [row.fingerprint]) == (1, 1, before)
