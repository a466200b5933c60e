"""What other apps ask of the accounts: month totals, lines, energy per product, and one account with everything behind.

All questions take the enterprises that the asker may see and a half-open range of months, and answer from what is
stored, in a fixed number of queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np

from nenghao.accounting.account import Account, account
from nenghao.accounting.flows import Flow, FlowLine
from nenghao.accounting.rates import Rate
from nenghao.hub.energy_accounts.computing import refresh
from nenghao.hub.energy_accounts.products import ProductEnergy, product_energy
from nenghao.hub.energy_accounts.rates import rates_of, rules_of, weighed
from nenghao.hub.energy_accounts.sources import first_day
from nenghao.hub.registry.models import Enterprise
from nenghao.readings import ReadingStore
from nenghao.readings.accounts import AccountLines, EnergyNets, MonthTotals, account_lines, energy_nets
from nenghao.readings.accounts import month_totals as stored_totals

__all__ = [
    "AccountLines", "EnergyNets", "MonthTotals", "ProductEnergy", "account_of", "energy_lines", "energy_totals",
    "flow_lines", "month_totals", "product_energy", "refresh",
]  # fmt: skip


def month_totals(*, store: ReadingStore, enterprise_ids: Iterable[int], start: date, end: date) -> MonthTotals:
    """Give the comprehensive consumption of every month that starts in [start, end), on both bases [tce]."""
    return stored_totals(store, enterprise_ids=enterprise_ids, start=start, end=end)


def energy_lines(*, store: ReadingStore, enterprise_ids: Iterable[int], start: date, end: date) -> AccountLines:
    """Give every flow of every energy, by part of the plant, of the months that start in [start, end)."""
    return account_lines(store, enterprise_ids=enterprise_ids, start=start, end=end)


def energy_totals(*, store: ReadingStore, enterprise_ids: Iterable[int], start: date, end: date) -> EnergyNets:
    """Give what counts of every energy in the total, with rate and imbalance, month by month."""
    return energy_nets(store, enterprise_ids=enterprise_ids, start=start, end=end)


def account_of(*, store: ReadingStore, enterprise: Enterprise, start: date, end: date) -> Account:
    """Give the account of an enterprise over the months that start in [start, end), with its lines and rates.

    Over several months flows are added up, the opening stock is the first month's and the closing stock the last one's;
    the rate of an energy is then the mean of the months' weighed by what counted in each, so that totals are the sums
    of the months'.
    """
    lines = flow_lines(store=store, enterprise=enterprise, start=start, end=end)
    nets = energy_nets(store, enterprise_ids=[enterprise.pk], start=start, end=end)
    return account(lines, period_rates(enterprise, nets), rules_of(enterprise, end))


def flow_lines(*, store: ReadingStore, enterprise: Enterprise, start: date, end: date) -> list[FlowLine]:
    """Give the lines of an enterprise's account, months added up."""
    found = account_lines(store, enterprise_ids=[enterprise.pk], start=start, end=end)
    first, last = (found.month.min(), found.month.max()) if len(found) else (None, None)
    rows: dict[tuple[str, str, str], list[int]] = {}
    for row in range(len(found)):
        flow = found.flow[row]
        if (flow == Flow.OPENING_STOCK and found.month[row] != first) or (
            flow == Flow.CLOSING_STOCK and found.month[row] != last
        ):
            continue
        rows.setdefault((found.energy_key[row], found.unit_code[row], flow), []).append(row)
    return [_added(found, key, own) for key, own in rows.items()]


def _added(found: AccountLines, key: tuple[str, str, str], rows: list[int]) -> FlowLine:
    energy_key, unit_code, flow = key
    sources = dict.fromkeys(source for row in rows for source in found.sources[row].split(";"))
    return FlowLine(
        energy_key, Flow(flow), float(found.quantity[rows].sum()), unit_code, ";".join(sources),
        float(found.measured_ratio[rows].mean()), float(found.missing_ratio[rows].mean()),
    )  # fmt: skip


def period_rates(enterprise: Enterprise, nets: EnergyNets) -> Mapping[str, Rate]:
    """Give the rate of each energy over the months: the last month's, weighed where the months differ."""
    found: dict[str, Rate] = {}
    for key in dict.fromkeys(nets.energy_key.tolist()):
        rows = np.flatnonzero(nets.energy_key == key)
        rate = rates_of(enterprise, [key], first_day(nets.month[int(rows[-1])]))[key]
        found[key] = weighed(rate, nets, rows)
    return found
