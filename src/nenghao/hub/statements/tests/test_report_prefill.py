"""What the yearly energy-use report is filled with, against a computation by hand: verdicts, target, score, equipment.

Each month of 2025 the plant burns 1,000 t of raw coal (714.3 tce) and uses 400,000 kWh (49.16 tce) for 7,000 t of
clinker: 763.46 tce a month, 9,161.52 tce for 84,000 t in the year. In 2024 it burnt 1,050 t: 799.175 tce a month,
9,590.1 tce in the year. Value added is 10 million yuan a month in 2024 and 11 million in 2025.
"""

from __future__ import annotations

import io
from datetime import date

import pytest
from docx import Document as WordDocument
from openpyxl import load_workbook
from pdfminer.high_level import extract_text

from nenghao.hub.energy_accounts.tests.conftest import ACTOR, COAL, GRID, NOW
from nenghao.hub.production.models import EconomicFigure, ProductOutput
from nenghao.hub.quotas.computing import ACCOUNT_FACTORS
from nenghao.hub.quotas.models import Verdict
from nenghao.hub.quotas.tests.conftest import ClinkerPlant, _codes_once, codes, store
from nenghao.hub.registry.models import Equipment, Region
from nenghao.hub.statements import drafting
from nenghao.hub.statements.documents import document_of, doubts_of
from nenghao.hub.statements.files import file_of
from nenghao.hub.statements.judged import Judged
from nenghao.hub.statements.models import Filing, FilingState
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.hub.targets import assessing
from nenghao.hub.targets.assessors import sheet_of
from nenghao.hub.targets.models import Assessment, AssessmentAnswer, TargetKind
from nenghao.hub.targets.owners import enterprise_owner
from nenghao.hub.targets.services import TargetFacts, make_plan, set_targets
from nenghao.readings import ReadingBatch

__all__ = ["_codes_once", "codes", "store"]

KEY = "energy-use-report"
ENTERED = {"entered_by": "王工", "entered_at": NOW}


def months(year):
    return [date(year, number, 1) for number in range(1, 13)]


COAL_T, VALUE_YUAN = {2024: 1050.0, 2025: 1000.0}, {2024: 10e6, 2025: 11e6}


@pytest.fixture
def plant(store):
    """Two years of month records, outputs and values; the accounts follow when they are asked for."""
    made, own = ClinkerPlant(store, "370612", 1), [month for year in COAL_T for month in months(year)]
    sent = [(made.items[code], month, value) for month in own for code, value in (
        (GRID, 400_000.0), (COAL, COAL_T[month.year])
    )]  # fmt: skip
    store.submit(ReadingBatch(
        received_at=NOW, enterprise_id=made.pk, data_item_id=[one[0] for one in sent], stat_type=[2] * len(sent),
        period_start=[one[1].isoformat() for one in sent], value=[one[2] for one in sent], state=[0] * len(sent),
        input_type=[4] * len(sent),
    )).result()  # fmt: skip
    store.rollup_pending()
    plant = {"enterprise": made.enterprise, **ENTERED}
    ProductOutput.objects.bulk_create(
        ProductOutput(product=made.product, month=month, quantity=7000.0, **plant) for month in own
    )
    EconomicFigure.objects.bulk_create(
        EconomicFigure(month=month, kind="value_added_constant", amount_yuan=VALUE_YUAN[month.year], **plant)
        for month in own
    )
    return made


def report(plant, year="2025"):
    period = FilingPeriod.parse(year)
    return drafting.start(
        actor=ACTOR, now=NOW, store=plant.store, enterprise=plant.enterprise, form_key=KEY, period=period
    )


def row(filing, section, key):
    """Give the typed cells of a row of a table by its key, and the origins of its cells."""
    name = filing.form.section(section).key_field
    found = next(one for one in filing.contents[section] if one[name] == key)
    start = f"{section}/{found['#']}/"
    origins = {name.removeprefix(start): told for name, told in filing.origins.items() if name.startswith(start)}
    return {name: text for name, text in found.items() if name != "#"}, origins


def test_indicators_come_with_the_limits_of_their_standard_and_whether_they_are_kept(plant):
    filing = report(plant)
    cells, origins = row(filing, "unit_consumption", "熟料综合能耗")
    assert cells == {
        "indicator": "熟料综合能耗", "unit": "kgce/t", "numerator": "9161520", "denominator": "84000",
        "last_year": "114.168", "limit": "117", "advanced": "100", "industry": "100",
    }  # fmt: skip
    assert origins["limit"]["zh"].startswith("GB 16780-2021") and origins["limit"]["url"].startswith(
        "/quotas/verdicts/"
    )
    assert "status" not in origins["limit"]
    assert origins["industry"]["status"] == "unverified"  # the lists of benchmark levels are
    value = document_of(filing).keyed("unit_consumption", "熟料综合能耗").values["value"]
    assert str(value) == "109.0657"  # 9,161,520 / 84,000
    power, _ = row(filing, "unit_consumption", "熟料 单位产品综合电耗")
    assert (power["unit"], power["numerator"], power["limit"]) == ("kWh/t", "4800000", "61")
    cells, origins = row(filing, "standards", "熟料综合能耗")
    assert cells == {
        "item": "熟料综合能耗", "standard": "GB 16780-2021", "required_value": "≤ 117 kgce/t（3 级）",
        "measured": "109.1 kgce/t", "met": "1",
    }  # fmt: skip
    assert origins["met"]["url"] == origins["measured"]["url"]


@pytest.mark.parametrize(
    ("names", "doubted"), [([], False), ([ACCOUNT_FACTORS], False), ([ACCOUNT_FACTORS, "GB 1 表1 甲"], True)]
)
def test_a_limit_is_not_unverified_because_a_factor_of_the_account_is(names, doubted):
    assert Judged(Verdict(detail={"unverified": names}), None, None, bool(names)).has_unverified_limits is doubted


def test_a_month_that_is_missing_leaves_the_figure_blank_and_the_limit_there(plant):
    set_plan(plant)
    ProductOutput.objects.filter(month=date(2025, 7, 1)).delete()
    EconomicFigure.objects.filter(month=date(2025, 3, 1)).delete()
    filing = report(plant)
    assert set(filing.contents["target"][0]) == {"#", "planning_period"}
    cells, _ = row(filing, "unit_consumption", "熟料综合能耗")
    assert cells["limit"] == "117"
    assert not {"numerator", "denominator"} & set(cells)
    assert not {"measured", "met"} & set(row(filing, "standards", "熟料综合能耗")[0])


def set_plan(plant, **facts):
    plan = make_plan(actor=ACTOR, now=NOW, region=Region.objects.get(code="370600"), facts={
        "name": "节能规划", "base_year": 2024, "first_year": 2025, "last_year": 2029, "form": "fifths",
        "basis": "calorific", "value_kind": "value_added_constant", "source": "市文件",
    })  # fmt: skip
    target = TargetFacts(enterprise_owner(plant.enterprise), TargetKind.INTENSITY, drop_ratio=0.15, **facts)
    set_targets(actor=ACTOR, now=NOW, plan=plan, targets=[target])


def test_the_intensity_target_becomes_energy_saved(plant):
    filing = report(plant)
    # Without a target only the note of the form is known.
    assert filing.contents["target"][0] == {"#": "-", "planning_period": "2025–2027"}
    set_plan(plant, planned_value_yuan=240e6)
    filing = drafting.renew(actor=ACTOR, now=NOW, store=plant.store, filing_id=filing.pk)
    cells = filing.contents["target"][0]
    # (9,590.1 / 120 M − 9,161.52 / 132 M) × 132 M = 10,549.11 − 9,161.52; due: 3 % of 10,549.11
    assert (cells["year_actual"], cells["cumulative_actual"]) == ("1387.59", "1387.59")
    assert (cells["year_target"], cells["cumulative_target"]) == ("316.47", "316.47")
    assert cells["target"] == "2877.03"  # 15 % of 9,590.1 / 120 M × 240 M
    assert cells["planning_period"] == "2025–2029"
    told = filing.origins["target/-/year_actual"]
    assert told["status"] == "unverified" and "GB/T 13234" in told["zh"]


def test_what_is_unverified_says_so_in_every_file_and_comes_back_unchanged(plant):
    set_plan(plant)
    filing = report(plant)
    target = document_of(filing).keyed("target", "-").texts["year_actual"]
    book = load_workbook(io.BytesIO(file_of(filing, "xlsx")))
    notes = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.comment]
    assert any(str(cell.value) == target and "GB/T 13234" in cell.comment.text for cell in notes)
    assert all(cell.comment.text.startswith("待核：") and cell.value is not None for cell in notes)
    word = WordDocument(io.BytesIO(file_of(filing, "docx")))
    told = [cell.text for table in word.tables for line in table.rows for cell in line.cells]
    printed = next(text for text in told if text.endswith("（待核）") and text.replace(",", "").startswith(target))
    assert printed in extract_text(io.BytesIO(file_of(filing, "pdf"))).replace("\n", "")
    doubts = doubts_of(filing, document_of(filing))
    assert len(notes) == len(doubts) == sum(text.endswith("（待核）") for text in told)
    filing.contents["target"][0]["year_actual"] = "1"  # typed over: the enterprise's own figure
    assert set(doubts) - set(doubts_of(filing, document_of(filing))) == {"target/-/year_actual"}


def register_motors(plant):
    """Register two motors of one name and two models; the report of the year before said something of them."""
    pieces = (("01", 630.0, "YE4"), ("02", 630.0, "YE3"))
    for number, power, model in pieces:
        Equipment.objects.create(enterprise=plant.enterprise, type_code="01", number=number, name="主电机", model=model,
                                 rated_power_kw=power)  # fmt: skip
    before = report(plant, "2024")
    said = {"name": "主电机", "eliminated": "0", "efficiency": "2 级", "hours": "8000"}
    Filing.objects.filter(pk=before.pk).update(state=FilingState.ACCEPTED, contents={"equipment": [{"#": "1", **said}]})


def test_self_assessment_and_equipment_are_taken_over(plant):
    register_motors(plant)
    round_ = assessing.open_round(
        actor=ACTOR, now=NOW, region=Region.objects.get(code="370600"), year=2025, sheet_key="huairou-14th",
        title="2025 年度考核", self_due_on=None, enterprises=[plant.enterprise],
    )  # fmt: skip
    assessment = Assessment.objects.get(round=round_)
    item = next(one for one in sheet_of(round_).items if one.points > 1)
    AssessmentAnswer.objects.create(assessment=assessment, item_key=item.key, override=None, self_basis="见台账",
                                    evidence="2025-08 号文")  # fmt: skip
    filing = report(plant)
    assert len(filing.contents["self_assessment"]) == len(sheet_of(round_).items)
    cells, origins = row(filing, "self_assessment", f"{item.no} {item.title_zh}".strip())
    assert (cells["points"], cells["basis"], cells["proof"]) == (f"{item.points:g}", "见台账", "2025-08 号文")
    assert origins["points"]["zh"] == "2025 年度考核"
    cells, origins = row(filing, "equipment", "主电机")
    # Two models differ: that cell is left to a person; the hours are the old year's and not brought over.
    assert cells == {"name": "主电机", "count": "2", "rating": "630 kW", "eliminated": "0", "efficiency": "2 级"}
    assert origins["eliminated"]["zh"] == "2024 已报"


PIECES = (
    # name, model, in service since: what the report says of it, and whether that is 待核
    ("循环泵电机", "YB160M-4", 2006, "1", False),
    ("送风机电机", "Y2-160M-4", 2012, "1", True),
    ("老电机", "J02-51-4", 1978, "1", True),
    ("新电机", "YE4-355M-4", 2022, "0", True),
    ("1#变压器", "SCB14-1600/10", 2021, None, None),
)


def test_outdated_models_are_told_with_their_reason(plant):
    for number, (name, model, year, _said, _doubted) in enumerate(PIECES, start=1):
        Equipment.objects.create(enterprise=plant.enterprise, type_code="01", number=f"{number:02d}", name=name,
                                 model=model, commissioned_on=date(year, 6, 1))  # fmt: skip
    filing = report(plant)
    doubts = doubts_of(filing, document_of(filing))
    for number, (name, _model, _year, said, doubted) in enumerate(PIECES, start=1):
        cells, origins = row(filing, "equipment", name)
        assert cells.get("eliminated") == said, name
        if said is not None:
            assert (f"equipment/{number}/eliminated" in doubts) == doubted, name
    _cells, origins = row(filing, "equipment", "循环泵电机")
    assert "工信部公告2014年第16号（第三批）第 1-4 项" in origins["eliminated"]["zh"]
    assert origins["eliminated"]["url"] == f"/enterprises/{plant.enterprise.code}/registry/equipment/"
    _cells, origins = row(filing, "equipment", "送风机电机")
    assert "尚不能确定：2012 年投运，生产年份未知" in origins["eliminated"]["zh"]
    assert "Not certain: in service since 2012" in origins["eliminated"]["en"]
    book = load_workbook(io.BytesIO(file_of(filing, "xlsx")))
    notes = [cell.comment.text for sheet in book for line in sheet.iter_rows() for cell in line if cell.comment]
    assert any(note.startswith("待核：") and "生产年份未知" in note for note in notes)


def test_one_outdated_piece_among_several_of_a_name_is_not_hidden(plant):
    for number, model in (("01", "YE4-160M-4"), ("02", "YB-160M-4")):
        Equipment.objects.create(
            enterprise=plant.enterprise, type_code="01", number=number, name="水泵电机", model=model
        )
    cells, origins = row(report(plant), "equipment", "水泵电机")
    assert cells["eliminated"] == "1"
    assert origins["eliminated"]["zh"].startswith("2 台中 1 台：工信部公告2014年第16号")
    assert origins["eliminated"]["status"] == "unverified"
