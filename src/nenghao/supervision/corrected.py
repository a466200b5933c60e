"""The limits of one row with every correction applied in the standard's order, each step to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nenghao.reference.corrections import Correction
from nenghao.supervision.book import Entry
from nenghao.supervision.corrections import ALTITUDE_FACTOR, State, apply, parameter_column
from nenghao.supervision.verdict import Limits, Step

BLOCKING = ("missing", "outside")
_STATES = {state: state.name.lower() for state in State}


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of a row's limits; ``blocked`` steps leave nothing to judge, ``undecided`` ones a doubt."""

    printed: Limits
    limits: Limits
    compared: float
    steps: tuple[Step, ...]

    @property
    def blocked(self) -> tuple[Step, ...]:
        """Steps that ask for a parameter first."""
        return tuple(step for step in self.steps if step.state in BLOCKING)

    @property
    def undecided(self) -> tuple[Step, ...]:
        """Steps whose rule the library does not hold."""
        return tuple(step for step in self.steps if step.state == "not_held")


def correct(entry: Entry, value: float, parameters: Mapping[str, Any]) -> Corrected:
    """Apply every correction of a row, in the order of its file, to the limits or to the value."""
    row = entry.row
    limits = np.array([[np.nan if grade is None else float(grade) for grade in row.grades]])
    values = np.array([value], dtype=np.float64)
    printed, steps = _limits(limits), []
    for one in entry.corrections:
        columns = {name: parameter_column(one, name, [parameters]) for name in one.parameters}
        done = apply(one, limits, values, columns)
        state = State(int(done.state[0]))
        steps.append(_step(
            one, state, parameters, before=_limits(limits), after=_limits(done.limits), value=values[0],
            compared=done.values[0],
        ))  # fmt: skip
        limits, values = done.limits, done.values
    return Corrected(printed, _limits(limits), float(values[0]), tuple(steps))


def _limits(array: np.ndarray) -> Limits:
    first, second, third = (None if np.isnan(limit) else float(limit) for limit in array[0])
    return first, second, third


def _step(
    one: Correction, state: State, parameters: Mapping[str, Any], *, before: Limits, after: Limits, value: float,
    compared: float,
) -> Step:  # fmt: skip
    given = {name: parameters[name] for name in one.parameters if parameters.get(name) not in (None, "")}
    formula = ""
    if state is State.APPLIED:
        formula = _formula(one, given, before, after)
        if one.kind == "value_factor":
            formula = f"{value:g} × {given[one.parameter]:g} = {compared:g}"
    chosen = next((choice for choice in one.choices if choice.key == given.get(one.parameter)), None)
    status = chosen.status if chosen is not None and chosen.status == "unverified" else one.status
    return Step(
        one.key, one.name_zh, one.name_en, one.rule, one.clause, "unverified" if status == "unverified" else one.status,
        _STATES[state], given, before, after, formula,
    )  # fmt: skip


def _formula(one: Correction, given: Mapping[str, Any], before: Limits, after: Limits) -> str:
    """Write the computation of every grade that changed: ``2级: 87 + 1.15 × (76.5 − 75) = 88.725``."""
    texts = []
    for grade in one.grades:
        old, new = before[grade - 1], after[grade - 1]
        if old is not None and new is not None:
            texts.append(f"{grade}级: {old:g} {_operation(one, grade, given, old, new)} = {new:.10g}")
    return "; ".join(texts)


def _operation(one: Correction, grade: int, given: Mapping[str, Any], old: float, new: float) -> str:
    if one.kind == "linear":
        value, part = float(given[one.parameter]), one.part
        steps = f"({value:g} − {part.base:g})" if part.base else f"{value:g}"
        bounded = (part.least is not None and value - part.base < part.least) or (
            part.most is not None and value - part.base > part.most
        )
        if bounded:
            steps = f"({part.least if value - part.base < (part.least or 0) else part.most:g})"
        return f"{'+' if one.amount(grade) >= 0 else '−'} {abs(one.amount(grade)):g} × {steps}"
    if one.kind == "altitude":
        base, slope, sea_level = ALTITUDE_FACTOR
        return f"× ({base:g} − {slope:g} × {float(given['pressure_pa']):g} / {sea_level:g})"
    if _multiplies(one, given):
        return f"× {new / old:.6g}" if old else "× …"
    return f"{'+' if new >= old else '−'} {abs(new - old):.6g}"


def _multiplies(one: Correction, given: Mapping[str, Any]) -> bool:
    if one.kind == "choice":
        chosen = next(choice for choice in one.choices if choice.key == given[one.parameter])
        return chosen.operation == "multiply"
    return one.kind == "factor" or one.operation == "multiply"
