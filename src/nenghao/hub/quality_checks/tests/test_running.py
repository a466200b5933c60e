"""What arrives is looked at, silence is found at night, a kill loses nothing, and the store closes clean."""

from __future__ import annotations

import threading
import time
from datetime import date, datetime, timedelta

import pytest

from nenghao.hub import store as hub_store
from nenghao.hub.quality_checks import nightly
from nenghao.hub.quality_checks.arrival import ArrivalChecks, check_all_arrived
from nenghao.hub.quality_checks.checking import check_span
from nenghao.hub.quality_checks.models import CheckRun, RunKind
from nenghao.hub.quality_checks.nightly import last_due, nightly_health, run_nightly, seconds_until_due
from nenghao.hub.store import close_store, get_store, while_open
from nenghao.periods import BEIJING
from nenghao.readings.quality import item_day_measures, unchecked_cell_count

from .conftest import DAY, NOW, hours

COUNTS = "SELECT * EXCLUDE (checked_at) FROM quality_finding ORDER BY ALL", "SELECT * FROM quality_count ORDER BY ALL"


def tables(store):
    with store.cursor() as cursor:
        return [cursor.execute(query).fetchall() for query in COUNTS]


def wait_for(told, seconds=60.0):
    give_up = time.monotonic() + seconds
    while not told() and time.monotonic() < give_up:
        time.sleep(0.02)
    return told()


def test_cell_by_cell_on_arrival_gives_the_same_tables_as_the_nightly_run(store, plants, send):
    """Two days in pieces, out of order, with a correction; then a late day before all of it."""
    span = {"start": DAY - timedelta(days=8), "end": NOW.date()}
    ids = [plant.id for plant in plants]
    one, other = plants
    values = hours()
    send(one.id, one.plant, DAY, values[:9])
    check_all_arrived(store, now=NOW)
    send(one.id, one.plant, DAY + timedelta(days=1), hours(day=1))
    send(other.id, other.process, DAY, [*(hours(day=2) * -1), *hours(day=4)])
    check_all_arrived(store, now=NOW)
    send(one.id, one.plant, DAY, values[:7] * 30, source="manual", author="王")
    send(one.id, one.process, DAY, [1.0, 2.0], stat_type=1, received=datetime(2026, 3, 11, 1))
    check_all_arrived(store, now=NOW)
    send(one.id, one.plant, DAY - timedelta(days=8), hours(day=3), received=datetime(2026, 3, 11, 2))
    check_all_arrived(store, now=NOW)
    assert unchecked_cell_count(store) == 0
    by_arrival = tables(store)
    with store.cursor() as cursor:
        cursor.execute("DELETE FROM quality_count")
        cursor.execute("DELETE FROM quality_finding")
    check_span(store=store, enterprise_ids=ids, now=NOW, **span)
    assert by_arrival[1]
    for found, expected in zip(tables(store), by_arrival, strict=True):
        assert set(found) - set(expected) == set(expected) - set(found) == set()


def test_the_days_between_two_arrivals_are_missing(store, plants, send):
    one = plants[0]
    send(one.id, one.plant, DAY - timedelta(days=5), hours())
    send(one.id, one.plant, DAY, hours(day=1))
    check_all_arrived(store, now=NOW)
    rows = item_day_measures(
        store, enterprise_ids=[one.id], start=DAY - timedelta(days=5), end=DAY + timedelta(days=1),
        data_item_ids=[one.plant],
    )  # fmt: skip
    missing = {row.day: row.records_missing for row in rows if row.stat_type == 0}
    assert missing == {DAY - timedelta(days=back): 24 if 0 < back < 5 else 0 for back in range(6)}


def test_silence_is_found_at_night_and_the_days_of_a_longer_one_afterwards(store, plants, send):
    one = plants[0]
    send(one.id, one.plant, date(2026, 3, 1), hours())
    check_all_arrived(store, now=datetime(2026, 3, 2, 3, tzinfo=BEIJING))
    run = run_nightly(store=store, now=NOW)
    assert run.error == ""
    assert (run.start, run.end, run.enterprises) == (date(2026, 3, 8), date(2026, 3, 11), 2)
    check_all_arrived(store, now=NOW)
    rows = item_day_measures(store, enterprise_ids=[one.id], start=date(2026, 3, 1), end=date(2026, 3, 11))
    assert {row.day.day: row.records_missing for row in rows if row.stat_type == 0} == {
        day: 0 if day == 1 else 24 for day in range(1, 11)
    }
    assert nightly_health()["nightly_checks"] == "ok"


def test_a_run_that_fails_is_told_and_owed(store, plants, send, monkeypatch):
    monkeypatch.setattr(nightly, "check_span", lambda **_given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_nightly(store=store, now=NOW)
    assert nightly_health()["nightly_checks"] == "failed"
    assert seconds_until_due(NOW) == 0


def test_the_next_run_is_a_day_after_the_last_was_due(db, settings):
    settings.NENGHAO_NIGHTLY_CHECKS_AT = "02:30"
    before, after = datetime(2026, 3, 11, 2, 29, tzinfo=BEIJING), datetime(2026, 3, 11, 2, 31, tzinfo=BEIJING)
    assert last_due(before) == datetime(2026, 3, 10, 2, 30, tzinfo=BEIJING)
    assert last_due(after) == datetime(2026, 3, 11, 2, 30, tzinfo=BEIJING)
    CheckRun.objects.create(
        kind=RunKind.NIGHTLY, started_at=after, ended_at=after, start=date(2026, 3, 8), end=date(2026, 3, 11)
    )
    assert seconds_until_due(after) == 86_400 - 60


def test_a_mark_outlives_a_kill_between_reading_and_storing(store, plants, send, monkeypatch):
    one = plants[0]
    send(one.id, one.plant, DAY, hours())

    def killed(*_given, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("nenghao.hub.quality_checks.checking.put_quality", killed)
        check_all_arrived(store, now=NOW)
    assert tables(store)[1] == []
    waiting = unchecked_cell_count(store)
    path = store.path
    close_store()
    again = get_store()
    assert again is not store
    assert again.path == path
    assert unchecked_cell_count(again) == waiting > 0
    assert check_all_arrived(again, now=NOW) > 0
    assert tables(again)[1]


@pytest.mark.django_db(transaction=True)
def test_the_thread_looks_at_what_was_uploaded_and_ends_with_the_store(store, plants, send, monkeypatch):
    monkeypatch.setattr(ArrivalChecks, "gather_s", 0.0)
    monkeypatch.setattr(hub_store, "_makers", [])
    while_open(ArrivalChecks)
    send(plants[0].id, plants[0].plant, DAY, hours())
    assert wait_for(lambda: tables(store)[1] and unchecked_cell_count(store) == 0)
    send(plants[1].id, plants[1].plant, DAY, hours())
    assert wait_for(lambda: {row[3] for row in tables(store)[1]} == {plant.id for plant in plants})
    close_store()
    assert not [thread for thread in threading.enumerate() if thread.name == "quality-arrival"]
