"""Periods: half-open, aligned, the same answer one by one and in columns."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.periods import (
    BEIJING,
    Period,
    PeriodKind,
    edges_ms,
    floor_ms,
    from_ms,
    from_wall,
    to_beijing,
    to_ms,
    wall,
    wall_from_ms,
)

instants = st.datetimes(datetime(1992, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
kinds = st.sampled_from(list(PeriodKind))


@given(instants, kinds)
def test_an_instant_lies_in_exactly_its_own_period(instant, kind):
    start = kind.floor(instant)
    assert start <= instant < kind.next(start)
    assert kind.floor(start) == start
    assert kind.floor(start) == start


@given(instants, kinds)
def test_a_column_is_floored_as_one_instant_is(instant, kind):
    ms = to_ms(instant.replace(microsecond=0))
    assert from_ms(int(floor_ms(np.array([ms]), kind)[0])) == kind.floor(from_ms(ms))


@given(instants, st.sampled_from([PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.YEAR]))
def test_the_parts_of_a_period_tile_it(instant, kind):
    whole = Period.of(kind, instant)
    finer = {PeriodKind.DAY: PeriodKind.HOUR, PeriodKind.MONTH: PeriodKind.DAY, PeriodKind.YEAR: PeriodKind.MONTH}[kind]
    parts = list(whole.split(finer))
    assert parts[0].start == whole.start
    assert parts[-1].end == whole.end
    assert all(a.end == b.start for a, b in pairwise(parts))


@given(instants, kinds)
def test_edges_are_the_starts_of_the_periods_and_the_end(instant, kind):
    start = kind.floor(instant)
    end = start
    for _ in range(5):
        end = kind.next(end)
    edges = edges_ms(to_ms(start), to_ms(end), kind)
    assert len(edges) == 6
    assert (floor_ms(edges, kind) == edges).all()


@given(instants)
def test_wall_time_goes_there_and_back(instant):
    instant = instant.replace(microsecond=0)
    assert from_wall(wall(instant)) == instant
    column = np.array([to_ms(instant)])
    assert wall_from_ms(column)[0].item() == wall(instant)


def test_china_is_eight_hours_ahead_in_summer_and_winter():
    assert to_beijing(datetime(2018, 7, 1, tzinfo=UTC)).utcoffset() == timedelta(hours=8)
    assert Period.of(PeriodKind.DAY, datetime(2018, 7, 1, 16, tzinfo=UTC)).start == datetime(2018, 7, 2, tzinfo=BEIJING)


@pytest.mark.parametrize("bad", [datetime(2026, 3, 4), datetime(1990, 7, 1, tzinfo=UTC)])
def test_a_time_without_zone_or_with_summer_time_is_refused(bad):
    with pytest.raises(NenghaoError):
        to_beijing(bad)
