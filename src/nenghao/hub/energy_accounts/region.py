"""The accounts of a region: totals on both bases with their comparisons, by energy, industry, place and enterprise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from nenghao.accounting.rules import GBT2589
from nenghao.hub.energy_accounts.pages import Months
from nenghao.hub.monitoring.energies import energy_colour, energy_name
from nenghao.hub.monitoring.formats import change_percent
from nenghao.hub.monitoring.span import Span
from nenghao.hub.monitoring.words import state_words
from nenghao.hub.registry.models import Enterprise, Industry, Region
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.accounts import MonthSum, MonthTotals, month_sums, month_totals

DIVISION = 3
"""Letters of an industry's code that name its division (大类): ``C30``."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A sum of tce on both bases, with that of the months before and of the year before; None: cannot be told."""

    tce: float | None
    equivalent: float | None
    before: float | None
    year_before: float | None

    @property
    def month_on_month(self) -> float | None:
        """Relative change to the period before [%] (环比)."""
        return change_percent(self.tce, self.before)

    @property
    def year_on_year(self) -> float | None:
        """Relative change to the same months of the year before [%] (同比)."""
        return change_percent(self.tce, self.year_before)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A place or industry with the figure of its enterprises."""

    key: str
    name: str
    enterprises: int
    figure: Figure
    share: float | None


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """An energy over the region; ``net`` in its base unit."""

    energy_key: str
    net: float | None
    figure: Figure
    share: float | None
    is_unverified: bool
    unknown_equivalent: int


@dataclass(frozen=True, slots=True)
class EnterpriseRow:
    """An enterprise's account over the period; attributes by which the table sorts."""

    pk: int
    code: str
    name: str
    region: str
    industry: str
    tce: float | None
    equivalent: float | None
    change: float | None
    measured: float
    missing: float
    imbalance: float | None
    findings: int
    is_unverified: bool
    state: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegionAccounts:
    """Everything the page of a region shows."""

    region: Region
    span: Span
    members: int
    with_account: int
    figure: Figure
    without_equivalent: int
    measured: float | None
    missing: float | None
    unbalanced: int
    findings: int
    is_unverified: bool
    energies: Sequence[EnergyRow]
    industries: Sequence[GroupRow]
    subregions: Sequence[GroupRow]
    enterprises: Sequence[EnterpriseRow]
    trend: dict[str, Any]


def region_accounts(
    *, store: ReadingStore, region: Region, enterprises: QuerySet[Enterprise], span: Span
) -> RegionAccounts:
    """Sum the stored accounts of a region's enterprises; two questions to the store, three to the database."""
    members = list(enterprises.values_list("pk", "code", "name", "region__path", "region__name", "industry_id"))
    ids, months = [row[0] for row in members], Months.of(span)
    since = min(months.year_before.start, _trend_start(months))
    totals = month_totals(store, enterprise_ids=ids, start=since, end=months.end)
    sums = month_sums(store, enterprise_ids=ids, start=since, end=months.end)
    window = _Windows(totals.month, span)
    whole = window.figure(totals, slice(None))
    names = _names(members, region)
    rows = list(_enterprises(members, totals, window, names))
    now = window.now
    return RegionAccounts(
        region=region, span=span, members=len(members), with_account=len(np.unique(totals.enterprise_id[now])),
        figure=whole, without_equivalent=int(np.isnan(totals.tce_equivalent[now]).sum()),
        measured=_weighed(totals, totals.measured_ratio, now), missing=_weighed(totals, totals.missing_ratio, now),
        unbalanced=sum(row.imbalance is not None and row.imbalance > GBT2589.imbalance_limit for row in rows),
        findings=sum(row.findings for row in rows), is_unverified=bool(totals.is_unverified[now].any()),
        energies=_energies(sums, window, whole), enterprises=rows,
        industries=_groups(members, totals, window, whole, lambda row: row[5][:DIVISION], names),
        subregions=_groups(members, totals, window, whole, lambda row: _below(row[3], region), names),
        trend=trend(sums, months),
    )  # fmt: skip


class _Windows:
    """Which months count now, in the period before, and in the year before: as many as the present one has."""

    def __init__(self, months: npt.NDArray[np.datetime64], span: Span) -> None:
        here = Months.of(span)
        reached = months[(months >= _month(here.start)) & (months < _month(here.end))]
        self.first, self.last = _month(here.start), reached.max() if len(reached) else _month(here.start)
        year = np.timedelta64(12, "M")
        back = year if span.kind is PeriodKind.YEAR else np.timedelta64(1, "M")
        self.now, self.before, self.year_before = (
            (months >= self.first - shift) & (months <= self.last - shift)
            for shift in (np.timedelta64(0, "M"), back, year)
        )
        self._shifts = {"before": back, "year_before": year}

    def figure(self, totals: MonthTotals, chosen: Any) -> Figure:
        """Sum the chosen rows in each window."""
        rows = np.zeros(len(totals), dtype=bool)
        rows[chosen] = True
        equivalent = totals.tce_equivalent[rows & self.now]
        return Figure(
            _sum(totals.tce_calorific[rows & self.now]),
            None if not len(equivalent) or np.isnan(equivalent).any() else float(equivalent.sum()),
            _sum(totals.tce_calorific[rows & self.before]), _sum(totals.tce_calorific[rows & self.year_before]),
        )  # fmt: skip

    def sums(self, rows: Iterable[MonthSum]) -> dict[str, list[MonthSum]]:
        """Part one energy's months into the windows."""
        found: dict[str, list[MonthSum]] = {"now": [], "before": [], "year_before": []}
        shifts = {"now": np.timedelta64(0, "M"), **self._shifts}
        for row in rows:
            for name, shift in shifts.items():
                if self.first - shift <= _month(row.month) <= self.last - shift:
                    found[name].append(row)
        return found


def _month(day: date) -> np.datetime64:
    return np.datetime64(day, "M")


def _sum(values: npt.NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.sum()) if len(known) else None


def _known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _weighed(totals: MonthTotals, ratio: npt.NDArray[np.float64], rows: npt.NDArray[np.bool_]) -> float | None:
    """Weigh a ratio by what each account counts; an account of which nothing is known weighs like the mean."""
    weight = np.abs(totals.tce_calorific[rows])
    known = weight[~np.isnan(weight)]
    if not len(weight):
        return None
    weight = np.where(np.isnan(weight), known.mean() if len(known) else 1.0, weight)
    return float(np.average(ratio[rows], weights=weight)) if weight.sum() else float(ratio[rows].mean())


def _energies(sums: Sequence[MonthSum], window: _Windows, whole: Figure) -> list[EnergyRow]:
    found = []
    for key in dict.fromkeys(row.energy_key for row in sums):
        parts = window.sums(row for row in sums if row.energy_key == key)
        now = parts["now"]
        if not now:
            continue
        unknown = sum(row.unknown_equivalent for row in now)
        figure = Figure(
            _known(row.tce_calorific for row in now), None if unknown else _known(row.tce_equivalent for row in now),
            _known(row.tce_calorific for row in parts["before"]),
            _known(row.tce_calorific for row in parts["year_before"]),
        )  # fmt: skip
        found.append(EnergyRow(
            key, _known(row.net for row in now), figure, _share(figure.tce, whole.tce),
            any(row.is_unverified for row in now), unknown,
        ))  # fmt: skip
    return sorted(found, key=lambda row: -(row.figure.tce or 0.0))


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def _below(path: str, region: Region) -> str:
    """Give the code of the child of ``region`` in which a place lies; the region's own code for one right in it."""
    rest = path.removeprefix(region.path).strip("/")
    return rest.split("/")[0] if rest else region.code


def _names(members: Sequence[tuple[Any, ...]], region: Region) -> dict[str, str]:
    codes = {row[5][:DIVISION] for row in members}
    places = {_below(row[3], region) for row in members}
    return dict(Industry.objects.filter(code__in=codes).values_list("code", "name")) | dict(
        Region.objects.filter(code__in=places).values_list("code", "name")
    )


def _groups(  # noqa: PLR0917 -- the question in full
    members: Sequence[tuple[Any, ...]], totals: MonthTotals, window: _Windows, whole: Figure,
    key_of: Callable[[tuple[Any, ...]], str], names: dict[str, str],
) -> list[GroupRow]:  # fmt: skip
    keys = {row[0]: key_of(row) for row in members}
    of_row = np.array([keys[pk] for pk in totals.enterprise_id.tolist()], dtype=object)
    found = []
    for key in sorted(set(keys.values())):
        figure = window.figure(totals, of_row == key)
        count = sum(other == key for other in keys.values())
        found.append(GroupRow(key, names.get(key, key), count, figure, _share(figure.tce, whole.tce)))
    return sorted(found, key=lambda row: -(row.figure.tce or 0.0))


def _enterprises(
    members: Sequence[tuple[Any, ...]], totals: MonthTotals, window: _Windows, names: dict[str, str]
) -> Iterable[EnterpriseRow]:
    rows_of: dict[int, list[int]] = {}
    for row, pk in enumerate(totals.enterprise_id.tolist()):
        rows_of.setdefault(pk, []).append(row)
    for pk, code, name, _path, region, industry in members:
        own = np.array(rows_of.get(pk, ()), dtype=np.int64)
        chosen = own[window.now[own]]
        if not len(chosen):
            continue
        figure = window.figure(totals, own)
        imbalance = totals.imbalance_ratio[chosen]
        worst = float(np.nanmax(imbalance)) if not np.isnan(imbalance).all() else None
        yield EnterpriseRow(
            pk, code, name, region, names.get(industry[:DIVISION]) or industry, figure.tce, figure.equivalent,
            figure.month_on_month, float(totals.measured_ratio[chosen].mean()),
            float(totals.missing_ratio[chosen].mean()), worst, int(totals.findings[chosen].sum()),
            bool(totals.is_unverified[chosen].any()), _states(totals, chosen, worst),
        )  # fmt: skip


def _states(totals: MonthTotals, rows: npt.NDArray[np.int64], imbalance: float | None) -> tuple[str, ...]:
    """Give the words by which the table filters."""
    found = ["unbalanced"] if imbalance is not None and imbalance > GBT2589.imbalance_limit else []
    if not totals.is_complete[rows].all():
        found.append("incomplete")
    if np.isnan(totals.tce_equivalent[rows]).any():
        found.append("no-equivalent")
    return tuple(found)


def _trend_start(months: Months) -> date:
    """Let the chart show twelve months: those up to the last one shown."""
    return date(months.end.year - 1, months.end.month, 1)


def trend(sums: Sequence[MonthSum], months: Months) -> dict[str, Any]:
    """Give the chart of twelve months up to the last one shown, stacked by energy [tce, calorific]."""
    shown = np.arange(_month(_trend_start(months)), _month(months.end))
    of = {(row.energy_key, _month(row.month)): row.tce_calorific for row in sums}
    keys = sorted(
        {row.energy_key for row in sums if _month(row.month) >= shown[0]},
        key=lambda key: -sum(of.get((key, month)) or 0.0 for month in shown),
    )
    with_data = {month for (_key, month), value in of.items() if value is not None}
    first = min(with_data, default=shown[-1])
    return {
        "kind": "trend", "label": _("综合能耗趋势"), "unit": "tce", "words": state_words(), "before": None,
        "periods": [str(month) for month in shown], "titles": [str(month) for month in shown],
        "series": [
            {"name": energy_name(key), "color": energy_colour(key), "estimated": [False] * len(shown),
             "values": [None if (value := of.get((key, month))) is None else round(value, 6) for month in shown]}
            for key in keys
        ],
        "missing": [place for place, month in enumerate(shown) if month > first and month not in with_data],
    }  # fmt: skip
