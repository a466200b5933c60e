"""Registers become consumption per period, with states (表底 → 区间能耗). Pure: no clock, no files.

docs/intervals.md gives every rule with an example.
"""

from nenghao.intervals.compute import compute_intervals, compute_many
from nenghao.intervals.model import (
    IntervalResult,
    ManyResult,
    MeterEvent,
    MeterSpec,
    MultiplierEvent,
    ReplaceEvent,
    SampleColumns,
    State,
)
from nenghao.intervals.touched import CONTEXT_SAMPLES, NEIGHBOUR_SAMPLES, context_slice, touched_range

__all__ = [
    "CONTEXT_SAMPLES",
    "NEIGHBOUR_SAMPLES",
    "IntervalResult",
    "ManyResult",
    "MeterEvent",
    "MeterSpec",
    "MultiplierEvent",
    "ReplaceEvent",
    "SampleColumns",
    "State",
    "compute_intervals",
    "compute_many",
    "context_slice",
    "touched_range",
]
