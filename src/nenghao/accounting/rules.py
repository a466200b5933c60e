"""What counts in an account: two named definitions of comprehensive consumption, and the switches they are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag, StrEnum

from nenghao.accounting.flows import Flow
from nenghao.reference import Status


class Method(StrEnum):
    """How the quantity of an energy that counts was found; both agree when the physical balance closes."""

    USE = "use"
    """按消费: consumed + lost − produced − recovered."""
    BOUNDARY = "boundary"
    """按购入: purchased + opening stock − closing stock − exported."""
    NONE = "none"
    """无法确定: a quantity that both forms need is not known."""


class Mark(IntFlag):
    """What an account notes about one energy; :mod:`nenghao.accounting.account_findings` has the words."""

    QUANTITY_MISSING = 1
    """A quantity is not known: the energy adds nothing to the total, which is then incomplete."""
    NEGATIVE = 2
    """A negative quantity was given; it is not used."""
    UNCONVERTED = 4
    """No factor and no measured heating value: the energy adds nothing to the total, which is then incomplete."""
    NO_EQUIVALENT = 8
    """Nobody stated the equivalent value: the equivalent total cannot be told."""
    IMBALANCE = 16
    """Supply and use differ by more than the rules allow."""
    ONE_STOCK = 32
    """Only one of the two stocks is known: the change of stock is left out."""
    ORIGIN_UNKNOWN = 64
    """A working medium was used, and nothing says whether it was bought: it is not counted."""
    UNUSED = 128
    """Produced or recovered, and nothing is known about its use: nothing is deducted for it."""
    PARTS = 256
    """The parts of the consumption are more than the consumption."""
    TOTAL = 512
    """A total among the energies: it is not added to its own parts."""
    RANGE = 1024
    """The standard prints a range; a measured heating value should replace the conventional point."""
    UNVERIFIED = 2048
    """The calorific total rests on an unverified figure (待核)."""
    EQUIVALENT_UNVERIFIED = 4096
    """The equivalent total rests on an unverified figure (待核)."""
    DETAILS = 8192
    """The parts of the plant add up to more than the whole plant."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A definition of comprehensive consumption (综合能耗), and the tolerances of its checks.

    ``include_…`` say which parts of the consumption count; ``count_bought_media`` whether working media (耗能工质)
    bought from outside do (own-made ones never count again: the energy that made them is in already). ``order`` says
    which form counts when both can be computed. ``imbalance_limit`` [share of the greater side] is ours. ``units`` is
    the boundary: the unit codes that are inside, ``None`` for the whole enterprise.

    ``clause``, ``source`` and ``status`` say where the definition is from and how well it is known.
    """

    name: str = "gbt2589"
    name_zh: str = "综合能耗 (GB/T 2589)"
    name_en: str = "Comprehensive consumption (GB/T 2589)"
    include_feedstock: bool = True
    include_non_industrial: bool = True
    include_transport: bool = True
    count_bought_media: bool = True
    order: tuple[Method, ...] = (Method.USE, Method.BOUNDARY)
    imbalance_limit: float = 0.02
    units: frozenset[str] | None = None
    formula_zh: str = "E = Σ(Eᵢ × kᵢ); Eᵢ = 购入 + 期初库存 − 期末库存 − 外供 = 消费 + 损失 − 加工转换产出 − 回收利用"
    formula_en: str = (
        "E = Σ(Eᵢ × kᵢ); Eᵢ = purchased + opening − closing stock − exported = consumed + lost − produced − recovered"
    )
    clause: str = "GB/T 2589: E = Σ(Eᵢ·kᵢ)"
    source: str = "本平台对 GB/T 2589 的理解, 未见正文 / our reading of GB/T 2589, whose text was not at hand"
    status: Status = "unverified"

    @property
    def excluded_parts(self) -> tuple[Flow, ...]:
        """The parts of the consumption that do not count."""
        switches = (
            (Flow.FEEDSTOCK, self.include_feedstock),
            (Flow.NON_INDUSTRIAL, self.include_non_industrial),
            (Flow.TRANSPORT, self.include_transport),
        )
        return tuple(flow for flow, included in switches if not included)


GBT2589 = Rules()
"""The enterprise's comprehensive consumption (用能单位综合能耗): everything used inside the boundary."""

STATISTICS = Rules(
    name="statistics", name_zh="综合能源消费量 (统计口径)", name_en="Comprehensive energy consumption (statistics)",
    include_non_industrial=False, count_bought_media=False,
    formula_zh="综合能源消费量 = 工业生产消费 − 加工转换产出 − 回收利用 (均折标准煤)",
    formula_en="comprehensive energy consumption = industrial consumption − transformation output − recovery (in tce)",
    clause="能源统计报表 205-1 说明 / explanation of statistical form 205-1",
    source="公开代码中的统计报表说明 / wording of the statistics explanation as found in public code",
    status="secondhand",
)  # fmt: skip
"""The statistics' 综合能源消费量: industrial production alone, without what is used outside it and without media."""

DEFINITIONS = {rules.name: rules for rules in (GBT2589, STATISTICS)}
