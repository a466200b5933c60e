"""A year of outputs and economic figures as two grids: what was filed, what was uploaded, what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nenghao.hub.production.entry import in_wan, shown_amount
from nenghao.hub.production.models import EconomicFigure, EconomicKind, Product
from nenghao.hub.production.parameters import asked_of
from nenghao.hub.production.services import MEASURED, outputs
from nenghao.hub.registry.models import Enterprise
from nenghao.readings import ReadingStore


@dataclass(frozen=True, slots=True)
class Cell:
    """One month: the name of its field, what stands in it, and where that is from (``filed``, ``measured``, none)."""

    name: str
    month: date
    value: str
    uploaded: str
    source: str
    bad: bool
    incomplete: bool = False
    """Whether a parameter that the standard needs is missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a grid."""

    label: str
    unit: str
    cells: tuple[Cell, ...]
    total: float | None
    product: Product | None = None


def output_lines(
    store: ReadingStore, enterprise: Enterprise, months: Sequence[date], bad: Mapping[str, str]
) -> list[Line]:
    """Give a line per active product; an uploaded month is shown behind an empty field."""
    if not months:
        return []
    after = (months[-1].replace(day=28) + (date(2000, 1, 5) - date(2000, 1, 1))).replace(day=1)
    found = outputs(store=store, enterprise_ids=[enterprise.pk], start=months[0], end=after)
    known = {(int(found.product_id[row]), found.month[row].astype(object)): row for row in range(len(found))}
    lines = []
    for product in Product.objects.filter(enterprise=enterprise, active=True).order_by("code"):
        cells, total = [], 0.0
        for month in months:
            row = known.get((product.pk, month))
            quantity = None if row is None else float(found.quantity[row])
            source = "" if row is None else str(found.source[row])
            parameters = {} if row is None else found.parameters[row]
            needed = [one.name for one in asked_of(product, month) if one.needed]
            text = "" if quantity is None else shown_amount(quantity)
            name = f"o-{product.pk}-{month:%Y-%m}"
            cells.append(Cell(
                name, month, bad.get(name, "" if source == MEASURED else text), text if source == MEASURED else "",
                source, name in bad, quantity is not None and any(one not in parameters for one in needed),
            ))  # fmt: skip
            total += quantity or 0.0
        shown = total if any(cell.source for cell in cells) else None
        lines.append(Line(product.name, product.unit, tuple(cells), shown, product))
    return lines


def economic_lines(enterprise: Enterprise, months: Sequence[date], bad: Mapping[str, str]) -> list[Line]:
    """Give a line per kind of figure [万元]."""
    filed = {
        (row.kind, row.month): in_wan(row.amount_yuan)
        for row in EconomicFigure.objects.filter(
            enterprise=enterprise, month__in=list(months), is_current=True, withdrawn=False
        )
    }
    lines = []
    for kind in EconomicKind:
        cells = []
        for month in months:
            amount, name = filed.get((kind, month)), f"e-{kind}-{month:%Y-%m}"
            text = "" if amount is None else shown_amount(amount)
            cells.append(Cell(name, month, bad.get(name, text), "", "filed" if text else "", name in bad))
        amounts = [filed[kind, month] for month in months if (kind, month) in filed]
        lines.append(Line(str(kind.label), "万元", tuple(cells), sum(amounts) if amounts else None))
    return lines


def price_year_of(enterprise: Enterprise) -> int | None:
    """Give the base year of the newest figure at comparable prices."""
    rows = EconomicFigure.objects.filter(enterprise=enterprise, is_current=True, price_year__isnull=False)
    return rows.order_by("-month").values_list("price_year", flat=True).first()
