"""Scores: worked cases with the arithmetic in words, and what must hold for any scheme and any measures."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.quality.scores import Measures, SchemeError, scheme, scheme_from, scheme_to, schemes, score

from .score_strategies import measures_of_an_enterprise, points_schemes

CASES = sorted((Path(__file__).parent / "cases" / "scores").glob("*.toml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_worked_case(path):
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert case["arithmetic"].strip()
    result, expected = score(scheme(case["scheme"]), Measures(**case["measures"])), case["expected"]
    if "total" in expected:
        assert result.total == pytest.approx(expected["total"], abs=1e-9)
    if expected.get("no_total"):
        assert result.total is None
    assert result.verdict == expected.get("verdict")
    for name, attribute in (("points", "points"), ("values", "value"), ("passed", "passed")):
        for code, value in expected.get(name, {}).items():
            assert getattr(result.part(code), attribute) == pytest.approx(value, abs=1e-9), code
    if "lost" in expected:
        assert result.lost == pytest.approx(expected["lost"], abs=1e-9)
    assert [part.index.code for part in result.excluded] == expected.get(
        "excluded", [p.index.code for p in result.excluded]
    )


@given(points_schemes(), measures_of_an_enterprise())
def test_points_stay_within_what_they_are_worth_and_add_up(plan, measures):
    result = score(plan, measures)
    counted = [part for part in result.indices if part.counted]
    for part in result.indices:
        assert 0 <= part.points <= part.full_points + 1e-9
        assert part.points + part.lost == pytest.approx(part.full_points)
        assert part.counted or part.full_points == 0
    if result.total is None:
        assert all(part.is_empty for part in result.indices) or sum(p.index.weight for p in counted) == 0
        return
    assert sum(part.full_points for part in counted) == pytest.approx(plan.total)
    assert result.total == pytest.approx(sum(part.points for part in result.indices))
    assert -1e-9 <= result.total <= plan.total + 1e-9


@given(points_schemes(), measures_of_an_enterprise())
def test_a_score_can_be_done_again_from_what_it_carries(plan, measures):
    """Numerator, denominator, kind and weights are enough: no other figure is needed."""
    result = score(plan, measures)
    whole = sum(part.index.weight for part in result.indices if part.counted)
    for part in result.indices:
        if not part.counted or not whole:
            continue
        a, b = part.numerator, part.denominator
        if b == 0:
            value = {"zero": 0.0, "full": 1.0}[part.index.when_empty]
        elif part.index.kind == "balance":
            value = min(a, b) / max(a, b) if min(a, b) > 0 else 0.0
        else:
            value = a / b if part.index.kind == "ratio" else 1 - a / b
        value = min(max(value, 0), 1)
        assert part.points == pytest.approx(plan.total * part.index.weight / whole * value)


@given(measures_of_an_enterprise())
def test_filling_in_never_lowers_the_provincial_score(measures):
    """One more missing record that arrives good cannot cost points."""
    if measures.records_missing < 1:
        return
    change = {"records_missing": -1.0, "records_received": 1.0, "records_good": 1.0}
    before, after = (score(scheme("provincial"), m).total for m in (measures, measures.plus(change)))
    assert before is not None
    assert after is not None
    assert after >= before - 1e-9


@given(measures_of_an_enterprise(), st.floats(0.1, 1000))
def test_scaling_all_weights_changes_nothing(measures, factor):
    content = scheme_to(scheme("db53-1116-2022"))
    content["indices"] = [index | {"weight": index["weight"] * factor} for index in content["indices"]]
    first, second = score(scheme("db53-1116-2022"), measures), score(scheme_from(content), measures)
    assert first.total == pytest.approx(second.total)


def test_an_unverified_threshold_alone_never_fails_anybody():
    content = scheme_to(scheme("acceptance-2019"))
    content["indices"] = [
        index | {"status": "unverified" if index["code"] == "completeness" else index["status"]}
        for index in content["indices"]
    ]
    poor = Measures(records_due=100, records_received=10, indicators_required=1, indicators_present=1)
    assert score(scheme("acceptance-2019"), poor).verdict == "fail"
    assert score(scheme_from(content), poor).verdict == "cannot_judge"


def test_what_is_ours_is_marked():
    """Every formula or weight that no text gives is unverified, so that 待核 stands beside its total."""
    composite = scheme("db53-1116-2022")
    assert {index.code for index in composite.indices if index.ours} == {
        "timeliness", "verifiability", "validity", "conformity",
    }  # fmt: skip
    assert composite.weights_ours
    assert composite.show_weights
    assert {s.key: s.is_unverified for s in schemes()} == {
        "acceptance-2019": False, "db53-1116-2022": True, "provincial": True,
    }  # fmt: skip
    assert [(i.code, i.weight) for i in scheme("provincial").indices] == [
        ("online", 10), ("completeness", 30), ("accuracy", 40), ("correctness", 20),
    ]  # fmt: skip


def test_a_stored_scheme_comes_back_the_same():
    for known in schemes():
        assert scheme_from(scheme_to(known)) == known


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"numerator": ["__import__('os')"]}, "numerator"),
        ({"numerator": ["days_online", "-days_online"]}, "numerator"),
        ({"denominator": []}, "denominator"),
        ({"denominator": ["-days_due"]}, "denominator"),
        ({"weight": -1}, "weight"),
        ({"weight": float("nan")}, "weight"),
        ({"weight": "ten"}, "indices[0].weight"),
        ({"threshold": {"comparison": ">=", "value": 90}}, "threshold"),
        ({"kind": "formula"}, "indices[0].kind"),
        ({"source": " "}, "source"),
        ({"ours": True, "status": "secondhand"}, "status"),
        ({"bonus": 5}, "indices[0].bonus"),
    ],
)
def test_a_scheme_that_does_not_fit_is_refused_with_its_field(change, field):
    content = scheme_to(scheme("provincial"))
    content["indices"][0] |= change
    with pytest.raises(SchemeError) as refused:
        scheme_from(content)
    assert refused.value.field == field
    assert refused.value.message_zh


def test_weights_of_zero_and_twice_the_same_code_are_refused():
    content = scheme_to(scheme("provincial"))
    with pytest.raises(SchemeError):
        scheme_from(content | {"indices": [index | {"weight": 0} for index in content["indices"]]})
    with pytest.raises(SchemeError):
        scheme_from(content | {"indices": [content["indices"][0]] * 2})
    with pytest.raises(SchemeError):
        scheme("no-such-scheme")
