"""The demonstration's calendar: weekdays and seasons stay, every day has a recorded day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nenghao.cli.demo.timeline import FIRST_RECORDED, LIVE_DAYS, RECORDED_DAYS, Timeline

today = st.dates(date(2019, 1, 1), date(2099, 12, 31))


def test_as_recorded_keeps_the_dates():
    line = Timeline.as_recorded(365)
    assert (line.first, line.days, line.shift_days) == (date(2018, 1, 1), 365, 0)


@given(today, st.integers(1, 330))
def test_a_moved_day_keeps_its_weekday_and_lies_in_the_recording(last, days):
    line = Timeline.ending(last, days)
    assert line.shift_days % 7 == 0
    assert line.first + timedelta(days=days - 1) == last
    first = (line.first - timedelta(days=line.shift_days) - FIRST_RECORDED).days
    assert first >= 0
    assert first + days <= RECORDED_DAYS


@given(st.dates(date(2019, 3, 1), date(2099, 11, 20)))
def test_the_season_fits_and_leaves_days_to_go_on(last):
    if not (3 <= last.month <= 11 and (last.month, last.day) < (11, 25)):
        return
    recorded = last - timedelta(days=Timeline.ending(last, 30).shift_days)
    assert abs(recorded.timetuple().tm_yday - last.timetuple().tm_yday) <= 8
    assert (recorded - FIRST_RECORDED).days + LIVE_DAYS - 7 < RECORDED_DAYS
