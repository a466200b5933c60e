"""The balance as a flow chart (能流图): nodes and links in tce whose in- and outflows agree at every node.

The charts that draw it cannot draw a circle (electricity of the plant that drives the plant's own boiler): where a link
would close one, it ends in a node “back into transformation” and starts again from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nenghao.accounting.balance import USE_NAMES, Balance, BalanceRow, Converter
from nenghao.accounting.trace import energy_names

SMALLEST = 1e-12
"""Links smaller than this share of the largest are rounding and are not drawn."""
OUTER = {
    "purchased": ("购入", "purchased"),
    "stock-draw": ("库存减少", "drawn from stock"),
    "recovered": ("回收利用", "recovered"),
    "unknown-input": ("转换投入不明", "unknown input of transformation"),
    "imbalance-in": ("平衡差(来源不明)", "imbalance: source unknown"),
    "recycled": ("返回加工转换", "back into transformation"),
    "stock-build": ("库存增加", "put into stock"),
    "exported": ("外供", "sent out"),
    "lost": ("输送分配损失", "lost in distribution"),
    "conversion-loss": ("加工转换损失", "lost in transformation"),
    "imbalance": ("平衡差(去向不明)", "imbalance: use unknown"),
}


@dataclass(frozen=True, slots=True)
class SankeyNode:
    """A box of the chart; ``kind`` is ``source``, ``energy``, ``transformation`` or ``sink``."""

    key: str
    label_zh: str
    label_en: str
    kind: str


@dataclass(frozen=True, slots=True)
class SankeyLink:
    """A band of the chart [tce], coloured by its energy."""

    source: str
    target: str
    tce: float
    energy_key: str


@dataclass(frozen=True, slots=True)
class Sankey:
    """The chart: every ``energy`` and ``transformation`` node has equal in- and outflow; there are no circles."""

    nodes: tuple[SankeyNode, ...]
    links: tuple[SankeyLink, ...]


@dataclass(slots=True)
class _Chart:
    nodes: dict[str, SankeyNode] = field(default_factory=dict)
    links: list[SankeyLink] = field(default_factory=list)

    def link(self, source: SankeyNode, target: SankeyNode, tce: float, energy_key: str) -> None:
        if tce <= 0:
            return
        for node in (source, target):
            self.nodes[node.key] = node
        self.links.append(SankeyLink(source.key, target.key, tce, energy_key))

    def reaches(self, start: str, goal: str) -> bool:
        """Tell whether the links lead from one node to another."""
        seen, todo = {start}, [start]
        while todo:
            here = todo.pop()
            ahead = {link.target for link in self.links if link.source == here} - seen
            if goal in ahead or here == goal:
                return True
            seen |= ahead
            todo.extend(ahead)
        return False


def sankey(balance: Balance) -> Sankey:
    """Draw the coal-equivalent rows of a balance."""
    chart = _Chart()
    for row in balance.tce_rows:
        for source, tce in _sources(row):
            chart.link(source, _energy(row.energy_key), tce, row.energy_key)
        for target, tce in _sinks(row):
            chart.link(_energy(row.energy_key), target, tce, row.energy_key)
    for converter in balance.converters:
        _convert(chart, converter)
    most = max((link.tce for link in chart.links), default=0.0)
    links = tuple(link for link in chart.links if link.tce > SMALLEST * most)
    used = {key for link in links for key in (link.source, link.target)}
    return Sankey(tuple(node for key, node in chart.nodes.items() if key in used), links)


def _energy(key: str) -> SankeyNode:
    return SankeyNode(f"energy:{key}", *energy_names(key), "energy")


def _outer(key: str, kind: str) -> SankeyNode:
    return SankeyNode(key, *OUTER[key], kind)


def _sources(row: BalanceRow) -> Iterator[tuple[SankeyNode, float]]:
    yield _outer("purchased", "source"), row.purchased
    yield _outer("stock-draw", "source"), row.opening_stock - row.closing_stock
    yield _outer("recovered", "source"), row.recovered
    yield _outer("imbalance-in", "source"), -row.imbalance


def _sinks(row: BalanceRow) -> Iterator[tuple[SankeyNode, float]]:
    yield _outer("stock-build", "sink"), row.closing_stock - row.opening_stock
    yield _outer("lost", "sink"), row.lost
    yield _outer("exported", "sink"), row.exported
    yield _outer("imbalance", "sink"), row.imbalance
    for use, tce in row.final.items():
        yield SankeyNode(f"use:{use}", *USE_NAMES[use], "sink"), tce


def _convert(chart: _Chart, converter: Converter) -> None:
    code = converter.unit_code
    zh, en = (f"加工转换 {code}", f"transformation {code}") if code else ("加工转换", "transformation")
    here = SankeyNode(f"convert:{code}", zh, en, "transformation")
    for key, tce in sorted(converter.outputs.items()):
        chart.link(here, _energy(key), tce, key)
    for key, tce in sorted(converter.inputs.items()):
        if chart.reaches(here.key, f"energy:{key}"):
            chart.link(_energy(key), _recycled("out", "sink"), tce, key)
            chart.link(_recycled("in", "source"), here, tce, key)
        else:
            chart.link(_energy(key), here, tce, key)
    chart.link(here, _outer("conversion-loss", "sink"), converter.loss, "")
    chart.link(_outer("unknown-input", "source"), here, -converter.loss, "")


def _recycled(side: str, kind: str) -> SankeyNode:
    return SankeyNode(f"recycled:{side}", *OUTER["recycled"], kind)
