"""What can happen to an energy inside the boundary of an accounting unit (核算边界), in GB/T 2589's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Flow(StrEnum):
    """One kind of flow of an energy; quantities are positive, the kind gives the sign.

    The physical balance of an energy over a period is
    ``opening_stock + purchased + produced + recovered = consumed + lost + exported + closing_stock``.
    """

    OPENING_STOCK = "opening_stock"
    """期初库存."""
    PURCHASED = "purchased"
    """购进量 (what enters the boundary from outside)."""
    PRODUCED = "produced"
    """加工转换产出: made from other energies inside the boundary (electricity of an own plant, steam, coke, gas)."""
    RECOVERED = "recovered"
    """回收利用: won back from waste heat, waste gas or waste pressure inside the boundary."""
    CONSUMED = "consumed"
    """消费量: used inside the boundary for whatever purpose, input of transformation included, losses not."""
    TRANSFORMED = "transformed"
    """其中加工转换投入: the part of ``consumed`` that goes into transformation."""
    FEEDSTOCK = "feedstock"
    """其中用于原材料: the part of ``consumed`` used as raw material."""
    NON_INDUSTRIAL = "non_industrial"
    """其中非工业生产消费: the part of ``consumed`` outside industrial production."""
    TRANSPORT = "transport"
    """其中运输工具消费: the part of ``consumed`` in vehicles."""
    LOST = "lost"
    """输送分配损失: lost on the way inside the boundary; it counts as consumption."""
    EXPORTED = "exported"
    """外供、外销: leaves the boundary."""
    CLOSING_STOCK = "closing_stock"
    """期末库存."""


FLOW_NAMES: Mapping[Flow, tuple[str, str]] = {
    Flow.OPENING_STOCK: ("期初库存", "opening stock"), Flow.PURCHASED: ("购进", "purchased"),
    Flow.PRODUCED: ("加工转换产出", "transformation output"), Flow.RECOVERED: ("回收利用", "recovered"),
    Flow.CONSUMED: ("消费", "consumed"), Flow.TRANSFORMED: ("加工转换投入", "transformation input"),
    Flow.FEEDSTOCK: ("用于原材料", "used as raw material"),
    Flow.NON_INDUSTRIAL: ("非工业生产消费", "non-industrial use"),
    Flow.TRANSPORT: ("运输工具消费", "used in vehicles"), Flow.LOST: ("输送分配损失", "lost in distribution"),
    Flow.EXPORTED: ("外供", "sent out"), Flow.CLOSING_STOCK: ("期末库存", "closing stock"),
}  # fmt: skip
"""The flows in Chinese and English."""

PARTS_OF_CONSUMED = frozenset({Flow.TRANSFORMED, Flow.FEEDSTOCK, Flow.NON_INDUSTRIAL, Flow.TRANSPORT})
"""Flows that say what ``consumed`` is made of and enter no balance themselves."""


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A quantity [base unit of the energy] of one flow of one energy over the period of an account.

    ``unit_code`` is the part of the plant: empty for the whole boundary, else a process code. ``source`` says where it
    comes from, for the trace: ``reading:<data_code>``, ``ledger:<kind>``, ``rule:<name>``. ``measured_ratio`` and
    ``missing_ratio`` are the shares of the period that were measured and that are missing; the rest was estimated. A
    quantity that is not known at all is NaN, never zero.

    >>> FlowLine("raw_coal", Flow.PURCHASED, 1200.0, source="ledger:purchase").flow
    <Flow.PURCHASED: 'purchased'>
    """

    energy_key: str
    flow: Flow
    quantity: float
    unit_code: str = ""
    source: str = ""
    measured_ratio: float = 1.0
    missing_ratio: float = 0.0
