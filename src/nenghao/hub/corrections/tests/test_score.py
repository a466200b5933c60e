"""A correction changes what the checks and the scores say, at once; a confirmation silences the check it answers."""

from __future__ import annotations

from datetime import date

from nenghao.hub.corrections.closing import close_months
from nenghao.hub.corrections.drafts import draft
from nenghao.hub.corrections.quality import month_scores
from nenghao.hub.corrections.services import decide, propose
from nenghao.hub.corrections.tests.conftest import DAY, SHIFT, UNTIL, send
from nenghao.hub.corrections.tests.test_life import GROUNDS, MONDAY, at, manual, spoil
from nenghao.hub.quality_checks.checking import check_span
from nenghao.readings.quality import findings, measures


def look(world):
    check_span(store=world.store, enterprise_ids=[9001], start=MONDAY, end=MONDAY + DAY, now=world.now)


def counts(world):
    (row,) = measures(world.store, enterprise_ids=[9001], start=MONDAY.date(), end=(MONDAY + DAY).date())
    return row


def found(world):
    rows = findings(world.store, enterprise_ids=[9001], start=MONDAY.date(), end=(MONDAY + DAY).date())
    return {(row.data_item_id, row.check_code) for row in rows if row.stat_type == 0}


def test_an_approved_correction_is_checked_at_once(world, act):
    spoil(world, at(12), 1, -7.0)
    look(world)
    before = counts(world)
    assert (world.item.pk, "negative") in found(world)
    one = propose(**act(world.manager), draft=manual(world, at(12), at(12, 15), 20.0), grounds=GROUNDS)
    decide(**act(world.officer), store=world.store, correction_id=one.pk, approve=True, reason="好")
    after = counts(world)
    assert (world.item.pk, "negative") not in found(world)
    assert after.records_fail < before.records_fail
    assert after.records_by_hand == before.records_by_hand + 1
    assert after.records_on_time == before.records_on_time


def test_a_confirmation_silences_the_check_and_stays_the_gateways_value(world, act):
    spoil(world, at(12), 1, 4000.0)
    look(world)
    suspected = {code for item, code in found(world) if item == world.item.pk}
    assert {"range", "spike"} <= suspected
    made = draft(store=world.store, item=world.item, stat_type=0, start=at(12), end=at(12, 15), method="confirm")
    one = propose(**act(world.manager), draft=made, grounds=GROUNDS)
    decide(**act(world.officer), store=world.store, correction_id=one.pk, approve=True, reason="好")
    own = {code for item, code in found(world) if item == world.item.pk}
    assert not own & {"range", "spike", "duplicate-conflict"}


def test_hand_filled_never_counts_as_on_line(world, act):
    """Nothing came on 20 November; a day filled in by hand is received and by hand, and not on time."""
    day, now = UNTIL, UNTIL + 2 * DAY
    made = draft(store=world.store, item=world.item, stat_type=1, start=day, end=day + DAY, method="manual")
    one = propose(**act(world.manager, now), draft=made.typed({day: 690.0}), grounds=GROUNDS)
    decide(**act(world.officer, now), store=world.store, correction_id=one.pk, approve=True, reason="好")
    (row,) = measures(world.store, enterprise_ids=[9001], start=day.date(), end=(day + DAY).date())
    assert row.records_by_hand == 1
    assert row.records_on_time == 0
    assert row.days_online == 0


def test_a_closed_month_keeps_its_score(world, act):
    october = date(2026, 10, 1)
    check_span(store=world.store, enterprise_ids=[9001, 9002], start=october, end=date(2026, 11, 1), now=world.now)
    wanted = month_scores(world.store, [world.yantai.enterprise], october, world.now)[9001]
    (closed,) = close_months(**act(world.officer), store=world.store, enterprise_ids=[9001], month=october).closed
    assert wanted.points is not None
    assert (closed.quality_score, closed.quality_scheme) == (wanted.points, "provincial")
    send(world.store, world.item, UNTIL - 40 * DAY, SHIFT)
    closed.refresh_from_db()
    assert closed.quality_score == wanted.points
