"""A figure unfolds down to readings and factors, and what it shows adds up to what it says."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings

from nenghao.accounting import STATISTICS, Flow, FlowLine, account
from nenghao.accounting.trace import Node, flat_rows, trace

from .strategies import MAYBE, lines, rates

RATES = rates(coal_kj_per_kg=23_446.08)


def test_down_to_reading_and_clause() -> None:
    some = [
        FlowLine("raw_coal", Flow.CONSUMED, 1000.0, "", "reading:00-00-0000-010100-10", 0.9),
        FlowLine("raw_coal", Flow.NON_INDUSTRIAL, 100.0, "", "ledger:non-industrial"),
        FlowLine("raw_coal", Flow.PURCHASED, 1010.0, "", "ledger:purchase"),
    ]
    rows = list(flat_rows(trace(account(some, RATES, STATISTICS))))
    by_label = {row.label_zh: row for row in rows}
    assert by_label["原煤"].formula_zh == "900 t × 800 kgce/t ÷ 1000 = 720 tce"
    assert by_label["计入数量"].formula_zh == "消费 1,000 − 非工业生产消费 100 = 900 t"
    assert "按购入 / at the boundary: 1,010 t" in by_label["计入数量"].note
    factor = by_label["折标准煤系数"]
    assert factor.formula_en == "23446.1 kJ/kg × 1000 kg/t ÷ 29307.6 kJ/kgce = 800 kgce/t"
    assert (factor.status, factor.value) == ("unverified", pytest.approx(800))
    assert "GB/T 2589-2020" in factor.references
    assert {row.references for row in rows} >= {"reading:00-00-0000-010100-10", "ledger:non-industrial"}
    assert rows[0].status == "unverified"
    assert by_label["综合能源消费量 (统计口径), 当量值"].depth == 0


def test_the_equivalent_basis_names_who_stated_the_value() -> None:
    used = account([FlowLine("electricity", Flow.CONSUMED, 1000.0)], RATES)
    factor = next(row for row in flat_rows(trace(used, "equivalent")) if row.label_en == "coal-equivalent factor")
    assert (factor.value, factor.references) == (0.3, "GB/T 2589-2020; made up")


def test_what_cannot_be_told_is_not_zero() -> None:
    used = account([FlowLine("electricity", Flow.CONSUMED, math.nan)], rates(equivalent=None))
    rows = list(flat_rows(trace(used, "equivalent")))
    assert [row.value for row in rows if row.label_en in ("Electricity", "quantity that counts", "whole plant")] == [
        None
    ] * 3
    assert trace(used, "equivalent").value is None


@settings(deadline=None, max_examples=60)
@given(lines(MAYBE))
def test_children_add_up(some: list[FlowLine]) -> None:
    tree = trace(account(some, RATES))
    assert tree.value == pytest.approx(math.fsum(child.value or 0 for child in tree.children), rel=1e-9, abs=1e-12)
    for energy in tree.children:
        if energy.value:
            net, factor = energy.children
            assert energy.value == pytest.approx((net.value or 0) * (factor.value or 0) / 1000)
        for flow in energy.children[0].children:
            counted = [child.value for child in flow.children if "listed only" not in child.note]
            assert _close(flow, counted)


def _close(flow: Node, counted: list[float | None]) -> bool:
    if flow.value is None:
        return any(value is None or value < 0 for value in counted)
    return flow.value == pytest.approx(math.fsum(value or 0 for value in counted), rel=1e-9, abs=1e-12)
