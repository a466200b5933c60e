"""Score sheets: every kind of rule by hand, the three scores side by side, vetoes, grades, what is not known."""

import pytest

from nenghao.accounting.score_sheets import Answer, fact_names, score_item, score_sheet
from nenghao.accounting.sheet_words import FACTS, rule_text
from nenghao.errors import NenghaoError
from nenghao.reference.assessment import Linear, read_sheet
from nenghao.reference.library import DATA, library
from nenghao.reference.refusals import ReferenceDataError

SHEETS = library().score_sheets
SHANGHAI = SHEETS["shanghai-2024"]


def item(sheet, key):
    return next(one for one in SHEETS[sheet].items if one.key == key)


def points(sheet, key, **facts):
    return score_item(item(sheet, key), Answer(facts=facts)).final


def test_all_or_nothing():
    assert (
        points("key-units-2016", "total_target", total_met=True),
        points("key-units-2016", "total_target", total_met=False),
    ) == (20, 0)


@pytest.mark.parametrize(
    ("ratio", "expected"), [(1.2, 40), (1.0, 40), (0.99, 36), (0.9, 36), (0.5, 20), (0.49, 0), (-1, 0)]
)
def test_a_ladder_downwards(ratio, expected):
    scored = score_item(item("county-government-11th", "gdp_drop"), Answer(facts={"gdp_drop_ratio": ratio}))
    assert scored.computed == expected


@pytest.mark.parametrize(
    ("over", "expected"), [(-0.2, 15), (0, 15), (0.01, 10), (0.1, 10), (0.11, 5), (0.2, 5), (0.3, 0)]
)
def test_bands_of_an_overrun(over, expected):
    assert points("huairou-14th", "total", total_overrun_ratio=over) == expected


@pytest.mark.parametrize(("ratio", "bonus"), [(1.0, 0), (1.09, 0), (1.1, 3), (1.29, 6), (1.3, 9), (9.0, 9)])
def test_a_bonus_by_whole_steps_and_capped(ratio, bonus):
    scored = score_item(item("county-government-11th", "gdp_drop"), Answer(facts={"gdp_drop_ratio": ratio}))
    assert (scored.bonus, scored.final) == (bonus, 40 + bonus)


def test_deduction_ends_at_zero():
    assert [points("key-units-11th", "quota_standards", quota_violations=n) for n in (0, 1, 4, 9)] == [4, 3, 0, 0]


def test_monthly_accrual_ends_at_the_points():
    assert [points("city-watched-11th", "returns", monthly_returns=n) for n in (0, 7, 12, 13)] == [0, 3.5, 6, 6]


@pytest.mark.parametrize(
    ("year", "cumulative", "expected"), [(True, True, 35), (False, True, 20), (True, False, 10), (False, False, 0)]
)
def test_two_key_cases(year, cumulative, expected):
    assert points("huairou-14th", "unit_drop", year_met=year, cumulative_met=cumulative) == expected


def test_a_case_that_holds_asks_for_nothing_more():
    scored = score_item(item("key-units-11th", "unit_consumption"), Answer(facts={"national_leading": True}))
    assert (scored.final, scored.missing) == (10, ())
    scored = score_item(item("key-units-11th", "unit_consumption"), Answer(facts={"national_leading": False}))
    assert (scored.final, scored.missing) == (None, ("advanced",))


def test_the_score_of_pue():
    # score = 80 - 20 x PUE: 1.3 gives 54, 1.5 gives 50 (the source's own examples).
    assert [points("green-data-centre", "pue", pue=pue) for pue in (1.3, 1.5, 4.5)] == [54, 50, 0]


def test_self_score_stands_until_the_review():
    parts = {"leading_group": 1, "energy_post": 1, "energy_office": 1, "supervision_office": 0.5}
    organisation = item("shanghai-2024", "organisation")
    answered = score_item(organisation, Answer(self_points=parts))
    reviewed = score_item(organisation, Answer(self_points=parts, review_points=parts | {"energy_office": 0}))
    assert (answered.final, reviewed.final, reviewed.self_score, reviewed.lost) == (3.5, 2.5, 3.5, 1.5)


def test_parts_that_are_not_all_scored_are_open():
    assert score_item(item("shanghai-2024", "organisation"), Answer(self_points={"energy_post": 1})).final is None


def test_an_override_needs_a_reason_and_keeps_what_was_computed():
    target = item("shanghai-2024", "total_target")
    with pytest.raises(NenghaoError, match="reason"):
        score_item(target, Answer(facts={"total_overrun_ratio": 0.05}, override=15))
    scored = score_item(target, Answer(facts={"total_overrun_ratio": 0.05}, override=15, reason="核减原料用能"))
    assert (scored.computed, scored.final) == (10, 15)


@pytest.mark.parametrize(
    "given", [{"override": 16, "reason": "x"}, {"self_points": {"total_target": 15.5}}, {"review_points": {"other": 1}}]
)
def test_points_outside_the_item_are_refused(given):
    with pytest.raises(NenghaoError):
        score_item(item("shanghai-2024", "total_target"), Answer(**given))


def test_not_applicable_loses_nothing_and_only_where_printed():
    assert score_item(item("wanjia-12th", "new_projects"), Answer(not_applicable=True)).final == 2
    with pytest.raises(NenghaoError, match="not applicable"):
        score_item(item("shanghai-2024", "solar"), Answer(not_applicable=True))


def everything(sheet):
    """Full points everywhere, given by the reviewer."""
    answers = {}
    for one in sheet.items:
        parts = getattr(one.rule, "parts", ())
        answers[one.key] = Answer(review_points={part.key: part.points for part in parts} or {one.key: one.points})
    return answers


def test_a_whole_sheet_and_its_grade():
    answers = everything(SHANGHAI)
    assert (score_sheet(SHANGHAI, answers).points, score_sheet(SHANGHAI, answers).grade.name_zh) == (100, "超额完成")
    answers["audit"] = Answer(review_points={"audit": 0, "measures": 0, "contract": 0})
    result = score_sheet(SHANGHAI, answers)
    assert (result.points, result.grade.name_zh) == (90, "完成")
    del answers["carbon"]
    assert (score_sheet(SHANGHAI, answers).open_points, score_sheet(SHANGHAI, answers).grade) == (2, None)


def test_a_sheet_with_unreachable_items_has_no_grade_but_a_veto_decides():
    sheet = SHEETS["guangdong-11th"]
    met = {"year": Answer(facts={"year_met": True}), "cumulative": Answer(facts={"cumulative_met": True})}
    assert (
        score_sheet(sheet, met).points,
        score_sheet(sheet, met).unreachable_points,
        score_sheet(sheet, met).grade,
    ) == (40, 60, None)
    missed = met | {"year": Answer(facts={"year_met": False})}
    result = score_sheet(sheet, missed)
    assert (result.vetoed_by, result.grade.name_zh) == (("year",), "未完成")


def test_a_bonus_does_not_lift_a_veto():
    sheet = SHEETS["wanjia-12th"]
    answer = Answer(facts={"saving_progress_met": False, "saving_progress_ratio": 1.2})
    assert score_sheet(sheet, {"saving_progress": answer}).vetoed_by == ("saving_progress",)


def test_an_unknown_item_is_refused():
    with pytest.raises(NenghaoError, match="nonsense"):
        score_sheet(SHANGHAI, {"nonsense": Answer()})


def test_every_rule_and_fact_has_words():
    for sheet in SHEETS.values():
        for one in sheet.items:
            assert all(name in FACTS for name in (*fact_names(one), *([one.bonus.measure] if one.bonus else [])))
            assert rule_text(one, "zh") != rule_text(one, "en") or isinstance(one.rule, Linear)
    total = item("shanghai-2024", "total_target")
    assert rule_text(total, "zh") == "能耗总量超出目标的比例: ≤ 0% → 15；≤ 10% → 10"


def test_every_sheet_sums_to_what_its_source_prints():
    totals = {key: sheet.total for key, sheet in SHEETS.items()}
    assert totals.pop("green-data-centre") == 66  # the three indicators whose points were read
    assert set(totals.values()) == {100}
    assert [key for key, sheet in SHEETS.items() if sheet.is_complete] == ["shanghai-2024"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("points = 20", "points = 21"), "sum to"),
        (('key = "saving_target"', 'key = "total_target"'), "twice"),
        (('group = "target"', 'group = "goal"'), "no group"),
        (("each = 1", "each = -1"), "reference-shape"),
        (('kind = "all_or_nothing"', 'kind = "some"'), "reference-shape"),
        (('level = "enterprise"\n', 'level = "enterprise"\nregion_level = "county"\n'), "for regions"),
    ],
    ids=["points", "twice", "group", "negative", "kind", "level"],
)
def test_a_wrong_sheet_is_refused(tmp_path, change, message):
    text = (DATA / "assessment" / "key-units-2016.toml").read_text(encoding="utf-8")
    path = tmp_path / "sheet.toml"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(ReferenceDataError) as refused:
        read_sheet(path)
    assert message in f"{refused.value.message_en} {refused.value.code}"
