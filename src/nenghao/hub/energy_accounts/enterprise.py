"""The account of one enterprise as its page shows it: the table by energy, findings, rules, products, trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nenghao.accounting.account import Account, EnergyAccount, account
from nenghao.accounting.flows import Flow
from nenghao.accounting.rates import Rate
from nenghao.accounting.rules import Mark
from nenghao.accounting.trace import METHOD_NAMES
from nenghao.hub.energy_accounts.models import AccountRule, RuleKind
from nenghao.hub.energy_accounts.pages import Months, in_language
from nenghao.hub.energy_accounts.products import product_energy
from nenghao.hub.energy_accounts.rates import rules_of
from nenghao.hub.energy_accounts.region import Figure, trend
from nenghao.hub.energy_accounts.services import flow_lines, period_rates
from nenghao.hub.energy_accounts.sources import rule_in_force, stated_rules
from nenghao.hub.monitoring.span import Span
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.production.models import Product
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.accounts import MonthTotals, energy_nets, month_sums, month_totals
from nenghao.reference import status_label

COLUMNS = (
    Flow.OPENING_STOCK, Flow.PURCHASED, Flow.PRODUCED, Flow.RECOVERED, Flow.CONSUMED, Flow.LOST, Flow.EXPORTED,
    Flow.CLOSING_STOCK,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EnergyLine:
    """One energy of the table; ``quantities`` in the order of the table's flows, None where there is no such flow."""

    energy: EnergyAccount
    quantities: tuple[float | None, ...]
    share: float | None

    @property
    def rate(self) -> Rate | None:
        """The factor."""
        return self.energy.rate

    @property
    def kgce(self) -> float | None:
        """What one unit counts [kgce]."""
        return self.energy.rate.kgce if self.energy.rate else None

    @property
    def method(self) -> str:
        """Which lines the net was taken from."""
        return in_language(*METHOD_NAMES[self.energy.method])

    @property
    def is_unverified(self) -> bool:
        """Whether 待核 must be shown."""
        return bool(self.energy.marks & Mark.UNVERIFIED)

    @property
    def status(self) -> str:
        """The status of the factor in the page's language."""
        return status_label(self.energy.rate.status, page_language()) if self.energy.rate else ""


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What a product bears of each energy, in tce; ``energies`` as (key, quantity, tce)."""

    product: Product
    tce: float | None
    equivalent: float | None
    energies: Sequence[tuple[str, float, float]]


@dataclass(frozen=True, slots=True)
class EnterpriseAccount:
    """Everything the page of an enterprise shows."""

    enterprise: Enterprise
    span: Span
    account: Account
    figure: Figure
    flows: Sequence[Flow]
    """Those of :data:`COLUMNS` that some energy has."""
    lines: Sequence[EnergyLine]
    rules: Sequence[AccountRule]
    products: Sequence[ProductRow]
    trend: dict[str, Any]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of these months."""
        return not self.lines


def enterprise_account(*, store: ReadingStore, enterprise: Enterprise, span: Span) -> EnterpriseAccount:
    """Give an enterprise's account of some months, with the two periods it is compared with."""
    months = Months.of(span)
    since = min(months.year_before.start, months.end.replace(year=months.end.year - 1))
    everything = {"enterprise_ids": [enterprise.pk], "start": since, "end": months.end}
    nets = energy_nets(store, enterprise_ids=[enterprise.pk], start=months.start, end=months.end)
    lines = flow_lines(store=store, enterprise=enterprise, start=months.start, end=months.end)
    found = account(lines, period_rates(enterprise, nets), rules_of(enterprise, months.start))
    shown = [flow for flow in COLUMNS if any(flow in energy.flows for energy in found.energies)]
    return EnterpriseAccount(
        enterprise, span, found, _figure(month_totals(store, **everything), span, found), shown,
        [_line(energy, found, shown) for energy in found.energies], _rules(enterprise, months),
        _products(store, enterprise, months), trend(month_sums(store, **everything), months),
    )  # fmt: skip


def _line(energy: EnergyAccount, whole: Account, shown: Sequence[Flow]) -> EnergyLine:
    quantities = tuple(energy.flows.get(flow) for flow in shown)
    share = energy.tce_calorific / whole.tce_calorific if energy.tce_calorific and whole.tce_calorific else None
    return EnergyLine(energy, quantities, share)


def _figure(totals: MonthTotals, span: Span, found: Account) -> Figure:
    """Compare with the same number of months before and of the year before."""
    months, value = totals.month, totals.tce_calorific
    first, end = np.datetime64(span.start.date(), "M"), np.datetime64(span.end.date(), "M")
    here = months[(months >= first) & (months < end)]
    last = here.max() if len(here) else first
    year = np.timedelta64(12, "M")
    back = year if span.kind is PeriodKind.YEAR else np.timedelta64(1, "M")

    def total(shift: np.timedelta64) -> float | None:
        own = value[(months >= first - shift) & (months <= last - shift)]
        return float(own.sum()) if len(own) and not np.isnan(own).any() else None

    known = any(energy.tce_calorific is not None for energy in found.energies)
    return Figure(found.tce_calorific if known else None, found.tce_equivalent if known else None, total(back),
                  total(year))  # fmt: skip


def _rules(enterprise: Enterprise, months: Months) -> list[AccountRule]:
    """Give the stated rules in force at the start of the period."""
    grouped: dict[tuple[str, str], list[AccountRule]] = {}
    for rule in stated_rules([enterprise.pk], tuple(RuleKind)):
        grouped.setdefault((rule.kind, rule.subject), []).append(rule)
    found = [rule_in_force(rules, months.start) for rules in grouped.values()]
    return [rule for rule in found if rule is not None]


def _products(store: ReadingStore, enterprise: Enterprise, months: Months) -> list[ProductRow]:
    borne = product_energy(store=store, enterprise_ids=[enterprise.pk], start=months.start, end=months.end)
    products = Product.objects.in_bulk(np.unique(borne.product_id).tolist())
    found = []
    for pk in dict.fromkeys(borne.product_id.tolist()):
        rows = borne.product_id == pk
        energies = [
            (key, float(borne.quantity[rows & (borne.energy_key == key)].sum()),
             float(borne.tce_calorific[rows & (borne.energy_key == key)].sum()))
            for key in dict.fromkeys(borne.energy_key[rows].tolist())
        ]  # fmt: skip
        found.append(ProductRow(
            products[pk], _total(borne.tce_calorific[rows]), _total(borne.tce_equivalent[rows]),
            sorted(energies, key=lambda row: -abs(np.nan_to_num(row[2]))),
        ))  # fmt: skip
    return found


def _total(values: Any) -> float | None:
    return None if np.isnan(values).any() else float(values.sum())
