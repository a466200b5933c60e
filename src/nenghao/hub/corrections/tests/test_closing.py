"""Closed months: what is frozen, what may not change, what shows as a difference, who may open them again."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.corrections.closed import is_closed, months_of
from nenghao.hub.corrections.closing import close_months, reopen_month
from nenghao.hub.corrections.differences import difference, month_lines, report, same
from nenghao.hub.corrections.drafts import draft
from nenghao.hub.corrections.models import ClosedFigure, ClosedMonth, Correction
from nenghao.hub.corrections.services import decide, propose, withdraw
from nenghao.hub.corrections.tests.conftest import DAY, send
from nenghao.hub.corrections.tests.test_life import GROUNDS, refused
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.periods import BEIJING, PeriodKind
from nenghao.readings import ItemRow
from nenghao.readings.energy import item_cells

OCTOBER = date(2026, 10, 1)
MONDAY = datetime(2026, 10, 19, tzinfo=BEIJING)
DAY_KWH = 2 * 32 * (1 + 10 + 1)
FACTOR = 0.1229 / 1000
CODE = "91370600MA3TESTXA1"


def close(world, act, who="officer", **more):
    ids = [world.yantai.enterprise.pk, world.jinan.enterprise.pk]
    return close_months(**act(getattr(world, who)), store=world.store, enterprise_ids=ids, month=OCTOBER, **more)


def october_draft(world, value=5.0, hours=1):
    made = draft(store=world.store, item=world.item, stat_type=0, start=MONDAY, end=MONDAY + timedelta(hours=hours),
                 method="manual", which="all")  # fmt: skip
    return made.typed({slot.at: value for slot in made.slots})


def test_a_region_is_frozen_in_one_go(world, act):
    """20 days of October (12 to 31) at 768 kWh for the plant."""
    outcome = close(world, act, "second", reason="十月账")
    assert [one.enterprise.name for one in outcome.closed] == ["芝罘钢铁", "历城钢铁"]
    one = outcome.closed[0]
    (energy,) = ClosedFigure.objects.filter(closed_month=one, data_code="")
    assert (energy.energy_key, energy.quantity) == ("electricity", 20 * DAY_KWH)
    assert one.tce == energy.tce == pytest.approx(20 * DAY_KWH * FACTOR)
    assert energy.measured_ratio == pytest.approx(20 / 31)
    items = ClosedFigure.objects.filter(closed_month=one).exclude(data_code="")
    assert {(f.name, f.quantity, f.counts_in_total) for f in items} == {
        ("全厂用电", 20.0 * DAY_KWH, True), ("工序04用电", 10.0 * DAY_KWH, False),
        ("工序05用电", 10.0 * DAY_KWH, False),
    }  # fmt: skip
    assert AuditEntry.objects.filter(action="month-closed", reason="十月账").count() == 2
    assert is_closed(world.yantai.enterprise.pk, OCTOBER)
    assert not is_closed(world.yantai.enterprise.pk, date(2026, 11, 1))


def test_an_officer_closes_only_the_own_city(world, act):
    outcome = close(world, act, "officer")
    assert [one.enterprise.name for one in outcome.closed] == ["芝罘钢铁"]


@pytest.mark.parametrize("who", ["operator", "manager"])
def test_only_an_officer_closes_and_reopens(world, act, who):
    with refused("close-role"):
        close(world, act, who)
    close(world, act)
    with refused("reopen-role"):
        reopen_month(**act(getattr(world, who)), enterprise_id=world.yantai.enterprise.pk, month=OCTOBER, reason="x")


def test_what_cannot_be_closed_is_named_and_the_others_are_closed(world, act):
    waiting = propose(**act(world.manager), draft=october_draft(world), grounds=GROUNDS)
    outcome = close(world, act, "second")
    assert [one.enterprise.name for one in outcome.closed] == ["历城钢铁"]
    assert [(member.name, error.code) for member, error in outcome.refused] == [("芝罘钢铁", "corrections-wait")]
    withdraw(**act(world.manager), correction_id=waiting.pk)
    outcome = close(world, act, "second")
    assert [(member.name, error.code) for member, error in outcome.refused] == [("历城钢铁", "already-closed")]
    assert ClosedMonth.objects.count() == 2
    with refused("month-runs"):
        close_months(**act(world.officer), store=world.store, enterprise_ids=[], month=date(2026, 11, 1))


def test_nothing_is_corrected_in_a_closed_month(world, act):
    early = propose(**act(world.manager), draft=october_draft(world), grounds=GROUNDS)
    ClosedMonth.objects.create(
        enterprise=world.yantai.enterprise, month=OCTOBER, edition=1, closed_by=world.officer, closed_at=world.now,
        last_batch_id=1,
    )  # fmt: skip
    with refused("month-closed"):
        propose(**act(world.manager), draft=october_draft(world), grounds=GROUNDS)
    with refused("month-closed"):
        decide(**act(world.officer), store=world.store, correction_id=early.pk, approve=True, reason="好")
    assert Correction.objects.get().status == "proposed"
    decide(**act(world.officer), store=world.store, correction_id=early.pk, approve=False, reason="已封账")


def test_late_data_are_kept_and_show_as_differences(world, act):
    """A day before the first is sent late, and one slot of the 19th a second time with 102 instead of 2: + 100."""
    (closed,) = close(world, act).closed
    before = report(store=world.store, closed=closed)
    assert (before.tce_change, before.changed, before.causes) == (0.0, [], [])
    day = datetime(2026, 10, 11, tzinfo=BEIJING)
    late = send(world.store, world.item, day, [3.0] * 96)
    again = send(world.store, world.item, MONDAY, [102.0])
    found = report(store=world.store, closed=closed)
    total, plant = found.changed
    assert (total.energy_key, total.quantity) == ("electricity", pytest.approx(288 + 100))
    assert (plant.name, plant.quantity) == ("全厂用电", pytest.approx(388))
    assert plant.tce == pytest.approx(388 * FACTOR)
    assert found.tce_change == pytest.approx(388 * FACTOR)
    assert [(c.change.batch_id, c.change.slots, c.change.slots_new, c.change.change) for c in found.causes] == [
        (late, 96, 96, 288.0), (again, 1, 0, 100.0),
    ]  # fmt: skip
    assert ClosedMonth.objects.get().tce == closed.tce  # what was filed stays


def test_a_plain_resend_is_no_difference(world, act):
    (closed,) = close(world, act).closed
    send(world.store, world.item, MONDAY, [2.0] * 4)
    found = report(store=world.store, closed=closed)
    assert (found.changed, found.causes) == ([], [])


def test_reopened_corrected_and_closed_again_as_a_new_edition(world, act):
    (first,) = close(world, act).closed
    with refused("reason-needed"):
        reopen_month(**act(world.officer), enterprise_id=world.yantai.enterprise.pk, month=OCTOBER, reason=" ")
    with refused("month-open"):
        reopen_month(**act(world.foreign), enterprise_id=world.yantai.enterprise.pk, month=OCTOBER, reason="x")
    reopen_month(**act(world.officer), enterprise_id=world.yantai.enterprise.pk, month=OCTOBER, reason="电表倍率错")
    one = propose(**act(world.manager), draft=october_draft(world, 5.0), grounds=GROUNDS)
    decide(**act(world.officer), store=world.store, correction_id=one.pk, approve=True, reason="好")
    (second,) = close(world, act).closed
    assert (first.edition, second.edition) == (1, 2)
    assert second.tce - first.tce == pytest.approx(4 * (5 - 2) * FACTOR)
    first.refresh_from_db()
    assert (first.status, first.reopen_reason) == ("reopened", "电表倍率错")
    old, new = (report(store=world.store, closed=edition) for edition in (first, second))
    assert old.tce_change == pytest.approx(12 * FACTOR)
    assert [cause.correction_id for cause in old.causes] == [one.pk]
    assert (new.tce_change, new.causes) == (0.0, [])
    with refused("month-open"):
        reopen_month(**act(world.officer), enterprise_id=world.jinan.enterprise.pk, month=OCTOBER, reason="x")


def test_figures_are_those_of_the_store(world, act):
    close(world, act, "second")
    cells = item_cells(
        world.store, enterprise_ids=[9001, 9002], kind=PeriodKind.MONTH, start=OCTOBER, end=date(2026, 11, 1)
    )
    filed = ClosedFigure.objects.exclude(data_code="").order_by("data_item_id")
    assert [(f.data_item_id, f.quantity, f.tce) for f in filed] == [
        (cell.data_item_id, cell.quantity, cell.tce) for cell in sorted(cells, key=lambda cell: cell.data_item_id)
    ]


def test_the_list_shows_the_difference_of_the_month(world, act):
    close(world, act)
    send(world.store, world.item, MONDAY, [102.0])
    lines = month_lines(store=world.store, enterprise_ids=[9001, 9002], month=OCTOBER)
    assert lines[9001].tce_change == pytest.approx(100 * FACTOR)
    assert (lines[9002].closed, lines[9002].tce_change) == (None, None)


def test_two_hundred_enterprises_cost_as_many_queries_as_two(world, act, django_assert_max_num_queries):
    made = Enterprise.objects.bulk_create([
        Enterprise(code=f"{n:018}", name=f"企业{n}", region_id="370600", industry_id="C31", created_at=world.now)
        for n in range(200)
    ])  # fmt: skip
    with django_assert_max_num_queries(30 + len(made)):  # one line of the audit trail each
        outcome = close_months(
            **act(world.second), store=world.store, month=OCTOBER, enterprise_ids=[one.pk for one in made]
        )
    assert len(outcome.closed) == 200
    assert all(one.tce is None for one in outcome.closed)


# Small things


def test_months_that_a_span_touches():
    def at(*day):
        return datetime(*day, tzinfo=BEIJING)

    assert months_of(at(2026, 10, 31, 23, 45), at(2026, 11, 1)) == [OCTOBER]
    assert months_of(at(2026, 10, 31), at(2026, 11, 1, 0, 15)) == [OCTOBER, date(2026, 11, 1)]
    assert months_of(at(2026, 12, 31), at(2027, 2, 1)) == [date(2026, 12, 1), date(2027, 1, 1)]


def test_unknown_is_not_zero():
    assert same(None, None)
    assert not same(None, 0.0)
    assert difference(None, None) is None
    assert difference(None, 5.0) == 5.0
    assert difference(0.1 + 0.2, 0.3) == 0.0


# Pages


@pytest.fixture
def today(world, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: world.now)


def test_closing_and_reopening_on_the_pages(world, act, browse, today):
    client = browse(world.officer)
    page = client.post("/corrections/closing/", {"period": "2026-10", "action": "close", "enterprise": [CODE],
                                                 "reason": "月账"}, follow=True).content.decode()  # fmt: skip
    assert "已封账 1 家" in page
    send(world.store, world.item, MONDAY, [102.0])
    page = client.get(f"/enterprises/{CODE}/closing/2026-10/").content.decode()
    assert "100.00" in page
    assert "第 1 版" in page
    reopened = client.post(f"/enterprises/{CODE}/closing/2026-10/reopen/", {"reason": "核对"}, follow=True)
    assert "已重开" in reopened.content.decode()
    client.post("/corrections/closing/", {"period": "2026-10", "action": "close-all"})
    page = client.get(f"/enterprises/{CODE}/closing/2026-10/?edition=1").content.decode()
    assert "第 2 版" in page
    assert "核对" in page


def test_the_report_as_excel(world, act, browse, today):
    close(world, act)
    send(world.store, world.item, MONDAY, [102.0])

    def rows(query):
        answer = browse(world.manager).get(f"/enterprises/{CODE}/closing/2026-10/{query}")
        return list(openpyxl.load_workbook(io.BytesIO(b"".join(answer))).worksheets[0].iter_rows(values_only=True))

    total, energy = rows("?format=xlsx")[1:3]
    assert energy[4:7] == (20 * DAY_KWH, 20 * DAY_KWH + 100, 100)
    assert total[9] == pytest.approx(100 * FACTOR)
    assert rows("?format=xlsx&table=causes")[1][9:12] == (1, 0, 100)
    assert browse(world.foreign).get(f"/enterprises/{CODE}/closing/2026-10/?format=xlsx").status_code == 404


def test_an_item_that_came_later_is_a_difference_from_nothing(world, act):
    (closed,) = close(world, act).closed
    new = DataItem.objects.create(
        pk=90077, enterprise=world.yantai.enterprise, data_code="00-00-0000-021500-10", name="全厂天然气",
        energy_key="natural_gas", class_code="02", type_code="1500", usage_code="10", wire_unit="万m3", base_unit="m3",
        wire_to_base=10000.0, counts_in_total=True,
    )  # fmt: skip
    world.store.put_items([ItemRow(id=new.pk, data_code=new.data_code, enterprise_id=9001, energy_key="natural_gas",
                                   base_unit="m3")])  # fmt: skip
    send(world.store, new, MONDAY, [40.0], stat_type=1, step=DAY)
    found = report(store=world.store, closed=closed)
    assert [
        (row.name, row.filed.quantity, row.now.quantity, row.quantity) for row in found.items if row.is_changed
    ] == [("全厂天然气", None, 40.0, 40.0)]
