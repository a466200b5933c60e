"""Trial runs: who is affected, what is counted as gained and lost, samples that say so."""

from __future__ import annotations

import io
from datetime import date
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook

from nenghao.errors import NenghaoError
from nenghao.hub import store as hub_store
from nenghao.hub.quality_rules import trial as trials
from nenghao.hub.quality_rules.models import Trial
from nenghao.hub.quality_rules.trial import affected_enterprises, default_span, run_trial
from nenghao.readings import ReadingStore

from .conftest import ACTOR, JINAN, NOW, SHANDONG, YANTAI, ZHIFU

START, END = date(2026, 2, 1), date(2026, 2, 8)


@pytest.fixture
def store(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as opened:
        before, hub_store._store = hub_store._store, opened
        yield opened
        hub_store._store = before


def checks(good_by_fail):
    """Give a check that finds, of 100 records of every enterprise, as many good as the rule's fail threshold says.

    The first enterprise of a chunk has one suspect flat line of 3 slots under every rule; the others fail in the rest.
    """

    def check(enterprise_ids, rules):
        fail = rules.checks["flat-line"].fail
        good = good_by_fail[fail]
        slots = {(number, 1, "flat-line", 4): 100 - good for number in enterprise_ids if good < 100}
        slots[min(enterprise_ids), 1, "flat-line", 3] = 3
        counts = {
            number: {"days_due": 7, "days_online": 7, "records_due": 100, "records_received": 100,
                     "records_good": good, "records_fail": 100 - good}
            for number in enterprise_ids
        }  # fmt: skip
        return SimpleNamespace(slots=slots, counts=counts)

    return check


def run(store, draft, check, **options):
    return run_trial(
        actor=ACTOR, now=NOW, store=store, edition=draft, start=START, end=END, check=check, **options
    )  # fmt: skip


def test_gains_losses_and_scores_are_worked_out(store, edition, enterprise):
    """Shipped: 96 slots fail, 90 of 100 are good; the draft fails at 40: 70 are good.

    Without processes correctness counts 20 of 60 points, 33.33: 30.00 before, 23.33 after, 6.67 less for both; the
    other two indices are full, 66.67. Failed slots rise from 2 × 10 to 2 × 30, the three suspect ones stay.
    """
    first, second = enterprise(YANTAI), enterprise(ZHIFU, 2)
    enterprise(JINAN, 3)
    ran = run(store, edition(YANTAI, fail=40.0), checks({96: 90, 40: 70}))
    assert (ran.affected, ran.looked_at, ran.is_sample) == (2, 2, False)
    names = ("check_code", "flag", "before", "after", "gained", "lost")
    assert [tuple(row[name] for name in names) for row in ran.result["flags"]] == [
        ("flat-line", 4, 20, 60, 40, 0), ("flat-line", 3, 3, 3, 0, 0),
    ]  # fmt: skip
    rows = {row["enterprise_id"]: row for row in ran.result["scores"]}
    assert set(rows) == {first.pk, second.pk}
    for row in rows.values():
        assert (row["before"], row["after"]) == pytest.approx((96.6667, 90.0), abs=1e-3)
    assert (ran.result["mean_before"], ran.result["mean_after"]) == pytest.approx((96.6667, 90.0), abs=1e-3)


def test_slots_that_move_from_one_enterprise_to_another_do_not_cancel(store, edition, enterprise):
    """A difference of sums would call this no change at all."""
    one, two = enterprise(YANTAI), enterprise(YANTAI, 2)

    def check(ids, rules):
        flagged = one.pk if rules.checks["flat-line"].fail == 96 else two.pk
        return SimpleNamespace(slots={(flagged, 1, "spike", 4): 5}, counts={})

    (row,) = run(store, edition(YANTAI, fail=40.0), check).result["flags"]
    assert (row["before"], row["after"], row["gained"], row["lost"]) == (5, 5, 5, 5)


def test_the_edition_in_force_is_what_the_draft_is_compared_with(store, edition, enterprise):
    enterprise(YANTAI)
    edition(SHANDONG, "2026-01-01", fail=60.0)
    ran = run(store, edition(YANTAI, fail=40.0), checks({60: 80, 40: 80}))
    assert ran.result["scores"] == []
    assert ran.result["same"] == 1


def test_a_nearer_edition_keeps_its_enterprises(edition, enterprise):
    far, near = enterprise(JINAN), enterprise(ZHIFU, 2)
    draft = edition(SHANDONG)
    assert {e.pk for e in affected_enterprises(draft, START)} == {far.pk, near.pk}
    edition(YANTAI, "2026-01-01")
    assert {e.pk for e in affected_enterprises(draft, START)} == {far.pk}
    assert {e.pk for e in affected_enterprises(draft, date(2025, 12, 31))} == {far.pk, near.pk}


def test_out_of_time_it_says_how_many_it_saw(store, edition, enterprise, monkeypatch):
    for number in range(1, 6):
        enterprise(YANTAI, number)
    monkeypatch.setattr(trials, "CHUNK_ITEMS", 2)
    draft = edition(YANTAI, fail=40.0)
    ran = run(store, draft, checks({96: 90, 40: 70}), budget_s=0)
    assert (ran.affected, ran.looked_at, ran.is_sample) == (5, 2, True)
    assert run(store, draft, checks({96: 90, 40: 70}), budget_s=None).looked_at == 5


def test_a_scheme_is_tried_without_checking_anything(store, edition, enterprise):
    enterprise(YANTAI)

    def no_check(ids, rules):
        raise AssertionError("a scheme changes no flags")

    draft = edition(YANTAI, kind="scheme", key="acceptance-2019")
    ran = run(store, draft, no_check)
    assert ran.result["flags"] == []
    assert ran.result["scheme"] == "acceptance-2019"


@pytest.mark.parametrize(("start", "end"), [(END, START), (START, START), (date(2025, 1, 1), END)])
def test_a_span_that_cannot_be_is_refused(store, edition, start, end):
    with pytest.raises(NenghaoError) as refused:
        run_trial(actor=ACTOR, now=NOW, store=store, edition=edition(YANTAI), start=start, end=end)
    assert refused.value.field == "start"
    assert not Trial.objects.exists()


def test_seven_days_with_data_are_offered():
    assert default_span(date(2026, 2, 7), date(2026, 3, 4)) == (START, END)
    assert default_span(None, date(2026, 2, 8)) == (START, END)
    assert default_span(date(2026, 2, 8), date(2026, 2, 8)) == (START, END)


@pytest.fixture
def ran(store, edition, enterprise):
    for number in (1, 2):
        enterprise(YANTAI, number)
    return run(store, edition(YANTAI, fail=40.0), checks({96: 90, 40: 70}))


def test_the_result_is_shown_exported_and_marked_when_the_draft_changes(ran, officer, browse):
    page, own = f"/rules/{ran.edition_id}/trials/{ran.pk}/", browse(officer(YANTAI))
    html = own.get(page).content.decode()
    assert "96.67" in html
    assert "90.00" in html
    assert "待核" in html
    assert "结果不再是现在的草稿" not in html
    book = load_workbook(io.BytesIO(b"".join(own.get(page + "?format=xlsx"))))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [round(value, 2) for value in rows[1][3:6]] == [96.67, 90.0, -6.67]
    book = load_workbook(io.BytesIO(b"".join(own.get(page + "?format=xlsx&table=checks"))))
    assert list(book.worksheets[0].iter_rows(values_only=True))[1][2:] == (20, 60, 40, 0)
    edition = ran.edition
    edition.content = edition.content | {"on_time_hours": 12.0}
    edition.save()
    assert "结果不再是现在的草稿" in own.get(page).content.decode()


def test_nobody_else_reads_or_starts_a_trial(ran, edition, officer, browse, regions):
    page = f"/rules/{ran.edition_id}/trials/{ran.pk}/"
    assert browse(officer(JINAN)).get(page).status_code == 404
    assert browse(officer(SHANDONG)).get(page).status_code == 200
    county = browse(officer(ZHIFU))
    from nenghao.hub.quality_rules.editing import activate

    activate(actor=ACTOR, now=NOW, edition=ran.edition, effective_from=START, reason="依据")
    assert county.get(f"/rules/{ran.edition_id}/").status_code == 200
    assert county.get(page).status_code == 404
    assert county.get(f"/rules/{ran.edition_id}/trials/").status_code == 404


def test_a_wrong_day_is_said_at_its_field(store, edition, enterprise, officer, browse):
    draft = edition(YANTAI)
    own = browse(officer(YANTAI))
    html = own.post(f"/rules/{draft.pk}/trials/", {"start": "2026-02-07", "end": "2026-02-01"}).content.decode()
    assert 'value="2026-02-07"' in html
    assert "invalid-feedback" in html
    html = own.post(f"/rules/{draft.pk}/trials/", {"start": "2026-02-07", "end": ""}).content.decode()
    assert "invalid-feedback" in html
