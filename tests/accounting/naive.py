"""What a naive program would do. Each function is wrong in a way that was seen; the cases show by how much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

from nenghao.accounting import Flow, FlowLine, Rate, choose_rate
from nenghao.errors import NenghaoError
from nenghao.reference import library

Periods = Sequence[tuple[list[FlowLine], dict[str, Rate]]]


def all_consumed(periods: Periods, _: dict[str, Any]) -> float:
    """Σ consumed · k: nothing is netted, sold or made."""
    return _sum(periods, {Flow.CONSUMED})


def all_supplied(periods: Periods, _: dict[str, Any]) -> float:
    """Σ (purchased + produced) · k: own electricity beside its fuel."""
    return _sum(periods, {Flow.PURCHASED, Flow.PRODUCED, Flow.RECOVERED})


def purchases_at_table_values(periods: Periods, _: dict[str, Any]) -> float:
    """Bought is burnt, and annex A knows the coal."""
    table = [(lines, {key: choose_rate(library(), key, date(2026, 1, 1)) for key in rates}) for lines, rates in periods]
    return _sum(table, {Flow.PURCHASED})


def newest_edition(periods: Periods, case: dict[str, Any]) -> float:
    """One edition for the whole year; what it does not list is dropped."""
    tce = 0.0
    for (lines, rates), given in zip(periods, case["account"], strict=True):
        for line in lines:
            own = given.get("heating", {}).get(line.energy_key)
            kgce = own["value"] * 1000 / 29_307.6 if own else _table(line.energy_key, date(2026, 1, 1))
            tce += line.quantity * kgce / 1000
        assert rates
    return tce


def purchase_per_output(periods: Periods, case: dict[str, Any]) -> float:
    """The grid meter over the output."""
    naive = case["naive"]
    bought = [line for lines, _ in periods for line in lines if line.flow is Flow.PURCHASED]
    return sum(line.quantity for line in bought if line.energy_key == naive["energy"]) / naive["output"]


def equal_parts(periods: Periods, case: dict[str, Any]) -> float:
    """Every product bears the same part of the shared energy."""
    rates = periods[0][1]
    unit = next(one for one in case["unit_consumption"] if one["name"] == case["naive"]["of"])
    kgce = 0.0
    for allocation in case["allocation"]:
        products = allocation["products"]
        kgce += sum(q * (rates[key].kgce or 0) / len(products) for key, q in allocation["shared"].items())
        direct = next(one.get("direct", {}) for one in products if one["name"] == unit["product"])
        kgce += sum(q * (rates[key].kgce or 0) for key, q in direct.items())
    return kgce / unit["output"]


def _sum(periods: Periods, flows: set[Flow]) -> float:
    return math.fsum(
        line.quantity * (rates[line.energy_key].kgce or 0) / 1000
        for lines, rates in periods
        for line in lines
        if line.flow in flows
    )


def _table(key: str, on: date) -> float:
    try:
        return choose_rate(library(), key, on).kgce or 0.0
    except NenghaoError:
        return 0.0
