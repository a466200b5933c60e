"""The account of one unit and period (核算): what counts of each energy, on both bases, and everything behind it.

E = Σ (Eᵢ · kᵢ) (GB/T 2589). What counts of an energy, Eᵢ, can be found in two ways:

* by use: consumed + lost − produced − recovered;
* at the boundary: purchased + opening stock − closing stock − exported.

They are the two sides of one physical balance and agree when it closes. Which one counts is decided by
:attr:`Rules.order` and named in the result; a difference is a finding. Transformation output and recovered energy are
netted by both forms, so that nothing made inside counts again when it is used. Of working media only what crossed the
boundary counts.

>>> from datetime import date
>>> from nenghao.reference import library
>>> rates = {"electricity": choose_rate(library(), "electricity", date(2026, 3, 1))}
>>> lines = [FlowLine("electricity", Flow.PURCHASED, 90_000.0), FlowLine("electricity", Flow.PRODUCED, 10_000.0),
...          FlowLine("electricity", Flow.CONSUMED, 100_000.0)]
>>> result = account(lines, rates)
>>> result.tce_calorific, result.tce_equivalent, result.energy("electricity").net
(11.061, None, 90000.0)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nenghao.accounting.account_findings import describe
from nenghao.accounting.flows import PARTS_OF_CONSUMED, Flow, FlowLine
from nenghao.accounting.rates import TOTALS, Rate, choose_rate
from nenghao.accounting.rules import GBT2589, Mark, Method, Rules
from nenghao.findings import Finding

__all__ = ["Account", "EnergyAccount", "account", "accounts_by_unit", "choose_rate"]

SUPPLY = (Flow.OPENING_STOCK, Flow.PURCHASED, Flow.PRODUCED, Flow.RECOVERED)
USE = (Flow.CONSUMED, Flow.LOST, Flow.EXPORTED, Flow.CLOSING_STOCK)
STOCKS = (Flow.OPENING_STOCK, Flow.CLOSING_STOCK)
USE_FORM: Mapping[Flow, int] = {Flow.CONSUMED: 1, Flow.LOST: 1, Flow.PRODUCED: -1, Flow.RECOVERED: -1}
BOUNDARY_FORM: Mapping[Flow, int] = {
    Flow.PURCHASED: 1,
    Flow.OPENING_STOCK: 1,
    Flow.CLOSING_STOCK: -1,
    Flow.EXPORTED: -1,
}
ROUNDING = 1e-12
"""The share of the quantities netted below which a rest is rounding, not energy."""
FORMS: Mapping[Method, Mapping[Flow, int]] = {Method.USE: USE_FORM, Method.BOUNDARY: BOUNDARY_FORM}


@dataclass(frozen=True, slots=True)
class EnergyAccount:
    """What counts of one energy.

    ``flows`` are the quantities [base unit] that stand for the whole boundary, NaN where one is not known; ``lines``
    what they are made of and ``details`` the lines below one of the whole plant. ``net`` [base unit] is what counts
    after ``excluded`` (parts that the rules leave out), ``None`` when it cannot be told. ``use_form`` and
    ``boundary_form`` are the two ways before that, ``imbalance`` is supply − use where both are known.
    ``tce_calorific`` and ``tce_equivalent`` are what the energy adds to the totals, ``None`` when that cannot be told.
    The ratios are shares of the quantities that ``method`` rests on.
    """

    energy_key: str
    unit: str
    flows: Mapping[Flow, float]
    net: float | None
    method: Method
    use_form: float | None
    boundary_form: float | None
    excluded: float
    imbalance: float | None
    imbalance_ratio: float | None
    rate: Rate | None
    tce_calorific: float | None
    tce_equivalent: float | None
    measured_ratio: float
    missing_ratio: float
    marks: Mark
    lines: tuple[FlowLine, ...]
    details: tuple[FlowLine, ...]

    @property
    def is_medium(self) -> bool:
        """Tell whether this is a working medium (耗能工质)."""
        return self.rate is not None and self.rate.is_medium


@dataclass(frozen=True, slots=True)
class Account:
    """The account of one unit and period, energies in order of their keys.

    ``tce_calorific`` (当量值) adds what could be converted; ``is_complete`` is false when a quantity or a factor was
    lacking. ``tce_equivalent`` (等价值) is ``None`` when an equivalent value that it needs was not stated. The ratios
    weigh the energies by the size of what they add; ``None`` for an empty account.
    """

    rules: Rules
    energies: tuple[EnergyAccount, ...]
    tce_calorific: float
    tce_equivalent: float | None
    media_tce: float
    is_complete: bool
    is_unverified: bool
    measured_ratio: float | None
    missing_ratio: float | None
    imbalance_ratio: float | None
    findings: tuple[Finding, ...]

    def energy(self, key: str) -> EnergyAccount:
        """Give the account of one energy; ``KeyError`` when nothing of it was there."""
        for found in self.energies:
            if found.energy_key == key:
                return found
        raise KeyError(key)


def account(lines: Iterable[FlowLine], rates: Mapping[str, Rate], rules: Rules = GBT2589) -> Account:
    """Account for the lines of one unit and period.

    ``rates`` by energy key are those in force in the period (:func:`choose_rate`); an energy without one is a finding.
    The order of the lines does not matter.
    """
    by_energy: dict[str, list[FlowLine]] = {}
    for line in lines:
        by_energy.setdefault(line.energy_key, []).append(line)
    found = [_energy(key, by_energy[key], rates.get(key), rules) for key in sorted(by_energy)]
    return total([energy for energy in found if energy is not None], rules)


def accounts_by_unit(
    lines: Iterable[FlowLine], rates: Mapping[str, Rate], rules: Rules = GBT2589
) -> dict[str, Account]:
    """Account for each part of the plant by itself: unit code to account, the whole plant's lines left out.

    What one part hands to another is ``exported`` of the first and ``purchased`` of the second.
    """
    kept = list(lines)
    codes = sorted({line.unit_code for line in kept} - {""})
    return {code: account(kept, rates, replace(rules, units=frozenset({code}))) for code in codes}


def total(energies: Iterable[EnergyAccount], rules: Rules) -> Account:
    """Add the energies of one boundary up to its account."""
    kept = tuple(energies)
    marks = Mark(0)
    for energy in kept:
        marks |= energy.marks
    known = [e for e in kept if e.tce_calorific is not None]
    cannot_tell = bool(marks & Mark.NO_EQUIVALENT)
    return Account(
        rules, kept, math.fsum(e.tce_calorific or 0.0 for e in known),
        None if cannot_tell else math.fsum(e.tce_equivalent or 0.0 for e in kept),
        math.fsum(e.tce_calorific or 0.0 for e in known if e.is_medium),
        not marks & (Mark.QUANTITY_MISSING | Mark.UNCONVERTED), bool(marks & Mark.UNVERIFIED),
        _weighed([(abs(e.tce_calorific or 0.0), e.measured_ratio) for e in known]),
        _weighed([(abs(e.tce_calorific or 0.0), e.missing_ratio) for e in known]), _imbalance_ratio(kept),
        tuple(finding for energy in kept for finding in _findings(energy, rules)),
    )  # fmt: skip


def _findings(energy: EnergyAccount, rules: Rules) -> tuple[Finding, ...]:
    evidence = {
        "net": energy.net, "unit": energy.unit, "method": str(energy.method), "imbalance": energy.imbalance,
        "imbalance_ratio": energy.imbalance_ratio, "imbalance_limit": rules.imbalance_limit,
    }  # fmt: skip
    return describe(energy.energy_key, energy.marks, evidence, rules.clause)


def _weighed(pairs: list[tuple[float, float]]) -> float | None:
    """Give the weighted mean; of weights that are all zero the plain one, of nothing ``None``."""
    if not pairs:
        return None
    weight = math.fsum(w for w, _ in pairs)
    if weight == 0:
        return math.fsum(value for _, value in pairs) / len(pairs)
    return math.fsum(w * value for w, value in pairs) / weight


def _imbalance_ratio(energies: Iterable[EnergyAccount]) -> float | None:
    """Give the imbalances as a share of the greater side, in coal equivalent; ``None`` where none can be checked."""
    checked = [(e, e.rate.kgce) for e in energies if e.imbalance is not None and e.rate is not None and e.rate.kgce]
    if not checked:
        return None
    size = math.fsum(_greater_side(e.flows) * kgce for e, kgce in checked)
    return math.fsum(abs(e.imbalance or 0.0) * kgce for e, kgce in checked) / size if size else 0.0


def _greater_side(flows: Mapping[Flow, float]) -> float:
    return max(math.fsum(flows.get(f, 0.0) for f in SUPPLY), math.fsum(flows.get(f, 0.0) for f in USE))


def _energy(key: str, lines: list[FlowLine], rate: Rate | None, rules: Rules) -> EnergyAccount | None:
    counted, details = _inside(lines, rules)
    if not counted:
        return None
    marks = Mark.NEGATIVE if any(line.quantity < 0 for line in counted) else Mark(0)
    flows = {flow: _sum(counted, flow) for flow in sorted({line.flow for line in counted})}
    use_form, boundary_form = _use_form(flows), _boundary_form(flows)
    medium = rate is not None and rate.is_medium
    net, method, noted = _counting(flows, use_form, boundary_form, medium, rules)
    excluded = _excluded(flows, net, medium, rules)
    if net is not None:
        net = None if math.isnan(excluded) else net - excluded
    imbalance, ratio = _imbalance(flows)
    if net is None:
        method, noted = Method.NONE, noted | Mark.QUANTITY_MISSING
    marks |= noted | _flow_marks(flows, ratio, rules) | _detail_marks(flows, details)
    tce, tce_equivalent, rate_marks = _worth(key, net, rate, rules)
    weights = [line for line in counted if line.flow in FORMS.get(method, {})] or counted
    return EnergyAccount(
        key, rate.unit if rate else "", flows, net, method, use_form, boundary_form,
        0.0 if math.isnan(excluded) else excluded, imbalance, ratio, rate, tce, tce_equivalent,
        _line_ratio(weights, "measured_ratio"), _line_ratio(weights, "missing_ratio"), marks | rate_marks,
        tuple(counted), tuple(details),
    )  # fmt: skip


def _inside(lines: list[FlowLine], rules: Rules) -> tuple[list[FlowLine], list[FlowLine]]:
    """Part the lines inside the boundary into those that count and those below a line of the whole plant.

    A flow that is known for the whole plant is not added up from its parts again.
    """
    if rules.units is not None:
        return [line for line in lines if line.unit_code in rules.units], []
    whole = {line.flow for line in lines if not line.unit_code}
    counted = [line for line in lines if not line.unit_code or line.flow not in whole]
    return counted, [line for line in lines if line.unit_code and line.flow in whole]


def _sum(lines: list[FlowLine], flow: Flow) -> float:
    """Add the quantities of a flow up, in any order to the same sum; NaN when one is not known or negative."""
    return math.fsum(math.nan if line.quantity < 0 else line.quantity for line in lines if line.flow is flow)


def _use_form(flows: Mapping[Flow, float]) -> float | None:
    return _signed(flows, USE_FORM) if Flow.CONSUMED in flows else None


def _boundary_form(flows: Mapping[Flow, float]) -> float | None:
    """Give what crossed the boundary; the change of stock only counts when both stocks are known."""
    if not any(flow in flows for flow in BOUNDARY_FORM):
        return None
    both = all(stock in flows for stock in STOCKS)
    return _signed({flow: q for flow, q in flows.items() if both or flow not in STOCKS}, BOUNDARY_FORM)


def _signed(flows: Mapping[Flow, float], form: Mapping[Flow, int]) -> float | None:
    """Add flows with their signs; a rest that is only rounding of what was netted is nothing."""
    signed = [sign * flows[flow] for flow, sign in form.items() if flow in flows]
    value = math.fsum(signed)
    if math.isnan(value):
        return None
    return 0.0 if abs(value) <= ROUNDING * math.fsum(map(abs, signed)) else value


def _counting(
    flows: Mapping[Flow, float], use_form: float | None, boundary_form: float | None, medium: bool, rules: Rules
) -> tuple[float | None, Method, Mark]:
    """Choose the form that counts: the first of the rules' order that can be computed, for media the boundary alone."""
    forms = {Method.USE: use_form, Method.BOUNDARY: boundary_form}
    order = (Method.BOUNDARY,) if medium else rules.order
    for method in order:
        if forms[method] is not None:
            return forms[method], method, Mark(0)
    if any(math.isnan(q) for flow, q in flows.items() if flow not in PARTS_OF_CONSUMED and _needed(flow, medium)):
        return None, Method.NONE, Mark(0)
    if medium:
        made = Flow.PRODUCED in flows or Flow.RECOVERED in flows
        return 0.0, Method.BOUNDARY, Mark(0) if made else Mark.ORIGIN_UNKNOWN
    return 0.0, Method.BOUNDARY, Mark.UNUSED


def _needed(flow: Flow, medium: bool) -> bool:
    return flow in BOUNDARY_FORM if medium else True


def _excluded(flows: Mapping[Flow, float], net: float | None, medium: bool, rules: Rules) -> float:
    """Give the parts that the rules leave out; of a medium no more than was bought."""
    parts = math.fsum(flows[flow] for flow in rules.excluded_parts if flow in flows)
    return min(parts, max(net or 0.0, 0.0)) if medium and not math.isnan(parts) else parts


def _imbalance(flows: Mapping[Flow, float]) -> tuple[float | None, float | None]:
    """Give supply − use and its share of the greater side, where consumption and a supply and both stocks are known."""
    one_stock = sum(stock in flows for stock in STOCKS) == 1
    if Flow.CONSUMED not in flows or not any(flow in flows for flow in SUPPLY) or one_stock:
        return None, None
    value = math.fsum([*(flows.get(f, 0.0) for f in SUPPLY), *(-flows.get(f, 0.0) for f in USE)])
    size = _greater_side(flows)
    if math.isnan(value):
        return None, None
    return value, abs(value) / size if size else 0.0


def _flow_marks(flows: Mapping[Flow, float], ratio: float | None, rules: Rules) -> Mark:
    marks = Mark(0)
    if ratio is not None and ratio > rules.imbalance_limit:
        marks |= Mark.IMBALANCE
    if sum(stock in flows for stock in STOCKS) == 1:
        marks |= Mark.ONE_STOCK
    parts = math.fsum(q for flow, q in flows.items() if flow in PARTS_OF_CONSUMED and flow is not Flow.TRANSPORT)
    if Flow.CONSUMED in flows and parts > flows[Flow.CONSUMED] * (1 + 1e-9):
        marks |= Mark.PARTS
    return marks


def _detail_marks(flows: Mapping[Flow, float], details: list[FlowLine]) -> Mark:
    inner = math.fsum(line.quantity for line in details if line.flow is Flow.CONSUMED)
    return Mark.DETAILS if inner > flows.get(Flow.CONSUMED, math.inf) * (1 + 1e-9) else Mark(0)


def _worth(key: str, net: float | None, rate: Rate | None, rules: Rules) -> tuple[float | None, float | None, Mark]:
    """Give what the energy adds to the two totals, and what is to be noted about its rate."""
    if key in TOTALS:
        return 0.0, 0.0, Mark.TOTAL
    if net == 0 or (rate is not None and rate.is_medium and not rules.count_bought_media):
        return 0.0, 0.0, Mark(0)
    if rate is None or rate.kgce is None:
        return None, None, Mark.UNCONVERTED
    marks = Mark.RANGE if rate.is_range else Mark(0)
    if rate.status == "unverified":
        marks |= Mark.UNVERIFIED
    equal = rate.kgce_equivalent
    if equal is None:
        marks |= Mark.NO_EQUIVALENT
    elif rate.equivalent_status == "unverified":
        marks |= Mark.EQUIVALENT_UNVERIFIED
    if net is None:
        return None, None, marks
    return net * rate.kgce / 1000, None if equal is None else net * equal / 1000, marks


def _line_ratio(lines: list[FlowLine], field: str) -> float:
    known = [line for line in lines if line.quantity >= 0]
    ratio = _weighed([(line.quantity, float(getattr(line, field))) for line in known])
    if ratio is None:
        return 1.0 if field == "missing_ratio" else 0.0
    return ratio
