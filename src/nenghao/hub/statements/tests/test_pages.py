"""The pages: cells saved while typing, what is said at them, files, an officer's list and review, the calendar."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from nenghao.hub.statements import deadlines, deciding
from nenghao.hub.statements.files import file_of
from nenghao.hub.statements.models import DeadlineRule, Filing
from nenghao.reporting.statements.xlsx_out import top_name

from .conftest import ACTOR, NOW, mended


def at(name, *arguments):
    return reverse(name, args=arguments)


def coal(filing):
    return next(row["#"] for row in filing.contents["energy"] if row["energy"] == "raw_coal")


def text(answer):
    return answer.content.decode()


def test_manager_starts_a_statement_from_the_list(manager, store):
    page = manager.client.get(at("statements"))
    assert "205-1" in text(page)
    answer = manager.client.post(at("statement-new"), {"form": "205-1", "period": "2026-10"})
    assert answer["Location"] == at("statement", Filing.objects.get().pk)
    shown = text(manager.client.get(answer["Location"]))
    assert "期末库存量应等于期初加购进减消费" in shown
    assert 'value="820.5"' in shown


def test_cell_that_changes_is_saved_and_the_answer_says_what_changed(manager, draft):
    name = f"energy:{coal(draft)}:closing"
    answer = text(manager.client.post(at("statement-cell", draft.pk), {f"c:{name}": "99.5"}))
    assert 'id="problems" hx-swap-oob="true"' in answer
    note = answer.split(f'id="n-energy-{coal(draft)}-closing"')[1].split("</div>")[0]
    assert "cell-error" not in note
    assert "预填 100" in note
    draft.refresh_from_db()
    assert next(row for row in draft.contents["energy"] if row["#"] == coal(draft))["closing"] == "99.5"
    broken = text(manager.client.post(at("statement-cell", draft.pk), {f"c:{name}": "99"}))
    note = broken.split(f'id="n-energy-{coal(draft)}-closing"')[1].split("</div>")[0]
    assert "99 ≠ 99.5, Δ -0.5" in note


def test_cell_answer_carries_totals_and_computed_cells(manager, draft):
    answer = text(manager.client.post(at("statement-cell", draft.pk), {f"c:energy:{coal(draft)}:factor": "0.7143"}))
    # 820.5 × 0.7143 + 150 × 1.229 = 770.43
    assert '<td id="t-energy-consumption" class="num fw-bold" hx-swap-oob="true">770.43</td>' in answer


def test_cell_that_is_none_is_said_not_to_be_saved(manager, draft):
    assert "没有保存" in text(manager.client.post(at("statement-cell", draft.pk), {"c:energy:77:closing": "1"}))


def test_submitting_saves_the_page_first(manager, draft):
    cells = {f"c:{name}": value for name, value in mended(draft).items()}
    manager.client.post(at("statement-submit", draft.pk), cells)
    draft.refresh_from_db()
    assert draft.state == "submitted"


def test_row_is_added_and_dropped_with_what_was_typed(manager, draft):
    typed = {"c:foot:-:filled_by": "王工"}
    answer = manager.client.post(at("statement-row-new", draft.pk, "energy"), typed)
    row = answer["Location"].rsplit("-", 1)[1]
    manager.client.post(at("statement-row-drop", draft.pk, "energy", row))
    draft.refresh_from_db()
    assert draft.contents["foot"][0]["filled_by"] == "王工"
    assert row not in {one["#"] for one in draft.contents["energy"]}


def test_bad_cell_of_a_file_is_named_with_its_mend(manager, draft):
    book = load_workbook(io.BytesIO(file_of(draft, "xlsx")))
    [(sheet, where)] = book.defined_names[top_name("energy")].destinations
    row = book[sheet][where.replace("$", "")].row + 1
    book[sheet].cell(row, 7).value = "约八百"
    stream = io.BytesIO()
    book.save(stream)
    sent = SimpleUploadedFile("a.xlsx", stream.getvalue())
    answer = manager.client.post(at("statement-import", draft.pk), {"file": sent})
    assert answer.status_code == 400
    assert f'<td class="tabular">G{row}</td>' in text(answer)
    assert "约八百" in text(answer)
    rubbish = manager.client.post(
        at("statement-import", draft.pk), {"file": SimpleUploadedFile("a.xlsx", b"x")}, follow=True
    )
    assert "文件读不出来" in text(rubbish)


@pytest.mark.parametrize(("kind", "start"), [("xlsx", b"PK"), ("empty", b"PK"), ("docx", b"PK"), ("pdf", b"%PDF")])
def test_files(manager, draft, kind, start):
    answer = manager.client.get(at("statement-file", draft.pk, kind))
    assert b"".join(answer.streaming_content)[:4].startswith(start)
    assert "attachment" in answer["Content-Disposition"]


def test_officer_does_not_see_a_draft_but_its_state(officer, draft):
    assert officer.client.get(at("statement", draft.pk)).status_code == 404
    assert "填报中" in text(officer.client.get(at("statements") + "?period=2026-10"))


def test_officer_reviews_with_differences_comments_and_returns(officer, manager, filed):
    page = text(officer.client.get(at("statement", filed.pk) + f"?comment=energy:{coal(filed)}:closing"))
    review = page.split('id="review"')[1]
    assert "99.5" in review and "-0.5" in review  # filed 99.5, the ledger says 100
    officer.client.post(
        at("statement-comment", filed.pk), {"cell": f"energy:{coal(filed)}:closing", "text": "与盘点不符"}
    )
    officer.client.post(at("statement-decide", filed.pk), {"decision": "return", "reason": ""})
    filed.refresh_from_db()
    assert filed.state == "submitted"  # no reason, no return
    officer.client.post(at("statement-decide", filed.pk), {"decision": "return", "reason": "请核对库存"})
    shown = text(manager.client.get(at("statement", filed.pk)))
    assert "请核对库存" in shown and "与盘点不符" in shown
    answer = manager.client.post(at("statement-amend", filed.pk))
    second = text(manager.client.get(answer["Location"]))
    assert "第 2 版" in second
    assert "原煤 · 期末库存量</a>：与盘点不符" in second  # in the list above, and at the cell itself
    note = second.split(f'id="n-energy-{coal(filed)}-closing"')[1].split("</div>")[0]
    assert "与盘点不符" in note


def test_roles_are_kept_apart(officer, manager, draft, filed):
    for name in ("statement-cell", "statement-submit", "statement-renew", "statement-amend", "statement-import"):
        assert officer.client.post(at(name, filed.pk)).status_code == 403, name
    for name in ("statement-decide", "statement-comment"):
        assert manager.client.post(at(name, filed.pk)).status_code == 403, name
    assert manager.client.post(at("statement-rule")).status_code == 403


def test_list_of_the_region_has_overdue_first_and_exports(officer, filed):
    page = text(officer.client.get(at("statements")))
    rows = page.split("<tbody>")[1]
    assert rows.index("badge-bad") < rows.index("badge-wait")  # the sheet of the quarter is overdue, October's waits
    answer = officer.client.get(at("statements") + "?format=xlsx&form=205-1")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert [cell.value for cell in book.worksheets[0][2]][:1] == ["示例建材"]


def test_calendar_shows_the_term_and_an_officer_sets_it(officer, manager, filed):
    page = text(officer.client.get(at("statement-calendar") + "?period=2026-11"))
    assert "本平台设定" in page and "1 / 1" in page
    facts = {"form": "205-1", "is_asked": "1", "days": "5", "workdays": "1", "remind_days": "2", "source": "市局通知"}
    officer.client.post(at("statement-rule"), facts)
    assert DeadlineRule.objects.get().workdays
    # five working days after 31 October 2026, a Saturday: the term ends on Friday the 6th
    assert "2026-11-06" in text(manager.client.get(at("statement-calendar") + "?period=2026-11"))
    officer.client.post(at("statement-rule"), facts | {"source": ""})
    officer.client.post(at("statement-rule"), facts | {"days": "x"})
    assert DeadlineRule.objects.get().source == "市局通知"


def test_calendar_file_is_icalendar(manager, plant):
    found = deadlines.calendar(
        enterprises=[plant], first=date(2026, 11, 1), last=date(2026, 11, 30), today=date(2026, 11, 3)
    )
    body = deadlines.calendar_file(found, name="报送，期限", now=NOW)
    assert body.startswith("BEGIN:VCALENDAR\r\n") and body.endswith("END:VCALENDAR\r\n")
    assert "DTSTART;VALUE=DATE:20261110" in body
    assert max(len(line.encode()) for line in body.split("\r\n")) <= 75
    assert manager.client.get(at("statement-calendar-file")).status_code == 200


def test_home_pages_count_and_remind(officer, manager, filed):
    assert "份报表待审核" in text(officer.client.get(at("region", "370600")))
    assert "报表待办" in text(manager.client.get(at("enterprise", filed.enterprise.code)))


def test_english_pages(manager, officer, filed):
    for client in (manager.client, officer.client):
        client.cookies["django_language"] = "en"
        shown = text(client.get(at("statement", filed.pk)))
        assert "Energy purchase, consumption and stock" in shown
        assert "To review" in shown


def test_warnings_stand_with_their_explanations(manager, officer, draft):
    name = f"energy:{coal(draft)}:factor"
    cells = {f"c:{key}": value for key, value in (mended(draft) | {name: "2"}).items()}
    answer = text(manager.client.post(at("statement-cell", draft.pk), cells))
    problem = answer.split('name="x:')[1].split('"')[0]
    manager.client.post(at("statement-cell", draft.pk), {f"x:{problem}": "检测报告 118"})
    manager.client.post(at("statement-submit", draft.pk))
    assert "检测报告 118" in text(officer.client.get(at("statement", draft.pk)))


def test_editions_of_a_reopened_statement(manager, officer, filed):
    deciding.accept(actor=ACTOR, now=NOW, filing_id=filed.pk)
    officer.client.post(at("statement-decide", filed.pk), {"decision": "reopen", "reason": "结算量更正"})
    assert Filing.objects.filter(is_current=True).get().edition == 2
    assert "结算量更正" in text(manager.client.get(at("statement", filed.pk)))
