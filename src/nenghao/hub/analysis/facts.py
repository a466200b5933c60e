"""What the analysis stands on: consumption and activity by enterprise and month, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from nenghao.accounting.trace import TotalBasis
from nenghao.hub.energy_accounts import services as accounts
from nenghao.hub.production.models import EconomicKind
from nenghao.hub.production.services import economics
from nenghao.hub.registry.models import Enterprise
from nenghao.readings import ReadingStore
from nenghao.readings.accounts import EnergyNets, MonthTotals

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
ACTIVITIES = (EconomicKind.VALUE_ADDED_CONSTANT, EconomicKind.OUTPUT_VALUE_CONSTANT)
"""By what consumption is divided: at comparable prices, value added first, output value where nobody filed that."""
CALORIFIC: TotalBasis = "calorific"
EQUIVALENT: TotalBasis = "equivalent"


def basis_of(word: str) -> TotalBasis:
    """Read a basis of coal equivalent; any other word is the calorific one.

    >>> basis_of("equivalent"), basis_of("")
    ('equivalent', 'calorific')
    """
    return EQUIVALENT if word == EQUIVALENT else CALORIFIC


@dataclass(frozen=True, slots=True)
class Facts:
    """Two years of months up to the one looked at: rows are enterprises, or energies of one, columns are months.

    ``tce`` (on the basis asked) and ``activity`` [万元, comparable prices] are NaN where not known. ``months`` start in
    January of the year before. ``activity_kind`` says which figure it is; ``None`` where nothing was filed.
    ``untold`` rows have an account of the month, but no equivalent value: nobody stated one.
    """

    keys: Sequence[int | str]
    months: npt.NDArray[np.datetime64]
    tce: Numbers
    activity: Numbers
    is_unverified: Flags
    activity_kind: EconomicKind | None
    untold: int = 0

    @property
    def month(self) -> np.datetime64:
        """The month looked at: the last one."""
        return self.months[-1]


def month_range(month: date) -> tuple[date, date]:
    """Give January of the year before and the first day after the month.

    >>> month_range(date(2026, 12, 1))
    (datetime.date(2025, 1, 1), datetime.date(2027, 1, 1))
    """
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date(month.year - 1, 1, 1), after


def enterprise_facts(
    *, store: ReadingStore, enterprise_ids: Sequence[int], month: date, basis: TotalBasis = CALORIFIC
) -> Facts:
    """Load the facts of enterprises: one query of the store, one of the database."""
    start, end = month_range(month)
    found = accounts.month_totals(store=store, enterprise_ids=enterprise_ids, start=start, end=end)
    shape, months = _grid(len(enterprise_ids), start, end)
    row = _rows(found.enterprise_id, enterprise_ids)
    column = _columns(found.month, start)
    tce, unverified = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    amounts = on_basis(found, basis)
    tce[row, column], unverified[row, column] = amounts, found.is_unverified
    untold = np.isnan(amounts) & ~np.isnan(found.tce_calorific) & (column == len(months) - 1)
    activity, kind = _activity(enterprise_ids, start, end, shape)
    return Facts(list(enterprise_ids), months, tce, activity, unverified, kind, int(untold.sum()))


def on_basis(found: MonthTotals | EnergyNets, basis: TotalBasis) -> Numbers:
    """Give the tce of accounts on a basis; NaN where it is not known."""
    return found.tce_equivalent if basis == EQUIVALENT else found.tce_calorific


def energy_facts(*, store: ReadingStore, enterprise: Enterprise, month: date, basis: TotalBasis = CALORIFIC) -> Facts:
    """Load what each energy added to the totals of one enterprise; an energy has no activity of its own."""
    start, end = month_range(month)
    found = accounts.energy_totals(store=store, enterprise_ids=[enterprise.pk], start=start, end=end)
    keys, row = np.unique(found.energy_key.astype(np.str_), return_inverse=True)
    shape, months = _grid(len(keys), start, end)
    tce, unverified = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    column = _columns(found.month, start)
    tce[row, column], unverified[row, column] = on_basis(found, basis), found.status == "unverified"
    return Facts(keys.tolist(), months, tce, np.full(shape, np.nan), unverified, None)


def _grid(rows: int, start: date, end: date) -> tuple[tuple[int, int], npt.NDArray[np.datetime64]]:
    months = np.arange(np.datetime64(start, "M"), np.datetime64(end, "M"))
    return (rows, len(months)), months


def _columns(month: npt.NDArray[np.datetime64], start: date) -> npt.NDArray[np.int64]:
    return (month.astype("datetime64[M]") - np.datetime64(start, "M")).astype(np.int64)


def _rows(ids: npt.NDArray[np.int64], wanted: Sequence[int]) -> npt.NDArray[np.int64]:
    place = {pk: row for row, pk in enumerate(wanted)}
    return np.array([place[pk] for pk in ids.tolist()], dtype=np.int64)


def _activity(
    ids: Sequence[int], start: date, end: date, shape: tuple[int, int]
) -> tuple[Numbers, EconomicKind | None]:
    """Give the first kind of activity that anybody filed; kinds are not mixed, their sizes differ."""
    activity = np.full(shape, np.nan)
    for kind in ACTIVITIES:
        filed = economics(enterprise_ids=ids, start=start, end=end, kinds=[kind.value])
        if len(filed):
            place = _rows(filed.enterprise_id, ids), _columns(filed.month, start)
            activity[place] = filed.amount_yuan / 10_000
            return activity, kind
    return activity, None
