"""The worked cases that people compute by hand; README.md beside them tells the form."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nenghao.accounting import (
    GBT2589,
    STATISTICS,
    Account,
    EquivalentValue,
    Flow,
    FlowLine,
    HeatingValue,
    Rate,
    Rules,
    account,
    accounts_by_unit,
    choose_rate,
)
from nenghao.accounting.allocation import AllocationRule, ProductBasis, allocate
from nenghao.accounting.balance import energy_balance
from nenghao.accounting.sankey import sankey
from nenghao.accounting.trace import trace
from nenghao.reference import library
from nenghao.units import convert

from . import naive
from .test_balance import agree

FOLDER = Path(__file__).parents[1] / "cases" / "accounting"
CASES = {path.parent.name: path for path in sorted(FOLDER.glob("*/case.toml"))}
TEXTS = ("title_zh", "title_en", "standard", "inputs", "computation")
Period = tuple[list[FlowLine], dict[str, Rate]]


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    return tomllib.loads(CASES[request.param].read_text(encoding="utf-8"))


def periods(case: dict[str, Any]) -> list[Period]:
    return [(list(_lines(given)), _rates(given)) for given in case["account"]]


def _lines(given: dict[str, Any]) -> Iterator[FlowLine]:
    for row in given["flows"]:
        base_unit = library().energy_type(row["energy"]).base_unit
        quantity = convert(float(row["quantity"]), row["unit"], base_unit)
        yield FlowLine(row["energy"], Flow(row["flow"]), quantity, row["process"], row["source"])


def _rates(given: dict[str, Any]) -> dict[str, Rate]:
    on = date.fromisoformat(given["period"] + "-01")
    found = {}
    for key in {row["energy"] for row in given["flows"]}:
        own, stated = given.get("heating", {}).get(key), given.get("equivalent", {}).get(key)
        found[key] = choose_rate(
            library(), key, on, heating=HeatingValue(own["value"], own["unit"]) if own else None,
            equivalent=EquivalentValue(stated["value"], stated["source"]) if stated else None,
        )  # fmt: skip
    return found


def accounted(case: dict[str, Any], rules: Rules = GBT2589) -> list[Account]:
    return [account(lines, rates, rules) for lines, rates in periods(case)]


def total(accounts: list[Account], basis: str = "tce_calorific") -> float | None:
    values = [getattr(one, basis) for one in accounts]
    return None if None in values else math.fsum(values)


def test_a_case_says_what_it_is_about(case: dict[str, Any]) -> None:
    assert all(case[key].strip() for key in TEXTS)
    assert "made up" in case["inputs"]
    assert case["naive"]["why"]


def test_totals_and_quantities(case: dict[str, Any]) -> None:
    accounts, expect = accounted(case), case["expect"]
    assert total(accounts) == pytest.approx(expect["tce_calorific"], rel=1e-9)
    equivalent = None if expect["tce_equivalent"] == "none" else pytest.approx(expect["tce_equivalent"], rel=1e-9)
    assert total(accounts, "tce_equivalent") == equivalent
    net: dict[str, float] = {}
    for energy in (energy for one in accounts for energy in one.energies):
        net[energy.energy_key] = net.get(energy.energy_key, 0.0) + (energy.net or 0.0)
    assert net == pytest.approx(expect["net"], rel=1e-9, abs=1e-6)
    assert sorted(f.code for one in accounts for f in one.findings) == sorted(expect["findings"])
    if "statistics" in expect:
        assert total(accounted(case, STATISTICS)) == pytest.approx(expect["statistics"], rel=1e-9)


def test_the_ledger_gives_the_same_as_the_meters(case: dict[str, Any]) -> None:
    """Where an energy was bought, sold or stored, and also metered, both forms agree: the cases close."""
    for one in accounted(case):
        for energy in one.energies:
            if energy.imbalance is not None:
                assert energy.imbalance == pytest.approx(0, abs=1e-6), energy.energy_key


def test_unit_consumption(case: dict[str, Any]) -> None:
    for unit in case.get("unit_consumption", []):
        assert _unit(case, unit) == pytest.approx(unit["expect"], rel=1e-8), unit["name"]


def _unit(case: dict[str, Any], unit: dict[str, Any]) -> float:
    lines, rates = periods(case)[0]
    inside = Rules(units=frozenset(unit["processes"])) if "processes" in unit else GBT2589
    found = account(lines, rates, inside)
    if unit["of"] == "product":
        return _product_kgce(case, unit["product"], rates) / unit["output"]
    if unit["of"] == "energy":
        flows = found.energy(unit["energy"]).flows
        used = flows[Flow.CONSUMED] + (flows.get(Flow.LOST, 0.0) if unit.get("gross") else 0.0)
        return used / unit["output"]
    return found.tce_calorific * 1000 / unit["output"]


def _product_kgce(case: dict[str, Any], product: str, rates: dict[str, Rate]) -> float:
    """What a product bears: its direct use and its shares of all allocations."""
    kgce = 0.0
    for allocation in case["allocation"]:
        direct = next(one.get("direct", {}) for one in allocation["products"] if one["name"] == product)
        shares = _allocated(allocation, rates)[product]
        kgce += sum(q * (rates[key].kgce or 0) for part in (direct, shares) for key, q in part.items())
    return kgce


def _allocated(allocation: dict[str, Any], rates: dict[str, Rate]) -> dict[str, dict[str, float]]:
    bases = [
        ProductBasis(
            one["name"], one.get("output", math.nan), one.get("unit", ""), None, one.get("direct", {}),
            one.get("ratio", math.nan),
        )
        for one in allocation["products"]
    ]  # fmt: skip
    found = allocate(allocation["shared"], bases, AllocationRule(allocation["rule"]), rates)
    assert not found.findings
    return {name: dict(share) for name, share in found.shares.items()}


def test_allocation(case: dict[str, Any]) -> None:
    for allocation in case.get("allocation", []):
        found = _allocated(allocation, periods(case)[0][1])
        for product, expected in allocation["expect"].items():
            assert found[product] == pytest.approx(expected, rel=1e-9)
        for key, quantity in allocation["shared"].items():
            assert math.fsum(share[key] for share in found.values()) == pytest.approx(quantity, rel=1e-9)


def test_balance_chart_and_trace(case: dict[str, Any]) -> None:
    for lines, rates in periods(case):
        found = account(lines, rates)
        balance = energy_balance(found, accounts_by_unit(lines, rates))
        agree(sankey(balance))
        assert trace(found).value == found.tce_calorific
        if "transformation_efficiency" in case["expect"]:
            expected = case["expect"]["transformation_efficiency"]
            assert balance.transformation_efficiency == pytest.approx(expected, rel=1e-6)


def test_a_naive_program_gets_it_wrong(case: dict[str, Any]) -> None:
    """The wrong method gives the wrong figure that the case names, far from the right one."""
    wrong = case["naive"]
    figure = getattr(naive, wrong["method"])(periods(case), case)
    assert figure == pytest.approx(wrong["gives"], rel=1e-9)
    units = {unit["name"]: unit["expect"] for unit in case.get("unit_consumption", [])}
    right = case["expect"]["tce_calorific"] if wrong["of"] == "total" else units[wrong["of"]]
    assert abs(figure - right) > 1e-3 * abs(right)


def test_a_wider_boundary_changes_nothing_where_no_process_is_named(case: dict[str, Any]) -> None:
    """All processes and the whole plant's own lines inside are the same plant, where no flow is known twice."""
    for lines, rates in periods(case):
        everywhere = replace(GBT2589, units=frozenset({line.unit_code for line in lines}))
        assert account(lines, rates, everywhere).tce_calorific == pytest.approx(account(lines, rates).tce_calorific)


def test_the_cases_asked_for_are_there() -> None:
    assert {"coke-plant", "cement", "caustic-soda", "electrolytic-aluminium", "data-centre"} <= set(CASES)
