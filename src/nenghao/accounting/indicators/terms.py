"""Terms of an indicator: what may stand in its numerator and denominator. There is no free code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from nenghao.errors import Language, NenghaoError
from nenghao.reference.library import library

PLAIN = {
    "tce": ("综合能耗（当量值） [tce]", "comprehensive consumption, calorific [tce]"),
    "tce_equivalent": ("综合能耗（等价值） [tce]", "comprehensive consumption, equivalent [tce]"),
    "tco2": ("能源活动二氧化碳 [tCO2]", "CO2 from energy [tCO2]"),
    "output": ("合格产品产量", "output of the product"),
    "output_tce": ("产品分摊能耗（当量值） [tce]", "energy the product bears, calorific [tce]"),
    "output_tce_equivalent": ("产品分摊能耗（等价值） [tce]", "energy the product bears, equivalent [tce]"),
}
WITH_ENERGY = {
    "energy": ("消费量", "consumption of"),
    "energy_tce": ("折标准煤 [tce]", "coal equivalent [tce] of"),
    "output_energy": ("产品分摊：", "borne by the product:"),
}
VALUES = {
    "output_value_current": ("工业总产值（当年价） [元]", "gross output value, current prices [yuan]"),
    "output_value_constant": ("工业总产值（可比价） [元]", "gross output value, comparable prices [yuan]"),
    "value_added_constant": ("工业增加值（可比价） [元]", "value added, comparable prices [yuan]"),
    "value_added_current": ("工业增加值（当年价） [元]", "value added, current prices [yuan]"),
    "revenue": ("主营业务收入 [元]", "revenue [yuan]"),
    "energy_cost": ("能源消费成本 [元]", "energy cost [yuan]"),
    "production_cost": ("产品生产成本 [元]", "production cost [yuan]"),
}
OF_PRODUCT = frozenset({"output", "output_tce", "output_tce_equivalent", "output_energy"})


@dataclass(frozen=True, slots=True)
class Term:
    """One fact with its sign: ``energy:electricity``, ``-tce``, ``value:value_added_constant``, ``item:00-…-10``."""

    name: str
    argument: str = ""
    sign: int = 1

    @property
    def fact(self) -> str:
        """The fact's name, without the sign."""
        return f"{self.name}:{self.argument}" if self.argument else self.name

    @property
    def of_product(self) -> bool:
        """Whether it is known by product only."""
        return self.name in OF_PRODUCT

    def text(self, language: Language) -> str:
        """Say the term in words."""
        place = 0 if language == "zh" else 1
        if self.name in PLAIN:
            return PLAIN[self.name][place]
        if self.name in WITH_ENERGY:
            energy = library().energy_type(self.argument)
            unit = "" if self.name == "energy_tce" else f" [{energy.base_unit}]"
            before = WITH_ENERGY[self.name][place]
            name = energy.name(language)
            if language == "en":
                return f"{before} {name}{unit}"
            return f"{before}{name}{unit}" if self.of_product else f"{name}{before}{unit}"
        return VALUES[self.argument][place] if self.name == "value" else self.argument


@lru_cache(maxsize=1024)
def parse_term(text: str) -> Term:
    """Read a term; an unknown word is refused with the words that exist.

    >>> parse_term("-energy:electricity")
    Term(name='energy', argument='electricity', sign=-1)
    """
    stripped = text.strip()
    name, _, argument = stripped.removeprefix("-").strip().partition(":")
    known = (
        (name in PLAIN and not argument)
        or (name in WITH_ENERGY and argument in {one.key for one in library().energy_types()})
        or (name == "value" and argument in VALUES)
        or (name == "item" and bool(argument))
    )
    if not known:
        words = [*PLAIN, *(f"{one}:<energy>" for one in WITH_ENERGY), "value:<kind>", "item:<data code>"]
        raise NenghaoError(
            "indicator-term", f"不认识的指标项「{text[:60]}」", f"unknown term {text[:60]!r}", field="terms",
            mend_zh="可用: " + "、".join(words), mend_en="one of: " + ", ".join(words),
        )  # fmt: skip
    return Term(name, argument, -1 if stripped.startswith("-") else 1)


def needed(terms: Iterable[Term]) -> frozenset[str]:
    """Name the facts that terms need."""
    return frozenset(term.fact for term in terms)
