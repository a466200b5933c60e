"""Scoring an assessment sheet (节能目标责任评价考核): facts and judgements in, points with their reasons out.

Self score, review score and override stand side by side; the last one given counts. Nothing is guessed: an item whose
facts are not all known has no computed points, and a sheet with an open or unreachable item has no grade.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nenghao.errors import NenghaoError
from nenghao.reference.assessment import (
    Accrual,
    AllOrNothing,
    Bonus,
    Cases,
    Deduction,
    GradePart,
    Judged,
    Ladder,
    Linear,
    Sheet,
    SheetItem,
    Unreachable,
)

ROUNDING = 9
Facts = Mapping[str, float | bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one item.

    ``facts`` by the names that the item's rule asks for; ``judged`` points by part (or under the item's own key) given
    in the self-assessment and in the review. ``override`` replaces everything and needs its ``reason``.
    """

    facts: Facts = field(default_factory=dict)
    self_points: Mapping[str, float] = field(default_factory=dict)
    review_points: Mapping[str, float] = field(default_factory=dict)
    not_applicable: bool = False
    override: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ItemScore:
    """The points of one item; None: not known. ``final`` is override, else review, else computed, else self score.

    ``final`` may rise above the item's points only by its bonus, which is in it. ``missing`` names the facts that are
    still needed.
    """

    item: SheetItem
    computed: float | None
    self_score: float | None
    review_score: float | None
    bonus: float
    final: float | None
    not_applicable: bool
    missing: tuple[str, ...]

    @property
    def lost(self) -> float | None:
        """Points lost; a bonus does not make up for them."""
        return None if self.final is None else max(0.0, self.item.points - (self.final - self.bonus))


@dataclass(frozen=True, slots=True)
class SheetScore:
    """A sheet's result.

    ``points`` is the sum of what is known, ``open_points`` what is not decided yet, ``unreachable_points`` what the
    source does not let anybody score. ``vetoed_by`` are the items that decide against everything. ``grade`` is None
    while anything is open or unreachable, unless a veto decides, or where the sheet has no grades.
    """

    sheet: Sheet
    items: tuple[ItemScore, ...]
    points: float
    open_points: float
    unreachable_points: float
    vetoed_by: tuple[str, ...]
    grade: GradePart | None

    @property
    def is_unverified(self) -> bool:
        """Whether 待核 must stand beside the result: a scored item's or the grades' source is unverified."""
        scored = any(one.item.status == "unverified" and one.final is not None for one in self.items)
        return scored or (self.grade is not None and self.sheet.grades_status == "unverified")


def score_sheet(sheet: Sheet, answers: Mapping[str, Answer]) -> SheetScore:
    """Score a sheet from the answers by item key; an item without an answer is open."""
    unknown = sorted(set(answers) - {item.key for item in sheet.items})
    if unknown:
        raise NenghaoError(
            "sheet-item-unknown", f"评分表没有指标「{unknown[0]}」", f"the sheet has no item {unknown[0]!r}",
            record=sheet.key, field=unknown[0],
        )  # fmt: skip
    items = tuple(score_item(item, answers.get(item.key, Answer())) for item in sheet.items)
    reachable = [one for one in items if not isinstance(one.item.rule, Unreachable)]
    open_points = sum(one.item.points for one in reachable if one.final is None)
    unreachable = sum(one.item.points for one in items) - sum(one.item.points for one in reachable)
    points = round(sum(one.final for one in items if one.final is not None), ROUNDING)
    vetoed = tuple(one.item.key for one in reachable if _vetoes(one))
    return SheetScore(
        sheet, items, points, open_points, unreachable, vetoed,
        _grade(sheet, points, vetoed, known=not open_points and not unreachable and sheet.is_complete),
    )  # fmt: skip


def _grade(sheet: Sheet, points: float, vetoed: tuple[str, ...], *, known: bool) -> GradePart | None:
    if not sheet.grades:
        return None
    if vetoed:
        return sheet.grades[-1]
    return next((grade for grade in sheet.grades if points >= grade.from_points), None) if known else None


def _vetoes(one: ItemScore) -> bool:
    """Whether a target with a veto was missed: less than its full points, without its bonus."""
    return one.item.veto and one.final is not None and round(one.final - one.bonus - one.item.points, ROUNDING) < 0


def score_item(item: SheetItem, answer: Answer) -> ItemScore:
    """Score one item; what does not fit the item is refused."""
    _check(item, answer)
    computed, missing = _computed(item, answer.facts)
    self_score, review = (_given(item, points) for points in (answer.self_points, answer.review_points))
    bonus = _bonus(item.bonus, answer.facts)
    if answer.not_applicable:
        final: float | None = item.points
    elif answer.override is not None:
        final = answer.override
    else:
        base = next((one for one in (review, computed, self_score) if one is not None), None)
        final = None if base is None else base + bonus
    kept = bonus if answer.override is None and not answer.not_applicable and final is not None else 0.0
    return ItemScore(item, computed, self_score, review, kept, final, answer.not_applicable, missing)


def _check(item: SheetItem, answer: Answer) -> None:
    if answer.not_applicable and not item.may_not_apply:
        raise _refused(item, "该项不能标为不涉及", "this item cannot be marked as not applicable", "not_applicable")
    if answer.override is not None:
        if not answer.reason.strip():
            raise _refused(item, "改判须写明理由", "an override needs its reason", "reason")
        if not 0 <= answer.override <= item.points + (item.bonus.at_most if item.bonus else 0):
            raise _refused(item, f"须在 0 与 {item.points:g} 之间", f"from 0 to {item.points:g}", "override")
    limits = _limits(item)
    for given in (answer.self_points, answer.review_points):
        for key, points in given.items():
            if key not in limits or not 0 <= points <= limits[key]:
                most = limits.get(key, 0)
                raise _refused(item, f"「{key}」须在 0 与 {most:g} 之间", f"{key}: from 0 to {most:g}", key)


def _limits(item: SheetItem) -> dict[str, float]:
    """Give the most points of each thing a person may score: the parts, or the item as a whole."""
    if isinstance(item.rule, Unreachable):
        return {}
    if isinstance(item.rule, Judged) and item.rule.parts:
        return {part.key: part.points for part in item.rule.parts}
    return {item.key: item.points}


def _given(item: SheetItem, points: Mapping[str, float]) -> float | None:
    """Sum a person's points; None while a part has none."""
    wanted = _limits(item)
    return sum(points[key] for key in wanted) if wanted and all(key in points for key in wanted) else None


def _computed(item: SheetItem, facts: Facts) -> tuple[float | None, tuple[str, ...]]:
    """Apply the item's rule; None with the names of the facts that are missing."""
    if isinstance(item.rule, Cases):
        return _cases(item.rule, facts)
    missing = tuple(name for name in fact_names(item) if name not in facts)
    compute = _RULES.get(type(item.rule))
    if compute is None or missing:
        return None, missing
    return round(compute(item, facts), ROUNDING), ()


def _cases(rule: Cases, facts: Facts) -> tuple[float | None, tuple[str, ...]]:
    """Give the points of the first case that holds; a fact that no longer decides is not asked for."""
    for case in rule.cases:
        if any(name in facts and bool(facts[name]) != wanted for name, wanted in case.when.items()):
            continue
        missing = tuple(name for name in case.when if name not in facts)
        return (None, missing) if missing else (case.points, ())
    return 0.0, ()


def fact_names(item: SheetItem) -> tuple[str, ...]:
    """Name the facts that an item's rule may ask for, without those of its bonus."""
    rule = item.rule
    if isinstance(rule, AllOrNothing):
        return (rule.fact,)
    if isinstance(rule, Ladder | Linear):
        return (rule.measure,)
    if isinstance(rule, Accrual | Deduction):
        return (rule.count,)
    if isinstance(rule, Cases):
        return tuple(dict.fromkeys(name for case in rule.cases for name in case.when))
    return ()


def _ladder(item: SheetItem, facts: Facts) -> float:
    rule = item.rule
    assert isinstance(rule, Ladder)
    value = round(float(facts[rule.measure]), ROUNDING)
    reached = (
        points for bound, points in rule.steps if (value >= bound if rule.comparison == ">=" else value <= bound)
    )
    return next(reached, 0.0)


def _all_or_nothing(item: SheetItem, facts: Facts) -> float:
    assert isinstance(item.rule, AllOrNothing)
    return item.points if facts[item.rule.fact] else 0.0


def _accrual(item: SheetItem, facts: Facts) -> float:
    assert isinstance(item.rule, Accrual)
    return min(item.points, item.rule.each * float(facts[item.rule.count]))


def _deduction(item: SheetItem, facts: Facts) -> float:
    assert isinstance(item.rule, Deduction)
    return max(0.0, item.points - item.rule.each * float(facts[item.rule.count]))


def _linear(item: SheetItem, facts: Facts) -> float:
    assert isinstance(item.rule, Linear)
    return min(item.points, max(0.0, item.rule.constant + item.rule.slope * float(facts[item.rule.measure])))


_RULES: dict[type[Any], Callable[[SheetItem, Facts], float]] = {
    Ladder: _ladder, AllOrNothing: _all_or_nothing, Accrual: _accrual, Deduction: _deduction,
    Linear: _linear,
}  # fmt: skip


def _bonus(bonus: Bonus | None, facts: Facts) -> float:
    """Give the bonus: whole steps above the bound only; none where its measure is not known."""
    if bonus is None or bonus.measure not in facts:
        return 0.0
    steps = math.floor(round((float(facts[bonus.measure]) - bonus.above) / bonus.per, ROUNDING))
    return min(bonus.at_most, max(0, steps) * bonus.points)


def _refused(item: SheetItem, zh: str, en: str, field_name: str) -> NenghaoError:
    return NenghaoError("sheet-answer", zh, en, record=item.key, field=field_name)
