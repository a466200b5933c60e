"""Every refusal of the loader, each on a copy of the shipped data with one thing spoiled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nenghao.reference import Library, QuotaRow, ReferenceDataError, library
from nenghao.reference.figures import check
from nenghao.reference.library import DATA

COAL = "coal_equivalent/gbt2589-2020"
METERS = "metering/gb17167-2006"
RAW_COAL = "原煤,固体,20934,20934,kJ/kg,0.7143,0.7143,0.7143,kgce/kg,calorific,,secondhand"
CEMENT = "单位产品综合能耗,kgce/t,80,87,94,,secondhand"

SPOILED = {
    "no standard": (f"{COAL}.toml", 'standard = "GB/T 2589"', "", "no-citation", "standard"),
    "no clause": (f"{COAL}.toml", 'clause = "附录A 表A.1"', 'clause = " "', "no-citation", "clause"),
    "no source of the dates": (f"{COAL}.toml", "dates_source = ", "# dates_source = ", "no-citation", "dates_source"),
    "no source of a row": (f"{COAL}.csv", ",,,corroborated\n", ",,,\n", "no-citation", "source"),
    "source not listed": (f"{COAL}.csv", ",,,corroborated\n", ",,,hearsay\n", "no-citation", "source"),
    "no source of the constant": (
        f"{COAL}.toml",
        'source = "1 kgce',
        '# source = "1 kgce',
        "no-citation",
        "conversion.source",
    ),
    "no source of a wire code": ("energy_types/heat.toml", 'source = "', '# source = "', "no-citation", "wire.source"),
    "unknown factor unit": (f"{COAL}.csv", "0.7143,kgce/kg", "0.7143,kgce/jin", "unit", "factor_unit"),
    "factor is no coal equivalent": (f"{COAL}.csv", "0.7143,kgce/kg", "0.7143,kg/kg", "unit", "factor_unit"),
    "heating value per another unit": (f"{COAL}.csv", "20934,kJ/kg", "20934,kJ/t", "unit", "ncv_unit"),
    "unknown CO2 unit": ("co2/heat-default.csv", "tCO2/GJ", "tCO2/BTU", "unit", "co2_factor_unit"),
    "unknown quota unit": ("quotas/gb16780-2021.csv", "kgce/t,80", "kgce/sack,80", "unit", "unit"),
    "unknown base unit": ("energy_types/heat.toml", 'base_unit = "GJ"', 'base_unit = "cal"', "base_unit", "base_unit"),
    "wire unit of another kind": ("energy_types/heat.toml", 'wire_unit = "GJ"', 'wire_unit = "t"', "unit", "wire_unit"),
    "row of another kind": ("energy_types/heat.toml", 'row = "热力"', 'row = "原煤"', "unit", "base_unit"),
    "overlapping editions": (
        "coal_equivalent/gbt2589-2008.toml",
        "valid_until = 2021-04-01",
        "valid_until = 2021-04-02",
        "overlap",
        "valid_from",
    ),
    "edition never closed": (
        "coal_equivalent/gbt2589-2008-media.toml",
        "valid_until = 2021-04-01\n",
        "",
        "overlap",
        "valid_from",
    ),
    "ends before it begins": (
        "coal_equivalent/gbt2589-2008.toml",
        "valid_until = 2021-04-01",
        "valid_until = 2008-01-01",
        "validity",
        "valid_until",
    ),
    "date that is none": (f"{COAL}.toml", "valid_from = 2021-04-01", 'valid_from = "soon"', "shape", "valid_from"),
    "factor against its heating value": (
        f"{COAL}.csv",
        RAW_COAL,
        RAW_COAL.replace("0.7143", "0.7134"),
        "heating-value",
        "factor",
    ),
    "heating value against its factor": (
        f"{COAL}.csv",
        RAW_COAL,
        RAW_COAL.replace("20934", "20908"),
        "heating-value",
        "factor",
    ),
    "electricity without its reason": (
        f"{COAL}.csv",
        "印刷值 0.1229 与 3600 kJ/kWh 折算值 0.12284 不一致: 与 860 kcal/kWh ÷ 7000 kcal/kgce = 0.12286 "
        "一致 / "
        "printed 0.1229, while 3600 kJ/kWh gives 0.12284: it agrees with 860 kcal/kWh over 7000 kcal/kgce",
        "",
        "heating-value",
        "factor",
    ),
    "exception that is not needed": (
        f"{COAL}.csv",
        '"unverified, partly corroborated",,,corroborated\n',
        '"unverified, partly corroborated",printed so,,corroborated\n',
        "exception",
        "exception",
    ),
    "derived kgce against printed kgoe": (
        "coal_equivalent/gb30251-2024-annex-a.csv",
        "0.1229,0.1229,0.1229",
        "0.1230,0.1230,0.1230",
        "heating-value",
        "factor",
    ),
    "constant of heating values too far off": (
        "coal_equivalent/gbt2589-2008.toml",
        "29271.2",
        "29000.0",
        "constant",
        "conversion.heating_value_kj_per_kgce",
    ),
    "no conversion constant": (f"{COAL}.toml", "kj_per_kgce = 29307.6", "", "shape", "conversion.kj_per_kgce"),
    "low above high": (f"{COAL}.csv", "0.2857,0.4286,0.4286", "0.4286,0.2857,0.4286", "range", "factor"),
    "not a number": (f"{COAL}.csv", RAW_COAL, RAW_COAL.replace("20934,20934", "20934,about"), "number", "ncv_high"),
    "infinite": (f"{COAL}.csv", RAW_COAL, RAW_COAL.replace("20934,20934", "20934,Infinity"), "number", "ncv_high"),
    "figure left out": (
        f"{COAL}.csv",
        RAW_COAL,
        RAW_COAL.replace("0.7143,0.7143,0.7143", "0.7143,,0.7143"),
        "missing",
        "factor_high",
    ),
    "unknown status": (f"{COAL}.csv", RAW_COAL, RAW_COAL.replace("secondhand", "certain"), "status", "status"),
    "unknown basis": (f"{COAL}.csv", RAW_COAL, RAW_COAL.replace("calorific", "caloric"), "basis", "basis"),
    "unknown set": (f"{COAL}.toml", 'set = "national"', 'set = "regional"', "set", "set"),
    "row written twice": (f"{COAL}.csv", "洗精煤,", "原煤,", "duplicate", "name"),
    "grades out of order": ("quotas/gb16780-2021.csv", CEMENT, CEMENT.replace("80,87", "87,80"), "grades", "grade_1"),
    "unknown metric": ("quotas/gb16780-2021.csv", ",工段电耗,", ",工段气耗,", "metric", "metric"),
    "two rows of one metric": (
        "quotas/gb16780-2021.csv",
        "水泥熟料,,单位产品综合煤耗",
        "水泥熟料,,单位产品能耗",
        "duplicate",
        "metric",
    ),
    "grade both printed and not obtained": (
        "quotas/gb16780-2021.csv",
        CEMENT,
        CEMENT.replace(",,sec", ",2,sec"),
        "unknown-grade",
        "unknown_grades",
    ),
    "quota file without test": ("quotas/gb21345-2024.toml", "[[test]]", "[[text]]", "shape", "text"),
    "correction of no such product": (
        "quotas/gb16780-2021.toml",
        'products = ["水泥"]',
        'products = ["灰泥"]',
        "correction",
        "products",
    ),
    "correction of no such metric": (
        "quotas/gb16780-2021.toml",
        '["unit_consumption_kgce"]',
        '["unit_consumption"]',
        "correction",
        "metrics",
    ),
    "correction of no such kind": (
        "quotas/gb16780-2021.toml",
        'kind = "linear"',
        'kind = "square"',
        "shape",
        "correction[0].kind",
    ),
    "correction without parameter": (
        "quotas/gb16780-2021.toml",
        'parameter = "clinker_ratio_pct"',
        'parameter = ""',
        "correction",
        "parameter",
    ),
    "correction with too few amounts": (
        "quotas/gb16780-2021.toml",
        "amounts = [1.1, 1.15, 1.2]",
        "amounts = [1.1, 1.15]",
        "correction",
        "amounts",
    ),
    "correction without citation": (
        "quotas/gb16780-2021.toml",
        'source = "correction"',
        'source = "hearsay"',
        "no-citation",
        "source",
    ),
    "table of a correction that falls": (
        "quotas/gb21342-2025.toml",
        "[21.0, -8.3]",
        "[22.5, -8.3]",
        "correction",
        "points",
    ),
    "overlapping quota editions": (
        "quotas/gb16780-2012.toml",
        "valid_until = 2022-11-01",
        "valid_until = 2022-11-02",
        "overlap",
        "valid_from",
    ),
    "benchmark looser than baseline": (
        "benchmarks/benchmark-2021.csv",
        "kgce/t,110,135",
        "kgce/t,136,135",
        "benchmark",
        "benchmark",
    ),
    "overlapping benchmark lists": (
        "benchmarks/benchmark-2021.toml",
        "valid_until = 2024-01-01",
        "valid_until = 2025-01-01",
        "overlap",
        "valid_from",
    ),
    "class that is no number": (
        f"{METERS}-accuracy.csv",
        "I类用户,0.5S",
        "I类用户,0.5级",
        "accuracy-class",
        "accuracy_class",
    ),
    "no class and no rule": (
        f"{METERS}-accuracy.csv",
        "可比表4同类用户低一档; 其他器具参照表4",
        "",
        "missing",
        "note",
    ),
    "rate above a hundred": (
        f"{METERS}-fit-rates.csv",
        "电力,电力,100",
        "电力,电力,101",
        "fit-rate",
        "rate_entering_unit",
    ),
    "rate that rises by level": (f"{METERS}-fit-rates.csv", "100,95,80", "90,95,80", "fit-rate", "rate_sub_unit"),
    "no rate at all": (f"{METERS}-fit-rates.csv", "90,80,,waste", ",,,waste", "missing", "rate_entering_unit"),
    "threshold of nothing": (f"{METERS}-thresholds.csv", "电力,10,kW", "电力,0,kW", "threshold", "threshold"),
    "threshold per week": (f"{METERS}-thresholds.csv", "水,5000,t/a", "水,5000,t/w", "unit", "unit"),
    "level that is none": (f"{METERS}-thresholds.csv", "sub_unit,水", "shop,水", "level", "level"),
    "energy type that is none": (
        f"{METERS}-fit-rates.csv",
        "waste_heat_pressure",
        "waste_heat",
        "energy",
        "energy_keys",
    ),
    "metering table of no kind": (
        f"{METERS}-fit-rates.toml",
        'kind = "metering_fit_rates"',
        'kind = "metering"',
        "kind",
        "kind",
    ),
    "no grade at all": ("quotas/gb16780-2021.csv", CEMENT, CEMENT.replace("80,87,94", ",,"), "missing", "grade_3"),
    "CO2 factor against its parts": ("co2/enterprise-guideline.csv", ",2.3228,", ",2.3282,", "co2", "co2_factor"),
    "wire code twice": (
        "energy_types/heat.toml",
        'type_code = "3200"',
        'type_code = "3300"',
        "wire-code",
        "wire.type_code",
    ),
    "wire code malformed": (
        "energy_types/heat.toml",
        'type_code = "3200"',
        'type_code = "32"',
        "shape",
        "wire.type_code",
    ),
    "our code called seen": (
        "energy_types/steam.toml",
        'status = "unverified"',
        'status = "secondhand"',
        "status",
        "wire.status",
    ),
    "link to no row": ("energy_types/heat.toml", 'row = "热力"', 'row = "暖气"', "link", "factors.row"),
    "link to the refinery set": (
        "energy_types/natural_gas.toml",
        'table = "gbt2589-2008"',
        'table = "gb30251-2024-annex-a"',
        "link",
        "factors.row",
    ),
    "key unlike the file name": ("energy_types/heat.toml", 'key = "heat"', 'key = "heating"', "key", "key"),
    "test that fails": ("energy_types/heat.toml", "tce = 0.03412", "tce = 0.0341", "test", "tests[1].tce"),
    "test that is no number": ("energy_types/heat.toml", "tce = 0.03412", "tce = nan", "test", "tests[1].tce"),
    "unknown field": ("energy_types/coke.toml", "[[tests]]", "[[trials]]", "shape", "trials"),
    "constant below zero": (
        f"{COAL}.toml",
        "kj_per_kgce = 29307.6",
        "kj_per_kgce = -1",
        "shape",
        "conversion.kj_per_kgce",
    ),
    "test in another unit": ("energy_types/heat.toml", 'unit = "GJ"\non', 'unit = "t"\non', "unit", "tests[1].unit"),
    "column misspelt": (f"{COAL}.csv", "exception,note", "exeption,note", "columns", "exception"),
    "comma without quotes": (f"{COAL}.csv", '"unverified, partly corroborated"', "unverified, partly", "cells", ""),
    "one cell too many": (f"{COAL}.csv", "原煤,固体", "原煤,煤,固体", "cells", ""),
    "beyond any figure": (f"{COAL}.csv", RAW_COAL, RAW_COAL.replace("20934,", "1e999999,", 1), "number", "ncv_low"),
    "not TOML": ("energy_types/heat.toml", 'key = "heat"', "key = heat", "toml", ""),
    "parent that does not exist": (
        "codes/regions.csv",
        "110101,东城区,110100",
        "110101,东城区,119900",
        "parent",
        "parent",
    ),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.mark.parametrize("case", SPOILED)
def test_spoiled_data_is_refused(data: Path, case: str) -> None:
    name, old, new, code, field = SPOILED[case]
    path = data / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ReferenceDataError) as caught:
        check(Library(data))
    error = caught.value
    assert (error.code, error.field) == (f"reference-{code}", field)
    assert ".toml" in error.record or ".csv" in error.record
    assert error.mend_zh
    assert error.mend_en
    assert error.text("zh") != error.text("en")


def test_the_row_is_named(data: Path) -> None:
    path = data / f"{COAL}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("0.9000", "0.9900"), encoding="utf-8")
    with pytest.raises(ReferenceDataError) as caught:
        Library(data)
    assert caught.value.record == "gbt2589-2020.csv:3 (洗精煤)"
    assert "记录 gbt2589-2020.csv:3 (洗精煤)，字段 factor" in caught.value.text("zh")
    assert "26377 kJ/kg ÷ 29307.6 kJ = 0.90001 ≠ 0.9900" in caught.value.text("en")


def test_factors_without_a_test_are_refused(data: Path) -> None:
    path = data / "energy_types/coke.toml"
    path.write_text(path.read_text(encoding="utf-8").partition("[[tests]]")[0], encoding="utf-8")
    with pytest.raises(ReferenceDataError) as caught:
        Library(data)
    assert (caught.value.code, caught.value.record, caught.value.field) == ("reference-missing", "coke.toml", "tests")


def test_missing_csv_is_refused(data: Path) -> None:
    (data / f"{COAL}.csv").unlink()
    with pytest.raises(ReferenceDataError) as caught:
        Library(data)
    assert (caught.value.code, caught.value.record) == ("reference-csv", "gbt2589-2020.csv")


def cement(data: Path) -> QuotaRow:
    """The first row of GB 16780-2021."""
    return next(table for table in Library(data).quota_tables if table.header.key == "gb16780-2021").rows[0]


def test_grades_printed_out_of_order_are_kept_with_their_reason(data: Path) -> None:
    path = data / "quotas/gb16780-2021.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    spoiled = lines[1].replace("80,87,94", "87,80,94").replace('transcriber",,', 'transcriber",原表如此 / printed so,')
    path.write_text("\n".join([lines[0], spoiled, *lines[2:]]) + "\n", encoding="utf-8")
    row = cement(data)
    assert (str(row.grade_1), str(row.grade_2)) == ("87", "80")
    assert row.note.endswith("; 原表如此 / printed so")


def test_blank_grade_is_no_requirement(data: Path) -> None:
    path = data / "quotas/gb16780-2021.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(CEMENT, CEMENT.replace("80,87", ",87")), encoding="utf-8")
    assert cement(data).grade_1 is None


def test_a_new_energy_type_is_one_file_as_the_page_shows(data: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    (data / "energy_types/hot_water.toml").write_text(example, encoding="utf-8")
    extended = Library(data)
    assert extended.energy_type("hot_water").base_unit == "GJ"
    assert check(extended).counts["energy_types"] == check(library()).counts["energy_types"] + 1
