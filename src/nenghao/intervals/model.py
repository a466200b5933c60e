"""The plain values that intervals are made from and the values they give (区间能耗)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from nenghao.errors import NenghaoError
from nenghao.findings import Finding

Int64Column = npt.NDArray[np.int64]
FloatColumn = npt.NDArray[np.float64]
StateColumn = npt.NDArray[np.uint8]
BoolColumn = npt.NDArray[np.bool_]

OBSERVED_MS = 60_000
"""A boundary is observed when a good sample lies within this distance [ms] (design section 5, rule 1)."""


class State(IntEnum):
    """How well a period's value is known; the same numbers on disk in every store."""

    MEASURED = 0
    """实测: both ends observed."""
    ESTIMATED = 1
    """估算: an end lies in a gap between good samples; the gap's total is preserved."""
    MISSING = 2
    """缺失: nothing bounds it; never the same as zero."""


@dataclass(frozen=True, slots=True)
class ReplaceEvent:
    """The meter is replaced at ``at_ms``: the old register ends at one value, the new one begins at another.

    ``multiplier`` is given when the new meter has another multiplier.
    """

    at_ms: int
    final_register: float
    initial_register: float
    multiplier: float | None = None


@dataclass(frozen=True, slots=True)
class MultiplierEvent:
    """From ``at_ms`` on the register counts with another multiplier; ``register`` is its reading at that instant."""

    at_ms: int
    multiplier: float
    register: float


MeterEvent = ReplaceEvent | MultiplierEvent


@dataclass(frozen=True, slots=True)
class MeterSpec:
    """A meter (能源计量器具) as far as its register's arithmetic needs it.

    Energy is the register times ``multiplier``, in ``unit``. ``modulus`` is the register at which it begins again at
    zero; ``max_rate_per_hour`` [unit/h] is energy, not register ticks. Raises ``meter-invalid`` naming the field.

    >>> MeterSpec("M1", "electricity", "kWh", 900, installed_at_ms=0).multiplier
    1.0
    """

    meter_id: str
    energy: str
    unit: str
    interval_s: float
    multiplier: float = 1.0
    modulus: float | None = None
    max_rate_per_hour: float | None = None
    installed_at_ms: int = 0
    removed_at_ms: int | None = None
    events: tuple[MeterEvent, ...] = ()

    def __post_init__(self) -> None:
        for name in ("interval_s", "multiplier", "modulus", "max_rate_per_hour"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise self._invalid(name, f"须为正数，现为 {value}", f"must be a positive number, is {value}")
        if self.removed_at_ms is not None and self.removed_at_ms <= self.installed_at_ms:
            raise self._invalid("removed_at", "拆除须晚于安装", "removal must be later than installation")
        for event in self.events:
            self._check_event(event)

    def _check_event(self, event: MeterEvent) -> None:
        replace = isinstance(event, ReplaceEvent)
        registers = (event.final_register, event.initial_register) if replace else (event.register,)
        if not all(math.isfinite(r) and r >= 0 for r in registers):
            raise self._invalid("event", "事件的表底须为非负数", "an event's register must be zero or more")
        if event.multiplier is not None and not (math.isfinite(event.multiplier) and event.multiplier > 0):
            raise self._invalid("event.multiplier", "倍率须为正数", "a multiplier must be a positive number")

    def _invalid(self, name: str, zh: str, en: str) -> NenghaoError:
        return NenghaoError("meter-invalid", zh, en, record=self.meter_id, field=name)


@dataclass(frozen=True, slots=True)
class SampleColumns:
    """Register samples (采样), three columns of one length, in any order, with any number of versions per instant."""

    ts_ms: Int64Column
    register: FloatColumn
    received_at_ms: Int64Column

    @classmethod
    def of(cls, ts_ms: object, register: object, received_at_ms: object | None = None) -> SampleColumns:
        """Take lists or arrays; without ``received_at_ms`` a sample counts as received when it was taken.

        >>> len(SampleColumns.of([0, 900_000], [1.0, 2.0]).ts_ms)
        2
        """
        ts = np.asarray(ts_ms, dtype=np.int64)
        received = ts if received_at_ms is None else np.asarray(received_at_ms, dtype=np.int64)
        return cls(ts, np.asarray(register, dtype=np.float64), received)

    def __post_init__(self) -> None:
        if not len(self.ts_ms) == len(self.register) == len(self.received_at_ms):
            raise ValueError("the columns of samples must have one length")

    def take(self, rows: BoolColumn | Int64Column) -> SampleColumns:
        """Give the rows chosen by a mask or by positions."""
        return SampleColumns(self.ts_ms[rows], self.register[rows], self.received_at_ms[rows])


@dataclass(frozen=True, slots=True)
class IntervalResult:
    """Periods of one meter in order; ``value`` [the meter's unit] is NaN exactly where ``state`` is missing."""

    period_start_ms: Int64Column
    value: FloatColumn
    state: StateColumn
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ManyResult:
    """Periods of many meters, ordered by meter and start; ``findings`` by position of the meter."""

    meter_index: Int64Column
    period_start_ms: Int64Column
    value: FloatColumn
    state: StateColumn
    findings: dict[int, tuple[Finding, ...]] = field(default_factory=dict)

    def of(self, meter: int) -> IntervalResult:
        """Give the rows and findings of the meter at position ``meter``."""
        low, high = np.searchsorted(self.meter_index, [meter, meter + 1])
        rows = slice(int(low), int(high))
        return IntervalResult(
            self.period_start_ms[rows], self.value[rows], self.state[rows], self.findings.get(meter, ())
        )
