"""The figures of a situation report: plain values, taken once, from the same functions as the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from django.utils.translation import override

from nenghao.accounting.trace import TotalBasis
from nenghao.hub.analysis.comparing import Against, Line, by_month, lines
from nenghao.hub.analysis.facts import CALORIFIC, Facts, month_range, on_basis
from nenghao.hub.analysis.pages import Analysis, region_analysis
from nenghao.hub.energy_accounts import services as accounts
from nenghao.hub.monitoring.energies import energy_name
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.readings import ReadingStore

MOVED = 20
"""Enterprises listed with what moved them."""


def collect(
    *, store: ReadingStore, region: Region, month: date, basis: TotalBasis = CALORIFIC
) -> dict[str, Any]:  # fmt: skip
    """Take the figures of a region and month on a basis: totals, energies, industries, sub-regions, plants, causes.

    Causes are those of the year-on-year change; of the change on the month before where no year is known yet.
    """
    with override("zh-hans"):  # the report is Chinese, whatever language its author reads the pages in
        analyse = partial(_analysis, store, region, month, basis)
        found = analyse(Against.YEAR, "industry")
        if found.effects is None:
            found = analyse(Against.MONTH, "industry")
        regions, plants = (analyse(found.against, by) for by in ("region", "enterprise"))
        energies = _energies(store, list(found.facts.keys), month, basis)
    now, before = by_month(found.facts)
    return {
        "region_name": region.name, "month": month.isoformat(), "basis": basis, "untold": found.facts.untold,
        "enterprises": len(found.facts.keys),
        "known": int((~np.isnan(found.facts.tce[:, -1])).sum()), "is_unverified": found.is_unverified,
        "tce": found.on_year.now, "on_month": found.on_month.change, "on_year": found.on_year.change,
        "compared_month": found.on_month.compared, "compared_year": found.on_year.compared,
        "cumulative": found.cumulative.now, "cumulative_on_year": found.cumulative.change,
        "compared_cumulative": found.cumulative.compared, "months": now, "months_before": before[: len(now)],
        "against": str(found.against), "effects": _effects(found), "energies": _rows(energies),
        "industries": _rows(found.lines), "regions": _rows(regions.lines),
        "movers": _rows(_movers(plants.lines)[:MOVED]),
    }  # fmt: skip


def _analysis(  # noqa: PLR0917 -- where and how, then what differs from call to call
    store: ReadingStore, region: Region, month: date, basis: TotalBasis, against: Against, by: str
) -> Analysis:  # fmt: skip
    members = Enterprise.objects.filter(region__path__startswith=region.path, active=True)
    return region_analysis(
        store=store, region=region, enterprises=members, month=month, against=against, by=by, basis=basis
    )


def _movers(rows: Sequence[Line]) -> list[Line]:
    """Give those that moved the total most, by the size of their effects."""
    return sorted((row for row in rows if row.effect is not None), key=lambda row: -abs(row.effect or 0.0))


def _effects(found: Analysis) -> dict[str, Any] | None:
    if found.effects is None:
        return None
    values = asdict(found.effects)
    kept = {key: value for key, value in values.items() if key not in ("used", "by_row")}
    kind = found.facts.activity_kind
    return kept | {"activity_name": str(kind.label) if kind else ""}


def _rows(rows: Sequence[Line]) -> list[dict[str, Any]]:
    names = ("label", "month", "share", "on_month", "on_year", "cumulative", "cumulative_on_year",
             "activity", "structure", "intensity", "effect", "is_unverified")  # fmt: skip
    return [{name: getattr(row, name) for name in names} for row in rows]


def _energies(store: ReadingStore, ids: Sequence[Any], month: date, basis: TotalBasis) -> list[Line]:
    """Compare energies: an enterprise's energy is compared when it is known in both periods, as enterprises are."""
    start, end = month_range(month)
    found = accounts.energy_totals(store=store, enterprise_ids=ids, start=start, end=end)
    pairs = list(zip(found.enterprise_id.tolist(), found.energy_key.tolist(), strict=True))
    known = sorted(set(pairs))
    place = {pair: row for row, pair in enumerate(known)}
    months = np.arange(np.datetime64(start, "M"), np.datetime64(end, "M"))
    tce = np.full((len(known), len(months)), np.nan)
    row = np.array([place[pair] for pair in pairs], dtype=np.int64)
    column = (found.month.astype("datetime64[M]") - months[0]).astype(np.int64)
    tce[row, column] = on_basis(found, basis)
    facts = Facts([0] * len(known), months, tce, np.full_like(tce, np.nan), np.zeros(tce.shape, dtype=bool), None)
    return [replace(line, label=energy_name(line.key)) for line in lines(facts, [key for _, key in known], None)]
