"""Blocks for property tests: random, with gaps, spikes, copies, and everything that a check looks at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
from hypothesis import strategies as st

from nenghao.quality import Block, Traits


def calm(items: int = 1, slots: int = 24, *, seed: int = 0, level: float = 10.0) -> Block:
    """A block that no check finds anything in: a course that varies a little from slot to slot, all of it arrived."""
    rng = np.random.default_rng(seed)
    course = np.round(level * (1 + 0.2 * np.sin(np.arange(2 * slots) / 4) + rng.normal(0, 0.05, (items, 2 * slots))), 3)
    return of_course(course)


def of_course(course: np.ndarray, *, high: float | None = None) -> Block:
    """A block whose first half of columns lies before it."""
    items, slots = course.shape[0], course.shape[1] // 2
    nothing = np.full(items, np.nan)
    with np.errstate(all="ignore"):
        usual = np.array([np.nanmedian(row) if np.isfinite(row).any() else np.nan for row in course])
    traits = Traits(
        item_id=np.arange(items), enterprise_id=np.ones(items, np.int64), energy_key=np.full(items, "electricity"),
        value_min=nothing, value_max=nothing, max_rate=nothing, may_be_negative=np.zeros(items, bool), usual=usual,
        high=np.full(items, np.nan if high is None else high),
    )  # fmt: skip
    value = course[:, slots:].copy()
    shape = value.shape
    return Block(
        stat_type=0, start=datetime(2026, 11, 2), traits=traits, value=value,
        state=np.where(np.isnan(value), 2, 0).astype(np.uint8), due=np.ones(shape, bool), delay_s=np.full(shape, 900.0),
        by_hand=np.zeros(shape, bool), contents=np.ones(shape, np.uint8), start_offset_s=np.zeros(shape),
        accepted=np.zeros(shape, bool), before=course[:, :slots].copy(),
    )  # fmt: skip


def rows_of(block: Block, rows: np.ndarray) -> Block:
    """Some rows of a block, in another order perhaps."""
    traits = Traits(*(_taken(getattr(block.traits, name), rows) for name in Traits.__slots__))
    names = ("value", "state", "due", "delay_s", "by_hand", "contents", "start_offset_s", "accepted", "before")
    return replace(block, traits=traits, **{name: getattr(block, name)[rows] for name in names})


def _taken(column: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    return None if column is None else column[rows]


@st.composite
def blocks(draw: st.DrawFn, *, slots: int = 24) -> Block:
    """Any block: a seed draws the bulk of it, hypothesis the shape and how much of each trouble there is."""
    items = draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    trouble = draw(st.floats(0, 0.3))
    course = np.round(rng.gamma(2, 5, (items, 1)) * rng.gamma(9, 0.1, (items, 2 * slots)), draw(st.integers(0, 3)))
    few = lambda: rng.random((items, 2 * slots)) < trouble  # noqa: E731
    course[few()] *= 20
    course[few()] = np.nan
    course[few()] = 0
    course[few()] *= -1
    if draw(st.booleans()):
        course[0, slots:] = course[0, :slots]
    if draw(st.booleans()):
        course[-1, slots + 3 : slots + 18] = 7.25
    block = of_course(course, high=draw(st.sampled_from((None, 10.0))))
    few_here = lambda: rng.random(block.shape) < trouble  # noqa: E731
    known = ~np.isnan(block.value)
    return replace(
        block, due=~few_here(), delay_s=np.where(known, rng.gamma(1, 40_000, block.shape), np.nan), by_hand=few_here(),
        contents=np.where(known, 1 + few_here(), 0).astype(np.uint8), accepted=few_here(),
        start_offset_s=np.where(few_here(), rng.normal(0, 100, block.shape), 0),
        traits=replace(
            block.traits, may_be_negative=rng.random(items) < 0.3, enterprise_id=rng.integers(1, 3, items),
            max_rate=np.where(rng.random(items) < 0.5, 60.0, np.nan),
            value_min=np.where(rng.random(items) < 0.3, 0.5, np.nan),
        ),
    )  # fmt: skip
