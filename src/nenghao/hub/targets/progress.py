"""How targets stand at the end of a month (目标进度): due and reached, by owner, from one frame of figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from nenghao.accounting.targets import (
    IntensityProgress,
    TotalProgress,
    allowed_total,
    grade,
    intensity_reached,
    required_drop,
)
from nenghao.hub.targets.frames import MONTHS, Frame, Matrix
from nenghao.hub.targets.models import WHOLE_PLAN, Plan, RegionStatistic, Target, TargetKind
from nenghao.hub.targets.owners import Owner
from nenghao.hub.targets.region_progress import NO_FIGURES, intensity_by_statistics
from nenghao.hub.targets.statistics import Statistics, distinct
from nenghao.reference.grading import GradingRule, LevelPart

Mask = npt.NDArray[np.bool_]
Rules = Mapping[TargetKind, GradingRule]
"""The grading rule by kind of target."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one target of one owner stands after the months so far of a year.

    ``why`` names what keeps it from being told: ``no-figures``, ``no-statistics``, ``no-year-before``, ``no-base``,
    ``prices-differ``; empty when it is told. ``covered`` of its enterprises have figures for every month so far. A
    region judged by published statistics has ``by_statistics``, and their ``figures``.
    """

    owner: Owner
    kind: TargetKind
    progress: IntensityProgress | TotalProgress
    level: LevelPart | None
    target: Target
    why: str
    covered: int
    is_unverified: bool
    by_statistics: bool = False
    figures: tuple[RegionStatistic, ...] = ()

    @property
    def due(self) -> float:
        """Drop due (a fraction) or tce allowed by now."""
        return self.progress.due if isinstance(self.progress, IntensityProgress) else self.progress.allowed_tce

    @property
    def reached(self) -> float | None:
        """Drop reached (a fraction) or tce used so far."""
        return self.progress.reached if isinstance(self.progress, IntensityProgress) else self.progress.used_tce

    @property
    def severity(self) -> int:
        """Rank for sorting; what cannot be told stands before green."""
        return -1 if self.level is None else self.level.severity


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when progress is asked for: the plan, its figures, the month (its first day).

    ``statistics`` are those of its regions, where the plan says that they count.
    """

    plan: Plan
    frame: Frame
    month: date
    statistics: Statistics | None = None

    @property
    def so_far(self) -> slice:
        """Columns of the year's months so far."""
        return self.frame.months(self.month.year, self.month.month)

    @property
    def same_time(self) -> slice:
        """Columns of the same months a year earlier."""
        return self.frame.months(self.month.year - 1, self.month.month)

    @property
    def last_year(self) -> slice:
        """Columns of the whole year before."""
        return self.frame.months(self.month.year - 1)

    def statistics_of(self, owner: Owner) -> Statistics | None:
        """Give the statistics that an owner is judged by; None: it is judged by the accounts of its enterprises."""
        return self.statistics if owner.is_region else None

    def used_by_month(self, owner: Owner, year: int) -> list[float | None]:
        """Give the tce used from January to the end of every month of a year; None where it is not known."""
        statistics = self.statistics_of(owner)
        if statistics is not None:
            found = [statistics.energy(owner.code, year, month) for month in range(1, MONTHS + 1)]
            return [None if one is None else one.amount for one in found]
        tce = self.frame.tce[self.frame.rows(owner.members)][:, self.frame.months(year)]
        if not tce.size:
            return [None] * MONTHS
        unknown = np.isnan(tce).all(axis=0)
        whole = int(np.argmax(unknown)) if unknown.any() else tce.shape[1]  # a sum over an unknown month is not known
        added = np.cumsum(np.nansum(tce, axis=0))[:whole]
        return [*map(float, added), *[None] * (MONTHS - whole)]

    def allowed_by_month(self, owner: Owner, cap_tce: float) -> list[float | None]:
        """Give the tce of a cap allowed from January to the end of every month.

        In the shape of last year's months, None where it has a gap; by twelfths where last year is not complete.
        """
        before = self.used_by_month(owner, self.month.year - 1)
        whole = before[-1]
        if not whole:
            return [allowed_total(cap_tce, month) for month in range(1, MONTHS + 1)]
        return [None if so_far is None else cap_tce * so_far / whole for so_far in before]


def standings(moment: Moment, *, owners: Iterable[Owner], targets: Sequence[Target], rules: Rules) -> list[Standing]:
    """Give how every target of the owners stands at the end of the moment's month."""
    by_owner: dict[str, list[Target]] = {}
    for target in targets:
        by_owner.setdefault(target.owner_key, []).append(target)
    found = []
    for owner in owners:
        for kind in TargetKind:
            chosen = _in_force(by_owner.get(owner.key, []), kind, moment.month.year)
            if chosen is not None:
                compute = _intensity if kind is TargetKind.INTENSITY else _total
                found.append(compute(moment, owner, chosen, rules[kind]))
    return found


def _in_force(targets: Sequence[Target], kind: TargetKind, year: int) -> Target | None:
    """Give the target that counts in a year: its own, else the whole plan's."""
    own = {target.year: target for target in targets if target.kind == kind}
    return own.get(year) or own.get(WHOLE_PLAN)


def _total(moment: Moment, owner: Owner, target: Target, rule: GradingRule) -> Standing:
    place = moment.month.month - 1
    cap = target.cap_tce or 0.0
    in_shape = moment.allowed_by_month(owner, cap)[place]
    allowed = allowed_total(cap, place + 1) if in_shape is None else in_shape
    last_year = moment.used_by_month(owner, moment.month.year - 1)
    before = last_year[place] if last_year[-1] is not None else None
    statistics = moment.statistics_of(owner)
    if statistics is not None:
        found = [statistics.energy(owner.code, year, place + 1) for year in (moment.month.year, moment.month.year - 1)]
        now = found[0]
        progress = TotalProgress(allowed, now.amount if now else None, before)
        figures = distinct(row for one in found if one is not None for row in one.figures)
        return _standing(moment, owner, target, progress, rule, why="" if now else NO_FIGURES, figures=figures)
    used, covered = known_sum(moment.frame.tce[moment.frame.rows(owner.members)][:, moment.so_far])
    progress = TotalProgress(allowed, used, before)
    why = "" if used is not None else "no-figures"
    return _standing(moment, owner, target, progress, rule, why=why, covered=covered)


def _intensity(moment: Moment, owner: Owner, target: Target, rule: GradingRule) -> Standing:
    statistics = moment.statistics_of(owner)
    if statistics is not None:
        judged = intensity_by_statistics(statistics, moment.plan, target, owner.code, moment.month)
        progress = IntensityProgress(_due(moment, target), judged.reached)
        return _standing(moment, owner, target, progress, rule, why=judged.why, figures=judged.figures)
    rows = moment.frame.rows(owner.members)
    tce, value = moment.frame.tce[rows], moment.frame.value_yuan[rows]
    now, same, covered = like_for_like(tce, value, moment.so_far, moment.same_time)
    last, base = _since_base(moment, target, tce, value) if target.year == WHOLE_PLAN else (same, same)
    progress = IntensityProgress(_due(moment, target), intensity_reached(base, last, now, same))
    return _standing(moment, owner, target, progress, rule, why=_why(now, same, base), covered=covered)


def _standing(
    moment: Moment, owner: Owner, target: Target, progress: IntensityProgress | TotalProgress, rule: GradingRule, *,
    why: str, covered: int = 0, figures: tuple[RegionStatistic, ...] = (),
) -> Standing:  # fmt: skip
    by_statistics = moment.statistics_of(owner) is not None
    rows = moment.frame.rows(owner.members)
    unverified = not by_statistics and bool(moment.frame.unverified[rows][:, moment.so_far].any())
    return Standing(
        owner, TargetKind(target.kind), progress, grade(rule, progress), target, why, covered, unverified,
        by_statistics, figures,
    )  # fmt: skip


def _due(moment: Moment, target: Target) -> float:
    drop_ratio = target.drop_ratio or 0.0
    return due_by(moment.plan, drop_ratio, moment.month) if target.year == WHOLE_PLAN else drop_ratio


def due_by(plan: Plan, drop_ratio: float, month: date) -> float:
    """Give the drop due at the end of a month of the plan: the years done, and the month's part of the running one."""
    year = min(plan.years, max(1, plan.year_no(month.year)))
    before, after = (required_drop(drop_ratio, no, plan.years, plan.form) for no in (year - 1, year))  # type: ignore[arg-type]
    return before + (after - before) * month.month / MONTHS


def _why(now: float | None, same: float | None, base: float | None) -> str:
    if now is None:
        return "no-figures"
    return "no-year-before" if same is None else "no-base" if base is None else ""


def _since_base(moment: Moment, target: Target, tce: Matrix, value: Matrix) -> tuple[float | None, float | None]:
    """Give the intensity of last year and of the base year [tce/yuan]; a base that the target states is taken."""
    if target.base_tce and target.base_value_yuan:
        whole = _whole(tce, value, moment.last_year)
        return _ratio(tce, value, moment.last_year, whole), target.base_tce / target.base_value_yuan
    base_year = moment.frame.months(moment.plan.base_year)
    last, base, _ = like_for_like(tce, value, moment.last_year, base_year)
    return last, base


def like_for_like(tce: Matrix, value: Matrix, now: slice, before: slice) -> tuple[float | None, float | None, int]:
    """Give the intensity [tce/yuan] of two spans over the same enterprises, and how many have figures for ``now``.

    Only enterprises with every month of both spans count, on both sides: one that joined later, or lost a month, would
    change the mean by its kind and not by its saving. Without any such enterprise, whichever span is known is given.
    """
    both, present = _whole(tce, value, before), _whole(tce, value, now)
    shared = both & present
    if not shared.any():
        return _ratio(tce, value, now, present), None, int(present.sum())
    return _ratio(tce, value, now, shared), _ratio(tce, value, before, shared), int(present.sum())


def _whole(tce: Matrix, value: Matrix, span: slice) -> Mask:
    known = ~(np.isnan(tce[:, span]) | np.isnan(value[:, span]))
    return known.all(axis=1) & (known.shape[1] == span.stop - span.start)


def _ratio(tce: Matrix, value: Matrix, span: slice, rows: Mask) -> float | None:
    amount = float(value[rows, span].sum())
    return float(tce[rows, span].sum()) / amount if amount > 0 else None


def whole_sum(tce: Matrix) -> float | None:
    """Sum a span of which every month of some enterprise is known, over these enterprises; None when there is none."""
    whole = ~np.isnan(tce).any(axis=1) if tce.size else np.zeros(0, dtype=bool)
    return float(tce[whole].sum()) if whole.any() else None


def known_sum(tce: Matrix) -> tuple[float | None, int]:
    """Sum what is known, and count the enterprises whose every month is; None when nothing is known."""
    if not tce.size or np.isnan(tce).all():
        return None, 0
    return float(np.nansum(tce)), int((~np.isnan(tce)).all(axis=1).sum())
