"""The demonstration's calendar: weekdays and seasons stay, every day has a recorded day."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from nenghao.cli.demo.timeline import FIRST_RECORDED, RECORDED_DAYS, Timeline

today = st.dates(date(2019, 1, 1), date(2099, 12, 31))


def test_as_recorded_keeps_the_dates():
    line = Timeline.as_recorded(365)
    assert line.dates[0] == line.recorded(line.dates[0]) == date(2018, 1, 1)
    assert line.dates[-1] == line.recorded(line.dates[-1]) == date(2018, 12, 31)


@given(today, st.integers(1, 400))
def test_a_moved_day_keeps_its_weekday_and_lies_in_the_recording(last, days):
    line = Timeline.ending(last, days)
    assert line.dates[-1] == last
    assert len(line.dates) == days
    for day in line.dates:
        recorded = line.recorded(day)
        assert recorded.weekday() == day.weekday()
        assert 0 <= (recorded - FIRST_RECORDED).days < RECORDED_DAYS


@given(today)
def test_the_season_fits(last):
    recorded = Timeline.ending(last, 1).recorded(last)
    apart = abs(recorded.timetuple().tm_yday - last.timetuple().tm_yday)
    assert min(apart, 365 - apart) <= 8
