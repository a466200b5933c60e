"""The energy balance of an enterprise: by energy and process, physical or in tce, with its flow chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from nenghao.accounting.account import Account, account, accounts_by_unit
from nenghao.accounting.balance import USE_NAMES, Balance, BalanceRow, Converter, FinalUse, energy_balance
from nenghao.accounting.flows import Flow, FlowLine
from nenghao.accounting.sankey import sankey
from nenghao.findings import Finding
from nenghao.hub.energy_accounts.pages import Months, flow_name, in_language
from nenghao.hub.energy_accounts.rates import rules_of
from nenghao.hub.energy_accounts.services import flow_lines, period_rates
from nenghao.hub.monitoring.energies import energy_colour, energy_name, energy_unit
from nenghao.hub.monitoring.span import Span
from nenghao.hub.registry.models import Enterprise, Process
from nenghao.readings import ReadingStore
from nenghao.readings.accounts import energy_nets

TCE = "tce"
AUXILIARY_FROM = "90"
"""Process codes from here on are auxiliary and public systems (本平台约定); those below are main production."""
_SINK, _PLANT = "#8c6d1f", "#4b5563"


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """What a process used and made of one energy [base unit], and what it used in tce (None: no factor)."""

    code: str
    name: str
    energy_key: str
    used: float | None
    made: float | None
    used_tce: float | None


@dataclass(frozen=True, slots=True)
class BalancePage:
    """Everything the page shows; ``shown`` is ``tce`` or the key of the energy whose flow is drawn."""

    enterprise: Enterprise
    span: Span
    shown: str
    balance: Balance
    chart: dict[str, Any]
    processes: Sequence[ProcessUse]
    names: dict[str, str]

    @property
    def rows(self) -> Sequence[BalanceRow]:
        """The rows of the table: in tce, or physical."""
        return self.balance.tce_rows if self.shown == TCE else self.balance.rows

    @property
    def findings(self) -> Sequence[Finding]:
        """What does not close."""
        return self.balance.findings

    @property
    def converters(self) -> Sequence[tuple[str, Converter]]:
        """Where energy is transformed, with names."""
        return [(self.names.get(one.unit_code, _("全厂")), one) for one in self.balance.converters]

    @property
    def keys(self) -> Sequence[str]:
        """The energies whose flow can be drawn."""
        return [row.energy_key for row in self.balance.rows]


def balance_page(*, store: ReadingStore, enterprise: Enterprise, span: Span, shown: str) -> BalancePage:
    """Lay out an enterprise's account of some months as a balance."""
    months = Months.of(span)
    lines = flow_lines(store=store, enterprise=enterprise, start=months.start, end=months.end)
    nets = energy_nets(store, enterprise_ids=[enterprise.pk], start=months.start, end=months.end)
    rates, rules = period_rates(enterprise, nets), rules_of(enterprise, months.start)
    whole, parts = account(lines, rates, rules), accounts_by_unit(lines, rates, rules)
    names = dict(Process.objects.filter(enterprise=enterprise).values_list("code", "name"))
    balance = energy_balance(whole, parts, {code: _serves(code) for code in parts})
    if shown != TCE and shown not in {row.energy_key for row in balance.rows}:
        shown = TCE
    chart = _tce_chart(balance, names) if shown == TCE else _energy_chart(lines, shown, names)
    return BalancePage(enterprise, span, shown, balance, chart, list(_processes(parts, names)), names)


def _serves(code: str) -> FinalUse:
    return FinalUse.AUXILIARY if code >= AUXILIARY_FROM else FinalUse.MAIN


def use_name(use: FinalUse) -> str:
    """Name a final use in the page's language."""
    return in_language(*USE_NAMES[use])


def _processes(parts: dict[str, Account], names: dict[str, str]) -> Iterable[ProcessUse]:
    for code, part in parts.items():
        for energy in part.energies:
            used, made = energy.flows.get(Flow.CONSUMED), energy.flows.get(Flow.PRODUCED)
            made = energy.flows.get(Flow.RECOVERED, made)
            kgce = energy.rate.kgce if energy.rate else None
            worth = used * kgce / 1000 if used is not None and kgce is not None else None
            yield ProcessUse(code, names.get(code, code), energy.energy_key, used, made, worth)


def _tce_chart(balance: Balance, names: dict[str, str]) -> dict[str, Any]:
    """Give the flow of all energies in tce."""
    drawn = sankey(balance)
    labels = {node.key: in_language(node.label_zh, node.label_en) for node in drawn.nodes}
    for node in drawn.nodes:
        code = node.key.rpartition(":")[2]
        if node.kind == "transformation" and code in names:
            labels[node.key] = f"{labels[node.key].split(code)[0].strip()} {names[code]}".strip()
    return _chart(
        "tce",
        [(node.key, labels[node.key], _colour(node.kind, node.key)) for node in drawn.nodes],
        [(link.source, link.target, link.tce, energy_colour(link.energy_key) if link.energy_key else _SINK)
         for link in drawn.links],
    )  # fmt: skip


def _colour(kind: str, key: str) -> str:
    return energy_colour(key.rpartition(":")[2]) if kind == "energy" else _SINK if kind == "sink" else _PLANT


def _energy_chart(lines: Sequence[FlowLine], key: str, names: dict[str, str]) -> dict[str, Any]:
    """Give the physical flow of one energy: where it comes from, which process uses it, what leaves."""
    own = [line for line in lines if line.energy_key == key and line.quantity > 0]
    flows = {line.flow: line.quantity for line in own if not line.unit_code}
    made = _parts(own, (Flow.PRODUCED, Flow.RECOVERED))
    used = _parts(own, (Flow.CONSUMED,))
    stock = flows.get(Flow.OPENING_STOCK, 0.0) - flows.get(Flow.CLOSING_STOCK, 0.0)
    sources = {flow_name(Flow.PURCHASED): flows.get(Flow.PURCHASED, 0.0), _("库存减少"): max(stock, 0.0)}
    sources |= {f"{names.get(code, code)} {flow_name(flow)}": q for (code, flow), q in made.items()}
    if not made:
        sources |= {flow_name(flow): flows.get(flow, 0.0) for flow in (Flow.PRODUCED, Flow.RECOVERED)}
    sinks = {names.get(code, code): q for (code, _flow), q in used.items()}
    rest = flows.get(Flow.CONSUMED, 0.0) - sum(sinks.values())
    sinks |= {_("未分工序"): max(rest, 0.0), flow_name(Flow.LOST): flows.get(Flow.LOST, 0.0)}
    sinks |= {flow_name(Flow.EXPORTED): flows.get(Flow.EXPORTED, 0.0), _("库存增加"): max(-stock, 0.0)}
    return _closed(key, sources, sinks)


def _parts(lines: Iterable[FlowLine], flows: tuple[Flow, ...]) -> dict[tuple[str, Flow], float]:
    found: dict[tuple[str, Flow], float] = {}
    for line in lines:
        if line.unit_code and line.flow in flows:
            place = (line.unit_code, line.flow)
            found[place] = found.get(place, 0.0) + line.quantity
    return found


def _closed(key: str, sources: dict[str, float], sinks: dict[str, float]) -> dict[str, Any]:
    """Let what one side lacks be seen as the imbalance."""
    gap = sum(sources.values()) - sum(sinks.values())
    if abs(gap) > 1e-9 * max(sum(sources.values()), sum(sinks.values()), 1e-12):
        (sinks if gap > 0 else sources)[_("平衡差")] = abs(gap)
    middle, colour = "energy", energy_colour(key)
    nodes = [(middle, energy_name(key), colour)]
    nodes += [(f"in:{name}", name, _PLANT) for name, quantity in sources.items() if quantity > 0]
    nodes += [(f"out:{name}", name, _SINK) for name, quantity in sinks.items() if quantity > 0]
    links = [(f"in:{name}", middle, quantity, colour) for name, quantity in sources.items() if quantity > 0]
    links += [(middle, f"out:{name}", quantity, colour) for name, quantity in sinks.items() if quantity > 0]
    return _chart(energy_unit(key), nodes, links)


def _chart(
    unit: str, nodes: Iterable[tuple[str, str, str]], links: Iterable[tuple[str, str, float, str]]
) -> dict[str, Any]:
    return {
        "kind": "sankey", "label": _("能流图"), "unit": unit,
        "nodes": [{"name": key, "label": label, "color": colour} for key, label, colour in nodes],
        "links": [
            {"source": source, "target": target, "value": value, "color": colour}
            for source, target, value, colour in links
        ],
    }  # fmt: skip
