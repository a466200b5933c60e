"""What must be mended to reach a score (整改建议): the fewest mends, largest gain first, each recomputed exactly.

A mend is what a person can still do about the past: fill in what is missing, correct what failed, confirm what is
suspect, verify a meter. What cannot be mended (a day that was not on line, a record that came late) is named with the
points that stay lost.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nenghao.quality.measures import Measures
from nenghao.quality.scheme import Scheme
from nenghao.quality.scores import IndexScore, Score, score

NOTHING_GAINED = 1e-9
ALIKE = 0.99
"""Gains within 1 % of each other count as equal: telling them apart would cost a look at every mend at every step."""
WHOLE_ENTERPRISE = 0
_RECORD_REASONS = ("missing", "fail", "suspect", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """Something that can be mended: ``records`` of one data item (0: of the enterprise) for one reason.

    ``reason`` is ``missing``, ``fail``, ``suspect``, ``unknown``, the code of a check, or one of ``meter-unknown``,
    ``meter-invalid``, ``month-inconsistent``, ``day-start``, ``month-start``, ``imbalance``, ``indicator-absent``.
    ``change`` is what mending all its records does to the measures, in proportion when only some are mended; ``once``
    what mending any of them does. ``divisible``: some of the records may be mended without the others.
    """

    item_id: int
    reason: str
    records: int
    change: Mapping[str, float]
    once: Mapping[str, float] = field(default_factory=dict)
    divisible: bool = True

    def applied(self, measures: Measures, records: int) -> Measures:
        """Give the measures after mending so many of the records."""
        share = records / self.records
        change = {name: amount * share for name, amount in self.change.items()}
        return measures.plus(change | {name: change.get(name, 0.0) + more for name, more in self.once.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One mend of the plan: how many records, the points it gains (by index, and in all) and the total after it.

    In a verdict scheme a gain is how much of the shortfall against the thresholds it takes away (a ratio).
    """

    mend: Mend
    records: int
    gain: float
    gains: Mapping[str, float]
    after: Score

    @property
    def index(self) -> str:
        """The index that gains most."""
        return max(self.gains, key=lambda code: (self.gains[code], code))


@dataclass(frozen=True, slots=True, kw_only=True)
class MendPlan:
    """What to mend, in order. ``end`` is the score after all steps, ``best`` the best that mending can reach.

    ``reached`` says whether ``end`` meets the target; where it does not, ``steps`` are all that help, ``end`` is
    ``best``, and ``beyond`` are the indices whose points stay lost.
    """

    target: float
    start: Score
    steps: tuple[Step, ...]
    end: Score
    best: Score
    reached: bool

    @property
    def beyond(self) -> tuple[IndexScore, ...]:
        """Indices of the best reachable score that still lose points, or still miss their threshold."""
        if self.best.scheme.kind == "verdict":
            return tuple(part for part in self.best.indices if part.index.threshold and not part.passed)
        return tuple(part for part in self.best.indices if part.lost > NOTHING_GAINED)


def record_mend(item_id: int, reason: str, flag: str, records: int, *, first_value: bool = False) -> Mend:
    """Describe mending records of one flag (``missing``, ``fail``, ``suspect``, ``unknown``) of an item.

    ``reason`` is the flag or the check that gave it. A mended record is good; a missing one is entered by hand.
    ``first_value``: the item has sent nothing in the span, so the first record makes it a point that uploaded.
    """
    change = {f"records_{flag}": -float(records), "records_good": float(records)}
    if flag == "missing":
        change |= {"records_received": float(records), "records_by_hand": float(records)}
    return Mend(
        item_id=item_id, reason=reason, records=records, change=change,
        once={"points_received": 1.0} if first_value else {},
    )  # fmt: skip


def possible_mends(items: Mapping[int, Measures], whole: Measures) -> tuple[Mend, ...]:
    """List what can be mended: by item from its own measures, and of the enterprise from ``whole``.

    What an item's measures say of meters, months and starts is mended there; the balance of processes and the required
    indicators belong to the enterprise.
    """
    found = [mend for item_id, measures in sorted(items.items()) for mend in _of_item(item_id, measures)]
    gap = whole.plant_tce - whole.process_tce
    if gap and whole.plant_tce > 0:
        found.append(_whole("imbalance", 1, {"process_tce": gap}, divisible=False))
    absent = whole.indicators_required - whole.indicators_present
    if absent > 0:
        found.append(_whole("indicator-absent", int(absent), {"indicators_present": float(absent)}))
    return tuple(found)


def _whole(reason: str, records: int, change: Mapping[str, float], *, divisible: bool = True) -> Mend:
    return Mend(item_id=WHOLE_ENTERPRISE, reason=reason, records=records, change=change, divisible=divisible)


def _of_item(item_id: int, measures: Measures) -> Iterable[Mend]:
    for flag in _RECORD_REASONS:
        records = int(getattr(measures, f"records_{flag}"))
        silent = flag == "missing" and measures.points_due > measures.points_received
        if records > 0:
            yield record_mend(item_id, flag, flag, records, first_value=silent)
    pairs = (
        ("meter-unknown", measures.points_due - measures.points_with_meter,
         ("points_with_meter", "points_meter_valid")),
        ("meter-invalid", measures.points_with_meter - measures.points_meter_valid, ("points_meter_valid",)),
        ("month-inconsistent", measures.months_compared - measures.months_consistent, ("months_consistent",)),
        ("day-start", measures.day_starts_compared - measures.day_starts_aligned, ("day_starts_aligned",)),
        ("month-start", measures.month_starts_compared - measures.month_starts_aligned, ("month_starts_aligned",)),
    )  # fmt: skip
    for reason, count, names in pairs:
        if count > 0:
            yield Mend(item_id=item_id, reason=reason, records=int(count), change=dict.fromkeys(names, float(count)))


def what_mends(scheme: Scheme, measures: Measures, mends: Iterable[Mend], *, target: float = 90.0) -> MendPlan:
    """Choose the fewest mends that bring the score to ``target`` points (a verdict scheme: to a pass).

    Each time the mend with the largest gain is taken (gains within 1 % of each other are alike); the last one is cut
    down to the records that suffice, in a verdict scheme each one. Gains are differences of whole scores, so they add
    up to ``end`` minus ``start``.
    """
    start = score(scheme, measures)
    steps, best = _greedy(start, tuple(mends))
    goal = target if scheme.kind == "points" else 0.0
    if _height(start) >= goal - NOTHING_GAINED:
        return MendPlan(target=target, start=start, steps=(), end=start, best=best, reached=_reached(start, target))
    for count, step in enumerate(steps, start=1):
        if _height(step.after) >= goal - NOTHING_GAINED:
            before = steps[count - 2].after if count > 1 else start
            steps = (*steps[: count - 1], _cut(before, step, goal))
            break
    if scheme.kind == "verdict":
        steps = _trimmed(start, steps)
    end = steps[-1].after if steps else start
    return MendPlan(target=target, start=start, steps=steps, end=end, best=best, reached=_reached(end, target))


def _reached(result: Score, target: float) -> bool:
    if result.scheme.kind == "verdict":
        return result.verdict == "pass"
    return _height(result) >= target - NOTHING_GAINED


def _height(result: Score) -> float:
    """Give what is to be raised: the points, or minus the shortfall against the thresholds."""
    if result.scheme.kind == "points":
        return result.total or 0.0
    return -sum(_shortfall(part) for part in result.indices)


def _shortfall(part: IndexScore) -> float:
    limit = part.index.threshold
    if limit is None or part.value is None or part.passed:
        return 0.0
    return abs(limit.value - part.value)


def _greedy(start: Score, mends: tuple[Mend, ...]) -> tuple[tuple[Step, ...], Score]:
    """Take every mend that gains, the largest first; what did not gain is tried again after the others."""
    steps: list[Step] = []
    waiting = [mend for mend in mends if mend.records > 0]
    while True:
        now = steps[-1].after if steps else start
        taken, left = _round(now, waiting)
        steps += taken
        if not taken or not left:
            return tuple(steps), steps[-1].after if steps else start
        waiting = left


def _round(now: Score, mends: list[Mend]) -> tuple[list[Step], list[Mend]]:
    """Take the mends in order of gain, each gain computed anew before it is believed; give the rest as well."""
    steps, left = [], []
    heap = [(-_gain(now, mend), mend.records, place) for place, mend in enumerate(mends)]
    heapq.heapify(heap)
    while heap:
        _believed, records, place = heapq.heappop(heap)
        gain = _gain(now, mends[place])
        if gain <= NOTHING_GAINED:
            left.append(mends[place])
        elif heap and gain < ALIKE * -heap[0][0]:
            heapq.heappush(heap, (-gain, records, place))
        else:
            steps.append(_step(now, mends[place], records))
            now = steps[-1].after
    return steps, left


def _gain(now: Score, mend: Mend) -> float:
    return _height(score(now.scheme, mend.applied(now.measures, mend.records))) - _height(now)


def _step(before: Score, mend: Mend, records: int) -> Step:
    after = score(before.scheme, mend.applied(before.measures, records))
    if before.scheme.kind == "points":
        gains = {b.index.code: a.points - b.points for b, a in zip(before.indices, after.indices, strict=True)}
    else:
        gains = {
            b.index.code: _shortfall(b) - _shortfall(a) for b, a in zip(before.indices, after.indices, strict=True)
        }
    return Step(
        mend=mend, records=records, gain=_height(after) - _height(before), after=after,
        gains={code: gain for code, gain in gains.items() if abs(gain) > NOTHING_GAINED},
    )  # fmt: skip


def _trimmed(start: Score, steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Give each step the fewest records that gain as much: beyond its threshold an index asks for nothing more."""
    found: list[Step] = []
    for step in steps:
        before = found[-1].after if found else start
        found.append(_cut(before, step, _height(_step(before, step.mend, step.records).after)))
    return tuple(found)


def _cut(before: Score, step: Step, goal: float) -> Step:
    """Give the step with the fewest records that reach the goal."""
    if not step.mend.divisible:
        return step
    low, high = 1, step.records
    while low < high:
        middle = (low + high) // 2
        if _height(_step(before, step.mend, middle).after) >= goal - NOTHING_GAINED:
            high = middle
        else:
            low = middle + 1
    return _step(before, step.mend, low)
