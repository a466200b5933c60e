"""What moved consumption (因素分解): LMDI-I, additive and multiplicative, exact.

E = Σᵢ Q · Sᵢ · Iᵢ: total activity Q (output value or value added), share Sᵢ = Qᵢ/Q, intensity Iᵢ = Eᵢ/Qᵢ of the groups
i (enterprises, industries, regions). The additive logarithmic mean Divisia index (Ang 2005) gives

    ΔE_x = Σᵢ L(Eᵢ¹, Eᵢ⁰) · ln(xᵢ¹ / xᵢ⁰),   L(a, b) = (a − b) / (ln a − ln b),  L(a, a) = a

whose three effects add up to ΔE exactly. Zeros are handled by their analytical limits (Ang & Liu 2007), the limit of
replacing a zero by δ → 0. A group that has neither activity nor energy in either period plays no part. Energy without
activity cannot be decomposed and is refused; it has no intensity.

>>> found = lmdi(before=Groups([100.0, 50.0], [10.0, 20.0]), after=Groups([110.0, 60.0], [12.0, 18.0]))
>>> round(found.activity + found.structure + found.intensity, 12), found.change
(20.0, 20.0)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nenghao.errors import NenghaoError

Floats = npt.NDArray[np.float64]


class Groups:
    """Energy [tce] and activity (e.g. value added in comparable prices) of the groups in one period, same order."""

    def __init__(self, energy: Sequence[float] | Floats, activity: Sequence[float] | Floats) -> None:
        self.energy = np.asarray(energy, dtype=np.float64)
        self.activity = np.asarray(activity, dtype=np.float64)
        if self.energy.shape != self.activity.shape or self.energy.ndim != 1:
            raise _refused("两列长度不同", "energy and activity differ in length")
        for values in (self.energy, self.activity):
            if not np.all(np.isfinite(values) & (values >= 0)):
                raise _refused("有缺失或负数", "a figure is missing or negative")
        if np.any((self.activity == 0) & (self.energy > 0)):
            raise _refused("有能耗而无产出的组", "a group used energy and has no activity")


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The effects [tce] on the change of consumption, of each group and summed.

    ``by_group`` has a row per group: activity, structure, intensity. The ``…_factor`` are the multiplicative form:
    their product is E¹/E⁰; ``None`` where a total is zero.
    """

    change: float
    activity: float
    structure: float
    intensity: float
    by_group: Floats
    activity_factor: float | None
    structure_factor: float | None
    intensity_factor: float | None

    @property
    def group_change(self) -> Floats:
        """The change of consumption of each group [tce]: the sum of its three effects."""
        return self.by_group.sum(axis=1)


@dataclass(frozen=True, slots=True)
class IntensityChange:
    """The change of total intensity [tce per unit of activity] by structure and by the groups' own intensities."""

    change: float
    structure: float
    intensity: float
    by_group: Floats


def log_mean(a: Floats, b: Floats) -> Floats:
    """Give the logarithmic mean of two columns; 0 where either is 0, which is its limit.

    >>> log_mean(np.array([2.0, 4.0, 0.0]), np.array([1.0, 4.0, 4.0])).round(6).tolist()
    [1.442695, 4.0, 0.0]
    """
    positive = (a > 0) & (b > 0)
    small, large = np.where(positive, np.minimum(a, b), 1.0), np.where(positive, np.maximum(a, b), 1.0)
    log_ratio = np.log1p((large - small) / small)
    # near equality (large − small)/log is 0/0: the mean of the two agrees with it to the rounding there
    close = log_ratio < 1e-8
    mean = np.where(close, (small + large) / 2, (large - small) / np.where(close, 1.0, log_ratio))
    return np.where(positive, mean, 0.0)


def lmdi(before: Groups, after: Groups) -> Decomposition:
    """Decompose the change of consumption between two periods over the same groups."""
    _same(before, after)
    by_group = _effects(before, after)
    total_0, total_1 = math.fsum(before.energy), math.fsum(after.energy)
    activity, structure, intensity = (math.fsum(by_group[:, column]) for column in range(3))
    factors = _factors([activity, structure, intensity], total_0, total_1)
    return Decomposition(total_1 - total_0, activity, structure, intensity, by_group, *factors)


def intensity_change(before: Groups, after: Groups) -> IntensityChange:
    """Decompose the change of total intensity (单位增加值能耗) into structure and the groups' own intensities.

    I = Σᵢ Sᵢ · Iᵢ: the same decomposition with the total activity held at one. Refused where a period has no activity.
    """
    _same(before, after)
    activity_0, activity_1 = math.fsum(before.activity), math.fsum(after.activity)
    if not activity_0 or not activity_1:
        raise _refused("某期没有产出", "a period has no activity")
    one = Groups(before.energy / activity_0, before.activity / activity_0)
    two = Groups(after.energy / activity_1, after.activity / activity_1)
    by_group = _effects(one, two)[:, 1:]
    change = math.fsum(two.energy) - math.fsum(one.energy)
    return IntensityChange(change, math.fsum(by_group[:, 0]), math.fsum(by_group[:, 1]), by_group)


def _effects(before: Groups, after: Groups) -> Floats:
    """Give activity, structure and intensity of each group; zeros by their limits.

    A group that appears (or vanishes) with its activity: ln S diverges while L → 0, and L·ln S → the whole change, so
    its change is structure. Where the energy alone is zero in one period, it is intensity. Where there is no activity
    at all in one period, it is activity.
    """
    q_0, q_1 = math.fsum(before.activity), math.fsum(after.activity)
    e_0, e_1, weight = before.energy, after.energy, log_mean(after.energy, before.energy)
    lively = weight > 0
    effects = np.zeros((len(e_0), 3))
    if q_0 > 0 and q_1 > 0:
        share = _log_ratio(after.activity / q_1, before.activity / q_0, lively)
        # through the energies, so that the three logarithms add up to ln(E¹/E⁰) whatever was rounded
        total = math.log(q_1 / q_0)
        own = _log_ratio(e_1, e_0, lively) - share - total
        effects[:] = weight[:, None] * np.stack([np.full(len(e_0), total), share, own], axis=1)
    rest = (e_1 - e_0) - effects.sum(axis=1)
    column = np.full(len(e_0), 0 if not (q_0 > 0 and q_1 > 0) else 2)
    crossing = (before.activity > 0) ^ (after.activity > 0)
    column[crossing & (column == 2)] = 1
    effects[np.arange(len(e_0)), column] += rest
    return effects


def _log_ratio(a: Floats, b: Floats, where: npt.NDArray[np.bool_]) -> Floats:
    return np.log(np.where(where, a, 1.0) / np.where(where, b, 1.0))


def _factors(sums: list[float], total_0: float, total_1: float) -> tuple[float | None, float | None, float | None]:
    """Give exp(ΔE_x / L(E¹, E⁰)): the multiplicative form of LMDI-I, consistent with the additive one."""
    weight = float(log_mean(np.array([total_1]), np.array([total_0]))[0])
    if weight == 0:
        return None, None, None
    first, second, third = (math.exp(effect / weight) for effect in sums)
    return first, second, third


def _same(before: Groups, after: Groups) -> None:
    if len(before.energy) != len(after.energy):
        raise _refused("两期的组不同", "the two periods have different groups")


def _refused(why_zh: str, why_en: str) -> NenghaoError:
    return NenghaoError(
        "decomposition-not-possible", f"不能分解: {why_zh}", f"cannot be decomposed: {why_en}",
        mend_zh="只比较两期都有完整数据的组", mend_en="compare only groups with complete figures in both periods",
    )  # fmt: skip
