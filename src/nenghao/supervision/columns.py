"""Verdicts of many values at once, for rankings of a province: the same answers as :func:`judge`, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nenghao.supervision.book import Entry, QuotaBook
from nenghao.supervision.corrections import State, apply, parameter_column
from nenghao.supervision.grading import TOLERANCE
from nenghao.supervision.quota import Question, find
from nenghao.supervision.verdict import GRADES

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class VerdictColumns:
    """One row per question, in their order.

    ``grade`` holds the words of a verdict's grade; ``limits`` [n, 3] the corrected limits (NaN is “—”);
    ``required_limit``, ``margin`` and ``over_ratio`` are NaN where there is none; ``row_id`` is empty without a row.
    """

    grade: npt.NDArray[np.str_]
    limits: Numbers
    compared_value: Numbers
    required_limit: Numbers
    margin: Numbers
    over_ratio: Numbers
    decides: npt.NDArray[np.bool_]
    row_id: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.grade)


def judge_many(questions: Sequence[Question], tables: QuotaBook) -> VerdictColumns:
    """Judge all questions; those about one row are computed together."""
    count = len(questions)
    made = VerdictColumns(
        np.full(count, "cannot_judge", dtype="<U12"), np.full((count, 3), np.nan),
        np.array([question.value for question in questions], dtype=np.float64), np.full(count, np.nan),
        np.full(count, np.nan), np.full(count, np.nan), np.zeros(count, dtype=bool), np.full(count, "", dtype="<U80"),
    )  # fmt: skip
    for entry, places in _by_row(questions, tables):
        _judge_row(made, entry, questions, np.array(places))
    return made


def _by_row(questions: Sequence[Question], tables: QuotaBook) -> list[tuple[Entry, list[int]]]:
    found: dict[tuple[str, str, str, object], Entry | None] = {}
    groups: dict[str, tuple[Entry, list[int]]] = {}
    for place, question in enumerate(questions):
        key = (question.product, question.condition, question.metric, question.on)
        if key not in found:
            entry = find(question, tables)
            found[key] = entry if isinstance(entry, Entry) else None
        if (known := found[key]) is not None:
            groups.setdefault(known.row.row_id, (known, []))[1].append(place)
    return list(groups.values())


def _judge_row(made: VerdictColumns, entry: Entry, questions: Sequence[Question], places: npt.NDArray) -> None:
    asked = [questions[place] for place in places]
    row = entry.row
    limits = np.tile([np.nan if grade is None else float(grade) for grade in row.grades], (len(asked), 1))
    values = made.compared_value[places]
    blocked, doubted = np.isnan(values), np.full(len(asked), row.status == "unverified")
    for one in entry.corrections:
        columns = {name: parameter_column(one, name, [each.parameters for each in asked]) for name in one.parameters}
        done = apply(one, limits, values, columns)
        limits, values = done.limits, done.values
        blocked |= np.isin(done.state, (State.MISSING, State.OUTSIDE))
        doubted |= done.state == State.NOT_HELD
        applied = done.state == State.APPLIED
        doubted |= applied & (one.status == "unverified")
        if any(choice.status == "unverified" for choice in one.choices):
            words = [choice.key for choice in one.choices if choice.status == "unverified"]
            doubted |= applied & np.array([each.parameters.get(one.parameter) in words for each in asked])
    is_new = np.array([each.is_new_capacity for each in asked])
    required = _required(limits, row.unknown_grades, is_new)
    made.row_id[places] = row.row_id
    made.limits[places], made.compared_value[places], made.required_limit[places] = limits, values, required
    made.grade[places] = np.where(blocked, "cannot_judge", _grades(values, limits))
    _margins(made, places, blocked, doubted)


def _grades(values: Numbers, limits: Numbers) -> npt.NDArray[np.str_]:
    """Walk from the loosest grade to the strictest; stop at the first printed one that is missed."""
    met, going = np.full(len(values), GRADES.index("over")), np.ones(len(values), dtype=bool)
    for place in (2, 1, 0):
        limit = limits[:, place]
        printed = ~np.isnan(limit)
        inside = values <= limit + TOLERANCE * np.maximum(1.0, np.abs(limit))
        going &= ~printed | inside
        met = np.where(going & printed, place, met)
    return np.array(GRADES)[met]


def _required(limits: Numbers, unknown: tuple[int, ...], is_new: npt.NDArray[np.bool_]) -> Numbers:
    second = limits[:, 1]
    falls_back = np.isnan(second) & (2 not in unknown)
    return np.where(is_new & ~falls_back, second, limits[:, 2])


def _margins(
    made: VerdictColumns, places: npt.NDArray, blocked: npt.NDArray[np.bool_], doubted: npt.NDArray[np.bool_]
) -> None:
    limit = made.required_limit[places]
    margin = np.where(blocked, np.nan, limit - made.compared_value[places])
    missed = margin < -TOLERANCE * np.maximum(1.0, np.abs(limit))
    made.margin[places] = margin
    with np.errstate(divide="ignore", invalid="ignore"):
        made.over_ratio[places] = np.where(missed & (limit != 0), -margin / np.abs(limit), np.nan)
    made.decides[places] = ~blocked & ~doubted & ~np.isnan(margin)
