"""The life of a correction: what each person may do, what becomes current, what stays."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from nenghao.errors import NenghaoError
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.corrections.drafts import draft
from nenghao.hub.corrections.models import Correction
from nenghao.hub.corrections.services import Grounds, confirmations, decide, decide_many, propose, withdraw
from nenghao.hub.corrections.tests.conftest import DAY, SHIFT, UNTIL, send
from nenghao.hub.corrections.written import touched_spans
from nenghao.periods import PeriodKind, from_wall, wall
from nenghao.readings.energy import item_cells, reading_versions
from nenghao.readings.series import read_series, values_after_decisions

MONDAY = datetime(2026, 11, 16, tzinfo=UNTIL.tzinfo)
GROUNDS = Grounds(reason="电表通讯中断")


def at(hour, minute=0):
    return MONDAY + timedelta(hours=hour, minutes=minute)


def values(world, start, end, item=None, stat_type=0):
    found = read_series(world.store, data_item_ids=[(item or world.item).pk], stat_type=stat_type, start=start, end=end)
    return found.value[0].tolist(), found.state[0].tolist(), found.input_type[0].tolist()


def manual(world, start, end, value):
    made = draft(store=world.store, item=world.item, stat_type=0, start=start, end=end, method="manual", which="all")
    return made.typed({slot.at: value for slot in made.slots})


def spoil(world, start, count, value=500.0):
    """Let the gateway have sent a wrong value."""
    send(world.store, world.item, start, np.full(count, value))


@contextmanager
def refused(code):
    with pytest.raises(NenghaoError) as caught:
        yield
    assert caught.value.code == code
    assert caught.value.message_zh
    assert caught.value.message_en


@pytest.fixture
def proposed(world, act):
    spoil(world, at(9), 1)
    return propose(**act(world.manager), draft=manual(world, at(9), at(9, 15), 20.0), grounds=GROUNDS)


# Whole life


def test_approval_makes_a_new_version_and_keeps_the_original(world, act, proposed):
    assert values(world, at(9), at(9, 15))[0] == [500.0]  # a proposal changes nothing
    done = decide(**act(world.officer), store=world.store, correction_id=proposed.pk, approve=True, reason="已核实")
    assert values(world, at(9), at(9, 15)) == ([20.0], [1], [5])
    versions = reading_versions(
        world.store, enterprise_ids=[world.yantai.enterprise.pk], data_item_id=world.item.pk, stat_type=0,
        period_start=at(9),
    )  # fmt: skip
    assert [v.value for v in versions] == [20.0, 500.0, 20.0]
    newest = versions[0]
    assert (newest.batch_id, newest.source, newest.method) == (done.batch_id, "correction", "manual")
    assert (newest.author, newest.approved_by, newest.reason) == ("manager", "officer", "电表通讯中断")
    done.refresh_from_db()
    assert (done.status, done.decided_by, done.decision_reason) == ("approved", world.officer, "已核实")
    assert done.rows == [["2026-11-16T09:00", 500.0, 0, 20.0]]
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "correction-proposed", "correction-approved",
    ]  # fmt: skip


def test_only_the_touched_cells_change(world, act, proposed):
    def cells(kind):
        return {
            (cell.data_item_id, cell.period_start): (cell.quantity, cell.tce)
            for cell in item_cells(
                world.store, enterprise_ids=[world.yantai.enterprise.pk, world.jinan.enterprise.pk], kind=kind,
                start=date(2026, 10, 1), end=date(2026, 12, 1),
            )
        }  # fmt: skip

    kinds = (PeriodKind.HOUR, PeriodKind.DAY, PeriodKind.MONTH)
    before = {kind: cells(kind) for kind in kinds}
    decide(**act(world.officer), store=world.store, correction_id=proposed.pk, approve=True, reason="好")
    for kind, start in zip(kinds, (at(9), MONDAY, MONDAY.replace(day=1)), strict=True):
        after = cells(kind)
        changed = {key for key in after if after[key] != before[kind][key]}
        assert changed == {(world.item.pk, start)}
        assert before[kind][world.item.pk, start][0] - after[world.item.pk, start][0] == pytest.approx(480)
    assert touched_spans([proposed]) == [([world.yantai.enterprise.pk], MONDAY, MONDAY + DAY)]


def test_measured_values_are_measured_and_by_hand(world, act):
    made = manual(world, at(9), at(9, 30), 21.5)
    one = propose(**act(world.officer), draft=made, grounds=Grounds(reason="抄表", document="C-7", is_measured=True))
    decide(**act(world.second), store=world.store, correction_id=one.pk, approve=True, reason="好")
    assert values(world, at(9), at(9, 30)) == ([21.5, 21.5], [0, 0], [5, 5])


def test_an_estimate_is_never_measured(world, act):
    made = draft(store=world.store, item=world.item, stat_type=0, start=at(9), end=at(10), method="linear", which="all")
    one = propose(**act(world.officer), draft=made, grounds=Grounds(reason="r", is_measured=True))
    assert not one.is_measured


def test_void_makes_it_missing(world, act):
    spoil(world, at(9), 4)
    made = draft(store=world.store, item=world.item, stat_type=0, start=at(9), end=at(10), method="void")
    one = propose(**act(world.officer), draft=made, grounds=GROUNDS)
    decide(**act(world.second), store=world.store, correction_id=one.pk, approve=True, reason="好")
    found, states, _types = values(world, at(9), at(10))
    assert np.isnan(found).all()
    assert states == [2] * 4


def test_refused_and_withdrawn_change_nothing(world, act, proposed):
    decide(**act(world.officer), store=world.store, correction_id=proposed.pk, approve=False, reason="依据不足")
    assert values(world, at(9), at(9, 15))[0] == [500.0]
    other = propose(**act(world.manager), draft=manual(world, at(9), at(9, 15), 21.0), grounds=GROUNDS)
    with refused("may-not-withdraw"):
        withdraw(**act(world.officer), correction_id=other.pk)
    withdraw(**act(world.manager), correction_id=other.pk)
    with refused("correction-decided"):
        decide(**act(world.officer), store=world.store, correction_id=other.pk, approve=True, reason="好")
    assert set(Correction.objects.values_list("status", "batch_id")) == {("refused", None), ("withdrawn", None)}


# Who may


def test_nobody_decides_the_own_proposal(world, act):
    one = propose(**act(world.officer), draft=manual(world, at(9), at(9, 15), 20.5), grounds=GROUNDS)
    with refused("second-person"):
        decide(**act(world.officer), store=world.store, correction_id=one.pk, approve=True, reason="好")
    decide(**act(world.second), store=world.store, correction_id=one.pk, approve=True, reason="好")


@pytest.mark.parametrize("who", ["operator", "manager"])
def test_only_an_officer_decides(world, act, proposed, who):
    with refused("decision-role"):
        decide(**act(getattr(world, who)), store=world.store, correction_id=proposed.pk, approve=True, reason="好")


def test_an_officer_of_another_city_neither_proposes_nor_decides(world, act, proposed):
    with refused("correction-unknown"):
        decide(**act(world.foreign), store=world.store, correction_id=proposed.pk, approve=True, reason="好")
    with refused("may-not-propose"):
        propose(**act(world.foreign), draft=manual(world, at(9), at(9, 15), 1.0), grounds=GROUNDS)
    with refused("may-not-propose"):
        propose(**act(world.operator), draft=manual(world, at(9), at(9, 15), 1.0), grounds=GROUNDS)


def test_the_database_itself_keeps_the_second_person_rule(world, act, proposed):
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.filter(pk=proposed.pk).update(status="approved", decided_by=world.manager, batch_id=1)


# What is refused


def test_what_a_proposal_must_say(world, act):
    good = manual(world, at(9), at(9, 15), 20.5)
    with refused("reason-needed"):
        propose(**act(world.officer), draft=good, grounds=Grounds(reason="  "))
    with refused("value-negative"):
        propose(**act(world.officer), draft=manual(world, at(9), at(9, 15), -1.0), grounds=GROUNDS)
    with refused("value-missing"):
        propose(**act(world.officer), draft=manual(world, at(9), at(9, 15), None), grounds=GROUNDS)
    with refused("nothing-chosen"):
        propose(**act(world.officer), draft=good.typed({}), grounds=GROUNDS)
    with refused("span-future"):
        propose(**act(world.officer, MONDAY), draft=good, grounds=GROUNDS)
    with refused("span-border"):
        propose(**act(world.officer), draft=manual(world, at(9), at(9, 20), 1.0), grounds=GROUNDS)
    with refused("span-length"):
        propose(**act(world.officer), draft=manual(world, at(9), at(9), 1.0), grounds=GROUNDS)
    with refused("too-few-weeks"):
        early = MONDAY - timedelta(weeks=4)
        thin = draft(store=world.store, item=world.item, stat_type=0, start=early, end=early + DAY,
                     method="weekday-profile", which="all")  # fmt: skip
        propose(**act(world.officer), draft=thin, grounds=GROUNDS)
    assert not Correction.objects.exists()


def test_a_proposal_that_new_data_overtook_is_not_approved(world, act, proposed):
    spoil(world, at(9), 1, 22.0)
    with refused("correction-outdated"):
        decide(**act(world.officer), store=world.store, correction_id=proposed.pk, approve=True, reason="好")
    assert values(world, at(9), at(9, 15))[0] == [22.0]
    assert Correction.objects.get().status == "proposed"


def test_two_proposals_for_one_slot_are_not_both_approved(world, act, proposed):
    other = propose(**act(world.manager), draft=manual(world, at(9), at(9, 30), 21.0), grounds=GROUNDS)
    outcome = decide_many(
        **act(world.officer), store=world.store, correction_ids=[proposed.pk, other.pk], approve=True, reason="好"
    )
    assert [one.pk for one in outcome.done] == [proposed.pk]
    assert [(one.pk, error.code) for one, error in outcome.refused] == [(other.pk, "correction-outdated")]


def test_many_are_decided_with_one_reason_each_recorded(world, act):
    ids = [
        propose(**act(world.manager), draft=manual(world, at(h), at(h, 15), 19.0), grounds=GROUNDS).pk
        for h in range(9, 14)
    ]
    own = propose(**act(world.officer), draft=manual(world, at(14), at(14, 15), 19.0), grounds=GROUNDS)
    outcome = decide_many(
        **act(world.officer), store=world.store, correction_ids=[*ids, own.pk], approve=True, reason="批量核实"
    )
    assert [one.pk for one in outcome.done] == ids
    assert [error.code for _one, error in outcome.refused] == ["second-person"]
    assert len({one.batch_id for one in outcome.done}) == 5
    assert AuditEntry.objects.filter(action="correction-approved", reason="批量核实").count() == 5


# Estimates on the registry's items


def test_profile_fills_a_gap_where_a_line_would_not(world, act):
    """7:00 to 17:00 is void: 2 × (4 + 320 + 4) = 656 kWh; a line says 40 × 2 = 80."""
    void = draft(store=world.store, item=world.item, stat_type=0, start=at(7), end=at(17), method="void")
    one = propose(**act(world.officer), draft=void, grounds=GROUNDS)
    decide(**act(world.second), store=world.store, correction_id=one.pk, approve=True, reason="好")
    span = {"store": world.store, "item": world.item, "stat_type": 0, "start": at(7), "end": at(17)}
    total = {
        method: sum(slot.after for slot in draft(method=method, **span).slots)
        for method in ("weekday-profile", "linear", "sub-meters")
    }
    assert total["weekday-profile"] == pytest.approx(656)
    assert total["sub-meters"] == pytest.approx(656)
    assert total["linear"] == pytest.approx(80)


def test_a_process_is_the_plant_less_the_others(world):
    made = draft(store=world.store, item=world.yantai.parts[0], stat_type=0, start=at(9), end=at(10),
                 method="sub-meters", which="all")  # fmt: skip
    assert [slot.after for slot in made.slots] == [10.0] * 4


def test_a_bill_is_met_exactly_by_the_shape_of_the_day(world, act):
    """Of 700 kWh for the day, 8:00 to 10:00 were 8 × 20 in truth; the other 88 slots hold 688 − 160 = 528."""
    from nenghao.hub.corrections.estimating import Bill

    made = draft(
        store=world.store, item=world.item, stat_type=0, start=at(7), end=at(10), method="bill", which="all",
        bill=Bill(700.0, MONDAY, MONDAY + DAY),
    )  # fmt: skip
    day = dict(zip(range(96), SHIFT * 2, strict=True))
    kept = sum(value for slot, value in day.items() if not 28 <= slot < 40)
    assert sum(slot.after for slot in made.slots) == pytest.approx(700 - kept)
    assert made.slots[0].after * 10 == pytest.approx(made.slots[-1].after)  # 2 against 20 in every week


# What comes after a decision


def test_a_resend_does_not_undo_it_and_a_new_value_is_listed(world, act, proposed):
    decide(**act(world.officer), store=world.store, correction_id=proposed.pk, approve=True, reason="好")
    span = {"data_item_ids": [world.item.pk], "start": MONDAY, "end": MONDAY + DAY}
    spoil(world, at(9), 1, 500.0)
    assert values(world, at(9), at(9, 15))[0] == [20.0]
    assert not values_after_decisions(world.store, **span)
    number = send(world.store, world.item, at(9), [19.5])
    assert values(world, at(9), at(9, 15))[0] == [20.0]
    (late,) = values_after_decisions(world.store, **span)
    assert (late.decided_value, late.sent_value, late.sent_batch_id) == (20.0, 19.5, number)


@pytest.mark.parametrize(("method", "current"), [("gateway", 19.5), ("confirm", 20.0)])
def test_a_person_takes_the_new_value_over_or_keeps_the_decision(world, act, proposed, method, current):
    decide(**act(world.officer), store=world.store, correction_id=proposed.pk, approve=True, reason="好")
    send(world.store, world.item, at(9), [19.5])
    made = draft(store=world.store, item=world.item, stat_type=0, start=at(9), end=at(10), method=method)
    if method == "confirm":
        made = made.typed({at(9): 20.0})
    assert [(slot.at, slot.after) for slot in made.chosen] == [(at(9), current)]
    one = propose(**act(world.officer), draft=made, grounds=Grounds(reason="复核", is_measured=True))
    decide(**act(world.second), store=world.store, correction_id=one.pk, approve=True, reason="好")
    assert values(world, at(9), at(9, 15))[0] == [current]
    assert not values_after_decisions(world.store, data_item_ids=[world.item.pk], start=MONDAY, end=MONDAY + DAY)


def test_a_filled_hole_gives_way_to_the_measurement(world, act):
    """Nothing had come for 20 November: the stand-in is replaced by the backlog of the gateway."""
    world.now = UNTIL + DAY
    hole = UNTIL, UNTIL + timedelta(hours=1)
    made = manual(world, *hole, 3.0)
    one = propose(**act(world.manager), draft=made, grounds=GROUNDS)
    decide(**act(world.officer), store=world.store, correction_id=one.pk, approve=True, reason="好")
    assert values(world, *hole)[0] == [3.0] * 4
    send(world.store, world.item, UNTIL, [2.0, 2.5])
    assert values(world, *hole)[0] == [2.0, 2.5, 3.0, 3.0]


# Confirmed as true


def test_confirmations_are_the_spans_that_still_hold(world, act):
    spoil(world, at(9), 8, 90.0)
    made = draft(store=world.store, item=world.item, stat_type=0, start=at(9), end=at(11), method="confirm")
    one = propose(**act(world.manager), draft=made, grounds=Grounds(reason="试生产"))
    assert not confirmations(item_ids=[world.item.pk], start=MONDAY, end=MONDAY + DAY)
    decide(**act(world.officer), store=world.store, correction_id=one.pk, approve=True, reason="好")
    assert values(world, at(9), at(9, 30)) == ([90.0, 90.0], [0, 0], [4, 4])  # still measured, still the gateway's
    (span,) = confirmations(item_ids=[world.item.pk], start=MONDAY, end=MONDAY + DAY)
    assert (span.data_item_id, span.stat_type, span.start, span.end) == (world.item.pk, 0, wall(at(9)), wall(at(11)))
    void = draft(store=world.store, item=world.item, stat_type=0, start=at(9, 30), end=at(10), method="void")
    two = propose(**act(world.manager), draft=void, grounds=GROUNDS)
    decide(**act(world.officer), store=world.store, correction_id=two.pk, approve=True, reason="好")
    spans = confirmations(item_ids=[world.item.pk], start=MONDAY, end=MONDAY + DAY)
    assert [(from_wall(s.start), from_wall(s.end)) for s in spans] == [(at(9), at(9, 30)), (at(10), at(11))]
    assert not confirmations(item_ids=[world.jinan.whole.pk], start=MONDAY, end=MONDAY + DAY)
    assert not confirmations(item_ids=[world.item.pk], start=MONDAY + DAY, end=MONDAY + 2 * DAY)
