"""What an intensity target comes to in energy saved (节能量) [tce], as the yearly energy-use report asks for it.

The savings are those by output value of GB/T 13234-2018 (unverified, 待核): a difference of intensity times the year's
value. A target of a drop becomes energy by the same formula: the drop that is due times the intensity it starts from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from nenghao.accounting.targets import saved_tce, year_drop
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.targets.frames import MONTHS, Frame, load_frame
from nenghao.hub.targets.models import WHOLE_PLAN, Plan, Target, TargetKind
from nenghao.hub.targets.owners import enterprise_key
from nenghao.hub.targets.progress import due_by
from nenghao.hub.targets.services import current_targets, plan_for
from nenghao.readings import ReadingStore


@dataclass(frozen=True, slots=True)
class Savings:
    """Energy to be saved and saved [tce] under the intensity target of an enterprise; None: not known.

    ``year_…`` is against the year before, ``cumulative_…`` against the plan's base, ``plan_due`` what the whole plan
    asks for in its last year, at the value expected then.
    """

    plan: Plan
    year_due: float | None = None
    year_saved: float | None = None
    cumulative_due: float | None = None
    cumulative_saved: float | None = None
    plan_due: float | None = None


@dataclass(frozen=True, slots=True)
class _Year:
    """Energy [tce] and value [yuan] of twelve months, all of them known."""

    tce: float
    value: float

    @property
    def intensity(self) -> float:
        """Energy per value [tce/yuan]."""
        return self.tce / self.value


def savings(*, store: ReadingStore, enterprise: Enterprise, year: int) -> Savings | None:
    """Give the savings of an enterprise (loaded with its region) in a year; None where it bears no such target."""
    return savings_of(store=store, enterprises=[enterprise], year=year).get(enterprise.pk)


def savings_of(*, store: ReadingStore, enterprises: Sequence[Enterprise], year: int) -> dict[int, Savings]:
    """Give the savings of those that bear an intensity target, by id; a few queries for each plan and region."""
    plans = {path: plan_for(path, year) for path in {one.region.path for one in enterprises}}
    found: dict[int, Savings] = {}
    for plan in {plan.pk: plan for plan in plans.values() if plan is not None}.values():
        members = [one for one in enterprises if plans[one.region.path] == plan]
        frame = load_frame(
            store=store, plan=plan, enterprise_ids=[one.pk for one in members], until=date(year + 1, 1, 1)
        )
        targets: dict[str, dict[int, Target]] = {}
        for row in current_targets(plan, [enterprise_key(one.code) for one in members]).filter(
            kind=TargetKind.INTENSITY
        ):
            targets.setdefault(row.owner_key, {})[row.year] = row
        for one in members:
            own = _savings(plan, targets.get(enterprise_key(one.code), {}), frame.of(one.pk), year)
            if own is not None:
                found[one.pk] = own
    return found


def _savings(plan: Plan, targets: Mapping[int, Target], frame: Frame, year: int) -> Savings | None:
    whole, own = targets.get(WHOLE_PLAN), targets.get(year)
    if whole is None and own is None:
        return None
    now, found = _year(frame, year), Savings(plan, plan_due=_plan_due(plan, whole, frame))
    return found if now is None else _so_far(found, now, frame, whole=whole, own=own, year=year)


def _so_far(
    found: Savings, now: _Year, frame: Frame, *, whole: Target | None, own: Target | None, year: int
) -> Savings:  # fmt: skip
    """Add what the year that is over says."""
    before = _year(frame, year - 1)
    if before is not None:
        drop = _drop_of_year(found.plan, whole, own, year)
        found = replace(
            found, year_saved=saved_tce(before.intensity, now.intensity, now.value),
            year_due=None if drop is None else before.intensity * drop * now.value,
        )  # fmt: skip
    base = None if whole is None else _base(found.plan, whole, frame)
    if whole is None or base is None:
        return found
    due = due_by(found.plan, whole.drop_ratio or 0.0, date(year, MONTHS, 1))
    return replace(
        found, cumulative_saved=saved_tce(base, now.intensity, now.value), cumulative_due=base * due * now.value
    )


def _year(frame: Frame, year: int) -> _Year | None:
    if year < frame.first_year:
        return None
    tce, value = frame.tce[0, frame.months(year)], frame.value_yuan[0, frame.months(year)]
    known = len(tce) == MONTHS and not bool(np.isnan(tce + value).any())
    amount = float(value.sum()) if known else 0.0
    return _Year(float(tce.sum()), amount) if amount > 0 else None


def _drop_of_year(plan: Plan, whole: Target | None, own: Target | None, year: int) -> float | None:
    """Give the drop due within the year: its own target's, else the year's part of the whole plan's."""
    if own is not None:
        return own.drop_ratio
    if whole is None or whole.drop_ratio is None:
        return None
    return year_drop(whole.drop_ratio, plan.year_no(year), plan.years, plan.form)  # type: ignore[arg-type]


def _base(plan: Plan, whole: Target, frame: Frame) -> float | None:
    """Give the intensity of the base year: as the target states it, else as it is known."""
    if whole.base_tce and whole.base_value_yuan:
        return whole.base_tce / whole.base_value_yuan
    year = _year(frame, plan.base_year)
    return None if year is None else year.intensity


def _plan_due(plan: Plan, whole: Target | None, frame: Frame) -> float | None:
    """Give what is to be saved in the last year, where the target says which value is expected then."""
    if whole is None or not whole.drop_ratio or not whole.planned_value_yuan:
        return None
    base = _base(plan, whole, frame)
    return None if base is None else base * whole.drop_ratio * whole.planned_value_yuan
