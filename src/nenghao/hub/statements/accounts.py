"""What the month accounts say, in the words of statements; nothing where no account is kept for the months."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nenghao.hub.energy_accounts.services import energy_lines, month_totals, product_energy
from nenghao.hub.statements.figures import Figure, per_unit

if TYPE_CHECKING:
    from nenghao.hub.statements.facts import Facts


def account_flows(facts: Facts) -> Mapping[str, Mapping[str, Figure]]:
    """Give by energy and flow the figures of the whole plant [unit of the form], for every month of the period.

    A stock is that of the first or the last month, everything else the sum of the months.
    """
    lines = energy_lines(
        store=facts.store, enterprise_ids=[facts.enterprise.pk], start=facts.period.start, end=facts.period.end
    )
    found: dict[tuple[str, str], dict[str, float]] = {}
    for place in range(len(lines)):
        if not lines.unit_code[place] and not math.isnan(float(lines.quantity[place])):
            key = (str(lines.energy_key[place]), str(lines.flow[place]))
            found.setdefault(key, {})[str(lines.month[place])[:7]] = float(lines.quantity[place])
    months = [str(month)[:7] for month in facts.period.months]
    made: dict[str, dict[str, Figure]] = {}
    for (energy, flow), known in found.items():
        wanted = {"opening_stock": months[:1], "closing_stock": months[-1:]}.get(flow, months)
        if all(month in known for month in wanted):
            total = math.fsum(known[month] for month in wanted) / per_unit(energy)
            made.setdefault(energy, {})[flow] = Figure(
                total, "能耗核算（GB/T 2589）", "month accounts (GB/T 2589)", facts.trace_url(energy)
            )
    return made


def account_tce(facts: Facts) -> Mapping[str, Figure]:
    """Give comprehensive consumption on both bases [tce], where every month of the period is known."""
    found = month_totals(
        store=facts.store, enterprise_ids=[facts.enterprise.pk], start=facts.period.start, end=facts.period.end
    )
    made, is_unverified = {}, bool(found.is_unverified.any())
    for basis, column, zh in (
        ("tce_calorific", found.tce_calorific, "当量值"), ("tce_equivalent", found.tce_equivalent, "等价值"),
    ):  # fmt: skip
        known = [float(value) for value in column if not math.isnan(float(value))]
        if len(known) == len(facts.period.months):
            label = f"month accounts ({basis.removeprefix('tce_')} basis)"
            made[basis] = Figure(math.fsum(known), f"能耗核算（{zh}）", label, facts.place_url, is_unverified)
    return made


def product_tce(facts: Facts) -> Mapping[int, float]:
    """Give the energy that each product bears [tce, calorific] by the enterprise's stated rule.

    Known where every month of the period is.
    """
    found = product_energy(
        store=facts.store, enterprise_ids=[facts.enterprise.pk], start=facts.period.start, end=facts.period.end
    )
    months: dict[int, dict[str, float]] = {}
    rows = zip(found.product_id.tolist(), found.month.astype(str), found.tce_calorific.tolist(), strict=True)
    for product, month, value in rows:
        own = months.setdefault(product, {})
        own[month] = own.get(month, 0.0) + value
    whole = len(facts.period.months)
    sums = {product: math.fsum(own.values()) for product, own in months.items() if len(own) == whole}
    return {product: value for product, value in sums.items() if not math.isnan(value)}
