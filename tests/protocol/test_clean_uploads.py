"""The short ways of the check give what the long way gives, whatever is sent; and are taken for what is clean."""

from dataclasses import fields
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.periods import BEIJING
from nenghao.protocol import EnergyRecord, ItemRule, ItemRules, Profile, check_records
from nenghao.protocol.checks import _one_by_one
from nenghao.protocol.clean_uploads import SMALL, _by_columns, _by_rows, _Shapes, _shapes, clean_columns
from nenghao.protocol.messages import Rejection

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=BEIJING)
LATEST_S = int((datetime(2026, 3, 5, 9, 5) - datetime(1970, 1, 1)).total_seconds())
POWER, HEAT = "00-00-0000-023300-10", "00-00-0000-023200-10"
SIGNED, ODD = "01-01-0101-090100-40", "01-01-0102-023300-40"
RULES = ItemRules({
    POWER: ItemRule(item_id=11, scope=1, factor=1e4), HEAT: ItemRule(item_id=7, scope=1, realtime_s=3600),
    SIGNED: ItemRule(item_id=9, scope=4, factor=1e4, may_be_negative=True),
    ODD: ItemRule(item_id=8, scope=4, factor=277.8),
})  # fmt: skip
NATIONAL = Profile.load("national")
SHORT_WAYS = (_by_rows, _by_columns)
GOOD_TIMES = [f"2026-03-0{day} {hour:02}:{minute:02}:00" for day in (1, 2) for hour in (0, 7) for minute in (0, 15)]


def record(**changes):
    good = {
        "data_code": POWER, "data_value": "0.012345", "input_type": "4", "stat_type": "0",
        "stat_date": "2026-03-04 00:15:00", "scope": "1", "valid": "1",
    }  # fmt: skip
    return EnergyRecord(**good | changes)


clean = st.builds(
    lambda place, value, date: record(data_code=place[0], scope=place[1], data_value=value, stat_date=date),
    st.sampled_from([(POWER, "1"), (POWER, 1), (SIGNED, "4")]),
    st.sampled_from(["0", "1.5", "0.1", "00.10", "-0", " 7", 3, 0.1, 12345678901234567]),
    st.sampled_from(GOOD_TIMES),
)  # fmt: skip
any_record = st.builds(
    EnergyRecord,
    data_code=st.sampled_from([POWER, HEAT, SIGNED, ODD, "00-00-0000-029900-10", "nonsense", ""]),
    data_value=st.sampled_from(
        ["1", "-1", "1e-5", "1E3", "nan", "inf", "1_0", "１", "", "x", None, 7, -0.5, 1e-7, 10**400, "9" * 1101]
    ),
    input_type=st.sampled_from(["1", "7", 5, "8", "", 0]),
    stat_type=st.sampled_from(["0", "1", "2", "3", 0, 1, 2, 3, "4", "00"]),
    stat_date=st.sampled_from([
        *GOOD_TIMES, "2026-03-01 00:00:00", "2026-01-01 00:00:00", "2026-03-04 00:15:59", "2026-03-03 23:59:30",
        "2026-03-04 00:07:00", "2026-03-05 09:15:00", "1999-12-31 00:00:00", "2026-02-30 00:00:00", "x" * 19, "",
    ]),
    scope=st.sampled_from(["1", "4", 1, 4, "2", "9"]),
    valid=st.sampled_from(["1", "0", 1, 0, True, False, "true", "True", "yes", 2, "", None]),
    state=st.sampled_from([None, "", "measured", "estimated", "missing", "good"]),
)  # fmt: skip
nearly_clean = st.lists(clean | st.just(None) | any_record, max_size=12) | st.lists(clean, max_size=12)


def same(found, expected):
    for column in fields(found):
        one, other = getattr(found, column.name), getattr(expected, column.name)
        if column.name == "rejections":
            assert one == other
        else:
            assert one.dtype == other.dtype, column.name
            assert np.array_equal(one, other, equal_nan=column.name == "value"), column.name
    return True


@given(nearly_clean | st.lists(any_record, max_size=6))
@settings(max_examples=400, deadline=None)
def test_all_ways_give_the_same(records):
    expected = _one_by_one(records, RULES, LATEST_S, NATIONAL)
    assert same(check_records(records, RULES, now=NOW, profile=NATIONAL), expected)
    found = [way(records, RULES, LATEST_S, _shapes("national")) for way in SHORT_WAYS]
    assert all(one is None or same(one, expected) for one in found)


@given(st.lists(any_record, min_size=1, max_size=1))
@settings(max_examples=400, deadline=None)
def test_a_single_record_of_any_words(records):
    found = check_records(records, RULES, now=NOW, profile=NATIONAL)
    assert same(found, _one_by_one(records, RULES, LATEST_S, NATIONAL))


@pytest.mark.parametrize("way", SHORT_WAYS)
@settings(deadline=None)
@given(st.lists(clean, min_size=1, max_size=20, unique_by=lambda r: (r.data_code, r.stat_date)))
def test_what_is_clean_goes_the_short_way(way, records):
    assert way(records, RULES, LATEST_S, _shapes("national")) is not None


@pytest.mark.parametrize("count", [0, 1, SMALL, SMALL + 1])
def test_small_and_large_uploads_are_clean_alike(count):
    records = [record(stat_date=f"2026-03-0{1 + n // 24} {n % 24:02}:00:00", data_value=str(n)) for n in range(count)]
    found = clean_columns(records, RULES, latest_s=LATEST_S, profile_name="national")
    assert same(found, _one_by_one(records, RULES, LATEST_S, NATIONAL))
    assert found.value.tolist() == [1e4 * n for n in range(count)]


@pytest.mark.parametrize("change", [
    {"data_code": "nonsense"}, {"stat_date": "2026-03-04 00:15:01"}, {"stat_date": "2026-03-05 09:15:00"},
    {"stat_date": "1999-12-31 00:00:00"}, {"data_value": "-1"}, {"data_value": "inf"}, {"data_value": None},
    {"scope": "4"}, {"valid": "0"}, {"valid": "yes"}, {"state": "missing"}, {"state": "?"}, {"input_type": 9},
    {"stat_type": "1"}, {"stat_date": "2026-03-04 00:30:00"},
])  # fmt: skip
def test_one_odd_record_ends_the_short_ways(change):
    records = [record(), record(stat_date="2026-03-04 00:30:00"), record(**change)]
    assert [way(records, RULES, LATEST_S, _shapes("national")) for way in SHORT_WAYS] == [None, None]


def test_true_and_one_are_told_apart_where_a_profile_does():
    shapes = _Shapes({"true": True, "false": False})
    for valid in (True, 1):
        with pytest.raises(KeyError):
            shapes[("0", "1", "4", valid, None)]
    assert shapes[("0", "1", "4", "true", None)] == shapes[(0, 1, 4, "true", "")]


def test_rules_of_a_plain_mapping_do_as_well():
    day = datetime(2026, 3, 1)
    records = [record(stat_date=f"{day + timedelta(minutes=15 * slot)}", data_value=f"{slot}") for slot in range(96)]
    found = check_records(records, dict(RULES), now=NOW, profile=NATIONAL)
    assert found.value.tolist() == [1e4 * slot for slot in range(96)]
    assert found.item_id.tolist() == [11] * 96


def test_the_same_key_twice_is_left_to_the_long_way():
    found = check_records([record(), record(data_value="2")], RULES, now=NOW, profile=NATIONAL)
    assert found.value.tolist() == [20000.0]
    assert [(r.index, r.code) for r in found.rejections] == [(0, "duplicate-in-batch")]
    assert all(isinstance(r, Rejection) for r in found.rejections)
