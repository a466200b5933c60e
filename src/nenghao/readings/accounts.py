"""Questions about month accounts (能耗核算), and the marks that say which of them are stale.

Answers are columns of one length, about the enterprises asked for and nothing else; months are ``datetime64[M]``, a
range is half-open. Quantities are in the energy's base unit, NaN is "not known". What fills the tables:
:mod:`nenghao.readings.account_writes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nenghao.readings.statements import statement
from nenghao.readings.store import ReadingStore

Ids = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Months = npt.NDArray[np.datetime64]
Words = npt.NDArray[Any]
"""Texts, as Python strings."""
AccountMonth = tuple[int, date]
"""An enterprise and the first day of a month."""
Columns = TypeVar("Columns")


@dataclass(frozen=True, slots=True)
class MonthTotals:
    """One row per enterprise and month with an account, in this order.

    ``tce_calorific`` (当量值) is NaN where nothing is known, ``tce_equivalent`` (等价值) also where an equivalent value
    is not stated. ``is_complete`` is false where a quantity or a factor was lacking. ``mark`` rises when the account
    changes, and only then.
    """

    enterprise_id: Ids
    month: Months
    tce_calorific: Numbers
    tce_equivalent: Numbers
    measured_ratio: Numbers
    missing_ratio: Numbers
    is_complete: npt.NDArray[np.bool_]
    is_unverified: npt.NDArray[np.bool_]
    imbalance_ratio: Numbers
    findings: Ids
    mark: Ids

    def __len__(self) -> int:
        return len(self.enterprise_id)


@dataclass(frozen=True, slots=True)
class AccountLines:
    """One row per enterprise, month, energy, part of the plant and flow, in this order.

    ``unit_code`` is empty for the whole boundary, else a process. ``status`` is that of the factor; empty, like
    ``factor_id``, where there is none. ``sources`` names where the quantity comes from, parted by semicolons.
    """

    enterprise_id: Ids
    month: Months
    unit_code: Words
    energy_key: Words
    flow: Words
    quantity: Numbers
    tce_calorific: Numbers
    tce_equivalent: Numbers
    factor_id: Words
    status: Words
    measured_ratio: Numbers
    missing_ratio: Numbers
    sources: Words

    def __len__(self) -> int:
        return len(self.enterprise_id)


@dataclass(frozen=True, slots=True)
class EnergyNets:
    """What counts of an energy in an enterprise's month: one row per enterprise, month and energy.

    ``net`` is what counts in the total, ``method`` says which lines it was taken from; ``imbalance`` is what goes in
    less what goes out, as a share of what goes in; both NaN where one side is not known. ``marks`` are
    the numbers of :class:`nenghao.accounting.rules.Mark`.
    """

    enterprise_id: Ids
    month: Months
    energy_key: Words
    consumption: Numbers
    net: Numbers
    method: Words
    kgce_calorific: Numbers
    kgce_equivalent: Numbers
    tce_calorific: Numbers
    tce_equivalent: Numbers
    factor_id: Words
    status: Words
    imbalance: Numbers
    imbalance_ratio: Numbers
    measured_ratio: Numbers
    missing_ratio: Numbers
    marks: npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.enterprise_id)


@dataclass(frozen=True, slots=True)
class MonthSum:
    """An energy in a month over many enterprises; ``unknown_…`` counts the accounts that lack the figure."""

    month: date
    energy_key: str
    net: float | None
    tce_calorific: float | None
    tce_equivalent: float | None
    unknown_calorific: int
    unknown_equivalent: int
    enterprises: int
    is_unverified: bool


@dataclass(frozen=True, slots=True)
class _Newest:
    month: date | None


def month_totals(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> MonthTotals:
    """Give the totals of the months that start in [start, end)."""
    return _columns(store, "months", MonthTotals, enterprise_ids, start, end)


def account_lines(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> AccountLines:
    """Give every line of the months that start in [start, end)."""
    return _columns(store, "lines", AccountLines, enterprise_ids, start, end)


def energy_nets(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> EnergyNets:
    """Give what counts of every energy, in the months that start in [start, end)."""
    return _columns(store, "energies", EnergyNets, enterprise_ids, start, end)


def month_sums(store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date) -> tuple[MonthSum, ...]:
    """Sum what counts by month and energy over the enterprises, in this order."""
    asked = {"enterprise_ids": list(enterprise_ids), "start": start, "end": end}
    return store.rows("accounts/month_sums", MonthSum, **asked)


def newest_month(store: ReadingStore, *, enterprise_ids: Iterable[int], before: date) -> date | None:
    """Give the newest month before a day of which one of the enterprises has an account."""
    asked = {"enterprise_ids": list(enterprise_ids), "before": before}
    return store.rows("accounts/newest_month", _Newest, **asked)[0].month


def account_years(store: ReadingStore) -> list[int]:
    """Give the years that have an account, in order."""
    return np.ma.getdata(store.columns("accounts/years")["year"]).astype(int).tolist()


def stale_months(
    store: ReadingStore, *, enterprise_ids: Sequence[int] | None = None, months: Sequence[date] | None = None
) -> list[AccountMonth]:
    """Give whose account of which month rests on readings that changed since; the newest month first."""
    asked = {
        "enterprise_ids": None if enterprise_ids is None else list(enterprise_ids),
        "months": None if months is None else list(months),
    }
    with store.cursor() as cursor:
        return cursor.execute(statement("accounts/stale_months"), asked).fetchall()


def known_months(
    store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, until: date | None
) -> list[AccountMonth]:
    """Give the months of [start, until) of which these enterprises have an account or readings for one."""
    asked = {"enterprise_ids": list(enterprise_ids), "start": start, "until": until}
    with store.cursor() as cursor:
        return cursor.execute(statement("accounts/account_months"), asked).fetchall()


def with_energy(store: ReadingStore, months: Iterable[AccountMonth], energy_key: str) -> set[AccountMonth]:
    """Of these months give those in whose account an energy stands."""
    rows = list(months)
    with store.cursor() as cursor:
        cursor.register("asked", _month_table(rows))
        found = cursor.execute(statement("accounts/with_energy"), {"energy_key": energy_key}).fetchall()
    return set(found)


def mark_stale(store: ReadingStore, rows: Sequence[AccountMonth]) -> None:
    """Say that these accounts must be computed again."""
    if rows:
        with store.cursor() as cursor:
            cursor.register("given", _month_table(rows))
            cursor.execute(statement("accounts/mark_months"))


def _month_table(rows: Sequence[AccountMonth]) -> pa.Table:
    return pa.table({
        "enterprise_id": pa.array([row[0] for row in rows], pa.int64()),
        "month": pa.array([row[1] for row in rows], pa.date32()),
    })  # fmt: skip


def note_reference(store: ReadingStore, digests: dict[str, str]) -> tuple[str, ...]:
    """Compare the digests of the factors in use with those the accounts were made by; mark what differs.

    Give the energies whose accounts are stale now. An energy that was never noted has no accounts by other factors.
    """
    with store.account_lock, store.cursor() as cursor:
        known = dict(cursor.execute("SELECT energy_key, digest FROM account_reference").fetchall())
        changed = tuple(sorted(key for key, digest in digests.items() if known.get(key, digest) != digest))
        cursor.begin()
        try:
            if changed:
                cursor.register("given", pa.table({
                    "energy_key": list(changed), "start": pa.array([date.min] * len(changed), pa.date32()),
                    "until": pa.array([None] * len(changed), pa.date32()),
                }))  # fmt: skip
                cursor.execute(statement("accounts/mark_energies"))
            if known != digests:
                cursor.execute("DELETE FROM account_reference")
                cursor.register("noted", pa.table({"energy_key": list(digests), "digest": list(digests.values())}))
                cursor.execute("INSERT INTO account_reference BY NAME SELECT * FROM noted")
            cursor.commit()
        except BaseException:
            cursor.rollback()
            raise
    return changed


def _columns(  # noqa: PLR0917 -- the question in full
    store: ReadingStore, query: str, kind: type[Columns], enterprise_ids: Iterable[int], start: date, end: date
) -> Columns:
    asked = {"enterprise_ids": list(enterprise_ids), "start": start, "end": end}
    found = store.columns(f"accounts/{query}", **asked)
    return kind(**{field.name: _plain(field.name, found[field.name]) for field in fields(kind)})  # type: ignore[arg-type]


def _plain(name: str, column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Give a column without mask: NaN where a number is NULL, months as months."""
    if name == "month":
        return np.asarray(column).astype("datetime64[M]")
    if column.dtype.kind == "f":
        return np.ma.filled(column, np.nan)
    return np.ma.getdata(column)
