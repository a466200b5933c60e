"""Terms: whose rule counts, calendar and working days, what is overdue, due soon, waiting."""

from __future__ import annotations

from datetime import date

import pytest

from nenghao.errors import NenghaoError
from nenghao.hub.registry.services import find_region
from nenghao.hub.statements import deciding, drafting
from nenghao.hub.statements.deadlines import Term, left_over, overdue_counts, reminders, set_rule, tasks, terms
from nenghao.hub.statements.periods import FilingPeriod, ended_between, last_ended

from .conftest import ACTOR, NOW

RULE = {"actor": ACTOR, "now": NOW, "form_key": "205-1", "is_asked": True, "workdays": False, "remind_days": 3,
        "source": "省厅通知"}  # fmt: skip


def task(plant, today, key="205-1"):
    return next(one for one in tasks(enterprises=[plant], today=today) if one.form.key == key)


@pytest.mark.parametrize(
    ("text", "end", "before", "year_before"),
    [("2026-10", "2026-11-01", "2026-09", "2025-10"), ("2026Q1", "2026-04-01", "2025Q4", "2025Q1"),
     ("2026", "2027-01-01", "2025", "2025"), ("2026-12", "2027-01-01", "2026-11", "2025-12")],
)  # fmt: skip
def test_period(text, end, before, year_before):
    period = FilingPeriod.parse(text)
    assert (period.text, str(period.end), period.before.text, period.year_before.text) == (
        text,
        end,
        before,
        year_before,
    )


@pytest.mark.parametrize("text", ["2026-13", "2026Q5", "26", "", "2026-1", "1999", "2026-00"])
def test_period_that_is_none(text):
    with pytest.raises(NenghaoError):
        FilingPeriod.parse(text)


def test_periods_that_are_over():
    assert last_ended("month", date(2026, 11, 3)).text == "2026-10"
    assert last_ended("quarter", date(2026, 10, 1)).text == "2026Q3"
    assert [one.text for one in ended_between("month", date(2026, 1, 31), date(2026, 3, 31))] == [
        "2026-01", "2026-02", "2026-03",
    ]  # fmt: skip


def test_term_of_working_days_skips_national_day():
    period = FilingPeriod.parse("2026-09")
    assert Term(True, 3, True, 1, "x").due_on(period) == date(2026, 10, 10)
    assert Term(True, 3, False, 1, "x").due_on(period) == date(2026, 10, 3)


def test_nearest_rule_upward_counts(plant):
    assert terms([plant.region])["370600", "205-1"].region == ""
    set_rule(region=find_region("370000"), days=12, **RULE)
    assert terms([plant.region])["370600", "205-1"].days == 12
    set_rule(region=find_region("370600"), days=6, **RULE)
    set_rule(region=find_region("370100"), days=1, **RULE)
    assert terms([plant.region])["370600", "205-1"].days == 6


def test_form_that_is_not_asked_for_is_no_task(plant):
    set_rule(region=plant.region, days=6, **RULE | {"is_asked": False})
    assert "205-1" not in {one.form.key for one in tasks(enterprises=[plant], today=date(2026, 11, 3))}


def test_overdue_and_near(plant, filed):
    assert not task(plant, date(2026, 12, 4)).is_near  # November's, due on the 10th, reminded from the 5th
    assert task(plant, date(2026, 12, 5)).is_near
    assert not task(plant, date(2026, 12, 10)).is_overdue
    assert task(plant, date(2026, 12, 11)).is_overdue
    assert not task(plant, date(2026, 11, 25)).is_overdue  # October's is handed in
    overdue, waiting = overdue_counts(enterprises=[plant], today=date(2026, 11, 25))
    assert waiting == 1
    assert overdue == 4  # 205-2, 205-3, economy-monthly of the last periods, and 2025's report


def test_returned_statement_stays_among_the_tasks_of_later_months(plant, filed):
    deciding.send_back(actor=ACTOR, now=NOW, filing_id=filed.pk, reason="请核对")
    found = reminders(enterprise=plant, today=date(2027, 2, 20))
    assert ("205-1", "2026-10", "returned") in {(one.form.key, one.period.text, one.state) for one in found}


def test_a_month_that_was_left_out_stays_owed(plant, filed, store):
    february = date(2027, 2, 20)
    open_months = {one.period.text for one in reminders(enterprise=plant, today=february) if one.form.key == "205-1"}
    # October's is handed in and waits; November and December were never filed; January's is the last that is over.
    assert open_months == {"2026-11", "2026-12", "2027-01"}
    overdue, waiting = overdue_counts(enterprises=[plant], today=february)
    assert (overdue, waiting) == (3 + 3, 1)  # the last of three other forms too; the report of 2026 is not due yet
    december = FilingPeriod.parse("2026-12")
    drafting.start(actor=ACTOR, now=NOW.replace(year=2027), store=store, enterprise=plant, form_key="205-1",
                   period=december)  # fmt: skip
    [task] = [one for one in left_over(enterprises=[plant], today=february) if one.period == december]
    assert (task.state, task.is_overdue) == ("draft", True)
    set_rule(region=plant.region, days=6, **RULE | {"is_asked": False})
    assert "2026-11" not in {one.period.text for one in left_over(enterprises=[plant], today=february)}


def test_nothing_is_owed_of_periods_before_the_first_that_was_filed(plant, filed):
    assert left_over(enterprises=[plant], today=date(2026, 11, 25)) == []


def test_number_of_queries_does_not_grow_with_enterprises(plant, django_assert_num_queries):
    with django_assert_num_queries(2):
        tasks(enterprises=[plant] * 50, today=date(2026, 11, 25))
    with django_assert_num_queries(3):
        left_over(enterprises=[plant] * 50, today=date(2026, 11, 25))
