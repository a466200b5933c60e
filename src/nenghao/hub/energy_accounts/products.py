"""Energy per product: what its process used, and its share of what the plant used in common, by the stated rule.

A product with a process bears what that process consumed; what no product's process consumed is shared by all. Shares
follow the enterprise's stated rule (:class:`AccountRule`, kind allocation), else output where all share a unit, else
the coal equivalent that each bears directly; a single product bears everything. Where a rule cannot be applied (no
output is known) the quantity is not known; nothing is shared out in equal parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import isnan
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.hub.energy_accounts.models import AccountRule, RuleKind
from nenghao.hub.energy_accounts.sources import first_day, rule_in_force, stated_rules
from nenghao.hub.production.models import Product
from nenghao.hub.production.services import Outputs, outputs
from nenghao.readings import ReadingStore
from nenghao.readings.accounts import AccountLines, EnergyNets, account_lines, energy_nets

Numbers = npt.NDArray[np.float64]
Key = tuple[int, np.datetime64]
"""An enterprise and a month."""
KGCE_PER_TCE = 1e3
RATIO, OUTPUT, MEASURED, TCE = "ratio", "output", "measured", "tce"


@dataclass(frozen=True, slots=True)
class ProductEnergy:
    """One row per enterprise, month, product and energy; quantities in the energy's base unit, NaN not known."""

    enterprise_id: npt.NDArray[np.int64]
    month: npt.NDArray[np.datetime64]
    product_id: npt.NDArray[np.int64]
    energy_key: npt.NDArray[Any]
    quantity: Numbers
    tce_calorific: Numbers
    tce_equivalent: Numbers

    def __len__(self) -> int:
        return len(self.enterprise_id)


def product_energy(
    *, store: ReadingStore, enterprise_ids: Iterable[int], start: date, end: date, nets: EnergyNets | None = None,
    made: Outputs | None = None,
) -> ProductEnergy:  # fmt: skip
    """Give the energy that each active product bears in the months that start in [start, end).

    Products of one month add up to what counted in the enterprise's account, energy by energy. ``nets`` is what counted
    (:func:`energy_nets` of these enterprises and months) and ``made`` their outputs, where the asker has them already.
    """
    products = _products(enterprise_ids)
    rules = _rules(sorted(products))
    apart = [pk for pk, own in products.items() if not _is_plain(own, rules.get(pk, {}))]
    span = {"start": start, "end": end}
    if nets is None:
        nets = energy_nets(store, enterprise_ids=sorted(products), **span)
    shared = [pk for pk, own in products.items() if len(own) > 1]
    if made is None and shared:
        made = outputs(store=store, enterprise_ids=shared, **span)
    output = {} if made is None else _output_by(made)
    used = _process_use(account_lines(store, enterprise_ids=apart, **span)) if apart else {}
    counted, rows = _Counted.of(nets), []
    for key, own in _by_month(nets, apart).items():
        month = _Month(key, products[key[0]], counted, own, used.get(key, {}), output, rules.get(key[0], {}))
        rows += month.rows()
    plain = {pk: own for pk, own in products.items() if pk not in set(apart)}
    return _table(nets, _plainly(nets, plain, output), rows)


def _is_plain(products: Sequence[Product], rules: Mapping[str, Any]) -> bool:
    """Tell whether every energy is shared alike: one product, or products of one unit with no rule and no process."""
    if len(products) == 1:
        return True
    units, processes = {one.unit for one in products}, {one.process_code for one in products}
    return not rules and units == {products[0].unit} and processes == {""}


def _output_by(made: Outputs) -> dict[tuple[int, np.datetime64], float]:
    return dict(zip(zip(made.product_id.tolist(), made.month, strict=True), made.quantity.tolist(), strict=True))


def _plainly(
    nets: EnergyNets, products: Mapping[int, Sequence[Product]], output: Mapping[tuple[int, np.datetime64], float]
) -> list[npt.NDArray[Any]]:
    """Share out what counts where every energy of a month is shared alike, all at once.

    Give columns: the row of ``nets``, the product, its part of the quantity (by output; NaN where one is not known).
    """
    found: list[npt.NDArray[Any]] = [np.array([], np.int64), np.array([], np.int64), np.array([], np.float64)]
    by_count: dict[int, list[int]] = {}
    for pk, own in products.items():
        by_count.setdefault(len(own), []).append(pk)
    for count, ids in by_count.items():
        owners = np.array(sorted(ids), dtype=np.int64)
        products_of = np.array([[one.pk for one in products[pk]] for pk in owners.tolist()], dtype=np.int64)
        rows = np.flatnonzero(np.isin(nets.enterprise_id, owners))
        members = products_of[np.searchsorted(owners, nets.enterprise_id[rows])]
        share = np.ones(members.shape) if count == 1 else _by_output(members, nets.month[rows], output)
        columns = (np.repeat(rows, count), members.ravel(), (share * nets.net[rows, None]).ravel())
        found = [np.concatenate(pair) for pair in zip(found, columns, strict=True)]
    return found


def _by_output(
    members: npt.NDArray[np.int64], months: npt.NDArray[np.datetime64],
    output: Mapping[tuple[int, np.datetime64], float],
) -> Numbers:  # fmt: skip
    """Give shares by output, a row per net and a column per product."""
    weight = np.array([
        [output.get((product, month), np.nan) for product in own]
        for own, month in zip(members.tolist(), months, strict=True)
    ]).reshape(members.shape)  # fmt: skip
    total = weight.sum(axis=1, keepdims=True)
    return np.divide(weight, total, out=np.full_like(weight, np.nan), where=total > 0)


def _products(enterprise_ids: Iterable[int]) -> dict[int, list[Product]]:
    found: dict[int, list[Product]] = {}
    for product in Product.objects.filter(enterprise__in=list(enterprise_ids), active=True).order_by(
        "enterprise", "code"
    ):
        found.setdefault(product.enterprise_id, []).append(product)
    return found


def _by_month(nets: EnergyNets, ids: Sequence[int]) -> dict[Key, list[int]]:
    """Give the rows of these enterprises, month by month."""
    found: dict[Key, list[int]] = {}
    for row in np.flatnonzero(np.isin(nets.enterprise_id, np.array(ids, dtype=np.int64))).tolist():
        found.setdefault((int(nets.enterprise_id[row]), nets.month[row]), []).append(row)
    return found


def _process_use(lines: AccountLines) -> dict[Key, dict[tuple[str, str], float]]:
    """Give what each process consumed, by process and energy."""
    found: dict[Key, dict[tuple[str, str], float]] = {}
    rows = np.flatnonzero((lines.flow == "consumed") & (lines.unit_code != ""))
    for row in rows:
        key = int(lines.enterprise_id[row]), lines.month[row]
        found.setdefault(key, {})[lines.unit_code[row], lines.energy_key[row]] = float(lines.quantity[row])
    return found


def _rules(ids: Sequence[int]) -> dict[int, dict[str, list[AccountRule]]]:
    found: dict[int, dict[str, list[AccountRule]]] = {}
    for rule in stated_rules(ids, [RuleKind.ALLOCATION]):
        found.setdefault(rule.enterprise_id, {}).setdefault(rule.subject, []).append(rule)
    return found


@dataclass(frozen=True, slots=True)
class _Counted:
    """What counted, as plain numbers: a month takes a few of them at a time."""

    energy: Sequence[str]
    net: Sequence[float]
    rate: Sequence[float]
    """[kgce per base unit], 0 where not known."""

    @classmethod
    def of(cls, nets: EnergyNets) -> _Counted:
        return cls(nets.energy_key.tolist(), nets.net.tolist(), np.nan_to_num(nets.kgce_calorific).tolist())


class _Month:
    """Shares out what counted in one enterprise's month; matrices have a row per energy and a column per product."""

    def __init__(  # noqa: PLR0917 -- what a month is made of
        self, key: Key, products: Sequence[Product], counted: _Counted, own: Sequence[int],
        used: Mapping[tuple[str, str], float], output: Mapping[tuple[int, np.datetime64], float],
        rules: Mapping[str, Sequence[AccountRule]],
    ) -> None:  # fmt: skip
        self.key, self.products, self.own, self.used, self.rules = key, products, own, used, rules
        self.output = np.array([output.get((product.pk, key[1]), np.nan) for product in products])
        processes = dict.fromkeys(product.process_code for product in products if product.process_code)
        self.among = {name: np.array([product.process_code == name for product in products]) for name in processes}
        self.all = np.ones(len(products), dtype=bool)
        self._known_shares: dict[tuple[str, int, str], Numbers] = {}
        self.energies = [counted.energy[row] for row in own]
        self.net = np.array([[counted.net[row]] for row in own])
        self.rate = {counted.energy[row]: counted.rate[row] for row in own}

    def rows(self) -> list[tuple[int, int, float]]:
        """Give (row of the nets, product, part of the quantity) of every energy and product."""
        return [
            (row, product.pk, part)
            for row, parts in zip(self.own, self._shared_out().tolist(), strict=True)
            for product, part in zip(self.products, parts, strict=True)
        ]

    def _shared_out(self) -> Numbers:
        """Give each product's part of the nets: its process's use, scaled down where that is more; the rest shared."""
        borne = np.zeros((len(self.own), len(self.products)))
        for process, among in self.among.items():
            used = np.array([[self.used.get((process, energy), 0.0)] for energy in self.energies])
            borne += used * self._shares_of_all(process, among)
        total, net = borne.sum(axis=1, keepdims=True), self.net
        is_more = ((total > net) & (net > 0)) | ((net <= 0) & (total > 0))
        scale = np.divide(net, total, out=np.ones_like(net), where=is_more)
        rest = np.where(is_more, 0.0, net - total)
        return np.where(is_more, borne * scale, borne + rest * self._shares_of_all("", self.all))

    def _shares_of_all(self, process: str, among: npt.NDArray[np.bool_]) -> Numbers:
        if not self.rules:  # the same for every energy
            return self._shares("", process, among)[None, :]
        return np.array([self._shares(energy, process, among) for energy in self.energies])

    def _shares(self, energy: str, process: str, among: npt.NDArray[np.bool_]) -> Numbers:
        """Give the share of each product in what ``among`` them is common; they add up to 1, or are NaN."""
        if among.sum() == 1:
            return among.astype(np.float64)
        rule = self._rule(energy, process)
        method = rule.content.get("method", "") if rule else ""
        key = process, rule.pk if rule else 0, energy if method == MEASURED else ""
        if key not in self._known_shares:
            self._known_shares[key] = self._shares_by(method, rule, energy, among)
        return self._known_shares[key]

    def _shares_by(self, method: str, rule: AccountRule | None, energy: str, among: npt.NDArray[np.bool_]) -> Numbers:
        weight = np.where(among, self._weight(method, rule, energy), 0.0)
        if not np.isfinite(weight).all() or weight.sum() <= 0:
            return np.where(among, np.nan, 0.0)
        return weight / weight.sum()

    def _weight(self, method: str, rule: AccountRule | None, energy: str) -> Numbers:
        if method == RATIO and rule is not None:
            return np.array([float(rule.content.get("shares", {}).get(p.code, 0.0)) for p in self.products])
        if method == MEASURED:
            return np.array([self.used.get((p.process_code, energy), np.nan) for p in self.products])
        same_unit = len({product.unit for product in self.products}) == 1
        if method == OUTPUT or (method != TCE and same_unit):
            return self.output
        return self._direct_tce

    def _rule(self, energy: str, process: str) -> AccountRule | None:
        """Give the stated rule: of this energy and process, else of the energy, else of the process, else of all."""
        if not self.rules:
            return None
        on = first_day(self.key[1])
        for subject in (f"{energy}/{process}", f"{energy}/", f"/{process}", "/"):
            rule = rule_in_force(self.rules.get(subject, ()), on)
            if rule is not None:
                return rule
        return None

    @cached_property
    def _direct_tce(self) -> Numbers:
        """Give the coal equivalent of what each product's process used."""
        of_process: dict[str, float] = {}
        for (process, energy), quantity in self.used.items():
            worth = 0.0 if isnan(quantity) else quantity * self.rate.get(energy, 0.0)
            of_process[process] = of_process.get(process, 0.0) + worth
        return np.array([of_process.get(product.process_code, 0.0) for product in self.products])


def _table(
    nets: EnergyNets, plain: Sequence[npt.NDArray[Any]], apart: Sequence[tuple[int, int, float]]
) -> ProductEnergy:
    """Join both ways of sharing in the order of the nets, and give each part its coal equivalent."""
    listed = list(zip(*apart, strict=True)) if apart else [(), (), ()]
    row, product, quantity = (
        np.concatenate([one, np.array(more, one.dtype)]) for one, more in zip(plain, listed, strict=True)
    )
    order = np.argsort(row, kind="stable")
    row, product, quantity = row[order], product[order], quantity[order]
    return ProductEnergy(
        nets.enterprise_id[row], nets.month[row], product, nets.energy_key[row], quantity,
        quantity * nets.kgce_calorific[row] / KGCE_PER_TCE, quantity * nets.kgce_equivalent[row] / KGCE_PER_TCE,
    )  # fmt: skip
