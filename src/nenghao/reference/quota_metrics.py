"""What quota standards measure (单耗指标) and in which units, as ``data/quota_metrics/metrics.toml`` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from nenghao.errors import Language, NenghaoError
from nenghao.reference.files import QuotaMetricsFile, read_file
from nenghao.reference.refusals import ReferenceDataError

PATH = Path(__file__).parent / "data" / "quota_metrics" / "metrics.toml"
Basis = Literal["all", "electricity", "coal", "coke", "stated"]
KGCE_PER_KGOE = 1.4286
"""As GB 30251-2024 annex A is brought to coal equivalent (its own file carries the source); unverified."""
_KGCE: Mapping[str, float] = {"kgce": 1.0, "tce": 1e3, "gce": 1e-3, "kgoe": KGCE_PER_KGOE, "kWh": 1.0, "kg": 1.0}


@dataclass(frozen=True, slots=True)
class QuotaMetric:
    """One metric: its key, names, and what of a product's energy its numerator is made of."""

    key: str
    name_zh: str
    name_en: str
    basis: Basis

    def name(self, language: Language = "zh") -> str:
        """Give the name in a language."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True, slots=True)
class QuotaUnit:
    """The unit of a limit: ``printed`` counts ``numerator`` per ``size`` of ``denominator``."""

    printed: str
    numerator: str
    denominator: str
    size: float

    def value(self, numerator: float, output: float) -> float:
        """Give a consumption in this unit: numerator [kgce, kWh or kg], output [denominator].

        >>> quota_unit("tce/10^4t").value(numerator=54_000.0, output=200_000.0)
        2.7
        """
        return numerator / _KGCE[self.numerator] / (output / self.size)

    def numerator_of(self, value: float, output: float) -> float:
        """Give back the numerator [kgce, kWh or kg] of a consumption in this unit over an output [denominator]."""
        return value * _KGCE[self.numerator] * (output / self.size)


@dataclass(frozen=True, slots=True)
class _Words:
    metrics: Mapping[str, QuotaMetric]
    printed: Mapping[str, str]
    units: Mapping[str, QuotaUnit]
    outputs: Mapping[str, tuple[str, float]]


@cache
def _words() -> _Words:
    found = read_file(PATH, QuotaMetricsFile)
    return _Words(
        {one.key: QuotaMetric(one.key, one.name_zh, one.name_en, one.basis) for one in found.metric},
        {printed: one.key for one in found.metric for printed in one.printed},
        {one.printed: QuotaUnit(one.printed, one.numerator, one.denominator, one.size) for one in found.unit},
        {word: (one.unit, size) for one in found.output for word, size in one.size.items()},
    )


def quota_metrics() -> tuple[QuotaMetric, ...]:
    """Give all metrics in the order of the file."""
    return tuple(_words().metrics.values())


def quota_metric(key: str) -> QuotaMetric:
    """Give a metric by its key."""
    return _words().metrics[key]


def metric_key(printed: str, record: str) -> str:
    """Give the key of a metric's printed name; a name that the list does not hold is refused."""
    found = _words().printed.get(printed)
    if found is None:
        raise ReferenceDataError(
            "reference-metric", f"不认识的指标「{printed}」", f"unknown metric {printed!r}", record=record,
            field="metric", mend_zh="写入 quota_metrics/metrics.toml 或改用已有的名称",
            mend_en="add it to quota_metrics/metrics.toml, or use a name that is there",
        )  # fmt: skip
    return found


def quota_unit(printed: str, record: str = "") -> QuotaUnit:
    """Give the unit of a limit by its printed name; an unknown one is refused."""
    found = _words().units.get(printed)
    if found is None:
        raise ReferenceDataError(
            "reference-unit", f"不认识的限额单位「{printed}」", f"unknown unit of a limit {printed!r}", record=record,
            field="unit", mend_zh="可用: " + "、".join(_words().units),
            mend_en="known: " + ", ".join(_words().units),
        )  # fmt: skip
    return found


def output_units() -> tuple[str, ...]:
    """Give the words in which an output may be filed and held against a limit."""
    return tuple(_words().outputs)


def output_in(quantity: float, unit: str, denominator: str) -> float:
    """Bring an output to the denominator of a limit; refuse with ``output-unit`` where that cannot be.

    >>> output_in(3.0, "万t", "t")
    30000.0
    """
    base, size = _words().outputs.get(unit, ("", 0.0))
    if base != denominator:
        raise NenghaoError(
            "output-unit", f"产量单位「{unit}」不能换算为「{denominator}」",
            f"an output in {unit} cannot be counted in {denominator}", field="unit",
            mend_zh=f"把产品的计量单位改为可换算成 {denominator} 的单位",
            mend_en=f"give the product a unit that can become {denominator}",
        )  # fmt: skip
    return quantity * size
