"""A figure unfolded (溯源): from the total down to the readings, factors, clauses and formulas behind it.

>>> from datetime import date
>>> from nenghao.accounting import FlowLine, Flow, account, choose_rate
>>> from nenghao.reference import library
>>> rates = {"electricity": choose_rate(library(), "electricity", date(2026, 3, 1))}
>>> line = FlowLine("electricity", Flow.CONSUMED, 1000.0, source="reading:00-00-0000-023300-10")
>>> tree = trace(account([line], rates))
>>> [(row.depth, row.label_en, row.value, row.unit) for row in flat_rows(tree)][:3]
[(0, 'Comprehensive consumption (GB/T 2589), calorific basis', 0.1229, 'tce'), (1, 'Electricity', 0.1229, 'tce'), \
(2, 'quantity that counts', 1000.0, 'kWh')]
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from nenghao.accounting.account import FORMS, Account, EnergyAccount
from nenghao.accounting.flows import FLOW_NAMES, PARTS_OF_CONSUMED, Flow, FlowLine
from nenghao.accounting.rates import Rate, lowest
from nenghao.accounting.rules import Mark, Method, Rules
from nenghao.errors import NenghaoError
from nenghao.reference import Status, library

TotalBasis = Literal["calorific", "equivalent"]
BASIS_NAMES = {"calorific": ("当量值", "calorific basis"), "equivalent": ("等价值", "equivalent basis")}
METHOD_NAMES = {
    Method.USE: ("按消费", "by use"),
    Method.BOUNDARY: ("按购入", "at the boundary"),
    Method.NONE: ("无法确定", "cannot be told"),
}


@dataclass(frozen=True, slots=True)
class Node:
    """One figure with what it rests on; ``value`` is ``None`` when it cannot be told.

    ``references`` name readings (``reading:<data_code>``), ledgers, factors and tables; ``status`` is that of the least
    certain figure below. ``measured_ratio`` is ``None`` where measuring is not the question (a factor).
    """

    label_zh: str
    label_en: str
    value: float | None
    unit: str
    formula_zh: str = ""
    formula_en: str = ""
    clause: str = ""
    status: Status = "published"
    references: tuple[str, ...] = ()
    note: str = ""
    measured_ratio: float | None = None
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A node as a row of a table or a sheet; ``depth`` 0 is the figure itself."""

    depth: int
    label_zh: str
    label_en: str
    value: float | None
    unit: str
    formula_zh: str
    formula_en: str
    clause: str
    status: Status
    references: str
    note: str
    measured_ratio: float | None


def trace(account: Account, basis: TotalBasis = "calorific") -> Node:
    """Unfold a total of an account."""
    rules, (basis_zh, basis_en) = account.rules, BASIS_NAMES[basis]
    children = tuple(trace_energy(energy, rules, basis) for energy in account.energies)
    value = account.tce_calorific if basis == "calorific" else account.tce_equivalent
    return Node(
        f"{rules.name_zh}, {basis_zh}", f"{rules.name_en}, {basis_en}", value, "tce", rules.formula_zh,
        rules.formula_en, rules.clause, _least(rules.status, children),
        (rules.source,), "" if account.is_complete else "合计不完整 / the total is incomplete",
        account.measured_ratio, children,
    )  # fmt: skip


def trace_energy(energy: EnergyAccount, rules: Rules, basis: TotalBasis = "calorific") -> Node:
    """Unfold what one energy adds to a total."""
    name_zh, name_en = energy_names(energy.energy_key)
    value = energy.tce_calorific if basis == "calorific" else energy.tce_equivalent
    children = [_net(energy, rules)]
    if energy.rate is not None:
        children.append(trace_rate(energy.rate, basis))
    formula = _product(energy, basis) if value else ""
    notes = [mark.name.lower().replace("_", "-") for mark in Mark(energy.marks) if mark.name]
    counts = bool(value) or value is None
    return Node(
        name_zh, name_en, value, "tce", formula, formula, rules.clause,
        _least("published", tuple(children)) if counts else "published", (), ", ".join(notes),
        energy.measured_ratio, tuple(children),
    )  # fmt: skip


def trace_rate(rate: Rate, basis: TotalBasis = "calorific") -> Node:
    """Unfold a factor: value, table, clause, status, and the range where one is printed."""
    calorific = basis == "calorific"
    value, status = (rate.kgce, rate.status) if calorific else (rate.kgce_equivalent, rate.equivalent_status)
    span = f"{rate.kgce_low:g}~{rate.kgce_high:g}" if rate.is_range else ""
    stated = not calorific and rate.kgce_equivalent is not None and rate.kgce_equivalent != rate.kgce_calorific
    source = rate.source if calorific else rate.equivalent_source
    references = tuple(text for text in ("" if stated else rate.factor_id, rate.citation, source) if text)
    return Node(
        "折标准煤系数", "coal-equivalent factor", value, f"kgce/{rate.unit}", "" if stated else rate.formula,
        "" if stated else rate.formula, rate.clause, "published" if value is None else status, references,
        "; ".join(text for text in (span, rate.note) if text),
    )  # fmt: skip


def flat_rows(node: Node, depth: int = 0) -> Iterator[TraceRow]:
    """Give a tree as rows, parents before children, for a table or a sheet."""
    yield TraceRow(
        depth, node.label_zh, node.label_en, node.value, node.unit, node.formula_zh, node.formula_en, node.clause,
        node.status, "; ".join(node.references), node.note, node.measured_ratio,
    )  # fmt: skip
    for child in node.children:
        yield from flat_rows(child, depth + 1)


def energy_names(energy_key: str) -> tuple[str, str]:
    """Give the Chinese and English name of an energy; an unknown key names itself."""
    try:
        energy = library().energy_type(energy_key)
    except NenghaoError:
        return energy_key, energy_key
    return energy.name_zh, energy.name_en


def _least(status: Status, children: tuple[Node, ...]) -> Status:
    for child in children:
        status = lowest(status, child.status)
    return status


def _product(energy: EnergyAccount, basis: TotalBasis) -> str:
    assert energy.rate is not None
    kgce = energy.rate.kgce if basis == "calorific" else energy.rate.kgce_equivalent
    value = energy.tce_calorific if basis == "calorific" else energy.tce_equivalent
    return f"{number(energy.net)} {energy.unit} × {number(kgce)} kgce/{energy.unit} ÷ 1000 = {number(value)} tce"


def number(value: float | None) -> str:
    """Write a figure for a formula: up to ten significant digits, grouped by a thin comma, no exponent.

    >>> number(1234567.5), number(None)
    ('1,234,567.5', '—')
    """
    if value is None:
        return "—"
    digits = f"{value:.10g}"
    return f"{float(digits):,.10f}".rstrip("0").rstrip(".") if "e" in digits or abs(value) >= 1000 else digits


def _net(energy: EnergyAccount, rules: Rules) -> Node:
    zh, en = METHOD_NAMES[energy.method]
    form = FORMS.get(energy.method, {})
    parts = [(flow, sign) for flow, sign in form.items() if flow in energy.flows]
    parts += [(flow, -1) for flow in rules.excluded_parts if flow in energy.flows]
    shown = [_flow(flow, energy) for flow in Flow if flow in energy.flows]
    return Node(
        "计入数量", "quantity that counts", energy.net, energy.unit,
        _sum_text(parts, energy, 0), _sum_text(parts, energy, 1),
        rules.clause, "published", (), f"{zh} / {en}" + _other_form(energy), energy.measured_ratio, tuple(shown),
    )  # fmt: skip


def _sum_text(parts: list[tuple[Flow, int]], energy: EnergyAccount, language: int) -> str:
    terms = [
        f"{'+' if sign > 0 else '−'} {FLOW_NAMES[flow][language]} {number(energy.flows[flow])}" for flow, sign in parts
    ]
    if not terms:
        return ""
    return f"{' '.join(terms).removeprefix('+ ')} = {number(energy.net)} {energy.unit}"


def _other_form(energy: EnergyAccount) -> str:
    other = {Method.USE: energy.boundary_form, Method.BOUNDARY: energy.use_form}.get(energy.method)
    name = METHOD_NAMES[Method.BOUNDARY if energy.method is Method.USE else Method.USE]
    return "" if other is None else f"; {name[0]} / {name[1]}: {number(other)} {energy.unit}"


def _flow(flow: Flow, energy: EnergyAccount) -> Node:
    zh, en = FLOW_NAMES[flow]
    lines = tuple(_line(line, energy.unit) for line in energy.lines if line.flow is flow)
    details = tuple(_line(line, energy.unit, below=True) for line in energy.details if line.flow is flow)
    value = energy.flows[flow]
    note = "消费的分项, 不另计 / a part of the consumption, not added" if flow in PARTS_OF_CONSUMED else ""
    return Node(zh, en, None if math.isnan(value) else value, energy.unit, note=note, children=lines + details)


def _line(line: FlowLine, unit: str, below: bool = False) -> Node:
    where = (f"工序 {line.unit_code}", f"process {line.unit_code}") if line.unit_code else ("全厂", "whole plant")
    value = None if math.isnan(line.quantity) else line.quantity
    note = "全厂已有计量, 仅列示 / listed only: the whole plant is known" if below else ""
    references = (line.source,) if line.source else ()
    return Node(*where, value, unit, references=references, note=note, measured_ratio=line.measured_ratio)
