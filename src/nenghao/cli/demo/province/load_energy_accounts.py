"""Own power, recovered heat and gas, exports, boundaries and rules of plants, and equivalent values; then the accounts.

All of it is the generator's own: orders of magnitude that give every page something to show, marked as made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction

from nenghao.cli.demo.province.generate import Province
from nenghao.cli.demo.province.load_evidence import DOCUMENT
from nenghao.cli.demo.province.load_registry import ACTOR, Registered
from nenghao.cli.demo.province.plan import PROVINCE, EnterprisePlan
from nenghao.cli.demo.province.sent import Sent
from nenghao.hub.energy_accounts.computing import check_reference, refresh
from nenghao.hub.energy_accounts.models import AccountRule, EquivalentValue, ItemFlow, RuleKind
from nenghao.hub.evidence.models import MonthlyFigure, Via
from nenghao.hub.registry.models import DataItem
from nenghao.readings import ReadingStore
from nenghao.readings.account_writes import Stored
from nenghao.reference import library
from nenghao.units import conversion_factor

_STREAM = 13
_CHUNK = 1000
SOURCE = "合成，非真实等价值"
EQUIVALENT_KGCE = {"electricity": 0.302, "heat": 40.1}
"""Equivalent values of the first year [kgce per base unit]; they fall by 1 % a year."""
FLOWS = {
    "cement": {"electricity": {"recovered": ("electricity", 0.28)}},
    "steel": {
        "electricity": {"produced": ("electricity", 0.45)},
        "blast_furnace_gas": {
            "recovered": ("coke", 2600.0),
            "consumption": ("coke", 2600.0),
            "transformed": ("coke", 1500.0),
        },
        "heat": {"recovered": ("coke", 1.4), "consumption": ("coke", 0.8), "exported": ("coke", 0.6)},
    },
    "refining": {"refinery_gas": {"exported": ("refinery_gas", 0.04)}},
    "methanol": {"raw_coal": {"feedstock": ("raw_coal", 0.62)}},
    "soda_ash": {"heat": {"lost": ("heat", 0.015)}},
}
"""By industry and energy: a flow as a share of what the whole plant's item of an energy shows [base unit of one per
base unit of the other]. The generator's own orders of magnitude."""
NOT_FEEDSTOCK_EVERY, OUTSIDE_EVERY, STATED_EVERY = 2, 25, 3


@dataclass(frozen=True, slots=True)
class _Entered:
    now: datetime

    def row(self) -> dict[str, Any]:
        return {"entered_by": ACTOR.name, "entered_at": self.now, "via": Via.IMPORT}


@transaction.atomic
def load_energy_accounts(province: Province, registered: Registered, now: datetime) -> int:
    """Insert ledger flows, stated flows and rules, and equivalent values; gives the number of rows."""
    entered = _Entered(now).row()
    made: list[tuple[Any, list[Any]]] = [
        (MonthlyFigure, list(_figures(province, registered, entered))),
        (ItemFlow, list(_flows(province, registered, entered))),
        (AccountRule, list(_rules(province, registered, entered))),
        (EquivalentValue, list(_equivalents(province, entered))),
    ]
    for model, rows in made:
        model._default_manager.bulk_create(rows, batch_size=_CHUNK)
    return sum(len(rows) for _, rows in made)


def compute(store: ReadingStore, now: datetime) -> Stored:
    """Compute every account, as the serving hub does."""
    store.rollup_pending()
    check_reference(store)
    return refresh(store=store, now=now)


def _figures(province: Province, registered: Registered, entered: dict[str, Any]) -> Iterator[MonthlyFigure]:
    for sent in province.sent:
        plan = sent.enterprise
        for energy_key, flows in FLOWS.get(plan.industry.key, {}).items():
            energy = library().energy_type(energy_key)
            to_wire = 1 / conversion_factor(energy.wire_unit, energy.base_unit)
            for month, quantities in _by_month(province, sent, flows):
                for kind, quantity in quantities.items():
                    yield MonthlyFigure(
                        enterprise=registered.enterprises[plan.code], energy_key=energy_key, month=month, kind=kind,
                        quantity=quantity, entered_quantity=quantity * to_wire, entered_unit=energy.wire_unit,
                        document=DOCUMENT, **entered,
                    )  # fmt: skip


def _by_month(
    province: Province, sent: Sent, flows: dict[str, tuple[str, float]]
) -> Iterator[tuple[date, dict[str, float]]]:
    """Yield each month with its flows; flows of one energy scatter alike, so that they stay in balance."""
    rng = np.random.default_rng([province.plan.seed, _STREAM, sent.enterprise.number])
    usual = rng.uniform(0.9, 1.1)
    for place, (_, _, month) in enumerate(sent.months):
        scale = usual * rng.normal(1, 0.02)
        found = {kind: round(_shown(sent, key, place) * share * scale, 3) for kind, (key, share) in flows.items()}
        if any(found.values()):
            yield month, found


def _shown(sent: Sent, energy_key: str, month: int) -> float:
    """Give what the whole plant's item of an energy truly showed in a month."""
    items = sent.enterprise.items
    rows = [row for row in sent.enterprise.rows(energy=energy_key) if items[row].plant]
    return float(sent.series.month[rows, month].sum())


def _flows(province: Province, registered: Registered, entered: dict[str, Any]) -> Iterator[ItemFlow]:
    """State for some plants what the rule would say anyway: what lies in store is metered where it is used."""
    stored = {(plan.code, item.data_code) for plan in _chosen(province, STATED_EVERY) for item in plan.items
              if item.stock and item.plant}  # fmt: skip
    rows = DataItem.objects.filter(data_code__in={code for _, code in stored})
    for pk, enterprise, code in rows.values_list("pk", "enterprise__code", "data_code"):
        if (enterprise, code) in stored:
            yield ItemFlow(
                enterprise=registered.enterprises[enterprise], data_item_id=pk, from_month=_first(province),
                flow="consumed", **entered,
            )  # fmt: skip


def _rules(province: Province, registered: Registered, entered: dict[str, Any]) -> Iterator[AccountRule]:
    """State a boundary for some plants, from the fourth month on, and for half the methanol plants no feedstock."""
    months = [month for _, _, month in province.plan.months]
    for plan in _chosen(province, OUTSIDE_EVERY):
        yield AccountRule(
            enterprise=registered.enterprises[plan.code], kind=RuleKind.BOUNDARY, basis="公用系统对外租赁（合成）",
            from_month=months[min(3, len(months) - 1)] if months else _first(province), content={"outside": ["90"]},
            **entered,
        )  # fmt: skip
    methanol = [plan for plan in province.plan.enterprises if plan.industry.key == "methanol"]
    for plan in methanol[::NOT_FEEDSTOCK_EVERY]:
        yield AccountRule(
            enterprise=registered.enterprises[plan.code], kind=RuleKind.FEEDSTOCK, basis="原料用能不计入（合成）",
            from_month=_first(province), content={"included": False}, **entered,
        )  # fmt: skip


def _chosen(province: Province, every: int) -> Sequence[EnterprisePlan]:
    return [plan for plan in province.plan.enterprises if plan.number % every == every - 1]


def _first(province: Province) -> date:
    return province.plan.first.replace(day=1)


def _equivalents(province: Province, entered: dict[str, Any]) -> Iterator[EquivalentValue]:
    for year in range(province.plan.first.year, province.plan.last.year + 1):
        for key, value in EQUIVALENT_KGCE.items():
            yield EquivalentValue(
                region_id=PROVINCE, energy_key=key, year=year, source=SOURCE, is_simulated=True,
                kgce_per_unit=round(value * 0.99 ** (year - province.plan.first.year), 4), **entered,
            )  # fmt: skip
