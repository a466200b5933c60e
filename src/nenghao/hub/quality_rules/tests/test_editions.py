"""Editions: which one applies by region and day, and what may be done to one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nenghao.errors import NenghaoError
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.quality_rules.comparing import Change, changes
from nenghao.hub.quality_rules.editing import activate, create_draft, discard_draft, retire, save_draft
from nenghao.hub.quality_rules.models import Edition
from nenghao.hub.quality_rules.services import applied_to, rules_for, rules_for_many, scheme_for, schemes_for
from nenghao.hub.registry.models import Enterprise
from nenghao.quality.rules import default_rules, rules_from, rules_to
from nenghao.quality.scores import scheme, schemes

from .conftest import ACTOR, JINAN, NOW, SHANDONG, YANTAI, ZHIFU

DAY = date(2026, 3, 4)


def flat_fail(region, day=DAY):
    return rules_for(region.path, day).checks["flat-line"].fail


def test_without_an_edition_the_shipped_rules_and_schemes_apply(regions):
    path = regions[ZHIFU].path
    assert rules_for(path, DAY) == default_rules()
    assert schemes_for(path, DAY) == schemes()


def test_the_nearest_region_upward_decides(regions, edition):
    edition(SHANDONG, "2026-01-01", fail=60.0)
    edition(YANTAI, "2026-01-01", fail=40.0)
    assert {code: flat_fail(region) for code, region in regions.items()} == {
        SHANDONG: 60.0, YANTAI: 40.0, ZHIFU: 40.0, JINAN: 60.0,
    }  # fmt: skip


def test_a_day_is_judged_by_the_edition_that_was_in_force_then(regions, edition):
    first = edition(SHANDONG, "2026-01-01", fail=60.0)
    edition(SHANDONG, "2026-03-01", fail=30.0)
    edition(SHANDONG, "2026-06-01", fail=20.0)
    days = ("2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01", "2026-05-31", "2026-06-01")
    found = [flat_fail(regions[ZHIFU], date.fromisoformat(day)) for day in days]
    assert found == [default_rules().checks["flat-line"].fail, 60.0, 60.0, 30.0, 30.0, 20.0]
    first.refresh_from_db()
    assert (first.status, first.effective_until) == ("retired", date(2026, 3, 1))


def test_a_draft_applies_to_nobody(regions, edition):
    edition(SHANDONG)
    assert rules_for(regions[SHANDONG].path, DAY) == default_rules()


def test_a_finding_can_name_the_edition_it_was_judged_by(regions, edition):
    made = edition(SHANDONG, "2026-01-01")
    assert rules_for(regions[ZHIFU].path, DAY).key == made.label == "370000/1"


def test_many_enterprises_are_grouped_with_one_query(regions, edition, enterprise):
    shandong, yantai = edition(SHANDONG, "2026-01-01"), edition(YANTAI, "2026-01-01", fail=40.0)
    ids = {code: [enterprise(code, n).pk for n in (1, 2)] for code in (YANTAI, ZHIFU, JINAN)}
    everybody = list(Enterprise.objects.select_related("region"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        groups = rules_for_many(everybody, DAY)
    assert len(queries) == 1
    found = {group.edition_id: sorted(group.enterprise_ids) for group in groups}
    assert found == {yantai.pk: sorted(ids[YANTAI] + ids[ZHIFU]), shandong.pk: sorted(ids[JINAN])}
    assert {group.rules.key for group in groups} == {"370600/1", "370000/1"}


def test_schemes_are_editions_too(regions, edition):
    content = scheme_content("provincial", online=40, accuracy=10)
    edition(YANTAI, "2026-01-01", kind="scheme", key="provincial", change=content)
    here, there = (scheme_for(regions[code].path, DAY, "provincial") for code in (ZHIFU, JINAN))
    assert [index.weight for index in here.indices] == [40, 30, 10, 20]
    assert there == scheme("provincial")
    assert [s.key for s in schemes_for(regions[ZHIFU].path, DAY)] == [s.key for s in schemes()]
    assert {a.key: bool(a.edition) for a in applied_to(regions[ZHIFU].path, DAY)} == {
        "rules": False, "acceptance-2019": False, "db53-1116-2022": False, "provincial": True,
    }  # fmt: skip


def scheme_content(key, **weights):
    from nenghao.quality.scores import scheme_to

    content = scheme_to(scheme(key))
    rows = [i | {"weight": weights.get(i["code"], i["weight"])} for i in content["indices"]]
    return content | {"indices": rows}


def test_an_active_edition_never_changes(edition):
    made = edition(SHANDONG, "2026-01-01")
    for attempt in (
        lambda: save_draft(actor=ACTOR, now=NOW, edition=made, title="改", content=made.content),
        lambda: discard_draft(actor=ACTOR, now=NOW, edition=made),
        lambda: activate(actor=ACTOR, now=NOW, edition=made, effective_from=DAY, reason="再"),
    ):
        with pytest.raises(NenghaoError) as refused:
            attempt()
        assert refused.value.code == "edition-status"
    assert Edition.objects.get(pk=made.pk).title == "370000 版"


def test_editing_makes_a_new_draft_with_the_next_number(regions, edition):
    made = edition(SHANDONG, "2026-01-01", fail=60.0)
    draft = create_draft(actor=ACTOR, now=NOW, region=regions[SHANDONG], kind="rules", base=made)
    assert (draft.number, draft.status, draft.content["checks"]["flat-line"]["fail"]) == (2, "draft", 60.0)
    assert flat_fail(regions[SHANDONG]) == 60.0


@pytest.mark.parametrize(("day", "reason", "field"), [(DAY, " ", "reason"), (None, "依据", "effective_from")])
def test_activation_needs_a_day_and_a_reason(edition, day, reason, field):
    draft = edition(SHANDONG)
    with pytest.raises(NenghaoError) as refused:
        activate(actor=ACTOR, now=NOW, edition=draft, effective_from=day, reason=reason)
    assert refused.value.field == field
    assert Edition.objects.get(pk=draft.pk).status == "draft"


def test_an_edition_cannot_slip_in_before_the_one_in_force(edition):
    edition(SHANDONG, "2026-03-01")
    with pytest.raises(NenghaoError) as refused:
        edition(SHANDONG, "2026-02-01")
    assert refused.value.code == "day-before-present"


def test_retiring_gives_the_day_back_to_the_region_above(regions, edition):
    edition(SHANDONG, "2026-01-01", fail=60.0)
    city = edition(YANTAI, "2026-01-01", fail=40.0)
    today = date(2026, 3, 4)
    with pytest.raises(NenghaoError):
        retire(actor=ACTOR, now=NOW, edition=city, effective_until=today - timedelta(1), reason="改用省版")
    retire(actor=ACTOR, now=NOW, edition=city, effective_until=None, reason="改用省版")
    assert flat_fail(regions[ZHIFU], today - timedelta(1)) == 40.0
    assert flat_fail(regions[ZHIFU], today) == 60.0


def test_content_that_cannot_be_used_is_not_saved(edition):
    draft = edition(SHANDONG)
    broken = {**draft.content, "checks": {"flat-line": {"suspect": 40, "fail": 12}}}
    with pytest.raises(NenghaoError) as refused:
        save_draft(actor=ACTOR, now=NOW, edition=draft, title="错", content=broken)
    assert (refused.value.record, refused.value.field) == ("flat-line", "suspect")
    assert Edition.objects.get(pk=draft.pk).content == draft.content


def test_every_step_is_in_the_audit_trail_with_what_changed(edition):
    made = edition(SHANDONG, "2026-01-01", fail=60.0)
    retire(actor=ACTOR, now=NOW, edition=made, effective_until=None, reason="停用")
    entries = list(AuditEntry.objects.filter(object_type="quality-edition").order_by("pk"))
    assert [entry.action for entry in entries] == [
        "edition-drafted", "edition-changed", "edition-activated", "edition-retired",
    ]  # fmt: skip
    assert entries[1].after["flat-line.fail"] == 60.0
    assert set(entries[1].after) == {"flat-line.fail", "title"}
    assert entries[2].reason == "试运行通过"
    assert {entry.region_path for entry in entries} == {made.region.path}


def test_the_difference_names_check_field_and_both_values():
    shipped = rules_to(default_rules())
    flat_line = shipped["checks"]["flat-line"]
    settings = flat_line["settings"]
    changed = flat_line | {"enabled": False, "settings": settings | {"ticks": 5.0}}
    after = {**shipped, "on_time_hours": 12.0, "checks": shipped["checks"] | {"flat-line": changed}}
    rules_from(after)
    assert set(changes(shipped, after)) == {
        Change("", "on_time_hours", shipped["on_time_hours"], 12.0), Change("flat-line", "enabled", True, False),
        Change("flat-line", "settings.ticks", settings["ticks"], 5.0),
    }  # fmt: skip
    assert not changes(shipped, rules_to(rules_from(shipped)))
