"""How each check is done at first thought. Every one of these gives a wrong answer in a worked case (``[naive]``)."""

from __future__ import annotations

import numpy as np

from nenghao.quality import Block, CheckRule

from .check_cases import numbers


def _flags(bad: np.ndarray, flag: int) -> np.ndarray:
    return np.where(bad, flag, 1)


def _left(block: Block) -> np.ndarray:
    return np.concatenate((block.before[:, -1:], block.value[:, :-1]), axis=1)


def empty_is_missing(block: Block, rule: CheckRule) -> np.ndarray:
    return _flags(np.isnan(block.value), 9)


def hours_since_slot(block: Block, rule: CheckRule) -> np.ndarray:
    return _flags(block.delay_s > rule.suspect * 3600, 3)


def one_minute_for_all(block: Block, rule: CheckRule) -> np.ndarray:
    return _flags(np.abs(block.start_offset_s) > rule.fail, 4)


def rating_without_time(block: Block, rule: CheckRule) -> np.ndarray:
    return _flags(block.value > block.traits.max_rate[:, None], 4)


def far_from_last_known(block: Block, rule: CheckRule) -> np.ndarray:
    """A spike is what lies far from the last known value, whatever comes next and however long ago that was."""
    course = np.concatenate((block.before, block.value), axis=1)
    columns = np.where(np.isnan(course), 0, np.arange(course.shape[1]))
    filled = np.take_along_axis(course, np.maximum.accumulate(columns, axis=1), axis=1)
    steps = filled[:, block.before.shape[1] :] - filled[:, block.before.shape[1] - 1 : -1]
    return _flags(steps > rule.suspect * block.traits.high[:, None], 3)


def every_large_step(block: Block, rule: CheckRule) -> np.ndarray:
    return _flags(np.abs(block.value - _left(block)) > rule.suspect * block.traits.high[:, None], 3)


def equal_within_the_day(block: Block, rule: CheckRule) -> np.ndarray:
    """Counts equal values of the block only, zero or not."""
    flags = np.ones(block.shape, dtype=int)
    for row, values in enumerate(block.value):
        start = 0
        for slot in range(1, len(values) + 1):
            if slot == len(values) or values[slot] != values[start]:
                if slot - start >= rule.suspect:
                    flags[row, start:slot] = 3
                start = slot
    return flags


def any_below_zero(block: Block, rule: CheckRule) -> np.ndarray:
    return _flags(block.value < 0, 4)


def two_versions(block: Block, rule: CheckRule) -> np.ndarray:
    """Every second version counts, also the one that a person entered to settle it."""
    return _flags(block.contents + block.by_hand >= rule.suspect, 3)


def equal_curves(block: Block, rule: CheckRule) -> np.ndarray:
    share = np.mean(block.value == block.before, axis=1)
    return _flags(np.broadcast_to(share[:, None] >= rule.suspect, block.shape), 4)


def steady_quotient(block: Block, rule: CheckRule) -> np.ndarray:
    """All pairs whose quotient varies by less than two per cent."""
    bad = np.zeros(block.shape[0], dtype=bool)
    for one in range(block.shape[0]):
        for two in range(block.shape[0]):
            with np.errstate(divide="ignore", invalid="ignore"):
                quotient = block.value[one] / block.value[two]
            bad[one] |= one != two and np.std(quotient) < 0.02 * np.mean(quotient)
    return _flags(np.broadcast_to(bad[:, None], block.shape), 3)


def _grade(deviation: np.ndarray, rule: CheckRule) -> np.ndarray:
    return np.where(deviation > rule.fail, 4, np.where(deviation > rule.suspect, 3, 1))


def sum_what_is_there(given: dict, rule: CheckRule) -> np.ndarray:
    day = numbers(given["day"])
    total = np.array([np.nansum(numbers(row)) for row in given["hours"]])
    return _grade(100 * np.abs(total - day) / day, rule)


def over_the_sum(given: dict, rule: CheckRule) -> np.ndarray:
    month = numbers(given["month"])
    total = np.array([np.nansum(numbers(row)) for row in given["days"]])
    return _grade(100 * np.abs(total - month) / total, rule)


def unknown_is_zero(given: dict, rule: CheckRule) -> np.ndarray:
    plant, process = numbers(given["plant"]), np.nan_to_num(numbers(given["process"]))
    total = np.bincount(given["owner"], weights=process, minlength=plant.size)
    return _grade(100 * np.abs(total - plant) / plant, rule)


def bought_is_burnt(given: dict, rule: CheckRule) -> np.ndarray:
    bought, burnt = numbers(given["purchase"]), numbers(given["consumption"])
    return _grade(100 * np.abs(bought - burnt) / burnt, rule)


def over_own_figure(given: dict, rule: CheckRule) -> np.ndarray:
    supplier, own = np.nan_to_num(numbers(given["supplier"])), numbers(given["own"])
    return _grade(100 * np.abs(own - supplier) / own, rule)


def last_day_is_outside(given: dict, rule: CheckRule) -> np.ndarray:
    day, until = (np.array(given[name], dtype="datetime64[D]") for name in ("day", "valid_until"))
    return np.where(day >= until, 3, 1)


def distance_over_the_end(given: dict, rule: CheckRule) -> np.ndarray:
    """Below the range one divides by the range's end, so that nothing is ever 100 % too small."""
    low, high, measured = (numbers(given[name]) for name in ("naive_low", "naive_high", "measured"))
    return _grade(100 * np.maximum(measured / high - 1, 1 - measured / low), rule)


NAIVE = {
    version.__name__: version
    for version in (
        empty_is_missing, hours_since_slot, one_minute_for_all, rating_without_time, far_from_last_known,
        every_large_step, equal_within_the_day, any_below_zero, two_versions, equal_curves, steady_quotient,
        sum_what_is_there, over_the_sum, unknown_is_zero, bought_is_burnt, over_own_figure, last_day_is_outside,
        distance_over_the_end,
    )
}  # fmt: skip
