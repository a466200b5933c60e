"""What progress is computed from: tce and value of every enterprise and month of a plan, loaded in a few queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from nenghao.hub.energy_accounts.services import month_totals
from nenghao.hub.production.services import economics
from nenghao.hub.targets.models import AccountBasis, Plan
from nenghao.readings import ReadingStore

Matrix = npt.NDArray[np.float64]
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Frame:
    """Columns by enterprise (row) and month (column) from January of ``first_year``; NaN: not known.

    ``tce`` is on the plan's basis, ``value_yuan`` its denominator; ``unverified`` marks figures that rest on 待核.
    """

    enterprise_ids: tuple[int, ...]
    first_year: int
    tce: Matrix
    value_yuan: Matrix
    unverified: npt.NDArray[np.bool_]

    def rows(self, members: Sequence[int]) -> npt.NDArray[np.int64]:
        """Give the rows of some enterprises."""
        place = {pk: row for row, pk in enumerate(self.enterprise_ids)}
        return np.array([place[pk] for pk in members if pk in place], dtype=np.int64)

    def of(self, enterprise_id: int) -> Frame:
        """Give the frame of one of its enterprises alone."""
        rows = self.rows([enterprise_id])
        return Frame((enterprise_id,), self.first_year, self.tce[rows], self.value_yuan[rows], self.unverified[rows])

    def months(self, year: int, count: int = MONTHS) -> slice:
        """Give the columns of the first ``count`` months of a year."""
        start = (year - self.first_year) * MONTHS
        return slice(start, start + count)


def load_frame(*, store: ReadingStore, plan: Plan, enterprise_ids: Sequence[int], until: date) -> Frame:
    """Load the months from the plan's base year (or the year before its first, if earlier) to before ``until``."""
    first = min(plan.base_year, plan.first_year - 1)
    ids = tuple(sorted(enterprise_ids))
    months = max(MONTHS, (until.year - first) * MONTHS + until.month - 1)
    shape = (len(ids), months)
    tce, value = np.full(shape, np.nan), np.full(shape, np.nan)
    unverified = np.zeros(shape, dtype=bool)
    span = {"enterprise_ids": ids, "start": date(first, 1, 1), "end": until}
    totals = month_totals(store=store, **span)
    amounts = totals.tce_equivalent if plan.basis == AccountBasis.EQUIVALENT else totals.tce_calorific
    cells = _cells(ids, first, totals.enterprise_id, totals.month)
    tce[cells], unverified[cells] = amounts, totals.is_unverified
    known = economics(**span, kinds=[plan.value_kind])
    value[_cells(ids, first, known.enterprise_id, known.month)] = known.amount_yuan
    return Frame(ids, first, tce, value, unverified)


def _cells(
    ids: tuple[int, ...], first_year: int, enterprise_id: npt.NDArray[np.int64], month: npt.NDArray[np.datetime64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    rows = np.searchsorted(np.array(ids, dtype=np.int64), enterprise_id)
    start = np.datetime64(f"{first_year:04d}-01", "M")
    return rows, (month.astype("datetime64[M]") - start).astype(np.int64)
