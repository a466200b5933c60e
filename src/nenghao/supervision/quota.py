"""Quota verdicts: the row of the edition in force, its corrected limits, the grade, and everything to question it by.

>>> from nenghao.supervision import judge, quota_book
>>> verdict = judge(product="水泥", condition="", metric="unit_consumption_kgce", value=88.0,
...                 parameters={"clinker_ratio_pct": 76.5}, on=date(2026, 3, 4), is_new_capacity=False,
...                 tables=quota_book())
>>> verdict.grade, [round(limit, 3) for limit in verdict.limits]
('2', [81.65, 88.725, 95.8])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isnan
from typing import Any

from nenghao.supervision import findings as say
from nenghao.supervision.book import Entry, QuotaBook
from nenghao.supervision.corrected import Corrected, correct
from nenghao.supervision.grading import TOLERANCE, benchmark_level, grade_of, required_limit
from nenghao.supervision.verdict import Limits, QuotaVerdict

NOTHING: Limits = (None, None, None)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a product's value of a metric (in the unit of the row) on a day, with what corrections need.

    ``metric`` is a key of :mod:`nenghao.reference.quota_metrics`; product and condition are as the tables print them.
    """

    product: str
    condition: str
    metric: str
    value: float
    on: date
    parameters: Mapping[str, Any] = field(default_factory=dict)
    is_new_capacity: bool = False


def judge(
    *, product: str, condition: str, metric: str, value: float, parameters: Mapping[str, Any], on: date,
    is_new_capacity: bool, tables: QuotaBook,
) -> QuotaVerdict:  # fmt: skip
    """Judge one value; what cannot be judged says why and what there is to choose, and is never guessed.

    Product and condition are matched exactly. An empty condition is enough only where the product has one row.
    """
    question = Question(product, condition, metric, value, on, parameters, is_new_capacity)
    found = find(question, tables)
    if not isinstance(found, Entry):
        return _cannot(question, found)
    return _judge_row(question, found, tables)


def find(question: Question, tables: QuotaBook) -> Entry | say.Unmatched:
    """Find the one row in force that a question is about, or say why there is none."""
    known = tables.products.get(question.product, ())
    if not known:
        return say.no_product(question.product)
    in_force = tables.in_force(question.product, question.on)
    if not in_force:
        return say.no_edition(question.product, question.on, [entry.row for entry in known])
    measured = [entry for entry in in_force if entry.row.metric_key == question.metric]
    if not measured:
        return say.no_metric(question.product, question.metric, [entry.row for entry in in_force])
    matching = [entry for entry in measured if entry.row.condition == question.condition]
    if len(matching) == 1:
        return matching[0]
    if not question.condition and len(measured) == 1:
        return measured[0]
    return say.condition_needed(question.product, question.condition, [entry.row for entry in measured])


def _judge_row(question: Question, entry: Entry, tables: QuotaBook) -> QuotaVerdict:
    row = entry.row
    done = correct(entry, question.value, question.parameters)
    known = not isnan(question.value) and not done.blocked
    grade, unsure = grade_of(done.compared, done.limits, row.unknown_grades) if known else ("cannot_judge", False)
    required, limit = required_limit(done.limits, row.unknown_grades, is_new=question.is_new_capacity)
    judged = known and limit is not None
    margin = limit - done.compared if judged and limit is not None else None
    meets = None if margin is None else margin >= -_fuzz(limit)
    over = -margin / abs(limit) if margin is not None and limit and not meets else None
    level = benchmark_level(tables.benchmark(row, question.on), done.compared)
    unverified = _unverified(entry, done)
    decides = known and meets is not None and not unverified and not done.undecided
    return QuotaVerdict(
        question.product, row.condition, row.metric_key, row.metric, row.unit, question.on, question.value,
        done.compared, question.is_new_capacity, grade, required, meets, margin, over, done.printed, done.limits,
        done.steps, level, row.citation, row.clause, row.row_id, row.status, unverified, decides, (),
        tuple(say.of_row(question, entry, done, grade=grade, meets=meets, over=over, decides=decides,
                         required=required, limit=limit, level=level, unverified=unverified, unsure=unsure)),
    )  # fmt: skip


def _fuzz(limit: float | None) -> float:
    """What binary fractions may cost a comparison, far below any printed digit."""
    return TOLERANCE * max(1.0, abs(limit or 0.0))


def _unverified(entry: Entry, done: Corrected) -> tuple[str, ...]:
    """Name every unverified figure that the verdict rests on: the row, and each correction that was applied."""
    row = entry.row
    names = [f"{row.citation} {row.clause} {row.product}"] if row.status == "unverified" else []
    names += [f"{row.citation} {step.name_zh}" for step in done.steps
              if step.status == "unverified" and step.state == "applied"]  # fmt: skip
    return tuple(names)


def _cannot(question: Question, reason: say.Unmatched) -> QuotaVerdict:
    return QuotaVerdict(
        question.product, question.condition, question.metric, "", "", question.on, question.value, question.value,
        question.is_new_capacity, "cannot_judge", 2 if question.is_new_capacity else 3, None, None, None, NOTHING,
        NOTHING, (), None, "", "", "", "unverified", (), False, reason.choices, (reason.finding,),
    )  # fmt: skip
