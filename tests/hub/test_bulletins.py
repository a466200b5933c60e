"""Quarterly report and bulletin: figures counted by hand, texts that a person may change, files kept as issued."""

from __future__ import annotations

import io
from datetime import date, datetime
from zoneinfo import ZoneInfo

import docx
import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.models import AccessPlan, RegionDuty
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.bulletins import services
from nenghao.hub.bulletins.figures import _ranked, upload_of
from nenghao.hub.bulletins.models import QuarterlyDocument
from nenghao.hub.bulletins.quarters import Quarter
from nenghao.hub.registry.models import Region
from nenghao.readings.quality import EnterpriseMeasures

NOW = datetime(2026, 4, 8, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
ACTOR = Actor.command("officer-a")
Q1 = Quarter(2026, 1)


def plan(place, **dates):
    return AccessPlan.objects.create(
        enterprise=place.enterprise, tier="thousand", **({"listed_on": date(2019, 6, 1)} | dates)
    )


@pytest.fixture
def shandong(yantai, jinan, store):
    """Two listed enterprises: one connected in February, one built and late."""
    AccessPlan.objects.all().delete()
    plan(yantai, connected_on=date(2026, 2, 3))
    plan(jinan, built_on=date(2026, 1, 9), planned_connect_on=date(2026, 3, 1), delay_reason="停产")
    region = Region.objects.get(code="370000")
    RegionDuty.objects.create(
        region=region, effective_on=date(2019, 5, 31), lead_department="省能源局", builder="省节能中心", filed_at=NOW,
        filed_by="x", reason="首次",
    )  # fmt: skip
    return region


def draft(region, store, kind="report", quarter=Q1):
    return services.draft(actor=ACTOR, now=NOW, store=store, region=region, kind=kind, quarter=quarter)


def change(service, document, now=NOW, **facts):
    return getattr(services, service)(actor=ACTOR, now=now, document_id=document.pk, **facts)


def finish(document):
    texts = {key: document.texts[key] or "无。" for key in document.texts}
    change("edit", document, texts=texts)
    return change("issue", document, number="鲁能〔2026〕1号", issuer="省能源局")


@given(st.dates(min_value=date(2019, 1, 1), max_value=date(2099, 12, 31)))
def test_quarters_cover_the_calendar_without_gap_or_overlap(day):
    quarter = Quarter.of(day)
    assert quarter.start <= day < quarter.end
    assert quarter.after.before == quarter and quarter.before.end == quarter.start
    assert (quarter.report_due_on.day, quarter.report_due_on.month) == (15, quarter.end.month)
    assert Quarter.parse(quarter.text) == quarter


@pytest.mark.parametrize("text", ["2026Q5", "2026-Q1", "", "2018Q4", "99Q1", "2026Q1\n"])
def test_an_unreadable_quarter_is_refused(text):
    with pytest.raises(NenghaoError, match="the quarter cannot be read"):
        Quarter.parse(text)


def measures(**known):
    counts = dict.fromkeys(EnterpriseMeasures.__dataclass_fields__, 0)
    return EnterpriseMeasures(**(counts | {"plant_tce": None, "process_tce": None} | known))


def test_upload_rates_count_days_records_and_enterprises():
    found = upload_of([
        measures(days_due=90, days_online=90, records_due=8640, records_received=8640),
        measures(days_due=90, days_online=89, records_due=90, records_received=45),
        measures(days_due=0, records_due=0),  # nothing due: neither good nor bad
    ])  # fmt: skip
    assert (found.sending, found.daily) == (2, 1)
    assert found.daily_ratio == 0.5
    assert found.online_ratio == 179 / 180
    assert found.completeness == 8685 / 8730  # records, not the mean of the two rates (which would be 0.75)
    assert upload_of([]).completeness is None


def region_row(code, connected, daily=1.0, complete=1.0, listed=10):
    return {
        "code": code,
        "listed": listed,
        "connected_ratio": connected,
        "daily_ratio": daily,
        "completeness": complete,
    }


def test_regions_rank_by_connection_then_daily_upload_then_completeness():
    rows = _ranked([
        region_row("a", 0.9), region_row("b", 1.0, daily=0.5), region_row("c", 1.0, daily=0.8, complete=0.7),
        region_row("d", 1.0, daily=0.8, complete=0.9), region_row("e", 0.9), region_row("f", None, listed=0),
    ])  # fmt: skip
    assert [(row["code"], row["rank"]) for row in rows] == [
        ("d", 1), ("c", 2), ("b", 3), ("a", 4), ("e", 4), ("f", None),
    ]  # fmt: skip


def test_a_report_counts_what_stood_at_the_end_of_the_quarter(shandong, store):
    with override("en"):  # the document is Chinese, whatever language its author reads the pages in
        document = draft(shandong, store)
    assert "千家 2 家" in document.texts["access"]
    counts = document.figures["counts"]
    # Of two listed, both are built (a connected one is), one is connected, none accepted.
    assert (counts["listed"], counts["built"], counts["connected"], counts["accepted"]) == (2, 2, 1, 0)
    assert document.figures["on"] == "2026-03-31" and not document.figures["is_partial"]
    assert [row["name"] for row in document.figures["connected"]] == ["芝罘钢铁"]
    # Planned for 1 March, still not there on the 31st: thirty days.
    assert [(row["name"], row["days"], row["reason"]) for row in document.figures["delays"]] == [
        ("历城钢铁", 30, "停产")
    ]
    assert "建成率 100.0%" in document.texts["access"] and "接入率 50.0%" in document.texts["connected"]
    assert "省节能中心" in document.texts["platform"]
    assert document.texts["problems"] == ""
    ranks = {row["name"]: row["rank"] for row in document.figures["regions"]}
    assert ranks["烟台市"] == 1 and ranks["济南市"] == 2 and ranks["青岛市"] is None


def test_new_figures_leave_what_a_person_has_written(shandong, jinan, store):
    document = draft(shandong, store)
    change("edit", document, texts={"access": "人工改写。", "problems": "经费不足。", "unknown": "x"})
    AccessPlan.objects.filter(enterprise=jinan.enterprise).update(connected_on=date(2026, 3, 30))
    document = change("renew", document, store=store)
    assert document.texts["access"] == "人工改写。" and document.texts["problems"] == "经费不足。"
    assert "接入率 100.0%" in document.texts["connected"]
    assert "unknown" not in document.texts


def test_an_issued_document_and_its_files_stay_and_a_new_edition_follows(shandong, jinan, store):
    document = draft(shandong, store)
    with pytest.raises(NenghaoError, match="draft already"):
        draft(shandong, store)
    with pytest.raises(NenghaoError, match="still empty"):
        change("issue", document, number="1号", issuer="省能源局")
    document = finish(document)
    word = services.file_of(document, "docx")
    AccessPlan.objects.filter(enterprise=jinan.enterprise).update(connected_on=date(2026, 3, 30))
    refused = {"edit": {"texts": {"access": "x"}}, "renew": {"store": store}, "issue": {"number": "2", "issuer": "y"}}
    for service, facts in refused.items():
        with pytest.raises(NenghaoError, match="stays as it is"):
            change(service, document, **facts)
    stored = QuarterlyDocument.objects.get(pk=document.pk)
    assert services.file_of(stored, "docx") == word
    second = draft(shandong, store)
    assert (second.edition, second.figures["counts"]["connected"]) == (2, 2)
    assert list(AuditEntry.objects.filter(object_type="quarterly-document").values_list("action", flat=True)) == [
        "quarterly-drafted", "quarterly-issued", "quarterly-edited", "quarterly-drafted",
    ]  # fmt: skip


def test_word_and_excel_hold_the_texts_the_list_and_where_it_comes_from(shandong, store):
    document = draft(shandong, store)
    change("edit", document, texts={"problems": "<b>{{ number }}</b> & 经费"})
    document = finish(QuarterlyDocument.objects.get(pk=document.pk))
    word = docx.Document(io.BytesIO(services.file_of(document, "docx")))
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert texts[0] == "鲁能〔2026〕1号" and "（山东省 2026年第一季度）" in texts
    assert "<b>{{ number }}</b> & 经费" in texts  # a person's text is only text
    assert any("发改办环资〔2019〕424号 四" in text for text in texts)
    assert [row.cells[1].text for row in word.tables[1].rows] == ["单位名称", "芝罘钢铁"]
    book = load_workbook(io.BytesIO(services.file_of(document, "xlsx")))
    assert book.sheetnames[:3] == ["各地区情况", "已接入重点用能单位名单", "逾期未完成名单"]
    assert [cell.value for cell in book["逾期未完成名单"][2]][:2] == [
        document.figures["delays"][0]["code"], "历城钢铁",
    ]  # fmt: skip


def test_a_bulletin_names_regions_and_no_enterprise(shandong, store):
    document = finish(draft(shandong, store, kind="bulletin"))
    word = docx.Document(io.BytesIO(services.file_of(document, "docx")))
    everything = "\n".join(p.text for p in word.paragraphs) + "".join(
        cell.text for table in word.tables for row in table.rows for cell in row.cells
    )
    assert "烟台市" in everything and "芝罘" not in everything and "历城" not in everything
    assert "本平台设定" in everything


def test_a_quarter_that_has_not_begun_is_refused_and_a_running_one_says_so(shandong, store):
    with pytest.raises(NenghaoError, match="has not begun"):
        services.draft(actor=ACTOR, now=NOW, store=store, region=shandong, kind="report", quarter=Quarter(2026, 3))
    running = services.draft(
        actor=ACTOR, now=NOW, store=store, region=shandong, kind="report", quarter=Quarter(2026, 2)
    )
    assert running.figures["is_partial"] and running.figures["on"] == "2026-04-08"


def test_an_officer_drafts_edits_and_issues_on_the_pages(shandong, account, browse, yantai):
    officer = browse(account("officer", "370000"))
    assert "由数据生成" in officer.get("/bulletins/").content.decode()
    at = officer.post("/bulletins/new/", {"kind": "report", "quarter": "2026Q1"})["Location"]
    page = officer.get(at).content.decode()
    assert "接入率 50.0%" in page
    refused = officer.post(f"{at}issue/", {"problems": "经费不足。", "number": "", "issuer": "省能源局"})
    assert refused.status_code == 400 and "经费不足。" in refused.content.decode()
    assert (
        officer.post(f"{at}issue/", {"problems": "经费不足。", "number": "1号", "issuer": "省能源局"}).status_code
        == 302
    )
    assert officer.get(f"{at}file/docx/").status_code == officer.get(f"{at}file/xlsx/").status_code == 200
    assert officer.get("/bulletins/?format=xlsx").status_code == 200
    assert browse(yantai.officer).get(at).status_code == 404  # a city does not see the province's
    assert browse(yantai.manager).get("/bulletins/").status_code == 403
    foreign = browse(yantai.officer).post(
        "/bulletins/new/", {"kind": "report", "quarter": "2026Q1", "region": "370000"}
    )
    assert foreign.status_code == 404
