"""What the hub knows of an enterprise in a period: one load behind everything that is prefilled.

Quantities are in the unit of the form (the dictionary's: 万kWh, 万m3, t, GJ), amounts in 10,000 yuan, as statements
print them. A figure of several months is known only where every month is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from nenghao.hub.evidence.models import FigureKind, MonthlyFigure
from nenghao.hub.evidence.services import heating_values
from nenghao.hub.production.models import Product
from nenghao.hub.production.services import economics, outputs
from nenghao.hub.registry.models import Enterprise, Equipment
from nenghao.hub.statements.accounts import account_flows, account_tce, product_tce
from nenghao.hub.statements.figures import Figure, per_unit
from nenghao.hub.statements.judged import Judged, judged_products
from nenghao.hub.statements.models import Filing, FilingState
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.hub.statements.self_scores import ScoredItem, scored_items
from nenghao.hub.targets.savings import Savings, savings
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import EnergyCell, enterprise_cells
from nenghao.reference import library
from nenghao.reporting.statements import Document

YUAN_TO_WAN = 1e-4
KJ_PER_KGCE = 29_307.6
HEATING_UNITS = {"kJ/kg": 1000.0, "kJ/m3": 1.0}
"""How many kg (m3) one base unit of the energy has."""


class Filed(NamedTuple):
    """A filing and its cells."""

    filing: Filing
    document: Document


@dataclass(frozen=True)
class Facts:
    """Everything prefill asks about one enterprise and period, loaded when it is first asked for."""

    store: ReadingStore
    enterprise: Enterprise
    period: FilingPeriod
    now: datetime

    @cached_property
    def year_before(self) -> Facts:
        """The same a year before."""
        return Facts(self.store, self.enterprise, self.period.year_before, self.now)

    @cached_property
    def cells(self) -> Mapping[str, Sequence[EnergyCell]]:
        """The months of the period by energy, as the readings have them."""
        start, end = self.period.instants()
        found: dict[str, list[EnergyCell]] = {}
        for cell in enterprise_cells(
            self.store, enterprise_ids=[self.enterprise.pk], kind=PeriodKind.MONTH, start=start, end=end
        ):  # fmt: skip
            found.setdefault(cell.energy_key, []).append(cell)
        return found

    def consumed(self, energy_key: str) -> Figure | None:
        """Give what the meters say was used [unit of the form]."""
        cells = [cell for cell in self.cells.get(energy_key, ()) if cell.quantity is not None]
        if not cells:
            return None
        missing = 1 - sum(1 - cell.missing_ratio for cell in cells) / len(self.period.months)
        lack = f"，缺失 {missing:.1%}" if missing > 0.0005 else ""
        lack_en = f", {missing:.1%} missing" if missing > 0.0005 else ""
        total = math.fsum(cell.quantity or 0.0 for cell in cells)
        return Figure(
            total / per_unit(energy_key), f"在线监测读数汇总{lack}", f"sum of the on-line readings{lack_en}",
            self.trace_url(energy_key),
        )  # fmt: skip

    def trace_url(self, energy_key: str) -> str:
        """Give the page on which the period's figure of an energy is traced."""
        return f"/enterprises/{self.enterprise.code}/figures/{energy_key}/?period={self._span}"

    @property
    def place_url(self) -> str:
        """The enterprise's page over the period."""
        return f"/enterprises/{self.enterprise.code}/?period={self._span}"

    @property
    def _span(self) -> str:
        return self.period.text if self.period.kind != "quarter" else str(self.period.start.year)

    @cached_property
    def tce(self) -> Figure | None:
        """Comprehensive consumption as monitored [tce]; not known where an energy has no factor."""
        cells = [cell for cells in self.cells.values() for cell in cells if cell.quantity is not None]
        if not cells or any(cell.tce is None for cell in cells):
            return None
        total = math.fsum(cell.tce or 0.0 for cell in cells)
        return Figure(total, "在线监测综合能耗", "comprehensive consumption as monitored", self.place_url)

    @cached_property
    def ledger(self) -> Mapping[tuple[str, str], Mapping[date, float]]:
        """Monthly figures of the evidence ledger by energy and kind, in base units."""
        rows = MonthlyFigure.objects.filter(
            enterprise=self.enterprise, month__in=self.period.months, is_current=True, withdrawn=False
        )
        found: dict[tuple[str, str], dict[date, float]] = {}
        for energy, kind, month, quantity in rows.values_list("energy_key", "kind", "month", "quantity"):
            found.setdefault((energy, kind), {})[month] = quantity
        return found

    def booked(self, energy_key: str, kind: str) -> Figure | None:
        """Give a figure of the ledger: stocks at the ends, the others summed where every month is filed."""
        months = self.ledger.get((energy_key, kind), {})
        own = self.period.months
        ends = {FigureKind.OPENING_STOCK.value: own[:1], FigureKind.CLOSING_STOCK.value: own[-1:]}
        wanted = ends.get(kind, own)
        if any(month not in months for month in wanted):
            return None
        total = math.fsum(months[month] for month in wanted)
        label = FigureKind(kind).label
        return Figure(
            total / per_unit(energy_key), f"计量凭证月度数量（{label}）", f"monthly figures of the ledger ({kind})",
            f"/evidence/{self.enterprise.code}/figures/",
        )  # fmt: skip

    @cached_property
    def energies(self) -> list[str]:
        """The energies that the enterprise uses or books, in the order of the dictionary."""
        known = set(self.cells) | {energy for energy, _ in self.ledger}
        return [one.key for one in library().energy_types() if one.key in known and one.class_code in ("01", "02")]

    @cached_property
    def flows(self) -> Mapping[str, Mapping[str, Figure]]:
        """What the month accounts say by energy and flow, where they are computed."""
        return account_flows(self)

    @cached_property
    def account_tce(self) -> Mapping[str, Figure]:
        """Comprehensive consumption on both bases [tce] as the month accounts have it."""
        return account_tce(self)

    @property
    def is_unverified(self) -> bool:
        """Whether the month accounts of the period rest on an unverified factor."""
        return any(one.is_unverified for one in self.account_tce.values())

    @cached_property
    def product_tce(self) -> Mapping[int, float]:
        """The energy of each product [tce]."""
        return product_tce(self)

    def heating_factor(self, energy_key: str) -> Figure | None:
        """Give the coal-equivalent factor [tce per unit of the form] of the period's last measured heating value."""
        found = heating_values(enterprise_ids=[self.enterprise.pk], start=self.period.start, end=self.period.end)
        places = [place for place, key in enumerate(found.energy_key) if key == energy_key]
        if not places:
            return None
        place = places[-1]
        kg_per_base = HEATING_UNITS.get(str(found.unit[place]))
        if kg_per_base is None:
            return None
        kgce = float(found.value[place]) / KJ_PER_KGCE * kg_per_base
        day = found.from_day[place]
        measured = f"{found.value[place]:g} {found.unit[place]}"
        return Figure(
            kgce * per_unit(energy_key) / 1000, f"实测低位发热量 {measured}（{day} 起）÷29307.6",
            f"measured heating value {measured} (from {day}) / 29,307.6",
            f"/evidence/{self.enterprise.code}/heating-values/",
        )  # fmt: skip

    @cached_property
    def economics(self) -> Mapping[str, float]:
        """Economic figures by kind [10,000 yuan], where every month is filed."""
        found = economics(enterprise_ids=[self.enterprise.pk], start=self.period.start, end=self.period.end)
        months: dict[str, list[float]] = {}
        for kind, amount in zip(found.kind.tolist(), found.amount_yuan.tolist(), strict=True):
            months.setdefault(kind, []).append(amount)
        whole = len(self.period.months)
        return {kind: math.fsum(known) * YUAN_TO_WAN for kind, known in months.items() if len(known) == whole}

    @cached_property
    def products(self) -> Sequence[Product]:
        """The products that are made."""
        return list(Product.objects.filter(enterprise=self.enterprise, active=True).order_by("code"))

    @cached_property
    def outputs(self) -> Mapping[int, float]:
        """Output by product in its own unit, where every month is known."""
        found = outputs(store=self.store, enterprise_ids=[self.enterprise.pk], start=self.period.start,
                        end=self.period.end)  # fmt: skip
        months: dict[int, list[float]] = {}
        for product, quantity in zip(found.product_id.tolist(), found.quantity.tolist(), strict=True):
            months.setdefault(product, []).append(quantity)
        whole = len(self.period.months)
        return {product: math.fsum(known) for product, known in months.items() if len(known) == whole}

    @cached_property
    def equipment(self) -> Mapping[str, Sequence[Equipment]]:
        """The registered key energy-using equipment by name."""
        found: dict[str, list[Equipment]] = {}
        for one in Equipment.objects.filter(enterprise=self.enterprise).order_by("type_code", "number", "pk"):
            found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def judged(self) -> Mapping[str, Judged]:
        """What quota standards say of the products, by the name of the indicator."""
        return judged_products(self)

    @cached_property
    def savings(self) -> Savings | None:
        """What the intensity target of the year comes to in energy saved; of a year only."""
        if self.period.kind != "year":
            return None
        return savings(store=self.store, enterprise=self.enterprise, year=self.period.start.year)

    @cached_property
    def self_assessment(self) -> Mapping[str, ScoredItem]:
        """The items of the year's score sheet by their printed name, with what the enterprise said of them."""
        return scored_items(self.enterprise, self.period.start.year)

    def filed(self, form_key: str, period: FilingPeriod | None) -> Filed | None:
        """Give the current filing of a form for a period; for ``None`` the newest handed in before this one."""
        key = (form_key, None if period is None else period.start)
        if key not in self._filed:
            rows = Filing.objects.filter(enterprise=self.enterprise, form_key=form_key, is_current=True)
            handed_in = rows.exclude(state=FilingState.DRAFT).filter(period_start__lt=self.period.start)
            found = rows.filter(period_start=key[1]) if key[1] else handed_in.order_by("-period_start")
            filing = found.first()
            self._filed[key] = Filed(filing, Document(filing.form, filing.contents)) if filing else None
        return self._filed[key]

    @cached_property
    def _filed(self) -> dict[tuple[str, date | None], Filed | None]:
        """What :meth:`filed` found already."""
        return {}
