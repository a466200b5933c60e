"""Worked examples of quota verdicts: every folder of ``tests/cases/quotas`` with its hand computation."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from nenghao.reference.quota_metrics import metric_key
from nenghao.supervision import Question, QuotaVerdict, judge, judge_many, quota_book

CASES = Path(__file__).parents[1] / "cases" / "quotas"


def load() -> list[tuple[str, dict[str, Any]]]:
    """Give every verdict of every case, with what the case says of all of them."""
    found = []
    for path in sorted(CASES.glob("*/case.toml")):
        case = tomllib.loads(path.read_text(encoding="utf-8"))
        assert case["hand"].strip(), path
        for number, verdict in enumerate(case.pop("verdict"), start=1):
            found.append((f"{path.parent.name}-{number}", case | verdict))
    return found


def question(case: dict[str, Any]) -> Question:
    return Question(
        case["product"], case.get("condition", ""), metric_key(case["metric"], "case"), float(case["value"]),
        case["on"], case.get("parameters", {}), case.get("is_new_capacity", False),
    )  # fmt: skip


def verdict_of(case: dict[str, Any]) -> QuotaVerdict:
    asked = question(case)
    return judge(
        product=asked.product, condition=asked.condition, metric=asked.metric, value=asked.value,
        parameters=asked.parameters, on=asked.on, is_new_capacity=asked.is_new_capacity, tables=quota_book(),
    )  # fmt: skip


@pytest.mark.parametrize(("name", "case"), load(), ids=[name for name, _ in load()])
def test_a_case_comes_out_as_by_hand(name: str, case: dict[str, Any]) -> None:
    found = verdict_of(case)
    assert found.grade == case["grade"], name
    for field in ("margin", "over_ratio"):
        if field in case:
            assert getattr(found, field) == pytest.approx(case[field], rel=1e-4, abs=1e-6), field
    for field in ("meets", "decides", "citation"):
        if field in case:
            assert getattr(found, field) == case[field], field
    if "limits" in case:
        assert found.limits == pytest.approx(case["limits"], rel=1e-6)
    if "standing" in case:
        assert found.benchmark is not None
        assert (found.benchmark.standing, found.benchmark.status) == (case["standing"], "unverified")
    if "choices" in case:
        assert list(found.choices) == case["choices"]
    assert set(case.get("findings", [])) <= {one.code for one in found.findings}


def test_all_cases_at_once_come_out_the_same() -> None:
    cases = [case for _name, case in load()]
    columns = judge_many([question(case) for case in cases], quota_book())
    for place, case in enumerate(cases):
        single = verdict_of(case)
        assert columns.grade[place] == single.grade
        assert bool(columns.decides[place]) == single.decides
        assert columns.row_id[place] == single.row_id
        if single.margin is not None:
            assert columns.margin[place] == pytest.approx(single.margin)


def test_steps_show_parameter_formula_and_amount() -> None:
    case = next(case for name, case in load() if name.startswith("cement") and case["value"] == 96.5)
    ratio, altitude = verdict_of(case).steps
    assert ratio.parameters == {"clinker_ratio_pct": 76.5}
    assert ratio.formula.startswith("1级: 80 + 1.1 × (76.5 − 75) = 81.65; 2级: 87 + 1.15")
    assert altitude.before[:2] == altitude.after[:2]
    assert "1.179 − 0.211 × 79500 / 101325" in altitude.formula
