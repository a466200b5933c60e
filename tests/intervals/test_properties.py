"""What must hold for any load, any losses and any faults."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.intervals import (
    MeterSpec,
    MultiplierEvent,
    ReplaceEvent,
    SampleColumns,
    State,
    compute_intervals,
    compute_many,
    context_slice,
    touched_range,
)
from nenghao.periods import PeriodKind

MIDNIGHT = 1_772_553_600_000  # 2026-03-04T00:00+08:00
QUARTER = 900_000
HOUR = PeriodKind.HOUR
FAST = settings(max_examples=60, deadline=None)
FAULTS = ("none", "none", "loss", "loss", "spike", "zero", "rollover", "replace", "multiplier", "reset", "repeat")


@st.composite
def plants(draw, *, faults: tuple[str, ...] = FAULTS, days: int = 1):
    """A meter, its samples, and the true energy at every sample instant."""
    count = 96 * days + 1
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    fault = draw(st.sampled_from(faults))
    steps = np.round(rng.uniform(0, 50, count - 1) * (rng.random(count - 1) > 0.2), 2)
    truth = np.concatenate([[0.0], np.cumsum(steps)])
    ts = MIDNIGHT + QUARTER * np.arange(count)
    register, keep = 1000.0 + truth, np.ones(count, dtype=bool)
    meter = MeterSpec("M", "electricity", "kWh", 900, max_rate_per_hour=400.0, installed_at_ms=MIDNIGHT)
    at = draw(st.integers(5, count - 6))
    if fault in ("loss", "repeat", "spike", "zero") or draw(st.booleans()):
        keep[rng.choice(np.arange(1, count - 1), rng.integers(0, 40), replace=False)] = False
    if fault == "spike":
        register[at], keep[at] = register[at] + 5000.0, True
    elif fault == "zero":
        register[at], keep[at] = 0.0, True
    elif fault == "rollover":
        meter = replace(meter, modulus=1e5)
        register = (register + 1e5 - register[at]) % 1e5
    elif fault == "reset":
        register = np.where(np.arange(count) >= at, truth - truth[at], register)
    elif fault == "replace":
        event = ReplaceEvent(int(ts[at]) - 1, float(register[at]), 3.0)
        register, meter = (
            np.where(np.arange(count) >= at, truth - truth[at] + 3, register),
            replace(meter, events=(event,)),
        )
    elif fault == "multiplier":
        event = MultiplierEvent(int(ts[at]), 2.0, float(register[at]))
        register = np.where(np.arange(count) > at, register[at] + (truth - truth[at]) / 2, register)
        meter = replace(meter, events=(event,))
    samples = SampleColumns.of(ts[keep], register[keep], ts[keep] + 5000)
    if fault == "repeat":
        again = rng.integers(0, keep.sum(), 20)
        old = SampleColumns.of(samples.ts_ms[again], samples.register[again] * 3, samples.ts_ms[again] + 10)
        samples = SampleColumns(*(np.concatenate(pair) for pair in zip(columns(samples), columns(old), strict=True)))
    return meter, samples, ts, truth, fault


def columns(samples: SampleColumns):
    return samples.ts_ms, samples.register, samples.received_at_ms


def same(a, b) -> None:
    assert np.array_equal(a.period_start_ms, b.period_start_ms)
    assert np.array_equal(a.state, b.state)
    assert np.allclose(a.value, b.value, rtol=1e-9, atol=1e-6, equal_nan=True)


@FAST
@given(plants(faults=tuple(f for f in FAULTS if f != "reset")))
def test_conservation_and_exact_measurement(plant) -> None:
    meter, samples, _ts, truth, _fault = plant
    result = compute_intervals(meter, samples, HOUR)
    assert len(result.value) == 24 and (result.state != State.MISSING).all()
    assert np.isclose(result.value.sum(), truth[-1], rtol=1e-9, atol=1e-6)
    measured = result.state == State.MEASURED
    assert np.allclose(result.value[measured], np.diff(truth[::4])[measured], atol=1e-6)
    ends = np.flatnonzero(np.isin(np.arange(97), np.arange(0, 97, 4)[np.r_[measured, False] | np.r_[False, measured]]))
    for a, b in pairwise(ends):
        assert np.isclose(result.value[a // 4 : b // 4].sum(), truth[b] - truth[a], atol=1e-6)


@FAST
@given(plants())
def test_never_negative_and_missing_is_never_a_number(plant) -> None:
    meter, samples, *_ = plant
    for kind in (PeriodKind.QUARTER_HOUR, HOUR, PeriodKind.DAY, PeriodKind.MONTH):
        result = compute_intervals(meter, samples, kind)
        assert np.array_equal(np.isnan(result.value), result.state == State.MISSING)
        assert not (result.value < 0).any()


@FAST
@given(plants(), st.randoms(use_true_random=False))
def test_order_and_repetition_of_samples_do_not_matter(plant, random) -> None:
    meter, samples, *_ = plant
    order = list(range(len(samples.ts_ms)))
    random.shuffle(order)
    order = np.array(order + order[:10])
    same(compute_intervals(meter, samples, HOUR), compute_intervals(meter, samples.take(order), HOUR))


@FAST
@given(plants())
def test_periods_add_up(plant) -> None:
    meter, samples, *_ = plant
    quarter, hour, day = (compute_intervals(meter, samples, k).value for k in list(PeriodKind)[:3])
    assert np.allclose(quarter.reshape(-1, 4).sum(axis=1)[~np.isnan(hour)], hour[~np.isnan(hour)], atol=1e-6)
    if not np.isnan(hour).any():
        assert np.allclose(hour.reshape(-1, 24).sum(axis=1), day, atol=1e-6)


@FAST
@given(plants(faults=("none", "loss", "spike", "rollover")), st.floats(0.01, 5000))
def test_energy_scales_with_the_multiplier(plant, factor) -> None:
    meter, samples, *_ = plant
    scaled = replace(meter, multiplier=factor, max_rate_per_hour=400.0 * factor)
    one, many = compute_intervals(meter, samples, HOUR), compute_intervals(scaled, samples, HOUR)
    assert np.array_equal(one.state, many.state)
    assert np.allclose(one.value * factor, many.value, rtol=1e-9, atol=1e-6 * factor)


@FAST
@given(st.lists(plants(), min_size=1, max_size=6))
def test_many_meters_at_once_give_the_same_as_each_alone(found) -> None:
    meters = [replace(plant[0], meter_id=str(i)) for i, plant in enumerate(found)]
    index = np.repeat(np.arange(len(found)), [len(p[1].ts_ms) for p in found])
    together = SampleColumns(*(np.concatenate(c) for c in zip(*(columns(p[1]) for p in found), strict=True)))
    many = compute_many(meters, index, together, HOUR)
    for i, plant in enumerate(found):
        alone, ours = compute_intervals(meters[i], plant[1], HOUR), many.of(i)
        same(alone, ours)
        assert [f.code for f in alone.findings] == [f.code for f in ours.findings]


@FAST
@given(plants(days=3), st.integers(100, 190), st.integers(1, 12), st.integers(0, 2**32))
def test_late_samples_recompute_only_their_window(plant, at, count, seed) -> None:
    meter, samples, *_ = plant
    late = (samples.ts_ms >= MIDNIGHT + at * QUARTER) & (samples.ts_ms < MIDNIGHT + (at + count) * QUARTER)
    assert_window(meter, samples, late, MIDNIGHT, MIDNIGHT + 3 * 86_400_000)


def assert_window(meter, samples, late, start, end) -> None:
    before = compute_intervals(meter, samples.take(~late), HOUR, start_ms=start, end_ms=end)
    whole = compute_intervals(meter, samples, HOUR, start_ms=start, end_ms=end)
    low, high = touched_range(meter, samples.ts_ms[~late], samples.ts_ms[late], HOUR)
    inside = (whole.period_start_ms >= low) & (whole.period_start_ms < high)
    assert np.array_equal(before.state[~inside], whole.state[~inside])
    assert np.allclose(before.value[~inside], whole.value[~inside], atol=1e-6, equal_nan=True)
    if not late.any():
        return
    instants = np.unique(samples.ts_ms)
    context = np.isin(samples.ts_ms, instants[context_slice(instants, low, high)])
    window = compute_intervals(meter, samples.take(context), HOUR, start_ms=low, end_ms=min(high, end))
    assert np.array_equal(window.state, whole.state[inside])
    assert np.allclose(window.value, whole.value[inside], atol=1e-6, equal_nan=True)
