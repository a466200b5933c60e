"""The rates of many enterprises, energies and months at once: :func:`choose_rate` in columns, equal results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from nenghao.accounting.rates import HEATING_UNITS, SET_BY_YEAR, Rate, choose_rate, national_table, table_status
from nenghao.reference import Library
from nenghao.reference.model import STATUSES

Floats = npt.NDArray[np.float64]
Months = npt.NDArray[np.datetime64]
Words = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class RateColumns:
    """One rate per row [kgce per base unit]; NaN where there is none.

    ``kgce_counted`` is what counts in the calorific total (:attr:`Rate.kgce`), ``kgce_equivalent`` in the equivalent
    one. ``status`` is the place in ``STATUSES`` (0 published, 1 secondhand, 2 unverified). ``is_range`` marks a point
    chosen from a printed range.
    """

    energy_key: Words
    month: Months
    kgce_counted: Floats
    kgce_equivalent: Floats
    factor_id: Words
    status: npt.NDArray[np.uint8]
    equivalent_status: npt.NDArray[np.uint8]
    is_medium: npt.NDArray[np.bool_]
    is_range: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.energy_key)


def rates_for(
    library: Library,
    energy_keys: npt.ArrayLike,
    months: npt.ArrayLike,
    heating: Floats | None = None,
    equivalent: Floats | None = None,
) -> RateColumns:
    """Give the rate of every row: an energy in a month (its first day decides the edition).

    ``heating`` [kJ/kg for energies counted in t, kJ/m3 for those in m3] and ``equivalent`` [kgce per base unit] are
    columns of the same length, NaN where nothing was measured or stated. A value where none can be (a heating value of
    electricity, an equivalent value of a fuel, zero or less) is not used, as if it were not there: the places where
    people enter them refuse it.

    >>> from nenghao.reference import library
    >>> rates_for(library(), ["electricity", "fresh_water"], ["2021-03", "2021-04"]).kgce_counted.tolist()
    [0.1229, 0.2571]
    """
    keys, month = np.asarray(energy_keys, dtype=np.str_), np.asarray(months, dtype="datetime64[M]")
    found = _table_rates(library, keys, month)
    counted, equal = found.kgce_counted, found.kgce_equivalent
    if heating is not None and len(keys):
        _apply_heating(library, found, np.asarray(heating, dtype=np.float64))
    if equivalent is not None and len(keys):
        settable = found.is_medium | np.isin(keys, list(SET_BY_YEAR))
        stated = settable & (np.asarray(equivalent, dtype=np.float64) > 0)
        equal[stated] = np.asarray(equivalent, dtype=np.float64)[stated]
        found.equivalent_status[stated] = STATUSES.index("secondhand")
        media = stated & found.is_medium
        counted[media], found.status[media] = equal[media], STATUSES.index("secondhand")
    return found


def _table_rates(library: Library, keys: Words, month: Months) -> RateColumns:
    """Look up each pair of energy and month once and spread the answers over the rows."""
    _, key_code = np.unique(keys, return_inverse=True)
    pair = key_code.astype(np.int64) * 100_000 + month.astype(np.int64)
    _, first, place = np.unique(pair, return_index=True, return_inverse=True)
    chosen = [choose_rate(library, str(keys[row]), _day(month[row])) for row in first]
    return RateColumns(
        keys, month, _numbers(r.kgce for r in chosen)[place], _numbers(r.kgce_equivalent for r in chosen)[place],
        # room for the longest name of a measured value, which may be written in later
        np.array([r.factor_id for r in chosen], dtype="U80")[place],
        _statuses(chosen, "status")[place], _statuses(chosen, "equivalent_status")[place],
        np.array([r.is_medium for r in chosen], dtype=bool)[place],
        np.array([r.is_range for r in chosen], dtype=bool)[place],
    )  # fmt: skip


def _apply_heating(library: Library, rates: RateColumns, heating: Floats) -> None:
    """Let measured heating values outrank the table, edition by edition."""
    base_unit = {key: library.energy_type(key).base_unit for key in np.unique(rates.energy_key).tolist()}
    scale_of = {key: HEATING_UNITS.get(unit, ("", 0.0))[1] for key, unit in base_unit.items()}
    names, code = np.unique(rates.energy_key, return_inverse=True)
    scale = np.array([scale_of[str(name)] for name in names])[code]
    usable = (heating > 0) & (scale > 0) & ~rates.is_medium
    for month in np.unique(rates.month[usable]):
        table = national_table(library, _day(month))
        if table is None or table.header.conversion is None:
            continue
        rows = usable & (rates.month == month)
        value = heating[rows] * scale[rows] / float(table.header.conversion.kj_per_kgce)
        rates.kgce_counted[rows] = value
        # steam is worth on the equivalent basis what was stated for the year, however hot it is
        own = rows & ~np.isin(rates.energy_key, list(SET_BY_YEAR))
        rates.kgce_equivalent[own] = rates.kgce_counted[own]
        rates.status[rows] = STATUSES.index(table_status(table))
        rates.equivalent_status[rows] = rates.status[rows]
        rates.factor_id[rows], rates.is_range[rows] = f"measured/{table.header.key}", False


def _day(month: Any) -> date:
    return np.datetime64(month, "D").astype(date)


def _numbers(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _statuses(rates: list[Rate], field: str) -> npt.NDArray[np.uint8]:
    return np.array([STATUSES.index(getattr(rate, field)) for rate in rates], dtype=np.uint8)
