"""The words for what an account notes (:class:`Mark`), as findings in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nenghao.accounting.rules import Mark
from nenghao.errors import NenghaoError
from nenghao.findings import Finding, Severity
from nenghao.reference import library


class Words(NamedTuple):
    """One kind of finding: its code, how grave it is, what it says and what mends it."""

    code: str
    severity: Severity
    zh: str
    en: str
    mend_zh: str = ""
    mend_en: str = ""


WORDS: Mapping[Mark, Words] = {
    Mark.QUANTITY_MISSING: Words(
        "quantity-missing", Severity.FAIL, "数量缺失, 未计入合计, 合计不完整",
        "a quantity is not known: nothing of it is in the total, which is incomplete",
        "补采、补录或填报该期数量", "fill in the quantity of the period",
    ),
    Mark.NEGATIVE: Words(
        "quantity-negative", Severity.FAIL, "数量为负, 不采用", "a negative quantity was given and is not used",
        "数量一律为正, 方向由流向表示", "quantities are positive, the kind of flow gives the direction",
    ),
    Mark.UNCONVERTED: Words(
        "factor-missing", Severity.FAIL, "没有折标准煤系数, 未计入合计, 合计不完整",
        "there is no coal-equivalent factor: nothing of it is in the total, which is incomplete",
        "录入实测低位发热量", "enter a measured net heating value",
    ),
    Mark.NO_EQUIVALENT: Words(
        "equivalent-not-stated", Severity.INFO, "本年等价值未设定, 等价值合计无法确定",
        "nobody stated the equivalent value of the year: the equivalent total cannot be told",
        "由主管部门按上年煤耗设定本年等价值", "the authority states it by the coal rate of last year",
    ),
    Mark.IMBALANCE: Words(
        "balance-open", Severity.SUSPECT, "收支不平衡", "supply and use do not agree",
        "核对计量、购入、库存和外供", "compare meters, purchases, stocks and what was sent out",
    ),
    Mark.ONE_STOCK: Words(
        "stock-one-side", Severity.SUSPECT, "只有期初或期末库存, 库存变化未计入",
        "only one of the two stocks is known: the change of stock is left out",
        "补填另一端库存", "fill in the other stock",
    ),
    Mark.ORIGIN_UNKNOWN: Words(
        "medium-origin-unknown", Severity.INFO, "耗能工质未见购入量, 未计入 (自产的不得重复计算)",
        "nothing says whether this working medium was bought: it is not counted (own-made ones must not count again)",
        "外购的填报购入量", "state what was bought",
    ),
    Mark.UNUSED: Words(
        "use-unknown", Severity.SUSPECT, "有产出或回收而无消费量, 未扣减",
        "produced or recovered, but nothing is known about its use: nothing is deducted",
        "补全消费、外供或库存", "fill in consumption, what was sent out, or stocks",
    ),
    Mark.PARTS: Words(
        "parts-exceed-consumption", Severity.SUSPECT, "投入转换、原料、非工业等分项之和大于消费量",
        "transformation, feedstock and non-industrial use are more than the consumption",
        "核对分项", "compare the parts with the consumption",
    ),
    Mark.TOTAL: Words(
        "total-among-energies", Severity.INFO, "合计项, 不与分品种重复相加", "a total: it is not added to its parts",
    ),
    Mark.RANGE: Words(
        "factor-range", Severity.INFO, "标准给出区间, 按本系统约定取值",
        "the standard prints a range; a point is taken by our convention",
        "录入实测低位发热量", "enter a measured net heating value",
    ),
    Mark.UNVERIFIED: Words(
        "factor-unverified", Severity.INFO, "折标准煤系数待核", "the coal-equivalent factor is unverified (待核)",
    ),
    Mark.EQUIVALENT_UNVERIFIED: Words(
        "equivalent-unverified", Severity.INFO, "等价值待核", "the equivalent value is unverified (待核)",
    ),
    Mark.DETAILS: Words(
        "parts-exceed-whole", Severity.SUSPECT, "各工序消费之和大于全厂消费",
        "the processes use more than the whole plant",
        "核对全厂与工序计量", "compare the meters of plant and processes",
    ),
}  # fmt: skip


def describe(
    energy_key: str, marks: Mark, evidence: Mapping[str, str | int | float | bool | None], clause: str = ""
) -> tuple[Finding, ...]:
    """Put what is marked about one energy into words.

    >>> describe("electricity", Mark.IMBALANCE, {"imbalance_ratio": 0.05})[0].message_zh
    '电力: 收支不平衡 (5.0 %)'
    """
    name_zh, name_en = _names(energy_key)
    ratio = evidence.get("imbalance_ratio")
    size = f" ({float(ratio):.1%})".replace("%", " %") if isinstance(ratio, float) else ""
    if Mark.UNVERIFIED in Mark(marks):
        marks &= ~Mark.EQUIVALENT_UNVERIFIED  # said once is enough
    found = []
    for mark in Mark(marks):
        words, more = WORDS[mark], size if mark is Mark.IMBALANCE else ""
        found.append(
            Finding(
                words.code, words.severity, f"{name_zh}: {words.zh}{more}", f"{name_en}: {words.en}{more}",
                {"energy_key": energy_key, **evidence}, clause, words.mend_zh, words.mend_en,
            )
        )  # fmt: skip
    return tuple(found)


def _names(energy_key: str) -> tuple[str, str]:
    try:
        energy = library().energy_type(energy_key)
    except NenghaoError:
        return energy_key, energy_key
    return energy.name_zh, energy.name_en
