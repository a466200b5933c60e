"""What holds of every quota verdict, whatever the row, the value and the parameters."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.reference.quota_metrics import output_in, quota_unit
from nenghao.supervision import Question, QuotaVerdict, judge, judge_many, quota_book
from nenghao.supervision.book import Entry
from nenghao.supervision.verdict import GRADES

ON = date(2027, 6, 1)
ENTRIES = quota_book().rows_on(ON)


@st.composite
def parameters(draw: st.DrawFn, entry: Entry) -> dict[str, Any]:
    """Draw parameters of a row's corrections: right ones, missing ones and nonsense."""
    found: dict[str, Any] = {}
    for correction in entry.corrections:
        for name in correction.parameters:
            kind = draw(st.sampled_from(["given", "given", "missing", "nonsense"]))
            if kind == "nonsense":
                found[name] = draw(st.sampled_from(["x", None, float("nan"), -5, []]))
            elif kind == "given" and correction.kind == "choice":
                found[name] = draw(st.sampled_from([choice.key for choice in correction.choices]))
            elif kind == "given":
                found[name] = draw(st.one_of(st.booleans(), st.floats(0, 3000)))
    return found


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Draw a question about a row in force."""
    entry = draw(st.sampled_from(ENTRIES))
    row = entry.row
    near = float(draw(st.sampled_from([grade for grade in row.grades if grade is not None])))
    value = near * draw(st.sampled_from([0.5, 0.99, 1.0, 1.01, 2.0])) + draw(st.floats(-1, 1))
    condition = draw(st.sampled_from([row.condition, row.condition, ""]))
    return Question(row.product, condition, row.metric_key, value, ON, draw(parameters(entry)), draw(st.booleans()))


def single(asked: Question) -> QuotaVerdict:
    return judge(
        product=asked.product, condition=asked.condition, metric=asked.metric, value=asked.value,
        parameters=asked.parameters, on=asked.on, is_new_capacity=asked.is_new_capacity, tables=quota_book(),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(questions(), min_size=1, max_size=8))
def test_many_at_once_are_judged_as_one_by_one(asked: list[Question]) -> None:
    columns = judge_many(asked, quota_book())
    for place, one in enumerate(asked):
        verdict = single(one)
        assert columns.grade[place] == verdict.grade
        assert bool(columns.decides[place]) == verdict.decides
        assert columns.row_id[place] == verdict.row_id
        for field in ("margin", "over_ratio"):
            expected = getattr(verdict, field)
            got = float(getattr(columns, field)[place])
            assert (math.isnan(got) and expected is None) or got == pytest.approx(expected)


@settings(max_examples=100, deadline=None)
@given(questions(), st.floats(0, 100))
def test_using_more_never_earns_a_better_grade(asked: Question, more: float) -> None:
    before = single(asked)
    after = single(Question(asked.product, asked.condition, asked.metric, asked.value + more, asked.on,
                            asked.parameters, asked.is_new_capacity))  # fmt: skip
    assert GRADES.index(after.grade) >= GRADES.index(before.grade)


@settings(max_examples=100, deadline=None)
@given(questions())
def test_a_verdict_says_why_and_never_decides_on_doubt(asked: Question) -> None:
    verdict = single(asked)
    if verdict.grade == "cannot_judge":
        assert verdict.findings
        assert not verdict.decides
        assert verdict.meets is None
    if verdict.is_unverified:
        assert not verdict.decides
    if verdict.meets is False:
        assert verdict.margin is not None
        assert verdict.margin < 0
    for before, after in zip(verdict.steps, verdict.steps[1:], strict=False):
        assert before.after == after.before  # each step begins where the one before it ended


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([entry.row.unit for entry in ENTRIES]), st.floats(1, 1e9), st.floats(1, 1e9))
def test_a_unit_gives_back_its_numerator(printed: str, numerator: float, output: float) -> None:
    unit = quota_unit(printed)
    assert unit.numerator_of(unit.value(numerator, output), output) == pytest.approx(numerator)


def test_nothing_known_is_never_a_number() -> None:
    verdict = single(Question("水泥熟料", "", "coal_kgce", float("nan"), ON))
    assert (verdict.grade, verdict.meets, verdict.margin) == ("cannot_judge", None, None)
    columns = judge_many([Question("没有这种产品", "", "power_kwh", 1.0, ON)], quota_book())
    assert columns.grade.tolist() == ["cannot_judge"]
    assert np.isnan(columns.margin).all()


def test_an_output_in_another_kind_of_unit_is_refused() -> None:
    assert output_in(2.0, "万m2", "m2") == 20_000
    with pytest.raises(NenghaoError) as refused:
        output_in(2.0, "kL", "t")
    assert refused.value.code == "output-unit"
