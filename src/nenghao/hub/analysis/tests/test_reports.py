"""Monthly situation reports: sentences from figures, texts that a person may change, files kept as issued."""

from __future__ import annotations

import io
from datetime import date

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from openpyxl import load_workbook
from reportlab.pdfbase.pdfmetrics import stringWidth

from nenghao.errors import NenghaoError
from nenghao.hub.analysis import services
from nenghao.hub.analysis.models import SituationReport
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.energy_accounts.tests.conftest import ACTOR, NOW, _codes_once, codes, store  # noqa: F401
from nenghao.hub.registry.models import Region

from .test_pages import plants, sign_in, state_equivalents  # noqa: F401

MARCH = date(2026, 3, 1)


@pytest.fixture
def city(plants):  # noqa: F811
    return Region.objects.get(code="370600")


def draft(city, store):  # noqa: F811
    return services.draft(actor=ACTOR, now=NOW, store=store, region=city, month=MARCH)


def finish(report):
    texts = {"outlook": "保持平稳。\n\n【图：各月综合能耗】"}
    services.edit(actor=ACTOR, now=NOW, report_id=report.pk, texts=texts)
    return services.issue(actor=ACTOR, now=NOW, report_id=report.pk, number="烟能〔2026〕3号", issuer="市节能中心")


def test_the_sentences_follow_from_the_figures(city, store):  # noqa: F811
    report = draft(city, store)
    overview = report.texts["overview"]
    assert "综合能耗 737.40 吨标准煤" in overview
    assert "同比增长 100.0%（可比 2 家）" in overview
    assert "环比增长 33.3%" in overview
    assert "产出增减使其增加 368.70 吨标准煤" in report.texts["causes"]
    assert "核算2厂（245.80 吨标准煤）" in report.texts["enterprises"]
    assert report.texts["energies"].startswith("电力 737.40 吨标准煤，占 100.0%")
    assert report.texts["outlook"] == ""
    with pytest.raises(NenghaoError, match="draft already"):
        draft(city, store)
    with pytest.raises(NenghaoError, match="still empty"):
        services.issue(actor=ACTOR, now=NOW, report_id=report.pk, number="1", issuer="x")


def test_issued_it_stays_with_its_files_and_charts(city, store):  # noqa: F811
    report = finish(draft(city, store))
    stored = SituationReport.objects.get(pk=report.pk)
    word = services.file_of(stored, "docx")
    for refused in ("renew", "edit", "issue"):
        facts = {"renew": {"store": store}, "edit": {"texts": {}}, "issue": {"number": "2", "issuer": "y"}}[refused]
        with pytest.raises(NenghaoError, match="stays as it is"):
            getattr(services, refused)(actor=ACTOR, now=NOW, report_id=report.pk, **facts)
    assert services.file_of(stored, "docx") == word
    document = docx.Document(io.BytesIO(word))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[0] == "烟能〔2026〕3号"
    assert "（烟台市 2026年3月）" in texts
    assert not any("【图" in text for text in texts)
    charts = [rel.target_part.blob.decode() for rel in document.part.rels.values() if rel.reltype.endswith("/chart")]
    assert len(charts) == 3  # two named by the sentences, one asked for once more by a person
    assert all(chart.startswith("<?xml") for chart in charts)
    trend = charts[0]
    assert trend.count('<c:pt idx="2">') >= 2
    assert "368.7" in trend  # March of the year before
    book = load_workbook(io.BytesIO(services.file_of(stored, "xlsx")))
    assert book.sheetnames[:2] == ["各地区综合能耗", "各行业综合能耗"]
    assert draft(city, store).edition == 2
    assert list(AuditEntry.objects.filter(object_type="situation-report").values_list("action", flat=True)) == [
        "situation-drafted", "situation-issued", "situation-edited", "situation-drafted",
    ]  # fmt: skip


def test_the_annexes_lie_on_their_side_and_no_number_is_broken(city, store):  # noqa: F811
    report = draft(city, store)
    sums = {"month": 123456789.12, "effect": -98765432.1, "activity": 1e7, "structure": -1e7, "intensity": 12345678.9}
    one = (
        report.figures["movers"][0]
        | sums
        | {"cumulative": 9876543210.98, "label": "名称很长的某某钢铁联合有限责任公司"}
    )
    report.figures["movers"] = [one | {"label": f"{one['label']}{n}"} for n in range(60)]
    document = docx.Document(io.BytesIO(services.file_of(report, "docx")))
    upright, lying = document.sections
    assert (upright.orientation, lying.orientation) == (WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE)
    assert lying.page_width > lying.page_height
    before = list(document.element.body).index(document.tables[0]._tbl)
    assert any(part.findall(".//w:sectPr", part.nsmap) for part in list(document.element.body)[:before])
    movers = document.tables[-1]
    assert len(movers.columns) == 11
    assert len(movers.rows) == 61
    room = lying.page_width - lying.left_margin - lying.right_margin
    for table in document.tables:
        assert sum(cell.width for cell in table.rows[0].cells) <= room + 11 * 635  # a twentieth of a point each
        assert table.rows[0]._tr.trPr.xpath("w:tblHeader")
        assert not table.autofit
        for row in table.rows[1:]:
            for cell in row.cells[1:]:
                size = cell.paragraphs[0].runs[0].font.size.pt
                assert cell.width.pt >= stringWidth(cell.text, "Times-Roman", size) + 6
                assert cell.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT


def test_a_report_stands_on_one_basis_and_says_which(city, store):  # noqa: F811
    state_equivalents(store, 2025, 2026)
    officer = sign_in("officer", "officer", region=city)
    page = officer.post("/analysis/reports/new/", {"month": "2026-03", "basis": "equivalent"})["Location"]
    officer.post("/analysis/reports/new/", {"month": "2026-03", "basis": "calorific"})
    other, made = SituationReport.objects.order_by("basis")
    assert (other.basis, made.basis, made.edition) == ("calorific", "equivalent", 1)
    assert "综合能耗 1800.00 吨标准煤（等价值）" in made.texts["overview"]
    assert "综合能耗 737.40 吨标准煤（当量值）" in other.texts["overview"]
    officer.post(page + "figures/")
    made.refresh_from_db()
    assert made.figures["tce"] == pytest.approx(1800.0)  # taken anew, on its own basis
    document = docx.Document(io.BytesIO(services.file_of(made, "docx")))
    assert any("综合能耗为等价值" in paragraph.text for paragraph in document.paragraphs)
    charts = [rel.target_part.blob.decode() for rel in document.part.rels.values() if rel.reltype.endswith("/chart")]
    assert all("等价值" in chart for chart in charts)
    assert "basis=equivalent" in officer.get(page).content.decode()


def test_an_officer_drafts_edits_and_issues_on_the_page(city, store):  # noqa: F811
    officer = sign_in("officer", "officer", region=city)
    answer = officer.post("/analysis/reports/new/", {"month": "2026-03"})
    page = answer["Location"]
    assert page.startswith("/analysis/reports/")
    assert "综合能耗 737.40 吨标准煤" in officer.get(page).content.decode()
    officer.post(page, {"overview": "人工改写。", "outlook": "平稳。"})
    officer.post(page + "figures/")
    report = SituationReport.objects.get()
    assert report.texts["overview"] == "人工改写。"
    assert officer.post(page + "issue/", {"number": "", "issuer": ""}).status_code == 400
    officer.post(page + "issue/", {"number": "1号", "issuer": "市节能中心"})
    assert SituationReport.objects.get().state == "issued"
    word = b"".join(officer.get(page + "file/docx/").streaming_content)
    assert "人工改写。" in [p.text for p in docx.Document(io.BytesIO(word)).paragraphs]
    assert "形势分析月报" in officer.get("/analysis/reports/").content.decode()
    other = sign_in("other", "officer", region=Region.objects.get(code="370100"))
    assert other.get(page).status_code == 404
    assert officer.post("/analysis/reports/new/", {"month": "2030-01"})["Location"] == "/analysis/reports/"
