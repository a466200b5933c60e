"""Importing: good rows are kept, bad ones named; the same file again changes nothing; what is no table is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from django.utils.translation import override
from openpyxl import Workbook, load_workbook

from nenghao.errors import NenghaoError
from nenghao.hub.evidence import sheets
from nenghao.hub.evidence.entry import Entered
from nenghao.hub.evidence.imports import FORMS, import_file, template
from nenghao.hub.evidence.models import HeatingValue, MeterEvent, MonthlyFigure, VerificationCertificate

pytestmark = pytest.mark.django_db
FIGURES = """能源品种,月份,类别,数量,单位,凭证
原煤,2026-03,购进量,1200,t,发票 8
电力,2026/3,供能单位结算量,35.5,万kWh,电费单
原煤,2026-13,购进量,1,t,
原煤,2026-04,进货,1,t,
原煤,2026-05,购进量,-5,t,
原煤,2026-06,购进量,"1,200",t,
原煤,2026-07,购进量,1,kWh,
煤,2026-08,购进量,1,t,
原煤,2026-09,购进量,,t,
原煤,2027-01,购进量,1,t,
"""


def put(plant, kind, content, name="表.csv"):
    content = content.encode() if isinstance(content, str) else content
    return import_file(**plant.owner, kind=kind, name=name, content=content)


def xlsx(*rows):
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


def test_good_rows_are_kept_and_bad_ones_named(plant):
    report = put(plant, "figures", FIGURES)
    assert (report.rows, report.entered, report.bad_rows) == (10, Entered(2, 0, 0), 8)
    assert [(bad.row, bad.field, bad.value) for bad in report.bad] == [
        (4, "月份", "2026-13"), (5, "类别", "进货"), (6, "数量", "-5"), (7, "数量", "1,200"), (8, "单位", "kWh"),
        (9, "能源品种", "煤"), (10, "数量", ""), (11, "月份", "2027-01"),
    ]  # fmt: skip
    assert all(bad.mend for bad in report.bad)
    assert "购进量" in report.bad[1].mend  # what may be written is named
    electricity = MonthlyFigure.objects.get(energy_key="electricity")
    assert (electricity.quantity, electricity.entered_quantity, electricity.entered_unit) == (355_000.0, 35.5, "万kWh")
    assert electricity.via == "import"


def test_the_same_file_again_changes_nothing_and_a_mended_one_adds_the_rest(plant):
    put(plant, "figures", FIGURES)
    assert put(plant, "figures", FIGURES).entered == Entered(0, 0, 2)
    mended = FIGURES.replace("2026-13", "2026-02").replace("1200,t,发票 8", "1250,t,发票 8")
    assert put(plant, "figures", mended).entered == Entered(1, 1, 1)
    assert MonthlyFigure.objects.filter(is_current=True).count() == 3


def test_the_same_entry_twice_in_a_file(plant):
    text = "能源品种,月份,类别,数量,单位\n原煤,2026-03,购进量,1,t\n原煤,2026-03,购进量,1,t\n原煤,2026-03,购进量,2,t\n"
    report = put(plant, "figures", text)
    assert report.entered == Entered(1, 0, 0)
    assert [(bad.row, "2" in bad.mend) for bad in report.bad] == [(4, True)]
    assert MonthlyFigure.objects.get().quantity == 1.0


def test_excel_with_real_dates_and_numbers(plant):
    content = xlsx(
        ["管理编号 *", "类别", "证书编号", "检定日期", "有效期至", "结论", "备注"],
        ["E-1", "检定", 20261118, datetime(2026, 11, 18), date(2027, 11, 17), "合格", "x"],
        [None] * 7,
        ["E-7", "检定", "B", "2026-11-18", "2027-11-17", "合格", ""],
        ["E-2", "检定", "C", "2026-11-18", None, "合格", ""],
        ["E-2", "校准", "D", "2026-11-18", "2026-11-17", "合格", ""],
        ["E-2", "检定", "E", "2026-11-22", "2027-11-17", "合格", ""],
        ["E-2", "检定", "F", "20261118x", "2027-11-17", "不合格", ""],
    )
    report = put(plant, "certificates", content, "证书.xlsx")
    assert report.entered == Entered(1, 0, 0)
    assert report.ignored == ("备注",)
    assert [(bad.row, bad.field) for bad in report.bad] == [
        (4, "管理编号"), (5, "有效期至"), (6, "有效期至"), (7, "检定日期"), (8, "检定日期"),
    ]  # fmt: skip
    kept = VerificationCertificate.objects.get(kind="verification")
    assert (kept.number, kept.verified_on, kept.meter.manage_code) == ("20261118", date(2026, 11, 18), "E-1")


def test_events_need_their_registers(plant):
    text = (
        "管理编号,事件,发生时间,止码,起码,倍率,原因\n"
        "E-1,更换,2026-11-10 14:30,900,0,,到期\n"
        "E-1,更换,2026-11-11 14:30,900,,,到期\n"
        "E-1,变更倍率,2026-11-12 08:00,100,,0,互感器\n"
        "E-1,维修,2026-11-13 08:00,,,,通信板\n"
    )
    report = put(plant, "events", text)
    assert report.entered.created == 2
    assert [(bad.row, bad.field) for bad in report.bad] == [(3, "起码"), (4, "倍率")]
    assert {event.kind for event in MeterEvent.objects.all()} == {"replacement", "repair"}


def test_heating_values_have_a_mass_or_a_volume(plant):
    text = (
        "能源品种,起始日期,低位发热量,报告编号\n原煤,2026-11-01,20934,H1\n天然气,2026-11-01,35544,H2\n"
        "电力,2026-11-01,3600,H3\n焦炭,2026-11-01,0,H4\n"
    )
    report = put(plant, "heating-values", text)
    assert [(bad.row, bad.field) for bad in report.bad] == [(4, "能源品种"), (5, "低位发热量")]
    assert dict(HeatingValue.objects.values_list("energy_key", "unit")) == {"raw_coal": "kJ/kg", "natural_gas": "kJ/m3"}


def test_both_languages_and_both_encodings(plant):
    with override("en"):
        text = "Energy,Month,Kind,Quantity,Unit\nRaw coal,2026-03,Purchase,5,t\n"
        assert put(plant, "figures", text).bad == ()
        assert put(plant, "figures", FIGURES.encode("gb18030")).entered.created == 1
    assert MonthlyFigure.objects.get(energy_key="raw_coal", month=date(2026, 3, 1), is_current=True).quantity == 1200


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_empty_template_imports_as_nothing_bad(plant, kind, language):
    of_region = FORMS[kind][1].of_regions
    owner = plant.enterprise.region if of_region else plant.enterprise
    with override(language):
        content = template(kind, owner)
    whose = plant.owner | ({"region": owner} if of_region else {})
    report = import_file(**whose, kind=kind, name="t.xlsx", content=content)
    assert (report.rows, report.bad, report.ignored) == (0, (), ())
    assert len(load_workbook(io.BytesIO(content)).worksheets) == 2


def bomb():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (sheets.MAX_UNPACKED_BYTES + 1))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "import-columns"), (b"a,b\n1,2\n", "import-columns"), (b"PK\x03\x04rubbish", "import-unreadable"),
        (b"\xff\xfe\x81\x00", "import-unreadable"), (b"x" * (sheets.MAX_BYTES + 1), "import-too-large"),
        (b"a\n" + b"1\n" * (sheets.MAX_ROWS + 2), "import-too-long"),
        ("能源品种,月份,类别\n原煤,2026-03,购进量\n".encode(), "import-columns"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_as_a_whole(plant, content, code):
    with pytest.raises(NenghaoError) as refused:
        put(plant, "figures", content)
    assert refused.value.code == code
    assert refused.value.mend_zh
    assert not MonthlyFigure.objects.exists()


def test_a_packed_giant_is_refused_before_it_is_unpacked(plant):
    with pytest.raises(NenghaoError, match="larger"):
        put(plant, "figures", bomb(), "b.xlsx")
