"""Puts products, their outputs and economic figures into production, in bulk.

Every figure is the generator's own and marked as made up; outputs follow what truly happened in the plant.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from django.db import transaction

from nenghao.cli.demo.province.generate import Province
from nenghao.cli.demo.province.load_evidence import DOCUMENT
from nenghao.cli.demo.province.load_registry import ACTOR, Registered
from nenghao.cli.demo.province.load_targets import months_before
from nenghao.cli.demo.province.plan import EnterprisePlan
from nenghao.cli.demo.province.sent import Sent
from nenghao.hub.evidence.models import Via
from nenghao.hub.production.models import EconomicFigure, EconomicKind, Product, ProductOutput
from nenghao.hub.registry.models import DataItem

_STREAM = 11
_CHUNK = 1000
_PRICE_YEAR = 2025
_NEW_EVERY = 6
"""One of so many plants counts as new capacity."""
_ENERGY_COST_YUAN = {"electricity": 0.62, "natural_gas": 3.1, "heat": 52.0, "raw_coal": 780.0, "coke": 2100.0,
                     "diesel": 7600.0, "refinery_gas": 2300.0, "fresh_water": 4.2}  # fmt: skip
"""Prices per base unit; the generator's own."""


@dataclass(frozen=True, slots=True)
class ProductKind:
    """What plants of an industry make, as ``data/products.toml`` describes it."""

    industry: str
    choices: tuple[tuple[str, str], ...]
    name: str
    unit: str
    process: str
    per_output: tuple[float, float]
    parameters: Mapping[str, tuple[float, ...]]

    @property
    def filed(self) -> bool:
        """Whether a person files its output; else the uploaded item is the output."""
        return bool(self.parameters) or self.per_output != (1.0, 1.0)


@cache
def kinds() -> Mapping[str, tuple[ProductKind, ...]]:
    """Give the kinds by industry."""
    path = files("nenghao.cli.demo.province") / "data" / "products.toml"
    found: dict[str, tuple[ProductKind, ...]] = {}
    for row in tomllib.loads(path.read_text(encoding="utf-8"))["product"]:
        low, high = row.get("per_output", (1.0, 1.0))
        kind = ProductKind(
            row["industry"], tuple((product, condition) for product, condition in row["choices"]), row.get("name", ""),
            row.get("unit", ""), row.get("process", ""), (low, high),
            {name: tuple(bounds) for name, bounds in row.get("parameters", {}).items()},
        )  # fmt: skip
        found[kind.industry] = (*found.get(kind.industry, ()), kind)
    return found


@transaction.atomic
def load_production(province: Province, registered: Registered, now: datetime) -> int:
    """Insert products, filed outputs and economic figures; gives the number of rows."""
    items = _product_items(province)
    turns: dict[str, int] = {}
    made: list[tuple[Product, ProductKind, EnterprisePlan]] = []
    for plan in province.plan.enterprises:
        turn = turns[plan.industry.key] = turns.get(plan.industry.key, -1) + 1
        enterprise = registered.enterprises[plan.code]
        for number, kind in enumerate(kinds()[plan.industry.key], start=1):
            product = _product(plan, kind, turn=turn, items=items)
            product.enterprise, product.code = enterprise, f"P{number}"
            made.append((product, kind, plan))
    Product.objects.bulk_create([product for product, _, _ in made], batch_size=_CHUNK)
    sent = {one.enterprise.code: one for one in province.sent}
    entered: dict[str, Any] = {"entered_by": ACTOR.name, "entered_at": now, "via": Via.IMPORT}
    outputs = [*_outputs(province, made, sent, entered), *_outputs_before(province, made, sent, entered)]
    figures = list(_economics(province, registered, entered))
    ProductOutput.objects.bulk_create(outputs, batch_size=_CHUNK)
    EconomicFigure.objects.bulk_create(figures, batch_size=_CHUNK)
    return len(made) + len(outputs) + len(figures)


def _product_items(province: Province) -> dict[tuple[str, str], int]:
    """Give the registered output items by enterprise and data code, in one query."""
    codes = {item.data_code for plan in province.plan.enterprises for item in plan.items if item.kind == "product"}
    rows = DataItem.objects.filter(data_code__in=codes).values_list("enterprise__code", "data_code", "pk")
    return {(enterprise, code): pk for enterprise, code, pk in rows}


def _product(plan: EnterprisePlan, kind: ProductKind, *, turn: int, items: Mapping[tuple[str, str], int]) -> Product:
    product, condition = kind.choices[turn % len(kind.choices)]
    code = f"00-00-0000-04{plan.industry.product.code}-30"
    own = next(item for item in plan.items if item.kind == "product")
    return Product(
        name=f"{kind.name or own.name.removesuffix('（模拟）').removesuffix('产量')}（模拟）",
        unit=kind.unit or own.base_unit, process_code=kind.process, quota_product=product, quota_condition=condition,
        is_new_capacity=turn % _NEW_EVERY == _NEW_EVERY - 1, annual_capacity=round(plan.capacity * 330, -2),
        commissioned_on=date(2004 + (turn * 5) % 20, 1 + turn % 12, 1),
        data_item_id=None if kind.filed else items.get((plan.code, code)),
    )  # fmt: skip


def _outputs(
    province: Province, made: list[tuple[Product, ProductKind, EnterprisePlan]], sent: Mapping[str, Sent],
    entered: dict[str, Any],
) -> Iterator[ProductOutput]:  # fmt: skip
    """Yield the outputs that a person filed: those that carry parameters or are counted in another unit."""
    for product, kind, plan in made:
        if not kind.filed or plan.code not in sent:
            continue
        rng = np.random.default_rng([province.plan.seed, _STREAM, plan.number])
        share = float(rng.uniform(kind.per_output[0], kind.per_output[1]))
        row = plan.rows(kind="product")[0]
        for (_, _, month), quantity in zip(sent[plan.code].months, sent[plan.code].series.month[row], strict=True):
            parameters = {name: _drawn(bounds, rng) for name, bounds in kind.parameters.items()}
            if quantity > 0:
                yield ProductOutput(
                    product=product, enterprise=product.enterprise, month=month, parameters=parameters,
                    quantity=round(float(quantity) * share, 2), document=DOCUMENT, **entered,
                )  # fmt: skip


def _outputs_before(
    province: Province, made: list[tuple[Product, ProductKind, EnterprisePlan]], sent: Mapping[str, Sent],
    entered: dict[str, Any],
) -> Iterator[ProductOutput]:  # fmt: skip
    """Yield last year's outputs of the months that lie before the readings: this year's, a little less."""
    for product, kind, plan in made:
        if plan.code not in sent:
            continue
        rng = np.random.default_rng([province.plan.seed, _STREAM, plan.number, 2])
        share = float(np.random.default_rng([province.plan.seed, _STREAM, plan.number]).uniform(*kind.per_output))
        quantities = sent[plan.code].series.month[plan.rows(kind="product")[0]]
        for place, month in months_before([month for _, _, month in sent[plan.code].months]):
            quantity = round(float(quantities[place]) * share * float(rng.uniform(0.95, 1.0)), 2)
            parameters = {name: _drawn(bounds, rng) for name, bounds in kind.parameters.items()}
            if quantity > 0:
                yield ProductOutput(
                    product=product, enterprise=product.enterprise, month=month, parameters=parameters,
                    quantity=quantity, document=DOCUMENT, **entered,
                )  # fmt: skip


def _drawn(bounds: tuple[float, ...], rng: np.random.Generator) -> float | bool:
    """Draw a parameter; a single bound stands for yes."""
    return bool(bounds[0]) if len(bounds) == 1 else round(float(rng.uniform(bounds[0], bounds[1])), 1)


def _economics(province: Province, registered: Registered, entered: dict[str, Any]) -> Iterator[EconomicFigure]:
    """Yield every kind of figure for every whole month of a connected plant, from its true output value and energy."""
    for sent in province.sent:
        plan = sent.enterprise
        rng = np.random.default_rng([province.plan.seed, _STREAM, plan.number, 1])
        added, margin = rng.uniform(0.2, 0.34), rng.uniform(0.03, 0.13)
        value_row = plan.rows(kind="value")[0]
        for place, (_, _, month) in enumerate(sent.months):
            current = float(sent.series.month[value_row, place]) * 1e4
            costs = _energy_cost(sent, place)
            amounts = _amounts(current, costs, added=added, margin=margin, deflator=float(rng.normal(1.012, 0.004)))
            for kind, amount in amounts.items():
                yield EconomicFigure(
                    enterprise=registered.enterprises[plan.code], month=month, kind=kind, amount_yuan=round(amount, 2),
                    price_year=_PRICE_YEAR if kind.endswith("constant") else None, document=DOCUMENT, **entered,
                )  # fmt: skip


def _amounts(current: float, energy: float, *, added: float, margin: float, deflator: float) -> dict[str, float]:
    return {
        EconomicKind.OUTPUT_VALUE_CURRENT: current, EconomicKind.OUTPUT_VALUE_CONSTANT: current / deflator,
        EconomicKind.VALUE_ADDED_CURRENT: current * added,
        EconomicKind.VALUE_ADDED_CONSTANT: current * added / deflator,
        EconomicKind.REVENUE: current * 0.97, EconomicKind.PROFIT_AND_TAX: current * margin,
        EconomicKind.ENERGY_COST: energy, EconomicKind.PRODUCTION_COST: max(current * (0.95 - margin), energy * 1.4),
    }  # fmt: skip


def _energy_cost(sent: Sent, month: int) -> float:
    items = sent.enterprise.items
    return sum(
        float(sent.series.month[row, month]) * _ENERGY_COST_YUAN.get(item.energy_key, 0.0)
        for row, item in enumerate(items) if item.plant and item.metered
    )  # fmt: skip
