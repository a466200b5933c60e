"""Providers: what a cell of a form is filled with before a person looks at it, and where that comes from.

A form's field names its provider: ``energy.opening_stock`` is the provider family ``energy`` asked for
``opening_stock``. A section's ``prefill_rows`` names the provider of its rows. Nothing known gives a blank cell, never
a zero. A new provider is one function here, decorated with its family's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from nenghao.errors import NenghaoError
from nenghao.hub.evidence.models import FigureKind
from nenghao.hub.production.models import Product
from nenghao.hub.registry.models import Equipment
from nenghao.hub.statements.facts import Facts
from nenghao.hub.statements.figures import Figure, per_unit
from nenghao.reference import library
from nenghao.reporting.statements import Document, Field, Form, Section
from nenghao.reporting.statements.document import ROW_ID
from nenghao.reporting.statements.loading import SINGLE_ROW
from nenghao.reporting.statements.problems import plain
from nenghao.reporting.statements.values import DECIMALS, canonical, reference_factor

Text = tuple[str, str, str, str]
"""A text with its source in both languages and an address."""
Answer = Figure | Text | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One cell that asks: its row (the key of a table's row, or a printed one's id), and what is asked for."""

    form: Form
    section: Section
    field: Field
    row: str
    what: str


Provider = Callable[[Facts, Asked], Answer]
PROVIDERS: dict[str, Provider] = {}
ROWS: dict[str, Callable[[Facts], list[str]]] = {}


def provides(family: str) -> Callable[[Provider], Provider]:
    """Register a provider of cells."""

    def put(provider: Provider) -> Provider:
        PROVIDERS[family] = provider
        return provider

    return put


def rows_of(name: str) -> Callable[[Callable[[Facts], list[str]]], Callable[[Facts], list[str]]]:
    """Register a provider of rows: the texts of their key field."""

    def put(provider: Callable[[Facts], list[str]]) -> Callable[[Facts], list[str]]:
        ROWS[name] = provider
        return provider

    return put


def prefilled(form: Form, facts: Facts) -> tuple[dict[str, list[dict[str, str]]], dict[str, dict[str, str]]]:
    """Give the contents that a new statement starts with, and the origin of each cell in them.

    An origin is ``{"value", "zh", "en", "url"}`` by ``section/row/field``.
    """
    contents: dict[str, list[dict[str, str]]] = {}
    origins: dict[str, dict[str, str]] = {}
    for section in form.sections:
        contents[section.key] = []
        for row_id, key in _rows(section, facts):
            cells = {ROW_ID: row_id} | ({section.key_field: key} if section.is_table and not section.preset else {})
            for field, text, origin in _cells(form, section, facts, key):
                cells[field.key] = text
                origins[f"{section.key}/{row_id}/{field.key}"] = {"value": text, **origin}
            contents[section.key].append(cells)
    return contents, origins


def prefill_row(form: Form, section: Section, facts: Facts, key: str) -> Iterator[tuple[Field, str, dict[str, str]]]:
    """Yield the cells of one row, for an energy that was just chosen."""
    return _cells(form, section, facts, key)


def _rows(section: Section, facts: Facts) -> Iterator[tuple[str, str]]:
    if not section.is_table:
        yield SINGLE_ROW, ""
    elif section.preset:
        yield from ((key, key) for key in section.preset)
    elif section.prefill_rows in ROWS:
        yield from ((str(number), key) for number, key in enumerate(ROWS[section.prefill_rows](facts), start=1))


def _cells(form: Form, section: Section, facts: Facts, key: str) -> Iterator[tuple[Field, str, dict[str, str]]]:
    for field in section.typed:
        family, _, what = field.prefill.partition(".")
        if family in PROVIDERS and (answer := PROVIDERS[family](facts, Asked(form, section, field, key, what))):
            if isinstance(answer, Figure):
                text, told = number_text(field, answer.value), (answer.zh, answer.en, answer.url)
            else:
                text, told = answer[0], answer[1:]
            try:
                kept = canonical(field, text)
            except NenghaoError:  # a number beyond what the form holds
                continue
            if kept:
                yield field, kept, {"zh": told[0], "en": told[1], "url": told[2]}


def number_text(field: Field, value: float) -> str:
    """Give a number as the form prints it: rounded to the field's decimals, half up."""
    return plain(Decimal(repr(value)).quantize(Decimal(1).scaleb(-field.decimals), ROUND_HALF_UP), DECIMALS)


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


@rows_of("unit_consumption")
def _unit_rows(facts: Facts) -> list[str]:
    return [f"{product.name}综合能耗" for product in facts.products if product.pk in facts.product_tce]


@rows_of("equipment")
def _equipment_rows(facts: Facts) -> list[str]:
    return list(dict.fromkeys(_equipment(facts)))


@rows_of("last_projects")
def _project_rows(facts: Facts) -> list[str]:
    before = facts.filed("energy-use-report", None)
    rows = before.contents.get("projects", []) if before else []
    return [row["name"] for row in rows if row.get("name")]


@provides("enterprise")
def _enterprise(facts: Facts, asked: Asked) -> Answer:
    own = facts.enterprise
    known: dict[str, Any] = {
        "industry": f"{own.industry.name} {own.industry_id}", "region_code": own.region_id,
        "certified": "1" if own.management_system_certified else "0",
    }  # fmt: skip
    value = known[asked.what] if asked.what in known else getattr(own, asked.what)
    return (str(value), "企业档案", "enterprise record", f"/enterprises/{own.code}/registry/") if value else None


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
    pending = ("（待核）", " (待核)") if known.status == "unverified" else ("", "")
    return Figure(float(factor), f"{known.citation}{pending[0]}", f"{known.citation}{pending[1]}")


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
        return product.unit, "产品台账", "ledger of products", url
    output = (facts.year_before if asked.what == "output_last_year" else facts).outputs.get(product.pk)
    tce = facts.product_tce.get(product.pk)
    value = {
        "capacity": product.annual_capacity, "output": output, "output_last_year": output,
        "unit_consumption": tce * 1000 / output if tce is not None and output else None,
    }[asked.what]  # fmt: skip
    return None if value is None else Figure(value, "产品产量台账", "ledger of outputs", url)


def _named(facts: Facts, name: str) -> Product | None:
    return next((product for product in facts.products if product.name == name), None)


@provides("unit_consumption")
def _unit_consumption(facts: Facts, asked: Asked) -> Answer:
    product = _named(facts, asked.row.removesuffix("综合能耗"))
    if product is None:
        return None
    told = ("能耗核算与产品产量", "month accounts and outputs", facts.place_url)
    if asked.what == "unit":
        return f"kgce/{product.unit}", *told
    tce, output = facts.product_tce.get(product.pk), facts.outputs.get(product.pk)
    before = facts.year_before
    if asked.what == "last_year":
        tce, output = before.product_tce.get(product.pk), before.outputs.get(product.pk)
        return Figure(tce * 1000 / output, *told) if tce is not None and output else None
    value = {"numerator": tce * 1000 if tce is not None else None, "denominator": output}.get(asked.what)
    return None if value is None else Figure(value, *told)


def _equipment(facts: Facts) -> dict[str, Equipment]:
    found = Equipment.objects.filter(enterprise=facts.enterprise).order_by("type_code", "number")
    return {one.name: one for one in found}


@provides("equipment")
def _equipment_cell(facts: Facts, asked: Asked) -> Answer:
    one = _equipment(facts).get(asked.row)
    if one is None:
        return None
    value = {
        "model": one.model, "rating": f"{one.rated_power_kw:g} kW" if one.rated_power_kw is not None else "",
        "since": str(one.commissioned_on.year) if one.commissioned_on else "",
    }.get(asked.what, "")  # fmt: skip
    url = f"/enterprises/{facts.enterprise.code}/registry/"
    return (value, "设备档案", "equipment register", url) if value else None


@provides("target")
def _target(facts: Facts, _asked: Asked) -> Answer:
    """Give the planning period: three years from the reporting year (note of the form)."""
    year = facts.period.start.year
    return f"{year}–{year + 2}", "表注：从填报年度起三年", "note of the form: three years from the year", ""


@provides("filed")
def _filed(facts: Facts, asked: Asked) -> Answer:
    """Give what was filed: ``205-1/energy/industrial`` of the same period, or the same field of the last filing."""
    form_key, _, rest = asked.what.partition("/")
    if not rest:
        return _last_filed(facts, asked)
    section, _, name = rest.partition("/")
    filing = facts.filed(form_key, facts.period)
    row = Document(filing.form, filing.contents).keyed(section, asked.row) if filing else None
    text = row.texts.get(name, "") if row else ""
    return (
        (text, f"本期 {form_key}", f"{form_key} of the period", f"/statements/{filing.pk}/")
        if filing and text
        else None
    )


def _last_filed(facts: Facts, asked: Asked) -> Answer:
    filing = facts.filed(asked.form.key, None)
    rows = filing.contents.get(asked.section.key, []) if filing else []
    text = next((row.get(asked.field.key, "") for row in rows), "") if filing else ""
    told = f"{filing.period.text} 已报" if filing else ""
    return (text, told, f"as filed for {filing.period.text}", f"/statements/{filing.pk}/") if filing and text else None


__all__ = ["PROVIDERS", "ROWS", "Asked", "number_text", "per_unit", "prefill_row", "prefilled"]
