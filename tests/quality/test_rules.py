"""Rule sets: the shipped one, an officer's edition, what is refused, and what people read."""

from __future__ import annotations

import json
import math
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.errors import NenghaoError
from nenghao.findings import Severity
from nenghao.quality import Flag, codes, default_rules, describe, rules_from, rules_to
from nenghao.quality.rule_fields import STATUSES


def _edition(code: str, **change: object) -> dict:
    mapping = rules_to(default_rules())
    return mapping | {"name": "city", "version": 3, "checks": {code: mapping["checks"][code] | change}}


def test_shipped_rules_name_every_check_with_its_source() -> None:
    rules = default_rules()
    assert tuple(rules.checks) == codes.CHECK_CODES
    assert rules.key == "default/1"
    for code, rule in rules.checks.items():
        assert rule.name_zh and rule.name_en and rule.clause and rule.source, code
        assert rule.status in STATUSES and rule.enabled
        assert set(rule.stat_types) <= {0, 1, 2}


def test_shipped_figures_of_the_law_are_those_of_their_sources() -> None:
    """Requirement of 2019 as read secondhand: 1 minute, 1 day, 5 %."""
    checks = default_rules().checks
    assert checks[codes.TIME_ALIGNMENT].fail == 60
    assert checks[codes.TIME_ALIGNMENT].settings["month_s"] == 86_400
    assert checks[codes.MONTH_AGAINST_DAYS].fail == 5
    assert {checks[c].status for c in (codes.TIME_ALIGNMENT, codes.MONTH_AGAINST_DAYS)} == {"secondhand"}


def test_shipped_file_and_stored_form_read_the_same() -> None:
    text = files("nenghao.quality").joinpath("rules/default.toml").read_text(encoding="utf-8")
    assert rules_from(tomllib.loads(text)) == default_rules()
    assert rules_from(json.loads(json.dumps(rules_to(default_rules())))) == default_rules()


@st.composite
def editions(draw: st.DrawFn) -> dict:
    mapping = rules_to(default_rules())
    for code in draw(st.lists(st.sampled_from(codes.CHECK_CODES), unique=True)):
        check = mapping["checks"][code]
        if code == codes.COMPLETENESS:
            check["enabled"] = draw(st.booleans())
            continue
        if draw(st.booleans()):
            del mapping["checks"][code]
            continue
        top = 1.0 if check["unit"] == "share" else 1e6
        whole = check["unit"] in ("slots", "values")
        number = st.integers(2, 1000).map(float) if whole else st.floats(0, top, allow_nan=False)
        grades = sorted(draw(st.tuples(number, number)))
        check |= dict(zip(("suspect", "fail"), grades, strict=True))
        if draw(st.booleans()):
            del check[draw(st.sampled_from(("suspect", "fail")))]
        check["settings"] = {name: draw(st.floats(0, 1e6)) for name in check["settings"]}
        check["stat_types"] = draw(st.lists(st.sampled_from(check["stat_types"]), min_size=1, unique=True))
    return mapping | {
        "name": draw(st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1).filter(str.strip)),
        "version": draw(st.integers(1, 99)), "effective_from": draw(st.dates()).isoformat(),
        "on_time_hours": draw(st.floats(0, 1000)),
    }  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(editions())
def test_round_trip(mapping) -> None:
    rules = rules_from(mapping)
    assert rules_from(rules_to(rules)) == rules
    assert rules_to(rules)["checks"] == {
        code: {**check, "settings": {name: float(value) for name, value in check["settings"].items()}}
        for code, check in mapping["checks"].items()
    }


def test_left_out_are_texts_and_settings_but_not_thresholds() -> None:
    rules = rules_from({
        "name": "city", "version": 1, "effective_from": date(2026, 1, 1), "on_time_hours": 12,
        "checks": {"spike": {"suspect": 2, "settings": {"stands_out": 5}}, "range": {"enabled": False, "fail": 9}},
    })  # fmt: skip
    spike = rules.checks["spike"]
    assert (spike.suspect, spike.fail, spike.name_zh) == (2.0, None, "突跳")
    assert dict(spike.settings) == {"exceeds": 1.2, "stands_out": 5.0, "seldom": 0.025}
    assert rules.check("range") is None
    assert rules.check("negative") is None
    assert rules.check("spike") is spike


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"suspect": 20, "fail": 3}, "suspect"),
        ({"suspect": -1}, "suspect"),
        ({"fail": float("nan")}, "fail"),
        ({"fail": "much"}, "fail"),
        ({"suspect": True}, "suspect"),
        ({"suspect": 12.5}, "suspect"),
        ({"suspect": 1}, "suspect"),
        ({"suspect": None, "fail": None}, "suspect"),
        ({"limit": 3}, "limit"),
        ({"settings": {"colour": 1}}, "settings.colour"),
        ({"settings": {"ticks": -1}}, "settings.ticks"),
        ({"settings": 7}, "settings"),
        ({"stat_types": [0, 9]}, "stat_types"),
        ({"stat_types": []}, "stat_types"),
        ({"unit": "h"}, "unit"),
        ({"status": "sure"}, "status"),
        ({"name_zh": 5}, "name_zh"),
        ({"enabled": "yes"}, "enabled"),
    ],
)
def test_wrong_field_is_named_with_check_and_mend(change, field) -> None:
    with pytest.raises(NenghaoError) as caught:
        rules_from(_edition(codes.FLAT_LINE, **change))
    error = caught.value
    assert (error.record, error.field) == (codes.FLAT_LINE, field)
    assert error.message_zh and error.message_en and error.mend_zh and error.mend_en


@pytest.mark.parametrize(
    ("code", "change", "field"),
    [
        (codes.COMPLETENESS, {"fail": 3}, "fail"),
        (codes.REPEATED_SERIES, {"suspect": 95, "fail": 100}, "suspect"),
    ],
)
def test_threshold_that_a_check_cannot_have(code, change, field) -> None:
    with pytest.raises(NenghaoError) as caught:
        rules_from(_edition(code, **change))
    assert (caught.value.record, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "a/b"}, "name"),
        ({"version": 0}, "version"),
        ({"version": "2"}, "version"),
        ({"effective_from": "soon"}, "effective_from"),
        ({"effective_from": None}, "effective_from"),
        ({"on_time_hours": -1}, "on_time_hours"),
        ({"checks": None}, "checks"),
        ({"checks": {"colour": {}}}, "checks"),
        ({"checks": {"spike": 3}}, "checks"),
        ({"author": "x"}, "author"),
    ],
)
def test_wrong_head_is_named(change, field) -> None:
    with pytest.raises(NenghaoError) as caught:
        rules_from(rules_to(default_rules()) | change)
    assert caught.value.field == field
    assert caught.value.mend_zh and caught.value.mend_en


@given(
    st.sampled_from(codes.CHECK_CODES), st.sampled_from(list(Flag)),
    st.one_of(st.none(), st.floats()), st.one_of(st.none(), st.floats()),
)  # fmt: skip
def test_every_finding_has_words(code, flag, value, limit) -> None:
    finding = describe(code, int(flag), value, limit, default_rules(), unit="kWh")
    for text in (finding.message_zh, finding.message_en):
        assert text
        assert "{" not in text and "nan" not in text and "e+" not in text
    assert finding.clause
    assert bool(finding.mend_zh) == bool(finding.mend_en) == (flag is not Flag.GOOD)
    assert all(math.isfinite(number) for number in finding.evidence.values() if isinstance(number, float))


@pytest.mark.parametrize(
    ("arguments", "zh", "en", "severity"),
    [
        (
            ("range", 3, 31.0, 30.0), "读数 31 kWh，高于上限 30 kWh", "the reading 31 kWh is above 30 kWh",
            Severity.SUSPECT,
        ),
        (("range", 4, 0.5, 1.0), "读数 0.5 kWh，低于下限 1 kWh", "the reading 0.5 kWh is below 1 kWh", Severity.FAIL),
        (("completeness", 9, None, None), "应有数据，未收到", "a record is due and did not arrive", Severity.FAIL),
        (
            ("repeated-series", 3, 23 / 24, 0.95), "95.833 % 的变化时段与上一周期完全相同（限 95 %）",
            "95.833 % of the telling slots equal the period before (limit 95 %)", Severity.SUSPECT,
        ),
        (
            ("flat-line", 3, 12.0, 12.0), "连续 12 个时段数值完全相同，达到 12 个时段",
            "the same value for 12 slots in a row, the limit is 12 slots", Severity.SUSPECT,
        ),
        (
            ("month-against-days", 2, None, None), "当月日数据不全，不作比较",
            "not all days of the month are known, nothing was compared", Severity.INFO,
        ),
        (("spike", 1, 2.0, 5.0), "合格", "nothing wrong", Severity.INFO),
    ],
)  # fmt: skip
def test_words_with_numbers_and_units(arguments, zh, en, severity) -> None:
    finding = describe(*arguments, default_rules(), unit="kWh")
    assert (finding.message_zh, finding.message_en, finding.severity) == (zh, en, severity)


def test_evidence_names_its_unit() -> None:
    assert describe("range", 3, 31.0, 30.0, unit="m3").evidence == {"value_m3": 31.0, "limit_m3": 30.0}
    assert describe("day-against-hours", 4, 10.0, 5.0).evidence == {"value_pct": 10.0, "limit_pct": 5.0}
    assert describe("timeliness", 3, 36.0, 24.0).evidence == {"value_h": 36.0, "limit_h": 24.0}


def test_unknown_check_is_an_error_for_people() -> None:
    with pytest.raises(NenghaoError) as caught:
        describe("colour", 3, 1.0, 1.0)
    assert caught.value.record == "colour"


def test_the_docs_state_the_shipped_thresholds() -> None:
    text = (Path(__file__).parents[2] / "docs" / "quality.md").read_text(encoding="utf-8")
    for code, rule in default_rules().checks.items():
        section = text.split(f"`{code}`\n", 1)[1].split("\n### ")[0]
        for grade in ("suspect", "fail"):
            threshold = getattr(rule, grade)
            assert threshold is None or f"{grade} {threshold:g}" in section, (code, grade)
        assert all(f"{name} = {value:g}" in section for name, value in rule.settings.items()), code
        assert rule.clause in section and rule.status in section, code
        assert "*Do:*" in section and "*Limits:*" in section, code
