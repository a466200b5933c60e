"""Spans of a small province are checked; the tables are read back and compared with what was sent."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from nenghao.hub.quality_checks.checking import check_span
from nenghao.periods import BEIJING
from nenghao.quality.flags import Flag
from nenghao.quality.rules import default_rules, rules_from, rules_to
from nenghao.readings.quality import findings, item_day_measures, measures

from .conftest import DAY, NOW, hours

NEXT = DAY + timedelta(days=1)


def check(store, plants, start=DAY, end=NEXT, **options):
    return check_span(
        store=store, enterprise_ids=[plant.id for plant in plants], start=start, end=end, now=NOW, **options
    )


def of_day(store, plant, day=DAY):
    rows = item_day_measures(
        store, enterprise_ids=[plant.id], start=day, end=day + timedelta(days=1), data_item_ids=[plant.plant]
    )
    return {row.stat_type: row for row in rows}


def test_counts_of_a_day_are_those_sent(store, plants, send):
    values = hours()
    values[[5, 6]] = np.nan
    send(plants[0].id, plants[0].plant, DAY, values)
    check(store, plants)
    found = of_day(store, plants[0])
    slots, record = found[0], found[1]
    assert (slots.records_due, slots.records_received, slots.records_missing, slots.records_on_time) == (24, 22, 2, 22)
    assert slots.value_sum == pytest.approx(np.nansum(values))
    assert (record.records_due, record.records_received, record.records_missing) == (1, 0, 1)
    assert not of_day(store, plants[1])  # never sent anything: nothing is due yet


def test_what_comes_late_or_by_hand_is_received_but_not_on_time(store, plants, send):
    late = datetime.combine(NEXT, datetime.min.time()) + timedelta(hours=24, seconds=1)
    values = hours()
    send(plants[0].id, plants[0].plant, DAY, values[:10])
    send(plants[0].id, plants[0].plant, DAY, [*[np.nan] * 10, *values[10:20]], received=late)
    send(plants[0].id, plants[0].plant, DAY, [*[np.nan] * 20, *values[20:]], source="manual", author="李能源")
    check(store, plants)
    row = of_day(store, plants[0])[0]
    assert (row.records_received, row.records_on_time, row.records_by_hand) == (24, 10, 4)


def test_a_repeated_check_changes_nothing_and_a_correction_only_its_cells(store, plants, send):
    for plant in plants:
        send(plant.id, plant.plant, DAY, hours(day=plant.id))
        send(plant.id, plant.plant, NEXT, hours(day=plant.id + 5), received=datetime(2026, 3, 11, 1))
    check(store, plants, DAY, DAY + timedelta(days=2))
    before = table(store)
    check(store, plants, DAY, DAY + timedelta(days=2))
    assert table(store) == before
    send(plants[0].id, plants[0].plant, DAY, [-5.0])
    check(store, plants[:1])
    changed = {key for key in before | table(store) if before.get(key) != table(store).get(key)}
    assert {key[0] for key in changed} == {plants[0].plant}
    assert {key[2] for key in changed} == {DAY}
    negative = findings(
        store, enterprise_ids=[plants[0].id], start=DAY, end=NEXT, check_codes=["negative"], stat_types=[0]
    )
    assert [(row.flag, row.slots) for row in negative] == [(Flag.FAIL, 1)]


def test_real_time_slots_are_due_from_the_first_real_time_day_and_days_from_the_first_day(store, plants, send):
    """A plant that sent day records first and quarter-hours later has not lost the quarter-hours of before."""
    before = DAY - timedelta(days=1)
    send(plants[0].id, plants[0].plant, before, [240.0], stat_type=1)
    send(plants[0].id, plants[0].plant, DAY, hours())
    check(store, plants, before, NEXT)
    earlier, later = of_day(store, plants[0], before), of_day(store, plants[0])
    assert (set(earlier), earlier[1].records_due) == ({1}, 1)
    assert (later[0].records_due, later[1].records_due, later[1].records_missing) == (24, 1, 1)
    send(plants[0].id, plants[0].plant, before, [*hours()[:20], *[np.nan] * 4])  # sent after all: due since then
    check(store, plants, before, NEXT)
    assert (of_day(store, plants[0], before)[0].records_due, of_day(store, plants[0], before)[0].records_missing) == (
        24,
        4,
    )


def table(store):
    with store.cursor() as cursor:
        rows = cursor.execute("SELECT * FROM quality_count").fetchall()
    return {row[:3]: row[3:] for row in rows}


def test_a_trial_run_counts_and_stores_nothing(store, plants, send):
    send(plants[0].id, plants[0].plant, DAY, hours())
    strict = rules_from(rules_to(default_rules()) | {"name": "draft", "on_time_hours": 0.5})
    report = check(store, plants, rules=strict, keep=False)
    assert table(store) == {}
    assert report.counts[plants[0].id]["records_due"] == 24 + 1
    assert report.counts[plants[0].id]["records_on_time"] == 0  # came an hour after the day
    assert report.counts[plants[0].id]["days_due"] == 1
    assert "days_online" not in report.counts[plants[0].id]
    assert report.slots[plants[0].id, plants[0].plant, "completeness", Flag.MISSING] >= 1
    kept = check(store, plants)
    assert kept.counts[plants[0].id]["days_online"] == 1
    stored = measures(store, enterprise_ids=[plants[0].id], start=DAY, end=NEXT)[0]
    for name, value in kept.counts[plants[0].id].items():
        assert getattr(stored, name) == value, name


def test_day_record_against_hours_and_plant_against_process(store, plants, send):
    one, other = plants
    values = hours()
    for plant, factor in ((one, 1.06), (other, 1.0)):
        send(plant.id, plant.plant, DAY, values)
        send(plant.id, plant.plant, DAY, [values.sum() * factor], stat_type=1)
        send(plant.id, plant.process, DAY, values * 0.7)
        send(plant.id, plant.process, DAY, [values.sum() * 0.7], stat_type=1)
    check(store, plants)
    rows = findings(store, enterprise_ids=[one.id, other.id], start=DAY, end=NEXT, check_codes=["day-against-hours"])
    assert [(row.data_item_id, row.flag) for row in rows] == [(one.plant, Flag.FAIL)]
    assert rows[0].value == pytest.approx(100 * 0.06 / 1.06)
    scopes = findings(store, enterprise_ids=[other.id], start=DAY, end=NEXT, check_codes=["plant-against-processes"])
    assert [(row.data_item_id, row.energy_key, row.flag) for row in scopes] == [(0, "electricity", Flag.FAIL)]
    assert scopes[0].value == pytest.approx(30.0)
    stored = {row.enterprise_id: row for row in measures(store, enterprise_ids=[one.id, other.id], start=DAY, end=NEXT)}
    assert stored[other.id].process_tce / stored[other.id].plant_tce == pytest.approx(0.7)


def test_month_record_against_its_days(store, plants, send):
    now = datetime(2026, 3, 3, tzinfo=BEIJING)
    days = np.arange(28) + 100.0
    for plant, total in ((plants[0], days.sum() * 1.04), (plants[1], days.sum() * 1.06)):
        send(plant.id, plant.plant, date(2026, 2, 1), days, stat_type=1, received=datetime(2026, 3, 1))
        send(plant.id, plant.plant, date(2026, 2, 1), [total], stat_type=2, received=datetime(2026, 3, 1))
    ids = [plant.id for plant in plants]
    span = {"start": date(2026, 2, 1), "end": date(2026, 3, 1)}
    check_span(store=store, enterprise_ids=ids, now=now, **span)
    rows = findings(store, enterprise_ids=ids, check_codes=["month-against-days"], **span)
    assert {row.data_item_id: row.flag for row in rows} == {plants[0].plant: Flag.SUSPECT, plants[1].plant: Flag.FAIL}
    stored = {row.enterprise_id: row for row in measures(store, enterprise_ids=ids, **span)}
    assert [(stored[i].months_compared, stored[i].months_consistent) for i in ids] == [(1, 1), (1, 0)]
