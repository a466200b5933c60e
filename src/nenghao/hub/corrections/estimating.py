"""Estimates for one item of the registry: which series the pure functions of :mod:`nenghao.quality.estimates` get."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from nenghao.hub.corrections.models import Method
from nenghao.hub.corrections.series import relatives, slots_per_day, values_of
from nenghao.hub.registry.models import DataItem
from nenghao.periods import from_wall
from nenghao.quality.estimates import (
    Estimate,
    Mask,
    Series,
    TooThin,
    from_bill,
    from_sub_meters,
    in_span,
    linear,
    weekday_profile,
    weekday_shape,
)
from nenghao.readings import ReadingStore


@dataclass(frozen=True, slots=True)
class Bill:
    """A known total [base unit] of a longer half-open span: a supplier's bill."""

    total: float
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A series of one item that reaches as far back as the methods look, and the slots that are wanted of it."""

    item: DataItem
    stat_type: int
    starts: npt.NDArray[np.datetime64]
    value: Series
    wanted: Mask

    def within(self, start: datetime, end: datetime) -> Mask:
        """Tell which slots lie in the half-open span."""
        return in_span(self.starts, wall_second(start), wall_second(end))


def wall_second(at: datetime) -> np.datetime64:
    """Give the Beijing wall time of an instant that is in Beijing time already."""
    return np.datetime64(at.replace(tzinfo=None), "s")


def instant(start: np.datetime64) -> datetime:
    """Give the aware instant of a slot's start."""
    return from_wall(start.astype("datetime64[s]").astype(datetime))


def estimate(
    *, store: ReadingStore, window: Window, method: str, bill: Bill | None = None, linear_max_slots: int | None = None
) -> Estimate | TooThin:
    """Estimate the wanted slots by a method; :class:`TooThin` says why there is no estimate."""
    value, wanted, signed = window.value, window.wanted, window.item.may_be_negative
    per_day = slots_per_day(window.item, window.stat_type)
    if not wanted.any():
        return TooThin("nothing-missing", "时段内没有缺失，无需估算", "nothing is missing in the span")
    if method == Method.LINEAR:
        return linear(value, wanted, max_slots=linear_max_slots, may_be_negative=signed)
    if method == Method.WEEKDAY_PROFILE:
        if not per_day:
            return TooThin("no-days", "月数据没有星期", "month records have no weekdays")
        return weekday_profile(value, wanted, slots_per_day=per_day, may_be_negative=signed)
    return _by_relatives(store, window) if method == Method.SUB_METERS else _by_bill(window, bill, per_day)


def _by_relatives(store: ReadingStore, window: Window) -> Estimate | TooThin:
    """Sum the processes of a plant, or take the other processes from the plant."""
    parts, whole = relatives(window.item)
    items = [*parts, *([whole] if whole else [])]
    first, beyond = instant(window.starts[0]), instant(window.starts[-1] + np.timedelta64(1, "s"))
    known = values_of(store, items, window.stat_type, first, beyond)
    matrix = np.array([known[part.pk] for part in parts]).reshape(len(parts), len(window.value))
    return from_sub_meters(
        window.value, window.wanted, parts=matrix, whole=known[whole.pk] if whole else None,
        may_be_negative=window.item.may_be_negative,
    )  # fmt: skip


def _by_bill(window: Window, bill: Bill | None, per_day: int) -> Estimate | TooThin:
    """Spread the bill over the wanted slots by the weekday's shape; evenly where no shape is known, and say so."""
    if bill is None:
        return TooThin("no-bill", "请填写账单总量和账单期", "the bill's total and period are needed")
    inside = window.within(bill.start, bill.end)
    if (window.wanted & ~inside).any():
        return TooThin("bill-elsewhere", "账单期未包含要估算的时段", "the bill does not cover the span")
    shape = _shape(window, inside, per_day)
    made = from_bill(
        window.value[inside], window.wanted[inside], total=bill.total, shape=shape,
        may_be_negative=window.item.may_be_negative,
    )  # fmt: skip
    if isinstance(made, TooThin):
        return made
    whole = window.value.copy()
    whole[inside] = made.values
    return Estimate(whole, made.method, {**made.basis, "by_weekday_shape": int(shape is not None)})


def _shape(window: Window, inside: Mask, per_day: int) -> Series | None:
    if not per_day:
        return None
    shape, _weeks = weekday_shape(window.value, window.wanted, slots_per_day=per_day)
    wanted = shape[window.wanted]
    return None if np.isnan(wanted).any() or not wanted.sum() > 0 else shape[inside]
