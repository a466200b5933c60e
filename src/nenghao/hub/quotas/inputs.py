"""What verdicts are reached from: the energy, output and parameters of every product, month by month, set-based."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from nenghao.hub.energy_accounts.services import month_totals, product_energy
from nenghao.hub.production.services import outputs
from nenghao.readings import ReadingStore

COAL = frozenset({
    "raw_coal", "anthracite", "bituminous_coal", "lignite", "cleaned_coal", "coking_coal", "washed_middlings",
    "other_washed_coal", "coal_slime", "coal_gangue", "coal_products",
})  # fmt: skip
"""Energies that count as coal (煤耗)."""
KG_PER_T = 1e3
KGCE_PER_TCE = 1e3


@dataclass(slots=True)
class MonthInput:
    """One product's month; energy is ``None`` where it is not known, NaN inside never leaves this module."""

    month: date
    output: float | None = None
    output_source: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    energies: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """Quantity [base unit] and coal equivalent, calorific [tce], by energy."""
    missing_ratio: float | None = None
    is_unverified: bool = False
    """Whether the account rests on a factor that is unverified."""

    def numerator(self, basis: str) -> float | None:
        """Give the numerator of a metric: kgce, kWh or kg of coke; ``None`` where a part of it is not known."""
        if not self.energies:
            return None
        if basis == "electricity":
            return self.energies.get("electricity", (None, None))[0]
        if basis == "coke":
            quantity = self.energies.get("coke", (None, None))[0]
            return None if quantity is None else quantity * KG_PER_T
        parts = [tce for key, (_quantity, tce) in self.energies.items() if basis == "all" or key in COAL]
        if not parts or None in parts:
            return None
        return sum(part for part in parts if part is not None) * KGCE_PER_TCE


def month_inputs(
    *, store: ReadingStore, enterprise_ids: Iterable[int], start: date, end: date
) -> dict[int, list[MonthInput]]:
    """Give the months of each product that start in [start, end) and have an output or energy, in order."""
    ids = list(enterprise_ids)
    found: dict[tuple[int, date], MonthInput] = {}
    made = outputs(store=store, enterprise_ids=ids, start=start, end=end)
    for row in range(len(made)):
        month = made.month[row].astype("datetime64[D]").astype(object)
        one = found.setdefault((int(made.product_id[row]), month), MonthInput(month))
        one.output, one.output_source = float(made.quantity[row]), str(made.source[row])
        one.parameters = made.parameters[row]
    marks = _marks(store, ids, start, end)
    used = product_energy(store=store, enterprise_ids=ids, start=start, end=end)
    for row in range(len(used)):
        month = used.month[row].astype("datetime64[D]").astype(object)
        one = found.setdefault((int(used.product_id[row]), month), MonthInput(month))
        one.energies[str(used.energy_key[row])] = _known(used.quantity[row]), _known(used.tce_calorific[row])
        one.missing_ratio, one.is_unverified = marks.get((int(used.enterprise_id[row]), month), (None, False))
    by_product: dict[int, list[MonthInput]] = {}
    for (product, _month), one in sorted(found.items()):
        by_product.setdefault(product, []).append(one)
    for months in by_product.values():
        _mark_lacking(months)
    return by_product


def _mark_lacking(months: Sequence[MonthInput]) -> None:
    """Say that an energy is not known in a month without it when most months with energy have it: never zero (ours)."""
    known = [one for one in months if one.energies]
    counts = Counter(key for one in known for key in one.energies)
    usual = [key for key, count in counts.items() if 2 * count > len(known)]
    for one in known:
        for key in usual:
            one.energies.setdefault(key, (None, None))


def _marks(
    store: ReadingStore, ids: Sequence[int], start: date, end: date
) -> dict[tuple[int, date], tuple[float | None, bool]]:
    totals = month_totals(store=store, enterprise_ids=ids, start=start, end=end)
    return {
        (int(totals.enterprise_id[row]), totals.month[row].astype("datetime64[D]").astype(object)):
        (_known(totals.missing_ratio[row]), bool(totals.is_unverified[row]))
        for row in range(len(totals.enterprise_id))
    }  # fmt: skip


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The months of a span added up; ``missing`` says what is lacking (``output``, ``energy``) or nothing."""

    months: tuple[MonthInput, ...]
    output: float | None
    parameters: Mapping[str, Any]

    @property
    def producing(self) -> tuple[MonthInput, ...]:
        """The months with an output."""
        return tuple(one for one in self.months if one.output)

    @property
    def missing_ratio(self) -> float | None:
        """The largest missing share of any month."""
        return max((one.missing_ratio for one in self.months if one.missing_ratio is not None), default=None)

    @property
    def is_unverified(self) -> bool:
        """Whether the account of any month rests on an unverified factor."""
        return any(one.is_unverified for one in self.months)

    def numerator(self, basis: str) -> float | None:
        """Add up the numerator; ``None`` when any month is not known."""
        parts = [one.numerator(basis) for one in self.months]
        return None if None in parts or not parts else sum(part for part in parts if part is not None)


def gather(months: Sequence[MonthInput]) -> Gathered:
    """Add up the months of a span.

    A numeric parameter becomes its mean weighed by output, so that a linear correction is exact; a word or a yes must
    be the same in every producing month. One that a producing month lacks is not given (ours).
    """
    known = [one for one in months if one.output is not None]
    output = sum(one.output or 0.0 for one in known) if known else None
    return Gathered(tuple(months), output, _parameters([one for one in known if one.output]))


def _parameters(months: Sequence[MonthInput]) -> dict[str, Any]:
    if not months:
        return {}
    names = set(months[0].parameters).intersection(*(one.parameters for one in months[1:]))
    found: dict[str, Any] = {}
    for name in sorted(names):
        values = [one.parameters[name] for one in months]
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
            weights = [one.output or 0.0 for one in months]
            found[name] = sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
        elif len({str(value) for value in values}) == 1:
            found[name] = values[0]
    return found
