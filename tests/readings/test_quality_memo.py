"""What is remembered of past months is what would be computed now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from nenghao.periods import month_after
from nenghao.readings import quality_memo
from nenghao.readings.quality_memo import MonthMemo, months_of

MONTHS = months_of(date(2025, 1, 1), date(2026, 1, 1))
KEY = (frozenset({1, 2}), 0.05, 0)


@dataclass(frozen=True)
class Row:
    month: date
    value: int


class Store:
    """A table by month that is written and asked."""

    def __init__(self):
        self.memo, self.values, self.loads = MonthMemo(), dict.fromkeys(MONTHS, 0), 0

    def load(self, start, end):
        self.loads += 1
        return [Row(month, self.values[month]) for month in months_of(start, end)]

    def ask(self, months=MONTHS):
        return [(row.month, row.value) for row in self.memo.rows(KEY, months, self.load)]


@given(st.lists(st.one_of(st.integers(0, 11), st.just("ask"), st.just("clear")), max_size=30))
def test_answers_are_those_of_the_present_whatever_is_written_between(steps):
    store = Store()
    for step in steps:
        if step == "ask":
            assert store.ask() == list(store.values.items())
        elif step == "clear":
            store.values = {month: value + 1 for month, value in store.values.items()}
            store.memo.clear()
        else:
            month = MONTHS[step]
            store.values[month] += 1
            store.memo.touch(month.replace(day=15), month.replace(day=16))
    assert store.ask() == list(store.values.items())


def test_a_month_is_loaded_once_and_only_what_was_written_again():
    store = Store()
    store.ask()
    store.ask()
    assert store.loads == 1
    store.memo.touch(date(2025, 3, 31), date(2025, 4, 2))  # meets March and April
    asked = []
    store.memo.rows(KEY, MONTHS, lambda start, end: asked.append((start, end)) or store.load(start, end))
    assert asked == [(date(2025, 3, 1), date(2025, 5, 1))]


def test_what_is_written_while_an_answer_is_computed_is_not_lost():
    store = Store()

    def load(start, end):
        rows = store.load(start, end)
        store.values[MONTHS[0]] = 7
        store.memo.touch(MONTHS[0], month_after(MONTHS[0]))
        return rows

    store.memo.rows(KEY, MONTHS, load)
    assert store.ask()[0] == (MONTHS[0], 7)


def test_other_enterprises_are_another_question(monkeypatch):
    store = Store()
    store.ask()
    store.memo.rows((frozenset({3}), 0.05, 0), MONTHS, store.load)
    assert store.loads == 2
    monkeypatch.setattr(quality_memo, "ROWS_KEPT", 12)
    store.memo.rows((frozenset({4}), 0.05, 0), MONTHS, store.load)
    store.ask()
    assert store.loads == 4  # the oldest answers made room
