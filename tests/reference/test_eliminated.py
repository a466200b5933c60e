"""The catalogues of outdated equipment: as many entries as the notices publish, with source, confidence and status."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from nenghao.reference import Library, ReferenceDataError, library
from nenghao.reference.eliminated import EliminatedEntry
from nenghao.reference.library import DATA


def entries(batch: str) -> tuple[EliminatedEntry, ...]:
    return next(table.rows for table in library().eliminated_tables if table.header.clause == batch)


def test_batches_hold_what_was_gathered() -> None:
    assert {table.header.clause: len(table.rows) for table in library().eliminated_tables} == {
        "第一批": 69, "第二批": 97, "第三批": 306, "第四批": 126,
    }  # fmt: skip


def test_counts_agree_with_the_published_ones_where_a_batch_is_whole() -> None:
    """337 items in the third batch: 300 motors and 37 fans; 52 transformers in the fourth."""
    third = Counter(entry.category for entry in entries("第三批"))
    assert third["电动机"] == 300
    assert sum(len(entry.numbers) for entry in entries("第三批") if entry.category == "风机") == 37
    fourth = Counter(entry.category for entry in entries("第四批"))
    assert (fourth["变压器"], fourth["电动机"], fourth["电弧焊机"]) == (52, 59, 15)


def test_medium_confidence_is_unverified() -> None:
    found = [entry for table in library().eliminated_tables for entry in table.rows]
    assert {(entry.confidence, entry.status) for entry in found if entry.name != "JS157-10"} == {
        ("high", "secondhand"), ("medium", "unverified"),
    }  # fmt: skip
    doubted = next(entry for entry in found if entry.name == "JS157-10")
    assert (doubted.confidence, doubted.status) == ("high", "unverified")
    assert all(entry.source for entry in found)


def test_deadlines_are_told_with_their_condition() -> None:
    by_name = {entry.name: entry for table in library().eliminated_tables for entry in table.rows}
    assert by_name["Y2-160M-4"].deadline_words() == "2015-12-31（2003 年及以前生产的）"
    assert by_name["S9-500"].deadline_words("en") == "2017-12-31 (in service up to 1997)"
    assert by_name["YB-160M-4"].deadline_words() == "立即停止使用"
    fan = next(entry for entry in entries("第三批") if entry.name.startswith("Y5-47"))
    assert fan.deadline_words() == "2005 年及以前生产的立即停止使用，以后的 2015-12-31"
    assert (fan.deadline_words(made_year=2005), fan.deadline_words(made_year=2006)) == ("立即停止使用", "2015-12-31")
    assert by_name["Y2-160M-4"].citation() == "工信部公告2014年第16号（第三批）第 1-2 项"


SPOILED = {
    "pattern": ("batch-1.csv", "JB3(?!\\d)", "JB3(", "pattern"),
    "year without a rule": ("batch-3.csv", ",made,2003,", ",,2003,", "year"),
    "rule without a year": ("batch-3.csv", ",made,2003,", ",made,,", "year"),
    "no deadline": ("batch-4.csv", ",date,2016-12-31,", ",date,,", "deadline"),
    "a date where there is none": ("batch-1.csv", ",per_notice,,", ",per_notice,2015-12-31,", "deadline"),
    "no date": ("batch-4.csv", ",date,2016-12-31,", ",date,2016-13-31,", "deadline"),
    "range without a unit": ("batch-4.csv", ",160,199,A,", ",160,199,,", "size_from"),
    "range turned round": ("batch-4.csv", ",160,199,A,", ",199,160,A,", "size_from"),
    "no source": ("batch-2.csv", ",equipeffi\n", ",\n", "source"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_catalogue_is_refused(tmp_path: Path, name: str) -> None:
    file, old, new, field = SPOILED[name]
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    path = data / "eliminated" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ReferenceDataError) as caught:
        assert Library(data).eliminated_tables
    assert caught.value.field == field
    assert caught.value.record.startswith(file)
