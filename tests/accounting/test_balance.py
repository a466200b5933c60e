"""Balance and flow chart: every row closes, every node of the chart has equal in- and outflow, nothing is lost."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.accounting import Flow, FlowLine, account, accounts_by_unit
from nenghao.accounting.balance import Balance, FinalUse, energy_balance
from nenghao.accounting.sankey import Sankey, sankey

from .strategies import MAYBE, closed_balance, lines, rates

RATES = rates()


def plant() -> list[FlowLine]:
    """A boiler house "01" makes steam from coal, a power house "02" electricity from steam, a works "03" uses both."""
    return [
        FlowLine("raw_coal", Flow.PURCHASED, 1100.0), FlowLine("raw_coal", Flow.OPENING_STOCK, 50.0),
        FlowLine("raw_coal", Flow.CLOSING_STOCK, 150.0), FlowLine("raw_coal", Flow.CONSUMED, 1000.0),
        FlowLine("raw_coal", Flow.TRANSFORMED, 1000.0), FlowLine("raw_coal", Flow.TRANSFORMED, 1000.0, "01"),
        FlowLine("raw_coal", Flow.CONSUMED, 1000.0, "01"),
        FlowLine("heat", Flow.PRODUCED, 16_000.0, "01"), FlowLine("heat", Flow.LOST, 500.0),
        FlowLine("heat", Flow.CONSUMED, 12_000.0), FlowLine("heat", Flow.EXPORTED, 3500.0),
        FlowLine("heat", Flow.TRANSFORMED, 4000.0, "02"), FlowLine("heat", Flow.CONSUMED, 4000.0, "02"),
        FlowLine("heat", Flow.CONSUMED, 8000.0, "03"),
        FlowLine("electricity", Flow.PRODUCED, 300_000.0, "02"), FlowLine("electricity", Flow.PURCHASED, 200_000.0),
        FlowLine("electricity", Flow.CONSUMED, 500_000.0), FlowLine("electricity", Flow.TRANSFORMED, 20_000.0, "01"),
        FlowLine("electricity", Flow.CONSUMED, 20_000.0, "01"), FlowLine("electricity", Flow.CONSUMED, 400_000.0, "03"),
    ]  # fmt: skip


def laid_out(some: list[FlowLine], uses: dict[str, FinalUse] | None = None) -> Balance:
    return energy_balance(account(some, RATES), accounts_by_unit(some, RATES), uses)


def test_a_plant_by_hand() -> None:
    balance = laid_out(plant(), {"03": FinalUse.MAIN})
    coal, heat, power = (balance.row(key) for key in ("raw_coal", "heat", "electricity"))
    assert (coal.entered, coal.transformed, coal.final_total, coal.imbalance) == (1000, 1000, 0, 0)
    assert (heat.final[FinalUse.MAIN], heat.lost, heat.exported, heat.imbalance) == (8000, 500, 3500, 0)
    # 500 000 used, 20 000 of it by the boiler house, 400 000 by the works: 80 000 nobody was said to have used
    assert power.final == {FinalUse.MAIN: 400_000, FinalUse.UNSPLIT: 80_000}
    boiler, turbine = balance.converters
    assert boiler.loss == pytest.approx(714.3 + 2.458 - 545.92)
    assert turbine.loss == pytest.approx(4000 * 0.03412 - 300_000 * 0.0001229)
    came_out, went_in = 545.92 + 36.87, 714.3 + 2.458 + 136.48
    assert balance.transformation_efficiency == pytest.approx(came_out / went_in)
    used = (8000 * 34.12 + 480_000 * 0.1229) / 1000
    assert balance.distribution_efficiency == pytest.approx(used / (used + 500 * 0.03412))


def test_the_boilers_own_electricity_makes_no_circle() -> None:
    chart = sankey(laid_out(plant()))
    assert any(link.target == "recycled:out" for link in chart.links)
    agree(chart)


def test_a_side_that_is_not_known_is_derived_and_says_so() -> None:
    used = energy_balance(account([FlowLine("heat", Flow.CONSUMED, 10.0)], RATES)).row("heat")
    assert (used.purchased, used.derived, used.imbalance) == (10, "supply", 0)
    bought = energy_balance(account([FlowLine("heat", Flow.PURCHASED, 10.0)], RATES)).row("heat")
    assert (bought.final_total, bought.derived, bought.imbalance) == (10, "use", 0)
    open_one = [FlowLine("heat", Flow.PURCHASED, 10.0), FlowLine("heat", Flow.CONSUMED, 7.0)]
    assert energy_balance(account(open_one, RATES)).row("heat").imbalance == 3
    assert [finding.code for finding in energy_balance(account(open_one, RATES)).findings] == ["balance-open"]


def test_own_made_media_are_not_in_the_coal_equivalent_view() -> None:
    air = [FlowLine("oxygen", Flow.PRODUCED, 900.0), FlowLine("oxygen", Flow.PURCHASED, 100.0),
           FlowLine("oxygen", Flow.CONSUMED, 1000.0)]  # fmt: skip
    balance = energy_balance(account(air, RATES))
    assert balance.row("oxygen").produced == 900
    assert balance.tce_rows[0].final_total == pytest.approx(100 * 0.4 / 1000)
    assert not balance.converters


def test_processes_that_use_more_than_the_plant_are_not_believed() -> None:
    some = [FlowLine("heat", Flow.CONSUMED, 10.0), FlowLine("heat", Flow.CONSUMED, 12.0, "01")]
    assert laid_out(some).row("heat").final == {FinalUse.UNSPLIT: 10}


def test_what_cannot_be_converted_is_named() -> None:
    some = [FlowLine("anthracite", Flow.CONSUMED, 1.0), FlowLine("heat", Flow.CONSUMED, math.nan)]
    balance = energy_balance(account(some, RATES))
    assert (balance.unconverted, balance.left_out, balance.tce_rows) == (("anthracite",), ("heat",), ())


def test_an_empty_account() -> None:
    balance = energy_balance(account([], RATES))
    assert (balance.rows, balance.transformation_efficiency, sankey(balance).links) == ((), None, ())


@settings(deadline=None, max_examples=60)
@given(lines(MAYBE), st.dictionaries(st.sampled_from(["01", "02"]), st.sampled_from(list(FinalUse))))
def test_every_row_closes_and_every_node_agrees(some: list[FlowLine], uses: dict[str, FinalUse]) -> None:
    balance = laid_out(some, uses)
    for row in (*balance.rows, *balance.tce_rows):
        supply = row.entered + row.produced + row.recovered
        use = row.transformed + row.lost + row.exported + row.final_total
        size = row.purchased + row.opening_stock + row.closing_stock + use + row.produced + row.recovered
        assert supply - use == pytest.approx(row.imbalance, abs=1e-8 * size + 1e-9), row.energy_key
    agree(sankey(balance))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(["raw_coal", "heat", "electricity"]).flatmap(closed_balance))
def test_a_closed_balance_draws_no_imbalance(some: list[FlowLine]) -> None:
    chart = sankey(energy_balance(account(some, RATES)))
    size = sum(link.tce for link in chart.links)
    loose = sum(link.tce for link in chart.links if "imbalance" in link.source + link.target)
    assert loose <= 1e-9 * size


def agree(chart: Sankey) -> None:
    """In- and outflow of every inner node agree, sources give what sinks take, and there are no circles."""
    scale = max((link.tce for link in chart.links), default=0.0)
    for node in chart.nodes:
        inflow = math.fsum(link.tce for link in chart.links if link.target == node.key)
        outflow = math.fsum(link.tce for link in chart.links if link.source == node.key)
        if node.kind in ("energy", "transformation"):
            assert inflow == pytest.approx(outflow, abs=1e-8 * scale * len(chart.links)), node
        else:
            assert (inflow == 0) == (node.kind == "source"), node
            assert (outflow == 0) == (node.kind == "sink"), node
    left = list(chart.links)
    while left:
        heads = {link.source for link in left} - {link.target for link in left}
        assert heads, "a circle"
        left = [link for link in left if link.source not in heads]
