"""The two ledgers of production, their forms, and the grids in which a year is typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.entry import Entered, Ledger, enter
from nenghao.hub.evidence.forms import FigureForm, LedgerForm, choice, number, text
from nenghao.hub.evidence.imports import Added, add_ledger
from nenghao.hub.evidence.models import Via
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.production.models import EconomicFigure, EconomicKind, Product, ProductOutput
from nenghao.hub.production.parameters import asked_of, parse_text
from nenghao.hub.registry.models import Enterprise

OUTPUTS = Ledger("product-output", ProductOutput, ("product_id", "month"), ("quantity", "parameters", "document"))
ECONOMICS = Ledger("economic-figure", EconomicFigure, ("month", "kind"), ("amount_yuan", "price_year", "document"))
LEDGERS = {"outputs": OUTPUTS, "economics": ECONOMICS}
YUAN_PER_WAN = 1e4
CONSTANT_KINDS = (EconomicKind.OUTPUT_VALUE_CONSTANT, EconomicKind.VALUE_ADDED_CONSTANT)
SIGNED_KINDS = (EconomicKind.VALUE_ADDED_CONSTANT, EconomicKind.VALUE_ADDED_CURRENT, EconomicKind.PROFIT_AND_TAX)
"""What may be below zero: a loss."""


class MonthForm(LedgerForm):
    """A form with a month, read as everywhere."""

    clean_month = FigureForm.clean_month  # type: ignore[assignment]


class OutputForm(MonthForm):
    """The output of a product in a month, with what its standard's corrections need."""

    product = text(_("产品"), required=True, length=100)
    month = FigureForm.base_fields["month"]
    quantity = number(_("产量"), least=0)
    parameters = text(_("修正参数"), length=1000)
    document = text(_("凭证"))

    def clean(self) -> dict[str, Any]:
        """Find the product, and read the parameters that its standard of the month asks for."""
        data = super().clean() or {}
        word = data.get("product", "")
        own = Product.objects.filter(enterprise=self.enterprise)
        found = own.filter(code=word).first() or own.filter(name=word).first() if word else None
        if word and found is None:
            self.add_error("product", _("本单位没有这个产品，先在产品页建立"))
        if found is not None and "month" in data:
            try:
                data["read"] = parse_text(data.get("parameters", ""), asked_of(found, data["month"]))
            except NenghaoError as error:
                self.add_error("parameters", error.text(page_language()))
        data["found"] = found
        return data

    def facts(self) -> dict[str, Any]:
        """Give key and facts of the ledger."""
        data = self.cleaned_data
        return {
            "product_id": data["found"].pk, "month": data["month"], "quantity": data["quantity"],
            "parameters": data["read"], "document": data["document"],
        }  # fmt: skip


class EconomicForm(MonthForm):
    """An economic figure of a month."""

    units = {"amount": "元"}

    month = FigureForm.base_fields["month"]
    kind = choice(_("类别"), EconomicKind.choices)
    amount = number(_("金额"))
    price_year = forms.IntegerField(label=_("可比价基年"), required=False, min_value=1990, max_value=2099)
    document = text(_("凭证"))

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot be: a negative cost, comparable prices without their year."""
        data = super().clean() or {}
        kind, amount = data.get("kind"), data.get("amount")
        if amount is not None and amount < 0 and kind not in SIGNED_KINDS:
            self.add_error("amount", _("这一类不能小于 0"))
        if kind in CONSTANT_KINDS and not data.get("price_year") and "price_year" not in self.errors:
            self.add_error("price_year", _("可比价须填基年"))
        if kind not in CONSTANT_KINDS:
            data["price_year"] = None
        return data

    def facts(self) -> dict[str, Any]:
        """Give key and facts of the ledger."""
        data = self.cleaned_data
        return {
            "month": data["month"], "kind": data["kind"], "amount_yuan": data["amount"],
            "price_year": data["price_year"], "document": data["document"],
        }  # fmt: skip


def offer_imports() -> None:
    """Let both ledgers be imported on the evidence import page."""
    page = _("产品产值")
    add_ledger("outputs", OutputForm, OUTPUTS, Added(_("月度产量与修正参数"), page, "production-enterprise"))
    add_ledger("economics", EconomicForm, ECONOMICS, Added(_("月度产值指标"), page, "production-enterprise"))


@dataclass(frozen=True, slots=True)
class GridEntered:
    """What became of a grid: how many cells were entered, and the cells that could not be read, by name."""

    entered: Entered
    bad: Mapping[str, str]


def enter_outputs(
    *, actor: Actor, now: datetime, enterprise: Enterprise, cells: Mapping[tuple[int, date], str], reason: str = ""
) -> GridEntered:
    """Enter typed outputs by product and month; parameters and documents filed before stay with their month.

    A blank cell changes nothing: an entry is withdrawn on its own page.
    """
    current = {
        (row.product_id, row.month): row
        for row in ProductOutput.objects.filter(enterprise=enterprise, is_current=True, withdrawn=False)
    }
    known = set(Product.objects.filter(enterprise=enterprise).values_list("pk", flat=True))
    rows, bad = [], {}
    for (product, month), typed in cells.items():
        quantity = _read(typed)
        if not typed.strip() or product not in known:
            continue
        if quantity is None or quantity < 0:
            bad[f"o-{product}-{month:%Y-%m}"] = typed
            continue
        before = current.get((product, month))
        if before is not None and typed.strip() == shown_amount(before.quantity):
            continue
        rows.append({
            "product_id": product, "month": month, "quantity": quantity,
            "parameters": before.parameters if before else {}, "document": before.document if before else "",
        })  # fmt: skip
    return GridEntered(
        enter(actor=actor, now=now, enterprise=enterprise, ledger=OUTPUTS, rows=rows, reason=reason), bad
    )


def enter_economics(
    *, actor: Actor, now: datetime, enterprise: Enterprise, cells: Mapping[tuple[str, date], str],
    price_year: int | None, reason: str = "",
) -> GridEntered:  # fmt: skip
    """Enter typed figures [万元] by kind and month; figures at comparable prices carry the grid's year."""
    current = {
        (row.kind, row.month): row
        for row in EconomicFigure.objects.filter(enterprise=enterprise, is_current=True, withdrawn=False)
    }
    rows, bad = [], {}
    for (kind, month), typed in cells.items():
        amount = _read(typed)
        if not typed.strip():
            continue
        if amount is None or (amount < 0 and kind not in SIGNED_KINDS):
            bad[f"e-{kind}-{month:%Y-%m}"] = typed
            continue
        before = current.get((kind, month))
        if before is not None and typed.strip() == shown_amount(in_wan(before.amount_yuan)):
            continue
        rows.append({
            "month": month, "kind": kind, "amount_yuan": round(amount * YUAN_PER_WAN, 2),
            "price_year": price_year if kind in CONSTANT_KINDS else None, "document": before.document if before else "",
        })  # fmt: skip
    return GridEntered(
        enter(actor=actor, now=now, enterprise=enterprise, ledger=ECONOMICS, rows=rows, reason=reason), bad
    )


def file_output(
    *, actor: Actor, now: datetime, product: Product, month: date, quantity: float, parameters: Mapping[str, Any],
    document: str = "", reason: str = "",
) -> Entered:  # fmt: skip
    """Enter one month of a product with its parameters."""
    row = {
        "product_id": product.pk, "month": month, "quantity": quantity, "parameters": dict(parameters),
        "document": document,
    }  # fmt: skip
    return enter(
        actor=actor, now=now, enterprise=product.enterprise, ledger=OUTPUTS, rows=[row], via=Via.FORM, reason=reason
    )


def in_wan(yuan: float) -> float:
    """Give yuan as 万元, as the grid shows and reads them."""
    return round(yuan / YUAN_PER_WAN, 6)


def shown_amount(value: float) -> str:
    """Give a figure as a grid shows it, two decimals at most; a cell that still says so was not touched.

    >>> shown_amount(1873.114703), shown_amount(120.0)
    ('1873.11', '120')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


def months_of(year: int, today: date) -> list[date]:
    """Give the months of a year that have begun."""
    return [month for month in (date(year, number, 1) for number in range(1, 13)) if month <= today]


def typed_cells(posted: Mapping[str, str], prefix: str, months: Sequence[date]) -> Iterable[tuple[str, date, str]]:
    """Give (row, month, text) of a posted grid whose cells are named ``prefix-row-2026-03``."""
    known = {f"{month:%Y-%m}": month for month in months}
    for name, typed in posted.items():
        parts = name.split("-")
        if len(parts) == 4 and parts[0] == prefix and f"{parts[2]}-{parts[3]}" in known:
            yield parts[1], known[f"{parts[2]}-{parts[3]}"], typed


def _read(typed: str) -> float | None:
    """Read a number as it is typed, with or without separators; nonsense is ``None``."""
    try:
        value = float(typed.replace(",", "").replace("，", "").strip())
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None
