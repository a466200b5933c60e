"""The required indicators (指标完整性): which must be uploaded, which are, and which the codes cannot tell apart.

The requirement of 2019 asks for: total energy; daily and monthly use of each primary and secondary energy; output and
unit energy of products with a limit standard; gross output value and value added. The table of codes below the classes
04, 08 and 09 (NHJC-02 §7) is not known, so some of it cannot be told from what an enterprise has configured. Then this
says so and counts it neither as present nor as absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PRIMARY_AND_SECONDARY = frozenset({"01", "02"})
PRODUCT, EFFICIENCY, ECONOMY = "04", "08", "09"
TOTAL_TYPE, PRODUCED = "0000", "30"
DAY, MONTH = 1, 2
PLANT = 1
"""``scope`` of the whole plant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """What is known of a configured data item; ``with_data`` are the statistic types it has data of in the span."""

    class_code: str
    type_code: str
    usage_code: str = "10"
    scope: int = PLANT
    energy_key: str = ""
    with_data: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One required indicator: present, absent, or (``present`` None) not to be told; the reason in two languages.

    ``code`` is ``total-energy``, ``day:electricity``, ``month:electricity``, ``output``, ``unit-energy``,
    ``output-value`` or ``value-added``.
    """

    code: str
    name_zh: str
    name_en: str
    present: bool | None
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class RequiredSet:
    """The required indicators of an enterprise; ``required`` and ``present`` leave out what cannot be told."""

    indicators: tuple[Indicator, ...]

    @property
    def required(self) -> int:
        """How many are required and can be told."""
        return sum(1 for indicator in self.indicators if indicator.present is not None)

    @property
    def present(self) -> int:
        """How many of those are present."""
        return sum(1 for indicator in self.indicators if indicator.present)

    @property
    def untold(self) -> tuple[Indicator, ...]:
        """Those that the known codes cannot tell."""
        return tuple(indicator for indicator in self.indicators if indicator.present is None)


def required_indicators(items: Iterable[ItemFacts], *, has_limit_product: bool | None = None) -> RequiredSet:
    """Say which required indicators an enterprise has.

    ``has_limit_product``: whether it makes a product with a limit standard (限额标准); None: not known, then output and
    unit energy can be present, but not absent.

    >>> found = required_indicators([ItemFacts(class_code="02", type_code="3300", energy_key="electricity",
    ...                                        with_data=frozenset({1}))])
    >>> [(i.code, i.present) for i in found.indicators][1:3], found.required, found.present
    ([('day:electricity', True), ('month:electricity', False)], 4, 1)
    """
    known = tuple(items)
    found = [_total(known), *_energies(known)]
    if has_limit_product is not False:
        found += [_product(known, has_limit_product), _unit_energy(known, has_limit_product)]
    return RequiredSet((*found, *_economy(known)))


def _has(items: Iterable[ItemFacts], *stat_types: int) -> bool:
    return any(item.with_data.intersection(stat_types) for item in items)


def _total(items: Sequence[ItemFacts]) -> Indicator:
    own = [item for item in items if item.type_code == TOTAL_TYPE and item.scope == PLANT]
    name = {"code": "total-energy", "name_zh": "综合能源消费总量", "name_en": "Total energy consumption"}
    if _has(own, DAY, MONTH):
        return Indicator(**name, present=True, reason_zh="类型 0000 有数据", reason_en="type 0000 has data")
    return Indicator(
        **name, present=None,
        reason_zh="没有类型 0000 的数据；该代码待核，是否以其他代码上传无从分辨",
        reason_en="no data of type 0000; that code is unverified, another may stand for the total",
    )  # fmt: skip


def _energies(items: Sequence[ItemFacts]) -> Iterable[Indicator]:
    """Ask for day and month use of every energy that is configured, other than what is only produced."""
    groups: dict[str, list[ItemFacts]] = {}
    for item in items:
        if item.class_code in PRIMARY_AND_SECONDARY and item.type_code != TOTAL_TYPE and item.usage_code != PRODUCED:
            groups.setdefault(item.energy_key or f"{item.class_code}{item.type_code}", []).append(item)
    for key, group in sorted(groups.items()):
        plant = [item for item in group if item.scope == PLANT]
        for stat_type, word, zh, en in ((DAY, "day", "日", "Daily"), (MONTH, "month", "月", "Monthly")):
            present = _has(plant, stat_type)
            yield Indicator(
                code=f"{word}:{key}", name_zh=f"{key} {zh}消费量", name_en=f"{en} use of {key}", present=present,
                reason_zh=_energy_reason(present, bool(plant), zh)[0],
                reason_en=_energy_reason(present, bool(plant), en.lower())[1],
            )  # fmt: skip


def _energy_reason(present: bool, at_plant: bool, word: str) -> tuple[str, str]:
    if present:
        return f"全厂{word}数据已上传", f"{word} data of the whole plant received"
    if at_plant:
        return f"已配置，没有{word}数据", f"configured, no {word} data"
    return "只有工序或设备级数据项，没有全厂数据项", "items of processes or equipment only, none of the whole plant"


def _product(items: Sequence[ItemFacts], required: bool | None) -> Indicator:
    own = [item for item in items if item.class_code == PRODUCT and item.usage_code == PRODUCED]
    names = ("output", "限额标准产品产量", "Output of products with a limit standard")
    return _of_class(names, own, required, f"{PRODUCT}（产出）")


def _unit_energy(items: Sequence[ItemFacts], required: bool | None) -> Indicator:
    own = [item for item in items if item.class_code == EFFICIENCY]
    names = ("unit-energy", "单位产品能耗", "Unit energy of products with a limit standard")
    return _of_class(names, own, required, EFFICIENCY)


def _of_class(names: tuple[str, str, str], own: list[ItemFacts], required: bool | None, word: str) -> Indicator:
    code, name_zh, name_en = names
    if _has(own, 0, DAY, MONTH, 3):
        return Indicator(
            code=code, name_zh=name_zh, name_en=name_en, present=True if required else None,
            reason_zh=f"类别 {word} 有数据；属哪一产品，NHJC-02 §7 编码表未查到，不能分辨",
            reason_en=f"class {word} has data; of which product cannot be told, the table of NHJC-02 §7 was not found",
        )  # fmt: skip
    if required:
        return Indicator(
            code=code, name_zh=name_zh, name_en=name_en, present=False,
            reason_zh=f"类别 {word} 没有任何数据", reason_en=f"no data of class {word} at all",
        )  # fmt: skip
    return Indicator(
        code=code, name_zh=name_zh, name_en=name_en, present=None,
        reason_zh=f"类别 {word} 没有数据；是否生产有限额标准的产品不明，不判",
        reason_en=f"no data of class {word}; whether a product has a limit standard is not known, not judged",
    )  # fmt: skip


def _economy(items: Sequence[ItemFacts]) -> tuple[Indicator, Indicator]:
    """Output value and value added: both of class 09, whose codes are not known; only their number can be told."""
    codes = {item.type_code for item in items if item.class_code == ECONOMY and item.with_data}
    reasons = {
        0: ("类别 09 没有任何数据", "no data of class 09 at all"),
        1: ("类别 09 只有一种数据，产值和增加值中至少缺一项，缺哪一项不能分辨",
            "class 09 has data of one type only: one of output value and value added is absent, which cannot be told"),
        2: ("类别 09 有多种数据，哪一种是产值、增加值，NHJC-02 §7 编码表未查到，不能分辨",
            "class 09 has data of several types; which are output value and value added cannot be told"),
    }  # fmt: skip
    zh, en = reasons[min(len(codes), 2)]
    first, second = {0: (False, False), 1: (True, False), 2: (None, None)}[min(len(codes), 2)]
    return (
        Indicator(code="output-value", name_zh="工业总产值", name_en="Gross output value", present=first,
                  reason_zh=zh, reason_en=en),
        Indicator(code="value-added", name_zh="工业增加值", name_en="Value added", present=second,
                  reason_zh=zh, reason_en=en),
    )  # fmt: skip
