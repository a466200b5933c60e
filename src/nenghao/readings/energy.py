"""Questions about energy: totals, trends, load curves and the history of one cell.

Every function takes the enterprises that the asker may see (``enterprise_ids``) and answers about nothing else.
Ranges are half-open; their borders are days or aware instants. Quantities are in the energy's base unit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import numpy as np
import numpy.typing as npt

from nenghao.periods import PeriodKind
from nenghao.readings.batches import FactorRow
from nenghao.readings.results import Border, stored_kind, wall_border
from nenghao.readings.store import ReadingStore

CellState = Literal["measured", "estimated", "missing", "incomplete"]
"""``incomplete``: a part of the period is missing, the quantity is that of the rest."""


@dataclass(frozen=True, slots=True)
class EnergyCell:
    """One energy of one enterprise in one period; ``tce`` is ``None`` without quantity or factor."""

    enterprise_id: int
    energy_key: str
    period_start: datetime
    quantity: float | None
    tce: float | None
    measured_ratio: float
    estimated_ratio: float
    missing_ratio: float
    state: CellState
    items: int
    factor_id: str | None


@dataclass(frozen=True, slots=True)
class ItemCell:
    """One data item in one period; ``source_stat_type`` tells which statistic type the quantity was taken from."""

    data_item_id: int
    energy_key: str
    period_start: datetime
    quantity: float | None
    tce: float | None
    measured_ratio: float
    estimated_ratio: float
    missing_ratio: float
    state: CellState
    source_stat_type: int
    factor_id: str | None


@dataclass(frozen=True, slots=True)
class ItemQuantities:
    """What is known of items in periods, as columns: one row per item and period that has a quantity, in this order.

    ``period_start`` is the Beijing wall time, ``quantity`` in the item's base unit.
    """

    enterprise_id: npt.NDArray[np.int64]
    data_item_id: npt.NDArray[np.int64]
    period_start: npt.NDArray[np.datetime64]
    quantity: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.data_item_id)


@dataclass(frozen=True, slots=True)
class EnergyTotal:
    """One energy over a range; ``unconverted`` cells have a quantity that no factor turned into tce."""

    energy_key: str
    quantity: float | None
    tce: float | None
    measured_ratio: float
    estimated_ratio: float
    missing_ratio: float
    state: CellState
    enterprises: int
    unconverted: int


@dataclass(frozen=True, slots=True)
class EnterpriseTotal:
    """One enterprise over a range, all energies [tce]."""

    enterprise_id: int
    tce: float | None
    measured_ratio: float
    estimated_ratio: float
    missing_ratio: float
    state: CellState
    unconverted: int


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """One energy of one period over a set of enterprises."""

    period_start: datetime
    energy_key: str
    quantity: float | None
    tce: float | None
    measured_ratio: float
    estimated_ratio: float
    missing_ratio: float
    state: CellState
    enterprises: int


@dataclass(frozen=True, slots=True)
class ItemReading:
    """The current version of one reading; ``contents`` > 1: it was corrected (a plain resend does not count)."""

    data_item_id: int
    period_start: datetime
    value: float | None
    state: int
    input_type: int
    version: int
    contents: int


@dataclass(frozen=True, slots=True)
class ReadingVersion:
    """One version of one reading and where it came from; the current one first. ``method`` is that of a correction."""

    version: int
    value: float | None
    state: int
    input_type: int
    batch_id: int
    received_at: datetime
    source: str
    device_id: int | None
    author: str
    reason: str
    method: str
    approved_by: str
    start_offset_s: int
    """How far the start that was sent lay from the period's own [s]; 0: exact."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """Real-time rows received with a value, against those expected, of one item on one day."""

    data_item_id: int
    enterprise_id: int
    day: date
    received: int
    expected: int


def enterprise_cells(
    store: ReadingStore, *, enterprise_ids: Iterable[int], kind: PeriodKind, start: Border, end: Border
) -> tuple[EnergyCell, ...]:
    """Give the cells by enterprise, energy and period, in this order.

    ``kind`` is hour, day, month or year. Example: a month's daily table of one enterprise is
    ``enterprise_cells(store, enterprise_ids=[7], kind=PeriodKind.DAY, start=date(2026, 3, 1), end=date(2026, 4, 1))``.
    """
    return store.rows("enterprise_cells", EnergyCell, **_range(enterprise_ids, kind, start, end))


def item_cells(
    store: ReadingStore, *, enterprise_ids: Iterable[int], kind: PeriodKind, start: Border, end: Border
) -> tuple[ItemCell, ...]:
    """Give the cells of every data item of the enterprises, by item and period."""
    return store.rows("item_cells", ItemCell, **_range(enterprise_ids, kind, start, end))


def item_quantities(
    store: ReadingStore, *, enterprise_ids: Iterable[int], data_item_ids: Iterable[int], kind: PeriodKind,
    start: Border, end: Border,
) -> ItemQuantities:  # fmt: skip
    """Give the quantities of chosen items of many enterprises: a page over a province takes no row objects."""
    asked = _range(enterprise_ids, kind, start, end) | {"data_item_ids": list(data_item_ids)}
    return ItemQuantities(
        **{name: np.ma.getdata(column) for name, column in store.columns("item_quantities", **asked).items()}
    )


def totals_by_energy(
    store: ReadingStore, *, enterprise_ids: Iterable[int], kind: PeriodKind, start: Border, end: Border
) -> tuple[EnergyTotal, ...]:
    """Sum the cells of ``kind`` in the range by energy; the largest tce first."""
    return store.rows("totals_by_energy", EnergyTotal, **_range(enterprise_ids, kind, start, end))


def totals_by_enterprise(
    store: ReadingStore, *, enterprise_ids: Iterable[int], kind: PeriodKind, start: Border, end: Border
) -> tuple[EnterpriseTotal, ...]:
    """Sum the cells of ``kind`` in the range by enterprise; the largest tce first; none for one without data."""
    return store.rows("totals_by_enterprise", EnterpriseTotal, **_range(enterprise_ids, kind, start, end))


def totals_by_period(
    store: ReadingStore, *, enterprise_ids: Iterable[int], kind: PeriodKind, start: Border, end: Border
) -> tuple[PeriodTotal, ...]:
    """Sum over the enterprises by period and energy (the trend), in order of time."""
    return store.rows("totals_by_period", PeriodTotal, **_range(enterprise_ids, kind, start, end))


def item_readings(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    data_item_ids: Iterable[int],
    stat_type: int,
    start: Border,
    end: Border,
) -> tuple[ItemReading, ...]:
    """Give the current readings of items (the load curve for ``stat_type`` 0), by item and time."""
    return store.rows(
        "item_readings", ItemReading, enterprise_ids=list(enterprise_ids), data_item_ids=list(data_item_ids),
        stat_type=stat_type, start=wall_border(start), end=wall_border(end),
    )  # fmt: skip


def reading_versions(
    store: ReadingStore, *, enterprise_ids: Iterable[int], data_item_id: int, stat_type: int, period_start: datetime
) -> tuple[ReadingVersion, ...]:
    """Give every version of one reading, the newest first."""
    return store.rows(
        "reading_versions", ReadingVersion, enterprise_ids=list(enterprise_ids), data_item_id=data_item_id,
        stat_type=stat_type, period_start=wall_border(period_start),
    )  # fmt: skip


def completeness(
    store: ReadingStore, *, enterprise_ids: Iterable[int], start: date, end: date
) -> tuple[Completeness, ...]:
    """Give received and expected real-time rows of every item on every day of the range, also where none came."""
    return store.rows("completeness", Completeness, enterprise_ids=list(enterprise_ids), start=start, end=end)


def factors_in_force(
    store: ReadingStore, *, energy_keys: Iterable[str], start: date, end: date
) -> tuple[FactorRow, ...]:
    """Give the factors that hold on some day of the range, by energy and validity."""
    return store.rows("factors_in_force", FactorRow, energy_keys=list(energy_keys), start=start, end=end)


def _range(enterprise_ids: Iterable[int], kind: PeriodKind, start: Border, end: Border) -> dict[str, object]:
    return {
        "enterprise_ids": list(enterprise_ids), "kind": stored_kind(kind),
        "start": wall_border(start), "end": wall_border(end),
    }  # fmt: skip
