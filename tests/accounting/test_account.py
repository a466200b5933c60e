"""The account of one unit: netting, media, stocks, boundary, methods, what is missing; and the same in columns."""

from __future__ import annotations

import math
import random
from datetime import date

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nenghao.accounting import (
    GBT2589,
    STATISTICS,
    Account,
    Flow,
    FlowColumns,
    FlowLine,
    Mark,
    Method,
    Rules,
    account,
    accounts,
    accounts_by_unit,
    flow_codes,
    rates_for,
    sum_flows,
)
from nenghao.accounting.account_columns import METHODS
from nenghao.reference import library

from .strategies import DAY, ENERGIES, MAYBE, QUANTITY, closed_balance, lines, rates

RATES = rates()
WIDE = Rules(include_feedstock=False, include_transport=False, include_non_industrial=False, imbalance_limit=0.1)
LEDGER_FIRST = Rules(name="ledger", order=(Method.BOUNDARY, Method.USE))


def of(key: str, **flows: float) -> list[FlowLine]:
    return [FlowLine(key, Flow(name), quantity) for name, quantity in flows.items()]


def codes(found: Account) -> set[str]:
    return {finding.code for finding in found.findings}


def test_both_forms_agree_when_the_balance_closes() -> None:
    coal = of("raw_coal", opening_stock=100, purchased=900, consumed=700, lost=20, exported=80, closing_stock=200)
    energy = account(coal, RATES).energy("raw_coal")
    assert (energy.use_form, energy.boundary_form, energy.imbalance, energy.net) == (720, 720, 0, 720)
    assert energy.tce_calorific == pytest.approx(720 * 0.7143)


def test_an_open_balance_is_a_finding_and_metered_consumption_counts() -> None:
    found = account(of("raw_coal", purchased=1000, consumed=900), RATES)
    assert (found.energy("raw_coal").net, found.energy("raw_coal").method) == (900, Method.USE)
    assert found.energy("raw_coal").imbalance_ratio == pytest.approx(0.1)
    assert "balance-open" in codes(found)
    assert account(of("raw_coal", purchased=1000, consumed=900), RATES, LEDGER_FIRST).energy("raw_coal").net == 1000
    assert "balance-open" not in codes(account(of("raw_coal", purchased=1000, consumed=990), RATES))


def test_without_metered_consumption_the_ledger_counts() -> None:
    energy = account(of("raw_coal", purchased=1000, opening_stock=50, closing_stock=150), RATES).energy("raw_coal")
    assert (energy.net, energy.method, energy.imbalance) == (900, Method.BOUNDARY, None)


def test_one_stock_alone_is_left_out() -> None:
    found = account(of("raw_coal", purchased=1000, closing_stock=150), RATES)
    assert found.energy("raw_coal").net == 1000
    assert "stock-one-side" in codes(found)


def test_own_media_do_not_count_bought_ones_do() -> None:
    made = account(of("oxygen", produced=5000, consumed=5000) + of("electricity", purchased=3000, consumed=3000), RATES)
    assert made.tce_calorific == pytest.approx(3000 * 0.1229 / 1000)
    bought = account(of("oxygen", purchased=2000, produced=5000, consumed=7000), RATES)
    assert bought.tce_calorific == bought.media_tce == pytest.approx(2000 * 0.4 / 1000)
    assert account(of("oxygen", purchased=2000), RATES, STATISTICS).tce_calorific == 0


def test_a_medium_of_unknown_origin_does_not_count_and_says_so() -> None:
    found = account(of("oxygen", consumed=5000), RATES)
    assert found.tce_calorific == 0
    assert "medium-origin-unknown" in codes(found)


def test_production_without_known_use_deducts_nothing() -> None:
    found = account(of("electricity", produced=5000), RATES)
    assert found.tce_calorific == 0
    assert "use-unknown" in codes(found)


def test_missing_is_never_zero() -> None:
    found = account(of("raw_coal", consumed=math.nan) + of("heat", consumed=10), RATES)
    assert (found.energy("raw_coal").net, found.is_complete) == (None, False)
    assert found.tce_calorific == pytest.approx(0.3412)
    from_ledger = account(of("raw_coal", consumed=math.nan, purchased=100), RATES)
    assert (from_ledger.energy("raw_coal").net, from_ledger.is_complete) == (100, True)


def test_without_an_equivalent_value_that_total_cannot_be_told() -> None:
    used = of("electricity", consumed=100_000) + of("raw_coal", consumed=10)
    assert account(used, rates(equivalent=None)).tce_equivalent is None
    assert "equivalent-not-stated" in codes(account(used, rates(equivalent=None)))
    assert account(used, RATES).tce_equivalent == pytest.approx(30 + 7.143)
    assert account(of("raw_coal", consumed=10), rates(equivalent=None)).tce_equivalent == pytest.approx(7.143)


def test_an_energy_without_a_factor_is_named() -> None:
    found = account(of("anthracite", consumed=10) + of("raw_coal", consumed=1), RATES)
    assert (found.tce_calorific, found.is_complete) == (pytest.approx(0.7143), False)
    assert "factor-missing" in codes(found)


def test_a_total_is_not_added_to_its_parts() -> None:
    found = account(of("comprehensive_energy", consumed=99) + of("raw_coal", consumed=1), RATES)
    assert found.tce_calorific == pytest.approx(0.7143)


def test_the_two_definitions() -> None:
    gas = of("natural_gas", consumed=1000, non_industrial=100, feedstock=300)
    assert account(gas, RATES, GBT2589).energy("natural_gas").net == 1000
    assert account(gas, RATES, STATISTICS).energy("natural_gas").net == 900
    assert account(gas, RATES, WIDE).energy("natural_gas").net == 600


def test_parts_of_the_plant_are_details_of_a_whole_that_is_known() -> None:
    parts = [FlowLine("heat", Flow.CONSUMED, 30, "01"), FlowLine("heat", Flow.CONSUMED, 60, "02")]
    assert account(parts, RATES).energy("heat").net == 90
    whole = account([*parts, FlowLine("heat", Flow.CONSUMED, 100)], RATES)
    assert (whole.energy("heat").net, len(whole.energy("heat").details)) == (100, 2)
    assert "parts-exceed-whole" in codes(account([*parts, FlowLine("heat", Flow.CONSUMED, 80)], RATES))


def test_a_line_of_a_unit_outside_the_boundary_does_not_count() -> None:
    split = [FlowLine("heat", Flow.CONSUMED, 30, "01"), FlowLine("heat", Flow.CONSUMED, 60, "02")]
    assert account(split, RATES, Rules(units=frozenset({"02"}))).energy("heat").net == 60
    assert {code: one.energy("heat").net for code, one in accounts_by_unit(split, RATES).items()} == {
        "01": 30,
        "02": 60,
    }


def test_the_total_says_what_share_was_measured() -> None:
    used = [
        FlowLine("heat", Flow.CONSUMED, 30, measured_ratio=1.0),
        FlowLine("heat", Flow.CONSUMED, 10, "", "", 0.2, 0.4),
    ]
    found = account(used, RATES)
    assert found.measured_ratio == pytest.approx((30 + 2) / 40)
    assert found.missing_ratio == pytest.approx(4 / 40)


def test_a_negative_quantity_is_not_used() -> None:
    found = account(of("heat", consumed=-5), RATES)
    assert found.energy("heat").net is None
    assert {"quantity-negative", "quantity-missing"} <= codes(found)


def test_an_empty_account() -> None:
    found = account([], RATES)
    assert (found.tce_calorific, found.tce_equivalent, found.measured_ratio) == (0, 0, None)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(ENERGIES).flatmap(closed_balance))
def test_a_closed_balance_has_no_imbalance(balance: list[FlowLine]) -> None:
    energy = account(balance, RATES).energies[0]
    size = sum(line.quantity for line in balance)
    assert energy.imbalance == pytest.approx(0, abs=1e-9 * size)
    assert energy.use_form == pytest.approx(energy.boundary_form, abs=1e-9 * size)
    assert not energy.marks & Mark.IMBALANCE


@settings(deadline=None, max_examples=60)
@given(lines(MAYBE), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_is_irrelevant(some: list[FlowLine], shuffler: random.Random) -> None:
    mixed = list(some)
    shuffler.shuffle(mixed)
    first, second = account(some, RATES), account(mixed, RATES)
    assert first.tce_calorific == second.tce_calorific
    assert first.findings == second.findings
    assert [e.net for e in first.energies] == [e.net for e in second.energies]


@settings(deadline=None, max_examples=60)
@given(QUANTITY, QUANTITY, QUANTITY, st.floats(0.05, 0.95))
def test_netting_never_counts_twice(coal_t: float, bought_kwh: float, other_t: float, efficiency: float) -> None:
    """Fuel burnt in an own power plant whose electricity is used inside: only fuel and purchase count."""
    made = coal_t * 5000 * efficiency
    plant = [
        *of("raw_coal", purchased=coal_t + other_t, consumed=coal_t + other_t, transformed=coal_t),
        *of("electricity", purchased=bought_kwh, produced=made, consumed=bought_kwh + made),
    ]
    expected = (coal_t + other_t) * 0.7143 + bought_kwh * 0.1229 / 1000
    assert account(plant, RATES).tce_calorific == pytest.approx(expected, rel=1e-9, abs=1e-9 * made)
    # the boundary alone gives the same: what happened inside is nobody's business
    assert account(plant, RATES, LEDGER_FIRST).tce_calorific == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(QUANTITY, QUANTITY), min_size=1, max_size=5), st.sampled_from(ENERGIES))
def test_a_handover_between_parts_does_not_count(handed: list[tuple[float, float]], key: str) -> None:
    """Each part takes ``first`` from outside and hands ``second`` of it to the next part."""
    some = []
    for place, (first, second) in enumerate(handed):
        here, there = f"{place:02}", f"{place + 1:02}"
        some += [
            FlowLine(key, Flow.PURCHASED, first + second, here), FlowLine(key, Flow.CONSUMED, first, here),
            FlowLine(key, Flow.EXPORTED, second, here), FlowLine(key, Flow.PURCHASED, second, there),
            FlowLine(key, Flow.CONSUMED, second, there),
        ]  # fmt: skip
    whole = account(some, RATES).energy(key)
    size = sum(first + second for first, second in handed)
    assert whole.net == pytest.approx(size, rel=1e-9)
    parts = [one.energy(key).net or 0 for one in accounts_by_unit(some, RATES).values()]
    assert sum(parts) == pytest.approx(size, rel=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(ENERGIES).flatmap(closed_balance), QUANTITY, st.floats(0, 1))
def test_splitting_a_period_and_adding_gives_the_whole(balance: list[FlowLine], between: float, share: float) -> None:
    """The stock at the cut closes the first part and opens the second; all other flows are shared out."""
    key, stocks = balance[0].energy_key, (Flow.OPENING_STOCK, Flow.CLOSING_STOCK)
    first = [FlowLine(key, Flow.CLOSING_STOCK, between)]
    second = [FlowLine(key, Flow.OPENING_STOCK, between)]
    for line in balance:
        if line.flow is Flow.OPENING_STOCK:
            first.append(line)
        elif line.flow is Flow.CLOSING_STOCK:
            second.append(line)
        else:
            first.append(FlowLine(key, line.flow, line.quantity * share))
            second.append(FlowLine(key, line.flow, line.quantity * (1 - share)))
    for rules in (GBT2589, LEDGER_FIRST):
        parts = [account(half, RATES, rules) for half in (first, second)]
        whole = account(balance, RATES, rules)
        size = max(line.quantity for line in balance if line.flow not in stocks) + between + 1
        kgce = RATES[key].kgce or 0
        added = parts[0].tce_calorific + parts[1].tce_calorific
        assert added == pytest.approx(whole.tce_calorific, abs=1e-9 * size * kgce)


@settings(deadline=None, max_examples=60)
@given(lines())
def test_the_total_is_the_sum_of_the_energies_and_bases_differ_only_where_they_may(some: list[FlowLine]) -> None:
    found = account(some, RATES)
    assert found.tce_calorific == pytest.approx(math.fsum(e.tce_calorific or 0 for e in found.energies), rel=1e-12)
    for energy in found.energies:
        assert energy.rate is not None
        if energy.energy_key not in ("electricity", "heat"):
            assert energy.tce_calorific == energy.tce_equivalent
        elif energy.tce_calorific is not None:
            ratio = {"electricity": 0.3 / 0.1229, "heat": 40 / 34.12}[energy.energy_key]
            assert energy.tce_equivalent == pytest.approx(energy.tce_calorific * ratio, rel=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.floats(1.0, 1e6), st.floats(0.0, 1.0))
def test_the_calorific_basis_is_conserved(heat_gj: float, loss: float) -> None:
    """Heat won in a boiler and handed on inside neither adds to nor takes from what entered, whatever is lost."""
    bought = heat_gj / 20.934
    made = heat_gj * (1 - loss)
    plant = [*of("raw_coal", purchased=bought, consumed=bought), *of("heat", produced=made, consumed=made)]
    assert account(plant, RATES).tce_calorific == pytest.approx(bought * 0.7143, rel=1e-9)
    # sold instead: what leaves is deducted at its own heat, what stays is the coal less that heat
    sold = [*of("raw_coal", purchased=bought, consumed=bought), *of("heat", produced=made, exported=made)]
    assert account(sold, RATES).tce_calorific == pytest.approx(bought * 0.7143 - made * 0.03412, rel=1e-9, abs=1e-9)


LOTS = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), lines(MAYBE)), max_size=4)


@settings(deadline=None, max_examples=120)
@given(LOTS, st.sampled_from([GBT2589, STATISTICS, WIDE, LEDGER_FIRST]))
def test_columns_are_the_same_as_one_by_one(lots: list[tuple[int, int, list[FlowLine]]], rules: Rules) -> None:
    rows = [(owner, np.datetime64("2026-03") + month, line) for owner, month, some in lots for line in some]
    assume(rows)
    found = _in_columns(rows, rules)
    totals, energies = found.totals, found.energies
    expected = {}
    for owner, month, line in rows:
        expected.setdefault((owner, month), []).append(line)
    assert list(zip(totals.owner.tolist(), totals.month, strict=True)) == sorted(expected)
    for place, key in enumerate(sorted(expected)):
        one = account(expected[key], RATES, rules)
        mine = (energies.owner == key[0]) & (energies.month == key[1])
        _same_energies(one, energies, np.flatnonzero(mine))
        for field in (
            "tce_calorific",
            "tce_equivalent",
            "media_tce",
            "measured_ratio",
            "missing_ratio",
            "imbalance_ratio",
        ):
            assert getattr(totals, field)[place] == close(getattr(one, field)), field
        assert (totals.is_complete[place], totals.is_unverified[place]) == (one.is_complete, one.is_unverified)


def close(value: float | None):
    return pytest.approx(math.nan if value is None else value, rel=1e-9, abs=1e-9, nan_ok=True)


def _in_columns(rows: list[tuple[int, np.datetime64, FlowLine]], rules: Rules):
    some = [line for _, _, line in rows]
    sums = sum_flows(
        FlowColumns(
            np.array([owner for owner, _, _ in rows]), np.array([month for _, month, _ in rows]),
            np.array([line.energy_key for line in some]), flow_codes([line.flow for line in some]),
            np.array([line.quantity for line in some]), np.array([not line.unit_code for line in some]),
            np.array([line.measured_ratio for line in some]), np.array([line.missing_ratio for line in some]),
        )
    )  # fmt: skip
    stated = {"electricity": 0.3, "heat": 40.0}
    equivalent = np.array([stated.get(str(key), math.nan) for key in sums.energy_key])
    return accounts(sums, rates_for(library(), sums.energy_key, sums.month, None, equivalent), rules)


def _same_energies(one: Account, found, rows: np.ndarray) -> None:
    assert found.energy_key[rows].tolist() == [e.energy_key for e in one.energies]
    fields = ("net", "use_form", "boundary_form", "excluded", "imbalance", "imbalance_ratio", "tce_calorific",
              "tce_equivalent", "measured_ratio", "missing_ratio")  # fmt: skip
    for row, energy in zip(rows, one.energies, strict=True):
        for field in fields:
            assert getattr(found, field)[row] == close(getattr(energy, field)), (energy.energy_key, field)
        assert METHODS[found.method[row]] is energy.method
        assert Mark(int(found.marks[row])) == energy.marks, energy.energy_key


def test_the_day_of_the_strategies_is_in_the_2020_edition() -> None:
    assert date(2021, 4, 1) <= DAY
