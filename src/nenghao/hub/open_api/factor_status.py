"""The status of the factors behind a result: the weakest counts, and unverified is 待核 wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from nenghao.reference import library

ORDER = ("published", "secondhand", "unverified")
"""From the strongest to the weakest."""


@cache
def statuses() -> dict[str, str]:
    """Give the status of every factor by its identifier."""
    known = library()
    return {
        factor.factor_id: factor.status
        for energy in known.energy_types() for factor in known.coal_equivalent_factors(energy.key)
    }  # fmt: skip


@cache
def weakest_of_energy(energy_key: str) -> str | None:
    """Give the weakest status of any factor of an energy: for a result that rests on several of them."""
    try:
        found = [factor.status for factor in library().coal_equivalent_factors(energy_key)]
    except ValueError:
        found = []
    return max(found, key=ORDER.index, default=None)


def weakest(factor_ids: Iterable[str | None], energy_key: str) -> str | None:
    """Give the weakest status of factors; an empty name stands for several of the energy's."""
    found = [statuses().get(one) if one else weakest_of_energy(energy_key) for one in factor_ids]
    return max((one for one in found if one), key=ORDER.index, default=None)


@cache
def unit_of(energy_key: str) -> str | None:
    """Give the unit in which quantities of an energy are given."""
    units = {energy.key: energy.base_unit for energy in library().energy_types()}
    return units.get(energy_key)
