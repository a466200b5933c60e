"""Estimates (估算) for slots that nobody measured, or whose measurement a person rejects.

Every function takes a series of one item, its slots in order and of one length, and ``wanted``: which of them to
estimate. It gives an :class:`Estimate`, the whole series with only the wanted slots changed, or :class:`TooThin`, which
says why nothing can be said. What a wanted slot held is never looked at: estimating twice gives the same again.

The methods are engineering practice, not a rule of a standard; their limits are ours (本平台设定) and shown
with the result.

A night is missing at a plant that works by day. A straight line between evening and morning invents consumption, the
same weekday of earlier weeks does not:

>>> day = [0.0] * 8 + [10.0] * 8 + [0.0] * 8
>>> series = np.array(day * 28 + [0.0] * 8 + [10.0] * 8 + [np.nan] * 7 + [0.0])
>>> made = weekday_profile(series, np.isnan(series), slots_per_day=24)
>>> float(made.values[-8:].sum())
0.0
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Series = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

WEEKS = 4
"""The profile is taken from so many earlier weeks …"""
MIN_WEEKS = 2
"""… of which so many must be known in every wanted slot (ours)."""
MIN_NEIGHBOURS = 4
"""So many known slots around a run set its level (ours)."""
FARTHEST_LEVEL = 5.0
"""A level so many times above or below the profile says that the profile is not this gap's (ours)."""
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Estimate:
    """The whole series with the wanted slots filled; ``basis`` says on what grounds, as plain values."""

    values: Series
    method: str
    basis: Mapping[str, float | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TooThin:
    """Why there is no estimate: a stable code, the reason in two languages, what was there against what is needed."""

    code: str
    reason_zh: str
    reason_en: str
    basis: Mapping[str, float | int] = field(default_factory=dict)


def in_span(starts: npt.NDArray[np.datetime64], start: np.datetime64, end: np.datetime64) -> Mask:
    """Tell which slots begin in the half-open span ``[start, end)``."""
    return (starts >= start) & (starts < end)


def runs(wanted: Mask) -> list[tuple[int, int]]:
    """Give the half-open index ranges of consecutive wanted slots.

    >>> runs(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], wanted, [False])).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def linear(values: Series, wanted: Mask, *, max_slots: int | None = None, may_be_negative: bool = False) -> (
    Estimate | TooThin
):  # fmt: skip
    """Draw a straight line from the last known slot before each run to the first one after it.

    Right for short gaps only: it knows neither shifts nor nights. Refuses a run at the edge of the series, one whose
    neighbour is not known, and one longer than ``max_slots``.
    """
    known = _known(values, wanted)
    longest = 0
    for first, last in runs(wanted):
        longest = max(longest, last - first)
        if first == 0 or last == len(known) or np.isnan(known[first - 1]) or np.isnan(known[last]):
            return _thin("no-neighbour", "缺口一侧没有已知值，不能线性内插", "a gap has no known value on one side")
        ends = known[first - 1], known[last]
        known[first:last] = np.linspace(*ends, last - first + 2)[1:-1]
    if max_slots is not None and longest > max_slots:
        return _thin(
            "gap-too-long", f"缺口 {longest} 个时段，线性内插限 {max_slots} 个",
            f"the gap has {longest} slots, a straight line may bridge {max_slots}",
            longest_slots=longest, max_slots=max_slots,
        )  # fmt: skip
    return _checked(known, wanted, "linear", may_be_negative, longest_slots=longest)


def weekday_profile(
    values: Series, wanted: Mask, *, slots_per_day: int, weeks: int = WEEKS, may_be_negative: bool = False
) -> Estimate | TooThin:
    """Take the median of the same slot of the same weekday in earlier weeks, scaled to the level around each run.

    The series must reach back over the earlier weeks. The level is the sum of the known slots before and after the
    run, on each side as many as the run has, at least two hours and at most a day (of day records: a week), against
    what the profile says of the same slots; where too few of these are known, of a whole day. Public holidays are not
    known here: a holiday is estimated as its weekday, and a profile that holds holidays is too low; a person looks.
    """
    profile, count = weekday_shape(values, wanted, slots_per_day=slots_per_day, weeks=weeks)
    fewest = int(count[wanted].min(initial=weeks))
    if fewest < MIN_WEEKS:
        return _thin(
            "too-few-weeks", f"同星期同时段只有 {fewest} 周有值，至少 {MIN_WEEKS} 周",
            f"the same weekday is known in {fewest} earlier weeks, {MIN_WEEKS} are needed",
            known_weeks=fewest, needed_weeks=MIN_WEEKS,
        )  # fmt: skip
    result, ratios = _known(values, wanted), []
    for first, last in runs(wanted):
        level = _level_of(_known(values, wanted), profile, (first, last), slots_per_day)
        if isinstance(level, TooThin):
            return level
        ratios.append(level)
        result[first:last] = profile[first:last] * level
    basis = {"known_weeks": fewest, "level_ratio": float(np.mean(ratios)) if ratios else 1.0}
    return _checked(result, wanted, "weekday-profile", may_be_negative, **basis)


def weekday_shape(
    values: Series, wanted: Mask, *, slots_per_day: int, weeks: int = WEEKS
) -> tuple[Series, npt.NDArray[np.int64]]:
    """Give the unscaled profile of every slot (NaN where no earlier week is known) and how many weeks it rests on."""
    known, week = _known(values, wanted), slots_per_day * DAYS_A_WEEK
    earlier = np.full((weeks, len(known)), np.nan)
    for number in range(1, weeks + 1):
        shift = min(number * week, len(known))
        earlier[number - 1, shift:] = known[: len(known) - shift]
    count = (~np.isnan(earlier)).sum(axis=0)
    profile = np.full(len(known), np.nan)
    some = count > 0
    if some.any():
        profile[some] = np.nanmedian(earlier[:, some], axis=0)
    return profile, count


def _reach(length: int, slots_per_day: int) -> int:
    """Give how many slots on each side set the level of a run."""
    if slots_per_day < DAYS_A_WEEK:
        return DAYS_A_WEEK
    return min(slots_per_day, max(length, slots_per_day // 12, MIN_NEIGHBOURS))


def _level_of(known: Series, profile: Series, run: tuple[int, int], slots_per_day: int) -> float | TooThin:
    """Give the level of the near hours, or of a whole day where they hold too little."""
    first, last = run
    level: float | TooThin = 1.0
    for reach in (_reach(last - first, slots_per_day), max(slots_per_day, DAYS_A_WEEK)):
        level = _level(known, profile, slice(max(0, first - reach), last + reach))
        if not isinstance(level, TooThin) or level.code != "too-few-neighbours":
            break
    return level


def _level(known: Series, profile: Series, around: slice) -> float | TooThin:
    """Give how far the surroundings lie above or below the profile."""
    both = ~np.isnan(known[around]) & ~np.isnan(profile[around])
    count = int(both.sum())
    if count < MIN_NEIGHBOURS:
        return _thin(
            "too-few-neighbours", f"缺口前后只有 {count} 个可比时段，至少 {MIN_NEIGHBOURS} 个",
            f"only {count} slots around the gap can be compared, {MIN_NEIGHBOURS} are needed",
            known_neighbours=count, needed_neighbours=MIN_NEIGHBOURS,
        )  # fmt: skip
    here, usual = math.fsum(known[around][both]), math.fsum(profile[around][both])
    if here == usual:
        return 1.0
    if usual == 0 or here / usual < 0:
        return _thin("no-level", "往周同时段合计为零，无法定水平", "the profile around the gap sums to nothing")
    level = here / usual
    if not 1 / FARTHEST_LEVEL <= level <= FARTHEST_LEVEL and here:
        return _thin(
            "level-far", f"缺口前后为往周同时段的 {level:.1f} 倍，形状不适用",
            f"around the gap {level:.1f} times the profile is used; it does not fit", level_ratio=level,
        )  # fmt: skip
    return level


def from_sub_meters(
    values: Series,
    wanted: Mask,
    *,
    parts: npt.NDArray[np.float64],
    whole: Series | None = None,
    may_be_negative: bool = False,
) -> Estimate | TooThin:
    """Take the sum of the parts (``parts`` is parts × slots), or, with ``whole``, the whole less the other parts.

    Refuses when one of them is not known in a wanted slot, or when the others exceed the whole. ``agreement_ratio`` in
    the basis says how well the same sum met the measured values in the other slots: losses and what has no meter are
    not added.
    """
    if not len(parts):
        return _thin("no-parts", "没有可用的下级表计", "there are no sub-meters")
    total = parts.sum(axis=0)
    if whole is not None:
        total = whole - total
    unknown = int(np.isnan(total[wanted]).sum())
    if unknown:
        return _thin(
            "part-unknown", f"{unknown} 个时段有分表或总表缺值", f"in {unknown} slots a meter it rests on is not known",
            unknown_slots=unknown,
        )  # fmt: skip
    known = _known(values, wanted)
    both = ~np.isnan(known) & ~np.isnan(total)
    measured, summed = math.fsum(known[both]), math.fsum(total[both])
    basis: dict[str, float] = {"parts": len(parts), "compared_slots": int(both.sum())}
    if summed:
        basis["agreement_ratio"] = measured / summed
    method = "sub-meters" if whole is None else "plant-minus-others"
    return _checked(np.where(wanted, total, known), wanted, method, may_be_negative, **basis)


def from_bill(
    values: Series, wanted: Mask, *, total: float, shape: Series | None = None, may_be_negative: bool = False
) -> Estimate | TooThin:
    """Spread what a known total of the whole series leaves over the wanted slots, by ``shape`` (evenly without one).

    The sum of the result is ``total`` exactly (``math.fsum``). Refuses when another slot is not known either, when the
    known slots exceed the total, and when the shape says nothing of a wanted slot.
    """
    known = _known(values, wanted)
    others = int(np.isnan(known[~wanted]).sum())
    if others:
        return _thin(
            "period-has-gaps", f"账单期内另有 {others} 个时段缺值，须一并估算",
            f"{others} other slots of the bill's period are not known; estimate them too", unknown_slots=others,
        )  # fmt: skip
    weights = (np.ones(len(known)) if shape is None else np.maximum(shape, 0.0))[wanted]
    if not len(weights) or np.isnan(weights).any() or not weights.sum() > 0:
        return _thin("no-shape", "没有可用的用能形状", "no shape is known for the wanted slots")
    rest = math.fsum([total, *(-known[~wanted])])
    if rest < 0 and not may_be_negative:
        return _thin(
            "bill-exceeded", "已知时段合计超过账单", "the known slots exceed the bill", excess=-rest,
        )  # fmt: skip
    known[wanted] = rest * (weights / weights.sum())
    _meet(known, np.flatnonzero(wanted)[int(weights.argmax())], total)
    return _checked(known, wanted, "bill", may_be_negative, bill_total=total, spread=rest)


def _meet(values: Series, place: int, total: float) -> None:
    """Put what rounding left over into one slot, so that the sum is the total to the last bit."""
    for _ in range(4):
        gap = math.fsum([total, *(-values)])
        if gap == 0:
            return
        values[place] += gap


def _known(values: Series, wanted: Mask) -> Series:
    """Copy the series without what the wanted slots hold."""
    return np.where(wanted, np.nan, values)


def _thin(code: str, zh: str, en: str, **basis: float) -> TooThin:
    return TooThin(code, zh, en, basis)


def _checked(values: Series, wanted: Mask, method: str, may_be_negative: bool, **basis: float) -> Estimate | TooThin:
    """Give the estimate; none that says a quantity is negative which cannot be."""
    lowest = float(values[wanted].min(initial=0.0))
    if lowest < 0 and not may_be_negative:
        return _thin("negative", "估算得负值，该数据项不允许", "the estimate is negative, which this item cannot be")
    return Estimate(values, method, {"wanted_slots": int(wanted.sum()), **basis})
