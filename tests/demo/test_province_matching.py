"""What counts as found and what as a false alarm, on faults and findings written by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from nenghao.cli.demo.province.matching import Found, Item, judge
from nenghao.cli.demo.province.truth import Fault

PLANT, PROCESS, GAS = "00-00-0000-023300-10", "01-00-0000-023300-10", "00-00-0000-011500-10"
ITEMS = {
    ("A", PLANT): Item("electricity", "012"), ("A", PROCESS): Item("electricity", "012"),
    ("A", GAS): Item("natural_gas", "12"), ("B", PLANT): Item("electricity", "12"),
}  # fmt: skip


def fault(check="spike", code=PLANT, stat_type=0, span=("2026-03-04T10:00:00", "2026-03-04T10:15:00"), also=()):
    return Fault(
        kind=f"a-{check}", check_code=check, enterprise="A", data_code=code, stat_type=stat_type, start=span[0],
        end=span[1], consequences=tuple(also),
    )  # fmt: skip


def found(check="spike", code=PLANT, at="2026-03-04T10:00", until="2026-03-04T10:15", **facts):
    given = {"enterprise": "A", "other_code": "", "energy_key": "", "stat_type": 0} | facts
    return Found(
        data_code=code, check_code=check, start=datetime.fromisoformat(at), end=datetime.fromisoformat(until), **given
    )


def test_a_finding_on_the_item_and_in_time_is_recall_and_precision():
    report = judge([fault()], [found()], ITEMS)
    assert report["ok"]
    assert report["kinds"]["a-spike"]["recall"] == 1
    assert report["checks"]["spike"]["precision"] == 1


@pytest.mark.parametrize("wrong", [
    found(code=PROCESS), found(enterprise="B"), found(check="range"),
    found(at="2026-03-04T11:00", until="2026-03-04T11:15"),
])  # fmt: skip
def test_another_item_plant_check_or_hour_is_neither(wrong):
    report = judge([fault()], [wrong], ITEMS)
    assert not report["ok"]
    assert report["kinds"]["a-spike"]["recall"] == 0
    assert report["checks"][wrong.check_code]["precision"] == 0
    assert report["false_alarms"][0]["check"] == wrong.check_code


def test_a_consequence_is_explained_but_does_not_count_as_found():
    report = judge([fault(also=("range",))], [found(check="range")], ITEMS)
    assert report["kinds"]["a-spike"]["recall"] == 0
    assert report["checks"]["range"]["precision"] == 1


def test_a_change_may_show_one_slot_after_its_end_and_not_two():
    late = {"at": "2026-03-04T10:15", "until": "2026-03-04T10:30"}
    later = {"at": "2026-03-04T10:30", "until": "2026-03-04T10:45"}
    assert judge([fault()], [found(**late)], ITEMS)["ok"]
    assert not judge([fault()], [found(**later)], ITEMS)["ok"]


def test_an_outage_is_found_when_nine_tenths_of_the_plant_are_missing():
    days = ("2026-03-04T00:00:00", "2026-03-06T00:00:00")
    outage = fault("completeness", "", 1, days)
    span = {"at": "2026-03-04", "until": "2026-03-06", "stat_type": 1}
    two = [found("completeness", code, **span) for code in (PLANT, GAS)]
    assert judge([outage], two, ITEMS)["kinds"]["a-completeness"]["found"] == 0
    three = [*two, found("completeness", PROCESS, **span)]
    assert judge([outage], three, ITEMS)["ok"]


def test_a_comparison_speaks_of_enterprise_and_energy():
    days = ("2026-03-04T00:00:00", "2026-03-05T00:00:00")
    phase = fault("plant-against-processes", PROCESS, 1, days)
    span = {"at": "2026-03-04", "until": "2026-03-05", "stat_type": 1}
    assert judge([phase], [found("plant-against-processes", "", energy_key="electricity", **span)], ITEMS)["ok"]
    assert judge([phase], [found("plant-against-processes", PLANT, **span)], ITEMS)["ok"]
    assert not judge([phase], [found("plant-against-processes", "", energy_key="natural_gas", **span)], ITEMS)["ok"]
