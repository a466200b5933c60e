"""Models as people write them, held against the catalogues of outdated equipment."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.reference import library
from nenghao.supervision import Piece, category_of, judge_equipment
from nenghao.supervision.models_written import models_in

ENTRIES = [entry for table in library().eliminated_tables for entry in table.rows]
LISTED = [(model, entry) for entry in ENTRIES for model in entry.models]

SPELLINGS = {
    "Y160M-4": ("1-1", ["Y160M-4", "y160m-4", "Ｙ１６０Ｍ－４", "Y-160M-4", "Y 160M-4", "Y160M—4", "Y160M4", "Y160M -4",
                        "Y160M-4 11kW", "Y160M-4（11kW）", "型号：Y160M-4", "电机Y160M-4", "Y(IP44)160M-4", "Y160M‑4"]),
    "Y2-160M-4": ("1-2", ["Y2-160M-4", "Y2 160M-4", "Y2160M-4", "y2—160m4", "Y2-160M-4/380V", "IS80-65-160/Y2-160M-4"]),
    "YB-160M-4": ("1-4", ["YB160M-4", "YB-160M-4", "ＹＢ 160M-4", "YB-160M-4-B3", "YB160M-4(Exd)"]),
    "YB2-160M-4": ("1-5", ["YB2160M-4", "YB2-160M-4", "YB2 160M4"]),
    "JO2": ("1-1", ["JO2-51-4", "J02-51-4", "jo2 51-4", "JO₂-51-4", "ＪＯ２－５１－４", "JO2—51—4", "JO251-4"]),
    "S7": ("3-3", ["S7-315/10", "SL7-500/10", "ＳＬ７－５００／１０", "S7 315/10", "变压器（S7-315/10）", "s7-315"]),
    "S9": ("1-2", ["S9-500/10", "S9 500/10", "S9-M-500/10", "Ｓ９－５００／１０"]),
    "SGB8": ("1-3", ["SG(B)8-500/10", "SGB8-500/10", "SG8-500", "sg（b）8-500/10"]),
    "Y5-47": ("3-1", ["Y5-47№8C", "Y5-47 No.8C", "Y5-47-8C", "Y5-47No8C引风机", "Y5-47型No8C", "y5-47 no8c"]),
    "JS158-10": ("2-4", ["JS158-10 6kV", "JS158-10/6000V", "js158—10（6KV）"]),
    "NSA": ("3-1", ["NSA-500-1", "NSA 500"]),
    "boiler": ("4-4", ["KZG4-13", "kzl4-13-1"]),
}  # fmt: skip
CURRENT = [
    "YX3-160M-4", "YE2-160M-4", "YE3-160M-4", "YE4-160M-4", "YE5-160M-4", "YBX3-160M-4", "YBX4-160M-4", "YVF2-160M-4",
    "YKK500-4", "YXKK450-6", "TYCX-160M-4", "TYE4-132M-4", "YZR225M-8", "YZP280S-6", "YD160M-4/2", "Y4-73 No.8D",
    "S11-500/10", "S13-M-500/10", "S20-M-1000/10", "S22-M-400/10", "SH15-M-315/10", "SCB10-1000/10", "SCB14-1000/10",
    "SCB18-1250/10", "SGB10-500/10", "SZ11-10000/35", "SZ9-2000/35", "S7-2000/10", "S7-315/35", "S90-500/10",
    "TDGC2-3", "TSGC2-6", "JZ7-44", "ZX7-400", "ZX5-400B", "NBC-500", "Y5-48 No8C", "G4-73No.8D", "9-19No.5A",
    "WNS4-1.25-Q", "SZL10-1.25-AII", "DZL4-1.25-AII", "KFS-3000", "IS80-65-160", "合成型号", "—", "",
]  # fmt: skip


@pytest.mark.parametrize(("item", "written"), [(item, one) for item, many in SPELLINGS.values() for one in many])
def test_a_listed_model_is_known_however_it_is_written(item: str, written: str) -> None:
    judged = judge_equipment(Piece(written))
    assert item in {match.entry.item for match in judged.matches}, models_in(written)


@pytest.mark.parametrize("written", CURRENT)
def test_current_models_are_not_taken_for_old_ones(written: str) -> None:
    assert judge_equipment(Piece(written)).certainty == "none"


@given(st.sampled_from(LISTED), st.sampled_from(["{}", " {} ", "{}（大修）", "主机 {}", "{}；备注"]), st.booleans())
@settings(max_examples=400, deadline=None)
def test_every_listed_model_finds_its_entry(listed: tuple, around: str, wide: bool) -> None:
    model, entry = listed
    told = around.format(model.lower())
    told = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in told) if wide else told
    found = judge_equipment(Piece(told)).matches
    assert (entry.notice, entry.item) in {(match.entry.notice, match.entry.item) for match in found}


@given(st.text(max_size=100), st.none() | st.integers(1900, 2100), st.none() | st.floats(0, 1e5))
@settings(max_examples=300, deadline=None)
def test_any_text_is_judged_and_never_certain_of_unverified_entries(
    model: str, year: int | None, power: float | None
) -> None:
    judged = judge_equipment(Piece(model, service_year=year, rated_power_kw=power))
    assert not [one for one in judged.matches if one.certainty == "certain" and one.entry.is_unverified]


def certainty(model: str, **known) -> str:
    return judge_equipment(Piece(model, **known)).certainty


def codes(model: str, **known) -> list[str]:
    return [doubt.code for doubt in judge_equipment(Piece(model, **known)).matches[0].doubts]


def test_the_year_of_manufacture_decides_where_the_row_asks_for_it() -> None:
    assert certainty("Y2-160M-4", made_year=2003) == "certain"
    assert certainty("Y2-160M-4", made_year=2004) == "none"
    assert certainty("Y2-160M-4", service_year=2003) == "certain"  # put in service, so made before
    assert codes("Y2-160M-4", service_year=2004) == codes("Y2-160M-4") == ["made_year"]


def test_the_year_of_service_decides_where_the_row_asks_for_that() -> None:
    assert certainty("S9-500/10", service_year=1997) == "certain"
    assert certainty("S9-500/10", service_year=1998) == "none"  # the notice leaves later ones to their owners
    assert certainty("S9-500/10", made_year=1999) == "none"
    assert codes("S9-500/10") == codes("S9-500/10", made_year=1996) == ["service_year"]


def test_two_deadlines_leave_no_doubt_that_it_is_listed() -> None:
    assert certainty("Y5-47No.8C") == "certain"
    (match,) = judge_equipment(Piece("Y5-47No.8C", service_year=2001)).matches
    assert match.deadline() == "立即停止使用"
    assert codes("Y5-47 No.8") == codes("Y5-47") == ["number"]
    assert certainty("Y5-47 No.20D") == "none"


def test_nameplate_figures_that_disagree_leave_a_doubt() -> None:
    assert certainty("YB-160M-4", rated_power_kw=11.0) == "certain"
    assert codes("YB-160M-4", rated_power_kw=15.0) == ["power"]
    assert codes("Y160M-4", efficiency_pct=88.4) == ["unverified"]
    assert codes("Y160M-4") == codes("Y160M-4", efficiency_pct=92.0) == ["efficiency", "unverified"]


def test_sizes_and_voltages_are_read_off_the_model() -> None:
    assert certainty("ZX5-315") == certainty("NSA-160") == "certain"
    assert codes("ZX5") == ["size"]
    assert certainty("ZX5-400") == certainty("NSA-700") == "none"
    assert certainty("JK133-2 6kV") == "certain"
    assert certainty("JK133-2 10kV") == "none"
    assert codes("JK133-2") == ["voltage"]
    assert codes("S7-315/10") == ["unverified"]


def test_letters_that_the_catalogue_does_not_print_leave_a_doubt() -> None:
    for written in ("YB-160M-4TH", "YB-160M-4/2", "S8-M-500/10"):
        assert codes(written) == ["suffix"], written
    assert certainty("YB-160M-4-B35-380V") == certainty("S8-500/10") == "certain"


def test_another_kind_of_equipment_is_no_match() -> None:
    assert certainty("S8-500/10", category="变压器") == "certain"
    assert certainty("S8-500/10", category="泵") == "none"
    assert codes("YB-160M-4", category="泵") == ["category"]  # the pump's motor, perhaps
    assert certainty("AX1-500", category="电弧焊机") == "possible"


def test_an_unverified_entry_never_decides_alone() -> None:
    assert certainty("JO2-51-4", made_year=1980, rated_power_kw=7.5, category="电动机") == "possible"
    assert codes("JS157-10 6kV") == ["unverified"]


def test_the_reason_names_notice_item_deadline_and_what_is_missing() -> None:
    judged = judge_equipment(Piece("Y2-160M-4", service_year=2010))
    zh, en = judged.reason("zh"), judged.reason("en")
    for part in ("工信部公告2014年第16号（第三批）第 1-2 项", "2015-12-31", "尚不能确定：2010 年投运，生产年份未知"):
        assert part in zh
    for part in ("工信部公告2014年第16号", "item 1-2", "2015-12-31", "Not certain: in service since 2010"):
        assert part in en
    assert "另见 工信部公告2012年第14号" in judge_equipment(Piece("Y315L1-2")).reason()
    assert judge_equipment(Piece("YE4-160M-4")).reason() == ""


@pytest.mark.parametrize(
    ("name", "category"),
    [("循环水泵电机", "电动机"), ("2#主变压器", "变压器"), ("引风机", "风机"), ("罗茨鼓风机", "罗茨鼓风机"),
     ("空压机", "压缩机类"), ("交流弧焊机", "电弧焊机"), ("蒸汽锅炉", "工业锅炉"), ("一号生产线", "")],
)  # fmt: skip
def test_the_name_tells_the_category(name: str, category: str) -> None:
    assert category_of(name) == category


def test_thousands_of_models_are_judged_at_once() -> None:
    """5,000 different spellings, none of them in the cache, within two seconds on one core."""
    written = [f"YE3-{100 + number % 255}M-{number}" for number in range(2500)]
    written += [f"S{number % 23}-{number}/10" for number in range(2500)]
    start = time.process_time()
    for one in written:
        judge_equipment(Piece(one))
    assert time.process_time() - start < 2.0
