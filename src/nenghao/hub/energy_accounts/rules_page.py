"""What is stated of an enterprise's account, with its history, and what holds without a statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from nenghao.hub.energy_accounts.forms import METHODS
from nenghao.hub.energy_accounts.models import AccountRule, FlowChoice, ItemFlow, RuleKind
from nenghao.hub.evidence.models import LedgerRow
from nenghao.hub.monitoring.energies import energy_name
from nenghao.hub.registry.models import DataItem, Enterprise, Process


@dataclass(frozen=True, slots=True)
class Stated:
    """A current statement in words, with its earlier versions (words, row)."""

    row: Any
    title: str
    words: str
    older: Sequence[tuple[str, LedgerRow]]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A data item with the flow that counts without a statement, and the statements about it."""

    item: DataItem
    by_rule: str
    stated: Sequence[Stated]


@dataclass(frozen=True, slots=True)
class RulesPage:
    """Everything the page shows."""

    items: Sequence[ItemRow]
    rules: Sequence[Stated]


def rules_page(enterprise: Enterprise) -> RulesPage:
    """Give the flows and rules of an enterprise; four queries."""
    processes = dict(Process.objects.filter(enterprise=enterprise).values_list("code", "name"))
    flows: dict[int, list[ItemFlow]] = {}
    for row in ItemFlow.objects.filter(enterprise=enterprise).order_by("-from_month", "-version"):
        flows.setdefault(row.data_item_id, []).append(row)
    items = DataItem.objects.filter(enterprise=enterprise, active=True).exclude(energy_key="").order_by("data_code")
    rows = [
        ItemRow(item, rule_words(item), _stated(flows.get(item.pk, ()), lambda row: _flow_words(row, processes)))
        for item in items
    ]
    rules = AccountRule.objects.filter(enterprise=enterprise).order_by("kind", "subject", "-from_month", "-version")
    return RulesPage(rows, _stated(rules, lambda row: _rule_words(row, processes)))


def rule_words(item: DataItem) -> str:
    """Say what an item is without a statement (``sql/accounts/gather.sql`` computes it)."""
    if item.counts_in_total:
        return _("购进量；台账另有购进时为消费量")
    if item.usage_code == "30" and item.scope in (1, 2):
        return _("加工转换产出")
    if item.scope == 2:
        return _("工序消费量")
    return _("不列入核算")


def _stated(rows: Any, words: Any) -> list[Stated]:
    """Gather versions under the current one of each key, in the order given."""
    found: list[Stated] = []
    older: dict[tuple[Any, ...], list[tuple[str, LedgerRow]]] = {}
    for row in rows:
        key = tuple(
            getattr(row, name) for name in ("data_item_id", "kind", "subject", "from_month") if hasattr(row, name)
        )
        if row.is_current:
            older[key] = []
            title = RuleKind(row.kind).label if isinstance(row, AccountRule) else ""
            found.append(Stated(row, str(title), words(row), older[key]))
        elif key in older:
            older[key].append((words(row), row))
    return found


def _flow_words(row: ItemFlow, processes: dict[str, str]) -> str:
    place = processes.get(row.unit_code, row.unit_code)
    return f"{FlowChoice(row.flow).label} · {place}" if place else str(FlowChoice(row.flow).label)


def _rule_words(row: AccountRule, processes: dict[str, str]) -> str:
    if row.kind == RuleKind.BOUNDARY:
        names = [processes.get(code) or code for code in row.content.get("outside", ())]
        return _("边界之外：%(names)s") % {"names": "、".join(names)} if names else _("全部工序在边界之内")
    if row.kind == RuleKind.FEEDSTOCK:
        return _("计入综合能耗") if row.content.get("included", True) else _("不计入综合能耗")
    energy, _slash, process = row.subject.partition("/")
    of = "、".join(
        [energy_name(energy) if energy else _("全部品种"), processes.get(process) or process or _("全厂共用")]
    )
    method = str(dict(METHODS).get(row.content.get("method", ""), ""))
    shares = "、".join(f"{code} {share:.3g}" for code, share in row.content.get("shares", {}).items())
    return f"{of}：{method} {shares}".strip()
