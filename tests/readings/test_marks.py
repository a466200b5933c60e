"""What is marked once is not marked again until it was taken up; held against a set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.readings import marks as module
from nenghao.readings.marks import Marks, WaitingMarks

PLACES = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), unique=True, max_size=30)
STEPS = st.lists(st.tuples(st.sampled_from(["store", "fail", "forget", "clear"]), PLACES), max_size=12)


def packed(places: list[tuple[int, int]]) -> np.ndarray:
    return np.array(sorted((item << 20) | day for item, day in places), dtype=np.int64)


@settings(max_examples=60)
@given(STEPS)
def test_as_a_set_would(steps) -> None:
    marks, known = WaitingMarks(bits=20), set()
    for step, places in steps:
        wanted = packed(places)
        if step in {"store", "fail"}:
            assert marks.unmarked(wanted).tolist() == [place for place in wanted.tolist() if place not in known]
        if step == "store":
            marks.keep()
            known |= set(wanted.tolist())
        elif step == "forget":
            marks.forget(wanted)
            known -= set(wanted.tolist())
        elif step == "clear":
            marks.clear()
            known.clear()


@pytest.mark.parametrize("places", [
    [(1, day) for day in range(module.MOST_DAYS_OF_GROUP + 1)], [(module.MOST_ITEM, 1)],
])  # fmt: skip
def test_a_history_and_large_numbers_are_marked_every_time(places) -> None:
    marks = WaitingMarks(bits=20)
    for _ in range(2):
        assert marks.unmarked(packed(places)).tolist() == packed(places).tolist()
        marks.keep()


def test_memory_is_bounded_by_days() -> None:
    marks = Marks()
    for day in range(3 * module.MOST_DAYS):
        marks.dirty.unmarked(packed([(1, day)]))
        marks.keep()
        assert len(marks.dirty._marked) <= module.MOST_DAYS
    assert marks.dirty.unmarked(packed([(1, day)])).tolist() == []
