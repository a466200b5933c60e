"""Targets of total and intensity (能耗双控): what must be reached when, how far it is, which colour that is.

Intensity targets are drops (降低率): ``drop_ratio`` 0.135 means 13.5 % less energy per unit of value (or product) at
the end of the plan than in its base year. Totals are caps [tce]. Ratios are fractions, never percentages.

The assessments count progress in plain fifths of the plan (20, 40, 60, 80, 100 %: national province sheet of the 12th
period and later city sheets, secondhand); the power form ``1 - (1 - D)^(k/n)`` is an option.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nenghao.errors import NenghaoError
from nenghao.findings import Finding, Severity
from nenghao.reference.grading import GradingRule, LevelPart

Form = Literal["fifths", "power"]
MONTHS = 12
ROUNDING = 9
"""Decimals to which a measure is rounded before it meets a bound: 0.1 must not become 0.10000000000000009."""


def required_drop(drop_ratio: float, year_no: int, years: int, form: Form = "fifths") -> float:
    """Give the drop due at the end of year ``year_no`` of ``years`` of a plan whose whole drop is ``drop_ratio``.

    >>> round(required_drop(0.15, 2, 5), 6), round(required_drop(0.15, 2, 5, "power"), 6)
    (0.06, 0.06294)
    """
    if not 0 <= year_no <= years or years < 1:
        raise NenghaoError(
            "plan-year",
            f"规划期共 {years} 年，没有第 {year_no} 年",
            f"year {year_no} is not one of {years}",
            field="year",
        )
    if form == "fifths":
        return drop_ratio * year_no / years
    return 1 - (1 - drop_ratio) ** (year_no / years)


def year_drop(drop_ratio: float, year_no: int, years: int, form: Form = "fifths") -> float:
    """Give the drop due within one year, against the year before, when the year before kept its progress.

    >>> round(year_drop(0.15, 1, 5), 6), round(year_drop(0.15, 2, 5), 6)
    (0.03, 0.030928)
    """
    before, after = (required_drop(drop_ratio, year, years, form) for year in (year_no - 1, year_no))
    return 1 - (1 - after) / (1 - before)


def drop(before: float, after: float) -> float | None:
    """Give the drop of an intensity from ``before`` to ``after`` (negative: it rose); None without a base.

    >>> drop(0.5, 0.47)
    0.06
    """
    return round(1 - after / before, 12) if before > 0 else None


def cumulative_drop(yearly: Sequence[float]) -> float:
    """Chain yearly drops (环比累加 of ratios): 1 − Π(1 − dᵢ).

    >>> round(cumulative_drop([0.03, 0.02]), 6)
    0.0494
    """
    left = 1.0
    for one in yearly:
        left *= 1 - one
    return 1 - left


def intensity_reached(
    base: float | None, last_year: float | None, now: float | None, same_time: float | None
) -> float | None:
    """Give the drop reached against the base year while a year runs; None where something is not known.

    The running months are compared with the same months of the year before (seasons cancel), and that year with the
    base: ``1 − (last year ÷ base) × (now ÷ same time a year ago)``.

    >>> round(intensity_reached(0.50, 0.48, 0.23, 0.24), 6)
    0.08
    """
    if not base or not last_year or not same_time or now is None:
        return None
    return 1 - (last_year / base) * (now / same_time)


def saved_tce(before: float, now: float, value: float) -> float:
    """Give the energy saved [tce] when intensity went from ``before`` to ``now`` [tce/yuan] at ``value`` [yuan].

    GB/T 13234-2018, savings by output value in constant prices: ``ΔE = (e_report − e_base) × G_report``.
    There negative means saved; here positive does, as the energy-use report prints it.
    The formula is unverified (待核).

    >>> saved_tce(0.5, 0.47, 1000.0)
    30.0
    """
    return round((before - now) * value, ROUNDING)


@dataclass(frozen=True, slots=True)
class IntensityProgress:
    """How an intensity target stands: the drops due and reached, as fractions.

    ``completion_ratio`` is reached ÷ due, ``gap_ratio`` (due − reached) ÷ due, ``gap_points`` the gap in percentage
    points; None where nothing is due, or nothing is known.
    """

    due: float
    reached: float | None

    @property
    def completion_ratio(self) -> float | None:
        """Reached ÷ due."""
        return None if self.reached is None or self.due <= 0 else self.reached / self.due

    @property
    def gap_ratio(self) -> float | None:
        """(Due − reached) ÷ due; negative when more was reached."""
        done = self.completion_ratio
        return None if done is None else 1 - done

    @property
    def gap_points(self) -> float | None:
        """The gap in percentage points."""
        return None if self.reached is None else (self.due - self.reached) * 100

    @property
    def rose(self) -> bool:
        """Whether the intensity rose."""
        return self.reached is not None and self.reached < 0

    @property
    def met(self) -> bool | None:
        """Whether what is due was reached; None when nothing is known."""
        return None if self.reached is None else round(self.reached - self.due, ROUNDING) >= 0

    def measures(self) -> Mapping[str, float]:
        """Give the measures that a grading rule may look at."""
        known = {"completion_ratio": self.completion_ratio, "gap_ratio": self.gap_ratio, "gap_points": self.gap_points}
        return {name: value for name, value in known.items() if value is not None}


@dataclass(frozen=True, slots=True)
class TotalProgress:
    """How a cap on the total [tce] stands over a period: what is allowed by now, and what was used.

    ``allowed_tce`` is the cap's share of the time that has passed; ``before_tce`` is the same time a year earlier.
    """

    allowed_tce: float
    used_tce: float | None
    before_tce: float | None = None

    @property
    def overrun_ratio(self) -> float | None:
        """Used ÷ allowed − 1; negative when below."""
        return None if self.used_tce is None or self.allowed_tce <= 0 else self.used_tce / self.allowed_tce - 1

    @property
    def growth_ratio(self) -> float | None:
        """Used ÷ the same time a year earlier − 1."""
        if self.used_tce is None or not self.before_tce or self.before_tce <= 0:
            return None
        return self.used_tce / self.before_tce - 1

    @property
    def met(self) -> bool | None:
        """Whether no more than allowed was used; None when nothing is known."""
        over = self.overrun_ratio
        return None if over is None else round(over, ROUNDING) <= 0

    def measures(self) -> Mapping[str, float]:
        """Give the measures that a grading rule may look at; the overrun is the gap to the cap."""
        known = {
            "overrun_ratio": self.overrun_ratio, "gap_ratio": self.overrun_ratio, "growth_ratio": self.growth_ratio
        }  # fmt: skip
        return {name: value for name, value in known.items() if value is not None}


def allowed_total(cap_tce: float, months: int, profile: Sequence[float] | None = None) -> float:
    """Give the part of a year's cap [tce] for its first ``months``: by twelfths, or by last year's monthly shape.

    >>> allowed_total(1200.0, 3), allowed_total(1200.0, 1, [3.0] + [1.0] * 11)
    (300.0, 257.14285714285717)
    """
    if profile is None or sum(profile) <= 0:
        return cap_tce * months / MONTHS
    return cap_tce * sum(profile[:months]) / sum(profile)


def grade(rule: GradingRule, progress: IntensityProgress | TotalProgress) -> LevelPart | None:
    """Give the level of a rule for a progress; None where the rule's measure is not known.

    A rule that says so gives its worst level to an intensity that rose, whatever the gap.
    """
    if rule.rise_is_worst and isinstance(progress, IntensityProgress) and progress.rose:
        return rule.worst
    value = progress.measures().get(rule.measure)
    if value is None:
        return None
    rounded = round(value, ROUNDING)
    return next((level for level in rule.levels if level.holds(rounded)), None)


@dataclass(frozen=True, slots=True)
class Part:
    """A child of a decomposition: its cap [tce], or its drop with what weighs it.

    ``base_tce`` and ``base_value`` are those of the plan's base year, ``planned_value`` the value expected at its end
    (in the same comparable prices).
    """

    key: str
    cap_tce: float | None = None
    drop_ratio: float | None = None
    base_tce: float | None = None
    base_value: float | None = None
    planned_value: float | None = None


@dataclass(frozen=True, slots=True)
class SumCheck:
    """How a parent's target and the sum of its parts agree. ``implied`` is what the parts come to, None if unknown.

    ``slack`` is what the parent has left (positive) or what its parts promise too much or too little (negative).
    """

    parent: float
    implied: float | None
    slack: float | None
    findings: tuple[Finding, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def check_total(parent_cap_tce: float, parts: Sequence[Part]) -> SumCheck:
    """Hold the caps of the parts against the parent's: they must not sum to more, and none may be missing.

    >>> check_total(100.0, [Part("a", cap_tce=60), Part("b", cap_tce=50)]).slack
    -10.0
    """
    missing = [part.key for part in parts if part.cap_tce is None]
    implied = float(sum(part.cap_tce or 0 for part in parts))
    slack = parent_cap_tce - implied
    findings = [_incomplete(missing)] if missing else []
    if round(slack, 6) < 0:
        findings.append(
            Finding(
                "target-sum-exceeds", Severity.FAIL, "下级总量目标之和超过上级目标",
                "the parts' caps exceed the parent's",
                {"parent_tce": parent_cap_tce, "parts_tce": implied, "excess_tce": -slack},
                mend_zh="压减下级目标，或调整上级目标", mend_en="lower parts, or change the parent's target",
            )
        )  # fmt: skip
    return SumCheck(parent_cap_tce, implied, slack, tuple(findings))


def check_intensity(parent_drop_ratio: float, parts: Sequence[Part]) -> SumCheck:
    """Hold the drops of the parts against the parent's: together they must bring at least as much.

    The parts' intensities at the end, times their planned values, give the parent's: a part that grows fast with a high
    intensity weighs more. A part without base or planned value cannot be weighed; then only this is said.
    """
    unknown = [part.key for part in parts if not _weighable(part)]
    if unknown or not parts:
        return SumCheck(parent_drop_ratio, None, None, (_incomplete(unknown),))
    base = sum(part.base_tce or 0 for part in parts) / sum(part.base_value or 0 for part in parts)
    planned = sum(
        (part.base_tce or 0) / (part.base_value or 1) * (1 - (part.drop_ratio or 0)) * (part.planned_value or 0)
        for part in parts
    ) / sum(part.planned_value or 0 for part in parts)
    implied = 1 - planned / base
    slack = implied - parent_drop_ratio
    if round(slack, ROUNDING) >= 0:
        return SumCheck(parent_drop_ratio, implied, slack, ())
    short = Finding(
        "target-sum-short", Severity.FAIL, "下级强度目标合起来达不到上级目标",
        "the parts' drops do not bring the parent's",
        {"parent_drop_ratio": parent_drop_ratio, "parts_drop_ratio": implied},
        mend_zh="提高下级降低率，或核对增长预期", mend_en="raise the parts' drops, or check the growth expected",
    )  # fmt: skip
    return SumCheck(parent_drop_ratio, implied, slack, (short,))


def _weighable(part: Part) -> bool:
    known = (part.drop_ratio, part.base_tce, part.base_value, part.planned_value)
    return all(value is not None for value in known) and bool(part.base_value) and bool(part.planned_value)


def _incomplete(keys: Sequence[str]) -> Finding:
    return Finding(
        "target-parts-missing", Severity.SUSPECT, "部分下级没有目标或缺少基数", "some parts have no target, or no base",
        {"parts": "、".join(keys)}, mend_zh="补下级目标、基期能耗和产值", mend_en="enter the parts' targets and bases",
    )  # fmt: skip


def share_out(total_tce: float, weights: Mapping[str, float]) -> dict[str, float]:
    """Suggest parts of a total [tce] in proportion to weights, such as last year's consumption; they sum to it.

    >>> share_out(100.0, {"a": 1.0, "b": 3.0})
    {'a': 25.0, 'b': 75.0}
    """
    whole = sum(weights.values())
    if whole <= 0 or any(weight < 0 for weight in weights.values()):
        raise NenghaoError(
            "target-weights", "没有可用的分解依据", "there is nothing to share out by", field="weights",
            mend_zh="先核算上年能耗，或手工分解", mend_en="account for last year first, or share out by hand",
        )  # fmt: skip
    return {key: total_tce * weight / whole for key, weight in weights.items()}
