"""The papers beside the series: meters and their certificates, supplier's bills, stock figures, heating values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from nenghao.cli.demo.province.plan import EnterprisePlan, ItemPlan, Plan
from nenghao.cli.demo.province.sent import DAY, MONTH, Sent
from nenghao.cli.demo.province.truth import Fault
from nenghao.quality import codes

_STREAM = 7
_CYCLE_MONTHS = {"electricity": 24, "natural_gas": 24, "heat": 12, "fresh_water": 24}
_SUPPLIED = frozenset({"electricity", "natural_gas", "heat"})
_HEATING_KJ_PER_KG = {"raw_coal": 20_934.0, "coke": 28_470.0}
"""Nets that the generator scatters around: those printed for 原煤 and 焦炭 in GB/T 2589-2020 (reference library)."""
KCAL_TO_KJ = 4.1868
FAULTS = {"expired": 40, "bill-differs": 40, "stock-differs": 35, "heating-value-unit": 32}
"""How many of each kind a full province of 200 has."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A verification of a meter; ``valid_until`` is inclusive."""

    verified_on: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """A meter behind an item."""

    manage_code: str
    item: ItemPlan
    level: int
    accuracy_class: str
    multiplier: float
    cycle_months: int
    serial_number: str
    certificates: tuple[Certificate, ...]
    replaced_on: date | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A monthly figure in base units; ``kind`` is one of the evidence ledger's."""

    energy_key: str
    month: date
    kind: str
    quantity: float


@dataclass(frozen=True, slots=True)
class Heating:
    """A measured net calorific value [kJ/kg] from a day on."""

    energy_key: str
    from_day: date
    value: float


@dataclass(slots=True)
class Books:
    """The papers of one enterprise."""

    enterprise: EnterprisePlan
    meters: list[MeterPlan]
    figures: list[Figure]
    heating: list[Heating]


def make_books(plan: Plan, sent: Sent) -> Books:
    """Draw papers without faults; figures follow what truly happened, within what bills and scales are off."""
    enterprise = sent.enterprise
    rng = np.random.default_rng([plan.seed, _STREAM, enterprise.number])
    return Books(
        enterprise, list(_meters(plan, enterprise, rng)), list(_figures(sent, rng)), list(_heating(plan, sent, rng))
    )


def _meters(plan: Plan, enterprise: EnterprisePlan, rng: np.random.Generator) -> Iterator[MeterPlan]:
    metered = [item for item in enterprise.items if item.metered]
    for number, item in enumerate(metered, start=1):
        cycle = _CYCLE_MONTHS.get(item.energy_key, 12)
        step = item.resolution * (100 if item.energy_key == "electricity" else 1)
        replaced = plan.first + timedelta(days=int(rng.integers(40, plan.days))) if (
            plan.days > 60 and rng.random() < 0.02
        ) else None  # fmt: skip
        yield MeterPlan(
            manage_code=f"M{enterprise.number:03d}-{number:02d}", item=item, level=1 if item.plant else 2,
            accuracy_class=_accuracy(item), multiplier=max(1.0, round(step)), cycle_months=cycle,
            serial_number=f"SYN{enterprise.number:03d}{number:02d}A",
            certificates=tuple(_certificates(plan, cycle, rng, replaced)), replaced_on=replaced,
        )  # fmt: skip


def _accuracy(item: ItemPlan) -> str:
    if item.energy_key == "electricity":
        return "0.5S" if item.plant else "1.0"
    return {"natural_gas": "1.5", "heat": "2.0", "fresh_water": "2.0"}.get(item.energy_key, "0.5")


def _certificates(plan: Plan, cycle: int, rng: np.random.Generator, replaced: date | None) -> Iterator[Certificate]:
    """Yield certificates without a gap, each renewed some weeks before the former ends; a new meter brings its own."""
    length = timedelta(days=round(cycle * 30.4))
    tested = plan.first - timedelta(days=int(rng.integers(20, length.days - 20)))
    while tested <= (replaced or plan.last):
        until = tested + length - timedelta(days=1)
        yield Certificate(tested, until)
        tested = until - timedelta(days=int(rng.integers(3, 40)))
    if replaced:
        yield Certificate(replaced, replaced + length)


def _figures(sent: Sent, rng: np.random.Generator) -> Iterator[Figure]:
    """Yield the supplier's bills, and for what lies in store purchase, opening and closing stock."""
    for row, item in enumerate(sent.enterprise.items):
        if not item.plant or item.kind != "energy":
            continue
        months = list(zip(sent.months, sent.series.month[row], strict=True))
        if item.energy_key in _SUPPLIED:
            for (_, _, month), quantity in months:
                yield Figure(item.energy_key, month, "supplier", _rounded(quantity * (1 + rng.normal(0, 0.004))))
        elif item.stock:
            stock = item.per_day * rng.uniform(6, 20)
            for (_, _, month), quantity in months:
                closing = max(item.per_day * 2, stock + item.per_day * rng.normal(0, 3))
                weighed = (quantity + closing - stock) * (1 + rng.normal(0, 0.002))
                yield Figure(item.energy_key, month, "opening_stock", _rounded(stock))
                scale = 1 + rng.normal(0, 0.002) if quantity > 5 * item.per_day else 1.0  # nothing is weighed at rest
                yield Figure(item.energy_key, month, "purchase", _rounded(max(0.0, weighed) * scale))
                yield Figure(item.energy_key, month, "closing_stock", _rounded(stock + max(0.0, weighed) - quantity))
                stock = stock + max(0.0, weighed) - quantity


def _rounded(quantity: float) -> float:
    return round(float(quantity), 2)


def _heating(plan: Plan, sent: Sent, rng: np.random.Generator) -> Iterator[Heating]:
    """Yield a measured heating value a quarter for coal and coke."""
    for key in sorted({item.energy_key for item in sent.enterprise.items if item.stock} & set(_HEATING_KJ_PER_KG)):
        usual = _HEATING_KJ_PER_KG[key] * rng.uniform(0.95, 1.06)
        for start, _, month in plan.months:
            if month.month % 3 == 1 or start == 0:
                yield Heating(key, month, round(usual * (1 + rng.normal(0, 0.012))))


def break_books(plan: Plan, books: Sequence[Books]) -> list[Fault]:
    """Break certificates, bills, stock figures and heating values, and give the truth."""
    rng = np.random.default_rng([plan.seed, _STREAM])
    makers = {
        "expired": _expire, "bill-differs": _bill, "stock-differs": _stock, "heating-value-unit": _heating_unit,
    }  # fmt: skip
    faults = []
    for kind, make in makers.items():
        wanted = max(2, round(FAULTS[kind] * len(books) / 200))
        touched: set[tuple[str, object]] = set()
        for _ in range(wanted * 40):
            found = make(plan, books[int(rng.integers(len(books)))], rng, touched)
            if found is not None:
                faults.append(found)
                wanted -= 1
            if not wanted:
                break
    return faults


_Touched = set[tuple[str, object]]
_FIGURE_FAULTS = {
    "supplier": ("bill-differs", codes.SUPPLIER_AGAINST_OWN), "purchase": ("stock-differs", codes.STOCK_BALANCE),
}  # fmt: skip


def _expire(plan: Plan, book: Books, rng: np.random.Generator, touched: _Touched) -> Fault | None:
    """The term ran out and nobody sent the meter in, for weeks or until today."""
    place = int(rng.integers(len(book.meters)))
    meter = book.meters[place]
    if (book.enterprise.code, place) in touched or meter.replaced_on:
        return None
    touched.add((book.enterprise.code, place))
    ended = plan.first + timedelta(days=int(rng.integers(-200, plan.days - 12)))
    renewed = ended + timedelta(days=int(np.exp(rng.uniform(np.log(12), np.log(500)))))
    length = timedelta(days=round(meter.cycle_months * 30.4))
    kept = [Certificate(ended - length, ended)]
    if renewed <= plan.last:
        kept.append(Certificate(renewed, renewed + length))
    if renewed <= plan.first:
        return None
    book.meters[place] = replace(meter, certificates=tuple(kept))
    return Fault(
        kind="expired", check_code=codes.METER_VALIDITY, enterprise=book.enterprise.code,
        data_code=meter.item.data_code, stat_type=DAY,
        start=_instant(max(plan.first, ended + timedelta(days=1))),
        end=_instant(min(plan.last + timedelta(days=1), renewed)),
        severity={"days": (min(renewed, plan.last) - ended).days},
    )  # fmt: skip


def _figure_fault(book: Books, rng: np.random.Generator, touched: _Touched, figure_kind: str) -> Fault | None:
    kind, code = _FIGURE_FAULTS[figure_kind]
    places = [place for place, figure in enumerate(book.figures) if figure.kind == figure_kind]
    if not places:
        return None
    place = int(rng.choice(places))
    figure = book.figures[place]
    if (book.enterprise.code, figure.month) in touched:
        return None
    consumed = _consumed(book, figure)
    off = float(rng.choice([-1, 1])) * float(np.exp(rng.uniform(np.log(0.04), np.log(0.5))))
    if consumed <= 0:
        return None
    touched.add((book.enterprise.code, figure.month))
    # A stock that was taken wrongly is wrong against the month's consumption, not against itself.
    changed = _rounded(figure.quantity + off * consumed)
    if changed < 0:
        return None
    book.figures[place] = replace(figure, quantity=changed)
    item = next(item for item in book.enterprise.items if item.plant and item.energy_key == figure.energy_key)
    return Fault(
        kind=kind, check_code=code, enterprise=book.enterprise.code, data_code=item.data_code, stat_type=MONTH,
        start=_instant(figure.month), end=_instant((figure.month + timedelta(days=32)).replace(day=1)),
        severity={"off_ratio": round(off, 4)},
    )  # fmt: skip


def _consumed(book: Books, figure: Figure) -> float:
    """Give a month's consumption as the papers without fault imply it."""
    of_month = {row.kind: row.quantity for row in book.figures
                if row.energy_key == figure.energy_key and row.month == figure.month}  # fmt: skip
    if "supplier" in of_month:
        return of_month["supplier"]
    return of_month["opening_stock"] + of_month["purchase"] - of_month["closing_stock"]


def _bill(_plan: Plan, book: Books, rng: np.random.Generator, touched: _Touched) -> Fault | None:
    return _figure_fault(book, rng, touched, "supplier")


def _stock(_plan: Plan, book: Books, rng: np.random.Generator, touched: _Touched) -> Fault | None:
    return _figure_fault(book, rng, touched, "purchase")


def _heating_unit(plan: Plan, book: Books, rng: np.random.Generator, touched: _Touched) -> Fault | None:
    """A laboratory's figure entered in kcal/kg, on the wrong basis, or with a slipped decimal point."""
    if not book.heating:
        return None
    place = int(rng.integers(len(book.heating)))
    value = book.heating[place]
    if (book.enterprise.code, place) in touched:
        return None
    touched.add((book.enterprise.code, place))
    times = float(rng.choice([1 / KCAL_TO_KJ, 0.1, 1.55, 1.9, KCAL_TO_KJ]))
    book.heating[place] = replace(value, value=round(value.value * times))
    later = [other.from_day for other in book.heating
             if other.energy_key == value.energy_key and other.from_day > value.from_day]  # fmt: skip
    item = next(item for item in book.enterprise.items if item.plant and item.energy_key == value.energy_key)
    return Fault(
        kind="heating-value-unit", check_code=codes.FACTOR_RANGE, enterprise=book.enterprise.code,
        data_code=item.data_code, stat_type=DAY, start=_instant(value.from_day),
        end=_instant(min(later, default=plan.last + timedelta(days=1))), severity={"times": round(times, 4)},
    )  # fmt: skip


def _instant(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"
