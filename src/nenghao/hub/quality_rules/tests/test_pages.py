"""The pages of rules and schemes: who sees and changes what, nothing typed is lost, what the steps lead to."""

from __future__ import annotations

import re

import pytest

from nenghao.hub.quality_rules.models import Edition

from .conftest import JINAN, SHANDONG, YANTAI, ZHIFU

SHOWN = "/rules/{}/"


def typed(edition, **changes):
    """Give what a browser would send for a rule set, with some fields changed."""
    from nenghao.hub.quality_rules.forms import sheet_of

    sheet = sheet_of(edition)
    fields = [*sheet.head, *(f for part in sheet.parts for f in (*part.fields, part.enabled) if f)]
    post = {field.name: field.value for field in fields if field.value or field.kind != "flag"}
    return {name: value for name, value in (post | changes).items() if value is not None}


def value_of(html, name):
    tag = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*>', html)[0]
    return re.search(r'value="([^"]*)"', tag)[1]


def test_the_list_says_what_applies_today(regions, edition, officer, browse):
    edition(SHANDONG, "2026-01-01")
    page = browse(officer(YANTAI)).get("/rules/").content.decode()
    assert "370000 版" in page
    assert "系统默认" in page
    assert "待核" in page


def test_a_city_reads_the_provinces_edition_and_cannot_change_it(regions, edition, officer, browse):
    province, draft, other = edition(SHANDONG, "2026-01-01"), edition(SHANDONG), edition(JINAN, "2026-01-01")
    city = browse(officer(YANTAI))
    shown = city.get(SHOWN.format(province.pk))
    assert shown.status_code == 200
    assert "edition-activated" not in shown.content.decode()
    assert "试运行通过" not in shown.content.decode()
    for hidden in (draft, other):
        assert city.get(SHOWN.format(hidden.pk)).status_code == 404
    for step in ("edit", "activate", "retire", "discard", "trials"):
        answer = city.post(f"/rules/{province.pk}/{step}/", {"reason": "x", "effective_from": "2026-03-01"})
        assert answer.status_code == 404, step
    province.refresh_from_db()
    assert province.status == "active"


def test_a_draft_is_made_only_for_the_own_region_and_below(regions, officer, browse):
    city = browse(officer(YANTAI))
    assert city.post("/rules/new/", {"key": "rules", "region": ZHIFU}).status_code == 302
    for region in (SHANDONG, JINAN):
        assert city.post("/rules/new/", {"key": "rules", "region": region}).status_code == 404
    assert city.post("/rules/new/", {"key": "no-such-scheme", "region": YANTAI}).status_code == 404
    assert [(e.region_id, e.key) for e in Edition.objects.all()] == [(ZHIFU, "rules")]


@pytest.mark.parametrize("role", ["operator", "institution"])
def test_other_roles_change_nothing(regions, edition, officer, browse, role):
    draft = edition(YANTAI)
    other = browse(officer(YANTAI, role))
    assert other.post("/rules/new/", {"key": "rules"}).status_code == 403
    assert other.post(f"/rules/{draft.pk}/activate/", {"reason": "x"}).status_code == 403
    assert other.get("/rules/").status_code == (200 if role == "operator" else 403)


def test_a_draft_is_edited_and_says_what_is_the_regions_own(regions, edition, officer, browse):
    draft = edition(YANTAI, fail=96.0)
    answer = browse(officer(YANTAI)).post(
        f"/rules/{draft.pk}/edit/",
        typed(draft, **{"flat-line.suspect": "24", "spike.enabled": None, "title": "市标准"}),
    )
    assert answer.status_code == 302
    draft.refresh_from_db()
    flat = draft.content["checks"]["flat-line"]
    assert (draft.title, flat["suspect"], flat["status"]) == ("市标准", 24.0, "ours")
    assert draft.content["checks"]["spike"]["enabled"] is False
    assert draft.content["checks"]["month-against-days"]["status"] != "ours"
    page = browse(officer(SHANDONG)).get(SHOWN.format(draft.pk)).content.decode()
    assert re.search(r"<del>12</del>.*?24", page, re.DOTALL)


def test_every_error_shows_at_its_field_and_nothing_typed_is_lost(regions, edition, officer, browse):
    draft = edition(YANTAI)
    before = draft.content
    wrong = {
        "flat-line.suspect": "twelve", "timeliness.suspect": "-3", "spike.suspect": "99", "spike.fail": "1",
        "on_time_hours": "", "title": "我的名称", "range.suspect": "4.5",
    }  # fmt: skip
    page = browse(officer(YANTAI)).post(f"/rules/{draft.pk}/edit/", typed(draft, **wrong)).content.decode()
    for name, text in wrong.items():
        assert value_of(page, name) == text, name
    for name in ("flat-line-suspect", "timeliness-suspect", "spike-suspect", "on_time_hours"):
        field = page[page.index(f'id="f-{name}"') :]
        assert "invalid-feedback" in field[: field.index("form-label")], name
    draft.refresh_from_db()
    assert draft.content == before


def test_a_scheme_is_edited_in_percent_and_keeps_its_mark(regions, edition, officer, browse):
    draft = edition(YANTAI, kind="scheme", key="acceptance-2019")
    answer = browse(officer(YANTAI)).post(f"/rules/{draft.pk}/edit/", typed(draft, **{"completeness.threshold": "95"}))
    assert answer.status_code == 302
    draft.refresh_from_db()
    changed = {index["code"]: index for index in draft.content["indices"]}
    assert changed["completeness"]["threshold"]["value"] == 0.95
    assert changed["completeness"]["status"] == "unverified"
    assert changed["indicators"]["status"] == "secondhand"


def test_a_weight_that_cannot_be_is_refused_at_its_field(regions, edition, officer, browse):
    draft = edition(YANTAI, kind="scheme", key="provincial")
    wrong = {"online.weight": "-1", "accuracy.weight": "x", "completeness.when_empty": "maybe"}
    page = browse(officer(YANTAI)).post(f"/rules/{draft.pk}/edit/", typed(draft, **wrong)).content.decode()
    assert (value_of(page, "online.weight"), value_of(page, "accuracy.weight")) == ("-1", "x")
    assert page.count("invalid-feedback") == 3
    zeros = {f"{code}.weight": "0" for code in ("online", "completeness", "accuracy", "correctness")}
    page = browse(officer(SHANDONG)).post(f"/rules/{draft.pk}/edit/", typed(draft, **zeros)).content.decode()
    assert page.count("invalid-feedback") == 1


def test_activation_without_a_reason_keeps_the_day(regions, edition, officer, browse):
    draft = edition(YANTAI)
    own = browse(officer(YANTAI))
    page = own.post(f"/rules/{draft.pk}/activate/", {"effective_from": "2026-05-01", "reason": " "}).content.decode()
    assert 'value="2026-05-01"' in page
    assert "请填写理由" in page
    page = own.post(f"/rules/{draft.pk}/activate/", {"effective_from": "soon", "reason": "依据"}).content.decode()
    assert 'value="soon"' in page
    assert 'value="依据"' in page
    assert (
        own.post(f"/rules/{draft.pk}/activate/", {"effective_from": "2026-05-01", "reason": "依据"}).status_code == 302
    )
    draft.refresh_from_db()
    assert (draft.status, str(draft.effective_from)) == ("active", "2026-05-01")
    assert own.get(f"/rules/{draft.pk}/edit/").status_code == 302


def test_the_difference_can_be_taken_to_another_edition(regions, edition, officer, browse):
    first, second = edition(YANTAI, "2026-01-01", fail=60.0), edition(YANTAI, "2026-02-01", fail=40.0)
    page = browse(officer(YANTAI)).get(SHOWN.format(second.pk) + f"?with={first.pk}").content.decode()
    assert re.search(r"<del>60</del></td><td[^>]*>40", page)
    page = browse(officer(SHANDONG)).get(SHOWN.format(second.pk)).content.decode()
    assert re.search(r"<del>96</del></td><td[^>]*>40", page)


def test_an_energy_manager_reads_what_applies_and_nothing_else(regions, edition, officer, browse, enterprise):
    edition(SHANDONG, "2026-01-01", fail=60.0)
    draft, own, other = edition(YANTAI), enterprise(YANTAI), enterprise(JINAN, 2)
    manager = browse(officer(YANTAI, "energy_manager", own))
    page = manager.get(f"/enterprises/{own.code}/rules/?on=2026-02-01").content.decode()
    assert "370000 版" in page
    assert "待核" in page
    assert "/rules/" not in page.replace(f"/enterprises/{own.code}/rules/", "")
    assert "370000 版" not in manager.get(f"/enterprises/{own.code}/rules/?on=2025-02-01").content.decode()
    assert manager.get(f"/enterprises/{other.code}/rules/").status_code == 404
    assert manager.get(SHOWN.format(draft.pk)).status_code == 403
    assert manager.get(f"/enterprises/{own.code}/rules/?on=never").status_code == 400


def test_a_total_is_never_shown_without_its_weights(regions, officer, browse):
    page = browse(officer(SHANDONG)).get("/rules/built-in/db53-1116-2022/").content.decode()
    assert "权重为本平台设定" in page
    assert page.count("16.7") >= 6
    assert browse(officer(YANTAI)).get("/rules/built-in/no-such/").status_code == 404


def test_the_list_is_exported(regions, edition, officer, browse):
    edition(YANTAI)
    answer = browse(officer(YANTAI)).get("/rules/?format=xlsx&q=370600&status=draft")
    assert answer["Content-Type"].startswith("application/vnd.openxmlformats")
