"""What is sent first, and when: the newest day, then the backlog; at the slot, but never a second time around."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nenghao.edge.destinations import DestinationSection
from nenghao.edge.status import snapshot
from nenghao.edge.uplinks.slots import Slot, jitter_s, slot_of

from .drive import DAY_MS, QUARTER_MS, START_MS, Plant, days_in_order, destination, kwh

HOUR_MS = 3_600_000


def test_thirty_days_off_line_newest_day_first_and_equal_at_the_end(platform, tmp_path):
    plant = Plant.open(tmp_path, destination(platform), meters=4)
    plant.count(START_MS, START_MS + 30 * DAY_MS)
    assert plant.ledger.book("province").pending_count() == (30 * 97 + 1) * 4
    platform.closes_after = 4
    plant.upload(lambda: platform.requests > 4)  # it asks again: the four before are settled
    platform.closes_after = 1 << 30
    first = [record for batch in platform.sent for record in batch][: 97 * 4]
    assert {record["statDate"][:10] for record in first} == {"2026-04-02"}
    assert {record["statType"] for record in first} == {"0", "1"}
    at = len(platform.sent)
    plant.count(START_MS + 30 * DAY_MS + QUARTER_MS, START_MS + 30 * DAY_MS + 4 * QUARTER_MS)
    plant.upload()
    fresh = {record["statDate"] for record in platform.sent[at] if record["statDate"].startswith("2026-04-03")}
    assert len(fresh) == 4  # today's rows overtake the backlog
    days = [day for day in days_in_order(platform) if day != "2026-04-03"]
    assert all(later >= earlier for later, earlier in pairwise(days))
    assert max(len(batch) for batch in platform.sent) <= 200
    assert platform.received == len(platform.records) == (30 * 97 + 1) * 4 + 4 * 4
    got, quarters = kwh(platform), {"0": 1, "1": 96, "2": 28 * 96}
    for number in range(1, 5):
        code = f"00-00-0000-023300-{9 + number}"
        own = {key[1:]: value for key, value in got.items() if key[0] == code}
        assert all(value == pytest.approx(number * quarters[stat]) for (stat, _), value in own.items())


def test_oldest_first_within_days_in_order(platform, tmp_path):
    plant = Plant.open(tmp_path, destination(platform, more='slot = "immediately"\norder = "oldest-first"'), meters=2)
    plant.count(START_MS, START_MS + 5 * DAY_MS)
    plant.upload()
    stamps = [record["statDate"] for batch in platform.sent for record in batch]
    assert stamps == sorted(stamps)


def test_a_finished_day_waits_for_the_slot_a_late_one_does_not(platform, tmp_path):
    platform.upload_time = "02:00:00"
    plant = Plant.open(tmp_path, destination(platform, more="slot_window_s = 600"))
    book = plant.ledger.book("province")
    plant.count(START_MS, START_MS + 3 * DAY_MS + HOUR_MS)
    plant.now_ms = START_MS + 3 * DAY_MS + HOUR_MS  # 01:00 of the fourth day: the third waits, the others are late
    plant.upload(lambda: len(platform.records) == 2 * 97 and book.pending_count() == 97 + 4)
    state = snapshot(plant.plan, plant.ledger, plant.now_ms)["destinations"][0]
    assert (state["pending"], state["backlog"]) == (97 + 4, 0)
    late_s = jitter_s(platform.device_id, 600)
    assert state["next_slot"] == f"2026-03-07 02:{late_s // 60:02d}:{late_s % 60:02d}"
    plant.now_ms = START_MS + 3 * DAY_MS + 2 * HOUR_MS + late_s * 1000
    plant.upload(lambda: len(platform.records) == 3 * 97 and book.pending_count() == 4)
    plant.count(START_MS + 3 * DAY_MS, START_MS + 20 * DAY_MS + 13 * HOUR_MS)  # weeks off line
    plant.now_ms = START_MS + 20 * DAY_MS + 13 * HOUR_MS
    plant.upload(lambda: len(platform.records) == 20 * 97)
    assert not any(day == "2026-03-24" for day in days_in_order(platform))


def test_slots_of_the_configuration(platform, tmp_path):
    def slot(word, upload_time="02:30:00"):
        section = DestinationSection(id="x", register_url=platform.url, slot=word, slot_window_s=0)
        return slot_of(section, upload_time, "device")

    assert slot("platform") == Slot(9000)
    assert slot("23:59", "") == Slot(86340)
    assert slot("immediately") is None
    assert slot("platform", "") is None
    assert slot("platform", "at night") is None


def test_months_and_years_wait_for_the_slot_after_their_end():
    slot = Slot(2 * 3600)
    first_of_april = START_MS + 28 * DAY_MS
    before, after = slot.due(first_of_april + HOUR_MS), slot.due(first_of_april + 3 * HOUR_MS)
    assert before.day_ms == first_of_april - DAY_MS
    assert before.month_ms == START_MS - 3 * DAY_MS  # March is not due, February is
    assert (after.day_ms, after.month_ms) == (first_of_april, first_of_april)
    assert after.year_ms == START_MS - 62 * DAY_MS  # 2026-01-01


def test_devices_spread_over_the_window():
    places = sorted(jitter_s(f"{number:032x}", 900) for number in range(300))
    assert places[0] < 60
    assert places[-1] > 840
    assert max(b - a for a, b in pairwise(places)) < 40
