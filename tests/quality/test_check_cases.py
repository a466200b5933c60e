"""Every worked case of every check holds, and its naive version fails where the case says so."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from nenghao.quality import Flag, comparisons, run_checks
from nenghao.quality.codes import CHECK_CODES, COMPARISON_CODES, SERIES_CODES

from .check_cases import FOLDER, WORDS, Case, block_of, cases, numbers, signs
from .naive import NAIVE

SERIES, COMPARISONS = cases(of_series=True), cases(of_series=False)


@pytest.mark.parametrize("case", SERIES, ids=str)
def test_series_case(case: Case) -> None:
    assert case.given["arithmetic"].strip()
    result = run_checks(block_of(case), case.rules).results.get(case.code)
    expected = [signs(item["expect"]) for item in case.given["item"]]
    assert result is not None
    assert result.flags.tolist() == expected
    for cell in case.given.get("cell", []):
        place = cell.get("item", 0), cell["slot"]
        assert result.value[place] == pytest.approx(cell["value"], rel=1e-6)
        assert result.limit[place] == pytest.approx(cell["limit"], rel=1e-6)
    for partner in case.given.get("partner", []):
        assert set(result.cells.other_row[result.cells.place // result.shape[1] == partner["item"]]) == {partner["is"]}


@pytest.mark.parametrize("case", [case for case in SERIES if "naive" in case.given], ids=str)
def test_naive_version_of_series_fails(case: Case) -> None:
    naive = case.given["naive"]
    answer = NAIVE[naive["version"]](block_of(case), case.rule)
    assert answer.tolist() == [signs(row) for row in naive["answers"]]
    assert answer.tolist() != [signs(item["expect"]) for item in case.given["item"]]


@pytest.mark.parametrize("case", COMPARISONS, ids=str)
def test_comparison_case(case: Case) -> None:
    assert case.given["arithmetic"].strip()
    found = _compare(case)
    assert [Flag(flag).name.lower() for flag in found.flags] == case.given["expect"]["flags"]
    np.testing.assert_allclose(found.value, numbers(case.given["expect"]["values"]), rtol=1e-6, atol=1e-9)
    if "limits" in case.given["expect"]:
        np.testing.assert_allclose(found.limit, numbers(case.given["expect"]["limits"]), rtol=1e-9)


@pytest.mark.parametrize("case", [case for case in COMPARISONS if "naive" in case.given], ids=str)
def test_naive_version_of_comparison_fails(case: Case) -> None:
    naive = case.given["naive"]
    answer = NAIVE[naive["version"]](case.given, case.rule).tolist()
    assert answer == [WORDS[word] for word in naive["answers"]]
    assert answer != [WORDS[word] for word in case.given["expect"]["flags"]]


def test_every_check_has_cases_and_a_naive_version_that_fails() -> None:
    by_code = {code: [case for case in SERIES + COMPARISONS if case.code == code] for code in CHECK_CODES}
    assert [code for code, found in by_code.items() if len(found) < 2] == []
    assert [code for code, found in by_code.items() if not any("naive" in case.given for case in found)] == []
    used = {case.given["naive"]["version"] for case in SERIES + COMPARISONS if "naive" in case.given}
    assert used == set(NAIVE)
    assert set(SERIES_CODES) | set(COMPARISON_CODES) == set(CHECK_CODES)
    assert (FOLDER / "README.md").exists()


def _compare(case: Case) -> comparisons.Compared:
    given, rule = case.given, case.rule
    match case.code:
        case "day-against-hours":
            return comparisons.day_against_hours(
                numbers(given["day"]), np.stack([numbers(row) for row in given["hours"]]), rule
            )
        case "month-against-days":
            days = np.stack([numbers(row) for row in given["days"]])
            inside = np.arange(days.shape[1]) < np.array(given["days_in_month"])[:, None]
            return comparisons.month_against_days(numbers(given["month"]), days, inside, rule)
        case "plant-against-processes":
            owner = np.array(given["owner"], dtype=np.int64)
            return comparisons.plant_against_processes(numbers(given["plant"]), numbers(given["process"]), owner, rule)
        case "stock-balance":
            names = ("purchase", "opening_stock", "closing_stock", "consumption")
            return comparisons.stock_balance(*(numbers(given[name]) for name in names), rule)
        case "supplier-against-own":
            return comparisons.supplier_against_own(numbers(given["supplier"]), numbers(given["own"]), rule)
        case "meter-validity":
            days = (np.array(given[name], dtype="datetime64[D]") for name in ("day", "valid_from", "valid_until"))
            return comparisons.meter_validity(*days, rule)
    on = [date.fromisoformat(day) for day in given["on"]]
    printed = (
        comparisons.printed_heating_values if given["quantity"] == "heating_value" else comparisons.printed_factors
    )
    return comparisons.factor_range(numbers(given["measured"]), *printed(given["energy"], on), rule)
