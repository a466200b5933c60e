"""The energy balance (能量平衡) of a unit: 购入贮存 → 加工转换 → 输送分配 → 最终使用, physical and in coal equivalent.

Of every energy, over the period of the account:

    purchased + opening − closing + produced + recovered
        = transformed + lost + final use + exported + imbalance

What a side lacks is derived where only one side is known, and marked so; where both are known and differ, the
difference is the imbalance and stays visible. Own-made working media are left out of the coal-equivalent view: the
energy that made them is in it already. In that view transformation has a loss: what went in and did not come out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from nenghao.accounting.account import STOCKS, SUPPLY, Account, EnergyAccount
from nenghao.accounting.flows import Flow
from nenghao.findings import Finding

SLACK = 1e-9


class FinalUse(StrEnum):
    """What the energy finally serves (最终使用)."""

    MAIN = "main"
    AUXILIARY = "auxiliary"
    ATTACHED = "attached"
    HEATING = "heating"
    LIGHTING = "lighting"
    TRANSPORT = "transport"
    NON_INDUSTRIAL = "non_industrial"
    OTHER = "other"
    UNSPLIT = "unsplit"
    """Not known which: the plant's use that no process was said to have had."""


USE_NAMES: Mapping[FinalUse, tuple[str, str]] = {
    FinalUse.MAIN: ("主要生产", "main production"),
    FinalUse.AUXILIARY: ("辅助生产", "auxiliary production"),
    FinalUse.ATTACHED: ("附属生产", "attached production"),
    FinalUse.HEATING: ("采暖(空调)", "heating and cooling"),
    FinalUse.LIGHTING: ("照明", "lighting"),
    FinalUse.TRANSPORT: ("运输", "transport"),
    FinalUse.NON_INDUSTRIAL: ("非工业生产", "non-industrial use"),
    FinalUse.OTHER: ("其他", "other"),
    FinalUse.UNSPLIT: ("未分项", "not split"),
}


@dataclass(frozen=True, slots=True)
class Converter:
    """One place of transformation (a process, or the rest of the plant: code empty): what went in, what came out."""

    unit_code: str
    inputs: Mapping[str, float]
    outputs: Mapping[str, float]

    @property
    def loss(self) -> float:
        """What went in and did not come out; below zero when more came out than is known to have gone in."""
        return math.fsum(self.inputs.values()) - math.fsum(self.outputs.values())


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """One energy of the balance, in ``unit`` (its base unit, or tce). ``derived`` is ``supply``, ``use`` or empty."""

    energy_key: str
    unit: str
    purchased: float
    opening_stock: float
    closing_stock: float
    produced: float
    recovered: float
    transformed: float
    lost: float
    exported: float
    final: Mapping[FinalUse, float]
    imbalance: float
    derived: str = ""

    @property
    def entered(self) -> float:
        """购入贮存: what the stock and the outside gave."""
        return self.purchased + self.opening_stock - self.closing_stock

    @property
    def final_total(self) -> float:
        """最终使用, all uses together."""
        return math.fsum(self.final.values())

    def times(self, factor: float, unit: str) -> BalanceRow:
        """Give the row in another unit."""
        numbers = {f.name: getattr(self, f.name) * factor for f in fields(self) if f.type == "float"}
        return replace(self, unit=unit, final={use: q * factor for use, q in self.final.items()}, **numbers)


@dataclass(frozen=True, slots=True)
class Balance:
    """The balance of one unit and period.

    ``rows`` are physical, ``tce_rows`` in coal equivalent, ``converters`` in coal equivalent. ``unconverted`` are
    energies without a factor, ``left_out`` those whose quantity is not known: neither is in the coal-equivalent view.
    Efficiencies are ratios; ``None`` where nothing went through. What final use makes of the energy (能源利用率) needs
    heat balances of the equipment, which no account has.
    """

    rows: tuple[BalanceRow, ...]
    tce_rows: tuple[BalanceRow, ...]
    converters: tuple[Converter, ...]
    transformation_efficiency: float | None
    distribution_efficiency: float | None
    unconverted: tuple[str, ...]
    left_out: tuple[str, ...]
    findings: tuple[Finding, ...] = field(default=())

    def row(self, energy_key: str) -> BalanceRow:
        """Give the physical row of an energy; ``KeyError`` when it has none."""
        for row in self.rows:
            if row.energy_key == energy_key:
                return row
        raise KeyError(energy_key)


def energy_balance(
    account: Account, by_process: Mapping[str, Account] | None = None, uses: Mapping[str, FinalUse] | None = None
) -> Balance:
    """Lay an account out as a balance.

    ``by_process`` (:func:`nenghao.accounting.accounts_by_unit`) splits transformation and final use; ``uses`` says what
    each process serves, ``OTHER`` when it does not say. Processes that use more than the plant are not believed: their
    split of that energy is left out.
    """
    processes, served = by_process or {}, uses or {}
    known = [e for e in account.energies if e.net is not None]
    rows = tuple(_row(energy, _split(energy, processes, served)) for energy in known)
    kgce = {e.energy_key: e.rate.kgce for e in known if e.rate is not None and e.rate.kgce is not None}
    convertible = [(e, r) for e, r in zip(known, rows, strict=True) if e.energy_key in kgce]
    tce_rows = tuple(_bought_only(e, r).times(kgce[e.energy_key] / 1000, "tce") for e, r in convertible)
    converters = _converters(tce_rows, processes, kgce)
    used, lost = math.fsum(r.final_total for r in tce_rows), math.fsum(r.lost for r in tce_rows)
    went_in = math.fsum(r.transformed for r in tce_rows)
    came_out = math.fsum(r.produced for r in tce_rows)
    wrong = {"balance-open", "parts-exceed-consumption", "parts-exceed-whole", "stock-one-side", "quantity-missing"}
    return Balance(
        rows, tce_rows, converters, came_out / went_in if went_in else None, used / (used + lost) if used else None,
        tuple(e.energy_key for e in known if e.energy_key not in kgce),
        tuple(e.energy_key for e in account.energies if e.net is None),
        tuple(finding for finding in account.findings if finding.code in wrong),
    )  # fmt: skip


def _quantities(energy: EnergyAccount) -> dict[Flow, float]:
    """Give what is known of the flows; a single stock says nothing."""
    one_stock = sum(stock in energy.flows for stock in STOCKS) == 1
    return {
        flow: quantity
        for flow, quantity in energy.flows.items()
        if not math.isnan(quantity) and not (one_stock and flow in STOCKS)
    }


def _row(energy: EnergyAccount, split: Mapping[FinalUse, float]) -> BalanceRow:
    flows = _quantities(energy)

    def of(flow: Flow) -> float:
        return flows.get(flow, 0.0)

    supply = math.fsum([*(of(f) for f in SUPPLY), -of(Flow.CLOSING_STOCK)])
    out = of(Flow.LOST) + of(Flow.EXPORTED)
    consumed, purchased, derived = of(Flow.CONSUMED), of(Flow.PURCHASED), ""
    if Flow.CONSUMED not in flows:
        consumed, derived = max(supply - out, 0.0), "use"
    elif not any(flow in flows for flow in SUPPLY):
        purchased, derived = max(consumed + out - supply, 0.0), "supply"
        supply += purchased
    transformed = min(of(Flow.TRANSFORMED), consumed)
    return BalanceRow(
        energy.energy_key, energy.unit, purchased, of(Flow.OPENING_STOCK), of(Flow.CLOSING_STOCK), of(Flow.PRODUCED),
        of(Flow.RECOVERED), transformed, of(Flow.LOST), of(Flow.EXPORTED), _final(consumed - transformed, split),
        supply - out - consumed, derived,
    )  # fmt: skip


def _final(total: float, split: Mapping[FinalUse, float]) -> dict[FinalUse, float]:
    """Take the split where it fits into the whole; the rest is not split."""
    known = math.fsum(split.values())
    if known > total * (1 + SLACK):
        split, known = {}, 0.0
    rest = max(total - known, 0.0)
    return {**split, **({FinalUse.UNSPLIT: rest} if rest > SLACK * total or not split else {})}


def _split(
    energy: EnergyAccount, processes: Mapping[str, Account], served: Mapping[str, FinalUse]
) -> dict[FinalUse, float]:
    found: dict[FinalUse, float] = {}
    for code, process in processes.items():
        for flows in _flows_of(process, energy.energy_key):
            used = flows.get(Flow.CONSUMED, 0.0) - flows.get(Flow.TRANSFORMED, 0.0)
            use = served.get(code, FinalUse.OTHER)
            found[use] = found.get(use, 0.0) + max(used, 0.0)
    for flow, use in ((Flow.TRANSPORT, FinalUse.TRANSPORT), (Flow.NON_INDUSTRIAL, FinalUse.NON_INDUSTRIAL)):
        if flow in energy.flows and use not in found and not math.isnan(energy.flows[flow]):
            found[use] = energy.flows[flow]
    return {use: quantity for use, quantity in found.items() if quantity > 0}


def _flows_of(process: Account, energy_key: str) -> Iterable[Mapping[Flow, float]]:
    for energy in process.energies:
        if energy.energy_key == energy_key:
            yield {flow: q for flow, q in energy.flows.items() if not math.isnan(q)}


def _bought_only(energy: EnergyAccount, row: BalanceRow) -> BalanceRow:
    """Of a working medium keep what was bought and used inside: what made the rest is in the balance already."""
    if not energy.is_medium:
        return row
    bought = max(energy.net or 0.0, 0.0)
    return BalanceRow(
        row.energy_key, row.unit, bought, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, {FinalUse.UNSPLIT: bought}, 0.0,
        row.derived,
    )  # fmt: skip


def _converters(
    rows: tuple[BalanceRow, ...], processes: Mapping[str, Account], kgce: Mapping[str, float]
) -> tuple[Converter, ...]:
    """Part the transformation [tce] into the processes that do it and the rest of the plant."""
    found = [_converter(code, process, kgce) for code, process in processes.items()]
    found = [one for one in found if one.inputs or one.outputs]
    inputs = {row.energy_key: row.transformed for row in rows}
    outputs = {row.energy_key: row.produced for row in rows}
    rest_in = _rest(inputs, [one.inputs for one in found])
    rest_out = _rest(outputs, [one.outputs for one in found])
    if rest_in is None or rest_out is None:
        found, rest_in, rest_out = [], _rest(inputs, []) or {}, _rest(outputs, []) or {}
    rest = [Converter("", rest_in, rest_out)] if rest_in or rest_out else []
    return (*found, *rest)


def _converter(code: str, process: Account, kgce: Mapping[str, float]) -> Converter:
    sides: list[dict[str, float]] = []
    for flow in (Flow.TRANSFORMED, Flow.PRODUCED):
        quantities = {e.energy_key: e.flows.get(flow, 0.0) for e in process.energies if not e.is_medium}
        sides.append({key: q * kgce[key] / 1000 for key, q in quantities.items() if q > 0 and key in kgce})
    return Converter(code, sides[0], sides[1])


def _rest(whole: Mapping[str, float], parts: list[Mapping[str, float]]) -> dict[str, float] | None:
    """Give what the parts leave of the whole; ``None`` when they are more than the whole."""
    rest = {}
    for key in {*whole, *(key for part in parts for key in part)}:
        total = whole.get(key, 0.0)
        left = total - math.fsum(part.get(key, 0.0) for part in parts)
        if left < -SLACK * max(total, 1e-12):
            return None
        if left > SLACK * total:
            rest[key] = left
    return rest
