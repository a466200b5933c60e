"""Facts of indicators as matrices: subjects (enterprises or products) by months, loaded in a few queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.accounting.co2 import FUEL_ROWS, GJ_PER_TCE, FactorChoice, choose_factors
from nenghao.hub.energy_accounts.services import (
    EnergyNets,
    MonthTotals,
    ProductEnergy,
    energy_totals,
    month_totals,
    product_energy,
)
from nenghao.hub.production.services import economics, outputs
from nenghao.hub.registry.models import DataItem
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import item_quantities
from nenghao.reference import Co2Factor
from nenghao.reference.library import library
from nenghao.units import conversion_factor

Matrix = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]
NO_ROWS: Rows = np.array([], dtype=np.intp)
FUEL_SET = "enterprise-guideline"


@dataclass(frozen=True, slots=True)
class Frame:
    """Facts by name, each subjects × months, NaN not known; ``unverified`` marks accounts that rest on 待核.

    ``owners`` is the enterprise of each subject (itself, for an enterprise). ``estimated`` holds for single facts the
    year whose grid factor stood in for one not published yet (0: none), ``doubted`` where a factor is unverified.
    """

    subjects: tuple[int, ...]
    owners: npt.NDArray[np.int64]
    months: npt.NDArray[np.datetime64]
    facts: Mapping[str, Matrix]
    unverified: npt.NDArray[np.bool_]
    estimated: Mapping[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    doubted: Mapping[str, npt.NDArray[np.bool_]] = field(default_factory=dict)

    def summed(self, months: slice) -> dict[str, Matrix]:
        """Add facts over months; one month that is not known makes the sum not known."""
        return {name: matrix[:, months].sum(axis=1) for name, matrix in self.facts.items()}

    def place(self, month: date) -> int:
        """Give the column of a month."""
        return int(np.searchsorted(self.months, np.datetime64(month, "M")))

    def before(self, later: Frame) -> Frame:
        """Give this frame with the columns of a later one behind its own; both of the same subjects and facts."""

        def joined(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
            return {name: np.hstack([ours[name], theirs[name]]) for name in ours}

        return Frame(
            self.subjects, self.owners, np.concatenate([self.months, later.months]), joined(self.facts, later.facts),
            np.hstack([self.unverified, later.unverified]), joined(self.estimated, later.estimated),
            joined(self.doubted, later.doubted),
        )  # fmt: skip


class Accounts:
    """The accounts of enterprises over the months that start in [start, end): each table is asked for once."""

    def __init__(self, store: ReadingStore, enterprise_ids: Iterable[int], start: date, end: date) -> None:
        self.store, self.ids = store, tuple(sorted(enterprise_ids))
        self.start, self.end = start, end
        self.span: dict[str, Any] = {"enterprise_ids": self.ids, "start": start, "end": end}

    @cached_property
    def totals(self) -> MonthTotals:
        """Month totals."""
        return month_totals(store=self.store, **self.span)

    @cached_property
    def nets(self) -> EnergyNets:
        """What counted, energy by energy."""
        return energy_totals(store=self.store, **self.span)


def enterprise_frame(accounts: Accounts, *, names: Iterable[str]) -> Frame:
    """Load the facts that are named."""
    ids, wanted, span, store = accounts.ids, set(names), accounts.span, accounts.store
    grid = _Grid(ids, accounts.start, accounts.end)
    totals = accounts.totals
    facts = _totals(grid, totals)
    estimated, doubted = {}, {}
    if any(name.split(":")[0] in {"energy", "energy_tce", "tco2"} for name in wanted):
        nets = accounts.nets
        rows_of = rows_by_key(nets.energy_key)
        facts |= _energies(grid, nets, rows_of, wanted, facts["tce"])
        if "tco2" in wanted:
            facts["tco2"], estimated["tco2"], doubted["tco2"] = _co2(grid, nets, rows_of, facts["tce"])
    if any(name.startswith("value:") for name in wanted):
        facts |= _values(grid, wanted, span)
    if any(name.startswith("item:") for name in wanted):
        facts |= _items(grid, store, wanted, span)
    unverified = grid.empty(fill=0.0)
    unverified[grid.cells(totals.enterprise_id, totals.month)] = totals.is_unverified
    return Frame(
        ids, np.array(ids, dtype=np.int64), grid.months, {name: facts[name] for name in wanted if name in facts},
        unverified.astype(bool), estimated, doubted,
    )  # fmt: skip


class _Grid:
    """Subjects × months, and where a row of a table belongs."""

    def __init__(self, subjects: Sequence[int], start: date, end: date) -> None:
        self.subjects = np.array(subjects, dtype=np.int64)
        self.months = np.arange(np.datetime64(start, "M"), np.datetime64(end, "M"))

    def empty(self, fill: float = np.nan) -> Matrix:
        return np.full((len(self.subjects), len(self.months)), fill)

    def cells(self, subject: Any, month: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        rows = np.searchsorted(self.subjects, np.asarray(subject, dtype=np.int64))
        columns = (np.asarray(month).astype("datetime64[M]") - self.months[0]).astype(np.int64)
        return rows, columns

    def added(self, subject: Any, month: Any, values: Any, base: Matrix | None = None) -> Matrix:
        """Add values into cells, on top of ``base``: NaN where nothing stands, unless told otherwise."""
        sums, seen = self.empty(fill=0.0), self.empty(fill=0.0)
        cells = self.cells(subject, month)
        np.add.at(sums, cells, values)
        np.add.at(seen, cells, 1)
        rest = self.empty() if base is None else base
        return np.where(seen > 0, sums, rest)


def _totals(grid: _Grid, totals: MonthTotals) -> dict[str, Matrix]:
    calorific = np.where(totals.is_complete, totals.tce_calorific, np.nan)
    return {
        "tce": grid.added(totals.enterprise_id, totals.month, calorific),
        "tce_equivalent": grid.added(totals.enterprise_id, totals.month, totals.tce_equivalent),
    }


def rows_by_key(keys: npt.NDArray[Any]) -> dict[str, Rows]:
    """Give the rows of each key, in their order; one pass, where a comparison for each key would look at all text.

    >>> rows_by_key(np.array(["heat", "coal", "heat"]))
    {'heat': array([0, 2]), 'coal': array([1])}
    """
    codes: dict[str, int] = {}
    numbers = np.array([codes.setdefault(key, len(codes)) for key in keys.tolist()], dtype=np.int64)
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(numbers, minlength=len(codes)))[:-1])
    return dict(zip(codes, parts, strict=False))  # without a key there is one part, which is empty


def _energies(
    grid: _Grid, nets: EnergyNets, rows_of: Mapping[str, Rows], wanted: set[str], tce: Matrix
) -> dict[str, Matrix]:
    """An enterprise with an account that has none of an energy used none of it; without an account nothing is known."""
    nothing = np.where(np.isnan(tce), np.nan, 0.0)
    facts = {}
    for name in wanted:
        kind, _, key = name.partition(":")
        if kind in {"energy", "energy_tce"}:
            rows = rows_of.get(key, NO_ROWS)
            values = (nets.net if kind == "energy" else nets.tce_calorific)[rows]
            facts[name] = grid.added(nets.enterprise_id[rows], nets.month[rows], values, nothing)
    return facts


def _co2(
    grid: _Grid, nets: EnergyNets, rows_of: Mapping[str, Rows], tce: Matrix
) -> tuple[Matrix, npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Give CO2, the year of a grid factor that stands in for the year's own, and whether a factor is unverified."""
    values, years, doubts = _tco2(nets, rows_of)
    estimated, doubted = grid.empty(fill=0.0), grid.empty(fill=0.0)
    cells = grid.cells(nets.enterprise_id, nets.month)
    np.maximum.at(estimated, cells, years)
    np.maximum.at(doubted, cells, doubts)
    nothing = np.where(np.isnan(tce), np.nan, 0.0)
    found = grid.added(nets.enterprise_id, nets.month, values, nothing)
    return found, estimated.astype(np.int64), doubted > 0


def _tco2(nets: EnergyNets, rows_of: Mapping[str, Rows]) -> tuple[Matrix, npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Give the CO2 of each row [tCO2]: see :mod:`nenghao.accounting.co2`, here for many enterprises at once.

    Beside it the year of the grid factor where another year's stands in (0: none), and whether a factor is unverified.
    """
    found, estimated = np.full(len(nets), np.nan), np.zeros(len(nets), dtype=np.int64)
    doubted = np.zeros(len(nets), dtype=bool)
    years = nets.month.astype("datetime64[Y]").astype(int) + 1970
    for year in np.unique(years):
        choice = choose_factors(library(), FUEL_SET, int(year), estimate=True)
        for key, all_years in rows_of.items():
            rows = all_years[years[all_years] == year]
            found[rows] = _of_energy(key, choice)(nets, rows)
            factor = _factor(key, choice)
            doubted[rows] = factor is not None and factor.status == "unverified"
            estimated[rows] = choice.grid_year or 0 if key == "electricity" else 0
    used = nets.net != 0
    return np.where(used, found, 0.0), np.where(used, estimated, 0), doubted & used


def _factor(key: str, choice: FactorChoice) -> Co2Factor | None:
    """Give the factor of an energy: bought electricity and heat by their own, fuels by the set's row."""
    bought = {"electricity": choice.grid, "heat": choice.heat}
    return bought[key] if key in bought else choice.fuels.get(FUEL_ROWS.get(key, ""))


def _of_energy(key: str, choice: FactorChoice) -> Callable[[EnergyNets, npt.NDArray[np.intp]], Matrix]:
    """Give how an energy's rows become CO2: working media count nothing, what has no factor is not known."""
    energy = library().energy_type(key)
    bought = key in {"electricity", "heat"}
    if energy.class_code == "03":
        return lambda _nets, rows: np.zeros(len(rows))
    factor = _factor(key, choice)
    if factor is None:
        return lambda _nets, rows: np.full(len(rows), np.nan)
    carbon = float(factor.carbon_content or 0) * float(factor.oxidation_rate or 1) * 44 / 12
    by_heat = factor.quantity_unit == "GJ" and not bought
    scale = 0.0 if by_heat else conversion_factor(energy.base_unit, factor.quantity_unit) * float(factor.value)

    def compute(nets: EnergyNets, rows: npt.NDArray[np.intp]) -> Matrix:
        heat_gj = nets.net[rows] * nets.kgce_calorific[rows] / 1000 * GJ_PER_TCE
        if by_heat:
            return heat_gj * float(factor.value)
        own = np.char.startswith(nets.factor_id[rows].astype(str), "measured/") & (carbon > 0) & (not bought)
        return np.where(own, heat_gj * carbon, nets.net[rows] * scale)

    return compute


def _values(grid: _Grid, wanted: set[str], span: Mapping[str, Any]) -> dict[str, Matrix]:
    kinds = {name.removeprefix("value:"): name for name in wanted if name.startswith("value:")}
    known = economics(**span, kinds=kinds)
    facts = {}
    for kind, name in kinds.items():
        rows = np.flatnonzero(known.kind == kind)
        facts[name] = grid.added(known.enterprise_id[rows], known.month[rows], known.amount_yuan[rows])
    return facts


def _items(grid: _Grid, store: ReadingStore, wanted: set[str], span: Mapping[str, Any]) -> dict[str, Matrix]:
    codes = {name.removeprefix("item:") for name in wanted if name.startswith("item:")}
    items = DataItem.objects.filter(enterprise__in=span["enterprise_ids"], data_code__in=codes, active=True)
    of = {pk: (owner, code) for pk, owner, code in items.values_list("pk", "enterprise_id", "data_code")}
    found = item_quantities(
        store, enterprise_ids={owner for owner, _ in of.values()}, data_item_ids=of, kind=PeriodKind.MONTH,
        start=span["start"], end=span["end"],
    )  # fmt: skip
    code_of = np.array([of[item][1] for item in found.data_item_id.tolist()], dtype=np.str_)
    facts = {}
    for code in codes:
        rows = np.flatnonzero(code_of == code)
        facts[f"item:{code}"] = grid.added(found.enterprise_id[rows], found.period_start[rows], found.quantity[rows])
    return facts


def product_frame(accounts: Accounts, *, products: Mapping[int, int], names: Iterable[str]) -> Frame:
    """Load the facts of products (id → enterprise id) that are named."""
    ids, wanted, store = tuple(sorted(products)), set(names), accounts.store
    owners = np.array([products[pk] for pk in ids], dtype=np.int64)
    grid = _Grid(ids, accounts.start, accounts.end)
    span: dict[str, Any] = accounts.span | {"enterprise_ids": sorted(set(products.values()))}
    made = outputs(store=store, **span)
    own = np.isin(made.product_id, grid.subjects)
    facts = {"output": grid.added(made.product_id[own], made.month[own], made.quantity[own])}
    if wanted - {"output"}:
        facts |= _borne(grid, product_energy(store=store, nets=accounts.nets, made=made, **span), wanted)
    return Frame(
        ids, owners, grid.months, {name: facts[name] for name in wanted if name in facts},
        _of_owners(grid, owners, accounts.totals),
    )  # fmt: skip


def _of_owners(grid: _Grid, owners: npt.NDArray[np.int64], totals: MonthTotals) -> npt.NDArray[np.bool_]:
    """Tell of each product and month whether its enterprise's account rests on what is unverified."""
    known, row_of = np.unique(owners, return_inverse=True)
    doubted = np.zeros((len(known), len(grid.months)), dtype=bool)
    flagged = totals.is_unverified.astype(bool) & np.isin(totals.enterprise_id, known)
    columns = (totals.month[flagged] - grid.months[:1]).astype(np.int64)
    doubted[np.searchsorted(known, totals.enterprise_id[flagged]), columns] = True
    return doubted[row_of]


def _borne(grid: _Grid, found: ProductEnergy, wanted: set[str]) -> dict[str, Matrix]:
    known = np.isin(found.product_id, grid.subjects)
    product, month = found.product_id[known], found.month[known]
    facts = {
        "output_tce": grid.added(product, month, found.tce_calorific[known]),
        "output_tce_equivalent": grid.added(product, month, found.tce_equivalent[known]),
    }
    nothing = np.where(np.isnan(facts["output_tce"]), np.nan, 0.0)
    for name in wanted:
        if name.startswith("output_energy:"):
            rows = np.flatnonzero(found.energy_key[known] == name.removeprefix("output_energy:"))
            facts[name] = grid.added(product[rows], month[rows], found.quantity[known][rows], nothing)
    return facts
