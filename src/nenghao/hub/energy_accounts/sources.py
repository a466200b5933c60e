"""What accounts are made of beside readings: stated flows, figures of the ledgers, heating values, equivalent values.

Everything is asked for many enterprises at once, a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import numpy as np
import pyarrow as pa
from django.db.models import QuerySet

from nenghao.accounting.flows import Flow
from nenghao.hub.energy_accounts.models import AccountRule, EquivalentValue, ItemFlow, RuleKind
from nenghao.hub.evidence.models import FigureKind, MonthlyFigure
from nenghao.hub.evidence.services import heating_values
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import month_after
from nenghao.readings.account_writes import FIGURES, STATED

FLOW_OF: dict[str, str] = {
    FigureKind.PURCHASE: Flow.PURCHASED, FigureKind.OPENING_STOCK: Flow.OPENING_STOCK,
    FigureKind.CLOSING_STOCK: Flow.CLOSING_STOCK, FigureKind.CONSUMPTION: Flow.CONSUMED,
    FigureKind.PRODUCED: Flow.PRODUCED, FigureKind.RECOVERED: Flow.RECOVERED, FigureKind.EXPORTED: Flow.EXPORTED,
    FigureKind.LOST: Flow.LOST, FigureKind.TRANSFORMED: Flow.TRANSFORMED, FigureKind.FEEDSTOCK: Flow.FEEDSTOCK,
    FigureKind.NON_INDUSTRIAL: Flow.NON_INDUSTRIAL, FigureKind.TRANSPORT: Flow.TRANSPORT,
}  # fmt: skip
"""Kinds of monthly figures that are flows; a supplier's bill is held against them, an amount is no quantity."""

EnergyMonth = tuple[int, str, date]
"""An enterprise, an energy and the first day of a month."""


def stated_flows(enterprise_ids: Iterable[int]) -> pa.Table:
    """Give what was stated about items, each until the next statement (:data:`STATED`); one query."""
    rows = ItemFlow.objects.filter(enterprise__in=list(enterprise_ids), is_current=True, withdrawn=False)
    known = rows.order_by("data_item_id", "from_month").values_list("data_item_id", "from_month", "flow", "unit_code")
    found = [
        {"data_item_id": item, "from_month": start, "until_month": until, "flow": flow, "unit_code": unit}
        for item, start, until, (flow, unit) in _spans(known)
    ]
    return pa.Table.from_pylist(found, schema=STATED)


def _spans(rows: Iterable[tuple]) -> Iterator[tuple[object, date, date | None, Sequence]]:
    """Let each row (key, from, content …) hold until the next one of its key."""
    for key, group in groupby(rows, lambda row: row[0]):
        held = list(group)
        for row, after in zip(held, [*held[1:], None], strict=True):
            yield key, row[1], after[1] if after else None, row[2:]


def filed_figures(enterprise_ids: Iterable[int], start: date, end: date) -> pa.Table:
    """Give the current figures of the ledgers in [start, end) that are flows (:data:`FIGURES`); one query."""
    rows = MonthlyFigure.objects.filter(
        enterprise__in=list(enterprise_ids), month__gte=start, month__lt=end, is_current=True, withdrawn=False,
        kind__in=list(FLOW_OF),
    ).order_by("enterprise_id", "month", "energy_key", "kind")  # fmt: skip
    columns = list(zip(*rows.values_list("enterprise_id", "month", "energy_key", "kind", "quantity"), strict=True))
    ids, months, energies, kinds, quantities = columns or ((),) * 5
    flows = [str(FLOW_OF[kind]) for kind in kinds]
    return pa.table([ids, months, energies, kinds, flows, quantities], schema=FIGURES)


def measured_heating(enterprise_ids: Iterable[int], start: date, end: date) -> dict[EnergyMonth, float]:
    """Give the measured heating value of each enterprise's energy and month of [start, end), in the value's own unit.

    Several values in a month are weighed by the days on which each holds; days before the first one do not count.
    """
    found = heating_values(enterprise_ids=enterprise_ids, start=start, end=end)
    sums: dict[EnergyMonth, tuple[float, int]] = {}
    first = found.from_day.astype("datetime64[D]").astype(object)
    until = found.until_day.astype("datetime64[D]").astype(object)
    rows = zip(found.enterprise_id.tolist(), found.energy_key.tolist(), first, until, found.value.tolist(), strict=True)
    for enterprise_id, energy_key, from_day, until_day, value in rows:
        month = max(start, from_day.replace(day=1))
        last = min(end, until_day or end)
        while month < last:
            days = (min(last, month_after(month)) - max(from_day, month)).days
            weighed, counted = sums.get((enterprise_id, energy_key, month), (0.0, 0))
            sums[enterprise_id, energy_key, month] = (weighed + value * days, counted + days)
            month = month_after(month)
    return {key: weighed / days for key, (weighed, days) in sums.items()}


@dataclass(frozen=True, slots=True)
class Equivalents:
    """Stated equivalent values by place: the nearest region upward counts."""

    stated: dict[tuple[str, str, int], EquivalentValue]
    """By path of the region, energy and year."""

    def at(self, path: str, energy_key: str, year: int) -> EquivalentValue | None:
        """Give what holds at a region, by its path, or nothing."""
        codes = path.rstrip("/").split("/")
        for length in range(len(codes), 0, -1):
            found = self.stated.get(("/".join(codes[:length]) + "/", energy_key, year))
            if found is not None:
                return found
        return None


def equivalents(years: Iterable[int]) -> Equivalents:
    """Give every equivalent value that is stated for these years; one query."""
    rows = EquivalentValue.objects.filter(year__in=list(years), is_current=True, withdrawn=False)
    return Equivalents({(row.region.path, row.energy_key, row.year): row for row in rows.select_related("region")})


def region_paths(enterprise_ids: Iterable[int]) -> dict[int, str]:
    """Give the path of each enterprise's region; one query."""
    rows = Enterprise.objects.filter(pk__in=list(enterprise_ids))
    return dict(rows.values_list("pk", "region__path"))


def stated_rules(enterprise_ids: Iterable[int], kinds: Iterable[str] = tuple(RuleKind)) -> QuerySet[AccountRule]:
    """Give the current rules of these kinds, each enterprise's in the order of kind, subject and month; one query."""
    return AccountRule.objects.filter(
        enterprise__in=list(enterprise_ids), kind__in=list(kinds), is_current=True, withdrawn=False
    ).order_by("enterprise_id", "kind", "subject", "from_month")


def rule_in_force(rules: Iterable[AccountRule], on: date) -> AccountRule | None:
    """Of rules of one kind and subject, in the order of their months, give the one that holds on a day."""
    found = None
    for rule in rules:
        if rule.from_month <= on:
            found = rule
    return found


def first_day(month: np.datetime64) -> date:
    """Give the first day of a month that stands in a column."""
    return month.astype("datetime64[D]").item()
