"""What the month accounts say, in the words of statements; nothing where no account is kept for the months."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nenghao.hub.statements.facts import Figure, per_unit

if TYPE_CHECKING:
    from nenghao.hub.statements.facts import Facts

STOCKS = frozenset({"opening_stock", "closing_stock"})


def account_flows(facts: Facts) -> Mapping[str, Mapping[str, Figure]]:
    """Give by energy and flow the figures of the whole plant [unit of the form], for every month of the period.

    A stock is that of the first or the last month, everything else the sum of the months.
    """
    services: Any = importlib.import_module("nenghao.hub.energy_accounts.services")
    lines = services.energy_lines(
        store=facts.store, enterprise_ids=[facts.enterprise.pk], start=facts.period.start, end=facts.period.end
    )
    months = [str(month)[:7] for month in facts.period.months]
    found: dict[tuple[str, str], dict[str, float]] = {}
    for place in range(len(lines.enterprise_id)):
        if not lines.unit_code[place] and not math.isnan(float(lines.quantity[place])):
            key = (str(lines.energy_key[place]), str(lines.flow[place]))
            found.setdefault(key, {})[str(lines.month[place])[:7]] = float(lines.quantity[place])
    return _by_energy(facts, found, months)


def _by_energy(
    facts: Facts, found: Mapping[tuple[str, str], Mapping[str, float]], months: list[str]
) -> dict[str, dict[str, Figure]]:
    made: dict[str, dict[str, Figure]] = {}
    for (energy, flow), known in found.items():
        wanted = {"opening_stock": months[:1], "closing_stock": months[-1:]}.get(flow, months)
        if all(month in known for month in wanted):
            total = math.fsum(known[month] for month in wanted) / per_unit(energy)
            made.setdefault(energy, {})[flow] = Figure(
                total, "能耗核算（GB/T 2589）", "month accounts (GB/T 2589)", facts.trace_url(energy)
            )
    return made
