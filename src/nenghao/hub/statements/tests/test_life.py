"""The life of a statement: prefilled, saved cell by cell, refused, submitted, returned, mended, accepted, reopened."""

from __future__ import annotations

import pytest

from nenghao.errors import NenghaoError
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.evidence.models import MonthlyFigure
from nenghao.hub.statements import deciding, drafting
from nenghao.hub.statements.documents import document_of
from nenghao.hub.statements.files import file_of
from nenghao.hub.statements.models import CellComment, Filing
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.reporting.statements import statement_forms
from nenghao.reporting.statements.document import without_ids

from .conftest import ACTOR, NOW, OCTOBER, mended

WHO = {"actor": ACTOR, "now": NOW}


def refused(code, call, **facts):
    with pytest.raises(NenghaoError) as found:
        call(**WHO, **facts)
    assert found.value.code == code
    return found.value


def cell(filing, energy, field):
    filing.refresh_from_db()
    return next(row for row in filing.contents["energy"] if row["energy"] == energy).get(field)


def coal(filing):
    return next(row["#"] for row in filing.contents["energy"] if row["energy"] == "raw_coal")


def test_prefill_takes_readings_ledgers_and_economics_in_the_units_of_the_form(draft):
    assert cell(draft, "electricity", "consumption") == "150"  # 1,500,000 kWh in 万kWh
    assert cell(draft, "raw_coal", "consumption") == "820.5"
    assert [cell(draft, "raw_coal", name) for name in ("opening", "purchased", "closing")] == ["120", "800", "100"]
    assert draft.contents["head"][0]["output_value"] == "1234"
    assert cell(draft, "electricity", "opening") is None  # nothing is known: blank, not zero
    origin = draft.origins[f"energy/{coal(draft)}/opening"]
    assert origin["value"] == "120"
    assert "期初库存" in origin["zh"] and origin["url"].startswith("/evidence/")


def test_prefilled_stock_does_not_close_and_says_so_at_its_cell(draft):
    [found] = [one for one in document_of(draft).problems() if one.key == "closing-stock"]
    assert (found.row, found.field) == (coal(draft), "closing")
    assert (str(found.left), str(found.right)) == ("100", "99.5")


def test_every_form_starts_for_the_plant(plant, store):
    for key, form in statement_forms().items():
        period = {"month": "2026-10", "quarter": "2026Q3", "year": "2025"}[form.period]
        made = drafting.start(**WHO, store=store, enterprise=plant, form_key=key, period=FilingPeriod.parse(period))
        assert made.is_draft
        assert document_of(made).problems() is not None
        assert {kind: file_of(made, kind)[:2] for kind in ("xlsx", "empty", "docx", "pdf")} == {
            "xlsx": b"PK", "empty": b"PK", "docx": b"PK", "pdf": b"%P",
        }  # fmt: skip


def test_starting_twice_gives_the_same(draft, plant, store):
    again = drafting.start(**WHO, store=store, enterprise=plant, form_key="205-1", period=OCTOBER)
    assert again.pk == draft.pk


@pytest.mark.parametrize(("period", "code"), [("2026Q3", "period-kind"), ("2026-12", "period-future")])
def test_period_that_is_none_of_the_form(plant, store, period, code):
    refused(code, drafting.start, store=store, enterprise=plant, form_key="205-1", period=FilingPeriod.parse(period))


def test_what_is_typed_is_never_lost_even_when_it_does_not_fit(draft):
    name = f"energy:{coal(draft)}:purchased"
    drafting.save_cells(**WHO, filing_id=draft.pk, cells={name: "约八百"})
    assert cell(draft, "raw_coal", "purchased") == "约八百"
    assert ("bad-value", "purchased") in {(one.key, one.field) for one in document_of(draft).problems()}
    drafting.save_cells(**WHO, filing_id=draft.pk, cells={name: " 1,200.50 "})
    assert cell(draft, "raw_coal", "purchased") == "1200.5"


@pytest.mark.parametrize("name", ["energy:99:opening", "energy:1:code", "nothing:1:a", "energy", "energy:1:nothing"])
def test_cell_that_is_none(draft, name):
    refused("statement-cell", drafting.save_cells, filing_id=draft.pk, cells={name: "1"})


def test_energy_chosen_in_a_new_row_brings_what_is_known(draft, store):
    drafting.drop_row(**WHO, filing_id=draft.pk, section_key="energy", row_id=coal(draft))
    filing, row_id = drafting.add_row(**WHO, filing_id=draft.pk, section_key="energy")
    drafting.save_cells(**WHO, filing_id=filing.pk, cells={f"energy:{row_id}:energy": "原煤"}, store=store)
    assert cell(draft, "raw_coal", "opening") == "120"


def test_renewing_follows_the_books_and_leaves_what_was_typed(draft, store):
    drafting.save_cells(**WHO, filing_id=draft.pk, cells={f"energy:{coal(draft)}:closing": "99.5"})
    MonthlyFigure.objects.filter(kind="opening_stock").update(quantity=121.0)
    MonthlyFigure.objects.filter(kind="closing_stock").update(quantity=101.0)
    drafting.renew(**WHO, store=store, filing_id=draft.pk)
    assert cell(draft, "raw_coal", "opening") == "121"
    assert cell(draft, "raw_coal", "closing") == "99.5"
    assert draft.origins[f"energy/{coal(draft)}/closing"]["value"] == "101"


def test_submit_is_refused_while_errors_are_left(draft):
    wrong = refused("statement-errors", deciding.submit, filing_id=draft.pk)
    assert "期末库存量" in wrong.message_zh or "填报人" in wrong.message_zh
    draft.refresh_from_db()
    assert draft.is_draft


def test_warning_must_be_explained(draft):
    filed = mended(draft) | {f"energy:{coal(draft)}:factor": "2"}
    drafting.save_cells(**WHO, filing_id=draft.pk, cells=filed)
    refused("statement-unexplained", deciding.submit, filing_id=draft.pk)
    [warning] = [one for one in document_of(Filing.objects.get(pk=draft.pk)).problems()]
    drafting.explain(**WHO, filing_id=draft.pk, problem_id=warning.id, text="掺烧高热值煤，检测报告 2026-118")
    handed_in = deciding.submit(**WHO, filing_id=draft.pk)
    assert handed_in.filed["warnings"][0]["explanation"].startswith("掺烧")


def test_period_that_runs_is_not_handed_in(plant, store):
    november = drafting.start(
        **WHO, store=store, enterprise=plant, form_key="205-1", period=FilingPeriod.parse("2026-11")
    )
    refused("period-runs", deciding.submit, filing_id=november.pk)


def test_from_submission_to_acceptance_with_a_return_between(filed):
    assert filed.filed["totals"]["energy"]["consumption"]
    refused("reason-needed", deciding.send_back, filing_id=filed.pk, reason=" ")
    deciding.comment(**WHO, filing_id=filed.pk, cell=f"energy:{coal(filed)}:purchased", text="与磅单不符")
    deciding.send_back(**WHO, filing_id=filed.pk, reason="请核对原煤购进量")
    as_filed = Filing.objects.get(pk=filed.pk)
    second = deciding.amend(**WHO, filing_id=filed.pk)
    cells = {f"energy:{coal(second)}:purchased": "801", f"energy:{coal(second)}:closing": "100.5"}
    drafting.save_cells(**WHO, filing_id=second.pk, cells=cells)
    deciding.submit(**WHO, filing_id=second.pk)
    accepted = deciding.accept(**WHO, filing_id=second.pk)
    first = Filing.objects.get(pk=filed.pk)
    assert (first.edition, first.state, first.is_current) == (1, "returned", False)
    assert first.contents == as_filed.contents
    assert (accepted.edition, accepted.state, accepted.is_current) == (2, "accepted", True)
    assert CellComment.objects.get().filing_id == first.pk
    actions = list(AuditEntry.objects.filter(object_type="statement").order_by("pk").values_list("action", flat=True))
    assert actions == [
        "statement-started", "statement-submitted", "statement-returned", "statement-amended", "statement-submitted",
        "statement-accepted",
    ]  # fmt: skip


def test_reopening_keeps_the_accepted_edition(filed):
    deciding.accept(**WHO, filing_id=filed.pk)
    refused("reason-needed", deciding.reopen, filing_id=filed.pk, reason="")
    made = deciding.reopen(**WHO, filing_id=filed.pk, reason="供电公司更正了结算量")
    assert (made.edition, made.state, made.is_current) == (2, "draft", True)
    kept = Filing.objects.get(pk=filed.pk)
    assert (kept.state, kept.is_current, kept.contents) == ("reopened", False, filed.contents)


@pytest.mark.parametrize("service", [drafting.save_cells, drafting.renew, drafting.add_row, drafting.explain])
def test_nothing_of_a_filed_statement_changes(filed, store, service):
    facts = {
        drafting.save_cells: {"cells": {"foot:-:filled_by": "x"}}, drafting.renew: {"store": store},
        drafting.add_row: {"section_key": "energy"}, drafting.explain: {"problem_id": "x", "text": "y"},
    }[service]  # fmt: skip
    refused("statement-filed", service, filing_id=filed.pk, **facts)


@pytest.mark.parametrize("service", [deciding.accept, deciding.send_back])
def test_only_what_was_handed_in_is_decided(draft, service):
    refused("statement-state", service, filing_id=draft.pk, reason="x")


def test_excel_out_and_in_gives_the_same_statement_and_keeps_origins(draft):
    content = file_of(draft, "xlsx")
    before = draft.origins
    filing, read = drafting.import_file(**WHO, filing_id=draft.pk, name="a.xlsx", content=content)
    assert read.bad == ()
    assert without_ids(filing.form, filing.contents) == without_ids(draft.form, draft.contents)
    assert filing.origins == before


def test_excel_of_another_period_is_refused(draft, plant, store):
    september = FilingPeriod.parse("2026-09")
    other = drafting.start(**WHO, store=store, enterprise=plant, form_key="205-1", period=september)
    refused("statement-other", drafting.import_file, filing_id=draft.pk, name="a.xlsx", content=file_of(other, "xlsx"))


def test_next_month_is_checked_against_what_was_filed(filed, plant, store):
    deciding.accept(**WHO, filing_id=filed.pk)
    november = drafting.start(
        **WHO, store=store, enterprise=plant, form_key="205-1", period=FilingPeriod.parse("2026-11")
    )
    assert november.contents["foot"][0]["filled_by"] == "王工"  # as filed before
    filing, row_id = drafting.add_row(**WHO, filing_id=november.pk, section_key="energy")
    cells = {f"energy:{row_id}:energy": "raw_coal", f"energy:{row_id}:opening": "80"}
    filing = drafting.save_cells(**WHO, filing_id=filing.pk, cells=cells)
    found = {one.key: one for one in document_of(filing).problems()}
    assert str(found["stock-carried-over"].right) == "99.5"
