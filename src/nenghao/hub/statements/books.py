"""What registers, ledgers, readings and month accounts say in a statement's cells, and what was filed before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nenghao.hub.evidence.models import FigureKind
from nenghao.hub.production.models import Product
from nenghao.hub.registry.models import Equipment
from nenghao.hub.registry.outdated import judgement_of
from nenghao.hub.statements.facts import Facts
from nenghao.hub.statements.figures import Figure, Text
from nenghao.hub.statements.providing import Answer, Asked, provides, rows_of
from nenghao.reference import library
from nenghao.reporting.statements.values import reference_factor
from nenghao.supervision.eliminated import CATALOGUED, category_of


@rows_of("energies")
def _energies(facts: Facts) -> list[str]:
    return facts.energies


@rows_of("transformed")
def _transformed(facts: Facts) -> list[str]:
    """Give the energies that go into transformation, come out of it or are recovered."""
    wanted = {"transformed", "produced", "recovered"}
    return [key for key in facts.energies if wanted & set(facts.flows.get(key, {}))]


@rows_of("products")
def _product_rows(facts: Facts) -> list[str]:
    return [product.name for product in facts.products]


@rows_of("equipment")
def _equipment_rows(facts: Facts) -> list[str]:
    return list(facts.equipment)


@rows_of("last_projects")
def _project_rows(facts: Facts) -> list[str]:
    before = facts.filed("energy-use-report", None)
    rows = before.document.rows("projects") if before else ()
    return [row.texts["name"] for row in rows if row.texts.get("name")]


@provides("enterprise")
def _enterprise(facts: Facts, asked: Asked) -> Answer:
    own = facts.enterprise
    known: dict[str, Any] = {
        "industry": f"{own.industry.name} {own.industry_id}", "region_code": own.region_id,
        "certified": "1" if own.management_system_certified else "0",
    }  # fmt: skip
    value = known[asked.what] if asked.what in known else getattr(own, asked.what)
    return Text(str(value), "企业档案", "enterprise record", f"/enterprises/{own.code}/registry/") if value else None


@provides("energy")
def _energy(facts: Facts, asked: Asked) -> Answer:
    """Give a flow of an energy: the month accounts' first, else the ledger's or the readings'."""
    if asked.what == "factor":
        return facts.heating_factor(asked.row) or _table_factor(facts, asked.row)
    flows = facts.flows.get(asked.row, {})
    if asked.what == "purchased":
        return _purchased(facts, asked.row)
    if asked.what in ("opening_stock", "closing_stock"):
        return facts.booked(asked.row, asked.what)
    if asked.what == "consumption":
        return flows.get("consumed") or facts.consumed(asked.row)
    if asked.what == "industrial":
        return _industrial(facts, asked.row)
    return flows.get(asked.what)


def _purchased(facts: Facts, energy_key: str) -> Figure | None:
    booked = facts.booked(energy_key, FigureKind.PURCHASE) or facts.booked(energy_key, FigureKind.SUPPLIER)
    return booked or facts.flows.get(energy_key, {}).get("purchased")


def _industrial(facts: Facts, energy_key: str) -> Figure | None:
    """Take off the total what is known to be used elsewhere; where nothing is known of that, say so."""
    flows = facts.flows.get(energy_key, {})
    total = flows.get("consumed") or facts.consumed(energy_key)
    elsewhere = flows.get("non_industrial")
    if total is None:
        return None
    if elsewhere is None:
        return Figure(
            total.value, "没有非工业生产消费的计量，暂按全部为工业生产消费预填，请核对",
            "no metering of non-industrial use: all is taken for industrial, please check", total.url,
        )  # fmt: skip
    return Figure(total.value - elsewhere.value, "消费量合计减非工业生产消费", "total less non-industrial", total.url)


def _table_factor(facts: Facts, energy_key: str) -> Figure | None:
    factor = reference_factor(energy_key, facts.period.start)
    if factor is None:
        return None
    known = library().coal_equivalent_factor(energy_key, facts.period.start)
    return Figure(float(factor), known.citation, known.citation, is_unverified=known.status == "unverified")


@provides("total")
def _total(facts: Facts, asked: Asked) -> Answer:
    own = facts.year_before if asked.what.endswith("_last_year") else facts
    if asked.what.startswith("tce"):
        return own.account_tce.get("tce_calorific") or own.tce
    flow = own.flows.get("electricity", {}).get("consumed")
    return flow or own.consumed("electricity")


@provides("economic")
def _economic(facts: Facts, asked: Asked) -> Answer:
    """Give an economic figure [10,000 yuan], or an indicator made of some."""
    own = facts.year_before if asked.what.endswith("_last_year") else facts
    what = asked.what.removesuffix("_last_year")
    kind = asked.row if what == "amount" else what
    if kind in ("tce_calorific", "tce_equivalent"):
        return own.account_tce.get(kind) or (own.tce if kind == "tce_calorific" else None)
    value = own.economics.get(kind) if kind not in _RATIOS else _ratio(own, kind)
    if value is None:
        return None
    return Figure(
        value, "产品产值台账", "ledger of economic figures", f"/production/enterprises/{own.enterprise.code}/"
    )


_RATIOS: Mapping[str, tuple[str, str, float]] = {
    "energy_cost_share": ("energy_cost", "production_cost", 100.0),
    "tce_per_output_value": ("tce", "output_value_current", 1.0),
    "tce_per_value_added": ("tce", "value_added_constant", 1.0),
}


def _ratio(facts: Facts, kind: str) -> float | None:
    above, below, times = _RATIOS[kind]
    total = facts.account_tce.get("tce_calorific") or facts.tce
    upper = (total.value if total else None) if above == "tce" else facts.economics.get(above)
    lower = facts.economics.get(below)
    return None if upper is None or not lower else upper / lower * times


@provides("product")
def _product(facts: Facts, asked: Asked) -> Answer:
    product = _named(facts, asked.row)
    if product is None:
        return None
    url = f"/production/enterprises/{facts.enterprise.code}/"
    if asked.what == "unit":
        return Text(product.unit, "产品台账", "ledger of products", url)
    output = (facts.year_before if asked.what == "output_last_year" else facts).outputs.get(product.pk)
    tce = facts.product_tce.get(product.pk)
    value = {
        "capacity": product.annual_capacity, "output": output, "output_last_year": output,
        "unit_consumption": tce * 1000 / output if tce is not None and output else None,
    }[asked.what]  # fmt: skip
    return None if value is None else Figure(value, "产品产量台账", "ledger of outputs", url)


def _named(facts: Facts, name: str) -> Product | None:
    return next((product for product in facts.products if product.name == name), None)


@provides("equipment")
def _equipment_cell(facts: Facts, asked: Asked) -> Answer:
    """Give what the register says of the pieces of a name; what differs among them is left to a person."""
    pieces = facts.equipment.get(asked.row, [])
    said = {_of_piece(one, asked.what) for one in pieces}
    text = str(len(pieces)) if asked.what == "count" else said.pop() if len(said) == 1 else ""
    url = f"/enterprises/{facts.enterprise.code}/registry/"
    return Text(text, "设备档案", "equipment register", url) if pieces and text else None


@provides("outdated")
def _outdated_cell(facts: Facts, asked: Asked) -> Answer:
    """Say whether the pieces of a name are of an outdated model (淘汰型号); what is not certain is 待核.

    What was filed before stands where nothing is found. Where nothing was filed either, it says no, unverified, of
    motors: of them every catalogue is held.
    """
    pieces = facts.equipment.get(asked.row, [])
    url = f"/enterprises/{facts.enterprise.code}/registry/equipment/"
    found = [judged for one in pieces if (judged := judgement_of(one)).matches]
    if found:
        best = min(found, key=lambda one: one.is_unverified)
        unverified = len(found) < len(pieces) or any(one.is_unverified for one in found)
        share = (
            ("", "")
            if len(pieces) == 1
            else (f"{len(pieces)} 台中 {len(found)} 台：", f"{len(found)} of {len(pieces)}: ")
        )
        return Text("1", share[0] + best.reason("zh"), share[1] + best.reason("en"), url, is_unverified=unverified)
    filed = _filed(facts, replace(asked, what=asked.section.key))
    if filed is not None or not pieces or not all(_is_catalogued(one) for one in pieces):
        return filed
    zh = "型号未对上所收淘汰目录的条目（第一至四批，收录不全），须核对"
    return Text(
        "0", zh, "no entry matches in the catalogues held (batches 1 to 4, not complete)", url, is_unverified=True
    )


def _is_catalogued(one: Equipment) -> bool:
    return bool(one.model.strip()) and category_of(one.name) in CATALOGUED


def _of_piece(one: Equipment, what: str) -> str:
    if what == "rating":
        return "" if one.rated_power_kw is None else f"{one.rated_power_kw:g} kW"
    if what == "since":
        return "" if one.commissioned_on is None else str(one.commissioned_on.year)
    return one.model if what == "model" else ""


@provides("filed")
def _filed(facts: Facts, asked: Asked) -> Answer:
    """Give what was filed: ``205-1/energy/industrial`` of the same period, or the same cell of the last filing."""
    form_key, _, rest = asked.what.partition("/")
    found = facts.filed(form_key, facts.period) if rest else facts.filed(asked.form.key, None)
    if found is None:
        return None
    section, _, name = rest.partition("/") if rest else (asked.section.key, "", asked.field.key)
    preset = found.filing.form.section(section).preset
    row = found.document.row(section, asked.row) if preset else found.document.keyed(section, asked.row)
    text = row.texts.get(name, "") if row else ""
    if not text:
        return None
    url, period = f"/statements/{found.filing.pk}/", found.filing.period.text
    if rest:
        return Text(text, f"本期 {form_key}", f"{form_key} of the period", url)
    return Text(text, f"{period} 已报", f"as filed for {period}", url)
