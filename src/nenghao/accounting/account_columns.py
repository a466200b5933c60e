"""The accounts of many units and months at once: :func:`account` in columns, equal results.

Three steps, so that the rates can be looked up in between::

    sums = sum_flows(columns)                                    # one row per owner, month and energy
    rates = rates_for(library(), sums.energy_key, sums.month)    # + measured and stated values, aligned with sums
    result = accounts(sums, rates)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nenghao.accounting.account import BOUNDARY_FORM, FORMS, ROUNDING, STOCKS, SUPPLY, USE, USE_FORM
from nenghao.accounting.flows import PARTS_OF_CONSUMED, Flow
from nenghao.accounting.rate_columns import Floats, Months, RateColumns, Words
from nenghao.accounting.rates import TOTALS
from nenghao.accounting.rules import GBT2589, Mark, Method, Rules
from nenghao.reference.model import STATUSES

Ids = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Small = npt.NDArray[np.uint8]

FLOWS = tuple(Flow)
"""The order of the flows in ``FlowSums.quantity``, and the numbers in ``FlowColumns.flow``."""
METHODS = tuple(Method)
UNVERIFIED = STATUSES.index("unverified")
_Adder = Callable[[npt.ArrayLike], Floats]
_AT = {flow: place for place, flow in enumerate(FLOWS)}


@dataclass(frozen=True, slots=True)
class FlowColumns:
    """Lines of many owners (units of account, any number) and months, one row per line, in any order.

    ``flow`` is the place in ``FLOWS`` (:func:`flow_codes`), ``whole`` tells lines of the whole boundary from those of
    a part of it, the rest is as in :class:`FlowLine`.
    """

    owner: Ids
    month: Months
    energy_key: Words
    flow: Small
    quantity: Floats
    whole: Flags
    measured_ratio: Floats
    missing_ratio: Floats


@dataclass(frozen=True, slots=True)
class FlowSums:
    """One row per owner, month and energy, in this order; matrices have a column per flow of ``FLOWS``.

    ``present`` says whether there was such a flow at all, ``quantity`` is 0 where not and NaN where it is not known.
    """

    owner: Ids
    month: Months
    energy_key: Words
    quantity: Floats
    present: Flags
    negative: Flags
    weight: Floats
    measured: Floats
    missing: Floats
    lines: Floats
    measured_plain: Floats
    missing_plain: Floats
    details_exceed: Flags

    def __len__(self) -> int:
        return len(self.owner)


@dataclass(frozen=True, slots=True)
class EnergyColumns:
    """The result per owner, month and energy, aligned with the sums; NaN for what ``EnergyAccount`` gives as ``None``.

    ``method`` is the place in ``METHODS``, ``marks`` the number of the :class:`Mark`.
    """

    owner: Ids
    month: Months
    energy_key: Words
    net: Floats
    method: Small
    use_form: Floats
    boundary_form: Floats
    excluded: Floats
    imbalance: Floats
    imbalance_ratio: Floats
    tce_calorific: Floats
    tce_equivalent: Floats
    measured_ratio: Floats
    missing_ratio: Floats
    marks: npt.NDArray[np.uint16]
    factor_id: Words
    status: Small

    def __len__(self) -> int:
        return len(self.owner)


@dataclass(frozen=True, slots=True)
class TotalColumns:
    """The totals per owner and month, in this order; NaN for what :class:`Account` gives as ``None``."""

    owner: Ids
    month: Months
    tce_calorific: Floats
    tce_equivalent: Floats
    media_tce: Floats
    is_complete: Flags
    is_unverified: Flags
    measured_ratio: Floats
    missing_ratio: Floats
    imbalance_ratio: Floats

    def __len__(self) -> int:
        return len(self.owner)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of many owners and months: their energies and their totals."""

    energies: EnergyColumns
    totals: TotalColumns


def flow_codes(flows: npt.ArrayLike) -> Small:
    """Turn names of flows into places in ``FLOWS``; ``KeyError`` for a name that is none.

    >>> flow_codes(["opening_stock", "purchased"]).tolist()
    [0, 1]
    """
    names, code = np.unique(np.asarray(flows, dtype=np.str_), return_inverse=True)
    return np.array([_AT[Flow(name)] for name in names.tolist()], dtype=np.uint8)[code]


def sum_flows(columns: FlowColumns) -> FlowSums:
    """Add the lines up per owner, month, energy and flow; a flow known for the whole is not added from its parts."""
    names, energy = np.unique(columns.energy_key, return_inverse=True)
    month = columns.month.astype("datetime64[M]")
    order = np.lexsort((energy, month, columns.owner))
    owner_s, month_s, energy_s = columns.owner[order], month[order], energy[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (owner_s[1:] != owner_s[:-1]) | (month_s[1:] != month_s[:-1]) | (energy_s[1:] != energy_s[:-1])
    row = np.empty(len(order), dtype=np.int64)
    row[order] = np.cumsum(new) - 1
    keys = (owner_s[new], month_s[new], names[energy_s[new]])
    return _fill(columns, row, keys)


def _fill(columns: FlowColumns, row: Ids, keys: tuple[Ids, Months, Words]) -> FlowSums:
    size = len(keys[0])
    cell = row * len(FLOWS) + columns.flow

    def add(values: Floats, where: Flags) -> Floats:
        return _binned(cell[where], values[where], size * len(FLOWS)).reshape(size, len(FLOWS))

    ones = np.ones(len(row))
    has_whole = add(ones, columns.whole) > 0
    counted = columns.whole | ~has_whole.reshape(-1)[cell]
    negative = columns.quantity < 0
    known = counted & (columns.quantity >= 0)
    quantity = add(np.where(negative, np.nan, columns.quantity), counted)
    lines = add(ones, counted)
    at = _AT[Flow.CONSUMED]
    inner = add(columns.quantity, ~counted)[:, at]
    exceeds = np.nan_to_num(inner) > quantity[:, at] * (1 + 1e-9)
    return FlowSums(
        *keys, quantity, lines > 0, np.bincount(row[negative & counted], minlength=size) > 0,
        add(columns.quantity, known), add(columns.quantity * columns.measured_ratio, known),
        add(columns.quantity * columns.missing_ratio, known), add(ones, known), add(columns.measured_ratio, known),
        add(columns.missing_ratio, known), exceeds & (lines[:, at] > 0),
    )  # fmt: skip


def _binned(place: Ids, values: Floats, size: int) -> Floats:
    return np.bincount(place, values, size).astype(np.float64, copy=False)


def accounts(sums: FlowSums, rates: RateColumns, rules: Rules = GBT2589) -> Accounts:
    """Account for every row of the sums at its rate and total per owner and month.

    ``rules.units`` plays no part: choose the lines beforehand, and mark them all as ``whole``.
    """
    energies = _energies(sums, rates, rules)
    return Accounts(energies, _totals(sums, rates, energies))


@dataclass(slots=True)
class _Forms:
    """What :func:`_energies` finds on the way to the net quantity."""

    use: Floats
    boundary: Floats
    net: Floats
    method: Small
    marks: npt.NDArray[np.uint16]


def _energies(sums: FlowSums, rates: RateColumns, rules: Rules) -> EnergyColumns:
    forms = _forms(sums, rates.is_medium, rules)
    excluded = _excluded(sums, forms.net, rates.is_medium, rules)
    net = forms.net - excluded
    lost = np.isnan(net)
    forms.method[lost] = METHODS.index(Method.NONE)
    imbalance, ratio = _imbalance(sums)
    marks = forms.marks | _where(lost, Mark.QUANTITY_MISSING) | _where(sums.negative, Mark.NEGATIVE)
    marks |= _where(np.nan_to_num(ratio) > rules.imbalance_limit, Mark.IMBALANCE) | _where(_parts(sums), Mark.PARTS)
    marks |= _where(_one_stock(sums), Mark.ONE_STOCK) | _where(sums.details_exceed, Mark.DETAILS)
    tce, equal, rate_marks = _worth(net, rates, rules)
    measured, missing = _ratios(sums, forms.method)
    return EnergyColumns(
        sums.owner, sums.month, sums.energy_key, net, forms.method, forms.use, forms.boundary, np.nan_to_num(excluded),
        imbalance, ratio, tce, equal, measured, missing, marks | rate_marks, rates.factor_id, rates.status,
    )  # fmt: skip


def _where(rows: Flags, mark: Mark) -> npt.NDArray[np.uint16]:
    return np.where(rows, np.uint16(mark), np.uint16(0))


def _signed(sums: FlowSums, form: dict[Flow, int], leave: Flags | None = None) -> Floats:
    sign = np.array([form.get(flow, 0) for flow in FLOWS], dtype=np.float64)
    used = sign != 0
    quantity = sums.quantity[:, used] if leave is None else np.where(leave[:, used], 0.0, sums.quantity[:, used])
    value = quantity @ sign[used]
    return np.where(np.abs(value) <= ROUNDING * np.abs(quantity).sum(axis=1), 0.0, value)


def _has(sums: FlowSums, flow: Flow) -> Flags:
    return sums.present[:, _AT[flow]]


def _one_stock(sums: FlowSums) -> Flags:
    return _has(sums, STOCKS[0]) ^ _has(sums, STOCKS[1])


def _forms(sums: FlowSums, medium: Flags, rules: Rules) -> _Forms:
    """Compute both forms and choose, as :func:`nenghao.accounting.account._counting` does for one."""
    use = np.where(_has(sums, Flow.CONSUMED), _signed(sums, dict(USE_FORM)), np.nan)
    leave = np.zeros_like(sums.present)
    leave[:, [_AT[stock] for stock in STOCKS]] = _one_stock(sums)[:, None]
    crossed = sums.present[:, [_AT[flow] for flow in BOUNDARY_FORM]].any(axis=1)
    boundary = np.where(crossed, _signed(sums, dict(BOUNDARY_FORM), leave), np.nan)
    by_method = {Method.USE: np.where(medium, np.nan, use), Method.BOUNDARY: boundary}
    ranks = rules.order + tuple(m for m in (Method.BOUNDARY,) if m not in rules.order)
    net, method = _first(by_method, ranks, medium, rules)
    none = method == METHODS.index(Method.NONE)
    unknown = np.isnan(sums.quantity)
    unknown[:, [_AT[flow] for flow in PARTS_OF_CONSUMED]] = False
    for_media = np.isin(np.arange(len(FLOWS)), [_AT[flow] for flow in BOUNDARY_FORM])
    blocked = np.where(medium, unknown[:, for_media].any(axis=1), unknown.any(axis=1))
    idle = none & ~blocked
    net[idle], method[idle] = 0.0, METHODS.index(Method.BOUNDARY)
    made = _has(sums, Flow.PRODUCED) | _has(sums, Flow.RECOVERED)
    marks = _where(idle & medium & ~made, Mark.ORIGIN_UNKNOWN) | _where(idle & ~medium, Mark.UNUSED)
    return _Forms(use, boundary, net, method, marks)


def _first(
    by_method: dict[Method, Floats], ranks: tuple[Method, ...], medium: Flags, rules: Rules
) -> tuple[Floats, Small]:
    """Take per row the first form of the order that is known; a medium may use the boundary whatever the order says."""
    net = np.full(len(medium), np.nan)
    method = np.full(len(medium), METHODS.index(Method.NONE), dtype=np.uint8)
    for rank in ranks:
        allowed = np.full(len(medium), True) if rank in rules.order else medium
        take = np.isnan(net) & ~np.isnan(by_method[rank]) & allowed
        net[take], method[take] = by_method[rank][take], METHODS.index(rank)
    return net, method


def _excluded(sums: FlowSums, net: Floats, medium: Flags, rules: Rules) -> Floats:
    parts = _signed(sums, dict.fromkeys(rules.excluded_parts, 1)) if rules.excluded_parts else np.zeros(len(sums))
    most = np.maximum(np.nan_to_num(net), 0.0)
    return np.where(medium & ~np.isnan(parts), np.minimum(parts, most), parts)


def _imbalance(sums: FlowSums) -> tuple[Floats, Floats]:
    supply, use = _signed(sums, dict.fromkeys(SUPPLY, 1)), _signed(sums, dict.fromkeys(USE, 1))
    supplied = sums.present[:, [_AT[flow] for flow in SUPPLY]].any(axis=1)
    checked = _has(sums, Flow.CONSUMED) & supplied & ~_one_stock(sums)
    value = np.where(checked, supply - use, np.nan)
    size = np.maximum(supply, use)
    ratio = np.divide(np.abs(value), size, out=np.zeros_like(value), where=size > 0)
    return value, np.where(np.isnan(value), np.nan, ratio)


def _parts(sums: FlowSums) -> Flags:
    parts = _signed(sums, {flow: 1 for flow in PARTS_OF_CONSUMED if flow is not Flow.TRANSPORT})
    return _has(sums, Flow.CONSUMED) & (parts > sums.quantity[:, _AT[Flow.CONSUMED]] * (1 + 1e-9))


def _worth(net: Floats, rates: RateColumns, rules: Rules) -> tuple[Floats, Floats, npt.NDArray[np.uint16]]:
    total = np.isin(rates.energy_key, list(TOTALS))
    nothing = total | (net == 0) | (rates.is_medium & (not rules.count_bought_media))
    tce = np.where(nothing, 0.0, net * rates.kgce_counted / 1000)
    equal = np.where(nothing, 0.0, net * rates.kgce_equivalent / 1000)
    known = ~nothing & ~np.isnan(rates.kgce_counted)
    stated = known & ~np.isnan(rates.kgce_equivalent)
    marks = _where(total, Mark.TOTAL) | _where(~nothing & ~known, Mark.UNCONVERTED)
    marks |= _where(known & rates.is_range, Mark.RANGE) | _where(known & (rates.status == UNVERIFIED), Mark.UNVERIFIED)
    marks |= _where(known & ~stated, Mark.NO_EQUIVALENT)
    marks |= _where(stated & (rates.equivalent_status == UNVERIFIED), Mark.EQUIVALENT_UNVERIFIED)
    return tce, np.where(np.isnan(tce), np.nan, equal), marks


def _ratios(sums: FlowSums, method: Small) -> tuple[Floats, Floats]:
    """Weigh the ratios of the lines that the method rests on; where there are none, of all lines."""
    used = np.ones((len(METHODS), len(FLOWS)), dtype=bool)
    for rank, form in FORMS.items():
        used[METHODS.index(rank)] = [flow in form for flow in FLOWS]
    rows = used[method]
    none = ~(rows & sums.present).any(axis=1)
    rows[none] = True

    def over(matrix: Floats) -> Floats:
        return np.where(rows, matrix, 0.0).sum(axis=1)

    weight, lines = over(sums.weight), over(sums.lines)

    def mean(weighted: Floats, plain: Floats, otherwise: float) -> Floats:
        value = np.full(len(sums), otherwise)
        np.divide(over(plain), lines, out=value, where=lines > 0)
        return np.divide(over(weighted), weight, out=value, where=weight > 0)

    return mean(sums.measured, sums.measured_plain, 0.0), mean(sums.missing, sums.missing_plain, 1.0)


def _totals(sums: FlowSums, rates: RateColumns, found: EnergyColumns) -> TotalColumns:
    new = np.ones(len(found), dtype=bool)
    new[1:] = (found.owner[1:] != found.owner[:-1]) | (found.month[1:] != found.month[:-1])
    row, size = np.cumsum(new) - 1, int(new.sum())

    def add(values: npt.ArrayLike) -> Floats:
        return _binned(row, np.asarray(values, dtype=np.float64), size)

    known = ~np.isnan(found.tce_calorific)
    tce, equal = np.nan_to_num(found.tce_calorific), np.nan_to_num(found.tce_equivalent)
    weight, lines = np.abs(tce), add(known)

    def mean(values: Floats) -> Floats:
        plain = np.divide(add(values * known), lines, out=np.full(size, np.nan), where=lines > 0)
        weighted, heavy = add(weight * values), add(weight)
        return np.divide(weighted, heavy, out=plain, where=heavy > 0)

    def marked(mark: Mark) -> Flags:
        return add((found.marks & np.uint16(mark)) > 0) > 0

    return TotalColumns(
        found.owner[new], found.month[new], add(tce), np.where(marked(Mark.NO_EQUIVALENT), np.nan, add(equal)),
        add(tce * rates.is_medium), ~marked(Mark.QUANTITY_MISSING | Mark.UNCONVERTED), marked(Mark.UNVERIFIED),
        mean(found.measured_ratio), mean(found.missing_ratio), _total_imbalance(sums, rates, found, add),
    )  # fmt: skip


def _total_imbalance(sums: FlowSums, rates: RateColumns, found: EnergyColumns, add: _Adder) -> Floats:
    checked = ~np.isnan(found.imbalance) & (np.nan_to_num(rates.kgce_counted) > 0)
    kgce = np.where(checked, np.nan_to_num(rates.kgce_counted), 0.0)
    side = np.maximum(_signed(sums, dict.fromkeys(SUPPLY, 1)), _signed(sums, dict.fromkeys(USE, 1)))
    size, open_part = add(np.where(checked, side, 0.0) * kgce), add(np.abs(np.nan_to_num(found.imbalance)) * kgce)
    ratio = np.divide(open_part, size, out=np.zeros_like(size), where=size > 0)
    return np.where(add(checked) > 0, ratio, np.nan)
