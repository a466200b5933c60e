"""Working days, counted by hand from the State Council's notices (holidays and 调休 of 2020, 2024, 2025 and 2026)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.hub.access_progress.workdays import (
    LAST_ANNOUNCED,
    add_workdays,
    is_announced,
    is_workday,
    unannounced_years,
    workdays_between,
)

DAYS = st.dates(date(2004, 2, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        # National Day 2026: off 1-7 October, Saturday the 10th worked, Sunday 20 September worked before it.
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-30", 4, "2026-10-12"),
        ("2026-09-18", 1, "2026-09-20"),
        ("2026-10-03", 3, "2026-10-10"),  # a fault inside the holiday
        # Mid-autumn 2026: Friday 25 to Sunday 27 September off.
        ("2026-09-23", 3, "2026-09-29"),
        # Spring Festival 2026: off 15-23 February; Saturdays 14 and 28 worked.
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-13", 3, "2026-02-25"),
        ("2026-02-26", 3, "2026-03-02"),  # 27 Friday, 28 Saturday worked, Monday 2 March
        # National Day and Mid-autumn 2025 in one: off 1-8 October, Sunday 28 September and Saturday 11 October worked.
        ("2025-09-26", 3, "2025-09-30"),
        ("2025-09-30", 3, "2025-10-11"),
        # Labour Day 2024: off 1-5 May, Sunday 28 April and Saturday 11 May worked.
        ("2024-04-30", 3, "2024-05-08"),
        ("2024-05-09", 3, "2024-05-13"),
        # The Spring Festival of 2020 was lengthened to 2 February.
        ("2020-01-23", 1, "2020-02-03"),
        # An ordinary week, a weekend, and counting back.
        ("2026-03-02", 3, "2026-03-05"),
        ("2026-03-05", 3, "2026-03-10"),
        ("2026-03-07", 3, "2026-03-11"),
        ("2026-10-08", -1, "2026-09-30"),
        ("2026-03-04", 0, "2026-03-04"),
        ("2026-03-07", 0, "2026-03-07"),
    ],
)
def test_a_term_ends_on_the_day_counted_by_hand(day, count, expected):
    assert add_workdays(date.fromisoformat(day), count) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-09-30", "2026-10-07", 0),
        ("2026-09-30", "2026-10-10", 3),
        ("2026-02-13", "2026-02-28", 6),  # 14, 24, 25, 26, 27, 28
        ("2026-03-04", "2026-03-04", 0),
        ("2026-03-05", "2026-03-02", -3),  # from Thursday back to Monday
        ("2025-12-31", "2026-12-31", 248),  # 261 weekdays - 19 holidays on weekdays + 6 worked weekend days
    ],
)
def test_working_days_between_two_days_counted_by_hand(start, end, expected):
    assert workdays_between(date.fromisoformat(start), date.fromisoformat(end)) == expected


def test_a_year_that_is_not_announced_counts_monday_to_friday_and_says_so():
    year = LAST_ANNOUNCED + 1
    assert not is_announced(year)
    assert is_announced(LAST_ANNOUNCED)
    assert not is_announced(2003)
    assert [is_workday(date(year, 3, 1) + timedelta(days=i)) for i in range(7)].count(True) == 5
    assert is_workday(date(2035, 10, 1))  # a Monday of an unknown year: nobody has said that it is off
    assert unannounced_years(date(2026, 12, 30), date(LAST_ANNOUNCED + 2, 1, 3)) == (year, year + 1)


@given(DAYS, st.integers(1, 40))
def test_counting_forth_and_counting_between_agree(day, count):
    end = add_workdays(day, count)
    assert end > day
    assert is_workday(end)
    assert workdays_between(day, end) == count
    assert add_workdays(day, count - 1) < end


@given(DAYS, st.integers(1, 40))
def test_counting_back_undoes_counting_forth_between_working_days(day, count):
    first = add_workdays(day, 1)
    assert add_workdays(add_workdays(first, count), -count) == first
    assert workdays_between(add_workdays(first, count), first) == -count
