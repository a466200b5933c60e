"""Accounting of energy (能耗核算): pure functions on frozen values and NumPy columns; see ``docs/accounting.md``."""

from nenghao.accounting.account import Account, EnergyAccount, account, accounts_by_unit
from nenghao.accounting.account_columns import Accounts, FlowColumns, FlowSums, accounts, flow_codes, sum_flows
from nenghao.accounting.coal_equivalent import coal_equivalent_tce
from nenghao.accounting.flows import Flow, FlowLine
from nenghao.accounting.rate_columns import RateColumns, rates_for
from nenghao.accounting.rates import EquivalentValue, HeatingValue, Rate, choose_rate
from nenghao.accounting.rules import DEFINITIONS, GBT2589, STATISTICS, Mark, Method, Rules

__all__ = [
    "DEFINITIONS", "GBT2589", "STATISTICS", "Account", "Accounts", "EnergyAccount", "EquivalentValue", "Flow",
    "FlowColumns", "FlowLine", "FlowSums", "HeatingValue", "Mark", "Method", "Rate", "RateColumns", "Rules", "account",
    "accounts", "accounts_by_unit", "choose_rate", "coal_equivalent_tce", "flow_codes", "rates_for", "sum_flows",
]  # fmt: skip
