"""Random plants for the property tests: lines of energies with every kind of flow."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from nenghao.accounting import EquivalentValue, Flow, FlowLine, HeatingValue, Rate, choose_rate
from nenghao.reference import library

ENERGIES = ("raw_coal", "electricity", "heat", "coke_oven_gas", "natural_gas", "fresh_water", "oxygen", "anthracite")
DAY = date(2026, 3, 1)
# thousandths of a unit: sums of some dozens of them lose nothing that matters
QUANTITY = st.integers(0, 10**9).map(lambda n: n / 1000)
MAYBE = st.one_of(QUANTITY, QUANTITY, QUANTITY, st.just(float("nan")), QUANTITY.map(lambda q: -q))
RATIO = st.sampled_from((0.0, 0.25, 0.5, 1.0))


def lines(
    quantity: st.SearchStrategy[float] = QUANTITY, units: tuple[str, ...] = ("", "01", "02")
) -> st.SearchStrategy:
    """Lists of lines of any kind, most of them nonsense: an account must never break."""
    line = st.builds(
        FlowLine, st.sampled_from(ENERGIES), st.sampled_from(list(Flow)), quantity, st.sampled_from(units),
        st.just("made up"), RATIO, RATIO,
    )  # fmt: skip
    return st.lists(line, max_size=25)


def rates(equivalent: float | None = 0.3, coal_kj_per_kg: float | None = None) -> dict[str, Rate]:
    """The rates of all energies on one day; the equivalent value of electricity and heat is made up."""
    found = {}
    for key in ENERGIES:
        stated = EquivalentValue(equivalent, "made up") if equivalent and key == "electricity" else None
        stated = EquivalentValue(40.0, "made up") if equivalent and key == "heat" else stated
        own = HeatingValue(coal_kj_per_kg, "kJ/kg", "made up") if coal_kj_per_kg and key == "raw_coal" else None
        found[key] = choose_rate(library(), key, DAY, heating=own, equivalent=stated)
    return found


@st.composite
def closed_balance(draw: st.DrawFn, energy_key: str, unit_code: str = "") -> list[FlowLine]:
    """Lines of one energy whose physical balance closes: what is left over is the closing stock."""
    supply = {flow: draw(QUANTITY) for flow in (Flow.OPENING_STOCK, Flow.PURCHASED, Flow.PRODUCED, Flow.RECOVERED)}
    left, use = sum(supply.values()), {}
    for flow in (Flow.CONSUMED, Flow.LOST, Flow.EXPORTED):
        use[flow] = left * draw(st.floats(0, 1))
        left -= use[flow]
    use[Flow.CLOSING_STOCK] = left
    return [FlowLine(energy_key, flow, quantity, unit_code) for flow, quantity in (supply | use).items()]
